//! `LENGTH(x)`: the characters of a string, the elements of a list.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as DfResult;
use datafusion::functions::unicode::character_length;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::over_rows::over_rows;

/// The function `LENGTH`. DataFusion's counts the characters of a list's text form.
pub(crate) fn length() -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Length { aliases: vec!["len".to_string()], signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Length {
    aliases: Vec<String>,
    signature: Signature,
}

fn is_list(types: &[DataType]) -> bool {
    matches!(types, [DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..)])
}

fn lengths(lists: &ArrayRef) -> Int64Array {
    let length = |row: usize| match lists.data_type() {
        DataType::List(_) => i64::from(lists.as_list::<i32>().value_length(row)),
        DataType::LargeList(_) => lists.as_list::<i64>().value_length(row),
        _ => lists.as_fixed_size_list_opt().map_or(0, |lists| i64::from(lists.value_length())),
    };
    (0..lists.len()).map(|row| lists.is_valid(row).then(|| length(row))).collect()
}

impl ScalarUDFImpl for Length {
    fn name(&self) -> &str {
        "length"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        if is_list(types) { Ok(DataType::Int64) } else { character_length().return_type(types) }
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        if is_list(types) {
            return Ok(types.to_vec());
        }
        let field = |data_type: &DataType| Arc::new(Field::new("argument", data_type.clone(), true));
        let fields: Vec<FieldRef> = types.iter().map(field).collect();
        let fields = fields_with_udf(&fields, character_length().as_ref())?;
        Ok(fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        if is_list(&types) {
            over_rows(&args, |arrays| Ok(Arc::new(lengths(&arrays[0]))))
        } else {
            character_length().invoke_with_args(args)
        }
    }
}
