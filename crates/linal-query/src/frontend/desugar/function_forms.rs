//! Functions that are other expressions under a name of their own: `YEAR(x)` is `DATE_PART('year', x)`, `IF(c, a, b)`
//! is a CASE, and `MAX(x, 3)` is another aggregate than `MAX(x)`.

use sqlparser::ast as sql;

use super::within_group;
use crate::frontend::ast_builder::{binary, text};
use crate::frontend::resolve::call;

/// The operator behind `TRY(e)`, which is planned with the schema of its operand.
pub(crate) const TRY: &str = "__try";

/// Functions of one argument that are a part of a date, a time or an interval.
const PARTS: [&str; 29] = [
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
    "quarter",
    "week",
    "decade",
    "century",
    "millennium",
    "epoch",
    "era",
    "julian",
    "isoyear",
    "isodow",
    "dayofweek",
    "weekday",
    "dayofyear",
    "dayofmonth",
    "weekofyear",
    "yearweek",
    "isoweek",
    "timezone",
    "timezone_hour",
    "timezone_minute",
];

/// The names that are rewritten, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    const OTHERS: [&str; 21] = [
        "ceiling",
        "gen_random_uuid",
        "days_in_month",
        "ago",
        "if",
        "try",
        "age",
        "today",
        "count_if",
        "countif",
        "list",
        "arbitrary",
        "group_concat",
        "listagg",
        "date_add",
        "constant_or_null",
        "histogram",
        "get_current_timestamp",
        "transaction_timestamp",
        "percentile_disc",
        "first",
    ];
    PARTS.into_iter().chain(OTHERS)
}

/// The name of a function in messages: that of the text where it is written out as one of ours.
pub(crate) fn shown(name: &str) -> String {
    let name = name.trim_matches('`').to_lowercase();
    match name.strip_prefix("__") {
        Some(own) => own.strip_suffix("_n").unwrap_or(own).to_uppercase(),
        None => name.to_uppercase(),
    }
}

/// The expression that a call stands for.
pub(crate) fn written_out(expr: &mut sql::Expr) {
    match expr {
        sql::Expr::UnaryOp { op: sql::UnaryOperator::PGPostfixFactorial, expr: operand } => {
            *expr = call("factorial", vec![taken(operand)]);
        }
        sql::Expr::BinaryOp { left, op: sql::BinaryOperator::PGStartsWith, right } => {
            *expr = call("starts_with", vec![taken(left), taken(right)]);
        }
        sql::Expr::Substring { expr: of, substring_from: Some(from), substring_for, .. } => {
            let mut args = vec![taken(of), taken(from)];
            args.extend(substring_for.as_mut().map(|length| taken(length)));
            *expr = call("substr", args);
        }
        sql::Expr::Substring { expr: of, substring_from: None, substring_for: Some(length), .. } => {
            *expr = call("substr", vec![taken(of), number("1"), taken(length)]);
        }
        sql::Expr::Function(function) => {
            within_group::as_arguments(function);
            if let Some(written) = of_call(function) {
                *expr = written;
            }
        }
        _ => {}
    }
}

fn taken(expr: &mut sql::Expr) -> sql::Expr {
    std::mem::replace(expr, sql::Expr::value(sql::Value::Null))
}

/// The arguments of a call, if all are plain expressions.
pub(super) fn plain_args(function: &sql::Function) -> Option<Vec<sql::Expr>> {
    let sql::FunctionArguments::List(list) = &function.args else {
        return matches!(function.args, sql::FunctionArguments::None).then(Vec::new);
    };
    let plain = |arg: &sql::FunctionArg| match arg {
        sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    };
    list.args.iter().map(plain).collect()
}

/// Replaces the arguments of a call, which keeps its clauses.
pub(super) fn set_args(function: &mut sql::Function, args: Vec<sql::Expr>) {
    let args = args.into_iter().map(|arg| sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(arg)));
    if let sql::FunctionArguments::List(list) = &mut function.args {
        list.args = args.collect();
    }
}

/// Another function with the same place in the text.
pub(super) fn rename(function: &mut sql::Function, name: &str) {
    if let Some(sql::ObjectNamePart::Identifier(known)) = function.name.0.last_mut() {
        known.value = name.to_string();
        known.quote_style = None;
    }
}

fn of_call(function: &mut sql::Function) -> Option<sql::Expr> {
    let name = match function.name.0.as_slice() {
        [sql::ObjectNamePart::Identifier(name)] => name.value.to_lowercase(),
        _ => return None,
    };
    if PARTS.contains(&name.as_str()) {
        let [of] = <[sql::Expr; 1]>::try_from(plain_args(function)?).ok()?;
        return Some(call("date_part", vec![text(&name), of]));
    }
    match name.as_str() {
        "if" | "iif" => {
            let [condition, result, otherwise] = <[sql::Expr; 3]>::try_from(plain_args(function)?).ok()?;
            Some(case(condition, result, Some(otherwise)))
        }
        "constant_or_null" => {
            let [value, other] = <[sql::Expr; 2]>::try_from(plain_args(function)?).ok()?;
            Some(case(sql::Expr::IsNotNull(Box::new(other)), value, None))
        }
        "try" => {
            let [of] = <[sql::Expr; 1]>::try_from(plain_args(function)?).ok()?;
            let nothing = sql::Expr::value(sql::Value::Null);
            Some(binary(of, sql::BinaryOperator::Custom(TRY.to_string()), nothing))
        }
        "date_add" => {
            let [date, interval] = <[sql::Expr; 2]>::try_from(plain_args(function)?).ok()?;
            Some(binary(date, sql::BinaryOperator::Plus, interval))
        }
        "age" => {
            let [of] = <[sql::Expr; 1]>::try_from(plain_args(function)?).ok()?;
            Some(call("age", vec![call("current_date", Vec::new()), of]))
        }
        "days_in_month" => {
            let [of] = <[sql::Expr; 1]>::try_from(plain_args(function)?).ok()?;
            Some(call("date_part", vec![text("day"), call("last_day", vec![of])]))
        }
        "ago" => {
            let [interval] = <[sql::Expr; 1]>::try_from(plain_args(function)?).ok()?;
            Some(binary(call("now", Vec::new()), sql::BinaryOperator::Minus, interval))
        }
        "date_part" | "datepart" => struct_of_parts(&plain_args(function)?),
        "regexp_extract" => named_groups(&plain_args(function)?),
        "approx_count_distinct" => {
            // DataFusion counts in an unsigned type.
            let mut counted = function.clone();
            rename(&mut counted, "approx_distinct");
            Some(cast(sql::Expr::Function(counted), sql::DataType::BigInt(None)))
        }
        _ if SPREADS.iter().any(|(known, _)| *known == name) && function.over.is_none() => {
            spread_of_distinct(function, &name)
        }
        "today" => plain_args(function)?.is_empty().then(|| call("current_date", Vec::new())),
        "get_current_timestamp"
        | "transaction_timestamp"
        | "statement_timestamp"
        | "current_localtimestamp" => {
            let now = call("now", Vec::new());
            let is_local = name == "current_localtimestamp";
            plain_args(function)?.is_empty().then(|| if is_local { local(now) } else { now })
        }
        _ => {
            renamed(function, &name);
            None
        }
    }
}

/// Aggregates of the spread of numbers, and their names among those of lists.
const SPREADS: [(&str, &str); 13] = [
    ("stddev", "stddev_samp"),
    ("stdev", "stddev_samp"),
    ("std", "stddev_samp"),
    ("stddev_samp", "stddev_samp"),
    ("stddev_pop", "stddev_pop"),
    ("stdev_pop", "stddev_pop"),
    ("var", "var_samp"),
    ("variance", "var_samp"),
    ("var_samp", "var_samp"),
    ("var_sample", "var_samp"),
    ("var_pop", "var_pop"),
    ("variance_pop", "var_pop"),
    ("var_population", "var_pop"),
];

/// `STDDEV(DISTINCT x)`, which DataFusion lacks, as the spread of the list of distinct values; `None` for other calls.
fn spread_of_distinct(function: &sql::Function, name: &str) -> Option<sql::Expr> {
    let sql::FunctionArguments::List(list) = &function.args else { return None };
    if list.duplicate_treatment != Some(sql::DuplicateTreatment::Distinct) || list.args.len() != 1 {
        return None;
    }
    let (_, of_list) = SPREADS.iter().find(|(known, _)| *known == name)?;
    let mut distinct = function.clone();
    rename(&mut distinct, "array_agg");
    Some(call("list_aggregate", vec![sql::Expr::Function(distinct), text(of_list)]))
}

/// A timestamp without its zone.
fn local(now: sql::Expr) -> sql::Expr {
    cast(now, sql::DataType::Timestamp(None, sql::TimezoneInfo::None))
}

fn cast(expr: sql::Expr, data_type: sql::DataType) -> sql::Expr {
    sql::Expr::Cast { kind: sql::CastKind::Cast, expr: Box::new(expr), data_type, array: false, format: None }
}

pub(super) fn number(text: &str) -> sql::Expr {
    sql::Expr::value(sql::Value::Number(text.to_string(), false))
}

fn is_number(expr: &sql::Expr) -> bool {
    matches!(expr, sql::Expr::Value(value) if matches!(value.value, sql::Value::Number(..)))
}

/// `DATE_PART(['year', 'month'], x)`: a struct of the parts; `None` for other calls.
fn struct_of_parts(args: &[sql::Expr]) -> Option<sql::Expr> {
    let [sql::Expr::Array(names), of] = args else { return None };
    let mut fields = Vec::with_capacity(2 * names.elem.len());
    for name in &names.elem {
        fields.extend([name.clone(), call("date_part", vec![name.clone(), of.clone()])]);
    }
    (!fields.is_empty()).then(|| call("named_struct", fields))
}

/// `REGEXP_EXTRACT(text, pattern, ['a', 'b'])`: a struct of the groups under these names; `None` for other calls.
fn named_groups(args: &[sql::Expr]) -> Option<sql::Expr> {
    let [of, pattern, sql::Expr::Array(names), options @ ..] = args else { return None };
    let mut fields = Vec::new();
    for (at, name) in names.elem.iter().enumerate() {
        let mut group = vec![of.clone(), pattern.clone(), number(&(at + 1).to_string())];
        group.extend(options.iter().cloned());
        fields.extend([name.clone(), call("regexp_extract", group)]);
    }
    let is_there = sql::Expr::IsNotNull(Box::new(of.clone()));
    (!fields.is_empty()).then(|| case(is_there, call("named_struct", fields), None))
}

fn case(condition: sql::Expr, result: sql::Expr, otherwise: Option<sql::Expr>) -> sql::Expr {
    sql::Expr::Case {
        case_token: sql::helpers::attached_token::AttachedToken::empty(),
        end_token: sql::helpers::attached_token::AttachedToken::empty(),
        operand: None,
        conditions: vec![sql::CaseWhen { condition, result }],
        else_result: otherwise.map(Box::new),
    }
}

/// Calls that keep their clauses (DISTINCT, ORDER BY, FILTER, OVER) under another name or with other arguments.
fn renamed(function: &mut sql::Function, name: &str) {
    let args = plain_args(function);
    if name == "quantile"
        && args.as_ref().is_none_or(|args| matches!(args.first(), Some(sql::Expr::Array(_))))
    {
        // A list and a named argument belong to the function of tensors.
        return rename(function, "vec_quantile");
    }
    let Some(args) = args else { return };
    match (name, args.as_slice()) {
        ("count_if" | "countif", [condition]) => {
            // NULL conditions do not count, and without any other one the result is NULL.
            let condition = cast(condition.clone(), sql::DataType::Boolean);
            rename(function, "sum");
            set_args(function, vec![cast(condition, sql::DataType::BigInt(None))]);
        }
        ("encode", [_]) => rename(function, "__encode"),
        ("decode", [_]) => rename(function, "__decode"),
        ("grouping_id", _) => rename(function, "grouping"),
        ("ceiling", [_]) => rename(function, "ceil"),
        ("gen_random_uuid" | "uuidv4", []) => rename(function, "uuid"),
        ("rank_dense", []) => rename(function, "dense_rank"),
        ("list", [_]) => rename(function, "array_agg"),
        ("arbitrary", [_]) => rename(function, "first_value"),
        ("group_concat" | "listagg" | "string_agg", [value]) => {
            let args = vec![value.clone(), text(",")];
            rename(function, "string_agg");
            set_args(function, args);
        }
        ("group_concat" | "listagg", [_, _]) => rename(function, "string_agg"),
        ("max", [_, _]) => rename(function, "__max_n"),
        ("min", [_, _]) => rename(function, "__min_n"),
        // With a number, it is the function of tensors and an axis.
        ("argmax", [_, key]) if !is_number(key) => rename(function, "arg_max"),
        ("argmin", [_, key]) if !is_number(key) => rename(function, "arg_min"),
        ("arg_max" | "max_by" | "argmax", [_, _, _]) => rename(function, "__arg_max_n"),
        ("arg_min" | "min_by" | "argmin", [_, _, _]) => rename(function, "__arg_min_n"),
        ("histogram", [_]) => rename(function, "__histogram"),
        // Bins are a list; a number of bins belongs to the function of tensors.
        ("histogram", [_, sql::Expr::Array(_) | sql::Expr::Function(_)]) => rename(function, "__histogram"),
        _ => {}
    }
}
