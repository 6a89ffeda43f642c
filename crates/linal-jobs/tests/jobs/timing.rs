//! The moments of schedules.

use chrono::{DateTime, SecondsFormat};

use linal_jobs::timing::Timing;

fn at(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text).unwrap_or_else(|error| panic!("{text}: {error}")).timestamp_micros()
}

fn text(us: i64) -> String {
    DateTime::from_timestamp_micros(us).unwrap().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The moments after a time, one after the other.
fn moments(timing: &Timing, from: &str, count: usize) -> Vec<String> {
    let mut time = at(from);
    let next = || {
        time = timing.next_after(time).unwrap();
        text(time)
    };
    std::iter::repeat_with(next).take(count).collect()
}

#[test]
fn every_counts_from_the_epoch() {
    let timing = Timing::every("5m").unwrap();
    assert_eq!(moments(&timing, "2026-11-30T22:41:07Z", 2), ["2026-11-30T22:45:00Z", "2026-11-30T22:50:00Z"]);
    assert_eq!(timing.last_until(at("2026-11-30T22:45:00Z")), Some(at("2026-11-30T22:45:00Z")));
    for wrong in ["", "soon", "10ms", "0s", "-5m"] {
        assert!(Timing::every(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn fields_of_cron() {
    let day = Timing::cron("0 3 * * *", None).unwrap();
    assert_eq!(moments(&day, "2026-02-28T03:00:00Z", 2), ["2026-03-01T03:00:00Z", "2026-03-02T03:00:00Z"]);
    let seconds = Timing::cron("*/20 * * * * *", None).unwrap();
    assert_eq!(
        moments(&seconds, "2026-02-28T23:59:39.5Z", 3),
        ["2026-02-28T23:59:40Z", "2026-03-01T00:00:00Z", "2026-03-01T00:00:20Z"]
    );
    let leap = Timing::cron("0 0 29 2 *", None).unwrap();
    assert_eq!(moments(&leap, "2026-01-01T00:00:00Z", 2), ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]);
    for wrong in ["", "* * * *", "61 * * * *", "* * * * * * *", "0 0 30 2 *", "x * * * *"] {
        assert!(Timing::cron(wrong, None).is_err(), "{wrong}");
    }
    assert!(Timing::cron("0 3 * * *", Some("Mars/Phobos")).is_err());
}

#[test]
fn a_local_time_that_is_left_out_fires_after_the_gap() {
    // On 2026-03-29 the clocks of Berlin go from 02:00 to 03:00, which is 01:00 UTC.
    let timing = Timing::cron("30 2 * * *", Some("Europe/Berlin")).unwrap();
    assert_eq!(
        moments(&timing, "2026-03-27T12:00:00Z", 3),
        ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
    );
    // Four times are left out; all fire at one moment, and that once.
    let quarters = Timing::cron("*/15 2 * * *", Some("Europe/Berlin")).unwrap();
    assert_eq!(
        moments(&quarters, "2026-03-29T00:30:00Z", 2),
        ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]
    );
    assert_eq!(quarters.last_until(at("2026-03-29T20:00:00Z")), Some(at("2026-03-29T01:00:00Z")));
}

#[test]
fn a_local_time_that_comes_twice_fires_once() {
    // On 2026-10-25 the clocks of Berlin go from 03:00 back to 02:00, which is 01:00 UTC.
    let timing = Timing::cron("30 2 * * *", Some("Europe/Berlin")).unwrap();
    assert_eq!(moments(&timing, "2026-10-24T12:00:00Z", 2), ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    assert_eq!(timing.next_after(at("2026-10-25T01:10:00Z")), Some(at("2026-10-26T01:30:00Z")));
    assert_eq!(timing.last_until(at("2026-10-25T01:10:00Z")), Some(at("2026-10-25T00:30:00Z")));
    assert_eq!(timing.last_until(at("2026-10-25T01:30:00Z")), Some(at("2026-10-25T00:30:00Z")));
}

#[test]
fn both_directions_agree_in_every_zone() {
    let zones = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/Sao_Paulo",
    ];
    let patterns = ["*/17 * * * *", "30 2 * * *", "15 */3 * * SUN", "0 0 1 * *", "59 59 23 * * *"];
    for zone in zones {
        for pattern in patterns {
            let timing = Timing::cron(pattern, Some(zone)).unwrap();
            let mut time = at("2018-01-01T00:00:00Z");
            for _ in 0..2000 {
                let next = timing.next_after(time).unwrap();
                assert!(next > time, "{pattern} {zone}");
                assert_eq!(timing.last_until(next), Some(next), "{pattern} {zone} {}", text(next));
                let before = timing.last_until(next - 1).unwrap();
                assert!(
                    before <= time || time == at("2018-01-01T00:00:00Z"),
                    "{pattern} {zone} {}",
                    text(next)
                );
                time = next;
            }
        }
    }
}
