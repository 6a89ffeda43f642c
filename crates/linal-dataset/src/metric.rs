//! The distance metrics of vector indexes and SEARCH.

use linal_error::Code;

use crate::error::{Error, Result};

/// The distance metric of two vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// 1 - cosine similarity.
    Cosine,
    /// Euclidean distance.
    L2,
    /// Negated inner product.
    Dot,
}

impl Metric {
    /// A metric by its name, without regard to case.
    ///
    /// # Errors
    /// `E0710 unknown_metric` with the nearest name.
    pub fn parse(name: &str) -> Result<Metric> {
        match name.to_ascii_lowercase().as_str() {
            "cosine" => Ok(Metric::Cosine),
            "l2" | "euclidean" => Ok(Metric::L2),
            "dot" | "ip" => Ok(Metric::Dot),
            _ => Err(Error::unknown(Code::UnknownMetric, "metric", name, ["cosine", "l2", "dot"])
                .or_help("the metrics are cosine, l2 and dot")),
        }
    }

    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Cosine => "cosine",
            Metric::L2 => "l2",
            Metric::Dot => "dot",
        }
    }
}
