//! Binds columns of datasets as tensors: `docs.embedding`.

use linal_dataset::{Error, Result, column_tensor};
use linal_error::Code;
use linal_tensor::graph::{Node, NodeRef};

use super::{Binder, CONSTANT};
use crate::{Target, Value};

impl Binder<'_> {
    fn locate(&self, database: Option<&str>, name: &str) -> Result<Option<Target>> {
        self.datasets.as_ref().map_or(Ok(None), |datasets| datasets.locate(self.variables, database, name))
    }

    fn find_dataset(&self, database: Option<&str>, name: &str) -> Result<Target> {
        match &self.datasets {
            Some(datasets) => datasets.find(self.variables, database, name),
            None => Err(Error::unknown(Code::UnknownName, "dataset", name, [])),
        }
    }

    /// `ds.column` or `db.ds.column`.
    pub(super) fn member(&mut self, database: Option<&str>, base: &str, field: &str) -> Result<NodeRef> {
        let tensor = match self.variables.find(base) {
            Some((_, variable)) => matches!(variable.value, Value::Tensor(_) | Value::Lazy(_)),
            None => false,
        };
        if database.is_none() && tensor && self.locate(None, base)?.is_none() {
            let message = format!("`{base}` is a tensor, and only datasets have columns such as `{field}`");
            return Err(Error::new(Code::NotADataset, message));
        }
        self.column(database, base, field)
    }

    /// The current tensor of a column. It shares the column's memory.
    pub(super) fn column(&mut self, database: Option<&str>, name: &str, column: &str) -> Result<NodeRef> {
        let target = self.find_dataset(database, name)?;
        // The column may have other rows the next time the same text runs.
        self.cacheable = false;
        if let Some(value) = self.subqueries.iter().find(|value| value.is_column(&target.dataset, column)) {
            return Ok(self.precomputed(value));
        }
        let (tensor, snapshot) = column_tensor(&target.dataset, column)?;
        let qualifier = self.datasets.as_ref().and_then(|view| view.qualifier(&target.database));
        self.read_outside(snapshot.column_lineage(snapshot.column(column)?, qualifier));
        Ok(Node::leaf(tensor, CONSTANT))
    }

    /// Replaces the error of an unknown tensor when a dataset has the name.
    pub(super) fn dataset_instead(&self, error: Error, name: &str) -> Error {
        match self.locate(None, name) {
            Ok(Some(target)) if error.is(Code::UnknownName) => {
                crate::is_dataset(name, &target.dataset.name())
            }
            _ => error,
        }
    }
}
