//! How a CSV file is to be read.

use std::path::Path;

/// What the caller says about a CSV file. The default lets the file speak for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// Whether the first line names the columns. `None`: it does when it has a text cell over a number, or when
    /// [`CsvOptions::columns`] has one of its cells.
    pub header: Option<bool>,
    /// The byte between cells. `None`: a tab for `.tsv` and `.tab` files, else a comma.
    pub delimiter: Option<u8>,
    /// The columns to read, in this order: names of the header in any case, or numbers that count from 0.
    /// `None`: all of them.
    pub columns: Option<Vec<String>>,
    /// Lines to leave out at the start of the file.
    pub skip: usize,
}

impl CsvOptions {
    /// The byte between cells of a file with this name.
    pub(crate) fn delimiter_for(&self, label: &str) -> u8 {
        self.delimiter.unwrap_or_else(|| match extension(label).as_str() {
            "tsv" | "tab" => b'\t',
            _ => b',',
        })
    }
}

/// The extension in lower case, without the one that says how the file is compressed.
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
