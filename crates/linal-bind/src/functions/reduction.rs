//! Reductions.

use linal_dataset::Result;
use linal_tensor::graph::{self, NodeRef};
use linal_tensor::kernel::reduce::ReduceOp;

use super::{Category, Columns, Example, FunctionDef};
use crate::binder::Args;

macro_rules! reduction {
    ($name:literal, $aliases:expr, $columns:expr, $op:expr, $doc:literal, $script:literal => $output:literal) => {
        FunctionDef {
            name: $name,
            aliases: $aliases,
            category: Category::Reduction,
            pattern: concat!($name, " a [AXIS axis]"),
            doc: $doc,
            example: Example { script: $script, output: $output },
            columns: $columns,
            evaluate: |args| reduce($op, args),
        }
    };
}

pub(super) const FUNCTIONS: &[FunctionDef] = &[
    reduction!("SUM", &["VEC_SUM"], Columns::Names(&["VEC_SUM"]), ReduceOp::Sum, "The sum of all elements, or along an axis. Whole numbers keep whole sums and an overflow is an error; floats are summed in f64 whatever their dtype.",
        "SHOW SUM [[1, 2], [3, 4]] AXIS 0" => "[4, 6]"),
    reduction!("PROD", &["VEC_PROD"], Columns::AllNames, ReduceOp::Prod, "The product of all elements, or along an axis.",
        "SHOW PROD [[1, 2], [3, 4]] AXIS 1" => "[2, 12]"),
    reduction!("MEAN", &["AVG", "VEC_MEAN", "VEC_AVG"], Columns::Names(&["VEC_MEAN", "VEC_AVG"]), ReduceOp::Mean, "The arithmetic mean, in f64; NaN of no elements.",
        "SHOW MEAN [[1, 2], [3, 4]] AXIS 0" => "[2, 3]"),
    reduction!("VARIANCE", &["VAR", "VEC_VARIANCE"], Columns::Names(&["VEC_VARIANCE"]), ReduceOp::Variance { population: false }, "The sample variance (divided by n - 1), in f64; NaN of one element.",
        "SHOW VARIANCE [1, 2, 3, 4, 5]" => "2.5"),
    reduction!("VARIANCE_POP", &["VAR_POP", "VEC_VARIANCE_POP"], Columns::Names(&["VEC_VARIANCE_POP"]), ReduceOp::Variance { population: true }, "The population variance (divided by n), in f64.",
        "SHOW VARIANCE_POP [1, 2, 3, 4, 5]" => "2.0"),
    reduction!("STDEV", &["STDDEV", "STD", "VEC_STDEV", "VEC_STDDEV"], Columns::Names(&["VEC_STDEV", "VEC_STDDEV"]), ReduceOp::Stdev { population: false }, "The sample standard deviation (divided by n - 1), in f64; NaN of one element.",
        "SHOW STDEV [2, 4, 4, 4, 5, 5, 7, 9, 5]" => "2.0"),
    reduction!("STDEV_POP", &["STDDEV_POP", "VEC_STDEV_POP"], Columns::Names(&["VEC_STDEV_POP"]), ReduceOp::Stdev { population: true }, "The population standard deviation (divided by n), in f64.",
        "SHOW STDEV_POP [2, 4, 4, 4, 5, 5, 7, 9]" => "2.0"),
    reduction!("MIN", &["VEC_MIN"], Columns::Names(&["VEC_MIN"]), ReduceOp::Min, "The least element, or along an axis; NaN when there is one.",
        "SHOW MIN [[1, 2], [3, 0]] AXIS 1" => "[1, 0]"),
    reduction!("MAX", &["VEC_MAX"], Columns::Names(&["VEC_MAX"]), ReduceOp::Max, "The greatest element, or along an axis; NaN when there is one.",
        "SHOW MAX [[1, 2], [3, 0]] AXIS 1" => "[2, 3]"),
    reduction!("ARGMIN", &[], Columns::AllNames, ReduceOp::ArgMin, "Where the least element is, counted from 0 in logical order or along an axis; the first of equals, the first NaN when there is one.",
        "SHOW ARGMIN [3, 1, 2]" => "1"),
    reduction!("ARGMAX", &[], Columns::AllNames, ReduceOp::ArgMax, "Where the greatest element is, counted from 0 in logical order or along an axis; the first of equals, the first NaN when there is one.",
        "SHOW ARGMAX [3, 1, 2]" => "0"),
    reduction!("ANY", &["VEC_ANY"], Columns::Names(&["VEC_ANY"]), ReduceOp::Any, "Whether any truth value is true, or along an axis.",
        "SHOW ANY([1, 2] > 1)" => "true"),
    reduction!("ALL", &["VEC_ALL"], Columns::Names(&["VEC_ALL"]), ReduceOp::All, "Whether all truth values are true, or along an axis.",
        "SHOW ALL([1, 2] > 1)" => "false"),
    reduction!("L2_NORM", &["NORM"], Columns::AllNames, ReduceOp::L2Norm, "The Euclidean norm of all elements, or along an axis, in f64.",
        "SHOW L2_NORM [3, 4]" => "5.0"),
];

fn reduce(op: ReduceOp, args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let axis = args.integer_option("axis")?;
    Ok(graph::reduce(op, &args.tensor("a")?, axis)?)
}
