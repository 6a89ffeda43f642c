//! `text GLOB pattern`: `*` matches any string, `?` any character, and `[a-c]` and `[!a]` one character, in the whole text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::Result as DfResult;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::regex::{Compiled, Options, Watch};
use crate::udf::error::external;
use crate::udf::formula::{named, shown};
use crate::udf::over_rows::over_rows;
use crate::udf::text_arguments::{check_texts, text_types, texts};

/// The name of the function.
pub(crate) const GLOB: &str = "__glob";

/// The function of a string and a pattern.
pub(crate) fn glob() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Glob { signature: Signature::user_defined(Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Glob {
    signature: Signature,
}

/// A pattern as a regular expression. A `[` without its `]` matches nothing.
pub(crate) fn glob_pattern(pattern: &str) -> String {
    let mut text = String::from(r"(?s)\A");
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        rest = &rest[next.len_utf8()..];
        match next {
            '*' => text.push_str(".*"),
            '?' => text.push('.'),
            '[' => match class(rest) {
                Some((class, after)) => {
                    text.push_str(&class);
                    rest = after;
                }
                // An empty class matches no character.
                None => return r"[^\s\S]".to_string(),
            },
            '\\' => {
                let literal = rest.chars().next().unwrap_or('\\');
                rest = rest.get(literal.len_utf8()..).unwrap_or_default();
                text.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4])));
            }
            other => text.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    text.push_str(r"\z");
    text
}

/// The class of characters that follows a `[`, and the pattern after its `]`, which may be the first character of the class.
fn class(rest: &str) -> Option<(String, &str)> {
    let (negation, body) = match rest.strip_prefix(['!', '^']) {
        Some(body) => ("^", body),
        None => ("", rest),
    };
    let first = body.chars().next()?;
    let end = body[first.len_utf8()..].find(']')? + first.len_utf8();
    let mut class = format!("[{negation}");
    for character in body[..end].chars() {
        if matches!(character, '[' | ']' | '\\' | '^' | '&' | '~') {
            class.push('\\');
        }
        class.push(character);
    }
    class.push(']');
    Some((class, &body[end + 1..]))
}

fn globbed(arrays: &[ArrayRef], config: &ConfigOptions) -> DfResult<ArrayRef> {
    let (mut compiled, mut watch) = (Compiled::default(), Watch::new(config));
    let (text, pattern) = (texts(arrays, 0)?, texts(arrays, 1)?);
    let mut last: Option<(String, String)> = None;
    let mut matches = Vec::with_capacity(text.len());
    for pair in text.iter().zip(pattern.iter()) {
        let (Some(text), Some(pattern)) = pair else {
            matches.push(None);
            continue;
        };
        if last.as_ref().is_none_or(|(known, _)| known != pattern) {
            last = Some((pattern.to_string(), glob_pattern(pattern)));
        }
        let Some((_, regular)) = &last else { continue };
        let regex = compiled.get(regular, Options::default()).map_err(external)?;
        watch.text(text)?;
        matches.push(Some(regex.is_match(text, watch.context()).map_err(external)?));
    }
    Ok(Arc::new(BooleanArray::from(matches)))
}

impl ScalarUDFImpl for Glob {
    fn name(&self) -> &str {
        GLOB
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(shown(args).join(" GLOB "))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(named(args).join(" GLOB "))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        check_texts("GLOB", types, 2..=2)?;
        Ok(DataType::Boolean)
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(text_types(types))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, |arrays| globbed(arrays, &args.config_options))
    }
}

#[cfg(test)]
mod tests {
    use super::glob_pattern;

    #[test]
    fn patterns_as_regular_expressions() {
        let cases = [
            ("a*", "abc", true),
            ("a?c", "abc", true),
            ("a?", "abc", false),
            ("[a-c]bc", "abc", true),
            ("[!a-c]bc", "abc", false),
            ("[]]", "]", true),
            ("a.c", "abc", false),
            ("[a", "[a", false),
            ("*\n*", "a\nb", true),
            (r"\*", "*", true),
        ];
        for (pattern, text, expected) in cases {
            let compiled = regex::Regex::new(&glob_pattern(pattern)).unwrap();
            assert_eq!(compiled.is_match(text), expected, "{pattern}");
        }
    }
}
