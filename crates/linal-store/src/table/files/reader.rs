//! What a format does for several files.

use std::path::Path;

use super::columns::{ColumnFacts, Columns};
use crate::error::Result;
use crate::progress::ReadContext;
use crate::table::TableOptions;
use crate::table::stream::TableStream;

/// The two readings of a file of a format.
pub(in crate::table) trait FileReader: Send {
    /// What decides on the type of a column.
    type Facts: ColumnFacts + Send;
    /// What the second reading needs to know of a file, beside the types. One for each file is kept, so it is
    /// small.
    type Layout: PartialEq + Send + Sync;

    /// Surveys the columns of a file.
    fn survey(
        &self,
        path: &Path,
        options: &TableOptions,
        context: &ReadContext<'_>,
    ) -> Result<Surveyed<Self::Facts, Self::Layout>>;

    /// Opens a `file`, given by its layout and number of rows, whose columns get the types of all files where the format infers types. A caller converts
    /// other columns.
    fn open<'a>(
        &self,
        path: &Path,
        file: (&Self::Layout, usize),
        columns: &Columns<Self::Facts>,
        options: &TableOptions,
        context: &ReadContext<'a>,
    ) -> Result<TableStream<'a>>;
}

/// What the first reading found.
pub(in crate::table) struct Surveyed<F, L> {
    /// The selected columns, with distinct names.
    pub(in crate::table) columns: Vec<(String, F)>,
    pub(in crate::table) layout: L,
    /// Number of rows, where a format counts them.
    pub(in crate::table) rows: usize,
    /// Whether the file has neither rows nor a way to declare columns.
    pub(in crate::table) is_blank: bool,
    pub(in crate::table) notices: Vec<String>,
}
