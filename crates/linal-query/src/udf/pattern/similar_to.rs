//! `text SIMILAR TO pattern [ESCAPE c]`: the SQL standard's patterns, which match the whole string.
//!
//! `%` matches any string and `_` any character, as in LIKE; `|`, `*`, `+`, `?`, `{m,n}`, `( )` and `[ ]` are
//! those of regular expressions.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::Result as DfResult;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Result;

use super::regex::{Compiled, Options, Watch};
use crate::udf::error::{external, wrong_arguments};
use crate::udf::formula::{named, shown};
use crate::udf::over_rows::over_rows;
use crate::udf::text_arguments::{check_texts, text_types, texts};

/// The name of the function.
pub(crate) const SIMILAR_TO: &str = "__similar_to";

/// The function of a string, a pattern, and an escape, which defaults to the backslash.
pub(crate) fn similar_to() -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(SimilarTo { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SimilarTo {
    signature: Signature,
}

/// The escape character; none for an empty string.
///
/// # Errors `E0310` for more than one character.
pub(super) fn escape_of(text: &str) -> Result<Option<char>> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (first, None) => Ok(first),
        _ => Err(wrong_arguments(format!("an ESCAPE is one character, not '{text}'"))),
    }
}

/// The error for a pattern that ends with its escape.
pub(super) fn ends_with_escape(pattern: &str) -> linal_dataset::Error {
    wrong_arguments(format!("the pattern '{pattern}' ends with its escape character"))
        .with_help("the escape character twice stands for itself")
}

/// A SIMILAR TO pattern with the default escape as a regular expression.
///
/// # Errors `E0310` for a pattern that ends with its escape.
pub(crate) fn similar_pattern(pattern: &str) -> Result<String> {
    regular(pattern, Some('\\')).map(|regular| format!("(?s){regular}"))
}

/// Translates a SIMILAR TO pattern to a regular expression.
fn regular(pattern: &str, escape: Option<char>) -> Result<String> {
    let mut text = String::from(r"\A(?:");
    let mut chars = pattern.chars().peekable();
    // Within brackets: whether nothing but `^` precedes.
    let mut in_brackets: Option<bool> = None;
    while let Some(next) = chars.next() {
        if Some(next) == escape {
            let literal = chars.next().ok_or_else(|| ends_with_escape(pattern))?;
            text.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4])));
            in_brackets = in_brackets.map(|_| false);
            continue;
        }
        match in_brackets {
            Some(is_first) => in_brackets = bracketed(next, is_first, &mut chars, &mut text),
            None => match next {
                '%' => text.push_str(".*"),
                '_' => text.push('.'),
                '(' => text.push_str("(?:"),
                '.' | '^' | '$' | '\\' => text.extend(['\\', next]),
                '[' => {
                    in_brackets = Some(true);
                    text.push('[');
                }
                other => text.push(other),
            },
        }
    }
    text.push_str(r")\z");
    Ok(text)
}

/// Writes a character within brackets; returns whether the brackets continue, and whether the next character
/// is the first.
fn bracketed(
    next: char,
    is_first: bool,
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    text: &mut String,
) -> Option<bool> {
    match next {
        '^' if is_first && text.ends_with('[') => {
            text.push('^');
            return Some(true);
        }
        ']' if is_first => text.push_str(r"\]"),
        ']' => {
            text.push(']');
            return None;
        }
        // A class such as [:alpha:] is copied unchanged.
        '[' if chars.peek() == Some(&':') => {
            text.push('[');
            for inner in chars.by_ref() {
                text.push(inner);
                if inner == ']' {
                    break;
                }
            }
        }
        '[' | '\\' | '&' | '~' => text.extend(['\\', next]),
        other => text.push(other),
    }
    Some(false)
}

fn similar(arrays: &[ArrayRef], config: &ConfigOptions) -> DfResult<ArrayRef> {
    let options = Options { dot_matches_newline: true, ..Options::default() };
    let (mut compiled, mut watch) = (Compiled::default(), Watch::new(config));
    let (text, pattern) = (texts(arrays, 0)?, texts(arrays, 1)?);
    let escapes = if arrays.len() > 2 { Some(texts(arrays, 2)?) } else { None };
    let mut last: Option<(String, Option<char>, String)> = None;
    let mut matches = Vec::with_capacity(text.len());
    for (row, pair) in text.iter().zip(pattern.iter()).enumerate() {
        let escape = match escapes {
            Some(escapes) if escapes.is_null(row) => None,
            Some(escapes) => Some(escapes.value(row)),
            None => Some("\\"),
        };
        let ((Some(text), Some(pattern)), Some(escape)) = (pair, escape) else {
            matches.push(None);
            continue;
        };
        let escape = escape_of(escape).map_err(external)?;
        if last.as_ref().is_none_or(|(known, with, _)| known != pattern || *with != escape) {
            let regular = regular(pattern, escape).map_err(external)?;
            last = Some((pattern.to_string(), escape, regular));
        }
        let Some((_, _, regular)) = &last else { continue };
        let regex = compiled.get(regular, options).map_err(|_| external(wrong_pattern(pattern)))?;
        watch.text(text)?;
        matches.push(Some(regex.is_match(text, watch.context()).map_err(external)?));
    }
    Ok(Arc::new(BooleanArray::from(matches)))
}

fn wrong_pattern(pattern: &str) -> linal_dataset::Error {
    wrong_arguments(format!("'{pattern}' is no pattern of SIMILAR TO")).with_help(
        r"a backslash, or the ESCAPE, before one of % _ | * + ? { } ( ) [ ] makes it a plain character",
    )
}

fn written(args: &[String]) -> String {
    match args {
        [text, pattern, escape] => format!("{text} SIMILAR TO {pattern} ESCAPE {escape}"),
        others => others.join(" SIMILAR TO "),
    }
}

impl ScalarUDFImpl for SimilarTo {
    fn name(&self) -> &str {
        SIMILAR_TO
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(written(&shown(args)))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(written(&named(args)))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        check_texts("SIMILAR TO", types, 2..=3)?;
        Ok(DataType::Boolean)
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(text_types(types))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, |arrays| similar(arrays, &args.config_options))
    }
}

#[cfg(test)]
mod tests {
    use super::regular;

    #[test]
    fn patterns_of_the_standard_as_regular_expressions() {
        let cases = [
            ("a%", r"\A(?:a.*)\z"),
            ("a_c", r"\A(?:a.c)\z"),
            ("(a|b)+", r"\A(?:(?:a|b)+)\z"),
            ("a.c$", r"\A(?:a\.c\$)\z"),
            ("[^%_]", r"\A(?:[^%_])\z"),
            ("[]a]", r"\A(?:[\]a])\z"),
            ("[[:digit:]]{2}", r"\A(?:[[:digit:]]{2})\z"),
            (r"10\%", r"\A(?:10%)\z"),
        ];
        for (pattern, expression) in cases {
            assert_eq!(regular(pattern, Some('\\')).unwrap(), expression);
        }
        assert_eq!(regular(r"a\", None).unwrap(), r"\A(?:a\\)\z");
        assert!(regular("a#", Some('#')).is_err());
    }
}
