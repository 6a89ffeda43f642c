//! Results are bit-identical on one thread and on several, around the thresholds from which kernels use
//! several threads.

use linal_tensor::graph::{self, Kernel, Node, NodeRef};
use linal_tensor::kernel::distance::DistanceOp;
use linal_tensor::kernel::elementwise::{BinaryOp, CompareOp, UnaryOp};
use linal_tensor::kernel::generate::Generator;
use linal_tensor::kernel::reduce::ReduceOp;
use linal_tensor::kernel::threads::CostClass;
use linal_tensor::{Complex32, Complex64, DType, ExecutionContext, Result, Shape, Tensor};

/// A kernel, and its cost class, which determines its threshold.
type Case = (CostClass, fn(&NodeRef) -> Result<NodeRef>);

const CASES: [Case; 19] = [
    (CostClass::Simple, |a| graph::binary(BinaryOp::Add, a, a)),
    (CostClass::Simple, |a| {
        graph::compare(CompareOp::Lt, a, &graph::literal(linal_tensor::Scalar::F64(0.0)))
    }),
    (CostClass::Copy, |a| graph::kernel(Kernel::Concat { axis: 0 }, &[a.clone(), a.clone()])),
    (CostClass::Division, |a| graph::binary(BinaryOp::Div, a, a)),
    (CostClass::Function, |a| graph::unary(UnaryOp::Sin, a)),
    (CostClass::Function, |a| graph::unary(UnaryOp::Log, &graph::unary(UnaryOp::Exp, a)?)),
    (CostClass::Power, |a| graph::binary(BinaryOp::Pow, a, a)),
    (CostClass::Scalar, |a| graph::unary(UnaryOp::Exp, &graph::complex(a, a)?)),
    (CostClass::Reduction, |a| graph::reduce(ReduceOp::Sum, a, None)),
    (CostClass::Reduction, |a| graph::reduce(ReduceOp::ArgMax, a, None)),
    (CostClass::Reduction, |a| graph::reduce(ReduceOp::Max, &graph::unary(UnaryOp::Exp, a)?, None)),
    (CostClass::Variance, |a| graph::reduce(ReduceOp::Variance { population: true }, a, None)),
    (CostClass::Distance, |a| graph::distance(DistanceOp::Dot, a, a)),
    (CostClass::Scan, |a| graph::kernel(Kernel::CumSum { axis: None }, std::slice::from_ref(a))),
    (CostClass::Scan, |a| graph::kernel(Kernel::Diff, std::slice::from_ref(a))),
    (CostClass::Sort, |a| graph::kernel(Kernel::Sort, std::slice::from_ref(a))),
    (CostClass::Sort, |a| graph::kernel(Kernel::ArgSort, std::slice::from_ref(a))),
    (CostClass::Histogram, |a| {
        graph::kernel(Kernel::Histogram { bins: 10 }, &[graph::unary(UnaryOp::Sin, a)?])
    }),
    (CostClass::Random, |a| {
        let (shape, dtype) = (a.shape().clone(), DType::F64);
        graph::kernel(Kernel::Generate(Generator::Random { shape, seed: 5, dtype }), &[])
    }),
];

/// Kernels along the axes of a matrix.
const AXES: [fn(&NodeRef) -> Result<NodeRef>; 7] = [
    |a| {
        graph::binary(
            BinaryOp::Add,
            a,
            &graph::reshape(
                &graph::transpose(a)?,
                &a.shape().dims().iter().map(|&size| size as i64).collect::<Vec<_>>(),
            )?,
        )
    },
    |a| graph::reduce(ReduceOp::Sum, a, Some(0)),
    |a| graph::reduce(ReduceOp::Sum, a, Some(1)),
    |a| graph::reduce(ReduceOp::Stdev { population: true }, a, Some(0)),
    |a| graph::kernel(Kernel::CumSum { axis: Some(1) }, std::slice::from_ref(a)),
    |a| graph::kernel(Kernel::Normalize { axis: Some(0) }, std::slice::from_ref(a)),
    |a| graph::kernel(Kernel::Sort, std::slice::from_ref(a)),
];

/// Unsorted numbers of both signs, including zeros of both signs.
fn numbers(shape: &[usize]) -> NodeRef {
    let len: usize = shape.iter().product();
    let number = |i: usize| match i % 97 {
        0 => 0.0,
        1 => -0.0,
        _ => ((i.wrapping_mul(2_654_435_761) >> 7) % 100_003) as f64 / 7.0 - 7000.0,
    };
    Node::leaf(Tensor::from_vec((0..len).map(number).collect::<Vec<f64>>(), Shape::new(shape)).unwrap(), 0)
}

fn bits(tensor: &Tensor) -> Vec<[u64; 2]> {
    let parts = |z: Complex64| [z.re.to_bits(), z.im.to_bits()];
    match tensor.dtype() {
        DType::F64 => tensor.to_vec::<f64>().into_iter().map(|x| [x.to_bits(), 0]).collect(),
        DType::F32 => tensor.to_vec::<f32>().into_iter().map(|x| [x.to_bits().into(), 0]).collect(),
        DType::I64 => tensor.to_vec::<i64>().into_iter().map(|x| [x.cast_unsigned(), 0]).collect(),
        DType::Bool => tensor.to_vec::<bool>().into_iter().map(|x| [x.into(), 0]).collect(),
        DType::C128 => tensor.to_vec::<Complex64>().into_iter().map(parts).collect(),
        DType::C64 => {
            let wide = |z: Complex32| Complex64::new(z.re.into(), z.im.into());
            tensor.to_vec::<Complex32>().into_iter().map(|z| parts(wide(z))).collect()
        }
    }
}

#[track_caller]
fn assert_same_bits(node: &NodeRef, what: &dyn std::fmt::Debug) {
    let result = |context: ExecutionContext| bits(&graph::evaluate(node, &context).unwrap());
    let expected = result(ExecutionContext::unlimited().with_threads(1));
    for threads in [2, 3, 7] {
        let context = || ExecutionContext::unlimited().with_threads(threads);
        assert!(result(context()) == expected, "{what:?} on {threads} threads");
        assert!(result(context().force_parallel()) == expected, "{what:?} shared by {threads} threads");
    }
}

#[test]
fn around_each_threshold() {
    for (i, (class, build)) in CASES.into_iter().enumerate() {
        let from = class.parallel_from();
        for len in [from - 1, from, from + 1] {
            assert_same_bits(&build(&numbers(&[len])).unwrap(), &(i, class, len));
        }
    }
}

#[test]
fn where_parts_begin_and_end() {
    for (i, (class, build)) in CASES.into_iter().enumerate() {
        for len in [1, 2, 1023, 1024, 1025, 4097, 65_535, 65_536, 65_537, 131_073, 200_001] {
            assert_same_bits(&build(&numbers(&[len])).unwrap(), &(i, class, len));
        }
    }
}

#[test]
fn along_axes() {
    for shape in [[2, 2], [3, 5000], [5000, 3], [300, 700], [700, 300], [20_000, 16], [40, 3000]] {
        for (i, build) in AXES.into_iter().enumerate() {
            assert_same_bits(&build(&numbers(&shape)).unwrap(), &(i, shape));
        }
    }
}

#[test]
fn products_of_matrices_agree() {
    for side in [1, 17, 64, 65, 100, 129] {
        let a = numbers(&[side, side]);
        let product = graph::matmul(&a, &a).unwrap();
        let result = |context: ExecutionContext| graph::evaluate(&product, &context).unwrap().to_vec::<f64>();
        let expected = result(ExecutionContext::unlimited().with_threads(1));
        let found = result(ExecutionContext::unlimited().with_threads(2).force_parallel());
        for (x, y) in found.iter().zip(&expected) {
            assert!((x - y).abs() <= 1e-12 * 1e8 * side as f64, "{x} against {y}");
        }
    }
}

/// Products beside a query run on fewer threads, with the same split.
#[test]
fn products_on_fewer_threads() {
    let cores = linal_tensor::kernel::threads::process_threads();
    for [rows, inner, columns] in [[300, 400, 200], [1, 5000, 3000], [2500, 3000, 1], [64, 20_000, 64]] {
        let node = graph::matmul(&numbers(&[rows, inner]), &numbers(&[inner, columns])).unwrap();
        let run = || {
            let context = ExecutionContext::unlimited().with_threads(cores);
            bits(&graph::evaluate(&node, &context).unwrap())
        };
        let alone = run();
        for held in 1..=cores {
            let query = linal_tensor::kernel::threads::reserve_cores(held);
            assert!(run() == alone, "{rows} x {inner} x {columns} beside {held} of {cores} cores");
            drop(query);
        }
    }
}
