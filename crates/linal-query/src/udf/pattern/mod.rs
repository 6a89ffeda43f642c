//! String patterns: regular expressions, SIMILAR TO, GLOB and LIKE.
//!
//! DataFusion reads a SIMILAR TO pattern as a regular expression without anchors, `$1` in a replacement as a
//! group, and supports no LIKE escape except the backslash. These functions have PostgreSQL's semantics.

mod compiled;
mod glob;
mod like_pattern;
mod long_text;
mod regex;
mod regex_match;
mod regexp_replace;
mod replacement;
mod similar_to;

pub(in crate::udf) use self::compiled::Pattern;
pub(crate) use self::glob::{GLOB, glob, glob_pattern};
pub(crate) use self::like_pattern::{LIKE_PATTERN, like_pattern, with_backslash};
pub(in crate::udf) use self::regex::{Compiled, Options};
pub(crate) use self::regex_match::{REGEX_MATCH, REGEX_MATCH_ANY_CASE, regex_match};
pub(crate) use self::regexp_replace::regexp_replace;
pub(crate) use self::similar_to::{SIMILAR_TO, similar_pattern, similar_to};
