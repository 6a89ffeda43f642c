//! Strategies of random tensors with random views.

use linal_tensor::{FromData, Shape, Take, Tensor};
use proptest::prelude::*;

/// A view in a chain of views.
#[derive(Clone, Debug)]
pub enum Step {
    Transpose,
    /// A range of an axis, given by fractions, and a step.
    Slice(usize, usize, usize, i64),
    /// An index of the first axis.
    Row(usize),
    /// A broadcast along a new first axis.
    Repeat(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Transpose),
        (0..4usize, 0..8usize, 0..8usize, prop::sample::select(vec![-2i64, -1, 1, 2]))
            .prop_map(|(axis, a, b, step)| Step::Slice(axis, a, b, step)),
        (0..8usize).prop_map(Step::Row),
        (1..4usize).prop_map(Step::Repeat),
    ]
}

fn apply(tensor: Tensor, step: &Step) -> Tensor {
    let dims = tensor.shape().dims().to_vec();
    match *step {
        Step::Transpose => tensor.transpose(),
        Step::Slice(axis, a, b, step) if !dims.is_empty() => {
            let axis = axis % dims.len();
            let (a, b) = (a.min(dims[axis]) as i64, b.min(dims[axis]) as i64);
            let (start, stop) = if step > 0 { (a.min(b), a.max(b)) } else { (a.max(b), a.min(b)) };
            let mut takes = vec![Take::All; axis];
            takes.push(Take::Range { start: Some(start), stop: Some(stop), step });
            tensor.index(&takes).unwrap()
        }
        Step::Row(place) if dims.first().is_some_and(|&d| d > 0) => {
            tensor.index(&[Take::At((place % dims[0]) as i64)]).unwrap()
        }
        Step::Repeat(count) if dims.len() < 4 => {
            tensor.broadcast_to(&tensor.shape().with_axis(0, count)).unwrap()
        }
        _ => tensor,
    }
}

/// A tensor of random elements with up to four views.
pub fn tensor<T, S>(element: S) -> impl Strategy<Value = Tensor>
where
    T: FromData,
    S: Strategy<Value = T> + Clone,
{
    prop::collection::vec(0..7usize, 0..4)
        .prop_flat_map(move |dims| {
            let len = dims.iter().product::<usize>();
            let values = prop::collection::vec(element.clone(), len);
            (Just(dims), values, prop::collection::vec(step(), 0..5))
        })
        .prop_map(|(dims, values, steps)| {
            let tensor = Tensor::from_vec(values, Shape::from(dims)).unwrap();
            steps.iter().fold(tensor, apply)
        })
}

/// As [`tensor`], with one of its axes.
pub fn with_axis<T, S>(element: S) -> impl Strategy<Value = (Tensor, usize)>
where
    T: FromData,
    S: Strategy<Value = T> + Clone,
{
    (tensor(element), 0..4usize).prop_filter("an axis", |(tensor, _)| tensor.shape().rank() > 0).prop_map(
        |(tensor, axis)| {
            let axis = axis % tensor.shape().rank();
            (tensor, axis)
        },
    )
}

/// f64 numbers, with some NaN and infinities.
pub fn double() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![
        12 => -100.0..100.0f64,
        4 => (-3i32..4).prop_map(f64::from),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]),
    ]
}

/// Finite f64 numbers.
pub fn finite() -> impl Strategy<Value = f64> + Clone {
    -100.0..100.0f64
}

/// The elements of each lane along an axis, with lanes in logical order.
pub fn lanes<T: FromData>(tensor: &Tensor, axis: usize) -> Vec<Vec<T>> {
    let dims = tensor.shape().dims();
    let values = tensor.to_vec::<T>();
    let inner: usize = dims[axis + 1..].iter().product();
    let outer: usize = dims[..axis].iter().product();
    let at = |o: usize, k: usize, i: usize| values[(o * dims[axis] + k) * inner + i];
    (0..outer)
        .flat_map(|o| (0..inner).map(move |i| (o, i)))
        .map(|(o, i)| (0..dims[axis]).map(|k| at(o, k, i)).collect())
        .collect()
}
