//! Hive partitions: columns whose values are names of folders, `key=value`.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Field};
use percent_encoding::percent_decode_str;

use crate::error::{ReadError, Result};
use crate::source::quoted;
use crate::table::datetime;

/// The value that stands for NULL.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The partition columns of a set of files.
pub(super) struct Partitions {
    /// Components of a path that are no partitions.
    fixed: usize,
    keys: Vec<Key>,
}

struct Key {
    name: String,
    types: Types,
}

/// The types that all values have.
#[derive(Clone, Copy)]
struct Types {
    int: bool,
    date: bool,
    /// Whether a value is not NULL.
    filled: bool,
    nulls: bool,
}

type Pair = (String, Option<String>);

impl Partitions {
    /// The keys of the folders of all paths, whose first `fixed` components are skipped.
    ///
    /// # Errors
    /// Paths that differ in their keys; a key twice in a path.
    pub(super) fn find(paths: &[PathBuf], fixed: usize) -> Result<Partitions> {
        let types = Types { int: true, date: true, filled: false, nulls: false };
        let first = paths.first().map(|path| pairs(path, fixed)).unwrap_or_default();
        let keys = first.into_iter().map(|(name, _)| Key { name, types }).collect();
        let mut partitions = Partitions { fixed, keys };
        for path in paths {
            for (at, (key, value)) in pairs(path, fixed).into_iter().enumerate() {
                let Some(place) = partitions.place(&key) else {
                    return Err(missing(&paths[0], &key, path));
                };
                if pairs(path, fixed).iter().skip(at + 1).any(|(other, _)| same(other, &key)) {
                    let path = quoted(&path.display().to_string());
                    return Err(ReadError::unsupported(format!("{path} has the partition `{key}` twice")));
                }
                partitions.keys[place].types.add(value.as_deref());
            }
            let found = pairs(path, fixed);
            let absent =
                partitions.keys.iter().find(|key| !found.iter().any(|(name, _)| same(name, &key.name)));
            if let Some(key) = absent {
                return Err(missing(path, &key.name, &paths[0]));
            }
        }
        Ok(partitions)
    }

    /// The column of a key, in any case.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.keys.iter().position(|key| same(&key.name, name))
    }

    /// The fields of the columns.
    pub(super) fn fields(&self) -> Vec<Field> {
        self.keys.iter().map(|key| Field::new(&key.name, key.types.data_type(), key.types.nulls)).collect()
    }

    /// The values of a file, each an array of one element.
    pub(super) fn values(&self, path: &Path) -> Vec<ArrayRef> {
        let found = pairs(path, self.fixed);
        let value = |key: &Key| {
            let pair = found.iter().find(|(name, _)| same(name, &key.name));
            key.types.array(pair.and_then(|(_, value)| value.as_deref()))
        };
        self.keys.iter().map(value).collect()
    }
}

impl Types {
    fn add(&mut self, value: Option<&str>) {
        match value {
            None => self.nulls = true,
            Some(value) => {
                self.filled = true;
                self.int &= value.parse::<i64>().is_ok();
                self.date &= datetime::date(value.as_bytes()).is_some();
            }
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Types { filled: false, .. } => DataType::Utf8View,
            Types { int: true, .. } => DataType::Int64,
            Types { date: true, .. } => DataType::Date32,
            _ => DataType::Utf8View,
        }
    }

    fn array(self, value: Option<&str>) -> ArrayRef {
        match self.data_type() {
            DataType::Int64 => Arc::new(Int64Array::from(vec![value.and_then(|value| value.parse().ok())])),
            DataType::Date32 => {
                Arc::new(Date32Array::from(vec![value.and_then(|value| datetime::date(value.as_bytes()))]))
            }
            _ => Arc::new(StringViewArray::from(vec![value])),
        }
    }
}

/// Keys and values of the folders of a path.
fn pairs(path: &Path, fixed: usize) -> Vec<Pair> {
    let mut folders: Vec<Component<'_>> = path.components().skip(fixed).collect();
    // The file itself.
    folders.pop();
    folders.into_iter().filter_map(|folder| pair(&folder.as_os_str().to_string_lossy())).collect()
}

fn pair(folder: &str) -> Option<Pair> {
    let (key, value) = folder.split_once('=').filter(|(key, _)| !key.is_empty())?;
    Some((decoded(key), (value != NULL).then(|| decoded(value))))
}

/// A text with `%3D` and the like, as writers name folders; what is no UTF-8 behind them stays.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_string(), |text| text.into_owned())
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn missing(path: &Path, key: &str, other: &Path) -> ReadError {
    ReadError::name_not_found(format!(
        "{} is in no folder `{key}=..`, unlike {}",
        quoted(&path.display().to_string()),
        quoted(&other.display().to_string())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(paths: &[&str], expected: &[(&str, DataType, bool)]) {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let partitions = Partitions::find(&paths, 1).unwrap();
        let fields: Vec<_> =
            expected.iter().map(|(name, kind, null)| Field::new(*name, kind.clone(), *null)).collect();
        assert_eq!(partitions.fields(), fields);
    }

    #[test]
    fn types_of_all_values() {
        check(&["d/a.csv"], &[]);
        check(&["d/x=1/=/a=/f"], &[("x", DataType::Int64, false), ("a", DataType::Utf8View, false)]);
        check(&["d=9/n=-1/a.csv", "d=9/n=007/x=.csv"], &[("n", DataType::Int64, false)]);
        check(&["d/n=1/a", "d/n=9223372036854775808/a"], &[("n", DataType::Utf8View, false)]);
        check(&["d/t=2020-02-29/a", "d/t=2020-03-01/a"], &[("t", DataType::Date32, false)]);
        check(&["d/t=2020-02-30/a"], &[("t", DataType::Utf8View, false)]);
        check(&["d/t=1/a", "d/t=__HIVE_DEFAULT_PARTITION__/a"], &[("t", DataType::Int64, true)]);
        check(&["d/t=__HIVE_DEFAULT_PARTITION__/a"], &[("t", DataType::Utf8View, true)]);
        check(
            &["d/A=1/b=x/f", "d/B=y/a=2/f"],
            &[("A", DataType::Int64, false), ("b", DataType::Utf8View, false)],
        );
    }

    #[test]
    fn names_are_decoded() {
        assert_eq!(pair("a%20b=c%3Dd=e"), Some(("a b".to_string(), Some("c=d=e".to_string()))));
        assert_eq!(pair("a=%ff"), Some(("a".to_string(), Some("%ff".to_string()))));
    }

    #[test]
    fn paths_that_differ() {
        let error = |paths: &[&str]| {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            Partitions::find(&paths, 1).err().unwrap().to_string()
        };
        assert_eq!(error(&["d/x=1/a", "d/b"]), "`d/b` is in no folder `x=..`, unlike `d/x=1/a`");
        assert_eq!(error(&["d/b", "d/x=1/a"]), "`d/b` is in no folder `x=..`, unlike `d/x=1/a`");
        assert_eq!(error(&["d/x=1/X=2/a"]), "`d/x=1/X=2/a` has the partition `x` twice");
    }
}
