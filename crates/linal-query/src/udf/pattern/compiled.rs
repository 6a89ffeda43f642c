//! A compiled pattern, and what is done with its matches.

use std::borrow::Cow;
use std::ops::{ControlFlow, Range};
use std::sync::OnceLock;

use linal_dataset::{Error, Result};
use linal_tensor::ExecutionContext;
use regex::{Captures, Regex, Replacer};

use super::long_text::Walker;
use super::regex::Options;

/// Bytes of a text below which a search always is the crate's.
const SHORT: usize = 16 << 10;

/// Bytes of a text times states of a pattern from which on a search may take longer than some 50 ms, so that it is one
/// that can be stopped.
const LONG_SEARCH: usize = 8 << 20;

/// After how many searches in a text the clock is read, which takes as long as a search that finds a match at once. A
/// search of the crate's takes 50 ms at most.
const SEARCHES: usize = 16;

/// A compiled pattern. Its searches stop with the statement: after some matches, and within long texts but for
///
/// - a pattern with a word boundary in a text with letters beyond ASCII,
/// - a pattern that matches the empty text, where matches are looked for and not only their existence,
/// - the groups of one match, which are found when the match is.
#[derive(Debug)]
pub(in crate::udf) struct Pattern {
    regex: Regex,
    options: Options,
    walker: OnceLock<Option<Walker>>,
}

impl Pattern {
    pub fn new(regex: Regex, options: Options) -> Pattern {
        Pattern { regex, options, walker: OnceLock::new() }
    }

    /// The pattern as it was compiled.
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    /// The number of groups, the whole match included.
    pub fn groups(&self) -> usize {
        self.regex.captures_len()
    }

    /// What searches a text of so many bytes; `None` for the crate's search.
    fn walker(&self, bytes: usize) -> Option<&Walker> {
        if bytes < SHORT {
            return None;
        }
        let walker = self.walker.get_or_init(|| Walker::new(self.regex.as_str(), self.options)).as_ref()?;
        (bytes.saturating_mul(walker.states()) >= LONG_SEARCH).then_some(walker)
    }

    /// Whether there is a match.
    ///
    /// # Errors
    /// `E0502` and `E0503`.
    pub fn is_match(&self, text: &str, context: &ExecutionContext) -> Result<bool> {
        let known = match self.walker(text.len()) {
            Some(walker) => walker.is_match(text, context)?,
            None => None,
        };
        Ok(known.unwrap_or_else(|| self.regex.is_match(text)))
    }

    /// The first match from `at` on.
    fn find_at(&self, text: &str, at: usize, context: &ExecutionContext) -> Result<Option<Range<usize>>> {
        let known = match self.walker(text.len() - at) {
            Some(walker) => walker.find(text, at, context)?,
            None => None,
        };
        Ok(known.unwrap_or_else(|| self.regex.find_at(text, at).map(|found| found.range())))
    }

    /// The groups of the first match.
    ///
    /// # Errors
    /// `E0502` and `E0503`.
    pub fn captures<'t>(&self, text: &'t str, context: &ExecutionContext) -> Result<Option<Captures<'t>>> {
        if is_long(text) {
            context.poll().map_err(Error::from)?;
        }
        self.captures_at(text, 0, context)
    }

    /// The groups of the first match from `at` on.
    fn captures_at<'t>(
        &self,
        text: &'t str,
        at: usize,
        context: &ExecutionContext,
    ) -> Result<Option<Captures<'t>>> {
        let known = match self.walker(text.len() - at) {
            Some(walker) => walker.find(text, at, context)?,
            None => None,
        };
        Ok(match known {
            // It begins here, so that the crate looks no further than it must to know its groups.
            Some(Some(found)) => self.regex.captures_at(text, found.start),
            Some(None) => None,
            None => self.regex.captures_at(text, at),
        })
    }

    /// Gives each match to `take`, until that ends it.
    ///
    /// # Errors
    /// `E0502` and `E0503`.
    pub fn each_match(
        &self,
        text: &str,
        context: &ExecutionContext,
        mut take: impl FnMut(Range<usize>) -> ControlFlow<()>,
    ) -> Result<()> {
        let find = |at: usize| self.find_at(text, at, context);
        let poll = || context.poll().map_err(Error::from);
        each(text, poll, find, |found: &Range<usize>| found.clone(), &mut take)
    }

    /// Gives the groups of each match to `take`, until that ends it.
    ///
    /// # Errors
    /// `E0502` and `E0503`.
    pub fn each_captures<'t>(
        &self,
        text: &'t str,
        context: &ExecutionContext,
        mut take: impl FnMut(Captures<'t>) -> ControlFlow<()>,
    ) -> Result<()> {
        let find = |at: usize| self.captures_at(text, at, context);
        let poll = || context.poll().map_err(Error::from);
        each(text, poll, find, |captures| captures.get_match().range(), &mut take)
    }

    /// The text with its first match replaced, or all of them.
    ///
    /// # Errors
    /// `E0502` and `E0503`.
    pub fn replaced<'t>(
        &self,
        text: &'t str,
        all: bool,
        mut by: impl Replacer,
        context: &ExecutionContext,
    ) -> Result<Cow<'t, str>> {
        let (mut replaced, mut done) = (None, 0);
        self.each_captures(text, context, |captures| {
            let found = captures.get_match();
            let replaced = replaced.get_or_insert_with(|| String::with_capacity(text.len()));
            replaced.push_str(&text[done..found.start()]);
            by.replace_append(&captures, replaced);
            done = found.end();
            if all { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let Some(mut replaced) = replaced else { return Ok(Cow::Borrowed(text)) };
        replaced.push_str(&text[done..]);
        Ok(Cow::Owned(replaced))
    }

    /// The parts of a text between the matches.
    ///
    /// # Errors
    /// `E0502` and `E0503`.
    pub fn split(&self, text: &str, context: &ExecutionContext) -> Result<Vec<String>> {
        let (mut parts, mut done) = (Vec::new(), 0);
        self.each_match(text, context, |found| {
            parts.push(text[done..found.start].to_owned());
            done = found.end;
            ControlFlow::Continue(())
        })?;
        parts.push(text[done..].to_owned());
        Ok(parts)
    }
}

/// Whether a search of a text takes longer than reading the clock. Who matches many short texts reads it after some of
/// them.
fn is_long(text: &str) -> bool {
    text.len() >= SHORT
}

/// Looks for matches one after the other, as the iterators of the crate do: none overlaps the one before, and an empty
/// one does not follow it at once.
fn each<M>(
    text: &str,
    poll: impl Fn() -> Result<()>,
    find: impl Fn(usize) -> Result<Option<M>>,
    range: impl Fn(&M) -> Range<usize>,
    take: &mut dyn FnMut(M) -> ControlFlow<()>,
) -> Result<()> {
    let (mut at, mut last) = (0, None);
    let mut searches = 0usize;
    while at <= text.len() {
        if searches.is_multiple_of(SEARCHES) && (searches > 0 || is_long(text)) {
            poll()?;
        }
        searches += 1;
        let Some(found) = find(at)? else { return Ok(()) };
        let place = range(&found);
        if place.is_empty() && last == Some(place.end) {
            at = text.ceil_char_boundary(place.end + 1).max(place.end + 1);
            continue;
        }
        (at, last) = (place.end, Some(place.end));
        if take(found).is_break() {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_follow_one_another_as_in_the_crate() {
        let context = ExecutionContext::unlimited();
        let texts = ["", "aé", "xaaxb", "éaaé", "a,b,,c"];
        for pattern in ["a*", "", "x", "a|", "(a)|x", r"\b", ","] {
            let regex = Regex::new(pattern).unwrap();
            let compiled = Pattern::new(regex.clone(), Options::default());
            for text in texts {
                let mut found = Vec::new();
                compiled
                    .each_match(text, &context, |range| {
                        found.push(range);
                        ControlFlow::Continue(())
                    })
                    .unwrap();
                let expected: Vec<_> = regex.find_iter(text).map(|found| found.range()).collect();
                assert_eq!(found, expected, "{pattern} in {text}");
                let replaced = compiled.replaced(text, true, "<$1>", &context).unwrap();
                assert_eq!(replaced, regex.replace_all(text, "<$1>"), "{pattern} in {text}");
                let replaced = compiled.replaced(text, false, "-", &context).unwrap();
                assert_eq!(replaced, regex.replace(text, "-"), "{pattern} in {text}");
                let parts: Vec<_> = regex.split(text).collect();
                assert_eq!(compiled.split(text, &context).unwrap(), parts, "{pattern} in {text}");
            }
        }
    }

    #[test]
    fn a_text_of_many_matches_is_left_when_the_statement_is_over() {
        let mut context = ExecutionContext::unlimited();
        context.start(Some(std::time::Duration::ZERO));
        let compiled = Pattern::new(Regex::new("a").unwrap(), Options::default());
        let found = |text: &str| {
            let mut found = 0;
            let ended = compiled.each_match(text, &context, |_| {
                found += 1;
                ControlFlow::Continue(())
            });
            (found, ended.is_err())
        };
        assert_eq!(found("aaa"), (3, false), "the clock is not read");
        assert_eq!(found(&"a".repeat(100)), (SEARCHES, true));
        assert_eq!(found(&"a".repeat(SHORT)), (0, true));
    }

    #[test]
    fn groups_of_a_long_text_are_those_of_the_crate() {
        let context = ExecutionContext::unlimited();
        let text = format!("{} key=value; key=other", "word ".repeat(200_000));
        let regex = Regex::new(r"(\w+)=(\w+)").unwrap();
        let compiled = Pattern::new(regex.clone(), Options::default());
        assert!(compiled.walker(text.len()).is_some());
        let mut found = Vec::new();
        compiled
            .each_captures(&text, &context, |captures| {
                found.push(captures[2].to_owned());
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(found, ["value", "other"]);
        assert!(!compiled.is_match(&text.replace('=', " "), &context).unwrap());
    }
}
