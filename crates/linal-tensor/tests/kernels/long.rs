//! Reductions of lanes of lengths around the boundaries of loops, for every kind of stride.

use linal_tensor::kernel::distance::{DistanceInput, DistanceOp, distance};
use linal_tensor::kernel::reduce::ReduceOp;
use linal_tensor::{DType, FromData, Take, Tensor};

use crate::reduce::{EXTREMES, SUMS, naive, number, reduced};
use crate::{assert_close, run, vector};

const LENGTHS: [usize; 24] = [
    1, 2, 15, 16, 17, 31, 32, 33, 127, 128, 129, 255, 256, 257, 384, 1023, 1024, 1025, 4095, 4096, 4097,
    65_535, 65_536, 65_600,
];

/// Numbers whose sums are exact in any order.
fn eighths(len: usize) -> Vec<f64> {
    (0..len).map(|i| ((i * 37 + i / 11) % 203) as f64 / 8.0 - 12.0).collect()
}

/// The definition of a variance, in integer multiples of `1 / unit`: a loop over f64 is less exact than the
/// kernels.
fn variance_of(op: ReduceOp, values: &[f64], unit: f64) -> f64 {
    let integers: Vec<i128> = values.iter().map(|x| (x * unit) as i128).collect();
    let (n, sum) = (integers.len() as i128, integers.iter().sum::<i128>());
    let squares = n * integers.iter().map(|x| x * x).sum::<i128>() - sum * sum;
    let around_mean = squares as f64 / n as f64 / unit / unit;
    let variance = |divisor: i128| around_mean / divisor as f64;
    match op {
        ReduceOp::Variance { population } => variance(n - i128::from(!population)),
        ReduceOp::Stdev { population } => variance(n - i128::from(!population)).sqrt(),
        op => naive(op, values),
    }
}

/// The numbers as a slice, with an offset, with every kind of stride, and as a column of a matrix.
pub fn views<T: FromData + Default>(values: &[T]) -> Vec<Tensor> {
    let stepped = |step: i64| {
        let size = step.unsigned_abs() as usize;
        let mut wide = vec![T::default(); values.len() * size + 5];
        let places =
            (0..values.len()).map(|i| if step > 0 { 5 + i * size } else { (values.len() - 1 - i) * size });
        places.zip(values).for_each(|(place, x)| wide[place] = *x);
        let (start, stop) = if step > 0 { (5, None) } else { ((values.len() as i64 - 1) * -step, None) };
        let range = Take::Range { start: Some(start), stop, step };
        let view = vector(&wide).index(&[range]).unwrap();
        view.index(&[Take::Range { start: Some(0), stop: Some(values.len() as i64), step: 1 }]).unwrap()
    };
    let mut views: Vec<Tensor> = [1, 2, 3, 4, 5, -1, -2, -3].map(stepped).into();
    views.push(vector(values));
    for view in &views {
        assert_eq!(view.to_vec::<T>().len(), values.len());
        assert!(view.to_vec::<T>() == values, "a view of other numbers");
    }
    views
}

#[test]
fn lengths_around_lanes_and_blocks() {
    for len in LENGTHS {
        let values = eighths(len);
        for (i, view) in views(&values).iter().enumerate() {
            for op in SUMS {
                let (found, expected) = (number(op, view), variance_of(op, &values, 8.0));
                assert_close(&[found], &[expected]);
                if op == ReduceOp::Sum {
                    assert_eq!(found, expected, "{len} numbers under view {i}");
                }
            }
            for op in EXTREMES {
                let places = matches!(op, ReduceOp::ArgMin | ReduceOp::ArgMax);
                let dtype = if places { DType::I64 } else { DType::F64 };
                let found = crate::reduce::as_doubles(&reduced(op, None, view, dtype).unwrap());
                assert_eq!(found, [naive(op, &values)], "{op:?} of {len} numbers under view {i}");
            }
        }
    }
}

#[test]
fn single_precision_and_integers() {
    for len in LENGTHS {
        let values = eighths(len);
        let singles: Vec<f32> = values.iter().map(|x| *x as f32).collect();
        let integers: Vec<i64> = values.iter().map(|x| (x * 8.0) as i64).collect();
        for (single, whole) in views(&singles).iter().zip(views(&integers)) {
            assert_eq!(number(ReduceOp::Sum, single), naive(ReduceOp::Sum, &values));
            for op in [ReduceOp::Stdev { population: true }, ReduceOp::L2Norm] {
                assert_close(&[number(op, single)], &[variance_of(op, &values, 8.0)]);
                assert_close(&[number(op, &whole)], &[variance_of(op, &values, 8.0) * 8.0]);
            }
            let least = reduced(ReduceOp::Min, None, single, DType::F32).unwrap().to_vec::<f32>();
            assert_eq!(f64::from(least[0]), naive(ReduceOp::Min, &values));
            let greatest = reduced(ReduceOp::Max, None, &whole, DType::I64).unwrap().to_vec::<i64>();
            assert_eq!(greatest[0] as f64, naive(ReduceOp::Max, &values) * 8.0);
        }
    }
}

#[test]
fn a_nan_is_found_at_every_index() {
    for len in [1, 2, 31, 33, 128, 130, 1025, 4097, 9000] {
        for place in
            [0, 1, 30, 31, 32, 127, 128, 1023, 1024, 4095, 4096, 8999].into_iter().filter(|&p| p < len)
        {
            let mut values = eighths(len);
            values[place] = f64::NAN;
            let a = vector(&values);
            for op in [ReduceOp::Sum, ReduceOp::L2Norm, ReduceOp::Stdev { population: true }] {
                assert!(number(op, &a).is_nan(), "{op:?} with NaN at {place} of {len}");
            }
            for op in [ReduceOp::Min, ReduceOp::Max] {
                assert!(number(op, &a).is_nan(), "{op:?} with NaN at {place} of {len}");
            }
            for op in [ReduceOp::ArgMin, ReduceOp::ArgMax] {
                let found = reduced(op, None, &a, DType::I64).unwrap().to_vec::<i64>();
                assert_eq!(found, [place as i64], "{op:?} with NaN at {place} of {len}");
            }
        }
    }
}

#[test]
fn infinities_do_not_hide() {
    for len in [3, 40, 300, 5000] {
        let mut values = eighths(len);
        values[len - 2] = f64::INFINITY;
        let a = vector(&values);
        assert_eq!(number(ReduceOp::Sum, &a), f64::INFINITY);
        assert_eq!(number(ReduceOp::Max, &a), f64::INFINITY);
        assert!(number(ReduceOp::Min, &a).is_finite());
        assert!(number(ReduceOp::Stdev { population: true }, &a).is_nan());
        values[0] = f64::NEG_INFINITY;
        assert!(number(ReduceOp::Sum, &vector(&values)).is_nan());
        let huge = vector(&vec![f64::INFINITY; len]);
        assert_eq!(number(ReduceOp::Min, &huge), f64::INFINITY);
        assert_eq!(number(ReduceOp::Max, &vector(&vec![f64::NEG_INFINITY; len])), f64::NEG_INFINITY);
    }
}

#[test]
fn variance_far_from_zero() {
    let variance = |values: &[f64]| number(ReduceOp::Variance { population: true }, &vector(values));
    for len in [10, 1000, 5000, 200_000] {
        let near: Vec<f64> = (0..len).map(|i| (i % 7) as f64).collect();
        let far: Vec<f64> = near.iter().map(|x| x + 1e9).collect();
        let (found, expected) =
            (variance(&far), variance_of(ReduceOp::Variance { population: true }, &near, 1.0));
        assert!((found - expected).abs() <= 1e-12 * expected, "{found} against {expected}");
    }
    // Parts that are far from each other, and a first number that is far from all others.
    let steps: Vec<f64> = (0..200_000).map(|i| f64::from(i / 1000) * 1e6 + f64::from(i % 3)).collect();
    let mut outlier = vec![1.0; 100_000];
    outlier[0] = 1e8;
    for values in [steps, outlier] {
        let (found, expected) =
            (variance(&values), variance_of(ReduceOp::Variance { population: true }, &values, 1.0));
        assert!((found - expected).abs() <= 1e-11 * expected, "{found} against {expected}");
    }
}

#[test]
fn distances_of_long_vectors() {
    for len in LENGTHS {
        let (x, mut y) = (eighths(len), eighths(len));
        y.reverse();
        let dot: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
        let manhattan: f64 = x.iter().zip(&y).map(|(x, y)| (x - y).abs()).sum();
        for (a, b) in views(&x).iter().zip(views(&y).iter().rev()) {
            let found = |op| {
                let number = run(|output| {
                    distance(op, DistanceInput::View(&a.view()), DistanceInput::View(&b.view()), output)
                })
                .unwrap();
                number.to_vec::<f64>()[0]
            };
            assert_eq!(found(DistanceOp::Dot), dot);
            assert_eq!(found(DistanceOp::Manhattan), manhattan);
            let squares = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>();
            assert_close(
                &[found(DistanceOp::Cosine)],
                &[(dot / squares(&x).sqrt() / squares(&y).sqrt()).clamp(-1.0, 1.0)],
            );
        }
    }
}
