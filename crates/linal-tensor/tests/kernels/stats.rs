use linal_tensor::kernel::normalize;
use linal_tensor::kernel::stats::{histogram, histogram_edges, quantile};
use linal_tensor::{DType, Result, Shape, Tensor};
use proptest::prelude::*;

use crate::layouts::{finite, lanes, tensor, with_axis};
use crate::{assert_close, run, vector};

fn quantiles(a: &Tensor, fractions: &[f64]) -> Result<Vec<f64>> {
    let fractions = vector(fractions);
    run(|output| quantile(&[a.view(), fractions.view()], fractions.shape(), DType::F64, output))
        .map(|t| t.to_vec())
}

fn counts(a: &Tensor, bins: usize) -> Result<Vec<i64>> {
    run(|output| histogram(bins, &[a.view()], &Shape::new(&[bins]), DType::I64, output)).map(|t| t.to_vec())
}

fn edges(a: &Tensor, bins: usize) -> Result<Vec<f64>> {
    run(|output| histogram_edges(bins, &[a.view()], &Shape::new(&[bins + 1]), DType::F64, output))
        .map(|t| t.to_vec())
}

fn quantile_naive(values: &[f64], fraction: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = fraction * (sorted.len() - 1) as f64;
    let low = place.floor() as usize;
    let high = place.ceil() as usize;
    sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64)
}

proptest! {
    #[test]
    fn fractions_lie_below(a in tensor(finite()), fractions in prop::collection::vec(0.0..=1.0f64, 1..8)) {
        if !a.is_empty() {
            let expected: Vec<f64> = fractions.iter().map(|q| quantile_naive(&a.to_vec(), *q)).collect();
            assert_close(&quantiles(&a, &fractions).unwrap(), &expected);
        }
    }

    #[test]
    fn each_value_is_counted_between_its_edges(a in tensor(finite()), bins in 1..20usize) {
        let (counts, edges) = (counts(&a, bins).unwrap(), edges(&a, bins).unwrap());
        let expected: Vec<i64> = (0..bins)
            .map(|bin| {
                let closed = bin + 1 == bins;
                let inside = |x: &&f64| **x >= edges[bin] && (**x < edges[bin + 1] || (closed && **x == edges[bin + 1]));
                a.to_vec::<f64>().iter().filter(inside).count() as i64
            })
            .collect();
        prop_assert_eq!(counts, expected);
    }

    #[test]
    fn lanes_have_norm_one((a, axis) in with_axis(1.0..9.0f64)) {
        for axis in [None, Some(axis)] {
            let found = run(|output| normalize::run(axis, &[a.view()], a.shape(), DType::F64, output)).unwrap();
            let (found, given) = match axis {
                Some(axis) => (lanes::<f64>(&found, axis), lanes::<f64>(&a, axis)),
                None => (vec![found.to_vec()], vec![a.to_vec()]),
            };
            for (found, lane) in found.iter().zip(given) {
                let norm = lane.iter().map(|x| x * x).sum::<f64>().sqrt();
                assert_close(found, &lane.iter().map(|x| x / norm).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn quantiles_of_many_values() {
    let values: Vec<f64> = (0..700_001i64).map(|i| ((i * 7919) % 700_001) as f64).collect();
    let a = vector(&values);
    assert_eq!(quantiles(&a, &[0.5]).unwrap(), [350_000.0]);
    assert_eq!(quantiles(&a, &[0.0, 0.25, 1.0]).unwrap(), [0.0, 175_000.0, 700_000.0]);
    assert_eq!(quantiles(&vector(&[2.0; 500_000]), &[0.3]).unwrap(), [2.0]);
}

#[test]
fn quantiles_of_odd_values() {
    assert!(quantiles(&vector(&[1.0, f64::NAN]), &[0.5]).unwrap()[0].is_nan());
    assert_eq!(quantiles(&vector(&[1.0, f64::INFINITY]), &[0.0, 1.0]).unwrap(), [1.0, f64::INFINITY]);
    assert_eq!(quantiles(&vector(&[1i64, 2, 3, 4]), &[0.5]).unwrap(), [2.5]);
    let message = quantiles(&vector(&[1.0]), &[1.5]).unwrap_err().to_string();
    assert_eq!(message, "TEST: the fraction 1.5 is not between 0 and 1");
}

#[test]
fn histograms_as_numpy_has_them() {
    assert_eq!(counts(&vector(&[1.0, 2.0, 1.0, 4.0, 2.5]), 3).unwrap(), [2, 2, 1]);
    assert_eq!(edges(&vector(&[1i64, 4]), 3).unwrap(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(edges(&vector(&[5.0, 5.0]), 2).unwrap(), [4.5, 5.0, 5.5]);
    assert_eq!(counts(&vector(&[5.0, 5.0]), 2).unwrap(), [0, 2]);
    assert_eq!(edges(&vector::<f64>(&[]), 2).unwrap(), [0.0, 0.5, 1.0]);
    let many: Vec<i64> = (0..1_100_000).map(|i| i % 10).collect();
    assert_eq!(counts(&vector(&many), 10).unwrap(), [110_000; 10]);
    let message = counts(&vector(&[1.0, f64::INFINITY]), 2).unwrap_err().to_string();
    assert_eq!(message, "TEST: the values reach from 1.0 to inf, which is no finite range");
}

#[test]
fn zero_vectors_are_named() {
    let a = Tensor::from_vec(vec![1.0, 2.0, 0.0, 0.0, 3.0, 4.0], [3, 2]).unwrap();
    let message = |a: &Tensor, axis| {
        run(|output| normalize::run(axis, &[a.view()], a.shape(), DType::F64, output))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(message(&a, Some(1)), "TEST: [1, *] is a zero vector, which has no direction");
    assert_eq!(message(&a.transpose(), Some(0)), "TEST: [*, 1] is a zero vector, which has no direction");
    assert_eq!(message(&vector(&[0.0, 0.0]), None), "TEST: a zero vector has no direction");
}

#[test]
fn single_precision_stays() {
    let a = vector(&[3.0f32, 4.0]);
    let found = run(|output| normalize::run(None, &[a.view()], a.shape(), DType::F32, output)).unwrap();
    assert_eq!(found.to_vec::<f32>(), [0.6, 0.8]);
}
