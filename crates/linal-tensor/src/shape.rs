//! Shapes, strides and broadcasting.

use std::fmt;

use smallvec::SmallVec;

/// The sizes of the axes of a tensor, outermost first. `[]` is a scalar.
#[derive(Debug, Default, Eq)]
pub struct Shape(SmallVec<[usize; INLINE]>);

/// The most axes whose sizes or strides are stored inline.
const INLINE: usize = 4;

impl Clone for Shape {
    #[inline]
    fn clone(&self) -> Shape {
        Shape(inline_copy(&self.0))
    }
}

impl PartialEq for Shape {
    /// Compares axis by axis: for the few axes of most shapes this is faster than a call of `memcmp`.
    #[inline]
    fn eq(&self, other: &Shape) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| a == b)
    }
}

impl std::hash::Hash for Shape {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// A copy of a short list. Lists that are stored inline, as most are, are inline_copy without a call of
/// `memcpy`.
#[inline]
pub(crate) fn inline_copy<T: Copy + Default>(list: &SmallVec<[T; INLINE]>) -> SmallVec<[T; INLINE]> {
    if list.len() > INLINE {
        return SmallVec::from_slice(list);
    }
    let mut words = [T::default(); INLINE];
    for (word, &value) in words.iter_mut().zip(list) {
        *word = value;
    }
    SmallVec::from_buf_and_len(words, list.len())
}

/// Distances of adjacent elements along each axis, in elements; zero for a broadcast axis, negative for a
/// reversed one.
pub type Strides = SmallVec<[isize; INLINE]>;

impl Shape {
    /// The shape of a scalar.
    pub fn scalar() -> Shape {
        Shape::default()
    }

    /// A shape with the given axis sizes.
    pub fn new(dims: &[usize]) -> Shape {
        Shape(SmallVec::from_slice(dims))
    }

    /// The axis sizes.
    pub fn dims(&self) -> &[usize] {
        &self.0
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// Number of elements; `None` when it overflows `usize`.
    pub fn checked_len(&self) -> Option<usize> {
        if self.0.contains(&0) {
            return Some(0);
        }
        self.0.iter().try_fold(1usize, |n, &d| n.checked_mul(d))
    }

    /// Number of elements. The length of an existing tensor does not overflow.
    pub fn len(&self) -> usize {
        self.0.iter().product()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.0.contains(&0)
    }

    /// Strides of the row-major layout.
    pub fn contiguous_strides(&self) -> Strides {
        if let [_] = self.dims() {
            return SmallVec::from_buf_and_len([1, 0, 0, 0], 1);
        }
        let mut strides: Strides = SmallVec::from_elem(0, self.rank());
        let mut step = 1isize;
        for (axis, &d) in self.0.iter().enumerate().rev() {
            strides[axis] = step;
            step = step.wrapping_mul(d.max(1) as isize);
        }
        strides
    }

    /// The shape without one axis.
    pub fn without(&self, axis: usize) -> Shape {
        let mut dims = self.0.clone();
        dims.remove(axis);
        Shape(dims)
    }

    /// The shape with a new axis of the given size.
    pub fn with_axis(&self, axis: usize, size: usize) -> Shape {
        let mut dims = self.0.clone();
        dims.insert(axis, size);
        Shape(dims)
    }

    /// The shape with one axis resized.
    pub fn resized(&self, axis: usize, size: usize) -> Shape {
        let mut dims = self.0.clone();
        dims[axis] = size;
        Shape(dims)
    }

    /// The broadcast shape, as in NumPy: axes are aligned at the end, and a size of 1 is stretched.
    /// `None` when two sizes differ and neither is 1.
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let rank = self.rank().max(other.rank());
        let mut dims = SmallVec::from_elem(1, rank);
        for (i, out) in dims.iter_mut().enumerate() {
            let a = self.size_at(rank - i);
            let b = other.size_at(rank - i);
            *out = match (a, b) {
                (a, b) if a == b => a,
                (1, b) => b,
                (a, 1) => a,
                _ => return None,
            };
        }
        Some(Shape(dims))
    }

    /// Size of the axis at a distance from the end (1 is the last); 1 where there is none.
    fn size_at(&self, distance: usize) -> usize {
        self.rank().checked_sub(distance).map_or(1, |i| self.0[i])
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Shape {
        Shape::new(dims)
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Shape {
        Shape::new(&dims)
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Shape {
        Shape(SmallVec::from_vec(dims))
    }
}

impl std::ops::Index<usize> for Shape {
    type Output = usize;

    fn index(&self, axis: usize) -> &usize {
        &self.0[axis]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, d) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{d}")?;
        }
        f.write_str("]")
    }
}

/// The strides of a tensor of `shape` and `strides` broadcast to the shape `to`.
///
/// `to` must be a shape that `shape` broadcasts to.
pub fn broadcast_strides(shape: &Shape, strides: &[isize], to: &Shape) -> Strides {
    let lead = to.rank() - shape.rank();
    (0..to.rank())
        .map(|axis| match axis.checked_sub(lead) {
            Some(i) if shape[i] != 1 || to[axis] == 1 => strides[i],
            _ => 0,
        })
        .collect()
}
