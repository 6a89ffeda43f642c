//! The values of parameters: from JSON to what a statement can hold. A fuzz target includes this file, which knows nothing of
//! the engine.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Parameters as Given;

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list of integers: a vector, a matrix, or a tensor of more axes.
    Ints(Vec<usize>, Vec<i64>),
    /// A list of numbers that are not all integers.
    Floats(Vec<usize>, Vec<f64>),
}

/// The checked parameters of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Checked {
    /// Those of `$1`, `$2`, ...
    Positional(Vec<Parameter>),
    /// Those of `$name`.
    Named(BTreeMap<String, Parameter>),
}

/// Most axes of a list.
const AXES: usize = 8;

impl Checked {
    /// Checks the parameters of a request.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub fn new(parameters: Given) -> Result<Checked, String> {
        match parameters {
            Given::Positional(values) => {
                let numbered = values.iter().enumerate();
                let checked = numbered.map(|(at, value)| of(&format!("${}", at + 1), value));
                checked.collect::<Result<_, _>>().map(Checked::Positional)
            }
            Given::Named(values) => {
                let named = values.into_iter().map(|(name, value)| {
                    if !is_name(&name) {
                        return Err(format!("`{name}` is no name of a parameter"));
                    }
                    let checked = of(&format!("${name}"), &value)?;
                    Ok((name, checked))
                });
                named.collect::<Result<_, _>>().map(Checked::Named)
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    let begins = name.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    begins && name.chars().all(|sign| sign.is_alphanumeric() || sign == '_')
}

fn of(name: &str, value: &Value) -> Result<Parameter, String> {
    match value {
        Value::Null => Ok(Parameter::Null),
        Value::Bool(value) => Ok(Parameter::Bool(*value)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Ok(Parameter::Int(integer)),
            (None, Some(float)) if !number.is_u64() => Ok(Parameter::Float(float)),
            _ => Err(format!("the parameter {name} is an integer beyond 64 bits")),
        },
        Value::String(text) => Ok(Parameter::Text(text.clone())),
        Value::Array(_) => list(name, value),
        Value::Object(_) => Err(format!("the parameter {name} is an object, which no statement can hold")),
    }
}

fn list(name: &str, value: &Value) -> Result<Parameter, String> {
    let shape = shape(value);
    if shape.len() > AXES {
        return Err(format!("the parameter {name} has more than {AXES} axes"));
    }
    let (mut ints, mut floats) = (Vec::new(), Vec::new());
    let is_whole = collect(value, &shape, &mut ints, &mut floats)
        .ok_or_else(|| format!("the parameter {name} is no list of numbers of one shape"))?;
    Ok(if is_whole { Parameter::Ints(shape, ints) } else { Parameter::Floats(shape, floats) })
}

/// The lengths along the first elements of each axis. JSON nests at most 128 lists.
fn shape(value: &Value) -> Vec<usize> {
    let mut shape = Vec::new();
    let mut next = Some(value);
    while let Some(Value::Array(values)) = next {
        shape.push(values.len());
        next = values.first();
    }
    shape
}

/// Collects the numbers of a list; returns whether all are integers, and `None` where the shape is another.
fn collect(value: &Value, shape: &[usize], ints: &mut Vec<i64>, floats: &mut Vec<f64>) -> Option<bool> {
    match (value, shape.split_first()) {
        (Value::Array(values), Some((&length, inner))) if values.len() == length => {
            let mut is_whole = length > 0;
            for value in values {
                is_whole &= collect(value, inner, ints, floats)?;
            }
            Some(is_whole)
        }
        (Value::Number(number), None) => {
            floats.push(number.as_f64()?);
            ints.push(number.as_i64().unwrap_or_default());
            Some(number.is_i64())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_and_lists() {
        let cases = [
            (json!(null), Parameter::Null),
            (json!(true), Parameter::Bool(true)),
            (json!(9007199254740993_i64), Parameter::Int(9007199254740993)),
            (json!(1.0), Parameter::Float(1.0)),
            (json!("x"), Parameter::Text("x".to_owned())),
            (json!([1, 2]), Parameter::Ints(vec![2], vec![1, 2])),
            (json!([[1, 2.5]]), Parameter::Floats(vec![1, 2], vec![1.0, 2.5])),
            (json!([]), Parameter::Floats(vec![0], vec![])),
        ];
        for (value, expected) in cases {
            assert_eq!(of("$1", &value), Ok(expected), "{value}");
        }
        for wrong in [
            json!(u64::MAX),
            json!({}),
            json!([1, "x"]),
            json!([[1], [2, 3]]),
            json!([1, [2]]),
            json!([null]),
        ] {
            assert!(of("$1", &wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_checked() {
        let named = |name: &str| Given::Named(BTreeMap::from([(name.to_owned(), json!(1))]));
        assert!(Checked::new(named("limit_1")).is_ok());
        for wrong in ["", "1x", "a b", "$a"] {
            assert!(Checked::new(named(wrong)).is_err(), "{wrong}");
        }
        let error = Checked::new(Given::Positional(vec![json!(1), json!({})])).unwrap_err();
        assert!(error.contains("$2"), "{error}");
    }
}
