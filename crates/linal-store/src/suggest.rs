//! The nearest valid name, and short lists of names.

/// The most names that an error lists.
const LISTED: usize = 10;

/// The candidate that was most likely meant by `word`, if one is near enough.
///
/// Case counts as no mistake, and a name that ends in `/word` (the last part of a path) as a small one.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(&wanted, candidate)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn distance(wanted: &str, candidate: &str) -> Option<usize> {
    let lower = candidate.to_lowercase();
    let last = lower.rsplit('/').next().unwrap_or(&lower);
    let whole = strsim::damerau_levenshtein(wanted, &lower);
    let distance = match wanted == last {
        true => whole.min(1),
        false => whole,
    };
    let allowed = (wanted.chars().count().max(lower.chars().count()) / 3).max(1);
    (distance <= allowed && distance < wanted.chars().count().max(1)).then_some(distance)
}

/// The help for a name that is not there.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|name| format!("did you mean `{name}`?"))
}

/// The first few names, quoted, and how many more there are.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
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
    fn finds_what_was_meant() {
        let names = ["strain/Strain", "quality/simple/DQmask", "meta/GPSstart"];
        assert_eq!(nearest("strain/strian", names), Some("strain/Strain"));
        assert_eq!(nearest("GPSstart", names), Some("meta/GPSstart"));
        assert_eq!(nearest("voltage", names), None);
        assert_eq!(nearest("", names), None);
    }

    #[test]
    fn lists_are_cut() {
        assert_eq!(list::<&str>(&[]), "none");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
        let many: Vec<String> = (0..12).map(|i| i.to_string()).collect();
        assert!(list(&many).ends_with("`9` and 2 more"));
    }
}
