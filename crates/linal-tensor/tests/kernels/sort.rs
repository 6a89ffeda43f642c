use std::cmp::Ordering;

use linal_tensor::kernel::sort::{argsort, sort};
use linal_tensor::kernel::unique::unique;
use linal_tensor::{DType, ExecutionContext, Result, Tensor};
use proptest::prelude::*;

use crate::layouts::{double, lanes, with_axis};
use crate::{run, run_in, vector};

fn sorted(a: &Tensor) -> Result<Tensor> {
    run(|output| sort(&[a.view()], a.shape(), a.dtype(), output))
}

fn arg_sorted(a: &Tensor) -> Result<Tensor> {
    run(|output| argsort(&[a.view()], a.shape(), DType::I64, output))
}

/// Ascending, NaN last.
fn order(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Equality in which NaN equals NaN, and -0 equals 0.
fn comparable(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().map(|x| (!x.is_nan()).then_some(*x)).collect()
}

proptest! {
    #[test]
    fn lanes_are_sorted((a, _) in with_axis(double())) {
        let last = a.shape().rank() - 1;
        let mut values = Vec::new();
        let mut places = Vec::new();
        for lane in lanes::<f64>(&a, last) {
            let mut order_of: Vec<i64> = (0..lane.len() as i64).collect();
            order_of.sort_by(|&i, &j| order(&lane[i as usize], &lane[j as usize]));
            values.extend(order_of.iter().map(|&i| lane[i as usize]));
            places.extend(order_of);
        }
        prop_assert_eq!(comparable(&sorted(&a).unwrap().to_vec()), comparable(&values));
        prop_assert_eq!(arg_sorted(&a).unwrap().to_vec::<i64>(), places);
    }

    #[test]
    fn values_are_listed_once((a, _) in with_axis(double())) {
        let mut values = a.to_vec::<f64>();
        values.sort_by(order);
        values.dedup_by(|x, y| x == y || (x.is_nan() && y.is_nan()));
        let found = unique(&a, &ExecutionContext::unlimited()).unwrap();
        prop_assert_eq!(comparable(&found.to_vec()), comparable(&values));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn large_lanes(seed in any::<u64>(), distinct in prop::sample::select(vec![1u64, 2, 1000, u64::MAX])) {
        let mut state = seed | 1;
        let values: Vec<i64> = (0..600_000)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state % distinct) as i64
            })
            .collect();
        let a = vector(&values);
        let mut expected = values.clone();
        expected.sort_unstable();
        let context = ExecutionContext::unlimited().with_threads(2);
        let found = run_in(&context, |output| sort(&[a.view()], a.shape(), DType::I64, output)).unwrap();
        prop_assert!(found.to_vec::<i64>() == expected);
        let places = run_in(&context, |output| argsort(&[a.view()], a.shape(), DType::I64, output)).unwrap().to_vec::<i64>();
        let in_order = |w: &[i64]| {
            let (x, y) = (values[w[0] as usize], values[w[1] as usize]);
            x < y || (x == y && w[0] < w[1])
        };
        prop_assert!(places.windows(2).all(in_order));
    }
}

#[test]
fn sorted_input_and_its_reverse_stay_fast() {
    let rising: Vec<f64> = (0..2_000_000).map(f64::from).collect();
    let mut falling = rising.clone();
    falling.reverse();
    assert!(sorted(&vector(&falling)).unwrap().to_vec::<f64>() == rising);
    assert!(sorted(&vector(&rising)).unwrap().to_vec::<f64>() == rising);
}

#[test]
fn truth_values_have_an_order() {
    assert_eq!(sorted(&vector(&[true, false, true])).unwrap().to_vec::<bool>(), [false, true, true]);
    assert_eq!(arg_sorted(&vector(&[true, false, true])).unwrap().to_vec::<i64>(), [1, 0, 2]);
}
