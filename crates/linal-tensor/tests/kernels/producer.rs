//! Reductions and distances of fused operands equal those of tensors.

use linal_tensor::graph::{self, Node, NodeRef};
use linal_tensor::kernel::distance::DistanceOp;
use linal_tensor::kernel::elementwise::{BinaryOp, CompareOp, UnaryOp};
use linal_tensor::kernel::reduce::ReduceOp;
use linal_tensor::{DType, ExecutionContext, Scalar, Shape, Tensor};
use proptest::prelude::*;

use crate::assert_close;
use crate::layouts::{double, finite, tensor};
use crate::reduce::{EXTREMES, SUMS};

fn evaluate(node: &NodeRef) -> Tensor {
    graph::evaluate(node, &ExecutionContext::unlimited()).unwrap()
}

/// The node as a tensor in memory.
fn in_memory(node: &NodeRef) -> NodeRef {
    Node::leaf(evaluate(node), 9)
}

fn doubles(tensor: &Tensor) -> Vec<f64> {
    evaluate(&graph::cast(&Node::leaf(tensor.clone(), 0), DType::F64).unwrap()).to_vec()
}

/// A computed operand: `x * 1.5 - y`, in the dtype.
fn computed(x: &NodeRef, y: &NodeRef, dtype: DType) -> NodeRef {
    let scaled = graph::binary(BinaryOp::Mul, x, &graph::literal(Scalar::F64(1.5))).unwrap();
    graph::cast(&graph::binary(BinaryOp::Sub, &scaled, y).unwrap(), dtype).unwrap()
}

/// Whether the program has a single step, a fused reduction.
fn is_fused(node: &NodeRef) -> bool {
    let text = graph::explain(node, &|tag| format!("v{tag}"));
    let steps = text.split("program:\n").nth(1).unwrap_or_default().lines().count();
    steps == 1 && text.contains("of fused {")
}

fn leaf(shape: &[usize], seed: usize) -> NodeRef {
    let len: usize = shape.iter().product();
    let number = |i: usize| (((i + seed) * 7919) % 1013) as f64 / 8.0 - 60.0;
    Node::leaf(Tensor::from_vec((0..len).map(number).collect::<Vec<f64>>(), Shape::new(shape)).unwrap(), 0)
}

/// Checks every reduction along every axis against that of the operand in memory; `exactly` means
/// bit-identical.
fn check(node: &NodeRef, exactly: bool) {
    let all = SUMS.into_iter().chain(EXTREMES).chain([ReduceOp::Prod]);
    let axes = (0..node.shape().rank()).map(Some).chain([None]);
    for (op, axis) in all.flat_map(|op| axes.clone().map(move |axis| (op, axis))) {
        let axis = axis.map(|axis| axis as i64);
        let Ok(fused) = graph::reduce(op, node, axis) else { continue };
        let expected = doubles(&evaluate(&graph::reduce(op, &in_memory(node), axis).unwrap()));
        let found = doubles(&evaluate(&fused));
        let is_variance = matches!(op, ReduceOp::Variance { .. } | ReduceOp::Stdev { .. });
        if exactly && !is_variance {
            let is_same = |(x, y): (&f64, &f64)| x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan();
            assert!(
                found.iter().zip(&expected).all(is_same),
                "{op:?} {axis:?} of {}: {found:?} against {expected:?}",
                node.shape()
            );
        } else {
            assert_close(&found, &expected);
        }
    }
}

#[test]
fn around_blocks_and_tiles() {
    let shapes: [&[usize]; 22] = [
        &[5],
        &[1, 1],
        &[3, 4],
        &[0, 4],
        &[4, 0],
        &[2, 3, 4],
        &[7, 1024],
        &[7, 1025],
        &[1024, 7],
        &[1025, 7],
        &[9, 2049],
        &[2049, 9],
        &[3, 1, 5],
        &[2, 700, 3],
        &[2, 3, 700],
        &[3, 5000],
        &[5000, 3],
        &[2, 70_000],
        &[70_000, 2],
        &[600, 1500],
        &[33, 4, 1100],
        &[2, 20, 9000],
    ];
    for shape in shapes {
        for dtype in [DType::F64, DType::F32] {
            let node = computed(&leaf(shape, 1), &leaf(shape, 5), dtype);
            // Multiples of 1/8 have exact sums.
            check(&node, true);
        }
    }
}

#[test]
fn all_dtypes() {
    for shape in [[40, 1100], [1100, 40]] {
        let (x, y) = (leaf(&shape, 3), leaf(&shape, 11));
        let whole = graph::cast(&graph::unary(UnaryOp::Floor, &x).unwrap(), DType::I64).unwrap();
        let truth = graph::compare(CompareOp::Lt, &x, &y).unwrap();
        let complex = graph::complex(&graph::binary(BinaryOp::Add, &x, &y).unwrap(), &y).unwrap();
        for axis in [None, Some(0), Some(1)] {
            for (node, ops) in [
                (&whole, &[ReduceOp::Sum, ReduceOp::Mean, ReduceOp::Min, ReduceOp::ArgMax][..]),
                (&truth, &[ReduceOp::Any, ReduceOp::All, ReduceOp::Sum, ReduceOp::Mean][..]),
                (&complex, &[ReduceOp::Sum, ReduceOp::Mean, ReduceOp::L2Norm][..]),
            ] {
                for &op in ops {
                    let fused = graph::reduce(op, node, axis).unwrap();
                    let stored = graph::reduce(op, &in_memory(node), axis).unwrap();
                    let numbers = |node: &NodeRef| {
                        evaluate(&graph::cast(node, DType::C128).unwrap()).to_vec::<linal_tensor::Complex64>()
                    };
                    assert_eq!(numbers(&fused), numbers(&stored), "{op:?} {axis:?}");
                }
            }
        }
    }
}

#[test]
fn operands_are_fused() {
    let (x, y) = (leaf(&[300, 40], 1), leaf(&[300, 40], 2));
    let node = computed(&x, &y, DType::F64);
    for axis in [None, Some(0), Some(1)] {
        assert!(is_fused(&graph::reduce(ReduceOp::Sum, &node, axis).unwrap()), "{axis:?}");
    }
    // A reshape in between does not prevent the fusion.
    let lines = graph::reshape(&node, &[40, 300]).unwrap();
    let sums = graph::reduce(ReduceOp::Sum, &lines, Some(1)).unwrap();
    assert!(is_fused(&sums));
    let expected = graph::reduce(ReduceOp::Sum, &in_memory(&lines), Some(1)).unwrap();
    assert_eq!(evaluate(&sums).to_vec::<f64>(), evaluate(&expected).to_vec::<f64>());
    // A node with two readers is written once.
    let both = graph::binary(
        BinaryOp::Add,
        &graph::reduce(ReduceOp::Sum, &node, Some(0)).unwrap(),
        &graph::reduce(ReduceOp::Max, &node, Some(0)).unwrap(),
    );
    assert!(!is_fused(&both.unwrap()));
    for op in [DistanceOp::Cosine, DistanceOp::Euclidean, DistanceOp::Manhattan] {
        let (a, b) = (computed(&x, &y, DType::F64), computed(&y, &x, DType::F64));
        let text = graph::explain(&graph::distance(op, &a, &b).unwrap(), &|tag| format!("v{tag}"));
        assert!(text.trim_end().ends_with(" }): f64 []") && text.matches("fused {").count() == 2, "{text}");
    }
}

#[test]
fn norms_beyond_the_squares() {
    for (scale, shape) in [(1e200, [3, 1500]), (1e-200, [1500, 3]), (0.0, [4, 2000]), (1e200, [2, 70_000])] {
        let x = graph::binary(BinaryOp::Mul, &leaf(&shape, 1), &graph::literal(Scalar::F64(scale))).unwrap();
        for axis in [None, Some(0), Some(1)] {
            let fused = evaluate(&graph::reduce(ReduceOp::L2Norm, &x, axis).unwrap()).to_vec::<f64>();
            let stored =
                evaluate(&graph::reduce(ReduceOp::L2Norm, &in_memory(&x), axis).unwrap()).to_vec::<f64>();
            assert_eq!(fused, stored, "{scale} {shape:?} {axis:?}");
            assert!(fused.iter().all(|norm| norm.is_finite() && (*norm > 0.0) == (scale > 0.0)));
        }
        let other = leaf(&shape, 2);
        let distance = |x: &NodeRef| {
            evaluate(&graph::distance(DistanceOp::Euclidean, x, &other).unwrap()).to_vec::<f64>()
        };
        assert_eq!(distance(&x), distance(&in_memory(&x)));
    }
}

proptest! {
    #[test]
    fn reductions_of_any_layout(a in tensor(double()), b in finite()) {
        let (x, y) = (Node::leaf(a, 0), Node::leaf(Tensor::scalar(Scalar::F64(b)), 1));
        check(&computed(&x, &y, DType::F64), false);
    }

    #[test]
    fn pairs_of_any_layout(a in tensor(finite()), b in finite()) {
        let (x, y) = (Node::leaf(a, 0), Node::leaf(Tensor::scalar(Scalar::F64(b)), 1));
        let sides = [
            (computed(&x, &y, DType::F64), x.clone()),
            (x.clone(), computed(&x, &y, DType::F32)),
            (computed(&x, &y, DType::F64), computed(&y, &x, DType::F64)),
        ];
        for (left, right) in sides {
            for op in [DistanceOp::Dot, DistanceOp::Cosine, DistanceOp::Euclidean, DistanceOp::Manhattan, DistanceOp::Pearson] {
                let Ok(fused) = graph::distance(op, &left, &right) else { continue };
                let stored = graph::distance(op, &in_memory(&left), &in_memory(&right)).unwrap();
                let run = |node| graph::evaluate(node, &ExecutionContext::unlimited());
                match (run(&fused), run(&stored)) {
                    (Ok(found), Ok(expected)) => assert_close(&doubles(&found), &doubles(&expected)),
                    (found, expected) => prop_assert_eq!(found.is_err(), expected.is_err(), "{:?}", op),
                }
            }
        }
    }
}

/// The result does not depend on the number of threads.
#[test]
fn threads_do_not_matter() {
    for shape in [[3, 50_000], [50_000, 3], [700, 900], [2, 200_000], [40, 5000]] {
        let node = computed(&leaf(&shape, 1), &leaf(&shape, 2), DType::F64);
        let node = graph::unary(UnaryOp::Sin, &node).unwrap();
        for axis in [None, Some(0), Some(1)] {
            let sum = graph::reduce(ReduceOp::Sum, &node, axis).unwrap();
            let on = |threads: usize| {
                let context = ExecutionContext::unlimited().with_threads(threads).force_parallel();
                graph::evaluate(&sum, &context).unwrap().to_vec::<f64>()
            };
            let expected = on(1);
            for threads in [2, 3, 7] {
                assert_eq!(on(threads), expected, "{shape:?} {axis:?} on {threads} threads");
            }
        }
    }
}
