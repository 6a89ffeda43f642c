//! Where a dataset and its columns came from.

use std::sync::Arc;

use super::Snapshot;
use crate::lineage::{Lineage, LineageRef, Step};

/// What something was made of; `None` for what was written by hand. It is no part of what a definition says, so that
/// definitions are equal whatever theirs are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin(Option<LineageRef>);

impl PartialEq for Origin {
    fn eq(&self, _: &Origin) -> bool {
        true
    }
}

impl Origin {
    /// Made of this.
    pub fn new(lineage: LineageRef) -> Origin {
        Origin(Some(lineage))
    }
}

impl Snapshot {
    /// The same dataset, made of something.
    pub fn made_of(self, origin: LineageRef) -> Snapshot {
        Snapshot { origin: Origin::new(origin), ..self }
    }

    /// The step that this state of the dataset is; the name of its database comes first where one is given.
    pub fn lineage(&self, database: Option<&str>) -> LineageRef {
        let text = format!("dataset, version {}", self.version);
        let step = Arc::new(Step { name: self.qualified(database), text: text.into() });
        Lineage::new(step, self.origin.0.clone())
    }

    /// The step that a column of this state is.
    pub fn column_lineage(&self, at: usize, database: Option<&str>) -> LineageRef {
        let column = &self.columns[at];
        let dataset = self.qualified(database);
        let mut text = format!("column of the dataset {dataset}, version {}", self.version);
        if let Some(computed) = &column.computed {
            text = format!("{text}: {}", computed.text);
        }
        let name = format!("{dataset}.{}", column.name).into();
        let inputs = column.origin.0.iter().chain(&self.origin.0).cloned();
        Lineage::new(Arc::new(Step { name, text: text.into() }), inputs)
    }

    fn qualified(&self, database: Option<&str>) -> Arc<str> {
        match database {
            Some(database) => format!("{database}.{}", self.name).into(),
            None => self.name.clone(),
        }
    }
}
