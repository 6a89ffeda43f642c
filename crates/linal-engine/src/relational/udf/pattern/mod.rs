//! Patterns over texts: regular expressions and those of SIMILAR TO and LIKE.
//!
//! DataFusion takes a pattern of SIMILAR TO for a regular expression without anchors, `$1` in a replacement for a group, and no
//! escape of LIKE but the backslash. These functions have PostgreSQL's meaning.

mod like_pattern;
mod regex;
mod regex_match;
mod regexp_replace;
mod replacement;
mod similar_to;

pub(crate) use self::like_pattern::{LIKE_PATTERN, like_pattern, with_backslash};
pub(crate) use self::regex_match::{REGEX_MATCH, REGEX_MATCH_ANY_CASE, regex_match};
pub(crate) use self::regexp_replace::regexp_replace;
pub(crate) use self::similar_to::{SIMILAR_TO, similar_to};
