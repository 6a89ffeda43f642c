//! Dates, times and intervals in queries, with PostgreSQL's semantics.
//!
//! DataFusion computes in nanoseconds, which end in 2262, compares intervals field by field, returns a date
//! for a date plus hours, and has a separate type for the difference of two timestamps. Here timestamps are
//! microseconds, differences are intervals, and intervals are compared by duration.
//!
//! [`operator`] plans operators, [`cast`] converts from and to strings and between zones, and [`rule`]
//! replaces DataFusion's explicit and implicit casts by these. The arithmetic itself is in
//! [`linal_store::temporal`].

mod aggregate;
mod cast;
mod date_bin;
mod date_part;
mod date_trunc;
mod extreme;
mod function;
mod interval_text;
mod make_date;
mod operator;
mod rule;
mod time_zone;
mod to_char;
mod to_timestamp;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;
use linal_store::temporal::Zone;

pub(crate) use self::aggregate::{IntervalFold, for_intervals};
pub(crate) use self::date_part::date_part;
pub(crate) use self::extreme::{greatest, least};
pub(in crate::udf) use self::function::text_of;
pub(crate) use self::interval_text::cast_texts;
pub(crate) use self::operator::plan;
pub(crate) use self::rule::Temporal;
pub(crate) use self::time_zone::TIMEZONE;

/// The functions that replace DataFusion's of the same names.
pub(crate) fn scalar_functions(zone: &Zone) -> Vec<Arc<ScalarUDF>> {
    let mut functions = vec![
        date_bin::date_bin(),
        date_part(zone),
        date_trunc::date_trunc(zone),
        make_date::make_date(),
        time_zone::timezone(zone),
        to_char::to_char(zone),
    ];
    functions.extend(to_timestamp::functions());
    functions
}
