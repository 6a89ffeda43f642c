//! Functions that create tensors from numbers.

use linal_dataset::Result;
use linal_tensor::Scalar;
use linal_tensor::graph::{self, Kernel, NodeRef};
use linal_tensor::kernel::generate::{Generator, arange_len};

use super::{Category, Columns, Example, FunctionDef};
use crate::binder::Args;

pub(super) const FUNCTIONS: &[FunctionDef] = &[
    FunctionDef {
        name: "ZEROS",
        aliases: &[],
        category: Category::Creation,
        pattern: "ZEROS dims",
        doc: "A tensor of the given shape, all 0, in the default dtype.",
        example: Example { script: "SHOW ZEROS [2, 2]", output: "[[0, 0],\n [0, 0]]" },
        columns: Columns::AllNames,
        evaluate: |args| filled("ZEROS", 0.0, args),
    },
    FunctionDef {
        name: "ONES",
        aliases: &[],
        category: Category::Creation,
        pattern: "ONES dims",
        doc: "A tensor of the given shape, all 1, in the default dtype.",
        example: Example { script: "SHOW ONES [3]", output: "[1, 1, 1]" },
        columns: Columns::AllNames,
        evaluate: |args| filled("ONES", 1.0, args),
    },
    FunctionDef {
        name: "EYE",
        aliases: &["IDENTITY"],
        category: Category::Creation,
        pattern: "EYE n",
        doc: "The identity matrix of n rows and columns.",
        example: Example { script: "SHOW EYE 2", output: "[[1, 0],\n [0, 1]]" },
        columns: Columns::AllNames,
        evaluate: eye,
    },
    FunctionDef {
        name: "ARANGE",
        aliases: &[],
        category: Category::Creation,
        pattern: "ARANGE start, stop [, step]",
        doc: "The numbers start, start + step, ... before stop; step is 1 unless given. Whole numbers give i64, as in NumPy.",
        example: Example { script: "SHOW ARANGE 0, 10, 3", output: "[0, 3, 6, 9]" },
        columns: Columns::AllNames,
        evaluate: arange,
    },
    FunctionDef {
        name: "LINSPACE",
        aliases: &[],
        category: Category::Creation,
        pattern: "LINSPACE start, stop, n",
        doc: "n equally spaced numbers, both ends included.",
        example: Example { script: "SHOW LINSPACE 0, 1, 5", output: "[0, 0.25, 0.5, 0.75, 1]" },
        columns: Columns::AllNames,
        evaluate: linspace,
    },
    FunctionDef {
        name: "RANDOM",
        aliases: &[],
        category: Category::Creation,
        pattern: "RANDOM dims SEED seed",
        doc: "Uniformly distributed numbers of [0, 1). Equal seeds give equal numbers, on any number of threads.",
        example: Example {
            script: "LET r = RANDOM [1000] SEED 7\nSHOW ALL(r >= 0 AND r < 1)",
            output: "true",
        },
        columns: Columns::AllNames,
        evaluate: |args| random(args, |shape, seed, dtype| Generator::Random { shape, seed, dtype }),
    },
    FunctionDef {
        name: "RANDN",
        aliases: &[],
        category: Category::Creation,
        pattern: "RANDN dims SEED seed",
        doc: "Numbers of the standard normal distribution. Equal seeds give equal numbers, on any number of threads.",
        example: Example { script: "LET r = RANDN [10000] SEED 7\nSHOW ABS(MEAN r) < 0.05", output: "true" },
        columns: Columns::AllNames,
        evaluate: |args| random(args, |shape, seed, dtype| Generator::Randn { shape, seed, dtype }),
    },
];

/// A scalar broadcast to a shape. Elements are written only when an operation needs them.
fn filled(name: &'static str, value: f64, args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let shape = args.shape("dims")?;
    let number = graph::cast(&graph::literal(Scalar::F64(value)), args.binder.default_dtype)?;
    Ok(graph::broadcast(name, &number, &shape)?)
}

fn eye(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let (n, dtype) = (args.count("n")?, args.binder.default_dtype);
    Ok(graph::kernel(Kernel::Generate(Generator::Eye { n, dtype }), &[])?)
}

fn arange(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let (start, stop) = (args.scalar("start")?, args.scalar("stop")?);
    let step = args.scalar_option("step")?.unwrap_or(Scalar::I64(1));
    let len = arange_len(start, stop, step)?;
    // An integer start with a fractional step gives floats.
    let dtype = start.dtype().promote(step.dtype()).promote(stop.dtype()).to_number();
    let convert = |scalar: Scalar| scalar.convert(dtype).unwrap_or(scalar);
    let generator = Generator::Arange { start: convert(start), step: convert(step), len };
    Ok(graph::kernel(Kernel::Generate(generator), &[])?)
}

fn linspace(args: &mut Args<'_, '_>) -> Result<NodeRef> {
    let (start, stop) = (args.float("start")?, args.float("stop")?);
    let (n, dtype) = (args.count("n")?, args.binder.default_dtype);
    Ok(graph::kernel(Kernel::Generate(Generator::Linspace { start, stop, n, dtype }), &[])?)
}

fn random(
    args: &mut Args<'_, '_>,
    generator: impl FnOnce(linal_tensor::Shape, u64, linal_tensor::DType) -> Generator,
) -> Result<NodeRef> {
    let shape = args.shape("dims")?;
    let seed = args.count("seed")? as u64;
    let generator = generator(shape, seed, args.binder.default_dtype);
    Ok(graph::kernel(Kernel::Generate(generator), &[])?)
}
