use linal_tensor::kernel::scan::{cumsum, diff};
use linal_tensor::{DType, Error, ExecutionContext, Result, Shape, Tensor};
use proptest::prelude::*;

use crate::layouts::{finite, lanes, with_axis};
use crate::{assert_close, run, run_in, vector};

fn running(axis: Option<usize>, a: &Tensor) -> Result<Tensor> {
    let shape = axis.map_or(Shape::new(&[a.len()]), |_| a.shape().clone());
    run(|output| cumsum(axis, &[a.view()], &shape, a.dtype(), output))
}

fn differences(a: &Tensor) -> Result<Tensor> {
    let last = a.shape().rank() - 1;
    let shape = a.shape().resized(last, a.shape()[last].saturating_sub(1));
    run(|output| diff(&[a.view()], &shape, a.dtype(), output))
}

fn running_naive(lane: &[f64]) -> Vec<f64> {
    lane.iter()
        .scan(0.0, |total, x| {
            *total += x;
            Some(*total)
        })
        .collect()
}

proptest! {
    #[test]
    fn running_sums((a, axis) in with_axis(finite())) {
        assert_close(&running(None, &a).unwrap().to_vec(), &running_naive(&a.to_vec()));
        let found = running(Some(axis), &a).unwrap();
        prop_assert_eq!(found.shape(), a.shape());
        for (found, lane) in lanes::<f64>(&found, axis).iter().zip(lanes::<f64>(&a, axis)) {
            assert_close(found, &running_naive(&lane));
        }
    }

    #[test]
    fn min_grain((a, _) in with_axis(-50..50i64)) {
        let last = a.shape().rank() - 1;
        let expected: Vec<i64> = lanes::<i64>(&a, last)
            .iter()
            .flat_map(|lane| lane.windows(2).map(|w| w[1] - w[0]).collect::<Vec<_>>())
            .collect();
        prop_assert_eq!(differences(&a).unwrap().to_vec::<i64>(), expected);
    }
}

#[test]
fn long_and_wide_sums_by_several_threads() {
    let context = ExecutionContext::unlimited().with_threads(3);
    for dims in [[3, 300_000], [300_000, 3], [1000, 900]] {
        let values: Vec<f64> = (0..900_000).map(|i| f64::from(i % 7)).collect();
        let a = Tensor::from_vec(values, dims).unwrap();
        for axis in 0..2 {
            let found =
                run_in(&context, |output| cumsum(Some(axis), &[a.view()], a.shape(), DType::F64, output))
                    .unwrap();
            for (found, lane) in lanes::<f64>(&found, axis).iter().zip(lanes::<f64>(&a, axis)) {
                assert!(*found == running_naive(&lane));
            }
        }
    }
}

#[test]
fn dtypes_are_kept() {
    let sum = running(None, &vector(&[0.1f32; 5])).unwrap();
    assert_eq!(sum.to_vec::<f32>(), [0.1, 0.2, 0.3, 0.4, 0.5]);
    assert_eq!(running(None, &vector(&[1i64, 2, 3])).unwrap().to_vec::<i64>(), [1, 3, 6]);
    assert_eq!(differences(&vector(&[1.0f32, 4.0])).unwrap().to_vec::<f32>(), [3.0]);
}

#[test]
fn whole_numbers_that_do_not_fit() {
    let overflow = Error::IntegerOverflow { operation: "TEST" };
    assert_eq!(running(None, &vector(&[i64::MAX, 1])).unwrap_err(), overflow);
    assert_eq!(differences(&vector(&[i64::MIN, 1])).unwrap_err(), overflow);
}
