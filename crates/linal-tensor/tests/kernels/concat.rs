use linal_tensor::kernel::concat;
use linal_tensor::{DType, Tensor};
use proptest::prelude::*;

use crate::layouts::with_axis;
use crate::run;

fn joined(axis: usize, inputs: &[&Tensor]) -> Tensor {
    let views: Vec<_> = inputs.iter().map(|tensor| tensor.view()).collect();
    let size = inputs.iter().map(|tensor| tensor.shape()[axis]).sum();
    let shape = inputs[0].shape().resized(axis, size);
    run(|output| concat::run(axis, &views, &shape, DType::I64, output)).unwrap()
}

fn naive(axis: usize, inputs: &[&Tensor]) -> Vec<i64> {
    let dims = inputs[0].shape().dims();
    let outer: usize = dims[..axis].iter().product();
    let inner: usize = dims[axis + 1..].iter().product();
    (0..outer)
        .flat_map(|row| {
            inputs.iter().flat_map(move |tensor| {
                let len = tensor.shape()[axis] * inner;
                tensor.to_vec::<i64>()[row * len..(row + 1) * len].to_vec()
            })
        })
        .collect()
}

proptest! {
    #[test]
    fn inputs_follow_one_another((a, axis) in with_axis(any::<i64>()), sizes in prop::collection::vec(0..5usize, 1..4)) {
        let others: Vec<Tensor> = sizes
            .iter()
            .map(|&size| {
                let shape = a.shape().resized(axis, size);
                let values = (0..shape.len() as i64).collect();
                Tensor::from_vec(values, shape).unwrap()
            })
            .collect();
        let inputs: Vec<&Tensor> = std::iter::once(&a).chain(&others).collect();
        prop_assert_eq!(joined(axis, &inputs).to_vec::<i64>(), naive(axis, &inputs));
    }
}

#[test]
fn large_inputs_of_both_layouts() {
    let a = Tensor::from_vec((0..600_000i64).collect(), [600, 1000]).unwrap();
    let b = Tensor::from_vec((0..700_000i64).collect(), [1000, 700]).unwrap().transpose();
    assert!(joined(0, &[&a, &b]).to_vec::<i64>() == naive(0, &[&a, &b]));
    let c = Tensor::from_vec((0..1800i64).collect(), [600, 3]).unwrap();
    assert!(joined(1, &[&a, &c, &a]).to_vec::<i64>() == naive(1, &[&a, &c, &a]));
}
