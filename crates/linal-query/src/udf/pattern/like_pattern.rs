//! LIKE patterns with another escape, rewritten to the backslash, the only one that DataFusion supports.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Result;

use super::similar_to::{ends_with_escape, escape_of};
use crate::udf::error::external;
use crate::udf::over_rows::over_rows;
use crate::udf::text_arguments::{check_texts, text_types, texts};

/// The name of the function.
pub(crate) const LIKE_PATTERN: &str = "__like_pattern";

/// The function of a pattern and its escape, for patterns that differ from row to row.
pub(crate) fn like_pattern() -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(LikePattern { signature }))
}

/// A pattern with its escapes replaced by backslashes.
///
/// # Errors `E0310` for an escape of more than one character, and for a pattern that ends with it.
pub(crate) fn with_backslash(pattern: &str, escape: &str) -> Result<String> {
    let escape = escape_of(escape)?;
    let mut rewritten = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(next) = chars.next() {
        if Some(next) == escape {
            let literal = chars.next().ok_or_else(|| ends_with_escape(pattern))?;
            if matches!(literal, '%' | '_' | '\\') {
                rewritten.push('\\');
            }
            rewritten.push(literal);
        } else if next == '\\' {
            rewritten.push_str(r"\\");
        } else {
            rewritten.push(next);
        }
    }
    Ok(rewritten)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LikePattern {
    signature: Signature,
}

fn rewrite(arrays: &[ArrayRef]) -> DfResult<ArrayRef> {
    let (patterns, escapes) = (texts(arrays, 0)?, texts(arrays, 1)?);
    let mut result = StringViewBuilder::with_capacity(patterns.len());
    for pair in patterns.iter().zip(escapes.iter()) {
        match pair {
            (Some(pattern), Some(escape)) => {
                result.append_value(with_backslash(pattern, escape).map_err(external)?);
            }
            _ => result.append_null(),
        }
    }
    Ok(Arc::new(result.finish()))
}

impl ScalarUDFImpl for LikePattern {
    fn name(&self) -> &str {
        LIKE_PATTERN
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        check_texts("LIKE", types, 2..=2)?;
        Ok(DataType::Utf8View)
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(text_types(types))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, rewrite)
    }
}
