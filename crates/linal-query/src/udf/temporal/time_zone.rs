//! `x AT TIME ZONE zone`, which is `TIMEZONE(zone, x)`.
//!
//! A timestamp without a zone is read as local time in the zone and becomes an instant; an instant becomes
//! local time in the zone. DataFusion casts to a type with the zone in its name, so the zone must be a
//! literal, a second AT TIME ZONE changes only how the instant is displayed, and a time that daylight saving
//! skips is an error: `SELECT TIMESTAMP '2024-07-01 12:00' AT TIME ZONE 'UTC' AT TIME ZONE 'America/Denver'`
//! displays an offset there.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::Zone;
use std::sync::Arc;

use super::function::{
    Calendar, TIMESTAMP, constant_text, function, labelled, out_of_range, text_type, timestamp_text,
    words_of, wrong_arguments, zoned,
};
use crate::error::external;

/// The name of the function.
pub(crate) const TIMEZONE: &str = "timezone";

/// The function `TIMEZONE` in a session's zone, in which instants are displayed.
pub(super) fn timezone(zone: &Zone) -> Arc<ScalarUDF> {
    function(AtTimeZone { zone: zone.clone() })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AtTimeZone {
    zone: Zone,
}

impl Calendar for AtTimeZone {
    fn name(&self) -> &str {
        TIMEZONE
    }

    fn written(&self, args: &[String]) -> String {
        match args {
            [zone, value] => format!("{value} AT TIME ZONE {zone}"),
            _ => format!("TIMEZONE({})", args.join(", ")),
        }
    }

    fn types(
        &self,
        args: &[DataType],
        constants: &[Option<&ScalarValue>],
    ) -> Result<(Vec<DataType>, DataType)> {
        let wrong = || wrong_arguments("at time zone", "a timestamp and the name of a zone", args);
        let [name, value] = args else { return Err(wrong()) };
        if !name.is_string() && !name.is_null() {
            return Err(wrong());
        }
        if let Some(name) = constant_text(constants, 0) {
            zone_of(name)?;
        }
        let (value, result) = match value {
            DataType::Timestamp(_, Some(_)) => (zoned(&self.zone), TIMESTAMP),
            text if text.is_string() => (zoned(&self.zone), TIMESTAMP),
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Null => {
                (TIMESTAMP, zoned(&self.zone))
            }
            _ => return Err(wrong()),
        };
        Ok((vec![text_type(name), value], result))
    }

    fn evaluate(&self, args: &[ArrayRef], result: &DataType) -> DfResult<ArrayRef> {
        let [names, values] = args else {
            return datafusion::common::plan_err!("AT TIME ZONE takes a timestamp and a zone");
        };
        let (names, micros) = (words_of(names)?, values.as_primitive::<TimestampMicrosecondType>());
        let is_instant = matches!(values.data_type(), DataType::Timestamp(_, Some(_)));
        let mut known: Option<(String, Zone)> = None;
        let mut rows = Vec::with_capacity(micros.len());
        for row in 0..micros.len() {
            if names.is_null(row) || micros.is_null(row) {
                rows.push(None);
                continue;
            }
            let (name, value) = (names.value(row), micros.value(row));
            if known.as_ref().is_none_or(|(last, _)| last != name) {
                known = Some((name.to_string(), zone_of(name).map_err(external)?));
            }
            let there = known
                .as_ref()
                .and_then(|(_, zone)| if is_instant { zone.to_local(value) } else { zone.to_utc(value) });
            rows.push(Some(there.ok_or_else(|| external(out_of_range("timestamp", timestamp_text(value))))?));
        }
        Ok(labelled(PrimitiveArray::<TimestampMicrosecondType>::from(rows), result))
    }
}

fn zone_of(name: &str) -> Result<Zone> {
    Zone::parse(name).ok_or_else(|| {
        Error::new(Code::WrongArguments, format!("there is no time zone `{name}`"))
            .with_help("zones are written as 'Europe/Berlin', 'UTC' or '+02:00'")
    })
}
