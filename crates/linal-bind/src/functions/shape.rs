//! Functions of shapes: views and joins.

use linal_dataset::Result;
use linal_tensor::graph::{self, Kernel, NodeRef};

use super::{Category, Columns, Example, FunctionDef};
use crate::binder::Args;
use crate::binder::stack;

pub(super) const FUNCTIONS: &[FunctionDef] = &[
    FunctionDef {
        name: "TRANSPOSE",
        aliases: &[],
        category: Category::Shape,
        pattern: "TRANSPOSE a",
        doc: "The axes in reverse order. A view: no element moves.",
        example: Example {
            script: "SHOW TRANSPOSE [[1, 2, 3], [4, 5, 6]]",
            output: "[[1, 4],\n [2, 5],\n [3, 6]]",
        },
        columns: Columns::AllNames,
        evaluate: |args| Ok(graph::transpose(&args.tensor("a")?)?),
    },
    FunctionDef {
        name: "RESHAPE",
        aliases: &[],
        category: Category::Shape,
        pattern: "RESHAPE a TO dims",
        doc: "The same elements in logical order under another shape; one size may be -1 and is worked out. A view whenever the layout allows it.",
        example: Example { script: "SHOW RESHAPE [1, 2, 3, 4] TO [2, -1]", output: "[[1, 2],\n [3, 4]]" },
        columns: Columns::AllNames,
        evaluate: reshape,
    },
    FunctionDef {
        name: "FLATTEN",
        aliases: &[],
        category: Category::Shape,
        pattern: "FLATTEN a",
        doc: "All elements in logical order as a vector. A view of a contiguous tensor.",
        example: Example { script: "SHOW FLATTEN [[1, 2], [3, 4]]", output: "[1, 2, 3, 4]" },
        columns: Columns::AllNames,
        evaluate: |args| Ok(graph::flatten(&args.tensor("a")?)),
    },
    FunctionDef {
        name: "STACK",
        aliases: &["VEC_STACK"],
        category: Category::Shape,
        pattern: "STACK a ...",
        doc: "Tensors of equal shape along a new first axis.",
        example: Example { script: "SHOW STACK [1, 2] [3, 4]", output: "[[1, 2],\n [3, 4]]" },
        columns: Columns::Names(&["VEC_STACK"]),
        evaluate: |args| stack("STACK", &args.tensors("a")?, None),
    },
    FunctionDef {
        name: "CONCAT",
        aliases: &[],
        category: Category::Shape,
        pattern: "CONCAT a ... [AXIS axis]",
        doc: "Tensors one after the other along an axis (0 unless given); all other sizes must be equal.",
        example: Example { script: "SHOW CONCAT [1, 2] [3]", output: "[1, 2, 3]" },
        columns: Columns::AllNames,
        evaluate: concat,
    },
];

fn reshape(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let dims = args.integers("dims")?;
    Ok(graph::reshape(&args.tensor("a")?, &dims)?)
}

fn concat(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let axis = args.integer_option("axis")?.unwrap_or(0);
    let inputs = args.tensors("a")?;
    let axis = graph::resolve_axis("CONCAT", inputs[0].shape(), axis)?;
    Ok(graph::kernel(Kernel::Concat { axis }, &inputs)?)
}
