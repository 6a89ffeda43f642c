//! Window functions: the weights of a segment before its transform.

use std::f64::consts::TAU;

/// A window function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// The periodic Hann window, `0.5 - 0.5 cos(2 pi i / n)`.
    #[default]
    Hann,
    /// All weights are 1; `none` in the language.
    Rectangular,
}

impl Window {
    /// The window of this name (`hann` or `none`, in any case).
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "hann" => Some(Self::Hann),
            "none" => Some(Self::Rectangular),
            _ => None,
        }
    }
}

/// The `n` weights of a window.
pub fn window_weights(window: Window, n: usize) -> Vec<f64> {
    match window {
        Window::Rectangular => vec![1.0; n],
        // The formula gives 0 for a window of one point; NumPy and SciPy return 1.
        Window::Hann if n == 1 => vec![1.0],
        Window::Hann => (0..n).map(|i| 0.5 - 0.5 * (TAU * i as f64 / n as f64).cos()).collect(),
    }
}
