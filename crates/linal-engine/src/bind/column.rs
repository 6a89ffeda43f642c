//! Columns of datasets as tensors: `docs.embedding`.

use std::sync::Arc;

use linal_tensor::graph::{Node, NodeRef};

use super::{Binder, CONSTANT};
use crate::dataset::column_tensor;
use crate::error::{Error, Result};
use crate::lineage::{Lineage, Step};
use crate::session::Value;

impl Binder<'_> {
    /// `ds.column` or `db.ds.column`.
    pub(super) fn member(&mut self, database: Option<&str>, base: &str, field: &str) -> Result<NodeRef> {
        let tensor = match self.variables.find(base) {
            Some((_, variable)) => matches!(variable.value, Value::Tensor(_) | Value::Lazy(_)),
            None => false,
        };
        if database.is_none() && tensor && self.datasets.locate(self.variables, None, base)?.is_none() {
            let message = format!("`{base}` is a tensor, and only datasets have columns such as `{field}`");
            return Err(Error::new("E0306", "not_a_dataset", message));
        }
        self.column(database, base, field)
    }

    /// The tensor that a column is now. Its memory is the column's.
    pub(super) fn column(&mut self, database: Option<&str>, name: &str, column: &str) -> Result<NodeRef> {
        let target = self.datasets.find(self.variables, database, name)?;
        let (tensor, snapshot) = column_tensor(&target.dataset, column)?;
        // The next run of the same text may meet other rows.
        self.cacheable = false;
        let spelled = snapshot.column(column).map_or(column, |at| &snapshot.columns[at].name);
        let name: Arc<str> = format!("{}.{spelled}", snapshot.name).into();
        let text = format!("column of the dataset {}, version {}", snapshot.name, snapshot.version);
        let known = self.sources.iter().any(|(slot, lineage)| *slot == CONSTANT && lineage.name() == &*name);
        if !known {
            let step = Arc::new(Step { name, text: text.into() });
            self.sources.push((CONSTANT, Lineage::new(step, [])));
        }
        Ok(Node::leaf(tensor, CONSTANT))
    }

    /// A name that no tensor has, but a dataset.
    pub(super) fn dataset_instead(&self, error: Error, name: &str) -> Error {
        match self.datasets.locate(self.variables, None, name) {
            Ok(Some(target)) if error.code() == "E0304" => {
                crate::session::is_dataset(name, &target.dataset.name())
            }
            _ => error,
        }
    }
}
