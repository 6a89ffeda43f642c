//! The values of `DEFAULT v`, and the keyword DEFAULT as a value.

use std::borrow::Cow;
use std::ops::ControlFlow;

use arrow::datatypes::DataType;
use linal_dataset::{ColumnDef, DefaultValue, Error, Result, Snapshot};
use linal_error::Code;
use linal_lang::ast::relational::{Literal, Query, Scalar};
use linal_lang::ast::{NumberArray, Numbers};
use linal_lang::sql::Walk;
use linal_store::ColumnType;
use linal_tensor::DType;
use sqlparser::ast as sql;
use sqlparser::ast::{Expr, UnaryOperator, Value};

use super::desugar::casts;
use super::{ast_builder, generated_columns};

/// A default: a constant, or an expression that is evaluated for each row.
///
/// # Errors
/// `E0614 not_constant` for an expression that names a column or has a query.
pub fn of(scalar: &Scalar) -> Result<DefaultValue> {
    let text: Box<str> = scalar.sql.to_string().into();
    if let Some(value) = literal(&scalar.sql) {
        return Ok(DefaultValue { text, value });
    }
    if let Some(what) = dependence(&scalar.sql) {
        let message = format!("the default `{}` depends on {what}", scalar.sql);
        let error = Error::new(Code::NotConstant, message).at(scalar.span);
        return Err(
            error.with_help("a default is a constant or an expression of constants, such as now() or 1 + 2")
        );
    }
    Ok(DefaultValue { text, value: Literal::Default })
}

/// The query of the value of a default.
pub fn query_of(scalar: &Scalar) -> Query {
    let select = ast_builder::select_value((*scalar.sql).clone());
    ast_builder::spanned(select, scalar.span, Vec::new())
}

/// What of the database an expression depends on.
fn dependence(expr: &Expr) -> Option<String> {
    struct Search;
    impl sql::Visitor for Search {
        type Break = String;

        fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<String> {
            ControlFlow::Break("a query".to_owned())
        }

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<String> {
            match expr {
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                    ControlFlow::Break(format!("the name `{expr}`"))
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    Walk::walk(expr, &mut Search).break_value()
}

/// The query of an INSERT, with DEFAULT in VALUES replaced by the columns' defaults; `columns` are the positions of
/// those that it sets.
///
/// # Errors
/// A stored default that cannot be parsed, which is a bug.
pub fn written_out<'q>(query: &'q Query, definition: &Snapshot, columns: &[usize]) -> Result<Cow<'q, Query>> {
    let has_integers = columns.iter().any(|&column| holds_integers(&definition.columns[column].column_type));
    let is_changed = match query.sql.body.as_ref() {
        sql::SetExpr::Values(values) => {
            has_integers || values.rows.iter().flat_map(|row| row.iter()).any(is_default)
        }
        _ => false,
    };
    if !is_changed {
        return Ok(Cow::Borrowed(query));
    }
    let mut query = query.clone();
    if let sql::SetExpr::Values(values) = query.sql.body.as_mut() {
        for row in &mut values.rows {
            for (cell, &column) in row.iter_mut().zip(columns) {
                if holds_integers(&definition.columns[column].column_type) {
                    casts::whole_numbers(cell);
                }
            }
            for (cell, &column) in row.iter_mut().zip(columns).filter(|(cell, _)| is_default(cell)) {
                *cell = expression(&definition.columns[column])?;
            }
        }
    }
    Ok(Cow::Owned(query))
}

/// Whether the lists of a column hold integers, which a list of floats would round.
fn holds_integers(column_type: &ColumnType) -> bool {
    match column_type {
        ColumnType::Tensor(tensor) => tensor.dtype == DType::I64,
        ColumnType::Other(DataType::List(item)) => {
            item.data_type().is_integer() || holds_integers(&ColumnType::of(item))
        }
        _ => false,
    }
}

/// The value that an UPDATE assigns to a column, with DEFAULT replaced by the column's default.
///
/// # Errors
/// A stored default that cannot be parsed, which is a bug.
pub fn assigned<'v>(value: &'v Scalar, column: &ColumnDef) -> Result<Cow<'v, Scalar>> {
    if !is_default(&value.sql) {
        return Ok(Cow::Borrowed(value));
    }
    Ok(Cow::Owned(Scalar { sql: Box::new(expression(column)?), span: value.span }))
}

/// Whether an expression is the keyword DEFAULT. A column of that name must be quoted.
fn is_default(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(name)
        if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("default"))
}

/// The value of DEFAULT for a column: its default, or NULL.
///
/// # Errors
/// A stored default that cannot be parsed, which is a bug.
pub fn of_column(column: &ColumnDef) -> Result<Scalar> {
    Ok(Scalar { sql: Box::new(expression(column)?), span: linal_lang::Span::default() })
}

fn expression(column: &ColumnDef) -> Result<Expr> {
    match &column.default {
        Some(default) => Ok(*generated_columns::parse(&default.text)?.sql),
        None => Ok(Expr::Value(Value::Null.into())),
    }
}

fn literal(expr: &Expr) -> Option<Literal> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => number(text, false),
            Value::Boolean(truth) => Some(Literal::Bool(*truth)),
            Value::Null => Some(Literal::Null),
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
                Some(Literal::Str(text.as_str().into()))
            }
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match &**expr {
            Expr::Value(value) => match &value.value {
                Value::Number(text, _) => number(text, true),
                _ => None,
            },
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } | Expr::Nested(expr) => literal(expr),
        Expr::TypedString(typed) => match &typed.value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
                Some(Literal::Str(text.as_str().into()))
            }
            _ => None,
        },
        Expr::Array(_) => array(expr).map(|array| Literal::Numbers(Box::new(array))),
        _ => None,
    }
}

fn number(text: &str, negative: bool) -> Option<Literal> {
    let text = format!("{}{}", if negative { "-" } else { "" }, text.replace('_', ""));
    match text.parse::<i64>() {
        Ok(whole) => Some(Literal::Int(whole)),
        // An integer beyond i64 is an error, as everywhere.
        Err(_) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => None,
        Err(_) => text.parse().ok().map(Literal::Float),
    }
}

/// A rectangular list. The parser bounds the depth of lists.
fn array(expr: &Expr) -> Option<NumberArray> {
    let Expr::Array(array_expr) = expr else { return None };
    let items = &array_expr.elem;
    if !items.iter().any(|item| matches!(item, Expr::Array(_))) {
        let values: Option<Vec<Literal>> = items.iter().map(literal).collect();
        return Some(NumberArray { shape: vec![items.len()], data: numbers(&values?)? });
    }
    let rows: Option<Vec<NumberArray>> = items.iter().map(array).collect();
    let rows = rows?;
    let inner = rows.first()?.shape.clone();
    if rows.iter().any(|row| row.shape != inner) {
        return None;
    }
    let values: Vec<Literal> = rows.iter().flat_map(|row| literals(&row.data)).collect();
    let mut shape = vec![rows.len()];
    shape.extend(inner);
    Some(NumberArray { shape, data: numbers(&values)? })
}

fn literals(numbers: &Numbers) -> Vec<Literal> {
    match numbers {
        Numbers::Int(values) => values.iter().map(|&x| Literal::Int(x)).collect(),
        Numbers::Float(floats) => floats.values.iter().map(|&x| Literal::Float(x)).collect(),
        Numbers::Bool(values) => values.iter().map(|&x| Literal::Bool(x)).collect(),
    }
}

fn numbers(values: &[Literal]) -> Option<Numbers> {
    let whole = |value: &Literal| if let Literal::Int(x) = value { Some(*x) } else { None };
    let truth = |value: &Literal| if let Literal::Bool(x) = value { Some(*x) } else { None };
    let float = |value: &Literal| match value {
        Literal::Int(x) => Some(*x as f64),
        Literal::Float(x) => Some(*x),
        _ => None,
    };
    if let Some(values) = values.iter().map(whole).collect() {
        return Some(Numbers::Int(values));
    }
    if let Some(values) = values.iter().map(truth).collect() {
        return Some(Numbers::Bool(values));
    }
    values.iter().map(float).collect::<Option<Vec<f64>>>().map(Numbers::floats)
}
