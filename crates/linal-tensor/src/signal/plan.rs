//! Transform plans, computed once for a length and cached for all threads.
//!
//! Planning costs about as much as a few transforms, so a script that transforms many rows of one length
//! plans once. The cache is bounded by the number of plans and by their points, because a plan holds tables
//! about as large as its transform.

use std::sync::{Arc, Mutex, PoisonError};

use num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftDirection, FftPlanner};

use super::SignalError;
use super::large_rfft::LargeRfft;
use super::poll::Poll;
use super::transform::MAX_UNSPLIT;
use crate::GenerationCache;

/// The most points of the plans in a generation of a cache: about 32 bytes a point, 64 MiB for both generations.
const MAX_POINTS: usize = 1 << 20;
/// A short plan counts as this many points, so that a generation has at most 16 plans.
const MIN_POINTS: usize = MAX_POINTS / 16;

/// Plans of one kind by their length.
type Cache<T> = GenerationCache<usize, Arc<T>>;

const fn new_cache<T: ?Sized>() -> Mutex<Cache<T>> {
    Mutex::new(GenerationCache::with_cost(MAX_POINTS, |&n, _| if n > MIN_POINTS { n } else { MIN_POINTS }))
}

/// The cached plan of `n` points, or a new one. The lock is not held while planning, so that no other thread
/// waits.
fn cached<T: ?Sized>(cache: &Mutex<Cache<T>>, n: usize, make: impl FnOnce() -> Arc<T>) -> Arc<T> {
    let found = cache.lock().unwrap_or_else(PoisonError::into_inner).get(&n).cloned();
    found.unwrap_or_else(|| {
        let plan = make();
        cache.lock().unwrap_or_else(PoisonError::into_inner).insert(n, plan.clone());
        plan
    })
}

/// The plan of a complex transform of `n` points.
pub(super) fn complex(n: usize, direction: FftDirection) -> Arc<dyn Fft<f64>> {
    static FORWARD: Mutex<Cache<dyn Fft<f64>>> = new_cache();
    static INVERSE: Mutex<Cache<dyn Fft<f64>>> = new_cache();
    let cache = match direction {
        FftDirection::Forward => &FORWARD,
        FftDirection::Inverse => &INVERSE,
    };
    cached(cache, n, || FftPlanner::new().plan_fft(n, direction))
}

/// A forward transform of `n` real points with its scratch, for repeated use.
pub(super) struct RealForward(RealPlan<dyn RealToComplex<f64>>);

/// An inverse transform to `n` real points with its scratch, for repeated use.
pub(super) struct RealInverse(RealPlan<dyn ComplexToReal<f64>>);

/// How a real transform runs.
enum RealPlan<T: ?Sized> {
    /// In one call of the library.
    Unsplit { plan: Arc<T>, scratch: Vec<Complex64> },
    /// In pieces, between which it can be stopped.
    Large(LargeRfft),
}

impl RealForward {
    pub(super) fn new(n: usize) -> Self {
        static CACHE: Mutex<Cache<dyn RealToComplex<f64>>> = new_cache();
        if n > MAX_UNSPLIT {
            return Self(RealPlan::Large(LargeRfft::new(n, FftDirection::Forward)));
        }
        let plan = cached(&CACHE, n, || RealFftPlanner::new().plan_fft_forward(n));
        let scratch = plan.make_scratch_vec();
        Self(RealPlan::Unsplit { plan, scratch })
    }

    /// Transforms `n` points into `n / 2 + 1` bins. The input may be overwritten with scratch values.
    pub(super) fn run(
        &mut self,
        input: &mut [f64],
        bins: &mut [Complex64],
        poll: Poll<'_>,
    ) -> Result<(), SignalError> {
        match &mut self.0 {
            RealPlan::Large(large) => large.forward(input, bins, poll),
            RealPlan::Unsplit { plan, scratch } => plan
                .process_with_scratch(input, bins, scratch)
                .map_err(|_| SignalError::Transform { length: plan.len() }),
        }
    }

    /// As [`RealForward::run`], without changing the signal. Only a signal of an unsplit transform is copied.
    pub(super) fn spectrum(
        &mut self,
        signal: &[f64],
        bins: &mut [Complex64],
        poll: Poll<'_>,
    ) -> Result<(), SignalError> {
        match &self.0 {
            RealPlan::Large(large) => large.forward(signal, bins, poll),
            RealPlan::Unsplit { .. } => self.run(&mut signal.to_vec(), bins, poll),
        }
    }
}

impl RealInverse {
    pub(super) fn new(n: usize) -> Self {
        static CACHE: Mutex<Cache<dyn ComplexToReal<f64>>> = new_cache();
        if n > MAX_UNSPLIT {
            return Self(RealPlan::Large(LargeRfft::new(n, FftDirection::Inverse)));
        }
        let plan = cached(&CACHE, n, || RealFftPlanner::new().plan_fft_inverse(n));
        let scratch = plan.make_scratch_vec();
        Self(RealPlan::Unsplit { plan, scratch })
    }

    /// Transforms `n / 2 + 1` bins into `n` points, without the factor `1 / n`. The bins may be overwritten
    /// with scratch values. The imaginary parts of bin 0 and of the Nyquist bin are ignored: those of a real
    /// signal are 0.
    pub(super) fn run(
        &mut self,
        bins: &mut [Complex64],
        output: &mut [f64],
        poll: Poll<'_>,
    ) -> Result<(), SignalError> {
        let n = match &self.0 {
            RealPlan::Large(large) => large.len(),
            RealPlan::Unsplit { plan, .. } => plan.len(),
        };
        if let Some(first) = bins.first_mut() {
            first.im = 0.0;
        }
        if let Some(last) = bins.last_mut().filter(|_| n.is_multiple_of(2)) {
            last.im = 0.0;
        }
        match &mut self.0 {
            RealPlan::Large(large) => large.inverse(bins, output, poll),
            RealPlan::Unsplit { plan, scratch } => plan
                .process_with_scratch(bins, output, scratch)
                .map_err(|_| SignalError::Transform { length: n }),
        }
    }
}
