use linal_tensor::kernel::reduce::{ReduceOp, reduce};
use linal_tensor::{Complex64, DType, Error, ExecutionContext, FromData, Result, Shape, Take, Tensor};
use proptest::prelude::*;

use crate::layouts::{double, finite, lanes, tensor, with_axis};
use crate::{assert_close, run, run_in, vector};

const SAMPLE: bool = false;

pub fn reduced(op: ReduceOp, axis: Option<usize>, a: &Tensor, dtype: DType) -> Result<Tensor> {
    let shape = axis.map_or(Shape::scalar(), |axis| a.shape().without(axis));
    run(|output| reduce(op, axis, &a.view(), &shape, dtype, output))
}

pub fn number(op: ReduceOp, a: &Tensor) -> f64 {
    reduced(op, None, a, DType::F64).unwrap().to_vec::<f64>()[0]
}

/// The compensated sum (Neumaier, 1974).
fn compensated(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, lost) = numbers.fold((0.0f64, 0.0), |(sum, lost), x| {
        let next = sum + x;
        let error = if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
        (next, lost + error)
    });
    // The compensation of a sum that is not finite is NaN.
    if lost.is_finite() { sum + lost } else { sum }
}

/// The definition of each reduction.
pub fn naive(op: ReduceOp, lane: &[f64]) -> f64 {
    let n = lane.len() as f64;
    let mean = lane.iter().sum::<f64>() / n;
    let squares = compensated(lane.iter().map(|x| (x - mean) * (x - mean)));
    let place = |wins: fn(f64, f64) -> bool| {
        let mut best = 0;
        for (i, &x) in lane.iter().enumerate() {
            if wins(x, lane[best]) || (x.is_nan() && !lane[best].is_nan()) {
                best = i;
            }
        }
        best
    };
    let less = |a: f64, b: f64| a < b;
    let greater = |a: f64, b: f64| a > b;
    match op {
        ReduceOp::Sum => lane.iter().sum(),
        ReduceOp::Prod => lane.iter().product(),
        ReduceOp::Mean => mean,
        ReduceOp::Min => lane[place(less)],
        ReduceOp::Max => lane[place(greater)],
        ReduceOp::ArgMin => place(less) as f64,
        ReduceOp::ArgMax => place(greater) as f64,
        ReduceOp::L2Norm => lane.iter().map(|x| x * x).sum::<f64>().sqrt(),
        ReduceOp::Variance { population: true } => squares / n,
        ReduceOp::Variance { .. } => squares / (n - 1.0).max(0.0),
        ReduceOp::Stdev { population: true } => (squares / n).sqrt(),
        ReduceOp::Stdev { .. } => (squares / (n - 1.0).max(0.0)).sqrt(),
        ReduceOp::Any | ReduceOp::All => unreachable!("of truth values"),
    }
}

pub const SUMS: [ReduceOp; 7] = [
    ReduceOp::Sum,
    ReduceOp::Mean,
    ReduceOp::L2Norm,
    ReduceOp::Variance { population: true },
    ReduceOp::Variance { population: SAMPLE },
    ReduceOp::Stdev { population: true },
    ReduceOp::Stdev { population: SAMPLE },
];

pub const EXTREMES: [ReduceOp; 4] = [ReduceOp::Min, ReduceOp::Max, ReduceOp::ArgMin, ReduceOp::ArgMax];

pub fn as_doubles(tensor: &Tensor) -> Vec<f64> {
    match tensor.dtype() {
        DType::I64 => tensor.to_vec::<i64>().into_iter().map(|x| x as f64).collect(),
        DType::F32 => tensor.to_vec::<f32>().into_iter().map(f64::from).collect(),
        _ => tensor.to_vec(),
    }
}

fn check<T: FromData>(op: ReduceOp, axis: Option<usize>, a: &Tensor, dtype: DType, real: fn(T) -> f64) {
    let lanes = axis.map_or_else(|| vec![a.to_vec::<T>()], |axis| lanes(a, axis));
    let expected: Vec<f64> =
        lanes.into_iter().map(|lane| naive(op, &lane.into_iter().map(real).collect::<Vec<_>>())).collect();
    assert_close(&as_doubles(&reduced(op, axis, a, dtype).unwrap()), &expected);
}

proptest! {
    #[test]
    fn sums_of_all(a in tensor(double())) {
        for op in SUMS {
            check::<f64>(op, None, &a, DType::F64, |x| x);
        }
    }

    #[test]
    fn sums_along_an_axis((a, axis) in with_axis(double())) {
        for op in SUMS {
            check::<f64>(op, Some(axis), &a, DType::F64, |x| x);
        }
    }

    #[test]
    fn products((a, axis) in with_axis(-3.0..3.0f64)) {
        check::<f64>(ReduceOp::Prod, None, &a, DType::F64, |x| x);
        check::<f64>(ReduceOp::Prod, Some(axis), &a, DType::F64, |x| x);
    }

    #[test]
    fn extremes((a, axis) in with_axis(double())) {
        for op in EXTREMES {
            let dtype = if matches!(op, ReduceOp::Min | ReduceOp::Max) { DType::F64 } else { DType::I64 };
            if !a.is_empty() {
                check::<f64>(op, None, &a, dtype, |x| x);
                check::<f64>(op, Some(axis), &a, dtype, |x| x);
            }
        }
    }

    #[test]
    fn whole_numbers((a, axis) in with_axis(-9..9i64)) {
        for axis in [None, Some(axis)] {
            check::<i64>(ReduceOp::Sum, axis, &a, DType::I64, |x| x as f64);
            check::<i64>(ReduceOp::Mean, axis, &a, DType::F64, |x| x as f64);
            check::<i64>(ReduceOp::Stdev { population: true }, axis, &a, DType::F64, |x| x as f64);
            if !a.is_empty() {
                check::<i64>(ReduceOp::Min, axis, &a, DType::I64, |x| x as f64);
                check::<i64>(ReduceOp::ArgMax, axis, &a, DType::I64, |x| x as f64);
            }
        }
    }

    #[test]
    fn single_precision_accumulates_in_double((a, axis) in with_axis(-9.0..9.0f32)) {
        for axis in [None, Some(axis)] {
            check::<f32>(ReduceOp::Sum, axis, &a, DType::F64, f64::from);
            check::<f32>(ReduceOp::L2Norm, axis, &a, DType::F64, f64::from);
        }
    }

    #[test]
    fn truth_values((a, axis) in with_axis(any::<bool>())) {
        let any = reduced(ReduceOp::Any, Some(axis), &a, DType::Bool).unwrap().to_vec::<bool>();
        let all = reduced(ReduceOp::All, Some(axis), &a, DType::Bool).unwrap().to_vec::<bool>();
        let sum = reduced(ReduceOp::Sum, Some(axis), &a, DType::I64).unwrap().to_vec::<i64>();
        let lanes = lanes::<bool>(&a, axis);
        prop_assert_eq!(any, lanes.iter().map(|lane| lane.contains(&true)).collect::<Vec<_>>());
        prop_assert_eq!(all, lanes.iter().map(|lane| !lane.contains(&false)).collect::<Vec<_>>());
        prop_assert_eq!(sum, lanes.iter().map(|l| l.iter().filter(|x| **x).count() as i64).collect::<Vec<_>>());
    }

    #[test]
    fn complex_numbers((a, axis) in with_axis((finite(), finite()).prop_map(|(re, im)| Complex64::new(re, im)))) {
        for op in [ReduceOp::Sum, ReduceOp::Mean] {
            let found = reduced(op, Some(axis), &a, DType::C128).unwrap().to_vec::<Complex64>();
            for (z, lane) in found.iter().zip(lanes::<Complex64>(&a, axis)) {
                let part = |f: fn(&Complex64) -> f64| naive(op, &lane.iter().map(f).collect::<Vec<_>>());
                assert_close(&[z.re, z.im], &[part(|z| z.re), part(|z| z.im)]);
            }
        }
        let norms = reduced(ReduceOp::L2Norm, Some(axis), &a, DType::F64).unwrap().to_vec::<f64>();
        let expected: Vec<f64> = lanes::<Complex64>(&a, axis)
            .iter()
            .map(|lane| lane.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt())
            .collect();
        assert_close(&norms, &expected);
    }
}

#[test]
fn answers_for_nothing() {
    let nothing = Tensor::from_vec(Vec::<f64>::new(), [0]).unwrap();
    assert_eq!(number(ReduceOp::Sum, &nothing), 0.0);
    assert_eq!(number(ReduceOp::Prod, &nothing), 1.0);
    assert_eq!(number(ReduceOp::L2Norm, &nothing), 0.0);
    assert!(number(ReduceOp::Mean, &nothing).is_nan());
    assert!(number(ReduceOp::Variance { population: true }, &nothing).is_nan());
    assert!(number(ReduceOp::Stdev { population: SAMPLE }, &nothing).is_nan());
    assert!(number(ReduceOp::Stdev { population: SAMPLE }, &vector(&[3.0])).is_nan());
    let rows = Tensor::from_vec(Vec::<f64>::new(), [2, 0]).unwrap();
    assert_eq!(reduced(ReduceOp::Sum, Some(1), &rows, DType::F64).unwrap().to_vec::<f64>(), [0.0, 0.0]);
}

#[test]
fn single_precision_ones_are_counted() {
    let ones =
        Tensor::from_vec(vec![1.0f32], [1]).unwrap().broadcast_to(&Shape::new(&[(1 << 24) + 1])).unwrap();
    assert_eq!(number(ReduceOp::Sum, &ones), 16_777_217.0);
}

#[test]
fn ten_million_values_within_an_ulp() {
    let n = 10_000_000;
    let values: Vec<f64> = (0..n).map(|i| 1.0 / f64::from(i + 1)).collect();
    // The harmonic number, by its asymptotic series.
    let x = f64::from(n);
    let expected = x.ln() + 0.577_215_664_901_532_9 + 1.0 / (2.0 * x) - 1.0 / (12.0 * x * x);
    let sum = number(ReduceOp::Sum, &vector(&values));
    assert!((sum - expected).abs() <= 4e-15, "{sum} against {expected}");
}

#[test]
fn results_do_not_depend_on_threads() {
    let values: Vec<f64> = (0..3_000_000).map(|i| f64::from(i).sin()).collect();
    for dims in
        [vec![3_000_000], vec![3, 1_000_000], vec![1_000_000, 3], vec![30_000, 100], vec![100, 30_000]]
    {
        let a = Tensor::from_vec(values.clone(), Shape::from(dims)).unwrap();
        let axes: Vec<Option<usize>> = std::iter::once(None).chain((0..a.shape().rank()).map(Some)).collect();
        for axis in axes {
            let shape = axis.map_or(Shape::scalar(), |axis| a.shape().without(axis));
            let [one, many] = [1, 4].map(|threads| {
                let context = ExecutionContext::unlimited().with_threads(threads);
                run_in(&context, |output| {
                    reduce(ReduceOp::Stdev { population: false }, axis, &a.view(), &shape, DType::F64, output)
                })
                .unwrap()
                .to_vec::<f64>()
            });
            assert_eq!(one, many, "{} along {axis:?}", a.shape());
            let expected: Vec<f64> = axis
                .map_or_else(|| vec![a.to_vec()], |axis| lanes::<f64>(&a, axis))
                .iter()
                .map(|lane| naive(ReduceOp::Stdev { population: false }, lane))
                .collect();
            assert_close(&one, &expected);
        }
    }
}

#[test]
fn long_lanes_of_places() {
    let mut values: Vec<f64> = (0..400_000).map(|i| f64::from(i % 1000)).collect();
    values[150_321] = -1.0;
    values[300_007] = -1.0;
    let a = Tensor::from_vec(values, [2, 200_000]).unwrap();
    assert_eq!(reduced(ReduceOp::ArgMin, None, &a, DType::I64).unwrap().to_vec::<i64>(), [150_321]);
    assert_eq!(
        reduced(ReduceOp::ArgMin, Some(1), &a, DType::I64).unwrap().to_vec::<i64>(),
        [150_321, 100_007]
    );
    let columns = a.transpose();
    assert_eq!(
        reduced(ReduceOp::ArgMin, Some(0), &columns, DType::I64).unwrap().to_vec::<i64>(),
        [150_321, 100_007]
    );
    let backwards = a.index(&[Take::All, Take::Range { start: None, stop: None, step: -1 }]).unwrap();
    assert_eq!(
        reduced(ReduceOp::ArgMin, Some(1), &backwards, DType::I64).unwrap().to_vec::<i64>(),
        [49_678, 99_992]
    );
}

#[test]
fn whole_sums_are_exact_or_an_error() {
    let sum = |values: &[i64]| {
        reduced(ReduceOp::Sum, None, &vector(values), DType::I64).map(|t| t.to_vec::<i64>()[0])
    };
    let overflow = Err(Error::IntegerOverflow { operation: "TEST" });
    assert_eq!(sum(&[i64::MAX, 1, -1]), Ok(i64::MAX));
    assert_eq!(sum(&[i64::MIN, -1, 1]), Ok(i64::MIN));
    assert_eq!(sum(&[i64::MAX, 1]), overflow);
    let product = |values: &[i64]| {
        reduced(ReduceOp::Prod, None, &vector(values), DType::I64).map(|t| t.to_vec::<i64>()[0])
    };
    assert_eq!(product(&[i64::MAX, 2, 0]), Ok(0));
    assert_eq!(product(&[1 << 62, 2, -1]), Ok(i64::MIN));
    assert_eq!(product(&[1 << 62, 2]), overflow);
    let rows = Tensor::from_vec(vec![i64::MAX, 1, 2, 3], [2, 2]).unwrap();
    assert_eq!(
        reduced(ReduceOp::Sum, Some(1), &rows, DType::I64).map(|t| t.to_vec::<i64>()),
        Err(Error::IntegerOverflow { operation: "TEST" })
    );
    assert_eq!(number(ReduceOp::Mean, &vector(&[i64::MAX, i64::MAX])), i64::MAX as f64);
}

#[test]
fn norms_of_huge_and_tiny_numbers() {
    let norm = |values: &[f64]| number(ReduceOp::L2Norm, &vector(values));
    assert_close(&[norm(&[3e200, 4e200]) / 1e200], &[5.0]);
    assert_close(&[norm(&[3e-200, 4e-200]) * 1e200], &[5.0]);
    assert_eq!(norm(&[f64::INFINITY, 1.0]), f64::INFINITY);
    assert!(norm(&[f64::NAN, 1e200]).is_nan());
    let rows = Tensor::from_vec(vec![3e200, 4e200, 0.0, 0.0, 3.0, 4.0], [3, 2]).unwrap();
    let norms = reduced(ReduceOp::L2Norm, Some(1), &rows, DType::F64).unwrap().to_vec::<f64>();
    assert_close(&[norms[0] / 1e200, norms[1], norms[2]], &[5.0, 0.0, 5.0]);
}

#[test]
fn constants_do_not_vary() {
    for x in [0.1, 1e-21, 12345.678] {
        let a = Tensor::from_vec(vec![x], [1]).unwrap().broadcast_to(&Shape::new(&[100_001])).unwrap();
        assert_eq!(number(ReduceOp::Variance { population: true }, &a), 0.0);
    }
}
