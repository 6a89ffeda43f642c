//! The tables that a query reads: datasets, files, those of the query itself and of `information_schema`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Field, SchemaRef};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::TableSource;
use linal_dataset::{Error, Result, same_name};
use linal_store::TensorType;
use sqlparser::ast as sql;

use super::plan::{MadeTable, Options, TableDependency};
use super::{files, information_schema};
use crate::context::QueryContext;
use crate::frontend::resolve::Names;
use crate::frontend::{resolve, virtual_columns};
use crate::scan::DatasetTable;
use crate::scan::index::Key;

/// The tables that a query reads.
pub(super) struct Tables {
    /// Each by its key.
    pub sources: HashMap<String, Arc<dyn TableSource>>,
    /// The datasets that the plan depends on.
    pub seen: Vec<TableDependency>,
    /// The names of all datasets, for suggestions.
    pub known: Vec<Arc<str>>,
    /// Elements of all inputs in total.
    pub elements: usize,
    /// Whether rows are those of this moment, so that the plan is not kept.
    pub has_files: bool,
    /// Notices of the file readers.
    pub notices: Vec<String>,
    /// Whether a table has a column of tensors.
    pub has_tensors: bool,
    /// The views that replace datasets with lazy columns, by key.
    pub lazy: HashMap<String, virtual_columns::View>,
}

impl Tables {
    /// Looks up the tables of a query.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn collect(
        context: &mut QueryContext<'_>,
        query: &sql::Query,
        options: &Options,
        names: &mut Names,
    ) -> Result<Tables> {
        let mut tables = Tables {
            sources: HashMap::new(),
            seen: Vec::new(),
            known: context.dataset_names(),
            elements: 0,
            has_files: false,
            notices: Vec::new(),
            has_tensors: false,
            lazy: HashMap::new(),
        };
        for relation in resolve::relations(query) {
            tables.add(context, &relation, options, names)?;
        }
        Ok(tables)
    }

    fn add(
        &mut self,
        context: &mut QueryContext<'_>,
        relation: &sql::ObjectName,
        options: &Options,
        names: &mut Names,
    ) -> Result<()> {
        let parts: Vec<&str> =
            relation.0.iter().filter_map(|part| part.as_ident()).map(|id| &*id.value).collect();
        // Tools write the catalog of `information_schema` before the database.
        let parts = match parts.as_slice() {
            [catalog, database, name] if catalog.eq_ignore_ascii_case(information_schema::CATALOG) => {
                vec![*database, *name]
            }
            _ => parts,
        };
        let key = key_of(relation);
        if self.sources.contains_key(&key) {
            return Ok(());
        }
        if let Some(made) = options.made.iter().find(|made| made.key == key) {
            self.add_made(made, names);
            return Ok(());
        }
        if resolve::is_path(relation) {
            return self.add_file(context, &key, names);
        }
        if let [schema, name] = parts.as_slice()
            && schema.eq_ignore_ascii_case(information_schema::SCHEMA)
        {
            let source =
                information_schema::table(context, name).map_err(|error| at_name(error, relation))?;
            // The table holds the rows of this moment, so the plan must not be cached.
            self.has_files = true;
            self.sources.insert(key, source);
            return Ok(());
        }
        let (database, name) = match parts.as_slice() {
            [name] => (None, *name),
            [database, name] => (Some(*database), *name),
            _ => return Ok(()),
        };
        // A name that is not a dataset may be a CTE; DataFusion checks that and looks it up again.
        let given = options.given.iter().find(|given| database.is_none() && same_name(&given.name, name));
        let found = match given {
            Some(given) => Some((context.catalog.database.clone(), given.dataset.clone())),
            None => context.find_dataset(database, name)?,
        };
        let Some((database, dataset)) = found else { return Ok(()) };
        let snapshot = dataset.snapshot();
        for field in snapshot.schema.fields() {
            names.know(field.name());
            self.elements += snapshot.rows * elements_of(field);
            self.has_tensors |= TensorType::of(field).is_some();
        }
        self.seen.push(TableDependency {
            database,
            name: name.to_string(),
            dataset: dataset.clone(),
            schema_version: snapshot.schema_version,
            row_bucket: row_bucket(snapshot.rows),
        });
        let indexes = context.indexes_of(&self.seen[self.seen.len() - 1].database, &snapshot.name);
        let has_numbers = options.numbers(&dataset);
        let table = DatasetTable::new(dataset, &snapshot, options).with_indexes(indexes, Key::all(&snapshot));
        let table = provider_as_source(Arc::new(table));
        if let Some(view) = virtual_columns::View::of(&snapshot, &key, has_numbers)? {
            self.sources.insert(view.raw.clone(), table.clone());
            self.lazy.insert(key.clone(), view);
        }
        self.sources.insert(key, table);
        Ok(())
    }

    /// The columns of a table; `None` for a name that is not a table of the query.
    pub fn schema_of(&self, relation: &sql::ObjectName) -> Option<SchemaRef> {
        self.sources.get(&key_of(relation)).map(|source| source.schema())
    }

    /// Adds a table that stands for a table function.
    fn add_made(&mut self, made: &MadeTable, names: &mut Names) {
        for field in made.source.schema().fields() {
            names.know(field.name());
            self.elements = self.elements.saturating_add(made.rows.saturating_mul(elements_of(field)));
            self.has_tensors |= TensorType::of(field).is_some();
        }
        self.sources.insert(made.key.clone(), made.source.clone());
    }

    /// Adds a file as a table; one that is not large is read now, once per statement.
    fn add_file(&mut self, context: &mut QueryContext<'_>, path: &str, names: &mut Names) -> Result<()> {
        let (schema, rows, notices, source) = files::open(context, path)?.into_parts()?;
        for field in schema.fields() {
            names.know(field.name());
            self.elements = self.elements.saturating_add(rows.saturating_mul(elements_of(field)));
            self.has_tensors |= TensorType::of(field).is_some();
        }
        self.has_files = true;
        self.notices.extend(notices);
        self.sources.insert(path.to_string(), source);
        Ok(())
    }
}

/// The key of a table among the tables of a query.
fn key_of(relation: &sql::ObjectName) -> String {
    let parts: Vec<&str> =
        relation.0.iter().filter_map(|part| part.as_ident()).map(|id| &*id.value).collect();
    if resolve::is_path(relation) { parts.join(".") } else { parts.join(".").to_lowercase() }
}

/// Positions an error at the last part of a table's name.
fn at_name(error: Error, relation: &sql::ObjectName) -> Error {
    let name = relation.0.last().and_then(|part| part.as_ident());
    match name.and_then(|name| linal_lang::sql::span(name.span)) {
        Some(place) => error.at(place),
        None => error,
    }
}

fn elements_of(field: &Field) -> usize {
    TensorType::of(field).map_or(1, |tensor| tensor.len())
}

/// The bucket of a row count, by powers of four.
pub(super) fn row_bucket(rows: usize) -> u32 {
    usize::BITS.saturating_sub(rows.leading_zeros()) / 2
}
