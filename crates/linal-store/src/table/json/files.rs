//! Several files: a type is that of the values of all.

use std::path::Path;

use arrow::datatypes::{Field, Schema};

use super::columns::Columns as JsonColumns;
use super::infer::JsonType;
use super::stream::{first_reading, second_reading};
use crate::column::ColumnType;
use crate::error::Result;
use crate::progress::ReadContext;
use crate::source::{Source, quoted};
use crate::table::files::{ColumnFacts, Columns, FileReader, Surveyed};
use crate::table::stream::TableStream;
use crate::table::{TableOptions, names};

/// The reader of files.
pub(in crate::table) struct JsonFiles;

/// The selected columns of a file: the name in the text, and the distinct one.
pub(in crate::table) type Layout = Vec<(String, String)>;

/// The values of a column.
pub(in crate::table) struct JsonFacts {
    kind: JsonType,
    nulls: bool,
}

impl FileReader for JsonFiles {
    type Facts = JsonFacts;
    type Layout = Layout;

    fn survey(
        &self,
        path: &Path,
        options: &TableOptions,
        context: &ReadContext<'_>,
    ) -> Result<Surveyed<JsonFacts, Layout>> {
        let source = Source::open(path)?;
        let place = quoted(&source.label);
        let found = first_reading(&source, context)?;
        let rows = found.rows;
        let (mut columns, mut layout, mut notices) = (Vec::new(), Vec::new(), Vec::new());
        // Without rows there are no names, so that no column is missing.
        let is_blank = rows == 0;
        if !is_blank {
            let in_text: Vec<String> = found.iter().map(|column| column.name.clone()).collect();
            let distinct = names::distinct(&place, in_text, &mut notices);
            let places = names::select(&place, &distinct, options.fields.as_deref())?;
            let all: Vec<_> = found.iter().collect();
            for at in places {
                let facts = JsonFacts { kind: all[at].kind.clone(), nulls: all[at].has_nulls(rows) };
                columns.push((distinct[at].clone(), facts));
                layout.push((all[at].name.clone(), distinct[at].clone()));
            }
        }
        Ok(Surveyed { columns, layout, rows, is_blank, notices })
    }

    fn open<'a>(
        &self,
        path: &Path,
        (layout, rows): (&Layout, usize),
        columns: &Columns<JsonFacts>,
        _: &TableOptions,
        context: &ReadContext<'a>,
    ) -> Result<TableStream<'a>> {
        // Without the columns that a folder names, too.
        let known: Vec<_> = layout
            .iter()
            .filter_map(|(name, distinct)| Some((name, distinct, columns.facts(distinct)?)))
            .collect();
        let in_text = known.iter().map(|(name, _, facts)| ((*name).clone(), facts.kind.clone(), facts.nulls));
        let distinct = known.iter().map(|(_, distinct, _)| (*distinct).clone()).collect::<Vec<_>>();
        let in_text = JsonColumns::known(in_text, rows);
        second_reading(&Source::open(path)?, in_text, Some(&distinct), &TableOptions::default(), context)
    }
}

impl ColumnFacts for JsonFacts {
    fn merge(&self, other: &JsonFacts) -> Option<JsonFacts> {
        let kind = self.kind.clone().merge(other.kind.clone()).ok()?;
        Some(JsonFacts { kind, nulls: self.nulls || other.nulls })
    }

    fn describe(&self) -> String {
        ColumnType::of(&self.field("")).to_string()
    }

    fn field(&self, name: &str) -> Field {
        match self.kind.tensor() {
            Some(tensor) => tensor.field(name, self.nulls),
            None => Field::new(name, self.kind.data_type(), self.nulls),
        }
    }
}

/// A schema with other names.
pub(super) fn renamed(schema: &Schema, names: &[String]) -> Schema {
    let field = |(field, name): (&std::sync::Arc<Field>, &String)| field.as_ref().clone().with_name(name);
    Schema::new(schema.fields().iter().zip(names).map(field).collect::<Vec<_>>())
}
