//! Options of the CSV reader.

use std::path::Path;

/// Options for a CSV file; by default all are detected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// Whether the first line is a header. `None`: it is when it has a text cell above a number, or a cell
    /// that equals a name in [`CsvOptions::columns`].
    pub header: Option<bool>,
    /// The delimiter. `None`: a tab for `.tsv` and `.tab` files, otherwise a comma.
    pub delimiter: Option<u8>,
    /// The selected columns, in order: names of the header in any case, or indices from 0. `None`: all.
    pub columns: Option<Vec<String>>,
    /// Lines to skip at the start of the file.
    pub skip: usize,
}

impl CsvOptions {
    /// The default delimiter of a file name.
    pub(crate) fn delimiter_for(&self, label: &str) -> u8 {
        self.delimiter.unwrap_or_else(|| match extension(label).as_str() {
            "tsv" | "tab" => b'\t',
            _ => b',',
        })
    }
}

/// The extension in lower case, without that of a compression.
fn extension(label: &str) -> String {
    let lower = label.to_lowercase();
    let path = Path::new(lower.strip_suffix(".gz").unwrap_or(&lower));
    path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_tells_the_delimiter() {
        let options = CsvOptions::default();
        assert_eq!(options.delimiter_for("a/b.TSV.gz"), b'\t');
        assert_eq!(options.delimiter_for("a.csv"), b',');
        assert_eq!(CsvOptions { delimiter: Some(b';'), ..options }.delimiter_for("a.tsv"), b';');
    }
}
