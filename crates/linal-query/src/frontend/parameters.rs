//! Parameters: each `$1` and `$name` of a tree is replaced by a literal, or by a reference to its tensor.
//!
//! Values become nodes of the tree, so that no text can change what a query does, and the planner sees
//! constants: LIMIT, pruning and indexes work as with literals.

use std::ops::ControlFlow;

use linal_bind::Parameter;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::relational::Query;
use linal_lang::sql::{Walk, WalkMut};
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use super::ast_builder;
use super::resolve::{call, session_tensor};
use crate::context::QueryContext;
use crate::planner::open_query::PARAMETER_PREFIX;

/// The query with the values of its parameters; `None` for a query that has none.
///
/// # Errors
/// `E0123 missing_parameter`, at its place.
pub(crate) fn bound(context: &QueryContext<'_>, query: &Query) -> Result<Option<Query>> {
    if Walk::walk(&*query.sql, &mut Search).is_continue() {
        return Ok(None);
    }
    let mut tree = query.sql.as_ref().clone();
    match tree.walk_mut(&mut Values { context }) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => {
            Ok(Some(Query { sql: Box::new(tree), span: query.span, items: query.items.clone() }))
        }
    }
}

/// The names of the parameters of a query without the `$`, in lower case.
pub(crate) fn names(query: &sql::Query) -> Vec<String> {
    struct Names(Vec<String>);
    impl sql::Visitor for Names {
        type Break = ();

        fn pre_visit_value(&mut self, value: &sql::ValueWithSpan) -> ControlFlow<()> {
            if let sql::Value::Placeholder(written) = &value.value
                && let Some(name) = written.strip_prefix('$').map(str::to_lowercase)
                && !self.0.contains(&name)
            {
                self.0.push(name);
            }
            ControlFlow::Continue(())
        }
    }
    let mut names = Names(Vec::new());
    let _ = Walk::walk(query, &mut names);
    names.0
}

/// The query with a call in place of each parameter, which stands for it until it has a value.
pub(crate) fn opened(query: &Query) -> Query {
    struct Calls;
    impl VisitorMut for Calls {
        type Break = ();

        fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
            if let sql::Expr::Value(value) = expr
                && let sql::Value::Placeholder(written) = &value.value
                && let Some(name) = written.strip_prefix('$')
            {
                *expr = call(&format!("{PARAMETER_PREFIX}{}", name.to_lowercase()), Vec::new());
            }
            ControlFlow::Continue(())
        }
    }
    let mut tree = query.sql.as_ref().clone();
    let _ = tree.walk_mut(&mut Calls);
    Query { sql: Box::new(tree), span: query.span, items: query.items.clone() }
}

/// The value of a parameter that is written `$name`, as a query would have it.
///
/// # Errors
/// `E0123 missing_parameter`; a text that is no decimal number.
pub(crate) fn literal(context: &QueryContext<'_>, written: &str) -> Result<sql::Expr> {
    Values { context }.value(written)
}

/// Ends at the first parameter.
struct Search;

impl sql::Visitor for Search {
    type Break = ();

    fn pre_visit_value(&mut self, value: &sql::ValueWithSpan) -> ControlFlow<()> {
        if matches!(value.value, sql::Value::Placeholder(_)) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

struct Values<'c, 's> {
    context: &'c QueryContext<'s>,
}

impl VisitorMut for Values<'_, '_> {
    type Break = Error;

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        let sql::Expr::Value(sql::ValueWithSpan { value: sql::Value::Placeholder(written), span }) = expr
        else {
            return ControlFlow::Continue(());
        };
        let place = linal_lang::sql::span(*span);
        match self.value(written) {
            Ok(value) => {
                *expr = value;
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(match place {
                Some(place) => error.at(place),
                None => error,
            }),
        }
    }
}

impl Values<'_, '_> {
    fn value(&self, written: &str) -> Result<sql::Expr> {
        let Some(name) = written.strip_prefix('$') else {
            let error = Error::new(Code::NotSupported, "parameters have a number or a name");
            return Err(error.with_help("write `$1` or `$name` instead of `?`"));
        };
        Ok(match self.context.parameters.get(name)? {
            Parameter::Null => sql::Expr::value(sql::Value::Null),
            Parameter::Bool(value) => sql::Expr::value(sql::Value::Boolean(*value)),
            Parameter::Int(value) => number(&value.to_string()),
            Parameter::Float(value) if value.is_finite() => number(&format!("{value:?}")),
            Parameter::Float(value) => {
                cast(ast_builder::text(&value.to_string()), sql::DataType::DoublePrecision)
            }
            Parameter::Text(text) => ast_builder::text(text),
            Parameter::Decimal(digits) => decimal(digits)?,
            Parameter::Date(text) => typed(text, sql::DataType::Date),
            Parameter::Timestamp(text) => {
                typed(text, sql::DataType::Timestamp(None, sql::TimezoneInfo::None))
            }
            Parameter::Time(text) => typed(text, sql::DataType::Time(None, sql::TimezoneInfo::None)),
            Parameter::Interval(text) => sql::Expr::Interval(sql::Interval {
                value: Box::new(ast_builder::text(text)),
                leading_field: None,
                leading_precision: None,
                last_field: None,
                fractional_seconds_precision: None,
            }),
            Parameter::Blob(bytes) => {
                let digits = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
                sql::Expr::value(sql::Value::HexStringLiteral(digits))
            }
            Parameter::Tensor(_) => session_tensor::reference(&written.to_lowercase()),
        })
    }
}

/// A number with its sign, as the parser makes it.
fn number(digits: &str) -> sql::Expr {
    let literal = |digits: &str| sql::Expr::value(sql::Value::Number(digits.to_owned(), false));
    match digits.strip_prefix('-') {
        None => literal(digits),
        // Its magnitude is no Int.
        Some("9223372036854775808") => cast(ast_builder::text(digits), sql::DataType::BigInt(None)),
        Some(magnitude) => sql::Expr::Nested(Box::new(sql::Expr::UnaryOp {
            op: sql::UnaryOperator::Minus,
            expr: Box::new(literal(magnitude)),
        })),
    }
}

/// A decimal of as many digits as are written.
fn decimal(digits: &str) -> Result<sql::Expr> {
    let unsigned = digits.trim_start_matches(['-', '+']);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_decimal = |part: &str| part.bytes().all(|sign| sign.is_ascii_digit());
    if !is_decimal(whole) || !is_decimal(fraction) || whole.len() + fraction.len() == 0 {
        return Err(Error::new(Code::BadNumber, format!("`{digits}` is no decimal number")));
    }
    let precision = (whole.len() + fraction.len()) as u64;
    let scale = fraction.len() as i64;
    let info = sql::ExactNumberInfo::PrecisionAndScale(precision, scale);
    Ok(cast(ast_builder::text(digits), sql::DataType::Decimal(info)))
}

fn typed(text: &str, data_type: sql::DataType) -> sql::Expr {
    let value = sql::Value::SingleQuotedString(text.to_owned()).into();
    sql::Expr::TypedString(sql::TypedString { data_type, value, uses_odbc_syntax: false })
}

fn cast(expr: sql::Expr, data_type: sql::DataType) -> sql::Expr {
    sql::Expr::Cast { kind: sql::CastKind::Cast, expr: Box::new(expr), data_type, array: false, format: None }
}
