//! The named options of functions that read files.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::{TableOptions, TextColumns};
use sqlparser::ast as sql;

use super::literal;

/// The options of a call.
#[derive(Default)]
pub(super) struct FileOptions {
    pub table: TableOptions,
    /// Names for the columns, in their order.
    pub names: Vec<String>,
    /// Names and types for the columns, in their order.
    pub columns: Vec<(String, String)>,
    /// Types of columns, by name or in their order.
    pub types: Vec<(Option<String>, String)>,
}

/// What an option does.
type Apply = fn(&mut FileOptions, &str, &sql::Expr) -> Result<()>;

/// The options that the readers have, each with the families of functions that take it.
const OPTIONS: [(&str, &[&str], Apply); 22] = [
    ("header", &["csv"], |options, name, value| {
        options.table.header = Some(literal::boolean(name, value)?);
        Ok(())
    }),
    ("delim", &["csv"], delimiter),
    ("sep", &["csv"], delimiter),
    ("delimiter", &["csv"], delimiter),
    ("skip", &["csv"], |options, name, value| {
        let lines = literal::plain_text(value).and_then(|text| text.parse().ok());
        options.table.skip = lines.ok_or_else(|| literal::wrong(name, "a number of lines", value))?;
        Ok(())
    }),
    ("names", &["csv"], |options, name, value| {
        options.names =
            literal::strings(value).ok_or_else(|| literal::wrong(name, "a list of names", value))?;
        Ok(())
    }),
    ("columns", &["csv", "json"], columns),
    ("types", &["csv"], types),
    ("dtypes", &["csv"], types),
    ("column_types", &["csv"], types),
    ("all_varchar", &["csv"], |options, name, value| {
        if literal::boolean(name, value)? {
            options.table.text = TextColumns::All;
        }
        Ok(())
    }),
    ("nullstr", &["csv"], |options, name, value| {
        let nulls = literal::strings(value);
        options.table.nulls =
            Some(nulls.ok_or_else(|| literal::wrong(name, "a text or a list of texts", value))?);
        Ok(())
    }),
    ("quote", &["csv"], |options, name, value| {
        options.table.quote = Some(one_byte(name, value)?);
        Ok(())
    }),
    ("escape", &["csv"], |options, name, value| {
        options.table.escape = Some(one_byte(name, value)?);
        Ok(())
    }),
    ("auto_detect", &["csv", "json"], |_, name, value| only(name, value, true)),
    ("filename", &["csv", "parquet", "json"], |options, name, value| {
        options.table.filename = literal::boolean(name, value)?;
        Ok(())
    }),
    // Columns are always matched by name, and folders `key=value` are always columns.
    ("union_by_name", &["csv", "parquet", "json"], |_, name, value| literal::boolean(name, value).map(drop)),
    ("hive_partitioning", &["csv", "parquet", "json"], |_, name, value| only(name, value, true)),
    ("compression", &["csv", "json"], |_, name, value| {
        of(name, value, &["auto", "auto_detect", "none", "gzip", "zstd"])
    }),
    ("format", &["json"], |_, name, value| of(name, value, &["auto", "array", "newline_delimited", "nd"])),
    ("dataset", &["hdf5"], fields),
    ("fields", &["csv", "parquet", "json", "hdf5", "npz"], fields),
];

/// Options of DuckDB that the readers do not have.
const UNSUPPORTED: [&str; 18] = [
    "allow_quoted_nulls",
    "buffer_size",
    "comment",
    "dateformat",
    "decimal_separator",
    "encoding",
    "force_not_null",
    "ignore_errors",
    "max_line_size",
    "maximum_object_size",
    "new_line",
    "normalize_names",
    "null_padding",
    "parallel",
    "sample_size",
    "strict_mode",
    "timestampformat",
    "union",
];

impl FileOptions {
    /// Sets an option of a function of a family: `csv`, `parquet`, `json`, `npy`, `npz`, `hdf5`.
    ///
    /// # Errors
    /// An option that the family does not have, with the nearest one; a value of another kind.
    pub(super) fn set(&mut self, function: &str, family: &str, name: &str, value: &sql::Expr) -> Result<()> {
        let own = OPTIONS.iter().filter(|(_, families, _)| families.contains(&family));
        if let Some((_, _, apply)) = own.clone().find(|(known, ..)| known.eq_ignore_ascii_case(name)) {
            return apply(self, name, value);
        }
        let message = format!("{function} has no option `{name}`");
        if UNSUPPORTED.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            let names: Vec<&str> = own.map(|(known, ..)| *known).collect();
            return Err(Error::new(Code::NotSupported, message)
                .with_help(format!("its options are {}", names.join(", "))));
        }
        Err(Error::new(Code::WrongArguments, message).suggest(name, own.map(|(known, ..)| *known)))
    }
}

fn delimiter(options: &mut FileOptions, name: &str, value: &sql::Expr) -> Result<()> {
    let text = literal::string(value).unwrap_or_default();
    let byte = match text.as_bytes() {
        [byte] => Some(*byte),
        b"\\t" => Some(b'\t'),
        _ => None,
    };
    options.table.delimiter = Some(byte.ok_or_else(|| literal::wrong(name, "one character", value))?);
    Ok(())
}

/// `columns => {'a': 'INT', 'b': 'VARCHAR'}`: names and types of all columns.
fn columns(options: &mut FileOptions, name: &str, value: &sql::Expr) -> Result<()> {
    let wrong = || literal::wrong(name, "names and types, as in {'a': 'INT'}", value);
    options.columns = literal::pairs(value).ok_or_else(wrong)?;
    // The types are those of the texts, not of what the texts look like.
    options.table.text = TextColumns::All;
    Ok(())
}

/// `types => {'a': 'INT'}` for some columns by name, or `types => ['INT', 'VARCHAR']` for the first ones.
fn types(options: &mut FileOptions, name: &str, value: &sql::Expr) -> Result<()> {
    if let Some(pairs) = literal::pairs(value) {
        options.table.text = TextColumns::Named(pairs.iter().map(|(name, _)| name.clone()).collect());
        options.types = pairs.into_iter().map(|(name, kind)| (Some(name), kind)).collect();
        return Ok(());
    }
    let kinds = literal::strings(value)
        .ok_or_else(|| literal::wrong(name, "types, as in {'a': 'INT'} or ['INT', 'VARCHAR']", value))?;
    options.table.text = TextColumns::First(kinds.len());
    options.types = kinds.into_iter().map(|kind| (None, kind)).collect();
    Ok(())
}

fn one_byte(name: &str, value: &sql::Expr) -> Result<u8> {
    match literal::string(value).unwrap_or_default().as_bytes() {
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err(literal::wrong(name, "one character", value)),
    }
}

fn fields(options: &mut FileOptions, name: &str, value: &sql::Expr) -> Result<()> {
    let names =
        literal::strings(value).ok_or_else(|| literal::wrong(name, "a name or a list of names", value))?;
    options.table.fields = Some(names);
    Ok(())
}

/// Checks an option that has one possible value.
fn only(name: &str, value: &sql::Expr, expected: bool) -> Result<()> {
    if literal::boolean(name, value)? == expected {
        return Ok(());
    }
    Err(Error::new(Code::NotSupported, format!("`{name}` is always {expected} here")))
}

fn of(name: &str, value: &sql::Expr, known: &[&str]) -> Result<()> {
    let text = literal::string(value).unwrap_or_default();
    if known.iter().any(|known| known.eq_ignore_ascii_case(&text)) {
        return Ok(());
    }
    Err(literal::wrong(name, &format!("one of {}", known.join(", ")), value)
        .suggest(&text, known.iter().copied()))
}
