//! Bounds of the columns of an exported table.
//!
//! DuckDB adds the bounds of what it inserts to those of the table, and plans queries by them. A column without
//! bounds counts as one whose values are all NULL, so that it would have those of the inserted rows alone, and one
//! bound without the other makes a column of numbers empty. Where bounds are not known, they are therefore those
//! of the type.

use arrow::datatypes::Field;

use super::super::column::lake_type;
use super::super::error::Result;
use super::super::segment::StoredStatistics;

/// The least and the greatest value as DuckDB casts them from text.
pub(super) type Bounds = (Option<String>, Option<String>);

/// The bounds of a column over all files.
pub(super) fn of_column(field: &Field, files: &[&StoredStatistics]) -> Result<Bounds> {
    let with_values: Vec<&StoredStatistics> =
        files.iter().copied().filter(|statistics| statistics.values != Some(0)).collect();
    if with_values.is_empty() {
        return Ok((None, None));
    }
    let least = StoredStatistics::common_bound(&with_values, field.data_type(), false)?;
    let greatest = StoredStatistics::common_bound(&with_values, field.data_type(), true)?;
    Ok(if least.is_some() && greatest.is_some() { (least, greatest) } else { of_type(field) })
}

/// The bounds of all values of a type. Floats need none: they are used only where it is known that no value is
/// NaN. Bounds of text may be one-sided.
pub(super) fn of_type(field: &Field) -> Bounds {
    let both = |least: &str, greatest: &str| (Some(least.to_string()), Some(greatest.to_string()));
    let Some(lake) = lake_type(field) else { return (None, None) };
    match lake.name.as_str() {
        "boolean" => both("false", "true"),
        "int8" => both("-128", "127"),
        "int16" => both("-32768", "32767"),
        "int32" => both("-2147483648", "2147483647"),
        "int64" => both("-9223372036854775808", "9223372036854775807"),
        "uint8" => both("0", "255"),
        "uint16" => both("0", "65535"),
        "uint32" => both("0", "4294967295"),
        "uint64" => both("0", "18446744073709551615"),
        "date" | "timestamp" | "timestamp_s" | "timestamp_ms" | "timestamp_ns" | "timestamptz" => {
            both("-infinity", "infinity")
        }
        "time" => both("00:00:00", "24:00:00"),
        "varchar" => (Some(String::new()), None),
        name => of_decimal(name).unwrap_or((None, None)),
    }
}

/// `decimal(p,s)`: as many nines.
fn of_decimal(name: &str) -> Option<Bounds> {
    let (digits, scale) = name.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
    let (digits, scale): (usize, usize) = (digits.parse().ok()?, scale.parse().ok()?);
    let mut greatest = "9".repeat(digits.checked_sub(scale)?);
    if scale > 0 {
        greatest = format!("{greatest}.{}", "9".repeat(scale));
    }
    Some((Some(format!("-{greatest}")), Some(greatest)))
}
