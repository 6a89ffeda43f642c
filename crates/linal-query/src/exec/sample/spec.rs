//! What a sample takes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// How rows are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Method {
    /// Each row by itself.
    Bernoulli,
    /// Whole blocks of [`BLOCK`] rows.
    System,
    /// As many rows as were asked for, each with the same chance.
    Reservoir,
}

/// Rows of a block of a system sample, as in DuckDB.
pub(super) const BLOCK: u64 = 2048;

/// How much is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Size {
    Rows(u64),
    /// From 0 to 100.
    Percent(f64),
}

impl Eq for Size {}

impl Hash for Size {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Size::Rows(rows) => rows.hash(state),
            Size::Percent(percent) => percent.to_bits().hash(state),
        }
    }
}

/// A sample.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SampleSpec {
    pub method: Method,
    pub size: Size,
    /// Without a seed each run takes other rows.
    pub seed: Option<u64>,
}

impl SampleSpec {
    /// As EXPLAIN shows it.
    pub fn describe(&self) -> String {
        let method = format!("{:?}", self.method).to_lowercase();
        let size = match self.size {
            Size::Rows(rows) => format!("{rows} rows"),
            Size::Percent(percent) => format!("{percent}%"),
        };
        let seed = self.seed.map_or_else(String::new, |seed| format!(", seed={seed}"));
        format!("method={method}, size={size}{seed}")
    }
}

/// The form that [`FromStr`] reads: a letter, a number, `r` or `p`, and the seed.
impl fmt::Display for SampleSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.method {
            Method::Bernoulli => 'b',
            Method::System => 's',
            Method::Reservoir => 'r',
        };
        match self.size {
            Size::Rows(rows) => write!(f, "{method} {rows} r ")?,
            Size::Percent(percent) => write!(f, "{method} {percent} p ")?,
        }
        self.seed.map_or(Ok(()), |seed| write!(f, "{seed}"))
    }
}

impl FromStr for SampleSpec {
    type Err = ();

    fn from_str(text: &str) -> Result<SampleSpec, ()> {
        let parts: Vec<&str> = text.split(' ').collect();
        let [method, size, unit, seed] = parts.as_slice() else { return Err(()) };
        let method = match *method {
            "b" => Method::Bernoulli,
            "s" => Method::System,
            _ => Method::Reservoir,
        };
        let size = if *unit == "p" {
            Size::Percent(size.parse().map_err(|_| ())?)
        } else {
            Size::Rows(size.parse().map_err(|_| ())?)
        };
        let seed = if seed.is_empty() { None } else { Some(seed.parse().map_err(|_| ())?) };
        Ok(SampleSpec { method, size, seed })
    }
}

/// A number for each row or block of a sample, distinct for distinct numbers (SplitMix64).
pub(super) fn draw(seed: u64, number: u64) -> u64 {
    mix(number.wrapping_add(mix(seed)))
}

fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The draws up to which a fraction of the rows is chosen; `None` for none of them.
pub(super) fn greatest_draw(fraction: f64) -> Option<u64> {
    if fraction <= 0.0 {
        None
    } else if fraction >= 1.0 {
        Some(u64::MAX)
    } else {
        Some((fraction * 2f64.powi(64)) as u64)
    }
}

/// A seed of this moment.
pub(super) fn random_seed() -> u64 {
    use std::hash::BuildHasher;
    std::collections::hash_map::RandomState::new().hash_one(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_read_as_they_are_written() {
        for (method, size, seed) in [
            (Method::Bernoulli, Size::Percent(12.5), Some(7)),
            (Method::System, Size::Percent(100.0), None),
            (Method::Reservoir, Size::Rows(u64::MAX), Some(u64::MAX)),
        ] {
            let spec = SampleSpec { method, size, seed };
            assert_eq!(spec.to_string().parse(), Ok(spec));
        }
    }

    #[test]
    fn a_fraction_of_the_draws_is_chosen() {
        assert_eq!((greatest_draw(0.0), greatest_draw(1.0)), (None, Some(u64::MAX)));
        let greatest = greatest_draw(0.25).unwrap();
        let chosen = (0..10_000).filter(|&row| draw(42, row) <= greatest).count();
        assert!((2_300..2_700).contains(&chosen), "{chosen}");
    }
}
