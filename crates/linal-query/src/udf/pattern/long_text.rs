//! Searches of long texts that stop with their statement.
//!
//! A search of the regex crate cannot be stopped, and takes seconds for a text of some 100 MB, or for a pattern of many states.
//! Here the automaton is walked byte by byte, with a look at the statement in between. It is slower than the crate's
//! search for most patterns, so it is for texts that would take long.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use linal_dataset::{Error, Result};
use linal_tensor::ExecutionContext;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

use super::regex::Options;

/// Bytes between two looks. A pattern that has a new state at each byte takes some 20 microseconds for one.
const LOOK: usize = 1 << 10;

/// Bytes of the states that are kept; beyond, they are computed again.
const CACHE: usize = 4 << 20;

/// Bytes that a compiled pattern may take, as for the regex crate.
const LARGEST: usize = 10 << 20;

/// The automata of a pattern: from the start of a text to the end of a match, and back to its start.
#[derive(Debug)]
pub(super) struct Walker {
    forward: DFA,
    backward: DFA,
    caches: Mutex<(Cache, Cache)>,
}

/// What a walk has found; `None` when it cannot know, and the search of the crate must tell.
type Found<T> = Option<Option<T>>;

impl Walker {
    /// The automata of a pattern in the syntax of the regex crate; `None` for one that has none.
    pub fn new(pattern: &str, options: Options) -> Option<Walker> {
        let syntax = syntax::Config::new()
            .case_insensitive(options.any_case)
            .dot_matches_new_line(options.dot_matches_newline)
            .multi_line(options.multi_line)
            .ignore_whitespace(options.extended);
        let automaton = |kind: MatchKind, is_reversed: bool| {
            // A word boundary beside a letter beyond ASCII ends the walk without a result.
            let config: Config = DFA::config()
                .match_kind(kind)
                .unicode_word_boundary(true)
                .cache_capacity(CACHE)
                .skip_cache_capacity_check(true);
            let states = thompson::Config::new().reverse(is_reversed).nfa_size_limit(Some(LARGEST));
            DFA::builder().configure(config).thompson(states).syntax(syntax).build(pattern).ok()
        };
        let (forward, backward) =
            (automaton(MatchKind::LeftmostFirst, false)?, automaton(MatchKind::All, true)?);
        let caches = Mutex::new((forward.create_cache(), backward.create_cache()));
        Some(Walker { forward, backward, caches })
    }

    /// The number of states of the pattern, which the time of the slowest search grows with.
    pub fn states(&self) -> usize {
        self.forward.get_nfa().states().len()
    }

    /// Whether there is a match; `None` when the walk cannot know.
    ///
    /// # Errors
    /// `E0502` and `E0503`.
    pub fn is_match(&self, text: &str, context: &ExecutionContext) -> Result<Option<bool>> {
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        let end = self.end(&mut caches.0, text.as_bytes(), 0, true, context)?;
        Ok(end.map(|end| end.is_some()))
    }

    /// The first match from `at` on.
    ///
    /// # Errors
    /// `E0502` and `E0503`.
    pub fn find(&self, text: &str, at: usize, context: &ExecutionContext) -> Result<Found<Range<usize>>> {
        // An empty match may lie within a letter, which the crate sorts out.
        if self.forward.get_nfa().has_empty() {
            return Ok(None);
        }
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(end) = self.end(&mut caches.0, text.as_bytes(), at, false, context)? else {
            return Ok(None);
        };
        let Some(end) = end else { return Ok(Some(None)) };
        let start = self.start(&mut caches.1, text.as_bytes(), at..end, context)?;
        Ok(start.flatten().map(|start| Some(start..end)))
    }

    /// The end of the first match from `at` on, or of the shortest one.
    fn end(
        &self,
        cache: &mut Cache,
        text: &[u8],
        at: usize,
        is_shortest: bool,
        context: &ExecutionContext,
    ) -> Result<Found<usize>> {
        let start = self.forward.start_state_forward(cache, &Input::new(text).range(at..));
        let Ok(mut state) = start else { return Ok(None) };
        let mut end = None;
        for (from, part) in parts(text, at..text.len()) {
            context.poll().map_err(Error::from)?;
            for (place, &byte) in part.iter().enumerate() {
                let Ok(next) = self.forward.next_state(cache, state, byte) else { return Ok(None) };
                state = next;
                if !state.is_tagged() {
                    continue;
                }
                // A match is known one byte behind its end.
                if state.is_match() {
                    end = Some(from + place);
                    if is_shortest {
                        return Ok(Some(end));
                    }
                } else if state.is_dead() {
                    return Ok(Some(end));
                } else if state.is_quit() {
                    return Ok(None);
                }
            }
        }
        match self.forward.next_eoi_state(cache, state) {
            Ok(state) if state.is_quit() => Ok(None),
            Ok(state) if state.is_match() => Ok(Some(Some(text.len()))),
            Ok(_) => Ok(Some(end)),
            Err(_) => Ok(None),
        }
    }

    /// The start of the match that ends at the end of a range, in the range.
    fn start(
        &self,
        cache: &mut Cache,
        text: &[u8],
        range: Range<usize>,
        context: &ExecutionContext,
    ) -> Result<Found<usize>> {
        let input = Input::new(text).range(range.clone()).anchored(Anchored::Yes);
        let Ok(mut state) = self.backward.start_state_reverse(cache, &input) else { return Ok(None) };
        let mut start = None;
        for (from, part) in parts(text, range.clone()).rev() {
            context.poll().map_err(Error::from)?;
            for (place, &byte) in part.iter().enumerate().rev() {
                let Ok(next) = self.backward.next_state(cache, state, byte) else { return Ok(None) };
                state = next;
                if !state.is_tagged() {
                    continue;
                }
                if state.is_match() {
                    start = Some(from + place + 1);
                } else if state.is_dead() {
                    return Ok(Some(start));
                } else if state.is_quit() {
                    return Ok(None);
                }
            }
        }
        let last = match range.start.checked_sub(1) {
            Some(before) => self.backward.next_state(cache, state, text[before]),
            None => self.backward.next_eoi_state(cache, state),
        };
        match last {
            Ok(state) if state.is_quit() => Ok(None),
            Ok(state) if state.is_match() => Ok(Some(Some(range.start))),
            Ok(_) => Ok(Some(start)),
            Err(_) => Ok(None),
        }
    }
}

/// The parts of a range of a text between two looks, with their places.
fn parts(text: &[u8], range: Range<usize>) -> impl DoubleEndedIterator<Item = (usize, &[u8])> {
    let count = range.len().div_ceil(LOOK);
    (0..count).map(move |part| {
        let from = range.start + part * LOOK;
        (from, &text[from..range.end.min(from + LOOK)])
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use linal_error::Code;
    use linal_tensor::MemoryPool;
    use regex::RegexBuilder;

    use super::*;

    /// Patterns in which every kind of state occurs, and texts that are longer than a part.
    const PATTERNS: [&str; 16] = [
        "needle",
        "a+b",
        "(?:ab|a)(?:bc|c)?",
        "^x.*y$",
        r"\bword\b",
        r"\B.",
        r"[^\W\d_]+é?",
        "x*",
        "",
        r"\A.",
        r".\z",
        "(?s).+",
        r"b{3,5}?",
        "(a|ab)(c|bcd)",
        "ü|Ü",
        "$",
    ];

    fn texts() -> Vec<String> {
        let long = "ab cabbbbbb x word y\nneedle abc ".repeat(80);
        let mut texts = vec![String::new(), "é".to_owned(), long.clone(), format!("{long}xyÜ wörd word")];
        texts.push("z".repeat(3 * LOOK));
        texts.push(format!("{}needle", "z".repeat(LOOK - 3)));
        texts
    }

    #[test]
    fn a_walk_finds_what_the_crate_finds() {
        let context = ExecutionContext::unlimited();
        let mut known = 0;
        for pattern in PATTERNS {
            for any_case in [false, true] {
                let regex = RegexBuilder::new(pattern).case_insensitive(any_case).build().unwrap();
                let walker = Walker::new(pattern, Options { any_case, ..Options::default() }).unwrap();
                for text in texts() {
                    let matches = walker.is_match(&text, &context).unwrap();
                    if let Some(matches) = matches {
                        assert_eq!(matches, regex.is_match(&text), "{pattern} in {text}");
                    }
                    let mut at = 0;
                    for expected in regex.find_iter(&text).take(50) {
                        let Some(found) = walker.find(&text, at, &context).unwrap() else { break };
                        assert_eq!(found, Some(expected.range()), "{pattern} from {at} of {text}");
                        (at, known) = (expected.end(), known + 1);
                    }
                }
            }
        }
        assert!(known > 500, "{known} matches were compared");
    }

    #[test]
    fn a_walk_stops_in_the_middle_of_a_text() {
        let mut context = ExecutionContext::new(MemoryPool::new(usize::MAX));
        context.start(Some(Duration::from_millis(20)));
        let text = "ab".repeat(64 << 20);
        let walker = Walker::new("[ab]*a[ab]{12}[c-z]", Options::default()).unwrap();
        let start = Instant::now();
        let stopped = walker.is_match(&text, &context).unwrap_err();
        assert!(stopped.is(Code::Timeout), "{stopped}");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert!(walker.find(&text, 0, &context).unwrap_err().is(Code::Timeout));
    }
}
