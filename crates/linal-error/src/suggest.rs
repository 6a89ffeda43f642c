//! Suggests the nearest valid name for an unknown word, and formats short lists of names.

/// The maximum number of names that an error lists.
const LISTED: usize = 10;

/// The nearest candidate, or `None` when none is near enough. The first of equally near ones is returned.
///
/// Case is ignored. A prefix of a candidate, of four characters or more, counts as one edit, and so does its
/// last part after a `/`.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(&wanted, &candidate.to_lowercase())?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The hint for an unknown word: the nearest candidate, if one is near enough.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(meant)
}

/// The hint that suggests a name.
pub fn meant(name: impl std::fmt::Display) -> String {
    format!("did you mean `{name}`?")
}

/// The edit distance, in which a swap of two adjacent characters is one edit, if it is small enough for the
/// word's length.
fn distance(wanted: &str, candidate: &str) -> Option<usize> {
    let edits = strsim::damerau_levenshtein(wanted, candidate);
    let is_beginning = wanted.chars().count() >= 4 && candidate.starts_with(wanted);
    let is_last_part = candidate.rsplit_once('/').is_some_and(|(_, last)| last == wanted);
    let distance = if is_beginning || is_last_part { edits.min(1) } else { edits };
    let length = wanted.chars().count().max(candidate.chars().count());
    (distance <= allowed(length)).then_some(distance)
}

/// The maximum edit distance for a word of this length: a third of it, but one for short words.
fn allowed(length: usize) -> usize {
    match length {
        0 | 1 => 0,
        2..=4 => 1,
        _ => length / 3,
    }
}

/// The first names, quoted, and the number of the others.
pub fn list<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{}`", name.as_ref())).collect();
    let more = names.len().saturating_sub(LISTED);
    match (shown.as_slice(), more) {
        ([], _) => "none".to_string(),
        ([only], 0) => only.clone(),
        ([most @ .., last], 0) => format!("{} and {last}", most.join(", ")),
        (_, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut() {
        assert_eq!(list::<&str>(&[]), "none");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
        let many: Vec<String> = (0..12).map(|i| i.to_string()).collect();
        assert!(list(&many).ends_with("`9` and 2 more"));
    }
}
