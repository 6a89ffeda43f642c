//! Several files: a type is that of the cells of all.

use std::path::Path;

use arrow::datatypes::Field;

use super::stream::{FirstReading, Layout};
use super::survey::ColumnSurvey;
use crate::error::Result;
use crate::progress::ReadContext;
use crate::source::Source;
use crate::table::TableOptions;
use crate::table::files::{ColumnFacts, Columns, FileReader, Surveyed};
use crate::table::stream::TableStream;

/// The reader of files with this delimiter.
pub(in crate::table) struct CsvFiles {
    pub(in crate::table) delimiter: u8,
}

impl FileReader for CsvFiles {
    type Facts = ColumnSurvey;
    type Layout = Layout;

    fn survey(
        &self,
        path: &Path,
        options: &TableOptions,
        context: &ReadContext<'_>,
    ) -> Result<Surveyed<ColumnSurvey, Layout>> {
        let source = Source::open(path)?;
        let FirstReading { layout, columns, rows, notices } =
            FirstReading::of(&source, self.delimiter, options, context)?;
        let columns = layout.names.iter().cloned().zip(columns).collect();
        Ok(Surveyed { columns, layout, rows, is_blank: false, notices })
    }

    fn open<'a>(
        &self,
        path: &Path,
        (layout, rows): (&Layout, usize),
        columns: &Columns<ColumnSurvey>,
        options: &TableOptions,
        context: &ReadContext<'a>,
    ) -> Result<TableStream<'a>> {
        let source = Source::open(path)?;
        let facts = layout.names.iter().map(|name| columns.facts(name).copied());
        // A column that a folder names, too, is read as text and left out.
        let facts: Vec<ColumnSurvey> = facts.map(|facts| facts.unwrap_or_else(ColumnSurvey::text)).collect();
        let stream = layout.open(&source, (self.delimiter, options), (&facts, rows), context)?;
        Ok(TableStream::new(stream.schema.clone(), Vec::new(), stream))
    }
}

impl ColumnFacts for ColumnSurvey {
    fn merge(&self, other: &ColumnSurvey) -> Option<ColumnSurvey> {
        Some(self.and(other))
    }

    fn describe(&self) -> String {
        self.kind().column_type().to_string()
    }

    fn field(&self, name: &str) -> Field {
        ColumnSurvey::field(self, name)
    }
}
