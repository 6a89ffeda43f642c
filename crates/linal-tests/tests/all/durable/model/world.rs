//! What the databases should have.

use std::collections::BTreeMap;

/// The database of every session.
pub const DEFAULT: &str = "default";

/// The types of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Int,
    Text,
    Vector,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Int, Kind::Text, Kind::Vector];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Int => "Int",
            Kind::Text => "String",
            Kind::Vector => "Vector(2)",
        }
    }
}

/// A column. The first one of a dataset is `id`, which has no NULL and differs in all rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// What a row has that gives it no value, as results show it.
    pub default: String,
}

/// Cells as results show them.
pub type Row = Vec<String>;

/// Columns and rows at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

/// A dataset.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub now: State,
    /// The states of the versions that are known and not expired. A drop is one without columns.
    pub versions: BTreeMap<u64, State>,
    /// The last version.
    pub last: u64,
    /// Whether a statement has named it since its last version.
    pub is_touched: bool,
    /// Its name and state at the last commit; `None` before the first.
    pub committed: Option<(String, State)>,
}

impl Table {
    /// The versions that can be read.
    pub fn readable(&self) -> Vec<u64> {
        let readable = self.versions.iter().filter(|(_, state)| !state.columns.is_empty());
        readable.map(|(version, _)| *version).collect()
    }

    /// The dataset after a commit that drops it: one of the name and state that the last commit has left.
    pub fn dropped(mut self) -> Option<(String, Table)> {
        let (name, now) = self.committed.clone()?;
        self.last += 1;
        self.versions.insert(self.last, State::default());
        Some((name, Table { now, ..self }))
    }
}

/// A database.
#[derive(Clone, Debug, Default)]
pub struct Database {
    pub tables: BTreeMap<String, Table>,
    /// The last dropped dataset of each name.
    pub dropped: BTreeMap<String, Table>,
}

/// All databases.
#[derive(Clone, Debug)]
pub struct World {
    pub databases: BTreeMap<String, Database>,
    /// The saved tensors of the database `default`, as results show them.
    pub tensors: BTreeMap<String, String>,
    /// The next value of an `id` column.
    pub next_id: i64,
    /// Counts columns, for new names.
    pub next_column: u32,
    /// Whether the versions that commits make are noted in tables.
    pub knows_versions: bool,
}

impl Default for World {
    fn default() -> World {
        let databases = BTreeMap::from([(DEFAULT.to_string(), Database::default())]);
        World { databases, tensors: BTreeMap::new(), next_id: 0, next_column: 0, knows_versions: true }
    }
}

impl World {
    /// The names of all datasets.
    pub fn names(&self) -> Vec<(String, String)> {
        let of = |(database, contents): (&String, &Database)| {
            contents.tables.keys().map(|table| (database.clone(), table.clone())).collect::<Vec<_>>()
        };
        self.databases.iter().flat_map(of).collect()
    }

    /// The names of the datasets that statements have named since their last versions.
    pub fn touched(&self) -> Vec<(String, String)> {
        let is_touched =
            |(database, name): &(String, String)| self.databases[database].tables[name].is_touched;
        self.names().into_iter().filter(is_touched).collect()
    }

    /// A dataset that exists.
    pub fn table(&mut self, (database, name): &(String, String)) -> &mut Table {
        self.database(database).tables.get_mut(name).expect("the name was chosen from those that exist")
    }

    /// A database that exists.
    pub fn database(&mut self, name: &str) -> &mut Database {
        self.databases.get_mut(name).expect("the name was chosen from those that exist")
    }

    /// Forgets the versions of datasets that another state of the same datasets does not know.
    pub fn forget_versions_unknown_to(&mut self, other: &World) {
        for (database, contents) in &mut self.databases {
            let others = other.databases.get(database);
            for (name, table) in &mut contents.tables {
                if let Some(other) = others.and_then(|others| others.tables.get(name)) {
                    table.versions.retain(|version, _| other.versions.contains_key(version));
                }
            }
        }
    }

    /// Notes a commit. It makes the first versions of new datasets; the numbers of others are those of the store.
    pub fn committed(&mut self) {
        for (name, table) in self.databases.values_mut().flat_map(|database| &mut database.tables) {
            if table.committed.is_none() {
                table.last = 1;
                table.versions.insert(1, table.now.clone());
            }
            table.committed = Some((name.clone(), table.now.clone()));
        }
    }
}
