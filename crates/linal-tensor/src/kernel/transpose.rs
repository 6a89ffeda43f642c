//! Copying matrices whose columns lie in memory as rows should: tile by tile.
//!
//! Read row by row, such a matrix touches another cache line for each element, and has lost the line when the next row
//! needs it. A tile reads whole lines and writes whole lines.

use crate::kernel::Register;

/// Rows and columns of a tile: a cache line of the smallest numbers.
const SIDE: usize = 16;

/// Some neighbouring elements of a matrix, counted row by row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panel {
    /// Place of the first element of the row in which the panel begins.
    pub first: isize,
    /// Columns of the matrix.
    pub columns: usize,
    /// Distance of neighbours in a column.
    pub row_step: isize,
    /// Distance of neighbours in a row.
    pub column_step: isize,
    /// Elements of the first row that come before the panel.
    pub skip: usize,
}

/// A tile: at most [`SIDE`] rows and columns, as they lie in memory.
type Tile<T> = [[T; SIDE]; SIDE];

impl Panel {
    /// Rows that a panel has at least: with fewer of them a line holds little that is needed.
    pub const LEAST_ROWS: usize = 4;

    /// Writes the elements in order, as many as there are places.
    pub fn write<T: Register>(&self, data: &[T], out: &mut [T]) {
        let rows = (self.skip + out.len()).div_ceil(self.columns);
        let mut tile = [[T::default(); SIDE]; SIDE];
        for column in (0..self.columns).step_by(SIDE) {
            let width = SIDE.min(self.columns - column);
            for row in (0..rows).step_by(SIDE) {
                let height = SIDE.min(rows - row);
                self.read(data, row, height, column, &mut tile[..width]);
                for i in 0..height {
                    self.write_row(&tile, i, row + i, column..column + width, out);
                }
            }
        }
    }

    /// Reads some rows of some columns.
    #[inline(always)]
    fn read<T: Register>(
        &self,
        data: &[T],
        row: usize,
        height: usize,
        column: usize,
        tile: &mut [[T; SIDE]],
    ) {
        for (j, line) in tile.iter_mut().enumerate() {
            let start = self.first + self.row_step * row as isize + self.column_step * (column + j) as isize;
            if self.row_step == 1 {
                let start = start as usize;
                match (height, data.get(start..).and_then(|rest| rest.first_chunk::<SIDE>())) {
                    (SIDE, Some(whole)) => *line = *whole,
                    _ => line[..height].copy_from_slice(&data[start..start + height]),
                }
            } else {
                for (i, place) in line[..height].iter_mut().enumerate() {
                    *place = data[(start + self.row_step * i as isize) as usize];
                }
            }
        }
    }

    /// Writes row `i` of a tile, as far as it belongs to the panel.
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
        match whole.map(<[T]>::as_chunks_mut::<SIDE>) {
            Some(([places], _)) => {
                for (place, line) in places.iter_mut().zip(tile) {
                    *place = line[i];
                }
            }
            _ => {
                // The first row begins before the panel, and the last one ends behind it.
                let (from, to) = ((-start).clamp(0, width as isize), out.len() as isize - start);
                let to = to.clamp(from, width as isize);
                let places = out.get_mut((start + from) as usize..(start + to) as usize).unwrap_or_default();
                for (place, line) in places.iter_mut().zip(&tile[from as usize..]) {
                    *place = line[i];
                }
            }
        }
    }
}
