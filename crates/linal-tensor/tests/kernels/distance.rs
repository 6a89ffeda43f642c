use linal_tensor::kernel::distance::{DistanceInput, DistanceOp, distance};
use linal_tensor::{Complex64, Error, Result, Tensor};
use proptest::prelude::*;

use crate::layouts::{double, tensor};
use crate::{assert_close, run, vector};

fn evaluate(op: DistanceOp, a: &Tensor, b: &Tensor) -> Result<f64> {
    run(|output| distance(op, DistanceInput::View(&a.view()), DistanceInput::View(&b.view()), output))
        .map(|tensor| tensor.to_vec::<f64>()[0])
}

fn naive(op: DistanceOp, a: &[f64], b: &[f64]) -> f64 {
    let zip = || a.iter().zip(b);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let cosine = |a: &[f64], b: &[f64]| dot(a, b) / dot(a, a).sqrt() / dot(b, b).sqrt();
    let centered = |a: &[f64]| {
        let mean = a.iter().sum::<f64>() / a.len() as f64;
        a.iter().map(|x| x - mean).collect::<Vec<_>>()
    };
    match op {
        DistanceOp::Dot => dot(a, b),
        DistanceOp::Cosine => cosine(a, b),
        DistanceOp::Euclidean => zip().map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt(),
        DistanceOp::Manhattan => zip().map(|(x, y)| (x - y).abs()).sum(),
        DistanceOp::Pearson => cosine(&centered(a), &centered(b)),
    }
}

/// Another tensor of the same shape, with another layout.
fn companion(a: &Tensor) -> Tensor {
    let len = a.len();
    let values: Vec<f64> = (0..len).map(|i| ((i * 7 + 3) % 11) as f64 - 4.5).collect();
    let reversed: Vec<usize> = a.shape().dims().iter().rev().copied().collect();
    Tensor::from_vec(values, reversed).unwrap().transpose()
}

proptest! {
    #[test]
    fn distances_of_views(a in tensor(double())) {
        let b = companion(&a);
        let (x, y) = (a.to_vec::<f64>(), b.to_vec::<f64>());
        for op in [DistanceOp::Dot, DistanceOp::Euclidean, DistanceOp::Manhattan] {
            assert_close(&[evaluate(op, &a, &b).unwrap()], &[naive(op, &x, &y)]);
            assert_close(&[evaluate(op, &b, &a).unwrap()], &[naive(op, &y, &x)]);
        }
        let spread = x.iter().any(|value| *value != x[0] || value.is_nan());
        if x.len() > 1 && spread {
            for op in [DistanceOp::Cosine, DistanceOp::Pearson] {
                assert_close(&[evaluate(op, &a, &b).unwrap()], &[naive(op, &x, &y)]);
            }
        }
    }
}

#[test]
fn integer_and_complex_products() {
    let dot = |a: &[i64], b: &[i64]| {
        let (a, b) = (vector(a), vector(b));
        run(|output| {
            distance(DistanceOp::Dot, DistanceInput::View(&a.view()), DistanceInput::View(&b.view()), output)
        })
        .map(|t| t.to_vec::<i64>()[0])
    };
    assert_eq!(dot(&[1, 2, 3], &[4, 5, 6]), Ok(32));
    assert_eq!(dot(&[i64::MAX, i64::MAX, 5], &[1, -1, 1]), Ok(5));
    assert_eq!(dot(&[i64::MAX], &[2]), Err(Error::IntegerOverflow { operation: "TEST" }));
    assert_eq!(dot(&[i64::MIN; 4], &[i64::MIN; 4]), Err(Error::IntegerOverflow { operation: "TEST" }));
    let z = vector(&[Complex64::new(1.0, 2.0), Complex64::new(0.0, 1.0)]);
    let found = run(|output| {
        distance(DistanceOp::Dot, DistanceInput::View(&z.view()), DistanceInput::View(&z.view()), output)
    })
    .unwrap();
    assert_eq!(found.to_vec::<Complex64>(), [Complex64::new(-4.0, 4.0)]);
}

#[test]
fn directions_of_huge_and_tiny_vectors() {
    let (huge, tiny) = (vector(&[1e200, 1e200]), vector(&[1e-200, 0.0]));
    assert_close(&[evaluate(DistanceOp::Cosine, &huge, &tiny).unwrap()], &[0.5f64.sqrt()]);
    assert_close(&[evaluate(DistanceOp::Euclidean, &huge, &tiny).unwrap() / 1e200], &[2f64.sqrt()]);
    assert_eq!(evaluate(DistanceOp::Cosine, &tiny, &tiny), Ok(1.0));
    let strain = vector(&[1e-21, -2e-21, 5e-22]);
    assert_eq!(evaluate(DistanceOp::Cosine, &strain, &strain), Ok(1.0));
}

#[test]
fn perfect_correlation_is_one() {
    let (a, b) = (vector(&[1.0, 2.0, 3.0]), vector(&[2.0, 4.0, 6.0]));
    assert_eq!(evaluate(DistanceOp::Pearson, &a, &b), Ok(1.0));
}

#[test]
fn zero_vectors_are_errors() {
    let message = |op, a: &[f64], b: &[f64]| evaluate(op, &vector(a), &vector(b)).unwrap_err().to_string();
    let zero = "operand is a zero vector, which has no direction";
    assert_eq!(message(DistanceOp::Cosine, &[0.0, 0.0], &[1.0, 2.0]), format!("TEST: the first {zero}"));
    assert_eq!(message(DistanceOp::Cosine, &[1.0, 2.0], &[0.0, 0.0]), format!("TEST: the second {zero}"));
    let constant = "operand is constant, so it correlates with nothing";
    assert_eq!(
        message(DistanceOp::Pearson, &[0.1; 3], &[1.0, 2.0, 3.0]),
        format!("TEST: the first {constant}")
    );
    assert_eq!(
        message(DistanceOp::Pearson, &[1.0, 2.0, 3.0], &[0.1; 3]),
        format!("TEST: the second {constant}")
    );
    assert_eq!(
        message(DistanceOp::Pearson, &[1.0], &[2.0]),
        "TEST: both operands must have at least 2 elements, and they have 1"
    );
}
