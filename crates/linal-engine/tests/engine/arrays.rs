//! Arrays of plain vectors: what tensors must agree with, without strides, buffers or blocks.

use linal_tensor::{FromData, Tensor};
use proptest::prelude::*;

/// Elements in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    pub dims: Vec<usize>,
    pub values: Vec<T>,
}

impl<T: FromData> Array<T> {
    pub fn new(dims: &[usize], values: Vec<T>) -> Array<T> {
        assert_eq!(values.len(), dims.iter().product::<usize>());
        Array { dims: dims.to_vec(), values }
    }

    /// The element at a place, one index for each axis.
    pub fn at(&self, place: &[usize]) -> T {
        let flat = place.iter().zip(&self.dims).fold(0, |flat, (&i, &size)| flat * size + i);
        self.values[flat]
    }

    /// An array of the given sizes, each element taken from a place of this one.
    pub fn gather(&self, dims: &[usize], from: impl Fn(&[usize]) -> Vec<usize>) -> Array<T> {
        Array::new(dims, places(dims).map(|place| self.at(&from(&place))).collect())
    }

    pub fn transpose(&self) -> Array<T> {
        let dims: Vec<usize> = self.dims.iter().rev().copied().collect();
        self.gather(&dims, |place| place.iter().rev().copied().collect())
    }

    /// Every `step`-th place of an axis from `start` on, `count` of them.
    pub fn slice(&self, axis: usize, start: i64, step: i64, count: usize) -> Array<T> {
        let mut dims = self.dims.clone();
        dims[axis] = count;
        self.gather(&dims, |place| {
            let mut place = place.to_vec();
            place[axis] = (start + step * place[axis] as i64) as usize;
            place
        })
    }

    /// The part at one place of the first axis.
    pub fn row(&self, row: usize) -> Array<T> {
        self.gather(&self.dims[1..], |place| [&[row], place].concat())
    }

    pub fn reshape(&self, dims: &[usize]) -> Array<T> {
        Array::new(dims, self.values.clone())
    }

    /// NumPy's broadcasting: sizes of 1 and axes that are missing in front stretch.
    pub fn broadcast(&self, dims: &[usize]) -> Array<T> {
        let lead = dims.len() - self.dims.len();
        self.gather(dims, |place| {
            place[lead..].iter().zip(&self.dims).map(|(&i, &size)| if size == 1 { 0 } else { i }).collect()
        })
    }

    /// The elements in a buffer of their own.
    pub fn tensor(&self) -> Tensor {
        Tensor::from_vec(self.values.clone(), self.dims.clone()).unwrap()
    }

    /// The same elements behind a layout of the given kind.
    pub fn laid_out(&self, layout: Layout) -> Tensor {
        match layout {
            Layout::Transposed => self.transpose().tensor().transpose(),
            Layout::Reversed => self.reversed().tensor().index(&all_axes(self.dims.len(), -1)).unwrap(),
            Layout::Spread => self.spread().tensor().index(&all_axes(self.dims.len(), 2)).unwrap(),
            Layout::Contiguous => self.tensor(),
        }
    }

    fn reversed(&self) -> Array<T> {
        self.gather(&self.dims, |place| {
            place.iter().zip(&self.dims).map(|(&i, &size)| size - 1 - i).collect()
        })
    }

    /// Every element twice along every axis.
    fn spread(&self) -> Array<T> {
        let dims: Vec<usize> = self.dims.iter().map(|size| size * 2).collect();
        self.gather(&dims, |place| place.iter().map(|i| i / 2).collect())
    }
}

fn all_axes(rank: usize, step: i64) -> Vec<linal_tensor::Take> {
    vec![linal_tensor::Take::Range { start: None, stop: None, step }; rank]
}

/// All places of the sizes in row-major order.
pub fn places(dims: &[usize]) -> impl Iterator<Item = Vec<usize>> + use<> {
    let dims = dims.to_vec();
    (0..dims.iter().product()).map(move |flat: usize| {
        let mut rest = flat;
        let mut place = vec![0; dims.len()];
        for axis in (0..dims.len()).rev() {
            place[axis] = rest % dims[axis];
            rest /= dims[axis];
        }
        place
    })
}

/// How the elements of a tensor lie in its buffer.
#[derive(Clone, Copy, Debug)]
pub enum Layout {
    Contiguous,
    Transposed,
    Reversed,
    Spread,
}

pub fn layout() -> impl Strategy<Value = Layout> {
    prop::sample::select(vec![Layout::Contiguous, Layout::Transposed, Layout::Reversed, Layout::Spread])
}
