//! Hive partitions: columns whose values are names of folders, `key=value`.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Field};
use percent_encoding::percent_decode_str;

use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::quoted;
use crate::table::datetime;

/// The value that stands for NULL.
pub(in crate::table) const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The partition columns of a set of files.
pub(super) struct Partitions {
    /// Components of a path that are no partitions.
    fixed: usize,
    keys: Vec<Key>,
    /// The index of each key in lower case.
    places: HashMap<String, usize>,
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
    pub(super) fn find(paths: &[PathBuf], fixed: usize, context: &ReadContext<'_>) -> Result<Partitions> {
        let types = Types { int: true, date: true, filled: false, nulls: false };
        let mut partitions = Partitions { fixed, keys: Vec::new(), places: HashMap::new() };
        for (name, _) in paths.first().map(|path| pairs(path, fixed)).unwrap_or_default() {
            let place = partitions.keys.len();
            if partitions.places.insert(name.to_lowercase(), place).is_some() {
                return Err(repeated(&paths[0], &name));
            }
            partitions.keys.push(Key { name, types });
        }
        for path in paths {
            context.poll()?;
            partitions.add(path, &paths[0])?;
        }
        Ok(partitions)
    }

    /// Adds the values of a path.
    fn add(&mut self, path: &Path, first: &Path) -> Result<()> {
        let mut seen = vec![false; self.keys.len()];
        for (name, value) in pairs(path, self.fixed) {
            let place = self.place(&name).ok_or_else(|| missing(first, &name, path))?;
            if std::mem::replace(&mut seen[place], true) {
                return Err(repeated(path, &name));
            }
            self.keys[place].types.add(value.as_deref());
        }
        match self.keys.iter().zip(seen).find(|(_, seen)| !seen) {
            Some((key, _)) => Err(missing(path, &key.name, first)),
            None => Ok(()),
        }
    }

    /// The column of a key, in any case.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(&name.to_lowercase()).copied()
    }

    /// The fields of the columns.
    pub(super) fn fields(&self) -> Vec<Field> {
        self.keys.iter().map(|key| Field::new(&key.name, key.types.data_type(), key.types.nulls)).collect()
    }

    /// The values of a file, each an array of one element.
    pub(super) fn values(&self, path: &Path) -> Vec<ArrayRef> {
        let mut values: Vec<Option<String>> = vec![None; self.keys.len()];
        for (name, value) in pairs(path, self.fixed) {
            if let Some(at) = self.place(&name) {
                values[at] = value;
            }
        }
        self.keys.iter().zip(values).map(|(key, value)| key.types.array(value.as_deref())).collect()
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

fn repeated(path: &Path, key: &str) -> ReadError {
    let place = quoted(&path.display().to_string());
    ReadError::unsupported(format!("{place} has the partition `{key}` twice"))
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

    fn found(paths: &[&str]) -> Result<Partitions> {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let pool = crate::MemoryPool::new(0);
        Partitions::find(&paths, 1, &ReadContext::new(&pool, &crate::NoProgress))
    }

    #[track_caller]
    fn check(paths: &[&str], expected: &[(&str, DataType, bool)]) {
        let partitions = found(paths).unwrap();
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
        let error = |paths: &[&str]| found(paths).err().unwrap().to_string();
        assert_eq!(error(&["d/x=1/a", "d/b"]), "`d/b` is in no folder `x=..`, unlike `d/x=1/a`");
        assert_eq!(error(&["d/b", "d/x=1/a"]), "`d/b` is in no folder `x=..`, unlike `d/x=1/a`");
        assert_eq!(error(&["d/x=1/X=2/a"]), "`d/x=1/X=2/a` has the partition `X` twice");
    }
}
