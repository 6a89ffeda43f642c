//! Sizes and times as texts of the configuration, of headers and of the command line.

use std::time::Duration;

use linal::settings::parse_duration;

/// Parses a time: what `SET timeout` takes, and days (`30d`).
pub fn parse_time(text: &str) -> Option<Duration> {
    match text.trim().strip_suffix('d') {
        Some(days) => Duration::try_from_secs_f64(days.trim().parse::<f64>().ok()? * 86_400.0).ok(),
        None => parse_duration(text),
    }
}

/// A time that [`parse_time`] reads back.
pub fn duration_text(time: Duration) -> String {
    let millis = time.as_millis();
    match millis {
        0 => format!("{}us", time.as_micros()),
        _ if !millis.is_multiple_of(1000) => format!("{millis}ms"),
        _ => seconds_text(time.as_secs()),
    }
}

fn seconds_text(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3600, "h"), (60, "min")];
    let unit = UNITS.into_iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
    match unit {
        Some((length, name)) => format!("{}{name}", seconds / length),
        None => format!("{seconds}s"),
    }
}

/// A size that `linal::settings::parse_bytes` reads back as the same number.
pub fn bytes_text(bytes: u64) -> String {
    const UNITS: [(u64, &str); 6] = [
        (1 << 30, "GiB"),
        (1_000_000_000, "GB"),
        (1 << 20, "MiB"),
        (1_000_000, "MB"),
        (1 << 10, "KiB"),
        (1000, "kB"),
    ];
    let unit = UNITS.into_iter().find(|(size, _)| bytes >= *size && bytes.is_multiple_of(*size));
    match unit {
        Some((size, name)) => format!("{}{name}", bytes / size),
        None => format!("{bytes}B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal::settings::parse_bytes;

    #[test]
    fn times_are_read_back() {
        let times =
            [("30s", 30_000), ("10min", 600_000), ("1h", 3_600_000), ("2d", 172_800_000), ("15ms", 15)];
        for (text, millis) in times {
            let time = parse_time(text).unwrap();
            assert_eq!(time, Duration::from_millis(millis), "{text}");
            assert_eq!(duration_text(time), text);
        }
        assert_eq!(parse_time("d"), None);
        assert_eq!(parse_time("soon"), None);
    }

    #[test]
    fn sizes_are_read_back() {
        for bytes in [0, 1, 999, 1000, 1024, 4_000_000_000, 64 << 20, (64 << 20) + 1] {
            assert_eq!(parse_bytes(&bytes_text(bytes)), Some(bytes as usize), "{bytes}");
        }
        assert_eq!(bytes_text(64 << 20), "64MiB");
    }
}
