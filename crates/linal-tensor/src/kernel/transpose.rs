//! Copies of transposed (column-major) matrices, tile by tile.
//!
//! Read row by row, such a matrix reads another cache line for each element, and the line is evicted before
//! the next row needs it. A tile reads and writes whole cache lines.

use crate::kernel::Register;

/// Rows and columns of a tile: 16 `f32` are a cache line.
const TILE_SIZE: usize = 16;

/// Consecutive elements of a matrix in row-major order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panel {
    /// Index of the first element of the first row of the panel.
    pub first: isize,
    /// Columns of the matrix.
    pub columns: usize,
    /// Distance of adjacent elements in a column.
    pub row_step: isize,
    /// Distance of adjacent elements in a row.
    pub column_step: isize,
    /// Elements of the first row that come before the panel.
    pub skip: usize,
}

/// A tile of at most [`TILE_SIZE`] rows and columns, in memory order.
type Tile<T> = [[T; TILE_SIZE]; TILE_SIZE];

impl Panel {
    /// The least number of rows of a panel: with fewer rows too little of each cache line is used.
    pub const MIN_ROWS: usize = 4;

    /// Writes the first `out.len()` elements in row-major order.
    pub fn write<T: Register>(&self, data: &[T], out: &mut [T]) {
        let rows = (self.skip + out.len()).div_ceil(self.columns);
        let mut tile = [[T::default(); TILE_SIZE]; TILE_SIZE];
        for column in (0..self.columns).step_by(TILE_SIZE) {
            let width = TILE_SIZE.min(self.columns - column);
            for row in (0..rows).step_by(TILE_SIZE) {
                let height = TILE_SIZE.min(rows - row);
                self.read(data, row, height, column, &mut tile[..width]);
                for i in 0..height {
                    self.write_row(&tile, i, row + i, column..column + width, out);
                }
            }
        }
    }

    /// Reads a tile.
    #[inline(always)]
    fn read<T: Register>(
        &self,
        data: &[T],
        row: usize,
        height: usize,
        column: usize,
        tile: &mut [[T; TILE_SIZE]],
    ) {
        for (j, line) in tile.iter_mut().enumerate() {
            let start = self.first + self.row_step * row as isize + self.column_step * (column + j) as isize;
            if self.row_step == 1 {
                let start = start as usize;
                match (height, data.get(start..).and_then(|rest| rest.first_chunk::<TILE_SIZE>())) {
                    (TILE_SIZE, Some(whole)) => *line = *whole,
                    _ => line[..height].copy_from_slice(&data[start..start + height]),
                }
            } else {
                for (i, slot) in line[..height].iter_mut().enumerate() {
                    *slot = data[(start + self.row_step * i as isize) as usize];
                }
            }
        }
    }

    /// Writes the part of row `i` of a tile that belongs to the panel.
    #[inline(always)]
    fn write_row<T: Register>(
        &self,
        tile: &Tile<T>,
        i: usize,
        row: usize,
        columns: std::ops::Range<usize>,
        out: &mut [T],
    ) {
        let start = (row * self.columns + columns.start) as isize - self.skip as isize;
        let width = columns.len();
        let whole = usize::try_from(start).ok().and_then(|start| out.get_mut(start..start + width));
        match whole.map(<[T]>::as_chunks_mut::<TILE_SIZE>) {
            Some(([slots], _)) => {
                for (slot, line) in slots.iter_mut().zip(tile) {
                    *slot = line[i];
                }
            }
            _ => {
                // The first row starts before the panel, and the last one ends after it.
                let (from, to) = ((-start).clamp(0, width as isize), out.len() as isize - start);
                let to = to.clamp(from, width as isize);
                let slots = out.get_mut((start + from) as usize..(start + to) as usize).unwrap_or_default();
                for (slot, line) in slots.iter_mut().zip(&tile[from as usize..]) {
                    *slot = line[i];
                }
            }
        }
    }
}
