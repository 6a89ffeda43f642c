//! The definition of a function: the one source of its parsing, help, completion, reference page and test.

use linal_dataset::Result;
use linal_tensor::graph::NodeRef;

use crate::binder::Args;

/// A function of the language.
pub struct FunctionDef {
    /// The name, in upper case.
    pub name: &'static str,
    /// Other names for the same function.
    pub aliases: &'static [&'static str],
    /// Its section of the reference.
    pub category: Category,
    /// Its syntax; see [`linal_lang::CallPattern`].
    pub pattern: &'static str,
    /// Its documentation with shapes, units and errors; one short paragraph.
    pub doc: &'static str,
    /// Statements that can be executed, and their output.
    pub example: Example,
    /// Whether queries can call it on columns, and by which names.
    pub columns: Columns,
    /// Builds the graph of a call, or reports an error in its arguments.
    pub evaluate: fn(&mut Args<'_, '_>) -> Result<NodeRef>,
}

/// An example with its output.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// One statement a line.
    pub script: &'static str,
    /// The output: values without their headers, one a line.
    pub output: &'static str,
}

/// Whether queries can call a function on columns, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// By all of its names.
    AllNames,
    /// By all of its names. The length of the result depends on the values, so a column of results is one of
    /// lists.
    Lists,
    /// Only by these names: in a query the others are aggregates over rows.
    Names(&'static [&'static str]),
    /// Not at all: it is part of the grammar of queries, or reads files.
    Never,
}

/// The sections of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Element-wise functions.
    Elementwise,
    /// Reductions.
    Reduction,
    /// Products, norms, distances.
    LinearAlgebra,
    /// Shapes, joins and views.
    Shape,
    /// Tensors created from numbers.
    Creation,
    /// Sorting and distributions.
    Statistics,
    /// Transforms, spectra and filters.
    Signal,
    /// Tensors read from files.
    Files,
}

impl Category {
    /// All sections in the order of the reference.
    pub const ALL: [Category; 8] = [
        Category::Creation,
        Category::Elementwise,
        Category::Reduction,
        Category::Shape,
        Category::LinearAlgebra,
        Category::Statistics,
        Category::Signal,
        Category::Files,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Category::Elementwise => "Element-wise",
            Category::Reduction => "Reductions",
            Category::LinearAlgebra => "Linear algebra",
            Category::Shape => "Shapes and views",
            Category::Creation => "Creation",
            Category::Statistics => "Statistics",
            Category::Signal => "Signals",
            Category::Files => "Files",
        }
    }
}

impl std::fmt::Debug for FunctionDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.pattern)
    }
}
