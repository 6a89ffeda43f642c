//! Convolution as a product of spectra, block by block (overlap-save).
//!
//! The input of a block starts `short.len() - 1` points before its first output. The product of spectra is a
//! circular convolution; what wraps around affects only those first points, which are discarded.

use std::ops::Range;

use num_complex::Complex64;

use super::cost;
use crate::signal::fft::rfft_len;
use crate::signal::plan::{RealForward, RealInverse};
use crate::signal::poll::check;
use crate::signal::transform::{for_each_block, zeros};
use crate::signal::{Poll, SignalError};

/// The points `range` of the full convolution of finite signals by transforms of `size` points.
pub(super) fn part(
    long: &[f64],
    short: &[f64],
    range: Range<usize>,
    size: usize,
    poll: Poll<'_>,
) -> Result<Vec<f64>, SignalError> {
    let outputs = range.len().div_ceil(cost::blocks(size, long.len(), short.len(), &range).max(1));
    let mut convolver = Convolver::new(short, size, poll)?;
    let mut output = vec![0.0; range.len()];
    for (block, start) in output.chunks_mut(outputs.max(1)).zip((range.start..).step_by(outputs.max(1))) {
        check(poll)?;
        convolver.block(long, start, block, poll)?;
    }
    Ok(output)
}

/// The spectrum of the shorter signal, and buffers that all blocks share.
struct Convolver {
    /// Scaled by `1 / size`, so that the inverse transform needs no scaling.
    kernel: Vec<Complex64>,
    reach: usize,
    points: Vec<f64>,
    bins: Vec<Complex64>,
    forward: RealForward,
    inverse: RealInverse,
}

impl Convolver {
    fn new(short: &[f64], size: usize, poll: Poll<'_>) -> Result<Self, SignalError> {
        let mut forward = RealForward::new(size);
        let mut points = vec![0.0; size];
        let mut kernel = zeros(rfft_len(size), poll)?;
        points[..short.len()].copy_from_slice(short);
        forward.run(&mut points, &mut kernel, poll)?;
        let scale = 1.0 / size as f64;
        for_each_block(&mut kernel, poll, |_, block| block.iter_mut().for_each(|z| *z *= scale))?;
        let (bins, inverse) = (zeros(kernel.len(), poll)?, RealInverse::new(size));
        Ok(Self { kernel, reach: short.len() - 1, points, bins, forward, inverse })
    }

    /// Writes the outputs from `start` on into `block`.
    fn block(
        &mut self,
        long: &[f64],
        start: usize,
        block: &mut [f64],
        poll: Poll<'_>,
    ) -> Result<(), SignalError> {
        let first = start.saturating_sub(self.reach);
        let input = &long[first.min(long.len())..long.len().min(start + block.len())];
        let (head, tail) = self.points.split_at_mut(input.len());
        for_each_block(head, poll, |at, part| part.copy_from_slice(&input[at..at + part.len()]))?;
        for_each_block(tail, poll, |_, part| part.fill(0.0))?;
        self.forward.run(&mut self.points, &mut self.bins, poll)?;
        for_each_block(&mut self.bins, poll, |start, block| {
            block.iter_mut().zip(&self.kernel[start..]).for_each(|(z, k)| *z *= k);
        })?;
        self.inverse.run(&mut self.bins, &mut self.points, poll)?;
        let valid = &self.points[start - first..];
        for_each_block(block, poll, |at, part| part.copy_from_slice(&valid[at..at + part.len()]))
    }
}
