//! Tapers: weights that fade a segment in and out before its transform.

use std::f64::consts::TAU;

/// The shape of a taper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Taper {
    /// The periodic Hann window, `0.5 - 0.5 cos(2 pi i / n)`.
    #[default]
    Hann,
    /// All ones.
    None,
}

impl Taper {
    /// The taper of this name (`hann` or `none`, in any case).
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "hann" => Some(Self::Hann),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// The `n` weights of a taper.
pub fn taper(kind: Taper, n: usize) -> Vec<f64> {
    match kind {
        Taper::None => vec![1.0; n],
        // A Hann window of one point would be 0 and leave nothing, so it is 1 as everywhere.
        Taper::Hann if n == 1 => vec![1.0],
        Taper::Hann => (0..n).map(|i| 0.5 - 0.5 * (TAU * i as f64 / n as f64).cos()).collect(),
    }
}
