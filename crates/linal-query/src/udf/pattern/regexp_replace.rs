//! `REGEXP_REPLACE(text, pattern, replacement[, flags])`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result as DfResult;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Result;
use linal_tensor::ExecutionContext;

use super::regex::{Compiled, Options, Watch};
use super::replacement::Replacement;
use crate::udf::error::{external, wrong_arguments};
use crate::udf::over_rows::over_rows;
use crate::udf::text_arguments::{check_texts, text_types, texts};

/// The function `REGEXP_REPLACE`. It replaces the first match, or all matches with the flag `g`.
pub(crate) fn regexp_replace() -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(RegexpReplace { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct RegexpReplace {
    signature: Signature,
}

/// The options of the flags, and whether all matches are replaced.
fn flags(letters: &str) -> Result<(Options, bool)> {
    let (mut options, mut all) = (Options::default(), false);
    for letter in letters.chars() {
        match letter {
            'g' => all = true,
            'i' => options.any_case = true,
            'c' => options.any_case = false,
            's' => options.dot_matches_newline = true,
            'm' | 'n' => options.multi_line = true,
            'p' => options.dot_matches_newline = false,
            'x' => options.extended = true,
            'l' | 'q' => options.literal = true,
            other => {
                let error = wrong_arguments(format!("`{other}` is no flag of REGEXP_REPLACE"));
                return Err(error.with_help("the flags are g, i, c, s, m, n, p, x, l and q"));
            }
        }
    }
    Ok((options, all))
}

/// The parsed replacements of a batch. Most batches have only one.
struct Replaced {
    compiled: Compiled,
    replacement: Option<(Box<str>, Replacement)>,
}

impl Replaced {
    fn replace<'t>(
        &mut self,
        text: &'t str,
        pattern: &str,
        by: &str,
        letters: &str,
        context: &ExecutionContext,
    ) -> Result<std::borrow::Cow<'t, str>> {
        let (options, all) = flags(letters)?;
        let regex = self.compiled.get(pattern, options)?;
        if self.replacement.as_ref().is_none_or(|(known, _)| known.as_ref() != by) {
            self.replacement = Some((by.into(), Replacement::parse(by)));
        }
        let Some((_, replacement)) = &self.replacement else { return Ok(text.into()) };
        regex.replaced(text, all, replacement, context)
    }
}

fn replace(arrays: &[ArrayRef], config: &ConfigOptions) -> DfResult<ArrayRef> {
    let (text, pattern, by) = (texts(arrays, 0)?, texts(arrays, 1)?, texts(arrays, 2)?);
    let letters = if arrays.len() > 3 { Some(texts(arrays, 3)?) } else { None };
    let mut replaced = Replaced { compiled: Compiled::default(), replacement: None };
    let mut watch = Watch::new(config);
    let mut result = StringViewBuilder::with_capacity(text.len());
    for row in 0..text.len() {
        let letters = match letters {
            Some(letters) => value(letters, row),
            None => Some(""),
        };
        match (value(text, row), value(pattern, row), value(by, row), letters) {
            (Some(text), Some(pattern), Some(by), Some(letters)) => {
                watch.text(text)?;
                let text = replaced.replace(text, pattern, by, letters, watch.context()).map_err(external)?;
                result.append_value(text);
            }
            _ => result.append_null(),
        }
    }
    Ok(Arc::new(result.finish()))
}

fn value(texts: &StringViewArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

impl ScalarUDFImpl for RegexpReplace {
    fn name(&self) -> &str {
        "regexp_replace"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        check_texts("REGEXP_REPLACE", types, 3..=4)?;
        Ok(DataType::Utf8View)
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(text_types(types))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, |arrays| replace(arrays, &args.config_options))
    }
}
