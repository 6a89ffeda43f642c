//! `TO_CHAR(x, 'YYYY-MM-DD')`: PostgreSQL's templates, and `strftime` formats if the string contains a `%`.

use arrow::array::builder::StringViewBuilder;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, IntervalMonthDayNanoType, Time64NanosecondType, TimestampMicrosecondType,
};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::{DAY, Parts, Template, Zone, format_strftime};
use std::sync::Arc;

use super::function::{
    Calendar, constant_text, function, temporal_type, text_of, text_type, type_name, words_of,
    wrong_arguments,
};
use crate::error::external;

/// The function `TO_CHAR`; timestamps with a zone are displayed in the session's zone.
pub(super) fn to_char(zone: &Zone) -> Arc<ScalarUDF> {
    function(ToChar { zone: zone.clone(), aliases: vec!["date_format".to_string()] })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ToChar {
    zone: Zone,
    aliases: Vec<String>,
}

/// A format string.
enum Form {
    Template(Template),
    Strftime(String),
}

impl Form {
    fn of(text: &str) -> Result<Form> {
        if text.contains('%') {
            // A format that is invalid for one timestamp is invalid for all.
            return match format_strftime(0, Some(0), text) {
                Some(_) => Ok(Form::Strftime(text.to_string())),
                None => Err(no_form(text, text)),
            };
        }
        Template::parse(text).map(Form::Template).map_err(|rest| no_form(text, rest))
    }
}

fn no_form(text: &str, rest: &str) -> Error {
    let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '%').collect();
    let message = format!("TO_CHAR knows no pattern `{word}` in '{text}'");
    Error::new(Code::WrongArguments, message).with_help(
        "patterns are YYYY, MM, DD, HH24, MI, SS and others, or %Y, %m, %d; text stands in double quotes",
    )
}

impl Calendar for ToChar {
    fn name(&self) -> &str {
        "to_char"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn types(
        &self,
        args: &[DataType],
        constants: &[Option<&ScalarValue>],
    ) -> Result<(Vec<DataType>, DataType)> {
        let wrong = || wrong_arguments("to_char", "a date, a time or an interval, and a template", args);
        let [value, form] = args else { return Err(wrong()) };
        if !form.is_string() && !form.is_null() {
            return Err(wrong());
        }
        if let Some(text) = constant_text(constants, 1) {
            Form::of(text)?;
        }
        let value = temporal_type(value, &self.zone).ok_or_else(wrong)?;
        Ok((vec![value, text_type(form)], DataType::Utf8View))
    }

    fn evaluate(&self, args: &[ArrayRef], _: &DataType) -> DfResult<ArrayRef> {
        let [values, forms] = args else {
            return datafusion::common::plan_err!("TO_CHAR takes a value and a template");
        };
        let forms = words_of(forms)?;
        let mut known: Option<(String, Form)> = None;
        let mut texts = StringViewBuilder::with_capacity(values.len());
        for row in 0..values.len() {
            if values.is_null(row) || forms.is_null(row) {
                texts.append_null();
                continue;
            }
            let text = forms.value(row);
            if known.as_ref().is_none_or(|(last, _)| last != text) {
                known = Some((text.to_string(), Form::of(text).map_err(external)?));
            }
            if let Some((_, form)) = &known {
                texts.append_value(self.formatted(values, row, form).map_err(external)?);
            }
        }
        Ok(Arc::new(texts.finish()))
    }
}

impl ToChar {
    fn formatted(&self, values: &ArrayRef, row: usize, form: &Form) -> Result<String> {
        let (local, offset) = self.local(values, row);
        match form {
            Form::Template(template) => {
                let parts = match values.data_type() {
                    DataType::Interval(_) => {
                        Parts::of_interval(values.as_primitive::<IntervalMonthDayNanoType>().value(row))
                    }
                    DataType::Time64(_) => Parts::of_time(local),
                    _ => Parts::of_timestamp(local),
                };
                let parts = match offset {
                    Some(offset) => parts.in_zone(offset, self.zone.name()),
                    None => parts,
                };
                template.format(&parts).map_err(|pattern| missing(pattern, values.data_type()))
            }
            Form::Strftime(text) => match values.data_type() {
                DataType::Interval(_) => Err(missing(text, values.data_type())),
                _ => format_strftime(local, offset, text).ok_or_else(|| {
                    let shown = text_of(values.as_ref(), row);
                    Error::new(Code::WrongArguments, format!("TO_CHAR cannot write {shown} as '{text}'"))
                }),
            },
        }
    }

    /// Local time in microseconds, and its offset from UTC if it has a zone.
    fn local(&self, values: &ArrayRef, row: usize) -> (i64, Option<i64>) {
        match values.data_type() {
            DataType::Date32 => {
                (i64::from(values.as_primitive::<Date32Type>().value(row)).saturating_mul(DAY), None)
            }
            DataType::Time64(_) => (values.as_primitive::<Time64NanosecondType>().value(row) / 1000, None),
            DataType::Interval(_) => (0, None),
            kind => {
                let micros = values.as_primitive::<TimestampMicrosecondType>().value(row);
                match kind {
                    DataType::Timestamp(_, Some(_)) => {
                        let offset = self.zone.offset_at(micros).unwrap_or_default();
                        (micros.saturating_add(offset), Some(offset))
                    }
                    _ => (micros, None),
                }
            }
        }
    }
}

fn missing(pattern: &str, data_type: &DataType) -> Error {
    let message = format!("TO_CHAR: a {} has nothing for `{pattern}`", type_name(data_type));
    Error::new(Code::WrongArguments, message)
}
