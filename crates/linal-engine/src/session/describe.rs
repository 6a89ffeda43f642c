//! What a session sees: databases, datasets and their columns, statements without running them.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use linal_bind::Parameters;
use linal_dataset::{Dataset, Result};
use linal_lang::ast::Statement;
use linal_lang::ast::objects::ObjectKind;
use linal_lang::{Dialect, Span, ansi_names, parse_statement};
use linal_tensor::{ExecutionContext, MemoryPool};

use super::Session;
use super::watched_patterns::WatchedPatterns;
use crate::statement;

/// A dataset without its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetInfo {
    /// The name.
    pub name: String,
    /// Number of rows.
    pub rows: usize,
    /// The number of its last change.
    pub version: u64,
    /// The columns, in order.
    pub columns: Vec<ColumnInfo>,
}

/// A column of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// The name.
    pub name: String,
    /// The type as the language writes it.
    pub type_name: String,
    /// Whether it may be NULL.
    pub nullable: bool,
}

impl DatasetInfo {
    fn of(dataset: &Dataset) -> DatasetInfo {
        let snapshot = dataset.snapshot();
        let columns = snapshot.columns.iter().map(|column| ColumnInfo {
            name: column.name.to_string(),
            type_name: column.type_name(),
            nullable: column.nullable,
        });
        DatasetInfo {
            name: snapshot.name.to_string(),
            rows: snapshot.rows,
            version: snapshot.version,
            columns: columns.collect(),
        }
    }
}

impl Session {
    /// The name of the current database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Whether BEGIN has opened a transaction.
    pub fn is_in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// Whether the session has a tensor or an alias of a name.
    pub fn has_name(&self, name: &str) -> bool {
        self.variables.find(name).is_some()
    }

    /// The names of all databases.
    ///
    /// # Errors
    /// A directory that cannot be read.
    pub fn databases(&self) -> Result<Vec<String>> {
        self.follow()?;
        let catalog = self.engine.catalog.snapshot();
        Ok(catalog.databases().map(|database| database.name.to_string()).collect())
    }

    /// The datasets of the current database.
    ///
    /// # Errors
    /// A directory that cannot be read.
    pub fn datasets(&self) -> Result<Vec<DatasetInfo>> {
        self.follow()?;
        let catalog = self.catalog_view().catalog();
        Ok(catalog.database(&self.database)?.datasets().map(|dataset| DatasetInfo::of(dataset)).collect())
    }

    /// A dataset of the current database; `None` when there is none of the name.
    ///
    /// # Errors
    /// A directory that cannot be read.
    pub fn dataset_info(&self, name: &str) -> Result<Option<DatasetInfo>> {
        self.follow()?;
        let catalog = self.catalog_view().catalog();
        Ok(catalog.database(&self.database)?.dataset(name).map(|dataset| DatasetInfo::of(dataset)))
    }

    /// The folder of the package that `DELIVER` writes of a dataset of the current database.
    pub fn package_folder(&self, dataset: &str) -> PathBuf {
        statement::package_folder(self, dataset)
    }

    /// Parses a statement of a script as the session would, without running it; spans count from the start of
    /// the script. Script variables are not replaced.
    ///
    /// # Errors
    /// A mistake of the text; `E0502 timeout` for one that takes longer to read than its statement may run, and
    /// `E0503 cancelled` for one that the session's flag stops meanwhile.
    pub fn parse(&self, script: &str, span: Span) -> Result<Statement> {
        // As a statement does at its start: what stopped the last one is over.
        self.context.cancellation().reset();
        let cancellation = self.context.cancellation().clone();
        let mut context = ExecutionContext::new(self.pool.clone()).with_cancellation(cancellation);
        context.start(self.time_limit());
        let patterns = WatchedPatterns(context.control());
        let parsed = match self.settings.dialect {
            Dialect::Linal => parse_statement(script, span, &patterns),
            Dialect::Ansi => {
                let text = ansi_names(span.text(script));
                parse_statement(&text, Span::new(0, text.len()), &patterns)
            }
        };
        parsed.map_err(|error| patterns.explained(error))
    }

    /// The text of a pipeline of the current database; `None` without one of the name.
    pub fn pipeline_text(&self, name: &str) -> Option<String> {
        let catalog = self.catalog_view().catalog();
        let database = catalog.find(&self.database)?;
        database.pipeline(name).map(|pipeline| pipeline.text.to_string())
    }

    /// The texts of the views and macros of a name, in the session and in all databases.
    pub fn object_texts(&self, name: &str) -> Vec<String> {
        let catalog = self.catalog_view().catalog();
        let databases = catalog.visible(&self.own).filter(|database| database.has_objects());
        let objects = databases
            .flat_map(|database| ObjectKind::ALL.into_iter().filter_map(|kind| database.object(kind, name)));
        objects.flat_map(|object| object.texts()).map(str::to_owned).collect()
    }

    /// The columns of the rows that a query gives, which is planned and not run; `None` for another statement. The
    /// plan is kept for its run.
    ///
    /// # Errors
    /// A mistake of the text, with a span relative to it; `E0123 missing_parameter`.
    pub fn result_schema(&mut self, text: &str, parameters: &Parameters) -> Result<Option<SchemaRef>> {
        self.notices.clear();
        let parameters = parameters.clone();
        self.guarded(|session| {
            session.follow()?;
            session.run_with(parameters, |session| session.with_statement(text, statement::result_schema))
        })
    }

    /// The memory of the session's tensors and its running statement, which other threads may watch.
    pub fn memory_pool(&self) -> Arc<MemoryPool> {
        self.pool.clone()
    }

    fn follow(&self) -> Result<()> {
        match &self.engine.durable {
            Some(durable) => durable.follow(&self.engine.catalog).map(|_| ()),
            None => Ok(()),
        }
    }
}
