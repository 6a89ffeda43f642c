//! `FORMAT('{:>5}', x)` and `PRINTF('%5d', x)`.

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use linal_dataset::{Error, Result};
use linal_error::Code;

use super::format_spec::{Align, Argument, Spec};
use super::kind::Kind::{Any, Text};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};
use crate::udf::error::wrong_arguments;
use crate::udf::temporal::text_of;

pub(super) const FUNCTIONS: &[RowFunction] = &[
    RowFunction { name: "format", aliases: &[], overloads: &[of(&[Text], Output::Text, format).rest(Any)] },
    RowFunction { name: "printf", aliases: &[], overloads: &[of(&[Text], Output::Text, printf).rest(Any)] },
];

/// The value of an argument.
fn argument(row: &Row<'_>, at: usize) -> Result<Argument> {
    let missing = || wrong_arguments(format!("the format has a place for argument {at}, and there is none"));
    let (array, place) = row.any(at).ok_or_else(missing)?;
    let number = |to: &DataType| cast(&array.slice(place, 1), to).ok();
    let kind = array.data_type();
    if *kind == DataType::Boolean {
        return Ok(Argument::Bool(array.as_boolean().value(place)));
    }
    if kind.is_integer()
        && let Some(value) = number(&DataType::Int64)
    {
        return Ok(Argument::Int(i128::from(value.as_primitive::<Int64Type>().value(0))));
    }
    if kind.is_numeric()
        && let Some(value) = number(&DataType::Float64)
    {
        return Ok(Argument::Float(value.as_primitive::<Float64Type>().value(0)));
    }
    if kind.is_string()
        && let Some(value) = number(&DataType::Utf8View)
    {
        return Ok(Argument::Text(value.as_string_view().value(0).to_string()));
    }
    Ok(Argument::Text(text_of(array.as_ref(), place)))
}

fn broken(template: &str, why: &str) -> Error {
    Error::new(Code::WrongArguments, format!("the format '{template}' is not valid: {why}"))
}

/// `{}`, `{0}`, `{:spec}`; `{{` and `}}` are braces.
fn format(row: &Row<'_>) -> Result<Value> {
    let template = row.text(0);
    let mut text = String::new();
    let mut next = 1;
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if after.starts_with(brace) {
            text.push_str(brace);
            rest = &after[1..];
            continue;
        }
        if brace == "}" {
            return Err(broken(template, "`}` without `{`"));
        }
        let end = after.find('}').ok_or_else(|| broken(template, "`{` without `}`"))?;
        let (place, spec) = match after[..end].split_once(':') {
            Some((place, spec)) => (place, spec),
            None => (&after[..end], ""),
        };
        let at = if place.is_empty() {
            next += 1;
            next - 1
        } else {
            let place: usize = place.parse().map_err(|_| broken(template, "a place is a number"))?;
            place.saturating_add(1)
        };
        let spec = Spec::of_braces(spec).map_err(|why| broken(template, &why))?;
        text.push_str(&spec.write(&argument(row, at)?).map_err(|why| broken(template, &why))?);
        rest = &after[end + 1..];
    }
    text.push_str(rest);
    Ok(text.into())
}

/// `%d`, `%5.2f`, `%s`; `%%` is a percent sign.
fn printf(row: &Row<'_>) -> Result<Value> {
    let template = row.text(0);
    let mut text = String::new();
    let mut next = 1;
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (mut spec, after) = Spec::of_percent(rest).map_err(|why| broken(template, &why))?;
        if spec.align.is_none() {
            spec.align = Some(Align::Right);
        }
        text.push_str(&spec.write(&argument(row, next)?).map_err(|why| broken(template, &why))?);
        next += 1;
        rest = after;
    }
    text.push_str(rest);
    Ok(text.into())
}
