//! Functions that rules put around values of enum types and around lists of them: the type of a value that DataFusion
//! forgets or keeps by mistake, and places of labels and back.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray};
use arrow::compute::cast as cast_array;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result as DfResult, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::{ENUM, Limit};

use super::enums;
use super::formula::{named, shown};
use super::over_rows::over_rows;

/// What is made of a value, or of the elements of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EnumStep {
    /// The same value, of the enum type.
    Typed(Limit),
    /// The same value, of no enum type.
    Plain,
    /// The places of labels.
    Places(Limit),
    /// The labels of places, of the enum type.
    Labels(Limit),
}

impl EnumStep {
    /// The step as a function of one value.
    pub(crate) fn function(self) -> Arc<ScalarUDF> {
        let name = match &self {
            EnumStep::Typed(limit) => format!("__enum_typed {limit}"),
            EnumStep::Plain => "__enum_plain".to_string(),
            EnumStep::Places(limit) => format!("__enum_places {limit}"),
            EnumStep::Labels(limit) => format!("__enum_labels {limit}"),
        };
        let signature = Signature::any(1, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(EnumFunction { step: self, name, signature }))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct EnumFunction {
    step: EnumStep,
    name: String,
    signature: Signature,
}

impl EnumFunction {
    fn result(&self, given: &DataType) -> DataType {
        let element = match &self.step {
            EnumStep::Typed(_) | EnumStep::Plain => return given.clone(),
            EnumStep::Places(_) => DataType::Int64,
            EnumStep::Labels(_) => DataType::Utf8View,
        };
        match given {
            DataType::List(_) => DataType::List(Arc::new(Field::new_list_field(element, true))),
            _ => element,
        }
    }

    fn converted(&self, array: &ArrayRef) -> DfResult<ArrayRef> {
        if let DataType::List(_) = array.data_type() {
            let lists = array.as_list::<i32>();
            let values = self.converted(lists.values())?;
            let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
            let offsets = lists.offsets().clone();
            return Ok(Arc::new(ListArray::try_new(item, offsets, values, lists.nulls().cloned())?));
        }
        match &self.step {
            EnumStep::Places(limit) => Ok(Arc::new(enums::places(limit, array)?)),
            EnumStep::Labels(limit) => {
                let places = cast_array(array, &DataType::Int64)?;
                let places: &Int64Array = places.as_primitive::<Int64Type>();
                Ok(enums::labels(limit, places))
            }
            EnumStep::Typed(_) | EnumStep::Plain => Ok(array.clone()),
        }
    }
}

impl ScalarUDFImpl for EnumFunction {
    fn name(&self) -> &str {
        &self.name
    }

    /// A step is none of the text of the query.
    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(shown(args).join(", "))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(named(args).join(", "))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        match types {
            [given] => Ok(self.result(given)),
            _ => internal_err!("{} takes one value", self.name),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let [given] = args.arg_fields else { return internal_err!("{} takes one value", self.name) };
        let mut metadata = given.metadata().clone();
        metadata.remove(ENUM);
        let field = Field::new(&self.name, self.result(given.data_type()), given.is_nullable());
        let field = field.with_metadata(metadata);
        Ok(Arc::new(match &self.step {
            EnumStep::Typed(limit) | EnumStep::Labels(limit) => limit.marked(field),
            EnumStep::Plain | EnumStep::Places(_) => field,
        }))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        if let (EnumStep::Typed(_) | EnumStep::Plain, [value]) = (&self.step, args.args.as_slice()) {
            return Ok(value.clone());
        }
        over_rows(&args, |arrays| match arrays {
            [array] => self.converted(array),
            _ => internal_err!("{} takes one value", self.name),
        })
    }
}
