//! LU decomposition with partial pivoting that can be interrupted (left-looking, by panels of columns).
//!
//! The factors of all panels before it are applied to a panel, which faer then factorises. The same forward
//! substitution is applied to right-hand sides. The largest piece of work is a product of two panels, and the
//! poll is called between them.

use std::ops::{Mul, Neg, Range, Sub};

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::lu::partial_pivoting::factor::{lu_in_place, lu_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{solve_unit_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::prelude::{IntoConst, ReborrowMut};
use faer::traits::ComplexField;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use crate::{Element, Result};

/// Columns of a panel: wide enough for fast products, and a few milliseconds of work per step up to 10,000
/// rows.
pub(super) const PANEL: usize = 128;

/// Called between pieces of work; an error stops it.
pub(super) type Poll<'a> = &'a dyn Fn() -> Result<()>;

/// Elements of matrices that can be factorised.
pub(super) trait Field:
    Element + ComplexField + Neg<Output = Self> + Mul<Output = Self> + Sub<Output = Self>
{
}

impl<T> Field for T where T: Element + ComplexField + Neg<Output = T> + Mul<Output = T> + Sub<Output = T> {}

/// The LU factors of a square matrix.
pub(super) struct Lu<T> {
    /// The upper triangle, and below it the unit lower triangle without its diagonal. The lower part of a
    /// panel has the row order of that panel: later transpositions are not applied to it, but to the columns
    /// that are substituted.
    factors: Mat<T>,
    /// The row that row `i` was swapped with in step `i`.
    pivots: Vec<usize>,
    parallelism: Par,
}

impl<T: Field> Lu<T> {
    /// Factorises a square matrix; the inner error is the first column that depends on those before it.
    pub(super) fn factorize(
        matrix: MatRef<'_, T>,
        parallelism: Par,
        poll: Poll<'_>,
    ) -> Result<std::result::Result<Lu<T>, usize>> {
        let n = matrix.nrows();
        let mut lu = Lu { factors: Mat::with_capacity(n, n), pivots: Vec::with_capacity(n), parallelism };
        for start in (0..n).step_by(PANEL) {
            poll()?;
            let end = n.min(start + PANEL);
            lu.factors.resize_with(n, end, |i, j| matrix[(i, j)]);
            let (done, mut panel) = lu.factors.as_mut().split_at_col_mut(start);
            let done = PanelFactors { factors: done.into_const(), pivots: &lu.pivots, parallelism };
            done.forward(panel.rb_mut(), poll)?;
            poll()?;
            let pivots = factorize(panel.subrows_mut(start, n - start), parallelism);
            lu.pivots.extend(pivots.into_iter().map(|row| start + row));
            if let Some(column) = (start..end).find(|&i| lu.factors[(i, i)] == T::default()) {
                return Ok(Err(column));
            }
        }
        Ok(Ok(lu))
    }

    /// The product of the diagonal, with the sign of the permutation.
    pub(super) fn determinant(&self) -> T {
        let n = self.pivots.len();
        let product = (0..n).fold(T::one_impl(), |product, i| product * self.factors[(i, i)]);
        let swaps = self.pivots.iter().enumerate().filter(|(i, row)| i != *row).count();
        if swaps.is_multiple_of(2) { product } else { -product }
    }

    /// Solves for the columns of right-hand sides, [`PANEL`] of them at a time.
    pub(super) fn solve(&self, mut rhs: MatMut<'_, T>, poll: Poll<'_>) -> Result<()> {
        let factors = PanelFactors {
            factors: self.factors.as_ref(),
            pivots: &self.pivots,
            parallelism: self.parallelism,
        };
        for first in (0..rhs.ncols()).step_by(PANEL) {
            let width = PANEL.min(rhs.ncols() - first);
            factors.forward(rhs.rb_mut().subcols_mut(first, width), poll)?;
            factors.backward(rhs.rb_mut().subcols_mut(first, width), poll)?;
        }
        Ok(())
    }
}

/// The factors of the panels that are factorised so far.
struct PanelFactors<'l, T> {
    factors: MatRef<'l, T>,
    pivots: &'l [usize],
    parallelism: Par,
}

impl<T: Field> PanelFactors<'_, T> {
    /// Forward substitution of columns, with the transpositions of rows.
    fn forward(&self, mut band: MatMut<'_, T>, poll: Poll<'_>) -> Result<()> {
        for panel in self.panels() {
            poll()?;
            for row in panel.clone() {
                swap_rows(band.rb_mut(), row, self.pivots[row]);
            }
            let lower = self.factors.subcols(panel.start, panel.len());
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

    /// Backward substitution of columns.
    fn backward(&self, mut band: MatMut<'_, T>, poll: Poll<'_>) -> Result<()> {
        for panel in self.panels().rev() {
            poll()?;
            let upper = self.factors.subcols(panel.start, panel.len());
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
        let n = self.pivots.len();
        (0..n.div_ceil(PANEL)).map(move |i| i * PANEL..n.min((i + 1) * PANEL))
    }
}

/// Factorises a panel of at least as many rows as columns; returns the transpositions of rows.
fn factorize<T: Field>(mut panel: MatMut<'_, T>, parallelism: Par) -> Vec<usize> {
    let (rows, columns) = panel.shape();
    let (mut order, mut positions) = (vec![0_usize; rows], vec![0_usize; rows]);
    let scratch = lu_in_place_scratch::<usize, T>(rows, columns, parallelism, Default::default());
    lu_in_place(
        panel.rb_mut(),
        &mut order,
        &mut positions,
        parallelism,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    );
    transpositions(&order, columns)
}

/// The transpositions of a permutation of rows: step `i` swaps the row that ends at `i` there, from `i` or
/// further down.
fn transpositions(order: &[usize], steps: usize) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..order.len()).collect();
    let mut positions = rows.clone();
    (0..steps)
        .map(|i| {
            let from = positions[order[i]];
            positions.swap(rows[i], rows[from]);
            rows.swap(i, from);
            from
        })
        .collect()
}

fn swap_rows<T: Field>(band: MatMut<'_, T>, a: usize, b: usize) {
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
    fn transpositions_give_the_permutation() {
        let order = [3, 0, 2, 4, 1];
        let mut rows = [0, 1, 2, 3, 4];
        for (i, from) in transpositions(&order, 4).into_iter().enumerate() {
            assert!(from >= i);
            rows.swap(i, from);
        }
        assert_eq!(rows, order);
    }

    #[test]
    fn solutions_of_several_panels() {
        for n in [1, 2, PANEL - 1, PANEL, PANEL + 1, 3 * PANEL + 17] {
            let (a, expected) = (matrix(n), Mat::from_fn(n, 3, |i, j| (i + 2 * j) as f64 / n as f64));
            let mut rhs = &a * &expected;
            let lu = Lu::factorize(a.as_ref(), Par::Seq, &|| Ok(())).unwrap().ok().unwrap();
            lu.solve(rhs.as_mut(), &|| Ok(())).unwrap();
            let difference = (&rhs - &expected).norm_max();
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
            let found = Lu::factorize(a.as_ref(), Par::Seq, &|| Ok(())).unwrap().err();
            assert_eq!(found, Some(column));
        }
    }

    #[test]
    fn every_step_polls() {
        let a = matrix(4 * PANEL);
        let calls = Cell::new(0);
        let third = || {
            calls.set(calls.get() + 1);
            if calls.get() == 3 { Err(Error::Cancelled) } else { Ok(()) }
        };
        assert!(matches!(Lu::factorize(a.as_ref(), Par::Seq, &third), Err(Error::Cancelled)));
        let lu = Lu::factorize(a.as_ref(), Par::Seq, &|| Ok(())).unwrap().ok().unwrap();
        calls.set(0);
        let mut rhs = a.clone();
        assert!(matches!(lu.solve(rhs.as_mut(), &third), Err(Error::Cancelled)));
    }
}
