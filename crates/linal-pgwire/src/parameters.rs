//! Parameters of the extended protocol.

use linal::{Parameter, Parameters, Tensor};
use linal_server::run::parameter_names;
use pgwire::api::Type;
use pgwire::api::portal::Portal;
use pgwire::api::results::FieldFormat;
use pgwire::error::{PgWireError, PgWireResult};

use crate::query::Prepared;
use crate::status::plain;
use crate::types::format_of;

/// Microseconds from 1970 to 2000, which the binary form counts from.
const MICROSECONDS: i64 = 946_684_800_000_000;

/// The parameters of one run of a statement.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    /// As the engine takes them.
    pub parameters: Parameters,
    /// As texts, for `pg_catalog`.
    pub texts: Vec<Option<String>>,
}

/// The number of parameters of a text.
pub fn count(text: &str) -> usize {
    let numbers = parameter_names(text).into_iter().filter_map(|name| name.parse::<u16>().ok());
    numbers.max().unwrap_or(0).into()
}

impl Bound {
    /// Parameters that are not known yet.
    pub fn unknown(count: usize) -> Bound {
        Bound { parameters: Parameters::Positional(vec![Parameter::Null; count]), texts: vec![None; count] }
    }

    /// Those of a portal.
    ///
    /// # Errors
    /// 22P02 for a value that its type does not have, 0A000 for a type that no parameter has.
    pub fn of(portal: &Portal<Prepared>, types: &[Type]) -> PgWireResult<Bound> {
        let mut bound = Bound::default();
        let mut values = Vec::with_capacity(portal.parameters.len());
        for (at, bytes) in portal.parameters.iter().enumerate() {
            let kind = types.get(at).unwrap_or(&Type::TEXT);
            let value = match (bytes, format_of(&portal.parameter_format, at)) {
                (None, _) => Some(Parameter::Null),
                (Some(bytes), FieldFormat::Text) => {
                    let text = std::str::from_utf8(bytes).map_err(|_| malformed(at, kind))?;
                    of_text(text, kind)
                }
                (Some(bytes), FieldFormat::Binary) => of_binary(bytes, kind),
            };
            let value = value.ok_or_else(|| malformed(at, kind))?;
            bound.texts.push(shown(&value));
            values.push(value);
        }
        bound.parameters = Parameters::Positional(values);
        Ok(bound)
    }
}

fn malformed(at: usize, kind: &Type) -> PgWireError {
    plain("22P02", format!("the value of the parameter ${} is no {kind} that is supported", at + 1))
}

/// The text of a scalar.
fn shown(value: &Parameter) -> Option<String> {
    match value {
        Parameter::Null | Parameter::Tensor(_) | Parameter::Blob(_) => None,
        Parameter::Bool(value) => Some(if *value { "t" } else { "f" }.to_owned()),
        Parameter::Int(value) => Some(value.to_string()),
        Parameter::Float(value) => Some(value.to_string()),
        Parameter::Text(text)
        | Parameter::Decimal(text)
        | Parameter::Date(text)
        | Parameter::Timestamp(text)
        | Parameter::Time(text)
        | Parameter::Interval(text) => Some(text.to_string()),
    }
}

fn of_text(text: &str, kind: &Type) -> Option<Parameter> {
    match *kind {
        Type::BOOL => match text.to_ascii_lowercase().as_str() {
            "t" | "true" | "1" | "on" | "yes" => Some(Parameter::Bool(true)),
            "f" | "false" | "0" | "off" | "no" => Some(Parameter::Bool(false)),
            _ => None,
        },
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID => text.trim().parse().ok().map(Parameter::Int),
        Type::FLOAT4 | Type::FLOAT8 => text.trim().parse().ok().map(Parameter::Float),
        Type::NUMERIC => text.trim().parse::<f64>().ok().map(|_| Parameter::Decimal(text.trim().into())),
        Type::DATE => Some(Parameter::Date(text.into())),
        Type::TIMESTAMP | Type::TIMESTAMPTZ => Some(Parameter::Timestamp(text.into())),
        Type::FLOAT4_ARRAY | Type::FLOAT8_ARRAY | Type::INT2_ARRAY | Type::INT4_ARRAY | Type::INT8_ARRAY => {
            array_text(text, matches!(*kind, Type::INT2_ARRAY | Type::INT4_ARRAY | Type::INT8_ARRAY))
        }
        Type::BYTEA => None,
        _ => Some(Parameter::Text(text.into())),
    }
}

/// `{1,2}` or `{{1,2},{3,4}}`.
fn array_text(text: &str, is_integer: bool) -> Option<Parameter> {
    let (mut shape, mut depth, mut values) = (Vec::<usize>::new(), 0_usize, Vec::<&str>::new());
    let mut start = None;
    let mut first_row = true;
    for (at, sign) in text.char_indices() {
        match sign {
            '{' => {
                depth += 1;
                if depth > 8 {
                    return None;
                }
                if shape.len() < depth {
                    shape.push(0);
                }
            }
            '}' | ',' => {
                if let Some(start) = start.take() {
                    values.push(text[start..at].trim());
                }
                if sign == '}' {
                    if depth > 0 && depth == shape.len() && first_row {
                        first_row = false;
                        shape[depth - 1] = values.len();
                    }
                    depth = depth.checked_sub(1)?;
                }
            }
            sign if sign.is_whitespace() => {}
            _ if start.is_none() => start = Some(at),
            _ => {}
        }
    }
    let inner = shape.last().copied()?;
    if depth != 0 || shape.len() > 2 {
        return None;
    }
    if shape.len() == 2 {
        shape[0] = values.len().checked_div(inner).unwrap_or(0);
    }
    let tensor = if is_integer {
        let values: Option<Vec<i64>> = values.into_iter().map(|value| value.parse().ok()).collect();
        Tensor::from_vec(values?, shape.as_slice())
    } else {
        let values: Option<Vec<f64>> = values.into_iter().map(|value| value.parse().ok()).collect();
        Tensor::from_vec(values?, shape.as_slice())
    };
    tensor.ok().map(Parameter::Tensor)
}

fn of_binary(bytes: &[u8], kind: &Type) -> Option<Parameter> {
    match *kind {
        Type::BOOL => Some(Parameter::Bool(*bytes.first()? != 0)),
        Type::INT2 => Some(Parameter::Int(i16::from_be_bytes(bytes.try_into().ok()?).into())),
        Type::INT4 => Some(Parameter::Int(i32::from_be_bytes(bytes.try_into().ok()?).into())),
        Type::OID => Some(Parameter::Int(u32::from_be_bytes(bytes.try_into().ok()?).into())),
        Type::INT8 => Some(Parameter::Int(i64::from_be_bytes(bytes.try_into().ok()?))),
        Type::FLOAT4 => Some(Parameter::Float(f32::from_be_bytes(bytes.try_into().ok()?).into())),
        Type::FLOAT8 => Some(Parameter::Float(f64::from_be_bytes(bytes.try_into().ok()?))),
        Type::NUMERIC => numeric(bytes).map(|text| Parameter::Decimal(text.into())),
        Type::DATE => {
            let days = i64::from(i32::from_be_bytes(bytes.try_into().ok()?));
            let text = time(days.checked_mul(86_400_000_000)?)?;
            Some(Parameter::Date(text.get(..10)?.into()))
        }
        Type::TIMESTAMP | Type::TIMESTAMPTZ => {
            time(i64::from_be_bytes(bytes.try_into().ok()?)).map(|text| Parameter::Timestamp(text.into()))
        }
        Type::FLOAT4_ARRAY | Type::FLOAT8_ARRAY | Type::INT2_ARRAY | Type::INT4_ARRAY | Type::INT8_ARRAY => {
            array(bytes)
        }
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => {
            Some(Parameter::Text(std::str::from_utf8(bytes).ok()?.into()))
        }
        _ => None,
    }
}

/// The text of a point in time, given in microseconds since 2000.
fn time(since_2000: i64) -> Option<String> {
    use arrow::array::TimestampMicrosecondArray;
    let array = TimestampMicrosecondArray::from(vec![since_2000.checked_add(MICROSECONDS)?]);
    arrow::util::display::array_value_to_string(&array, 0).ok().filter(|text| text.len() >= 10)
}

/// The digits of a number in groups of four.
fn numeric(bytes: &[u8]) -> Option<String> {
    let word = |at: usize| Some(i16::from_be_bytes(bytes.get(2 * at..2 * at + 2)?.try_into().ok()?));
    let (count, weight, sign, scale) = (word(0)?, i32::from(word(1)?), word(2)? as u16, word(3)?);
    if !matches!(sign, 0 | 0x4000) || !(0..=1000).contains(&weight.abs()) {
        return None;
    }
    let group = |index: i32| {
        let is_there = index >= 0 && index < i32::from(count);
        if is_there { word(4 + index as usize) } else { Some(0) }
    };
    let mut text = String::from(if sign == 0x4000 { "-" } else { "" });
    let mut whole = String::new();
    for place in (0..=weight.max(0)).rev() {
        whole.push_str(&format!("{:04}", group(weight - place)?));
    }
    let trimmed = whole.trim_start_matches('0');
    text.push_str(if trimmed.is_empty() { "0" } else { trimmed });
    let scale = usize::try_from(scale).ok()?;
    if scale > 0 {
        let mut fraction = String::new();
        let mut index = weight + 1;
        while fraction.len() < scale {
            fraction.push_str(&format!("{:04}", group(index)?));
            index += 1;
        }
        text.push('.');
        text.push_str(&fraction[..scale]);
    }
    Some(text)
}

/// An array of numbers without NULLs.
fn array(bytes: &[u8]) -> Option<Parameter> {
    let word = |at: usize| Some(i32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let axes = usize::try_from(word(0)?).ok().filter(|axes| *axes <= 8)?;
    // An array of arrays is one array of more axes; one that nests would be read as deep as a client likes.
    let is_number =
        |kind: &Type| matches!(*kind, Type::INT2 | Type::INT4 | Type::INT8 | Type::FLOAT4 | Type::FLOAT8);
    let kind = Type::from_oid(word(8)? as u32).filter(is_number)?;
    let shape: Option<Vec<usize>> =
        (0..axes).map(|axis| usize::try_from(word(12 + 8 * axis)?).ok()).collect();
    let shape = if axes == 0 { vec![0] } else { shape? };
    let count = shape.iter().try_fold(1_usize, |count, length| count.checked_mul(*length))?;
    // Each element has at least its length.
    if count > bytes.len() / 4 {
        return None;
    }
    let mut at = 12 + 8 * axes;
    let (mut ints, mut floats) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let length = usize::try_from(word(at)?).ok()?;
        let element = of_binary(bytes.get(at + 4..at + 4 + length)?, &kind)?;
        match element {
            Parameter::Int(value) => ints.push(value),
            Parameter::Float(value) => floats.push(value),
            _ => return None,
        }
        at += 4 + length;
    }
    let is_integer = matches!(kind, Type::INT2 | Type::INT4 | Type::INT8);
    let tensor = if is_integer {
        Tensor::from_vec(ints, shape.as_slice())
    } else {
        Tensor::from_vec(floats, shape.as_slice())
    };
    tensor.ok().map(Parameter::Tensor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_from_text() {
        assert!(matches!(of_text("12", &Type::INT4), Some(Parameter::Int(12))));
        assert!(matches!(of_text("t", &Type::BOOL), Some(Parameter::Bool(true))));
        assert!(of_text("x", &Type::INT8).is_none() && of_text("maybe", &Type::BOOL).is_none());
        let Some(Parameter::Tensor(tensor)) = of_text("{{1,2},{3,4},{5,6}}", &Type::FLOAT8_ARRAY) else {
            panic!()
        };
        assert_eq!((tensor.shape().dims(), tensor.to_vec::<f64>()[5]), (&[3, 2][..], 6.0));
        for wrong in ["{1,x}", "{{1,2},{3}}", "{", "}", "{1}}", "{{{{{{{{{1}}}}}}}}}"] {
            assert!(of_text(wrong, &Type::FLOAT8_ARRAY).is_none(), "{wrong}");
        }
    }

    #[test]
    fn arrays_within_arrays_are_refused() {
        let header = |length: usize| {
            let words = [1, 0, Type::FLOAT8_ARRAY.oid() as i32, 1, 1, length as i32];
            words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>()
        };
        let depth = 200_000;
        let bytes: Vec<u8> = (0..depth).flat_map(|level| header((depth - level - 1) * 24)).collect();
        assert!(of_binary(&bytes, &Type::FLOAT8_ARRAY).is_none());
    }

    #[test]
    fn values_are_read_from_bytes() {
        let words = |words: &[i16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
        assert_eq!(numeric(&words(&[3, 1, 0x4000, 2, 123, 4567, 8900])).as_deref(), Some("-1234567.89"));
        assert_eq!(numeric(&words(&[1, -1, 0, 4, 25])).as_deref(), Some("0.0025"));
        assert_eq!(numeric(&words(&[0, 0, 0, 0])).as_deref(), Some("0"));
        assert_eq!(numeric(&[1, 2]), None);
        let day = of_binary(&1_i32.to_be_bytes(), &Type::DATE);
        assert!(matches!(day, Some(Parameter::Date(text)) if &*text == "2000-01-02"));
        let mut vector = Vec::new();
        for word in [1, 0, Type::FLOAT8.oid() as i32, 2, 1] {
            vector.extend(i32::to_be_bytes(word));
        }
        for value in [1.5_f64, 2.5] {
            vector.extend(8_i32.to_be_bytes());
            vector.extend(value.to_be_bytes());
        }
        let Some(Parameter::Tensor(tensor)) = of_binary(&vector, &Type::FLOAT8_ARRAY) else { panic!() };
        assert_eq!(tensor.to_vec::<f64>(), [1.5, 2.5]);
        for length in 0..vector.len() {
            assert!(of_binary(&vector[..length], &Type::FLOAT8_ARRAY).is_none(), "{length}");
        }
    }

    #[test]
    fn parameters_are_counted() {
        assert_eq!(count("SELECT $2, '$3' -- $4"), 2);
        assert_eq!(count("SELECT 1"), 0);
    }
}
