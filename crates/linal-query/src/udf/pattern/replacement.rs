//! The replacement of a match: `\1` to `\9` are the groups of the match, `\0` and `\&` the whole match, `\\`
//! is a backslash. A dollar has no special meaning.

use regex::Captures;

/// A parsed replacement.
pub(super) struct Replacement(Vec<Part>);

enum Part {
    Text(String),
    Group(usize),
}

impl Replacement {
    pub fn parse(text: &str) -> Replacement {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut chars = text.chars().peekable();
        while let Some(next) = chars.next() {
            let group = match (next, chars.peek()) {
                ('\\', Some('&')) => Some(0),
                ('\\', Some(digit)) => digit.to_digit(10).map(|digit| digit as usize),
                _ => None,
            };
            match group {
                Some(group) => {
                    chars.next();
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                    parts.push(Part::Group(group));
                }
                None => {
                    if next == '\\' && chars.peek() == Some(&'\\') {
                        chars.next();
                    }
                    plain.push(next);
                }
            }
        }
        parts.push(Part::Text(plain));
        Replacement(parts)
    }
}

impl regex::Replacer for &Replacement {
    /// A group that the pattern does not have, or that did not match, is empty.
    fn replace_append(&mut self, captures: &Captures<'_>, to: &mut String) {
        for part in &self.0 {
            match part {
                Part::Text(text) => to.push_str(text),
                Part::Group(group) => to.push_str(captures.get(*group).map_or("", |found| found.as_str())),
            }
        }
    }
}
