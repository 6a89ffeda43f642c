//! Flattens a tensor to a table, for the formats that have only rows and columns.
//!
//! A scalar is one cell and a vector one column, both under the tensor's name; a matrix has the columns `c0`,
//! `c1`, ...; a tensor of more axes has the index along each leading axis (`i0`, `i1`, ...) before them.

use linal_store::text::number::{self, NumberStyle};
use linal_tensor::Tensor;

use super::elements::Elements;

/// A tensor as a table.
pub(super) struct FlatTable<'a> {
    elements: Elements<'a>,
}

impl<'a> FlatTable<'a> {
    pub(super) fn new(tensor: &'a Tensor) -> FlatTable<'a> {
        FlatTable { elements: Elements::new(tensor) }
    }

    /// The names of the columns.
    pub(super) fn columns(&self, name: &str) -> Vec<String> {
        match self.elements.dims().len() {
            0 | 1 => vec![name.to_owned()],
            rank => {
                let indices = (0..index_columns(rank)).map(|axis| format!("i{axis}"));
                indices.chain((0..self.elements.width()).map(|column| format!("c{column}"))).collect()
            }
        }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        match self.elements.dims() {
            [len] => *len,
            _ => self.elements.rows(),
        }
    }

    /// Visits the cells of a row in order. The text is valid during the visit only.
    pub(super) fn row<E>(&self, row: usize, mut visit: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let dims = self.elements.dims();
        if dims.len() == 1 {
            return visit(&number::text(self.elements.at(&[], row), NumberStyle::Typed));
        }
        let index = self.elements.row_index(row);
        index.iter().take(index_columns(dims.len())).try_for_each(|place| visit(&place.to_string()))?;
        let mut text = String::new();
        self.elements.row(&index).try_for_each(|value| {
            text.clear();
            number::push(&mut text, value, NumberStyle::Typed);
            visit(&text)
        })
    }
}

/// The number of index columns; a matrix needs none.
fn index_columns(rank: usize) -> usize {
    if rank > 2 { rank - 1 } else { 0 }
}
