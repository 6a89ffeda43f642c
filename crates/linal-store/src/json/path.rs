//! Paths into JSON: `$.a[0]`, `$."odd key"[#-1]`, `$.*`, `$[*]`, `/a/0`, and a key by itself.

use super::scan::{content, elements, entries};

/// A path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    steps: Vec<Step>,
}

/// Why a text is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathError {
    /// The byte of the text at which a step was expected.
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    /// From the end if negative.
    Index(i64),
    /// A key of an object, or an index of an array: a pointer does not say which.
    Either(String),
    All,
}

impl Path {
    /// The element at an index, from the end if negative.
    pub fn index(index: i64) -> Path {
        Path { steps: vec![Step::Index(index)] }
    }

    /// Parses a path: `$..` is a path, `/..` a pointer, and any other text a key.
    ///
    /// # Errors
    /// The place of an invalid step.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        let steps = match text.as_bytes().first() {
            Some(b'$') => steps(text)?,
            Some(b'/') => text[1..].split('/').map(pointer_step).collect(),
            _ => vec![Step::Key(text.to_string())],
        };
        Ok(Path { steps })
    }

    /// Whether it may lead to several values.
    pub fn is_many(&self) -> bool {
        self.steps.contains(&Step::All)
    }

    /// The values that it leads to, as slices of a valid text.
    pub fn find<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut found = vec![text.trim_ascii()];
        for step in &self.steps {
            found = found.into_iter().flat_map(|value| step.of(value)).collect();
        }
        found
    }
}

impl Step {
    fn of<'t>(&self, value: &'t str) -> Vec<&'t str> {
        match self {
            Step::Key(key) => by_key(value, key).into_iter().collect(),
            Step::Index(index) => at_index(value, *index).into_iter().collect(),
            Step::Either(name) if value.starts_with('[') => {
                name.parse().ok().and_then(|index| at_index(value, index)).into_iter().collect()
            }
            Step::Either(name) => by_key(value, name).into_iter().collect(),
            Step::All => match (elements(value), entries(value)) {
                (Some(elements), _) => elements,
                (None, entries) => entries.unwrap_or_default().into_iter().map(|(_, value)| value).collect(),
            },
        }
    }
}

fn by_key<'t>(value: &'t str, key: &str) -> Option<&'t str> {
    entries(value)?.into_iter().find(|(name, _)| content(name) == key).map(|(_, value)| value)
}

fn at_index(value: &str, index: i64) -> Option<&str> {
    let elements = elements(value)?;
    let place = if index < 0 { index.checked_add(i64::try_from(elements.len()).ok()?)? } else { index };
    elements.get(usize::try_from(place).ok()?).copied()
}

fn pointer_step(step: &str) -> Step {
    Step::Either(step.replace("~1", "/").replace("~0", "~"))
}

/// The steps after `$`.
fn steps(text: &str) -> Result<Vec<Step>, PathError> {
    let mut steps = Vec::new();
    let mut at = 1;
    while at < text.len() {
        let rest = &text[at..];
        let (step, length) = if let Some(rest) = rest.strip_prefix('.') {
            key_step(rest).map(|(step, length)| (step, length + 1))
        } else {
            index_step(rest)
        }
        .ok_or(PathError { at })?;
        steps.push(step);
        at += length;
    }
    Ok(steps)
}

/// The step after a dot, and its length.
fn key_step(rest: &str) -> Option<(Step, usize)> {
    if rest.starts_with('*') {
        return Some((Step::All, 1));
    }
    if let Some(quoted) = rest.strip_prefix('"') {
        let end = quoted.find('"')?;
        return Some((Step::Key(quoted[..end].to_string()), end + 2));
    }
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    (end > 0).then(|| (Step::Key(rest[..end].to_string()), end))
}

/// `[0]`, `[#-1]`, `[*]`, `['key']`.
fn index_step(rest: &str) -> Option<(Step, usize)> {
    let inner = rest.strip_prefix('[')?;
    let end = inner.find(']')?;
    let inside = inner[..end].trim();
    let quoted = inside.strip_prefix(['"', '\'']).and_then(|key| key.strip_suffix(['"', '\'']));
    let step = match (inside, quoted) {
        ("*", _) => Step::All,
        (_, Some(key)) => Step::Key(key.to_string()),
        (index, None) => {
            let from_end = index.strip_prefix('#').map(str::trim);
            Step::Index(from_end.unwrap_or(index).parse().ok()?)
        }
    };
    Some((step, end + 2))
}

#[cfg(test)]
mod tests {
    use super::super::{kind, minified, string_of};
    use super::*;

    const TEXT: &str = r#" {"a": [1, {"b c": "x,\"y"}, -2.50], "d": null, "e/f": {"0": true}} "#;

    fn found(path: &str) -> Vec<&str> {
        Path::parse(path).unwrap().find(TEXT)
    }

    #[test]
    fn paths_lead_to_slices() {
        for (path, values) in [
            ("$.a[0]", vec!["1"]),
            ("$.a[#-1]", vec!["-2.50"]),
            ("$.a[-1]", vec!["-2.50"]),
            ("$.a[1].\"b c\"", vec![r#""x,\"y""#]),
            ("/a/2", vec!["-2.50"]),
            ("/e~1f/0", vec!["true"]),
            ("d", vec!["null"]),
            ("$.none", vec![]),
            ("$.a[7]", vec![]),
            ("$.e/f.*", vec!["true"]),
        ] {
            assert_eq!(found(path), values, "{path}");
        }
        assert_eq!(found("$.a[*]").len(), 3);
        for bad in ["$.", "$x", "$[", "$[a]", "$.a."] {
            assert!(Path::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_have_kinds_and_texts() {
        let kinds = ["{}", "[]", "\"\"", "1", "-1", "1.5", "1e3", "true", "null"].map(kind);
        let names =
            ["OBJECT", "ARRAY", "VARCHAR", "UBIGINT", "BIGINT", "DOUBLE", "DOUBLE", "BOOLEAN", "NULL"];
        assert_eq!(kinds, names);
        assert_eq!(minified("{ \"a b\" : [ 1 , 2 ] }"), "{\"a b\":[1,2]}");
        assert_eq!(string_of(r#""x\ny""#).as_deref(), Some("x\ny"));
        assert_eq!(string_of("null"), None);
    }
}
