//! A tensor as a nested list, one row of the last axis per line.
//!
//! ```text
//! [[1.5,   2],
//!  [  3, 4.5]]
//! ```
//! Long axes are truncated in the middle (`...`). A vector fills lines up to the width; of a wide matrix the
//! first and the last columns that fit are shown.
//! last columns that fit are shown.

use linal_store::text::number::{self, NumberStyle};

use super::RenderOptions;
use super::elements::Elements;
use super::truncate::Truncated;

const ELLIPSIS: &str = "...";

/// The lines of a tensor with at least one axis.
pub(super) fn lines(elements: &Elements<'_>, options: &RenderOptions) -> Vec<String> {
    match elements.dims() {
        dims if dims.contains(&0) => vec!["[]".to_owned()],
        [_] => vector(elements, options),
        _ => Matrices::new(elements, options).lines(),
    }
}

fn vector(elements: &Elements<'_>, options: &RenderOptions) -> Vec<String> {
    let limit = options.max_rows.saturating_mul(5) / 2;
    let texts: Vec<String> = Truncated::new(elements.width(), limit)
        .indices()
        .map(|position| element(elements, &[], position))
        .collect();
    let whole = format!("[{}]", texts.join(", "));
    if fits(whole.len(), options.max_width) { vec![whole] } else { wrapped(&texts, options.max_width) }
}

/// Elements aligned in columns of equal width, as many per line as fit.
fn wrapped(texts: &[String], max_width: usize) -> Vec<String> {
    let width = texts.iter().map(String::len).max().unwrap_or(0);
    let per_line = (max_width.saturating_sub(1) / (width + 2)).max(1);
    let mut lines: Vec<String> = texts
        .chunks(per_line)
        .map(|chunk| chunk.iter().map(|text| format!("{text:>width$}")).collect::<Vec<_>>().join(", "))
        .map(|line| format!(" {line},"))
        .collect();
    if let Some(first) = lines.first_mut() {
        first.replace_range(..1, "[");
    }
    if let Some(last) = lines.last_mut() {
        last.pop();
        last.push(']');
    }
    lines
}

fn element(elements: &Elements<'_>, index: &[usize], column: Option<usize>) -> String {
    column
        .map_or(ELLIPSIS.to_owned(), |column| number::text(elements.at(index, column), NumberStyle::Element))
}

fn fits(width: usize, max_width: usize) -> bool {
    max_width == 0 || width <= max_width
}

/// The layout of a tensor with two or more axes.
struct Matrices<'a> {
    elements: &'a Elements<'a>,
    /// The shown indices of each leading axis.
    axes: Vec<Truncated>,
    columns: Truncated,
    /// Width of each shown column, including the ellipsis.
    widths: Vec<usize>,
}

impl<'a> Matrices<'a> {
    fn new(elements: &'a Elements<'a>, options: &RenderOptions) -> Matrices<'a> {
        let axes = shown_axes(elements.leading(), options.max_rows);
        let width = elements.width();
        // An element takes at least three characters, so no more than these can be shown.
        let candidates = match options.max_width {
            0 => Truncated::new(width, 0),
            limit => Truncated::head_and_tail(width, limit / 3 + 1, limit / 3 + 1),
        };
        let mut matrices = Matrices { elements, axes, columns: candidates, widths: Vec::new() };
        matrices.widths = matrices.measure();
        matrices.choose_columns(options.max_width);
        matrices
    }

    fn rank(&self) -> usize {
        self.axes.len() + 1
    }

    /// The greatest width of each candidate column over all shown rows.
    fn measure(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.indices().map(|_| 1).collect();
        self.each_row(&mut |index| {
            for (width, position) in widths.iter_mut().zip(self.columns.indices()) {
                *width = (*width).max(element(self.elements, index, position).len());
            }
        });
        widths
    }

    /// Omits middle columns until a line fits.
    fn choose_columns(&mut self, max_width: usize) {
        // Brackets of every axis on both sides, and the comma at the end.
        let frame = 2 * self.rank() + 1;
        let all: usize = self.widths.iter().map(|width| width + 2).sum::<usize>().saturating_sub(2);
        if fits(frame + all, max_width) {
            return;
        }
        let count = self.elements.width();
        let room = max_width.saturating_sub(frame + ELLIPSIS.len());
        let sides = self.widths.len() - usize::from(self.columns.is_truncated());
        let (mut head, mut tail, mut used) = (0, 0, 0);
        while head + tail < sides {
            let from_head = head <= tail;
            let position = if from_head { head } else { self.widths.len() - 1 - tail };
            used += self.widths[position] + 2;
            if used > room && head > 0 {
                break;
            }
            if from_head { head += 1 } else { tail += 1 }
        }
        let last = self.widths.split_off(self.widths.len() - tail);
        self.widths.truncate(head);
        self.columns = Truncated::head_and_tail(count, head, tail);
        if self.columns.is_truncated() {
            self.widths.push(ELLIPSIS.len());
        }
        self.widths.extend(last);
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.axis(&mut Vec::new(), &mut lines);
        lines
    }

    /// Appends the lines below an index of the leading axes: their brackets open on the first line and close
    /// on the last.
    fn axis(&self, index: &mut Vec<usize>, lines: &mut Vec<String>) {
        let depth = index.len();
        let Some(shown) = self.axes.get(depth) else {
            lines.push(self.row(index));
            return;
        };
        let first = lines.len();
        let inner = depth + 1 == self.axes.len();
        for (at, position) in shown.indices().enumerate() {
            if at > 0 {
                lines.extend((!inner).then(String::new));
            }
            match position {
                Some(position) => {
                    index.push(position);
                    self.axis(index, lines);
                    index.pop();
                }
                None => lines.push(format!("{}{ELLIPSIS}", " ".repeat(depth + 1))),
            }
            if at + 1 < shown.shown() + usize::from(shown.is_truncated())
                && let Some(last) = lines.last_mut()
            {
                last.push(',');
            }
        }
        // Lines are indented for all enclosing brackets; here the last blank becomes the bracket.
        lines[first].replace_range(depth..=depth, "[");
        if let Some(last) = lines.last_mut() {
            last.push(']');
        }
    }

    fn row(&self, index: &[usize]) -> String {
        let cells: Vec<String> = self
            .columns
            .indices()
            .zip(&self.widths)
            .map(|(position, &width)| format!("{:>width$}", element(self.elements, index, position)))
            .collect();
        format!("{}[{}]", " ".repeat(index.len()), cells.join(", "))
    }

    /// Visits the index of each shown row.
    fn each_row(&self, visit: &mut dyn FnMut(&[usize])) {
        let indices: Vec<Vec<usize>> =
            self.axes.iter().map(|axis| axis.indices().flatten().collect()).collect();
        let count: usize = indices.iter().map(Vec::len).product();
        for row in 0..count {
            let mut rest = row;
            let mut index = vec![0; indices.len()];
            for (slot, axis) in index.iter_mut().zip(&indices).rev() {
                *slot = axis[rest % axis.len()];
                rest /= axis.len();
            }
            visit(&index);
        }
    }
}

/// Distributes the row limit over the leading axes, the innermost first: a matrix keeps its rows before a
/// stack keeps its matrices, but two matrices are always shown.
fn shown_axes(leading: &[usize], max_rows: usize) -> Vec<Truncated> {
    let rows: usize = leading.iter().product();
    if max_rows == 0 || rows <= max_rows {
        return leading.iter().map(|&size| Truncated::new(size, 0)).collect();
    }
    let mut budget = max_rows;
    let mut axes = Vec::with_capacity(leading.len());
    for (axis, &size) in leading.iter().enumerate().rev() {
        let outer: usize = leading[..axis].iter().product();
        let shown = Truncated::new(size, (budget / outer.min(2)).max(1));
        budget = (budget / shown.shown()).max(1);
        axes.push(shown);
    }
    axes.reverse();
    axes
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal_tensor::{Take, Tensor};

    fn check(tensor: &Tensor, max_rows: usize, max_width: usize, expected: &[&str]) {
        let options = RenderOptions { max_rows, max_width, ..RenderOptions::default() };
        assert_eq!(lines(&Elements::new(tensor), &options), expected);
    }

    fn counting(shape: &[usize]) -> Tensor {
        let len: usize = shape.iter().product();
        Tensor::from_vec((0..len as i64).collect(), shape).unwrap()
    }

    #[test]
    fn vectors() {
        check(&Tensor::from_vec(vec![-1.0, 0.0, 1.0], [3]).unwrap(), 40, 100, &["[-1, 0, 1]"]);
        check(&counting(&[0]), 40, 100, &["[]"]);
        check(&counting(&[12]), 40, 20, &["[ 0,  1,  2,  3,", "  4,  5,  6,  7,", "  8,  9, 10, 11]"]);
        check(&counting(&[100]), 2, 100, &["[0, 1, 2, ..., 98, 99]"]);
        check(&counting(&[3]), 40, 1, &["[0,", " 1,", " 2]"]);
    }

    #[test]
    fn matrices_align_their_columns() {
        let m = Tensor::from_vec(vec![1.5, 2.0, 3.0, 40.25], [2, 2]).unwrap();
        check(&m, 40, 100, &["[[1.5,     2],", " [  3, 40.25]]"]);
        check(&m.transpose(), 40, 100, &["[[1.5,     3],", " [  2, 40.25]]"]);
        let reversed = m.index(&[Take::Range { start: None, stop: None, step: -1 }]).unwrap();
        check(&reversed, 40, 100, &["[[  3, 40.25],", " [1.5,     2]]"]);
        check(&counting(&[2, 0]), 40, 100, &["[]"]);
    }

    #[test]
    fn long_matrices_leave_out_rows() {
        check(&counting(&[9, 2]), 3, 100, &["[[ 0,  1],", " [ 2,  3],", " ...,", " [16, 17]]"]);
        check(&counting(&[9, 1]), 1, 100, &["[[0],", " ...]"]);
    }

    #[test]
    fn wide_matrices_leave_out_columns() {
        check(&counting(&[2, 50]), 40, 27, &["[[ 0,  1, ..., 48, 49],", " [50, 51, ..., 98, 99]]"]);
        check(&counting(&[1, 500]), 40, 5, &["[[0, ...]]"]);
        check(&counting(&[1, 3]), 40, 14, &["[[0, 1, 2]]"]);
    }

    #[test]
    fn higher_ranks_are_stacks() {
        let expected = ["[[[0, 1],", "  [2, 3]],", "", " [[4, 5],", "  [6, 7]]]"];
        check(&counting(&[2, 2, 2]), 40, 100, &expected);
        let expected = ["[[[ 0,  1],", "  ...],", "", " ...,", "", " [[72, 73],", "  ...]]"];
        check(&counting(&[10, 4, 2]), 2, 100, &expected);
        check(&counting(&[1, 1, 1, 2]), 40, 100, &["[[[[0, 1]]]]"]);
    }
}
