use linal_tensor::kernel::mask::mask;
use linal_tensor::{ExecutionContext, Shape, Tensor};
use proptest::prelude::*;

use crate::layouts::tensor;
use crate::vector;

/// A mask for the leading axes of a shape, with its own layout.
fn masked_axes(shape: &Shape, rank: usize, seed: u64) -> Tensor {
    let dims: Vec<usize> = shape.dims()[..rank].iter().rev().copied().collect();
    let len = dims.iter().product::<usize>() as u64;
    let values = (0..len).map(|i| (i.wrapping_mul(seed) >> 7).is_multiple_of(3)).collect();
    Tensor::from_vec(values, dims).unwrap().transpose()
}

proptest! {
    #[test]
    fn rows_where_the_mask_is_true(a in tensor(any::<i64>()), rank in 0..5usize, seed in any::<u64>()) {
        let rank = rank.min(a.shape().rank());
        let m = masked_axes(a.shape(), rank, seed);
        let found = mask(&a, &m, &ExecutionContext::unlimited()).unwrap();
        let row: usize = a.shape().dims()[rank..].iter().product();
        let values = a.to_vec::<i64>();
        let chosen: Vec<usize> = m.to_vec::<bool>().iter().enumerate().filter(|(_, take)| **take).map(|(i, _)| i).collect();
        let expected: Vec<i64> = chosen.iter().flat_map(|i| values[i * row..(i + 1) * row].to_vec()).collect();
        prop_assert_eq!(found.shape().dims()[0], chosen.len());
        prop_assert_eq!(&found.shape().dims()[1..], &a.shape().dims()[rank..]);
        prop_assert_eq!(found.to_vec::<i64>(), expected);
    }
}

#[test]
fn many_elements() {
    let values: Vec<i64> = (0..300_000).collect();
    let take: Vec<bool> = values.iter().map(|x| x % 1717 == 0 || *x > 299_000).collect();
    let found = mask(&vector(&values), &vector(&take), &ExecutionContext::unlimited()).unwrap();
    let expected: Vec<i64> = values.into_iter().filter(|x| x % 1717 == 0 || *x > 299_000).collect();
    assert_eq!(found.to_vec::<i64>(), expected);
}

#[test]
fn masks_that_do_not_fit() {
    let message =
        |a: &Tensor, m: &Tensor| mask(a, m, &ExecutionContext::unlimited()).unwrap_err().to_string();
    let a = vector(&[1.0, 2.0]);
    assert_eq!(
        message(&a, &vector(&[true])),
        "mask of shapes [2] and [1]: the mask must have the shape of the tensor, or of its leading axes"
    );
    assert_eq!(message(&a, &vector(&[1i64, 0])), "mask takes a mask of Booleans, not i64");
}
