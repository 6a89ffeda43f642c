//! The faults, each with a small query that shows it.

mod evaluation;
mod groups;
mod relations;
mod subqueries;
mod times;
mod values;
mod windows;

/// All faults, by what they are about.
pub const FAULTS: [&[Fault]; 7] = [
    subqueries::FAULTS,
    relations::FAULTS,
    groups::FAULTS,
    windows::FAULTS,
    evaluation::FAULTS,
    values::FAULTS,
    times::FAULTS,
];

/// A query that plain DataFusion answers wrongly or not at all.
#[derive(Debug)]
pub struct Fault {
    /// The name of the trial.
    pub name: &'static str,
    /// Statements that make the tables.
    pub setup: &'static [&'static str],
    /// The query, as it stands in DESIGN.md.
    pub query: &'static str,
    /// What it should give, and does in linal.
    pub right: Right,
    /// What plain DataFusion gives.
    pub given: Given,
    /// The file that repairs it, below `crates/linal-query/src/`.
    pub repair: &'static str,
}

/// The right answer.
#[derive(Clone, Copy, Debug)]
pub enum Right {
    /// These rows, each with its cells between bars; in any order unless the query sorts them.
    Rows(&'static [&'static str]),
    /// An error, since no value is right.
    Error,
}

/// A wrong answer.
#[derive(Clone, Copy, Debug)]
pub enum Given {
    /// These rows, written like the right ones.
    Rows(&'static [&'static str]),
    /// Rows that are never the right ones, but differ with random numbers or with the order of a hash table.
    AnyRows,
    /// An error whose message has this part.
    Error(&'static str),
}
