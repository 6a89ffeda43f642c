//! `STRFTIME(t, '%Y')` and `STRPTIME('2026', '%Y')`.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::{DAY, DateFormat, Moment};

use super::calendar::{local, out_of_range};
use super::kind::Kind::{Date, Text, Texts, Timestamp, Zoned};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};

pub(super) static FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        name: "strftime",
        aliases: &[],
        overloads: &[
            of(&[Date, Text], Output::Text, |row| of_date(row, 0, 1)),
            of(&[Text, Date], Output::Text, |row| of_date(row, 1, 0)),
            of(&[Timestamp, Text], Output::Text, |row| of_timestamp(row, 0, 1)),
            of(&[Text, Timestamp], Output::Text, |row| of_timestamp(row, 1, 0)),
            of(&[Zoned, Text], Output::Text, |row| of_zoned(row, 0, 1)),
            of(&[Text, Zoned], Output::Text, |row| of_zoned(row, 1, 0)),
        ],
    },
    RowFunction {
        name: "strptime",
        aliases: &[],
        overloads: &[
            of(&[Text, Text], Output::Parsed(1), |row| read(row, &[row.text(1).to_string()], true)),
            of(&[Text, Texts], Output::Parsed(1), |row| read(row, &row.texts(1), true)),
        ],
    },
    RowFunction {
        name: "try_strptime",
        aliases: &[],
        overloads: &[
            of(&[Text, Text], Output::Parsed(1), |row| read(row, &[row.text(1).to_string()], false)),
            of(&[Text, Texts], Output::Parsed(1), |row| read(row, &row.texts(1), false)),
        ],
    },
];

fn format_of(text: &str) -> Result<DateFormat> {
    DateFormat::parse(text).map_err(|specifier| {
        let message = format!("`{specifier}` in '{text}' is no specifier of a date");
        Error::new(Code::WrongArguments, message)
            .with_help("specifiers are %Y, %m, %d, %H, %M, %S, %f, %a, %b, %j, %p, %z and others")
    })
}

fn of_date(row: &Row<'_>, at: usize, format: usize) -> Result<Value> {
    let micros = row.int(at).checked_mul(DAY).ok_or_else(out_of_range)?;
    Ok(format_of(row.text(format))?.write(Moment::local(micros)).into())
}

fn of_timestamp(row: &Row<'_>, at: usize, format: usize) -> Result<Value> {
    Ok(format_of(row.text(format))?.write(Moment::local(row.int(at))).into())
}

fn of_zoned(row: &Row<'_>, at: usize, format: usize) -> Result<Value> {
    let (zone, instant) = (row.zone(), row.int(at));
    let moment =
        Moment { local: local(zone, instant)?, offset: zone.offset_at(instant), zone: Some(zone.name()) };
    Ok(format_of(row.text(format))?.write(moment).into())
}

/// The first format that a text has. Without one it is NULL, or an error if it `must` have one.
fn read(row: &Row<'_>, formats: &[String], must: bool) -> Result<Value> {
    let text = row.text(0);
    for format in formats {
        if let Some(micros) = format_of(format)?.read(text) {
            return Ok(Value::Int(micros));
        }
    }
    if !must {
        return Ok(Value::Null);
    }
    let formats: Vec<String> = formats.iter().map(|format| format!("'{format}'")).collect();
    let message = format!("'{text}' is not of the form {}", formats.join(" or "));
    Err(Error::new(Code::BadCast, message).with_help("TRY_STRPTIME gives NULL instead"))
}

/// Whether a format reads a zone, so that the result is an instant.
pub(super) fn reads_zone(format: &str) -> bool {
    DateFormat::parse(format).is_ok_and(|format| format.has_zone())
}
