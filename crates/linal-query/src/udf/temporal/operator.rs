//! Operators with a date, time or interval operand.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
    Time64NanosecondType, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, cast};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::{self, Zone};
use sqlparser::ast::BinaryOperator;

use super::function;
use super::function::{
    Calendar, INTERVAL, TIME, TIMESTAMP, combine, date_text, interval_text, labelled, out_of_range,
    timestamp_text, type_name, zoned,
};
use crate::logical::key;

/// The type of timestamps in files with nanoseconds.
const NANOSECONDS: DataType = DataType::Timestamp(TimeUnit::Nanosecond, None);

/// The kind of an operand's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Date,
    Time,
    Timestamp,
    Zoned,
    Interval,
    Int,
    Float,
    Text,
    Other,
}

impl Kind {
    fn of(data_type: &DataType) -> Kind {
        match data_type {
            DataType::Date32 | DataType::Date64 => Kind::Date,
            DataType::Time32(_) | DataType::Time64(_) => Kind::Time,
            DataType::Timestamp(_, None) => Kind::Timestamp,
            DataType::Timestamp(_, Some(_)) => Kind::Zoned,
            DataType::Interval(_) | DataType::Duration(_) => Kind::Interval,
            kind if kind.is_integer() => Kind::Int,
            kind if kind.is_numeric() => Kind::Float,
            kind if kind.is_string() => Kind::Text,
            _ => Kind::Other,
        }
    }

    /// Whether it is a point in time.
    fn is_moment(self) -> bool {
        matches!(self, Kind::Date | Kind::Timestamp | Kind::Zoned)
    }

    fn is_number(self) -> bool {
        matches!(self, Kind::Int | Kind::Float)
    }
}

/// Plans an operator of these types; `None` if DataFusion's semantics are the language's.
///
/// # Errors A comparison of a date and a number; DataFusion reads the number as days.
pub(crate) fn plan(
    op: &BinaryOperator,
    (left, left_type): (&Expr, &DataType),
    (right, right_type): (&Expr, &DataType),
    zone: &Zone,
) -> Result<Option<Expr>> {
    let kinds = (Kind::of(left_type), Kind::of(right_type));
    if let Some(op) = comparison(op) {
        comparable(left_type, right_type)?;
        return Ok(compare(op, left, right, kinds));
    }
    // Nanoseconds of files keep their precision in DataFusion's arithmetic.
    let is_nanoseconds = |kind: &DataType| matches!(kind, DataType::Timestamp(TimeUnit::Nanosecond, _));
    let has_nanoseconds = is_nanoseconds(left_type) || is_nanoseconds(right_type);
    let kinds = as_read(op, kinds, left, right);
    let planned = match op {
        BinaryOperator::Plus => plus(kinds),
        BinaryOperator::Minus => minus(kinds),
        BinaryOperator::Multiply => times(kinds),
        BinaryOperator::Divide if kinds.0 == Kind::Interval && kinds.1.is_number() => Some(Operation::Divide),
        _ => None,
    };
    let Some(planned) = planned else { return Ok(None) };
    if has_nanoseconds && matches!(planned, Operation::Shift { .. }) {
        return Ok(None);
    }
    // An operation takes the date, time or timestamp before the interval, and the interval before the number.
    let is_swapped = matches!(op, BinaryOperator::Plus | BinaryOperator::Multiply)
        && (kinds.0 == Kind::Interval && kinds.1 != Kind::Interval && !kinds.1.is_number()
            || kinds.0.is_number()
            || kinds.0 == Kind::Time && kinds.1 == Kind::Date);
    let (first, second) = if is_swapped { (right, left) } else { (left, right) };
    let first_kind = if is_swapped { kinds.1 } else { kinds.0 };
    let is_zoned = kinds.0 == Kind::Zoned || kinds.1 == Kind::Zoned;
    let moment = || if is_zoned { zoned(zone) } else { TIMESTAMP };
    let (first_type, second_type) = match planned {
        Operation::Shift { .. } if first_kind == Kind::Time => (TIME, INTERVAL),
        Operation::Shift { .. } => (moment(), INTERVAL),
        Operation::Days { .. } => (DataType::Date32, DataType::Int64),
        Operation::Difference if first_kind == Kind::Time => (TIME, TIME),
        Operation::Difference if has_nanoseconds && !is_zoned => (NANOSECONDS, NANOSECONDS),
        Operation::Difference => (moment(), moment()),
        Operation::DateAndTime => (DataType::Date32, TIME),
        Operation::Add | Operation::Subtract => (INTERVAL, INTERVAL),
        Operation::Multiply | Operation::Divide => (INTERVAL, DataType::Float64),
    };
    let definition = TemporalOperator { operation: planned, zone: zone.clone() };
    let args = vec![as_type(first, first_type), as_type(second, second_type)];
    Ok(Some(Expr::ScalarFunction(ScalarFunction::new_udf(function::function(definition), args))))
}

/// A string literal next to a timestamp is an interval in a sum and a timestamp in a difference, as in
/// PostgreSQL.
fn as_read(op: &BinaryOperator, kinds: (Kind, Kind), left: &Expr, right: &Expr) -> (Kind, Kind) {
    let is_literal = |expr: &Expr| matches!(expr, Expr::Literal(..));
    match (op, kinds) {
        (BinaryOperator::Plus, (moment, Kind::Text)) if moment.is_moment() && is_literal(right) => {
            (moment, Kind::Interval)
        }
        (BinaryOperator::Plus, (Kind::Text, moment)) if moment.is_moment() && is_literal(left) => {
            (Kind::Interval, moment)
        }
        (BinaryOperator::Minus, (moment @ (Kind::Timestamp | Kind::Zoned), Kind::Text))
            if is_literal(right) =>
        {
            (moment, moment)
        }
        _ => kinds,
    }
}

/// Rejects a comparison of a date or a time with a number.
pub(super) fn comparable(left: &DataType, right: &DataType) -> Result<()> {
    let (first, second) = (Kind::of(left), Kind::of(right));
    let is_temporal = |kind: Kind| kind.is_moment() || matches!(kind, Kind::Time | Kind::Interval);
    if !(is_temporal(first) && second.is_number() || first.is_number() && is_temporal(second)) {
        return Ok(());
    }
    let message = format!("{} and {} are not compared", type_name(left), type_name(right));
    Err(Error::new(Code::DTypeMismatch, message))
}

fn as_type(expr: &Expr, data_type: DataType) -> Expr {
    cast(expr.clone(), data_type)
}

fn plus(kinds: (Kind, Kind)) -> Option<Operation> {
    Some(match kinds {
        (Kind::Interval, Kind::Interval) => Operation::Add,
        (Kind::Interval, other) | (other, Kind::Interval) if other.is_moment() || other == Kind::Time => {
            Operation::Shift { back: false }
        }
        (Kind::Date, Kind::Int) | (Kind::Int, Kind::Date) => Operation::Days { back: false },
        (Kind::Date, Kind::Time) | (Kind::Time, Kind::Date) => Operation::DateAndTime,
        _ => return None,
    })
}

fn minus(kinds: (Kind, Kind)) -> Option<Operation> {
    Some(match kinds {
        (Kind::Interval, Kind::Interval) => Operation::Subtract,
        (moment, Kind::Interval) if moment.is_moment() || moment == Kind::Time => {
            Operation::Shift { back: true }
        }
        (Kind::Date, Kind::Int) => Operation::Days { back: true },
        // The difference of two dates is a number of days, as in DataFusion.
        (Kind::Date, Kind::Date) => return None,
        (Kind::Time, Kind::Time) => Operation::Difference,
        (left, right) if left.is_moment() && right.is_moment() => Operation::Difference,
        _ => return None,
    })
}

fn times(kinds: (Kind, Kind)) -> Option<Operation> {
    match kinds {
        (Kind::Interval, number) | (number, Kind::Interval) if number.is_number() => {
            Some(Operation::Multiply)
        }
        _ => None,
    }
}

fn comparison(op: &BinaryOperator) -> Option<Operator> {
    Some(match op {
        BinaryOperator::Eq => Operator::Eq,
        BinaryOperator::NotEq => Operator::NotEq,
        BinaryOperator::Lt => Operator::Lt,
        BinaryOperator::LtEq => Operator::LtEq,
        BinaryOperator::Gt => Operator::Gt,
        BinaryOperator::GtEq => Operator::GtEq,
        _ => return None,
    })
}

/// Compares intervals by their normalized keys, after a cast of strings to intervals.
fn compare(op: Operator, left: &Expr, right: &Expr, kinds: (Kind, Kind)) -> Option<Expr> {
    let is_known = |kind| matches!(kind, Kind::Interval | Kind::Text);
    let is_interval = kinds.0 == Kind::Interval || kinds.1 == Kind::Interval;
    if !is_interval || !is_known(kinds.0) || !is_known(kinds.1) {
        return None;
    }
    let side = |expr: &Expr| Box::new(key(as_type(expr, INTERVAL)));
    Some(Expr::BinaryExpr(BinaryExpr::new(side(left), op, side(right))))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    /// A point in time, or a time of day, and an interval.
    Shift {
        back: bool,
    },
    /// A date and a number of days.
    Days {
        back: bool,
    },
    /// Two points in time, or two times of day.
    Difference,
    DateAndTime,
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TemporalOperator {
    operation: Operation,
    zone: Zone,
}

impl TemporalOperator {
    fn symbol(&self) -> &'static str {
        match self.operation {
            Operation::Shift { back: true }
            | Operation::Days { back: true }
            | Operation::Difference
            | Operation::Subtract => "-",
            Operation::Multiply => "*",
            Operation::Divide => "/",
            _ => "+",
        }
    }

    fn shift(
        &self,
        moments: &ArrayRef,
        intervals: &ArrayRef,
        back: bool,
        result: &DataType,
    ) -> DfResult<ArrayRef> {
        let is_zoned = matches!(moments.data_type(), DataType::Timestamp(_, Some(_)));
        let shifted = combine::<TimestampMicrosecondType, IntervalMonthDayNanoType, TimestampMicrosecondType>(
            moments,
            intervals,
            |moment, interval| {
                let signed = if back { temporal::negate(interval) } else { Some(interval) };
                let shifted = signed.and_then(|interval| {
                    if is_zoned {
                        self.shift_zoned(moment, interval)
                    } else {
                        temporal::add_to_timestamp(moment, interval)
                    }
                });
                shifted.ok_or_else(|| {
                    let text =
                        format!("{} {} {}", timestamp_text(moment), self.symbol(), interval_text(interval));
                    out_of_range("timestamp", text)
                })
            },
        )?;
        Ok(labelled(shifted, result))
    }

    /// Months and days follow the calendar of the session's zone; hours and smaller units are elapsed time.
    fn shift_zoned(&self, moment: i64, interval: IntervalMonthDayNano) -> Option<i64> {
        let days = IntervalMonthDayNano::new(interval.months, interval.days, 0);
        let time = IntervalMonthDayNano::new(0, 0, interval.nanoseconds);
        let moment = if interval.months == 0 && interval.days == 0 {
            moment
        } else {
            self.zone.to_utc(temporal::add_to_timestamp(self.zone.to_local(moment)?, days)?)?
        };
        temporal::add_to_timestamp(moment, time)
    }
}

impl Calendar for TemporalOperator {
    fn name(&self) -> &str {
        match self.operation {
            Operation::Shift { .. } => "__shift",
            Operation::Days { .. } => "__days",
            Operation::Difference => "__difference",
            Operation::DateAndTime => "__date_and_time",
            Operation::Add => "__interval_add",
            Operation::Subtract => "__interval_sub",
            Operation::Multiply => "__interval_mul",
            Operation::Divide => "__interval_div",
        }
    }

    fn written(&self, args: &[String]) -> String {
        args.join(&format!(" {} ", self.symbol()))
    }

    fn types(&self, args: &[DataType], _: &[Option<&ScalarValue>]) -> Result<(Vec<DataType>, DataType)> {
        let result = match self.operation {
            Operation::Shift { .. } => args.first().cloned().unwrap_or(TIMESTAMP),
            Operation::Days { .. } => DataType::Date32,
            Operation::DateAndTime => TIMESTAMP,
            _ => INTERVAL,
        };
        Ok((args.to_vec(), result))
    }

    fn evaluate(&self, args: &[ArrayRef], result: &DataType) -> DfResult<ArrayRef> {
        let [left, right] = args else {
            return datafusion::common::plan_err!("an operator has two operands");
        };
        match self.operation {
            Operation::Shift { back } if *left.data_type() == TIME => shift_time(left, right, back),
            Operation::Shift { back } => self.shift(left, right, back, result),
            Operation::Days { back } => days(left, right, back),
            Operation::Difference if *left.data_type() == TIME => time_difference(left, right),
            Operation::Difference if *left.data_type() == NANOSECONDS => nanosecond_difference(left, right),
            Operation::Difference => difference(left, right),
            Operation::DateAndTime => date_and_time(left, right),
            Operation::Add => sum(left, right, temporal::add, "+"),
            Operation::Subtract => sum(left, right, temporal::subtract, "-"),
            Operation::Multiply => product(left, right, temporal::multiply, "*"),
            Operation::Divide => product(left, right, temporal::divide, "/"),
        }
    }
}

/// A time of day wraps around at midnight; whole days of the interval have no effect.
fn shift_time(times: &ArrayRef, intervals: &ArrayRef, back: bool) -> DfResult<ArrayRef> {
    const DAY: i64 = temporal::DAY * 1000;
    let shifted = combine::<Time64NanosecondType, IntervalMonthDayNanoType, Time64NanosecondType>(
        times,
        intervals,
        |time, interval| {
            let by = interval.nanoseconds % DAY;
            Ok((time + if back { -by } else { by }).rem_euclid(DAY))
        },
    )?;
    Ok(Arc::new(shifted))
}

fn days(dates: &ArrayRef, days: &ArrayRef, back: bool) -> DfResult<ArrayRef> {
    let shifted = combine::<Date32Type, Int64Type, Date32Type>(dates, days, |date, days| {
        let signed = if back { days.checked_neg() } else { Some(days) };
        let shifted = signed.and_then(|days| i64::from(date).checked_add(days));
        shifted
            .filter(|days| temporal::in_calendar(*days))
            .and_then(|days| i32::try_from(days).ok())
            .ok_or_else(|| {
                out_of_range("date", format!("{} {} {days}", date_text(date), if back { "-" } else { "+" }))
            })
    })?;
    Ok(Arc::new(shifted))
}

fn difference(later: &ArrayRef, earlier: &ArrayRef) -> DfResult<ArrayRef> {
    let differences = combine::<TimestampMicrosecondType, TimestampMicrosecondType, IntervalMonthDayNanoType>(
        later,
        earlier,
        |later, earlier| {
            temporal::difference(later, earlier).ok_or_else(|| {
                out_of_range("interval", format!("{} - {}", timestamp_text(later), timestamp_text(earlier)))
            })
        },
    )?;
    Ok(Arc::new(differences))
}

fn nanosecond_difference(later: &ArrayRef, earlier: &ArrayRef) -> DfResult<ArrayRef> {
    let differences = combine::<TimestampNanosecondType, TimestampNanosecondType, IntervalMonthDayNanoType>(
        later,
        earlier,
        |later, earlier| {
            let nanos = i128::from(later) - i128::from(earlier);
            temporal::from_nanoseconds(nanos)
                .ok_or_else(|| out_of_range("interval", format!("{nanos} nanoseconds")))
        },
    )?;
    Ok(Arc::new(differences))
}

fn time_difference(later: &ArrayRef, earlier: &ArrayRef) -> DfResult<ArrayRef> {
    let differences = combine::<Time64NanosecondType, Time64NanosecondType, IntervalMonthDayNanoType>(
        later,
        earlier,
        |later, earlier| Ok(IntervalMonthDayNano::new(0, 0, later - earlier)),
    )?;
    Ok(Arc::new(differences))
}

fn date_and_time(dates: &ArrayRef, times: &ArrayRef) -> DfResult<ArrayRef> {
    let moments =
        combine::<Date32Type, Time64NanosecondType, TimestampMicrosecondType>(dates, times, |date, time| {
            let midnight = i64::from(date).checked_mul(temporal::DAY);
            midnight
                .and_then(|midnight| midnight.checked_add(time / 1000))
                .ok_or_else(|| out_of_range("timestamp", date_text(date)))
        })?;
    Ok(Arc::new(moments))
}

type Combine<B> = fn(IntervalMonthDayNano, B) -> Option<IntervalMonthDayNano>;

fn sum(
    left: &ArrayRef,
    right: &ArrayRef,
    op: Combine<IntervalMonthDayNano>,
    sign: &str,
) -> DfResult<ArrayRef> {
    let sums = combine::<IntervalMonthDayNanoType, IntervalMonthDayNanoType, IntervalMonthDayNanoType>(
        left,
        right,
        |a, b| {
            op(a, b).ok_or_else(|| {
                out_of_range("interval", format!("{} {sign} {}", interval_text(a), interval_text(b)))
            })
        },
    )?;
    Ok(Arc::new(sums))
}

fn product(left: &ArrayRef, right: &ArrayRef, op: Combine<f64>, sign: &str) -> DfResult<ArrayRef> {
    let products =
        combine::<IntervalMonthDayNanoType, Float64Type, IntervalMonthDayNanoType>(left, right, |a, b| {
            op(a, b).ok_or_else(|| {
                if sign == "/" && b == 0.0 {
                    let message = format!("{} / 0", interval_text(a));
                    return Error::new(Code::DivisionByZero, message);
                }
                out_of_range("interval", format!("{} {sign} {b:?}", interval_text(a)))
            })
        })?;
    Ok(Arc::new(products))
}
