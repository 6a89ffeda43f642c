//! Which expressions may fail for some values of their columns.

use crate::tree::Tree;
use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, Operator};

/// How likely an expression is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fallible {
    /// It never fails.
    Never,
    /// It fails when a result overflows: sums and products of integers and decimals.
    Overflow,
    /// It fails for common values: a zero divisor, a string that is not a number.
    Value,
}

/// Functions that fail for common values.
const BY_VALUE: &[&str] = &[
    "__index",
    "array_element",
    "bar",
    "chr",
    "date_diff",
    "date_sub",
    "date_bin",
    "decode",
    "element_at",
    "equi_width_bins",
    "error",
    "factorial",
    "format",
    "from_base64",
    "from_json_strict",
    "from_unixtime",
    "gamma",
    "gcd",
    "hamming",
    "jaccard",
    "lcm",
    "json",
    "json_array_length",
    "json_contains",
    "json_exists",
    "json_extract",
    "json_extract_string",
    "json_keys",
    "json_structure",
    "json_type",
    "json_value",
    "lgamma",
    "lpad",
    "make_date",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "parse_formatted_bytes",
    "printf",
    "regexp_extract",
    "regexp_extract_all",
    "regexp_full_match",
    "regexp_matches",
    "regexp_count",
    "regexp_instr",
    "regexp_like",
    "regexp_match",
    "regexp_replace",
    "repeat",
    "rpad",
    "strftime",
    "string_split_regex",
    "strptime",
    "time_bucket",
    "to_date",
    "to_time",
    "to_timestamp",
    "to_timestamp_micros",
    "to_timestamp_millis",
    "to_timestamp_nanos",
    "to_timestamp_seconds",
    "try_strptime",
    "unbin",
    "unhex",
    "url_decode",
    "to_base",
    "to_char",
];

/// Integer operators, which fail on overflow.
const BY_OVERFLOW: &[&str] = &["__int_add", "__int_sub", "__int_mul", "__int_neg", "abs", "power"];

/// Integer operators with a divisor.
const DIVISIONS: &[&str] = &["__int_div", "__int_rem"];

/// How likely an expression is to fail for a row.
pub(super) fn of(expr: &Expr, schema: &DFSchema) -> Result<Fallible> {
    let mut worst = Fallible::Never;
    expr.exists_in(&mut |part| {
        worst = worst.max(of_part(part, schema)?);
        Ok(worst == Fallible::Value)
    })?;
    Ok(worst)
}

/// A traversal that stops once a predicate is true.
trait ExistsIn {
    fn exists_in(&self, predicate: &mut dyn FnMut(&Expr) -> Result<bool>) -> Result<bool>;
}

impl ExistsIn for Expr {
    fn exists_in(&self, predicate: &mut dyn FnMut(&Expr) -> Result<bool>) -> Result<bool> {
        self.exists(|part| predicate(part))
    }
}

fn of_part(part: &Expr, schema: &DFSchema) -> Result<Fallible> {
    Ok(match part {
        Expr::ScalarFunction(call) => of_call(call),
        Expr::Cast(cast) => of_cast(cast, schema),
        Expr::BinaryExpr(binary) => of_operator(binary, schema),
        _ => Fallible::Never,
    })
}

fn of_call(call: &ScalarFunction) -> Fallible {
    let name = call.func.name();
    // A call of literals is evaluated once, by the planner.
    if call.args.iter().all(|arg| matches!(arg, Expr::Literal(..))) {
        return Fallible::Never;
    }
    if DIVISIONS.contains(&name) {
        return match call.args.get(1) {
            Some(Expr::Literal(ScalarValue::Int64(Some(divisor)), _)) if ![0, -1].contains(divisor) => {
                Fallible::Never
            }
            _ => Fallible::Value,
        };
    }
    if BY_OVERFLOW.contains(&name) {
        Fallible::Overflow
    } else if BY_VALUE.contains(&name)
        || name.starts_with("__cast")
        || name.starts_with("list_reduce")
        || name == "__map"
    {
        Fallible::Value
    } else {
        Fallible::Never
    }
}

fn of_cast(cast: &Cast, schema: &DFSchema) -> Fallible {
    let Ok(from) = cast.expr.get_type(schema) else { return Fallible::Value };
    if matches!(cast.expr.as_ref(), Expr::Literal(..)) || fits(&from, cast.field.data_type()) {
        Fallible::Never
    } else {
        Fallible::Value
    }
}

/// Whether a cast from one type to another never fails.
fn fits(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    let is_text = |kind: &DataType| matches!(kind, T::Utf8 | T::LargeUtf8 | T::Utf8View);
    let is_time = |kind: &DataType| matches!(kind, T::Date32 | T::Timestamp(..));
    from == to
        || from.is_null()
        || is_text(to)
        || *from == T::Boolean && to.is_numeric()
        || from.is_integer()
            && to.is_integer()
            && from.primitive_width() <= to.primitive_width()
            && from.is_signed_integer() == to.is_signed_integer()
        || from.is_numeric() && to.is_floating()
        || is_time(from) && is_time(to)
        || to.is_decimal()
            && decimal_digits(from)
                .zip(decimal_digits(to))
                .is_some_and(|(own, room)| own.0 <= room.0 && own.1 <= room.1)
        || !from.is_primitive() && !is_text(from) && !to.is_primitive()
}

/// The integer and fractional digits of an exact number type.
fn decimal_digits(kind: &DataType) -> Option<(i32, i32)> {
    match kind {
        DataType::Int8 | DataType::UInt8 => Some((3, 0)),
        DataType::Int16 | DataType::UInt16 => Some((5, 0)),
        DataType::Int32 | DataType::UInt32 => Some((10, 0)),
        DataType::Int64 => Some((19, 0)),
        DataType::UInt64 => Some((20, 0)),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            Some((i32::from(*precision) - i32::from(*scale), i32::from(*scale)))
        }
        _ => None,
    }
}

fn of_operator(binary: &BinaryExpr, schema: &DFSchema) -> Fallible {
    use Operator::{Divide, Minus, Modulo, Multiply, Plus};
    let is_arithmetic = matches!(binary.op, Plus | Minus | Multiply | Divide | Modulo);
    if !is_arithmetic || matches!((&*binary.left, &*binary.right), (Expr::Literal(..), Expr::Literal(..))) {
        return Fallible::Never;
    }
    let is_exact =
        |side: &Expr| side.get_type(schema).is_ok_and(|kind| kind.is_integer() || kind.is_decimal());
    match binary.op {
        _ if !is_exact(&binary.left) => Fallible::Never,
        Divide | Modulo => Fallible::Value,
        _ => Fallible::Overflow,
    }
}
