//! `text ~ pattern` and `text ~* pattern`: whether a regular expression matches anywhere in a string.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
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

/// The name of the function behind `~`.
pub(crate) const REGEX_MATCH: &str = "__regex_match";

/// The name of the function behind `~*`.
pub(crate) const REGEX_MATCH_ANY_CASE: &str = "__regex_match_any_case";

/// The function of a string and a pattern.
pub(crate) fn regex_match(any_case: bool) -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(RegexMatch { any_case, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct RegexMatch {
    any_case: bool,
    signature: Signature,
}

impl RegexMatch {
    fn sign(&self) -> &'static str {
        if self.any_case { "~*" } else { "~" }
    }

    fn matches(&self, arrays: &[ArrayRef], config: &ConfigOptions) -> DfResult<ArrayRef> {
        // As in PostgreSQL, `.` matches a line break.
        let options = Options { any_case: self.any_case, dot_matches_newline: true, ..Options::default() };
        let (mut compiled, mut watch) = (Compiled::default(), Watch::new(config));
        let (text, pattern) = (texts(arrays, 0)?, texts(arrays, 1)?);
        let matches = text.iter().zip(pattern.iter()).map(|pair| match pair {
            (Some(text), Some(pattern)) => {
                watch.text(text)?;
                let compiled = compiled.get(pattern, options).map_err(external)?;
                Ok(Some(compiled.is_match(text, watch.context()).map_err(external)?))
            }
            _ => Ok(None),
        });
        let matches: DfResult<BooleanArray> = matches.collect();
        Ok(Arc::new(matches?))
    }
}

impl ScalarUDFImpl for RegexMatch {
    fn name(&self) -> &str {
        if self.any_case { REGEX_MATCH_ANY_CASE } else { REGEX_MATCH }
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(shown(args).join(&format!(" {} ", self.sign())))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(named(args).join(&format!(" {} ", self.sign())))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        check_texts(self.sign(), types, 2..=2)?;
        Ok(DataType::Boolean)
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(text_types(types))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, |arrays| self.matches(arrays, &args.config_options))
    }
}
