//! Compiles the regular expressions of queries.

use std::sync::Arc;

use datafusion::common::Result as DfResult;
use datafusion::common::config::ConfigOptions;
use linal_dataset::{Error, Result};
use linal_tensor::{ExecutionContext, GenerationCache};
use regex::RegexBuilder;

use super::compiled::Pattern;
use crate::udf::context::execution;
use crate::udf::error::{external, wrong_arguments};

/// Options of a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::udf) struct Options {
    /// Matches are case-insensitive.
    pub any_case: bool,
    /// `.` also matches a line break.
    pub dot_matches_newline: bool,
    /// `^` and `$` match at each line.
    pub multi_line: bool,
    /// White space and comments in the pattern are ignored.
    pub extended: bool,
    /// The pattern is a literal string.
    pub literal: bool,
}

/// Bytes of texts between two looks at whether the statement is to stop: an expression may take a microsecond for each.
const LOOK: usize = 16 << 10;

/// Looks at whether the statement is to stop, while the texts of a batch are matched.
pub(in crate::udf) struct Watch {
    context: ExecutionContext,
    passed: usize,
}

impl Watch {
    /// The watch of a batch.
    pub fn new(options: &ConfigOptions) -> Watch {
        Watch { context: execution(options), passed: 0 }
    }

    /// What stops a search in the middle of a text.
    pub fn context(&self) -> &ExecutionContext {
        &self.context
    }

    /// Notes that a text is matched next.
    ///
    /// # Errors `E0502` and `E0503`.
    pub fn text(&mut self, text: &str) -> DfResult<()> {
        // Short texts take time, too.
        self.passed += text.len() + 64;
        if self.passed >= LOOK {
            self.passed = 0;
            self.context.poll().map_err(|error| external(Error::from(error)))?;
        }
        Ok(())
    }
}

/// The compiled patterns of a batch. Most batches have only one.
pub(in crate::udf) struct Compiled {
    last: Option<(Box<str>, Options, Arc<Pattern>)>,
    others: GenerationCache<(Box<str>, Options), Arc<Pattern>>,
}

/// Patterns in a generation of the cache: a column of patterns may have a different one in each row.
const GENERATION: usize = 512;

impl Default for Compiled {
    fn default() -> Compiled {
        Compiled { last: None, others: GenerationCache::new(GENERATION) }
    }
}

impl Compiled {
    /// The compiled pattern.
    ///
    /// # Errors `E0310` for an invalid pattern.
    pub fn get(&mut self, pattern: &str, options: Options) -> Result<Arc<Pattern>> {
        if let Some((known, with, regex)) = &self.last
            && known.as_ref() == pattern
            && *with == options
        {
            return Ok(regex.clone());
        }
        let key = (Box::from(pattern), options);
        let regex = match self.others.get(&key) {
            Some(regex) => regex.clone(),
            None => {
                let regex = Arc::new(compile(pattern, options)?);
                self.others.insert(key, regex.clone());
                regex
            }
        };
        self.last = Some((pattern.into(), options, regex.clone()));
        Ok(regex)
    }
}

fn compile(pattern: &str, options: Options) -> Result<Pattern> {
    let text = if options.literal { regex::escape(pattern) } else { word_boundaries(pattern) };
    RegexBuilder::new(&text)
        .case_insensitive(options.any_case)
        .dot_matches_new_line(options.dot_matches_newline)
        .multi_line(options.multi_line)
        .ignore_whitespace(options.extended)
        .build()
        .map(|regex| Pattern::new(regex, options))
        .map_err(|error| wrong_pattern(pattern, &error))
}

/// The error for an invalid regular expression.
fn wrong_pattern(pattern: &str, error: &regex::Error) -> Error {
    let reason = match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_string(),
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_string()
        }
    };
    wrong_arguments(format!("'{pattern}' is no regular expression: {reason}"))
}

/// Rewrites PostgreSQL's escapes for word boundaries (`\m`, `\M`, `\y`, `\Y`) and for the end of the string
/// (`\Z`) to those of the regex crate.
fn word_boundaries(pattern: &str) -> String {
    if !pattern.contains('\\') {
        return pattern.to_string();
    }
    let mut text = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars();
    while let Some(next) = chars.next() {
        if next != '\\' {
            text.push(next);
            continue;
        }
        match chars.next() {
            Some('m') => text.push_str(r"\b{start}"),
            Some('M') => text.push_str(r"\b{end}"),
            Some('y') => text.push_str(r"\b"),
            Some('Y') => text.push_str(r"\B"),
            Some('Z') => text.push_str(r"\z"),
            Some(other) => {
                text.push('\\');
                text.push(other);
            }
            None => text.push('\\'),
        }
    }
    text
}
