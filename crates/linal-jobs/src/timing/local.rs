//! From local times to moments.

use linal_store::temporal::Zone;

use super::SECOND;

/// Further than any change of a zone moves its clocks.
const DAY: i64 = 86_400 * SECOND;

/// The first moment at which a zone's clocks show a local time; for one that is left out, the first moment after
/// the gap. Both are microseconds. `None` beyond the calendar.
pub(super) fn first_moment(zone: &Zone, local_us: i64) -> Option<i64> {
    let (before, after) =
        (zone.offset_at(local_us.checked_sub(DAY)?)?, zone.offset_at(local_us.checked_add(DAY)?)?);
    let moments = [local_us.checked_sub(before)?, local_us.checked_sub(after)?];
    let shown = moments.into_iter().filter(|moment| zone.to_local(*moment) == Some(local_us)).min();
    shown.or_else(|| end_of_gap(zone, local_us))
}

/// The first moment whose local time is later than one that is left out.
fn end_of_gap(zone: &Zone, local_us: i64) -> Option<i64> {
    let (mut before, mut after) = (local_us.checked_sub(2 * DAY)?, local_us.checked_add(2 * DAY)?);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if zone.to_local(middle)? > local_us { after = middle } else { before = middle }
    }
    Some(after)
}

/// The latest local time whose first moment may not be after a time: in the second of two equal hours, and shortly
/// after it, that is later than what the clocks show.
pub(super) fn latest_local(zone: &Zone, time_us: i64) -> Option<i64> {
    let (earlier, now) = (zone.offset_at(time_us.checked_sub(DAY)?)?, zone.offset_at(time_us)?);
    time_us.checked_add(earlier.max(now))
}
