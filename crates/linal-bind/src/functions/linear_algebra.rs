//! Products, norms and distances.

use linal_dataset::Result;
use linal_tensor::graph::{self, Kernel, NodeRef};
use linal_tensor::kernel::distance::DistanceOp;
use linal_tensor::kernel::solve::SolveOp;

use super::{Category, Columns, Example, FunctionDef};
use crate::binder::Args;

macro_rules! pair {
    ($name:literal, $aliases:expr, $pattern:literal, $op:ident, $doc:literal, $script:literal => $output:literal) => {
        FunctionDef {
            name: $name,
            aliases: $aliases,
            category: Category::LinearAlgebra,
            pattern: $pattern,
            doc: $doc,
            example: Example { script: $script, output: $output },
            columns: Columns::AllNames,
            evaluate: |args| Ok(graph::distance(DistanceOp::$op, &args.tensor("a")?, &args.tensor("b")?)?),
        }
    };
}

pub(super) const FUNCTIONS: &[FunctionDef] = &[
    FunctionDef {
        name: "MATMUL",
        aliases: &[],
        category: Category::LinearAlgebra,
        pattern: "MATMUL a b",
        doc: "The matrix product; `a @ b`. Vector by vector is a number, a vector counts as a row on the left and a column on the right, and leading axes are batched.",
        example: Example { script: "SHOW MATMUL [[1, 2], [3, 4]] [10, 1]", output: "[12, 34]" },
        columns: Columns::AllNames,
        evaluate: |args| Ok(graph::matmul(&args.tensor("a")?, &args.tensor("b")?)?),
    },
    pair!("DOT", &[], "DOT a b", Dot, "The inner product of two vectors of equal length.",
        "SHOW DOT [1, 2, 3] [4, 5, 6]" => "32.0"),
    pair!("SIMILARITY", &["COSINE_SIM"], "SIMILARITY a WITH b", Cosine, "The cosine of the angle between two tensors of equal shape, -1 to 1. An error when either has only zeros.",
        "SHOW SIMILARITY [1, 0] WITH [1, 1]" => "0.7071067811865475"),
    pair!("DISTANCE", &[], "DISTANCE a TO b", Euclidean, "The Euclidean distance between two tensors of equal shape.",
        "SHOW DISTANCE [0, 0] TO [3, 4]" => "5.0"),
    pair!("L1_DISTANCE", &[], "L1_DISTANCE a TO b", Manhattan, "The sum of the absolute differences of two tensors of equal shape.",
        "SHOW L1_DISTANCE [0, 0] TO [3, 4]" => "7.0"),
    pair!("CORRELATE", &[], "CORRELATE a WITH b", Pearson, "Pearson's correlation of two tensors of equal shape, -1 to 1. An error when either is constant.",
        "SHOW CORRELATE [1, 2, 3] WITH [2, 4, 6]" => "1.0"),
    FunctionDef {
        name: "NORMALIZE",
        aliases: &[],
        category: Category::LinearAlgebra,
        pattern: "NORMALIZE a [AXIS axis]",
        doc: "Divided by the Euclidean norm of all elements, or of each lane along an axis. An error when that is zero.",
        example: Example { script: "SHOW NORMALIZE [3, 4]", output: "[0.6, 0.8]" },
        columns: Columns::AllNames,
        evaluate: normalize,
    },
    FunctionDef {
        name: "EINSUM",
        aliases: &[],
        category: Category::LinearAlgebra,
        pattern: "EINSUM(subscripts, operands...)",
        doc: "Einstein's summation: axes are named by letters, and letters that the result does not name are summed over.",
        example: Example {
            script: "SHOW EINSUM('ij,jk->ik', [[1, 2], [3, 4]], [[1, 0], [0, 2]])",
            output: "[[1, 4],\n [3, 8]]",
        },
        columns: Columns::AllNames,
        evaluate: einsum,
    },
    FunctionDef {
        name: "SOLVE",
        aliases: &[],
        category: Category::LinearAlgebra,
        pattern: "SOLVE a b",
        doc: "The x for which `a @ x` is b: a square matrix, and a vector or a matrix of as many rows. By LU decomposition with partial pivoting; a singular matrix is an error.",
        example: Example { script: "SHOW SOLVE [[2, 0], [0, 4]] [2, 8]", output: "[1, 2]" },
        columns: Columns::AllNames,
        evaluate: |args| solve(SolveOp::Solve, &[args.tensor("a")?, args.tensor("b")?]),
    },
    FunctionDef {
        name: "INVERSE",
        aliases: &["INV"],
        category: Category::LinearAlgebra,
        pattern: "INVERSE a",
        doc: "The inverse of a square matrix; a singular one is an error. SOLVE is faster and more accurate than a product with the inverse.",
        example: Example { script: "SHOW INVERSE [[2, 0], [0, 4]]", output: "[[0.5,    0],\n [  0, 0.25]]" },
        columns: Columns::AllNames,
        evaluate: |args| solve(SolveOp::Inverse, &[args.tensor("a")?]),
    },
    FunctionDef {
        name: "DET",
        aliases: &["DETERMINANT"],
        category: Category::LinearAlgebra,
        pattern: "DET a",
        doc: "The determinant of a square matrix.",
        example: Example { script: "SHOW DET [[2, 0], [0, 4]]", output: "8.0" },
        columns: Columns::AllNames,
        evaluate: |args| solve(SolveOp::Determinant, &[args.tensor("a")?]),
    },
];

fn solve(op: SolveOp, inputs: &[NodeRef]) -> Result<NodeRef> {
    Ok(graph::kernel(Kernel::Solve(op), inputs)?)
}

fn normalize(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let a = args.tensor("a")?;
    let axis = args.integer_option("axis")?;
    let axis = axis.map(|axis| graph::resolve_axis("NORMALIZE", a.shape(), axis)).transpose()?;
    Ok(graph::kernel(Kernel::Normalize { axis }, &[a])?)
}

fn einsum(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let subscripts = args.text("subscripts")?;
    Ok(graph::einsum(&subscripts, &args.tensors("operands")?)?)
}
