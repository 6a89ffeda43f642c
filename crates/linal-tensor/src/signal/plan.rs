//! Transform plans, made once for a length and shared by later calls of any thread.
//!
//! Planning costs about as much as a few transforms, so a script that transforms many rows of one length must not pay
//! for it each time. What is kept is bounded by the number of plans and by their points, because a plan holds tables
//! of a size like its transform.

use std::sync::{Arc, Mutex, PoisonError};

use num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftDirection, FftPlanner};

use super::SignalError;
use super::long_real::LongReal;
use super::poll::Poll;
use super::transform::WHOLE;

/// How many plans of a kind are kept.
const KEPT_PLANS: usize = 16;
/// How many points the kept plans of a kind may have together: about 32 bytes a point, 64 MiB at the most.
const KEPT_POINTS: usize = 1 << 21;

/// The latest plans of one kind, oldest first.
struct Cache<T: ?Sized> {
    plans: Vec<(usize, Arc<T>)>,
}

impl<T: ?Sized> Cache<T> {
    const fn new() -> Self {
        Self { plans: Vec::new() }
    }

    fn find(&mut self, n: usize) -> Option<Arc<T>> {
        let at = self.plans.iter().position(|(len, _)| *len == n)?;
        let entry = self.plans.remove(at);
        let plan = Arc::clone(&entry.1);
        self.plans.push(entry);
        Some(plan)
    }

    fn keep(&mut self, n: usize, plan: &Arc<T>) {
        if n > KEPT_POINTS || self.plans.iter().any(|(len, _)| *len == n) {
            return;
        }
        self.plans.push((n, Arc::clone(plan)));
        while self.plans.len() > KEPT_PLANS || self.points() > KEPT_POINTS {
            self.plans.remove(0);
        }
    }

    fn points(&self) -> usize {
        self.plans.iter().map(|(len, _)| len).sum()
    }
}

/// Looks `n` up, or plans it without holding the lock, so that one long planning delays no other thread.
fn plan<T: ?Sized>(cache: &Mutex<Cache<T>>, n: usize, make: impl FnOnce() -> Arc<T>) -> Arc<T> {
    let found = cache.lock().unwrap_or_else(PoisonError::into_inner).find(n);
    found.unwrap_or_else(|| {
        let made = make();
        cache.lock().unwrap_or_else(PoisonError::into_inner).keep(n, &made);
        made
    })
}

/// The plan of a complex transform of `n` points.
pub(super) fn complex(n: usize, direction: FftDirection) -> Arc<dyn Fft<f64>> {
    static FORWARD: Mutex<Cache<dyn Fft<f64>>> = Mutex::new(Cache::new());
    static INVERSE: Mutex<Cache<dyn Fft<f64>>> = Mutex::new(Cache::new());
    let cache = match direction {
        FftDirection::Forward => &FORWARD,
        FftDirection::Inverse => &INVERSE,
    };
    plan(cache, n, || FftPlanner::new().plan_fft(n, direction))
}

/// A forward transform of `n` real points with its scratch, for repeated use.
pub(super) struct RealForward(Way<dyn RealToComplex<f64>>);

/// An inverse transform to `n` real points with its scratch, for repeated use.
pub(super) struct RealInverse(Way<dyn ComplexToReal<f64>>);

/// How a real transform runs.
enum Way<T: ?Sized> {
    /// In one go.
    Whole { plan: Arc<T>, scratch: Vec<Complex64> },
    /// In pieces between which it can be stopped.
    Long(LongReal),
}

impl RealForward {
    pub(super) fn new(n: usize) -> Self {
        static CACHE: Mutex<Cache<dyn RealToComplex<f64>>> = Mutex::new(Cache::new());
        if n > WHOLE {
            return Self(Way::Long(LongReal::new(n, FftDirection::Forward)));
        }
        let plan = plan(&CACHE, n, || RealFftPlanner::new().plan_fft_forward(n));
        let scratch = plan.make_scratch_vec();
        Self(Way::Whole { plan, scratch })
    }

    /// Transforms `n` points into `n / 2 + 1` bins. The input may be overwritten with scratch values.
    pub(super) fn run(
        &mut self,
        input: &mut [f64],
        bins: &mut [Complex64],
        poll: Poll<'_>,
    ) -> Result<(), SignalError> {
        match &mut self.0 {
            Way::Long(long) => long.forward(input, bins, poll),
            Way::Whole { plan, scratch } => plan
                .process_with_scratch(input, bins, scratch)
                .map_err(|_| SignalError::Transform { length: plan.len() }),
        }
    }

    /// The same for a signal that must stay as it is; a long one is not copied for it.
    pub(super) fn spectrum(
        &mut self,
        signal: &[f64],
        bins: &mut [Complex64],
        poll: Poll<'_>,
    ) -> Result<(), SignalError> {
        match &self.0 {
            Way::Long(long) => long.forward(signal, bins, poll),
            Way::Whole { .. } => self.run(&mut signal.to_vec(), bins, poll),
        }
    }
}

impl RealInverse {
    pub(super) fn new(n: usize) -> Self {
        static CACHE: Mutex<Cache<dyn ComplexToReal<f64>>> = Mutex::new(Cache::new());
        if n > WHOLE {
            return Self(Way::Long(LongReal::new(n, FftDirection::Inverse)));
        }
        let plan = plan(&CACHE, n, || RealFftPlanner::new().plan_fft_inverse(n));
        let scratch = plan.make_scratch_vec();
        Self(Way::Whole { plan, scratch })
    }

    /// Transforms `n / 2 + 1` bins into `n` points, without the factor `1 / n`. The bins may be overwritten with
    /// scratch values; the imaginary parts of bin 0 and of the Nyquist bin do not count, as a real signal has none.
    pub(super) fn run(
        &mut self,
        bins: &mut [Complex64],
        output: &mut [f64],
        poll: Poll<'_>,
    ) -> Result<(), SignalError> {
        let n = match &self.0 {
            Way::Long(long) => long.len(),
            Way::Whole { plan, .. } => plan.len(),
        };
        if let Some(first) = bins.first_mut() {
            first.im = 0.0;
        }
        if let Some(last) = bins.last_mut().filter(|_| n.is_multiple_of(2)) {
            last.im = 0.0;
        }
        match &mut self.0 {
            Way::Long(long) => long.inverse(bins, output, poll),
            Way::Whole { plan, scratch } => plan
                .process_with_scratch(bins, output, scratch)
                .map_err(|_| SignalError::Transform { length: n }),
        }
    }
}
