//! Makes column names distinct, and looks them up.

use std::collections::HashSet;

use linal_error::suggest;

use crate::error::{ReadError, Result};

/// Makes names distinct, case-insensitively. Empty ones become `c0`, `c1`, ... and repeated ones `a_2`,
/// `a_3`, which a notice reports.
pub(super) fn distinct(place: &str, names: Vec<String>, notices: &mut Vec<String>) -> Vec<String> {
    let all: HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let mut used = HashSet::new();
    let mut changed = Vec::new();
    let mut distinct = Vec::with_capacity(names.len());
    for (at, original) in names.into_iter().enumerate() {
        let base = if original.is_empty() { format!("c{at}") } else { original.clone() };
        let mut name = base.clone();
        let mut count = 1;
        while used.contains(&name.to_lowercase()) || name != original && all.contains(&name.to_lowercase()) {
            count += 1;
            name = format!("{base}_{count}");
        }
        if name != original && !original.is_empty() {
            changed.push(format!("column {at}, `{original}`, is `{name}`"));
        }
        used.insert(name.to_lowercase());
        distinct.push(name);
    }
    if !changed.is_empty() {
        let more = changed.len().saturating_sub(5);
        changed.truncate(5);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        notices.push(format!("{place} has columns of the same name: {}{more}", changed.join(", ")));
    }
    distinct
}

/// Indices of the requested fields; all when none were requested.
pub(super) fn select(place: &str, names: &[String], fields: Option<&[String]>) -> Result<Vec<usize>> {
    let Some(fields) = fields else { return Ok((0..names.len()).collect()) };
    let mut places = Vec::with_capacity(fields.len());
    for field in fields {
        let at = find(names, field).ok_or_else(|| missing(place, "field", field, names))?;
        if places.contains(&at) {
            return Err(ReadError::name_not_found(format!("{place}: FIELDS names `{field}` twice")));
        }
        places.push(at);
    }
    Ok(places)
}

/// An exact match, otherwise a case-insensitive one.
pub(super) fn find(names: &[String], wanted: &str) -> Option<usize> {
    let lower = wanted.to_lowercase();
    let exact = names.iter().position(|name| name == wanted);
    exact.or_else(|| names.iter().position(|name| name.to_lowercase() == lower))
}

/// The error for an unknown name.
pub(super) fn missing(place: &str, what: &str, wanted: &str, names: &[String]) -> ReadError {
    ReadError::name_not_found(format!("{place} has no {what} `{wanted}`; it has {}", suggest::list(names)))
        .with_help(suggest::did_you_mean(wanted, names.iter().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_are_told_apart() {
        let mut notices = Vec::new();
        let names = ["a", "A", "", "a_2", "c2"].map(str::to_string).to_vec();
        assert_eq!(distinct("`f`", names, &mut notices), ["a", "A_3", "c2_2", "a_2", "c2"]);
        assert_eq!(notices, ["`f` has columns of the same name: column 1, `A`, is `A_3`"]);
    }
}
