//! The nearest valid names for a word that is none.

/// The nearest candidate, or `None` when none is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_few(word, candidates).into_iter().next()
}

/// Up to three candidates that may have been meant, nearest first, ties in the order given.
pub fn nearest_few<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = word.to_lowercase();
    let length = wanted.chars().count();
    let mut near: Vec<(usize, &str)> = Vec::new();
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let distance = distance(&wanted, &lower);
        let new = near.iter().all(|(_, known)| !known.eq_ignore_ascii_case(candidate));
        if new && distance <= threshold(length.max(lower.chars().count())) {
            near.push((distance, candidate));
        }
    }
    near.sort_by_key(|(distance, _)| *distance);
    near.truncate(3);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Edit distance in which swapping two neighbours is one mistake; a mere prefix of four characters or more counts as one.
fn distance(wanted: &str, candidate: &str) -> usize {
    let edits = strsim::damerau_levenshtein(wanted, candidate);
    match wanted.chars().count() >= 4 && candidate.starts_with(wanted) {
        true => edits.min(1),
        false => edits,
    }
}

/// How many mistakes a word of this length may have: a third of it, but one in a short one.
fn threshold(length: usize) -> usize {
    match length {
        0 | 1 => 0,
        2..=4 => 1,
        _ => (length / 3).max(1),
    }
}
