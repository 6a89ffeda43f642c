//! The lineage of datasets and columns.

use std::sync::Arc;

use super::Snapshot;
use crate::catalog::is_own;
use crate::lineage::{Lineage, LineageRef, Step};

/// The inputs of a definition; `None` for one written by hand. It is not part of the comparison, so that
/// definitions are equal regardless of their origin.
#[derive(Clone, Debug, Default)]
pub struct Origin(Option<LineageRef>);

impl PartialEq for Origin {
    fn eq(&self, _: &Origin) -> bool {
        true
    }
}

impl Origin {
    /// The origin with this lineage.
    pub fn new(lineage: LineageRef) -> Origin {
        Origin(Some(lineage))
    }
}

impl Snapshot {
    /// The same dataset with an origin.
    pub fn made_of(self, origin: LineageRef) -> Snapshot {
        Snapshot { origin: Origin::new(origin), ..self }
    }

    /// The lineage step of this snapshot, qualified by its database if one is given.
    pub fn lineage(&self, database: Option<&str>) -> LineageRef {
        let text = format!("dataset, version {}", self.version);
        let step = Arc::new(Step { name: self.qualified(database), text: text.into() });
        Lineage::new(step, self.origin.0.clone())
    }

    /// The lineage step of a column of this snapshot.
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
            // A session's own database has no name in the language.
            Some(database) if !is_own(database) => format!("{database}.{}", self.name).into(),
            _ => self.name.clone(),
        }
    }
}
