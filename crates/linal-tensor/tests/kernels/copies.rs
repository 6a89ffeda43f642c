//! Copies of views in logical order: transposed, sliced, reversed, batched; complete and partial.

use std::mem::MaybeUninit;

use linal_tensor::graph::{self, Node};
use linal_tensor::kernel::Register;
use linal_tensor::kernel::copy::gather;
use linal_tensor::kernel::elementwise::BinaryOp;
use linal_tensor::{Complex64, ExecutionContext, FromData, Take, Tensor};

use crate::run;

const SIZES: [(usize, usize); 9] =
    [(4, 1), (1, 64), (5, 7), (16, 16), (17, 33), (64, 15), (15, 64), (100, 1030), (1030, 100)];

/// The definition: each element by its indices.
fn transposed<T: FromData>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    (0..columns).flat_map(|j| (0..rows).map(move |i| values[i * columns + j])).collect()
}

fn check<T: Register + PartialEq>(value: impl Fn(usize) -> T) {
    for (rows, columns) in SIZES {
        let values: Vec<T> = (0..rows * columns).map(&value).collect();
        let a = Tensor::from_vec(values.clone(), [rows, columns]).unwrap().transpose();
        let expected = transposed(&values, rows, columns);
        let copied = run(|output| output.copy_any(&a.view())).unwrap();
        assert!(copied.as_slice::<T>() == Some(&expected), "{rows} x {columns}");
        let len = expected.len();
        for (start, stop) in [(0, len), (1, len), (len / 3, len), (len / 3, 2 * len / 3 + 1), (0, len - 1)] {
            let mut out = vec![MaybeUninit::<T>::uninit(); stop.max(start) - start];
            let found = gather(&a.view(), start, &mut out);
            assert!(found == &expected[start..stop.max(start)], "{start} .. {stop} of {rows} x {columns}");
        }
    }
}

#[test]
fn transposed_matrices() {
    check(|i| i as f64);
    check(|i| i as f32);
    check(|i| i as i64);
    check(|i| i % 3 == 0);
    check(|i| Complex64::new(i as f64, -1.0));
}

#[test]
fn transposed_and_sliced() {
    let (rows, columns) = (120, 90);
    let values: Vec<f64> = (0..rows * columns).map(|i| i as f64).collect();
    let a = Tensor::from_vec(values, [rows, columns]).unwrap();
    for step in [1, 2, 3, -1, -2] {
        let range = |start| Take::Range { start, stop: None, step };
        for takes in [[range(None), Take::All], [Take::All, range(None)], [range(Some(80)), range(Some(70))]]
        {
            let view = a.index(&takes).unwrap().transpose();
            let copied = run(|output| output.copy_any(&view.view())).unwrap();
            assert_eq!(copied.as_slice::<f64>().unwrap(), view.to_vec::<f64>(), "{takes:?}");
        }
    }
}

#[test]
fn batches_of_transposed_matrices() {
    let values: Vec<f64> = (0..3 * 40 * 50).map(|i| i as f64).collect();
    let a = Tensor::from_vec(values, [40, 3, 50]).unwrap().transpose();
    let expected = a.to_vec::<f64>();
    assert_eq!(run(|output| output.copy_any(&a.view())).unwrap().as_slice::<f64>().unwrap(), expected);
    for (start, len) in [(0, 1999), (1, 2000), (777, 4000), (5999, 1), (2000, 2000)] {
        let mut out = vec![MaybeUninit::<f64>::uninit(); len];
        assert_eq!(gather(&a.view(), start, &mut out), &expected[start..start + len], "{start} + {len}");
    }
}

#[test]
fn passes_over_transposed_matrices() {
    for (rows, columns) in [(3, 5), (40, 50), (300, 700), (7, 30_000), (30_000, 7)] {
        let values: Vec<f64> = (0..rows * columns).map(|i| i as f64).collect();
        let singles: Vec<f32> = values.iter().map(|x| *x as f32).collect();
        let a = Tensor::from_vec(values.clone(), [rows, columns]).unwrap().transpose();
        let b = Tensor::from_vec(singles, [rows, columns]).unwrap().transpose();
        let c = Tensor::from_vec(values.clone(), [columns, rows]).unwrap();
        let (x, y, z) = (Node::leaf(a, 0), Node::leaf(b, 1), Node::leaf(c, 2));
        let sum = graph::binary(BinaryOp::Add, &graph::binary(BinaryOp::Mul, &x, &z).unwrap(), &y).unwrap();
        let turned = transposed(&values, rows, columns);
        let expected: Vec<f64> = turned.iter().zip(&values).map(|(x, z)| x * z + x).collect();
        for threads in [1, 4] {
            let context = ExecutionContext::unlimited().with_threads(threads);
            let found = graph::evaluate(&sum, &context).unwrap();
            assert!(found.to_vec::<f64>() == expected, "{rows} x {columns} on {threads} threads");
        }
    }
}
