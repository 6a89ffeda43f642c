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

    /// The step that this state of the dataset is.
    pub fn lineage(&self) -> LineageRef {
        let text = format!("dataset, version {}", self.version);
        let step = Arc::new(Step { name: self.name.clone(), text: text.into() });
        Lineage::new(step, self.origin.0.clone())
    }

    /// The step that a column of this state is.
    pub fn column_lineage(&self, at: usize) -> LineageRef {
        let column = &self.columns[at];
        let mut text = format!("column of the dataset {}, version {}", self.name, self.version);
        if let Some(computed) = &column.computed {
            text = format!("{text}: {}", computed.text);
        }
        let name = format!("{}.{}", self.name, column.name).into();
        let inputs = column.origin.0.iter().chain(&self.origin.0).cloned();
        Lineage::new(Arc::new(Step { name, text: text.into() }), inputs)
    }
}
