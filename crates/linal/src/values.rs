//! The values of outcomes one by one, for hosts with an encoding of their own.

pub use linal_store::text::number::{self, NumberStyle};
pub use linal_store::text::{CsvLines, List, SCREEN, Value, distinct_names, json_string};

use linal_tensor::{Scalar, Tensor};

use crate::render::Elements;

/// The elements of a tensor in row-major order, read in place.
pub fn elements(tensor: &Tensor) -> impl Iterator<Item = Scalar> {
    let elements = Elements::new(tensor);
    let rows = elements.rows();
    (0..rows).flat_map(move |row| {
        let index = elements.row_index(row);
        elements.into_row(&index)
    })
}
