//! Copies chunks into rows.

/// The geometry of an array and its chunks.
pub(super) struct Geometry {
    pub(super) dims: Vec<usize>,
    pub(super) chunk_dims: Vec<usize>,
    /// The distance of neighbours along each axis of a stored chunk, in elements.
    strides: Vec<usize>,
    /// Bytes of an element.
    pub(super) size: usize,
}

impl Geometry {
    /// `order` are the axes of a stored chunk, outermost first.
    pub(super) fn new(dims: &[usize], chunk_dims: &[usize], order: &[usize], size: usize) -> Geometry {
        let mut strides = vec![1; dims.len()];
        let mut stride = 1;
        for &axis in order.iter().rev() {
            strides[axis] = stride;
            stride *= chunk_dims[axis];
        }
        Geometry { dims: dims.to_vec(), chunk_dims: chunk_dims.to_vec(), strides, size }
    }

    /// Number of chunks along an axis.
    pub(super) fn chunks(&self, axis: usize) -> usize {
        self.dims[axis].div_ceil(self.chunk_dims[axis])
    }

    /// Bytes of a whole chunk.
    pub(super) fn chunk_bytes(&self) -> usize {
        self.chunk_dims.iter().product::<usize>() * self.size
    }

    /// Rows that chunks of a position along the first axis have within the array.
    pub(super) fn rows(&self, position: usize) -> usize {
        self.extent(0, position)
    }

    /// Bytes of a row.
    pub(super) fn row_bytes(&self) -> usize {
        self.dims[1..].iter().product::<usize>() * self.size
    }

    /// The part of a chunk along an axis that lies within the array.
    fn extent(&self, axis: usize, position: usize) -> usize {
        let start = position * self.chunk_dims[axis];
        self.chunk_dims[axis].min(self.dims[axis].saturating_sub(start))
    }

    /// Copies a chunk into the rows of all chunks of its position along the first axis.
    pub(super) fn copy(&self, index: &[usize], chunk: &[u8], rows: &mut [u8]) {
        let axes = self.dims.len();
        let extents: Vec<usize> = (0..axes).map(|axis| self.extent(axis, index[axis])).collect();
        if extents.contains(&0) {
            return;
        }
        // Where an element stands among the rows.
        let mut places = vec![1; axes];
        for axis in (1..axes).rev() {
            places[axis - 1] = places[axis] * self.dims[axis];
        }
        let start = |axis: usize| if axis == 0 { 0 } else { index[axis] * self.chunk_dims[axis] };
        let origin: usize = (0..axes).map(|axis| start(axis) * places[axis]).sum();
        let last = axes - 1;
        let mut at = vec![0; axes];
        loop {
            let offset =
                |strides: &[usize]| -> usize { at.iter().zip(strides).map(|(at, stride)| at * stride).sum() };
            let (from, to) = (offset(&self.strides), origin + offset(&places));
            self.run(chunk, from, rows, to, extents[last]);
            // The next index of all axes but the last.
            let Some(axis) = (0..last).rev().find(|&axis| at[axis] + 1 < extents[axis]) else { return };
            at[axis] += 1;
            at[axis + 1..].fill(0);
        }
    }

    /// Copies elements along the last axis.
    fn run(&self, chunk: &[u8], from: usize, rows: &mut [u8], to: usize, count: usize) {
        let (size, stride) = (self.size, self.strides[self.strides.len() - 1]);
        if stride == 1 {
            rows[to * size..][..count * size].copy_from_slice(&chunk[from * size..][..count * size]);
            return;
        }
        for step in 0..count {
            let element = &chunk[(from + step * stride) * size..][..size];
            rows[(to + step) * size..][..size].copy_from_slice(element);
        }
    }
}
