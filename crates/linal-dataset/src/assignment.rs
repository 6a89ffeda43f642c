//! Assignments of a text to a column of another type, and of a value to a column of texts: the text is read as a
//! literal of the column's type, and the value is written as its text.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, PrimitiveArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type, Int64Type};
use linal_lang::ast::relational::Literal;
use linal_store::ColumnType;

use super::literal::{decimal, real, whole};
use super::snapshot::Snapshot;

/// The values of an INSERT with the literals that the types of their columns require. Values that have none stay, and are
/// rejected where they are checked.
pub fn adapted<'v>(
    definition: &Snapshot,
    columns: Option<&[usize]>,
    values: &'v [Literal],
    width: usize,
) -> Cow<'v, [Literal]> {
    let settable: Vec<usize>;
    let columns = match columns {
        Some(columns) => columns,
        None => {
            let own = definition.columns.iter().enumerate().filter(|(_, column)| column.computed.is_none());
            settable = own.map(|(at, _)| at).collect();
            &settable
        }
    };
    let type_of = |at: usize| {
        let column = columns.get(at.checked_rem(width)?)?;
        definition.columns.get(*column).map(|column| &column.column_type)
    };
    let adapt =
        |(at, value): (usize, &Literal)| type_of(at).and_then(|column_type| assigned(value, column_type));
    match values.iter().enumerate().find_map(adapt) {
        None => Cow::Borrowed(values),
        Some(_) => Cow::Owned(
            values.iter().enumerate().map(|pair| adapt(pair).unwrap_or_else(|| pair.1.clone())).collect(),
        ),
    }
}

/// The literal that a column of a type takes in place of a value; `None` if it is the value itself, or there is none.
#[inline]
pub fn assigned(value: &Literal, column_type: &ColumnType) -> Option<Literal> {
    match (value, column_type) {
        (Literal::Str(_), ColumnType::String) => None,
        (Literal::Str(text), column_type) => read(text, column_type),
        (Literal::Int(x), ColumnType::String) => Some(Literal::Str(x.to_string().into())),
        (Literal::Float(x), ColumnType::String) => Some(Literal::Str(format!("{x:?}").into())),
        (Literal::Bool(x), ColumnType::String) => Some(Literal::Str(x.to_string().into())),
        _ => None,
    }
}

/// The number or the Boolean that a text stands for.
fn read(text: &str, column_type: &ColumnType) -> Option<Literal> {
    let text = text.trim();
    match column_type {
        ColumnType::Int => integer(text).map(Literal::Int),
        ColumnType::Float | ColumnType::Real => float(text).map(Literal::Float),
        ColumnType::Bool => boolean(text).map(Literal::Bool),
        ColumnType::Other(DataType::Decimal128(digits, scale)) => {
            let literal = match text.parse() {
                Ok(integer) => Literal::Int(integer),
                Err(_) => Literal::Float(float(text)?),
            };
            // A float has fewer digits than a decimal: the text must be its shortest form.
            let is_exact = match &literal {
                Literal::Float(x) => is_written(*x, text),
                _ => true,
            };
            (is_exact && decimal(&literal, *digits, *scale).is_some()).then_some(literal)
        }
        _ => None,
    }
}

/// Whether a decimal text has the digits of a number, besides zeros at its ends.
fn is_written(number: f64, text: &str) -> bool {
    let digits = |text: &str| {
        let text = text.trim_start_matches(['+', '-']).trim_start_matches('0');
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        } else {
            text.to_string()
        }
    };
    text.contains(['e', 'E']) || digits(&format!("{number}")) == digits(text)
}

fn integer(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| float(text).and_then(whole))
}

fn float(text: &str) -> Option<f64> {
    // Rust reads "infinity" and "nan" in any case, as DuckDB does.
    text.parse().ok()
}

fn boolean(text: &str) -> Option<bool> {
    const TRUE: [&str; 4] = ["true", "t", "yes", "1"];
    const FALSE: [&str; 4] = ["false", "f", "no", "0"];
    let is_any = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_any(&TRUE) { Some(true) } else { is_any(&FALSE).then_some(false) }
}

/// Whether texts are read as values of a type.
pub fn reads(column_type: &ColumnType) -> bool {
    matches!(
        column_type,
        ColumnType::Int
            | ColumnType::Float
            | ColumnType::Real
            | ColumnType::Bool
            | ColumnType::Other(DataType::Decimal128(..))
    )
}

/// The values that texts stand for.
///
/// # Errors
///
/// The row of the first text that has none.
pub fn read_all(texts: &StringViewArray, column_type: &ColumnType) -> Result<ArrayRef, usize> {
    fn each<T>(texts: &StringViewArray, value: impl Fn(&str) -> Option<T>) -> Result<Vec<Option<T>>, usize> {
        let one = |(at, text): (usize, Option<&str>)| match text {
            None => Ok(None),
            Some(text) => value(text.trim()).map(Some).ok_or(at),
        };
        texts.iter().enumerate().map(one).collect()
    }
    Ok(match column_type {
        ColumnType::Int => Arc::new(PrimitiveArray::<Int64Type>::from(each(texts, integer)?)),
        ColumnType::Float => Arc::new(PrimitiveArray::<Float64Type>::from(each(texts, float)?)),
        ColumnType::Real => {
            Arc::new(PrimitiveArray::<Float32Type>::from(each(texts, |text| float(text).and_then(real))?))
        }
        ColumnType::Bool => Arc::new(BooleanArray::from(each(texts, boolean)?)),
        other => {
            let DataType::Decimal128(digits, scale) = other.data_type() else { return Err(0) };
            let value = |text: &str| match read(text, other)? {
                literal @ (Literal::Int(_) | Literal::Float(_)) => decimal(&literal, digits, scale),
                _ => None,
            };
            let values = PrimitiveArray::<Decimal128Type>::from(each(texts, value)?);
            Arc::new(values.with_precision_and_scale(digits, scale).map_err(|_| 0usize)?)
        }
    })
}

/// Whether values of a type are written as texts.
pub fn writes(column_type: &ColumnType) -> bool {
    matches!(
        column_type,
        ColumnType::Int
            | ColumnType::Float
            | ColumnType::Real
            | ColumnType::Bool
            | ColumnType::Date
            | ColumnType::Other(DataType::Decimal128(..))
    )
}

/// The texts of an array; `None` for types that [`writes`] excludes.
pub fn write_all(array: &ArrayRef) -> Option<ArrayRef> {
    // Floats as everywhere in the language: 2.0, and not 2.
    match array.data_type() {
        DataType::Float64 => {
            let texts = array.as_primitive::<Float64Type>().iter().map(|x| x.map(|x| format!("{x:?}")));
            Some(Arc::new(texts.collect::<StringViewArray>()))
        }
        _ => cast(array, &DataType::Utf8View).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::assigned;
    use arrow::datatypes::DataType;
    use linal_lang::ast::relational::Literal;
    use linal_store::ColumnType;

    fn of(text: &str, column_type: ColumnType) -> Option<Literal> {
        assigned(&Literal::Str(text.into()), &column_type)
    }

    #[test]
    fn texts_as_literals_of_a_column() {
        assert_eq!(of(" 5", ColumnType::Int), Some(Literal::Int(5)));
        assert_eq!(of("1e3", ColumnType::Int), Some(Literal::Int(1000)));
        assert_eq!(of("1.5", ColumnType::Int), None);
        assert_eq!(of("-inf", ColumnType::Float), Some(Literal::Float(f64::NEG_INFINITY)));
        assert_eq!(of("T", ColumnType::Bool), Some(Literal::Bool(true)));
        assert_eq!(of("x", ColumnType::Bool), None);
        let decimal = || ColumnType::Other(DataType::Decimal128(20, 2));
        assert_eq!(of("1.50", decimal()), Some(Literal::Float(1.5)));
        assert_eq!(of("1.505", decimal()), None);
        assert_eq!(of("12345678901234567.89", decimal()), None);
        assert_eq!(assigned(&Literal::Int(2), &ColumnType::String), Some(Literal::Str("2".into())));
        assert_eq!(assigned(&Literal::Int(2), &ColumnType::Int), None);
    }
}
