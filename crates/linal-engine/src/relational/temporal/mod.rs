//! Dates, times and intervals in queries, with PostgreSQL's meaning.
//!
//! DataFusion computes with nanoseconds, which end in 2262, compares intervals field by field, takes a date plus hours
//! for a date, and has a type of its own for the difference of two timestamps. Here timestamps are microseconds,
//! differences are intervals, and intervals are compared by the time that they are.
//!
//! [`operator`] plans operators, [`cast`] converts from and to text and between zones, and [`rule`] puts these casts in
//! place of DataFusion's, written or implied. The arithmetic itself is [`linal_store::temporal`].

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

pub(super) use aggregate::{IntervalFold, for_intervals};
pub(super) use date_part::date_part;
pub(super) use extreme::{greatest, least};
pub(super) use interval_text::cast_texts;
pub(super) use operator::plan;
pub(super) use rule::Temporal;
pub(super) use time_zone::TIMEZONE;

/// The functions that take the place of DataFusion's of the same names.
pub(super) fn scalar_functions(zone: &Zone) -> Vec<Arc<ScalarUDF>> {
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
