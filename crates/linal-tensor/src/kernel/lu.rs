//! LU decomposition with partial pivoting that can be stopped on the way.
//!
//! The columns are taken in panels. A panel first goes through the steps of all panels before it and is then
//! decomposed itself, by faer; the same steps lead a right-hand side through the lower triangle. So no piece of work
//! is larger than the product of two panels, and the poll is looked at between all of them.

use std::ops::{Mul, Neg, Range, Sub};

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::lu::partial_pivoting::factor::{lu_in_place, lu_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{solve_unit_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::prelude::{IntoConst, ReborrowMut};
use faer::traits::ComplexField;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use crate::{Element, Result};

/// Columns of a panel: wide enough for fast products, and a few milliseconds of work a step up to 10,000 rows.
pub(super) const PANEL: usize = 128;

/// Asked between pieces of work; an error ends it.
pub(super) type Poll<'a> = &'a dyn Fn() -> Result<()>;

/// Elements that a matrix can be decomposed of.
pub(super) trait Field:
    Element + ComplexField + Neg<Output = Self> + Mul<Output = Self> + Sub<Output = Self>
{
}

impl<T> Field for T where T: Element + ComplexField + Neg<Output = T> + Mul<Output = T> + Sub<Output = T> {}

/// The two triangles of a square matrix with its rows exchanged.
pub(super) struct Lu<T> {
    /// The upper triangle, and below it the lower one without its diagonal of ones. The lower part of a panel has its
    /// rows in the order of that panel's step; later exchanges are made only in what goes through the steps.
    triangles: Mat<T>,
    /// The row that row `i` was exchanged with in step `i`.
    exchanged: Vec<usize>,
    parallelism: Par,
}

impl<T: Field> Lu<T> {
    /// Decomposes a square matrix, or says which column is the first that depends on those before it.
    pub(super) fn of(
        matrix: MatRef<'_, T>,
        parallelism: Par,
        poll: Poll<'_>,
    ) -> Result<std::result::Result<Lu<T>, usize>> {
        let n = matrix.nrows();
        let mut lu =
            Lu { triangles: Mat::with_capacity(n, n), exchanged: Vec::with_capacity(n), parallelism };
        for start in (0..n).step_by(PANEL) {
            poll()?;
            let end = n.min(start + PANEL);
            lu.triangles.resize_with(n, end, |i, j| matrix[(i, j)]);
            let (done, mut panel) = lu.triangles.as_mut().split_at_col_mut(start);
            let done = Steps { triangles: done.into_const(), exchanged: &lu.exchanged, parallelism };
            done.forward(panel.rb_mut(), poll)?;
            poll()?;
            let exchanged = decompose(panel.subrows_mut(start, n - start), parallelism);
            lu.exchanged.extend(exchanged.into_iter().map(|row| start + row));
            if let Some(column) = (start..end).find(|&i| lu.triangles[(i, i)] == T::default()) {
                return Ok(Err(column));
            }
        }
        Ok(Ok(lu))
    }

    /// The product of the diagonal, with the sign of the exchanges.
    pub(super) fn determinant(&self) -> T {
        let n = self.exchanged.len();
        let product = (0..n).fold(T::one_impl(), |product, i| product * self.triangles[(i, i)]);
        let exchanges = self.exchanged.iter().enumerate().filter(|(i, row)| i != *row).count();
        if exchanges.is_multiple_of(2) { product } else { -product }
    }

    /// Solves for the columns of a right-hand side, a band of them at a time.
    pub(super) fn solve(&self, mut sides: MatMut<'_, T>, poll: Poll<'_>) -> Result<()> {
        let steps = Steps {
            triangles: self.triangles.as_ref(),
            exchanged: &self.exchanged,
            parallelism: self.parallelism,
        };
        for first in (0..sides.ncols()).step_by(PANEL) {
            let width = PANEL.min(sides.ncols() - first);
            steps.forward(sides.rb_mut().subcols_mut(first, width), poll)?;
            steps.backward(sides.rb_mut().subcols_mut(first, width), poll)?;
        }
        Ok(())
    }
}

/// The steps of the panels that are decomposed.
struct Steps<'l, T> {
    triangles: MatRef<'l, T>,
    exchanged: &'l [usize],
    parallelism: Par,
}

impl<T: Field> Steps<'_, T> {
    /// Leads columns through the lower triangle, with the exchanges of rows.
    fn forward(&self, mut band: MatMut<'_, T>, poll: Poll<'_>) -> Result<()> {
        for panel in self.panels() {
            poll()?;
            for row in panel.clone() {
                exchange(band.rb_mut(), row, self.exchanged[row]);
            }
            let lower = self.triangles.subcols(panel.start, panel.len());
            let (_, rest) = band.rb_mut().split_at_row_mut(panel.start);
            let (mut top, bottom) = rest.split_at_row_mut(panel.len());
            solve_unit_lower_triangular_in_place(
                lower.subrows(panel.start, panel.len()),
                top.rb_mut(),
                self.parallelism,
            );
            let below = lower.subrows(panel.end, lower.nrows() - panel.end);
            matmul(bottom, Accum::Add, below, top.into_const(), -T::one_impl(), self.parallelism);
        }
        Ok(())
    }

    /// Leads columns back through the upper triangle.
    fn backward(&self, mut band: MatMut<'_, T>, poll: Poll<'_>) -> Result<()> {
        for panel in self.panels().rev() {
            poll()?;
            let upper = self.triangles.subcols(panel.start, panel.len());
            let (above, rest) = band.rb_mut().split_at_row_mut(panel.start);
            let mut own = rest.subrows_mut(0, panel.len());
            solve_upper_triangular_in_place(
                upper.subrows(panel.start, panel.len()),
                own.rb_mut(),
                self.parallelism,
            );
            let beside = upper.subrows(0, panel.start);
            matmul(above, Accum::Add, beside, own.into_const(), -T::one_impl(), self.parallelism);
        }
        Ok(())
    }

    fn panels(&self) -> impl DoubleEndedIterator<Item = Range<usize>> + use<T> {
        let n = self.exchanged.len();
        (0..n.div_ceil(PANEL)).map(move |i| i * PANEL..n.min((i + 1) * PANEL))
    }
}

/// Decomposes a panel of at least as many rows as columns; gives the row that each row was exchanged with.
fn decompose<T: Field>(mut panel: MatMut<'_, T>, parallelism: Par) -> Vec<usize> {
    let (rows, columns) = panel.shape();
    let (mut order, mut places) = (vec![0_usize; rows], vec![0_usize; rows]);
    let scratch = lu_in_place_scratch::<usize, T>(rows, columns, parallelism, Default::default());
    lu_in_place(
        panel.rb_mut(),
        &mut order,
        &mut places,
        parallelism,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    );
    exchanges(&order, columns)
}

/// The exchanges that lead to an order of rows: step `i` brings the row that ends at `i` there, from further down.
fn exchanges(order: &[usize], steps: usize) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..order.len()).collect();
    let mut places = rows.clone();
    (0..steps)
        .map(|i| {
            let from = places[order[i]];
            places.swap(rows[i], rows[from]);
            rows.swap(i, from);
            from
        })
        .collect()
}

fn exchange<T: Field>(band: MatMut<'_, T>, a: usize, b: usize) {
    if a != b {
        let (a, b) = band.two_rows_mut(a, b);
        faer::perm::swap_rows(a, b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use std::cell::Cell;

    fn matrix(n: usize) -> Mat<f64> {
        Mat::from_fn(n, n, |i, j| (((i * 1009 + j + 1) * (i * 1009 + j + 1)) as f64).sin())
    }

    #[test]
    fn exchanges_lead_to_the_order() {
        let order = [3, 0, 2, 4, 1];
        let mut rows = [0, 1, 2, 3, 4];
        for (i, from) in exchanges(&order, 4).into_iter().enumerate() {
            assert!(from >= i);
            rows.swap(i, from);
        }
        assert_eq!(rows, order);
    }

    #[test]
    fn panels_solve_what_they_should() {
        for n in [1, 2, PANEL - 1, PANEL, PANEL + 1, 3 * PANEL + 17] {
            let (a, expected) = (matrix(n), Mat::from_fn(n, 3, |i, j| (i + 2 * j) as f64 / n as f64));
            let mut sides = &a * &expected;
            let lu = Lu::of(a.as_ref(), Par::Seq, &|| Ok(())).unwrap().ok().unwrap();
            lu.solve(sides.as_mut(), &|| Ok(())).unwrap();
            let difference = (&sides - &expected).norm_max();
            assert!(difference < 1e-9, "{n} rows: off by {difference}");
            let determinant = a.determinant();
            // The determinant of the largest overflows in both.
            let same = lu.determinant() == determinant;
            assert!(same || (lu.determinant() / determinant - 1.0).abs() < 1e-10, "{n} rows");
        }
    }

    #[test]
    fn the_first_dependent_column_is_found_in_any_panel() {
        for column in [0, 5, PANEL, 2 * PANEL + 3] {
            let mut a = matrix(2 * PANEL + 10);
            a.col_mut(column).fill(0.0);
            let found = Lu::of(a.as_ref(), Par::Seq, &|| Ok(())).unwrap().err();
            assert_eq!(found, Some(column));
        }
    }

    #[test]
    fn every_step_looks_at_the_poll() {
        let a = matrix(4 * PANEL);
        let looks = Cell::new(0);
        let third = || {
            looks.set(looks.get() + 1);
            if looks.get() == 3 { Err(Error::Cancelled) } else { Ok(()) }
        };
        assert!(matches!(Lu::of(a.as_ref(), Par::Seq, &third), Err(Error::Cancelled)));
        let lu = Lu::of(a.as_ref(), Par::Seq, &|| Ok(())).unwrap().ok().unwrap();
        looks.set(0);
        let mut sides = a.clone();
        assert!(matches!(lu.solve(sides.as_mut(), &third), Err(Error::Cancelled)));
    }
}
