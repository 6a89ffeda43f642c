//! Functions of regular expressions.

use super::{QueryFamily, QueryFunction};

pub(super) const FUNCTIONS: &[QueryFunction] = &[
    QueryFunction {
        name: "regexp_escape",
        aliases: &[],
        family: QueryFamily::Patterns,
        form: "regexp_escape(text)",
        doc: "The pattern that matches this text alone.",
        example: "SELECT regexp_escape('a.b')",
        output: "a\\.b",
    },
    QueryFunction {
        name: "regexp_extract",
        aliases: &[],
        family: QueryFamily::Patterns,
        form: "regexp_extract(text, pattern [, group or names] [, options])",
        doc: "The first match, or a group of it by its number; empty without a match. With a list of names, a struct of the first groups.",
        example: "SELECT regexp_extract('2026-12-01', '(\\d+)-(\\d+)', 2)",
        output: "12",
    },
    QueryFunction {
        name: "regexp_extract_all",
        aliases: &[],
        family: QueryFamily::Patterns,
        form: "regexp_extract_all(text, pattern [, group] [, options])",
        doc: "All matches, or a group of each, as a list.",
        example: "SELECT regexp_extract_all('a1b22', '\\d+')",
        output: "[1, 22]",
    },
    QueryFunction {
        name: "regexp_full_match",
        aliases: &[],
        family: QueryFamily::Patterns,
        form: "regexp_full_match(text, pattern [, options])",
        doc: "Whether the whole text matches.",
        example: "SELECT regexp_full_match('abc', 'a.*')",
        output: "true",
    },
    QueryFunction {
        name: "regexp_matches",
        aliases: &["regexp_like"],
        family: QueryFamily::Patterns,
        form: "regexp_matches(text, pattern [, options])",
        doc: "Whether a regular expression matches somewhere in a text. Options are letters: `i` ignores case, `c` does not, `l` takes the pattern as a text, `s` lets `.` match a line break.",
        example: "SELECT regexp_matches('Tensor', 'TEN', 'i')",
        output: "true",
    },
    QueryFunction {
        name: "regexp_replace",
        aliases: &[],
        family: QueryFamily::Patterns,
        form: "regexp_replace(text, pattern, replacement [, options])",
        doc: "The text with the first match replaced, with the option `g` all; `\\1` is a group.",
        example: "SELECT regexp_replace('hello', '[lo]', '-', 'g')",
        output: "he---",
    },
    QueryFunction {
        name: "string_split_regex",
        aliases: &["str_split_regex", "regexp_split_to_array"],
        family: QueryFamily::Patterns,
        form: "string_split_regex(text, pattern [, options])",
        doc: "The parts between the matches of a regular expression as a list.",
        example: "SELECT string_split_regex('a1b22c', '\\d+')",
        output: "[a, b, c]",
    },
];
