//! `(a, b) IN (SELECT x, y ...)`: a row that equals another in all columns.

use sqlparser::ast as sql;

use super::super::tree;

/// The EXISTS that a membership of rows is; `None` for a membership of single values.
pub(super) fn as_exists(expr: &sql::Expr) -> Option<sql::Expr> {
    let sql::Expr::InSubquery { expr, subquery, negated: false } = expr else { return None };
    let sql::Expr::Tuple(items) = expr.as_ref() else { return None };
    let names: Vec<String> = (0..items.len()).map(|at| format!("__in{at}")).collect();
    let mut source = tree::derived(subquery.as_ref().clone(), "__in");
    if let sql::TableFactor::Derived { alias: Some(alias), .. } = &mut source {
        alias.columns = names
            .iter()
            .map(|name| sql::TableAliasColumnDef { name: tree::ident(name), data_type: None })
            .collect();
    }
    let equal = names.iter().zip(items).map(|(name, item)| {
        let column = sql::Expr::CompoundIdentifier(vec![tree::ident("__in"), tree::ident(name)]);
        tree::binary(column, sql::BinaryOperator::Eq, item.clone())
    });
    let all = equal.reduce(|left, right| tree::binary(left, sql::BinaryOperator::And, right))?;
    let mut select = tree::select(vec![sql::SelectItem::UnnamedExpr(tree::integer(1))], source);
    select.selection = Some(all);
    Some(sql::Expr::Exists { subquery: Box::new(tree::query(select)), negated: false })
}
