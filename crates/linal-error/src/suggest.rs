//! The nearest valid name for a word that is none, and short lists of names.

/// The most names that an error lists.
const LISTED: usize = 10;

/// The nearest candidate, or `None` when none is near enough to be meant. Of equally near ones the first is taken.
///
/// Case counts as no mistake. The beginning of a candidate, of four characters or more, counts as one mistake, and so
/// does its last part behind a `/`.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(&wanted, &candidate.to_lowercase())?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The help for a word that is none of the candidates: the nearest one, if one is near enough.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(meant)
}

/// The help that offers a name.
pub fn meant(name: impl std::fmt::Display) -> String {
    format!("did you mean `{name}`?")
}

/// Edit distance in which swapping two neighbours is one mistake, when it is small enough for a word of the length.
fn distance(wanted: &str, candidate: &str) -> Option<usize> {
    let edits = strsim::damerau_levenshtein(wanted, candidate);
    let is_beginning = wanted.chars().count() >= 4 && candidate.starts_with(wanted);
    let is_last_part = candidate.rsplit_once('/').is_some_and(|(_, last)| last == wanted);
    let distance = if is_beginning || is_last_part { edits.min(1) } else { edits };
    let length = wanted.chars().count().max(candidate.chars().count());
    (distance <= allowed(length)).then_some(distance)
}

/// How many mistakes a word of this length may have: a third of it, but one in a short one.
fn allowed(length: usize) -> usize {
    match length {
        0 | 1 => 0,
        2..=4 => 1,
        _ => length / 3,
    }
}

/// The first few names, quoted, and how many more there are.
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
