//! How many requests a second a token may send.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The requests that each token may still send: a bucket that fills at its rate, up to one second's worth.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<String, (f64, Instant)>>);

impl Rates {
    /// Takes one request of a token; returns whether there was one.
    pub fn take(&self, token: &str, rate: f64, now: Instant) -> bool {
        let most = rate.max(1.0);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, filled) = buckets.entry(token.to_owned()).or_insert((most, now));
        *left = (*left + now.saturating_duration_since(*filled).as_secs_f64() * rate).min(most);
        *filled = now;
        if *left < 1.0 {
            return false;
        }
        *left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_bucket_fills_at_its_rate() {
        let (rates, start) = (Rates::default(), Instant::now());
        let taken = |millis: u64| {
            let now = start + Duration::from_millis(millis);
            (0..10).filter(|_| rates.take("t", 4.0, now)).count()
        };
        assert_eq!([taken(0), taken(100), taken(250), taken(10_000)], [4, 0, 1, 4]);
        assert!(rates.take("other", 0.5, start) && !rates.take("other", 0.5, start));
    }
}
