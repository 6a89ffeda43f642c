//! Dates, times of day, timestamps and intervals: calendar, arithmetic, parsing and formatting.
//!
//! Values are the integers that Arrow stores: days and microseconds since 1970-01-01, microseconds since
//! midnight, and intervals of months, days and nanoseconds. The semantics are PostgreSQL's.

mod age;
mod bin;
mod calendar;
mod datetime_text;
mod field;
mod interval;
mod interval_text;
mod strf;
mod strftime;
mod template;
mod truncate;
mod unit;
mod zone;

pub use age::{age, boundaries, whole_units};
pub use bin::date_bin;
pub use calendar::{Civil, days_of, in_calendar};
pub use datetime_text::{Precision, parse_date, parse_time, parse_timestamp, parse_zoned};
pub use field::{Field, FieldValue};
pub use interval::{
    add, add_to_timestamp, compare_key, difference, divide, from_nanoseconds, multiply, negate,
    representative, subtract,
};
pub use interval_text::{Fields, parse_interval};
pub use strf::{DateFormat, Moment};
pub use strftime::{format_strftime, parse_strftime};
pub use template::{Parts, Template};
pub use truncate::{truncate, truncate_interval};
pub use unit::Unit;
pub use zone::Zone;

/// Microseconds per second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds per minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds per hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds per day.
pub const DAY: i64 = 24 * HOUR;
