//! The values of a PIVOT, each with the name of its columns and the condition of its rows.

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::NAMED;
use sqlparser::ast as sql;

use super::Expansion;
use super::literal;
use crate::frontend::ast_builder;

/// A value of a column in ON.
pub(super) struct Value {
    /// As the columns are named.
    pub name: String,
    /// Whether a row has the value.
    pub condition: sql::Expr,
}

impl Expansion<'_, '_> {
    /// The expression of an element of ON, and its values: those of its IN, or all that the source has.
    pub(super) fn values(
        &mut self,
        from: &[sql::TableWithJoins],
        condition: sql::Expr,
    ) -> Result<(sql::Expr, Vec<Value>)> {
        let (expr, values) = match condition {
            sql::Expr::InList { expr, list, negated: false } => {
                let values = list.into_iter().map(|item| self.listed(&expr, item)).collect::<Result<_>>()?;
                (*expr, values)
            }
            sql::Expr::InSubquery { expr, subquery, negated: false } => {
                let values = self.read(&expr, *subquery)?;
                (*expr, values)
            }
            expr => {
                let query = distinct(&expr, from);
                let values = self.read(&expr, query)?;
                (expr, values)
            }
        };
        let mut seen = std::collections::HashSet::new();
        match values.iter().find(|value: &&Value| !seen.insert(value.name.as_str())) {
            Some(value) => {
                let message = format!("the value `{}` is there twice in the IN of a PIVOT", value.name);
                Err(Error::new(Code::DuplicateName, message))
            }
            None => Ok((expr, values)),
        }
    }

    /// A value of a list, which may have a name.
    fn listed(&mut self, expr: &sql::Expr, item: sql::Expr) -> Result<Value> {
        let (item, alias) = named(item);
        let is_null = matches!(&item, sql::Expr::Value(value) if value.value == sql::Value::Null);
        let condition = if is_null {
            sql::Expr::IsNull(Box::new(sql::Expr::Nested(Box::new(expr.clone()))))
        } else {
            ast_builder::binary(expr.clone(), sql::BinaryOperator::Eq, item.clone())
        };
        let name = match alias.or_else(|| literal::plain_text(&item)) {
            Some(name) => name,
            None if is_null => "NULL".to_owned(),
            None => self.text_of(&item)?,
        };
        Ok(Value { name, condition })
    }

    /// The text of a constant.
    fn text_of(&mut self, constant: &sql::Expr) -> Result<String> {
        let query = ast_builder::select_value(as_text(constant.clone()));
        let (_, batches) = self.rows(query)?;
        let text = batches.first().and_then(|batch| {
            let texts = cast(batch.column(0), &DataType::Utf8).ok()?;
            let texts = texts.as_string_opt::<i32>()?;
            texts.is_valid(0).then(|| texts.value(0).to_owned())
        });
        text.ok_or_else(|| {
            Error::new(Code::BadQuery, format!("`{constant}` in the IN of a PIVOT is no value"))
        })
    }

    /// The values of a query of one column, as texts without NULL, in their order, each once.
    fn read(&mut self, expr: &sql::Expr, query: sql::Query) -> Result<Vec<Value>> {
        // The values are those of this moment.
        self.is_repeatable = false;
        let (schema, batches) = self.rows(query)?;
        if schema.fields().len() != 1 {
            let message = format!("the query in the IN of a PIVOT has {} columns", schema.fields().len());
            return Err(Error::new(Code::BadQuery, message));
        }
        let mut texts: Vec<String> = Vec::new();
        for batch in &batches {
            let column = cast(batch.column(0), &DataType::Utf8).map_err(linal_dataset::arrow_error)?;
            let column = column.as_string::<i32>();
            texts.extend(column.iter().flatten().map(str::to_owned));
        }
        texts.sort_unstable();
        texts.dedup();
        let value = |name: String| {
            let text = ast_builder::text(&name);
            let condition = ast_builder::binary(as_text(expr.clone()), sql::BinaryOperator::Eq, text);
            Value { name, condition }
        };
        Ok(texts.into_iter().map(value).collect())
    }
}

/// `SELECT DISTINCT CAST(expr AS VARCHAR) FROM from`.
fn distinct(expr: &sql::Expr, from: &[sql::TableWithJoins]) -> sql::Query {
    let item = ast_builder::named(as_text(expr.clone()), "value");
    let mut select = ast_builder::select(vec![item], ast_builder::table_named(""));
    select.from = from.to_vec();
    select.distinct = Some(sql::Distinct::Distinct);
    ast_builder::query(select)
}

fn as_text(expr: sql::Expr) -> sql::Expr {
    sql::Expr::Cast {
        kind: sql::CastKind::Cast,
        expr: Box::new(expr),
        data_type: sql::DataType::Varchar(None),
        array: false,
        format: None,
    }
}

/// The expression and the name of `e AS name`.
pub(super) fn named(item: sql::Expr) -> (sql::Expr, Option<String>) {
    let sql::Expr::Function(function) = &item else { return (item, None) };
    let sql::FunctionArguments::List(list) = &function.args else { return (item, None) };
    if function.name.to_string() != NAMED {
        return (item, None);
    }
    match list.args.as_slice() {
        [
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(name)),
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)),
        ] => (expr.clone(), literal::plain_text(name)),
        _ => (item, None),
    }
}
