//! Times as they are written: `500ms`, `10s`, `5m`, `1.5h`, `7d`.

use std::time::Duration;

/// Parses a time. A number without a unit is in seconds; `None` for what is no time.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let seconds = match text[end..].trim().to_ascii_lowercase().as_str() {
        "us" => 1e-6,
        "ms" => 1e-3,
        "" | "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        _ => return None,
    };
    // A time beyond this is a mistake, and its microseconds would not fit.
    let seconds = Some(number * seconds).filter(|seconds| *seconds <= LONGEST)?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// A thousand years, in seconds.
const LONGEST: f64 = 1000.0 * 366.0 * 86_400.0;

/// Microseconds of a time.
pub(crate) fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// A time of microseconds.
pub(crate) fn of_micros(us: i64) -> Duration {
    Duration::from_micros(u64::try_from(us).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, millis) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("5m", 300_000),
            ("1.5h", 5_400_000),
            ("7d", 604_800_000),
            ("2", 2000),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "soon", "-1s", "1..5s", "1y", "9999999d"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
