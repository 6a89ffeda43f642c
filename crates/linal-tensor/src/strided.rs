//! Tensors over memory from outside that is not in row-major order.

use std::sync::Arc;

use arrow_buffer::Buffer;

use crate::{DType, Error, Layout, Result, Shape, Tensor};

impl Tensor {
    /// A tensor over a buffer from outside: the element at `offset` is the first, and each axis has a stride,
    /// in elements, which may be zero or negative. The buffer is shared.
    ///
    /// ```
    /// use linal_tensor::{DType, Shape, Tensor};
    ///
    /// let columns = Tensor::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [3, 2])?;
    /// let buffer = columns.arrow_buffer().clone();
    /// let rows = Tensor::from_strided_buffer(DType::F64, Shape::new(&[2, 3]), &[1, 2], 0, buffer)?;
    /// assert_eq!(rows.to_vec::<f64>(), [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    /// # Ok::<(), linal_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// When an element lies outside of the buffer, the buffer is not aligned for the dtype or no multiple of its
    /// size, an axis has no stride, or a Boolean is neither 0 nor 1.
    pub fn from_strided_buffer(
        dtype: DType,
        shape: Shape,
        strides: &[isize],
        offset: usize,
        buffer: Buffer,
    ) -> Result<Tensor> {
        let length = buffer.len() / dtype.size();
        if !buffer.len().is_multiple_of(dtype.size()) || buffer.as_ptr().align_offset(dtype.size()) != 0 {
            return Err(Error::argument("tensor", format!("the buffer holds no elements of {dtype}")));
        }
        if strides.len() != shape.rank() || shape.checked_len().is_none() {
            return Err(Error::argument("tensor", format!("{} strides for shape {shape}", strides.len())));
        }
        let Some(range) = reach(&shape, strides, offset) else {
            let layout = Layout::contiguous(shape);
            return Ok(Tensor::over(dtype, layout, buffer));
        };
        if range.0 < 0 || range.1 >= length as i128 {
            return Err(Error::argument("tensor", format!("shape {shape} reaches outside of its buffer")));
        }
        if dtype == DType::Bool && buffer.as_slice().iter().any(|&byte| byte > 1) {
            return Err(Error::argument("tensor", "a Boolean is a byte 0 or 1"));
        }
        Ok(Tensor::over(dtype, Layout { shape, strides: strides.into(), offset }, buffer))
    }

    fn over(dtype: DType, layout: Layout, buffer: Buffer) -> Tensor {
        Tensor::of_layout(dtype, Arc::new(layout), buffer)
    }
}

/// The lowest and the highest index of an element; `None` when there is none. In 128 bits, where nothing
/// overflows.
fn reach(shape: &Shape, strides: &[isize], offset: usize) -> Option<(i128, i128)> {
    if shape.is_empty() {
        return None;
    }
    let mut range = (offset as i128, offset as i128);
    for (&size, &stride) in shape.dims().iter().zip(strides) {
        let far = (size as i128 - 1) * stride as i128;
        range = (range.0 + far.min(0), range.1 + far.max(0));
    }
    Some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strided(dims: &[usize], strides: &[isize], offset: usize) -> Result<Tensor> {
        let values = Tensor::from_vec((0..12_i64).collect(), [12])?;
        let buffer = values.arrow_buffer().clone();
        Tensor::from_strided_buffer(DType::I64, Shape::new(dims), strides, offset, buffer)
    }

    #[test]
    fn strides_select_elements() {
        let check = |dims: &[usize], strides: &[isize], offset, expected: &[i64]| {
            assert_eq!(strided(dims, strides, offset).unwrap().to_vec::<i64>(), expected);
        };
        check(&[2, 3], &[1, 4], 0, &[0, 4, 8, 1, 5, 9]);
        check(&[3], &[-2], 11, &[11, 9, 7]);
        check(&[2, 2], &[0, 1], 3, &[3, 4, 3, 4]);
        check(&[], &[], 7, &[7]);
        check(&[0, 5], &[99, 99], 0, &[]);
    }

    #[test]
    fn nothing_outside_of_the_buffer_is_read() {
        assert!(strided(&[2, 3], &[6, 3], 0).is_err());
        assert!(strided(&[3], &[-2], 3).is_err());
        assert!(strided(&[1], &[1], 12).is_err());
        assert!(strided(&[3], &[1, 1], 0).is_err());
        assert!(strided(&[2, 2], &[isize::MAX, isize::MAX], 0).is_err());
        assert!(strided(&[usize::MAX, 2], &[0, 0], 0).is_err());
    }

    #[test]
    fn every_view_of_a_random_layout_is_that_of_its_strides() {
        for seed in 0..200_usize {
            let dims = [1 + seed % 3, 1 + seed / 3 % 2, 1 + seed / 7 % 3];
            let strides = [(seed % 5) as isize - 2, (seed / 2 % 7) as isize - 3, (seed / 5 % 3) as isize];
            let offset = seed % 12;
            let index = |at: [usize; 3]| {
                offset as isize
                    + at.iter().zip(strides).map(|(&at, stride)| at as isize * stride).sum::<isize>()
            };
            let mut expected = Vec::new();
            for a in 0..dims[0] {
                for b in 0..dims[1] {
                    for c in 0..dims[2] {
                        expected.push(index([a, b, c]));
                    }
                }
            }
            let fits = expected.iter().all(|at| (0..12).contains(at));
            match strided(&dims, &strides, offset) {
                Ok(tensor) => {
                    let found: Vec<isize> = tensor.to_vec::<i64>().iter().map(|&x| x as isize).collect();
                    assert_eq!(found, expected);
                }
                Err(_) => assert!(!fits),
            }
        }
    }
}
