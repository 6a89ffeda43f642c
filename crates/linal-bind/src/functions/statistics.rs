//! Sorting and distributions.

use linal_dataset::Result;
use linal_tensor::graph::{self, Kernel, NodeRef};
use linal_tensor::kernel::unique::unique;

use super::{Category, Columns, Example, FunctionDef};
use crate::binder::Args;

pub(super) const FUNCTIONS: &[FunctionDef] = &[
    FunctionDef {
        name: "SORT",
        aliases: &[],
        category: Category::Statistics,
        pattern: "SORT a",
        doc: "The elements in ascending order along the last axis, NaN last.",
        example: Example { script: "SHOW SORT [3, 1, 2]", output: "[1, 2, 3]" },
        columns: Columns::AllNames,
        evaluate: |args| Ok(graph::kernel(Kernel::Sort, &[args.tensor("a")?])?),
    },
    FunctionDef {
        name: "ARGSORT",
        aliases: &[],
        category: Category::Statistics,
        pattern: "ARGSORT a",
        doc: "The places of the elements in ascending order along the last axis; equal elements keep their order.",
        example: Example { script: "SHOW ARGSORT [3, 1, 2]", output: "[1, 2, 0]" },
        columns: Columns::AllNames,
        evaluate: |args| Ok(graph::kernel(Kernel::ArgSort, &[args.tensor("a")?])?),
    },
    FunctionDef {
        name: "CUMSUM",
        aliases: &[],
        category: Category::Statistics,
        pattern: "CUMSUM a [AXIS axis]",
        doc: "Running sums along an axis; without AXIS over all elements in logical order, as a vector.",
        example: Example { script: "SHOW CUMSUM [1, 2, 3]", output: "[1, 3, 6]" },
        columns: Columns::AllNames,
        evaluate: cumsum,
    },
    FunctionDef {
        name: "DIFF",
        aliases: &[],
        category: Category::Statistics,
        pattern: "DIFF a",
        doc: "The differences of neighbours along the last axis, one less than there are elements.",
        example: Example { script: "SHOW DIFF [1, 4, 9]", output: "[3, 5]" },
        columns: Columns::AllNames,
        evaluate: |args| Ok(graph::kernel(Kernel::Diff, &[args.tensor("a")?])?),
    },
    FunctionDef {
        name: "QUANTILE",
        aliases: &["VEC_QUANTILE"],
        category: Category::Statistics,
        pattern: "QUANTILE a q",
        doc: "The value below which a fraction q of all elements lies, interpolated linearly; q is a number or a tensor of numbers between 0 and 1.",
        example: Example { script: "SHOW QUANTILE [1, 2, 3, 4] 0.5", output: "2.5" },
        columns: Columns::Names(&["VEC_QUANTILE"]),
        evaluate: |args| Ok(graph::kernel(Kernel::Quantile, &[args.tensor("a")?, args.tensor("q")?])?),
    },
    FunctionDef {
        name: "HISTOGRAM",
        aliases: &[],
        category: Category::Statistics,
        pattern: "HISTOGRAM a BINS bins",
        doc: "How many elements fall into each of equally wide bins between the least and the greatest element; the last bin includes its end.",
        example: Example { script: "SHOW HISTOGRAM [1, 2, 2, 5] BINS 2", output: "[3, 1]" },
        columns: Columns::AllNames,
        evaluate: |args| {
            let bins = args.count("bins")?;
            Ok(graph::kernel(Kernel::Histogram { bins }, &[args.tensor("a")?])?)
        },
    },
    FunctionDef {
        name: "HISTOGRAM_EDGES",
        aliases: &[],
        category: Category::Statistics,
        pattern: "HISTOGRAM_EDGES a BINS bins",
        doc: "The bounds of the bins of HISTOGRAM, one more than there are bins.",
        example: Example { script: "SHOW HISTOGRAM_EDGES [1, 2, 2, 5] BINS 2", output: "[1, 3, 5]" },
        columns: Columns::AllNames,
        evaluate: |args| {
            let bins = args.count("bins")?;
            Ok(graph::kernel(Kernel::HistogramEdges { bins }, &[args.tensor("a")?])?)
        },
    },
    FunctionDef {
        name: "UNIQUE",
        aliases: &[],
        category: Category::Statistics,
        pattern: "UNIQUE a",
        doc: "The different elements in ascending order, complex ones by their real and then by their imaginary parts; NaN once, last.",
        example: Example { script: "SHOW UNIQUE [2, 1, 2]", output: "[1, 2]" },
        columns: Columns::Lists,
        evaluate: distinct,
    },
];

fn cumsum(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let a = args.tensor("a")?;
    let axis = args.integer_option("axis")?;
    let axis = axis.map(|axis| graph::resolve_axis("CUMSUM", a.shape(), axis)).transpose()?;
    Ok(graph::kernel(Kernel::CumSum { axis }, &[a])?)
}

/// The length of the result depends on the values, so they are evaluated while binding.
fn distinct(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let a = args.tensor("a")?;
    let a = args.binder.evaluate(&a)?;
    args.binder.cacheable = false;
    let values = unique(&a, args.binder.context)?;
    Ok(args.constant(values))
}
