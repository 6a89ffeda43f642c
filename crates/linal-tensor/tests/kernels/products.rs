//! Matrix products of many sizes and layouts, against the definition.

use linal_tensor::graph::{self, Node};
use linal_tensor::{DType, ExecutionContext, Shape, Take, Tensor};

/// Integers, whose sums of products are exact in f32 too.
fn matrix(rows: usize, columns: usize, seed: usize) -> Tensor {
    let number = |i: usize| ((i * 7919 + seed * 31) % 17) as f64 - 8.0;
    Tensor::from_vec((0..rows * columns).map(number).collect::<Vec<f64>>(), [rows, columns]).unwrap()
}

fn naive(a: &Tensor, b: &Tensor) -> Vec<f64> {
    let (rows, inner, columns) = (a.shape()[0], a.shape()[1], b.shape()[1]);
    let (a, b) = (a.to_vec::<f64>(), b.to_vec::<f64>());
    let element = |i: usize, j: usize| (0..inner).map(|k| a[i * inner + k] * b[k * columns + j]).sum();
    (0..rows).flat_map(|i| (0..columns).map(move |j| element(i, j)).collect::<Vec<f64>>()).collect()
}

fn now(node: &graph::NodeRef) -> Tensor {
    graph::evaluate(node, &ExecutionContext::unlimited()).unwrap()
}

fn cast(tensor: &Tensor, dtype: DType) -> Tensor {
    now(&graph::cast(&Node::leaf(tensor.clone(), 0), dtype).unwrap())
}

/// The product of two views of matrices, in both precisions.
#[track_caller]
fn check([a, b]: [&Tensor; 2], [left, right]: [View; 2]) {
    let expected = naive(&left(a), &right(b));
    for dtype in [DType::F64, DType::F32] {
        let [x, y] = [left(&cast(a, dtype)), right(&cast(b, dtype))].map(|tensor| Node::leaf(tensor, 0));
        let found = now(&graph::matmul(&x, &y).unwrap());
        let found = cast(&found, DType::F64).to_vec::<f64>();
        assert!(found == expected, "{dtype}: {} @ {}", x.shape(), y.shape());
    }
}

type View = fn(&Tensor) -> Tensor;

fn range(start: i64, stop: Option<i64>, step: i64) -> Take {
    Take::Range { start: Some(start), stop, step }
}

const AS_IT_IS: View = |matrix| matrix.clone();

/// Strided rows, strided columns, a transpose, reversed rows.
const VIEWS: [View; 5] = [
    |matrix| matrix.index(&[range(1, None, 1), range(2, None, 1)]).unwrap(),
    |matrix| matrix.index(&[Take::All, range(0, None, 2)]).unwrap(),
    |matrix| matrix.transpose(),
    |matrix| matrix.index(&[range(-1, None, -1)]).unwrap(),
    |matrix| matrix.index(&[range(0, None, 3)]).unwrap(),
];

#[test]
fn of_many_sizes() {
    for rows in [1, 2, 3, 5, 6, 7, 12, 13, 16, 29, 256, 257] {
        for inner in [0, 1, 2, 5, 33] {
            for columns in [1, 3, 4, 5, 7, 8, 15, 16, 31, 33, 63, 64, 65, 100, 127, 128, 129] {
                check([&matrix(rows, inner, 1), &matrix(inner, columns, 2)], [AS_IT_IS; 2]);
            }
        }
    }
    for [rows, inner, columns] in
        [[100, 100, 100], [30, 128, 128], [30, 129, 128], [7, 127, 96], [130, 300, 140]]
    {
        check([&matrix(rows, inner, 1), &matrix(inner, columns, 2)], [AS_IT_IS; 2]);
    }
}

#[test]
fn views_of_matrices() {
    let square = matrix(50, 50, 3);
    for view in VIEWS {
        let seen = view(&square);
        let [rows, columns] = [seen.shape()[0], seen.shape()[1]];
        check([&square, &matrix(columns, 40, 4)], [view, AS_IT_IS]);
        check([&matrix(20, rows, 5), &square], [AS_IT_IS, view]);
    }
}

#[test]
fn stacks_of_matrices() {
    let (a, b) = (matrix(6 * 10, 9, 1), matrix(9, 70, 2));
    let stack = a.reshape(&Shape::new(&[6, 10, 9])).unwrap();
    let product = now(&graph::matmul(&Node::leaf(stack, 0), &Node::leaf(b.clone(), 1)).unwrap());
    assert_eq!(product.shape().dims(), [6, 10, 70]);
    assert_eq!(product.to_vec::<f64>(), naive(&a, &b));
}

/// NaN and infinities propagate as in a sum of products.
#[test]
fn numbers_that_are_none() {
    let mut values = matrix(20, 20, 1).to_vec::<f64>();
    (values[21], values[45]) = (f64::NAN, f64::INFINITY);
    let a = Tensor::from_vec(values, [20, 20]).unwrap();
    let b = matrix(20, 20, 6);
    let found = now(&graph::matmul(&Node::leaf(a.clone(), 0), &Node::leaf(b.clone(), 1)).unwrap());
    for (x, y) in found.to_vec::<f64>().into_iter().zip(naive(&a, &b)) {
        assert!(x == y || x.is_nan() && y.is_nan(), "{x} against {y}");
    }
}
