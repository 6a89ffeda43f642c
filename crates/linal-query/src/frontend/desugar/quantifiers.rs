//! `SELECT ALL` and `SUM(ALL x)`, where ALL is the default.

use sqlparser::ast as sql;

/// Drops the ALL of a SELECT.
pub(crate) fn of_select(select: &mut sql::Select) {
    if matches!(select.distinct, Some(sql::Distinct::All)) {
        select.distinct = None;
    }
}

/// Drops the ALL of a call.
pub(crate) fn of_call(expr: &mut sql::Expr) {
    if let sql::Expr::Function(function) = expr
        && let sql::FunctionArguments::List(list) = &mut function.args
        && list.duplicate_treatment == Some(sql::DuplicateTreatment::All)
    {
        list.duplicate_treatment = None;
    }
}
