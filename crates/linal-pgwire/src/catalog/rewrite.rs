//! PostgreSQL's dialect as SQLite reads it, on the syntax tree.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, ObjectNamePart, SelectItem, SetExpr, Statement, TableFactor,
    UnaryOperator, Value, VisitMut, VisitorMut,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Span;

use super::{Asked, functions};

/// Nesting of a query that is read.
const DEEPEST: usize = 64;

/// Bytes of a query that is read.
const LONGEST: usize = 64 << 10;

/// The queries of a text; `None` when it has others, or cannot be read.
pub fn queries(text: &str) -> Option<Vec<Asked>> {
    if text.len() > LONGEST {
        return None;
    }
    let dialect = PostgreSqlDialect {};
    let parser = Parser::new(&dialect).with_recursion_limit(DEEPEST);
    let statements = parser.try_with_sql(text).ok()?.parse_statements().ok()?;
    let queries = statements.into_iter().map(|statement| match statement {
        Statement::Query(mut query) => {
            let before = query.clone();
            let _ = query.visit(&mut Rewrite);
            query.locks.clear();
            Some(Asked { text: query.to_string(), query: before })
        }
        _ => None,
    });
    queries.collect()
}

struct Rewrite;

impl VisitorMut for Rewrite {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        unqualify(relation);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let alias = match factor {
            TableFactor::Table { args: Some(_), alias, .. } | TableFactor::Function { alias, .. } => {
                alias.take()
            }
            _ => return ControlFlow::Continue(()),
        };
        // A function as a table: its arguments are parts of what is not there, and it has one row.
        let name = alias.map_or_else(|| "t".to_owned(), |alias| alias.name.value.replace('"', ""));
        if let Some(row) = one_row(&name) {
            *factor = row;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some(other) = rewritten(expr) {
            *expr = other;
        }
        ControlFlow::Continue(())
    }
}

/// A table of one row, whose only column has the name of the table and is NULL.
fn one_row(name: &str) -> Option<TableFactor> {
    let text = format!("SELECT 1 FROM (SELECT NULL AS \"{name}\") AS \"{name}\"");
    let statements = Parser::parse_sql(&PostgreSqlDialect {}, &text).ok()?;
    let Some(Statement::Query(query)) = statements.into_iter().next() else { return None };
    let SetExpr::Select(select) = *query.body else { return None };
    select.from.into_iter().next().map(|table| table.relation)
}

/// Removes `pg_catalog.` from a name.
fn unqualify(name: &mut ObjectName) {
    let is_catalog = |part: &ObjectNamePart| {
        part.as_ident().is_some_and(|name| name.value.eq_ignore_ascii_case("pg_catalog"))
    };
    if name.0.len() == 2 && is_catalog(&name.0[0]) {
        name.0.remove(0);
    }
}

/// What SQLite reads instead of an expression, whose operands are rewritten already.
fn rewritten(expr: &mut Expr) -> Option<Expr> {
    match expr {
        Expr::Cast { expr: inner, data_type, .. } => {
            Some(cast(std::mem::replace(&mut **inner, null()), data_type))
        }
        Expr::CompoundIdentifier(parts) => {
            if parts.len() > 2 && parts[0].value.eq_ignore_ascii_case("pg_catalog") {
                parts.remove(0);
            }
            None
        }
        Expr::Collate { expr: inner, .. } => Some(std::mem::replace(&mut **inner, null())),
        Expr::BinaryOp { left, op, right } => {
            let (name, ignores_case, is_not) = operator(op)?;
            let (left, right) =
                (std::mem::replace(&mut **left, null()), std::mem::replace(&mut **right, null()));
            let call = match name {
                "LIKE" => {
                    return Some(Expr::Like {
                        negated: is_not,
                        any: false,
                        expr: Box::new(left),
                        pattern: Box::new(right),
                        escape_char: None,
                    });
                }
                name => call(name, vec![left, right, number(ignores_case)]),
            };
            Some(if is_not {
                Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(Expr::Nested(Box::new(call))) }
            } else {
                call
            })
        }
        Expr::ILike { negated, any, expr: inner, pattern, escape_char } => Some(Expr::Like {
            negated: *negated,
            any: *any,
            expr: std::mem::replace(inner, Box::new(null())),
            pattern: std::mem::replace(pattern, Box::new(null())),
            escape_char: escape_char.take(),
        }),
        Expr::AnyOp { left, right, .. } => {
            let (left, right) =
                (std::mem::replace(&mut **left, null()), std::mem::replace(&mut **right, null()));
            Some(any(left, right))
        }
        Expr::Array(array) => Some(call("pg_array", std::mem::take(&mut array.elem))),
        Expr::CompoundFieldAccess { root, access_chain } => match access_chain.as_mut_slice() {
            [sqlparser::ast::AccessExpr::Subscript(sqlparser::ast::Subscript::Index { index })] => {
                let root = std::mem::replace(&mut **root, null());
                Some(call("pg_item", vec![root, std::mem::replace(index, null())]))
            }
            _ => None,
        },
        Expr::Value(value) => match &value.value {
            Value::Placeholder(name) => {
                value.value = Value::Placeholder(format!("?{}", name.trim_start_matches('$')));
                None
            }
            Value::EscapedStringLiteral(text) => {
                value.value = Value::SingleQuotedString(text.clone());
                None
            }
            _ => None,
        },
        Expr::Function(Function { name, args: FunctionArguments::Subquery(query), .. })
            if name.to_string().eq_ignore_ascii_case("array") =>
        {
            Some(parsed(&format!(
                "(WITH t(item) AS ({query}) SELECT coalesce(array_agg(item), '{{}}') FROM t)"
            )))
        }
        Expr::Function(function) => {
            unqualify(&mut function.name);
            function_of(function);
            None
        }
        _ => None,
    }
}

fn cast(inner: Expr, kind: &DataType) -> Expr {
    let name = kind.to_string().to_lowercase();
    let name = name.trim_start_matches("pg_catalog.").trim_matches('"');
    match name {
        // A name becomes a number, and a number stays one.
        "regclass" => call("pg_regclass", vec![inner]),
        "regtype" => call("pg_regtype", vec![inner]),
        "text" | "varchar" | "character varying" => {
            // The text of a relation's number is its name.
            match inner {
                Expr::Function(function) if function.name.to_string() == "pg_regclass" => {
                    let mut query = "(SELECT relname FROM pg_class WHERE oid = ".to_owned();
                    query.push_str(&Expr::Function(function).to_string());
                    query.push(')');
                    parsed(&query)
                }
                Expr::Function(function) if function.name.to_string() == "pg_regtype" => {
                    call("format_type", vec![Expr::Function(function), null()])
                }
                inner => inner,
            }
        }
        "int" | "integer" | "int4" | "int8" | "bigint" | "int2" | "smallint" => Expr::Cast {
            kind: sqlparser::ast::CastKind::Cast,
            expr: Box::new(inner),
            data_type: DataType::Integer(None),
            array: false,
            format: None,
        },
        _ => inner,
    }
}

fn parsed(text: &str) -> Expr {
    let dialect = PostgreSqlDialect {};
    let parsed = Parser::new(&dialect).try_with_sql(text).and_then(|mut parser| parser.parse_expr());
    parsed.unwrap_or_else(|_| null())
}

/// The function for an operator, whether it ignores case, and whether it is negated.
fn operator(op: &BinaryOperator) -> Option<(&'static str, bool, bool)> {
    let custom = match op {
        BinaryOperator::PGRegexMatch => "~",
        BinaryOperator::PGRegexIMatch => "~*",
        BinaryOperator::PGRegexNotMatch => "!~",
        BinaryOperator::PGRegexNotIMatch => "!~*",
        BinaryOperator::PGLikeMatch | BinaryOperator::PGILikeMatch => "~~",
        BinaryOperator::PGNotLikeMatch | BinaryOperator::PGNotILikeMatch => "!~~",
        BinaryOperator::PGCustomBinaryOperator(parts) => parts.last()?.as_str(),
        _ => return None,
    };
    match custom {
        "~" => Some(("pg_match", false, false)),
        "~*" => Some(("pg_match", true, false)),
        "!~" => Some(("pg_match", false, true)),
        "!~*" => Some(("pg_match", true, true)),
        "~~" | "~~*" => Some(("LIKE", true, false)),
        "!~~" | "!~~*" => Some(("LIKE", true, true)),
        _ => None,
    }
}

/// `left = ANY (right)`.
fn any(left: Expr, right: Expr) -> Expr {
    match right {
        Expr::Subquery(subquery) => Expr::InSubquery { expr: Box::new(left), subquery, negated: false },
        Expr::Nested(inner) => any(left, *inner),
        right => call("pg_any", vec![left, right]),
    }
}

fn function_of(function: &mut Function) {
    let name = function.name.to_string().to_lowercase();
    let renamed = match name.as_str() {
        "string_agg" => "group_concat",
        "bool_and" | "every" => "min",
        "bool_or" => "max",
        "current_user" | "user" | "current_role" => "pg_current_user",
        "session_user" => "pg_session_user",
        "current_catalog" => "current_database",
        other if function.parameters == FunctionArguments::None => other,
        _ => return,
    };
    function.name = ObjectName::from(vec![Ident::new(renamed)]);
    if matches!(function.args, FunctionArguments::None) {
        function.args = arguments(Vec::new());
    }
}

fn arguments(values: Vec<Expr>) -> FunctionArguments {
    let args = values.into_iter().map(|value| FunctionArg::Unnamed(FunctionArgExpr::Expr(value)));
    FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment: None,
        args: args.collect(),
        clauses: Vec::new(),
    })
}

fn call(name: &str, values: Vec<Expr>) -> Expr {
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: arguments(values),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn null() -> Expr {
    Expr::Value(Value::Null.with_span(Span::empty()))
}

fn number(is_one: bool) -> Expr {
    Expr::Value(Value::Number(u8::from(is_one).to_string(), false).with_span(Span::empty()))
}

/// Whether a column of a result is a condition, as far as its expression tells.
pub fn is_condition(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => tells_truth(expr),
        _ => false,
    }
}

fn tells_truth(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => tells_truth(inner),
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNotFalse(_)
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Exists { .. }
        | Expr::AnyOp { .. }
        | Expr::Between { .. }
        | Expr::Like { .. }
        | Expr::ILike { .. } => true,
        Expr::UnaryOp { op: UnaryOperator::Not, .. } => true,
        Expr::BinaryOp { op, .. } => {
            operator(op).is_some()
                || matches!(
                    op,
                    BinaryOperator::Eq
                        | BinaryOperator::NotEq
                        | BinaryOperator::Lt
                        | BinaryOperator::LtEq
                        | BinaryOperator::Gt
                        | BinaryOperator::GtEq
                        | BinaryOperator::And
                        | BinaryOperator::Or
                )
        }
        Expr::Value(value) => matches!(value.value, Value::Boolean(_)),
        Expr::Cast { data_type, .. } => {
            matches!(data_type.to_string().to_lowercase().as_str(), "bool" | "boolean")
        }
        Expr::Case { conditions, .. } => conditions.first().is_some_and(|case| tells_truth(&case.result)),
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            functions::is_condition(name.trim_start_matches("pg_catalog."))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let queries = queries(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(queries[0].text, expected);
    }

    #[test]
    fn what_sqlite_writes_otherwise_is_rewritten() {
        check("SELECT c.relname FROM pg_catalog.pg_class c", "SELECT c.relname FROM pg_class c");
        check(
            "SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class",
            "SELECT pg_class.relname FROM pg_class",
        );
        check("SELECT pg_catalog.version()", "SELECT version()");
        check("SELECT current_user", "SELECT pg_current_user()");
        check("SELECT 't'::pg_catalog.regclass", "SELECT pg_regclass('t')");
        check("SELECT a COLLATE pg_catalog.default FROM pg_x", "SELECT a FROM pg_x");
        check(
            "SELECT a OPERATOR(pg_catalog.~) '^(t)$' FROM pg_x",
            "SELECT pg_match(a, '^(t)$', 0) FROM pg_x",
        );
        check("SELECT a !~ 'x' FROM pg_x", "SELECT NOT (pg_match(a, 'x', 0)) FROM pg_x");
        check("SELECT a = ANY ($1) FROM pg_x", "SELECT pg_any(a, ?1) FROM pg_x");
        check(
            "SELECT ARRAY(SELECT a FROM pg_x) FROM pg_y",
            "SELECT (WITH t (item) AS (SELECT a FROM pg_x) SELECT coalesce(array_agg(item), '{}') FROM t) FROM pg_y",
        );
        check(
            "SELECT s FROM pg_catalog.generate_series(0, 1) s",
            "SELECT s FROM (SELECT NULL AS \"s\") AS \"s\"",
        );
        check("SELECT a[1] FROM pg_x", "SELECT pg_item(a, 1) FROM pg_x");
        assert!(queries("DELETE FROM pg_class").is_none() && queries("SELECT (").is_none());
    }
}
