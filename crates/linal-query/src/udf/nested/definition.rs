//! A function that is given by its names, the field of its result, and what it computes from arrays.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_empty_array};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
    Volatility,
};
use linal_dataset::{Result, count};
use linal_store::{ColumnType, TensorType};

use crate::udf::error::{external, wrong_arguments};
use crate::udf::over_rows::over_rows;

/// A function of queries.
#[derive(Clone, Copy)]
pub(super) struct Definition {
    /// Its name and its other names.
    pub names: &'static [&'static str],
    /// The least and the greatest number of arguments.
    pub arguments: (usize, usize),
    /// The field of the result.
    pub field: fn(&Call<'_>) -> Result<Field>,
    /// The result for the rows of a batch.
    pub compute: fn(&Values<'_>) -> DfResult<ArrayRef>,
}

/// A call while it is planned.
pub(super) struct Call<'a> {
    /// The name of the function.
    pub name: &'static str,
    /// The fields of the arguments.
    pub fields: &'a [FieldRef],
    /// The values of arguments that are constants.
    pub constants: &'a [Option<&'a ScalarValue>],
}

impl Call<'_> {
    /// The text of a constant argument.
    ///
    /// # Errors
    /// `E0310` for any other argument.
    pub fn text(&self, at: usize) -> Result<&str> {
        match self.constants.get(at).copied().flatten().and_then(ScalarValue::try_as_str) {
            Some(Some(text)) => Ok(text),
            _ => {
                let message = format!("argument {} of {} is a constant text", at + 1, self.name);
                Err(wrong_arguments(message))
            }
        }
    }

    /// The error of an argument of another type.
    pub fn no(&self, at: usize, wanted: &str) -> linal_dataset::Error {
        let found = self
            .fields
            .get(at)
            .map_or_else(|| "nothing".to_string(), |field| ColumnType::of(field).to_string());
        wrong_arguments(format!("{} takes {wanted}, and argument {} is {found}", self.name, at + 1))
    }
}

/// The arguments of a call for a batch.
pub(super) struct Values<'a> {
    /// An array of the same length for each argument.
    pub arrays: &'a [ArrayRef],
    /// Their fields.
    pub fields: &'a [FieldRef],
    /// The field of the result.
    pub result: &'a FieldRef,
    /// Number of rows.
    pub rows: usize,
    constants: &'a [bool],
}

impl Values<'_> {
    /// Whether an argument has the same value in all rows.
    pub fn is_constant(&self, at: usize) -> bool {
        self.constants.get(at).copied().unwrap_or(false)
    }
}

/// A nullable field of a type; the name is that of the column that the call becomes.
pub(super) fn of_type(data_type: DataType) -> Field {
    Field::new("", data_type, true)
}

/// A nullable field of another name with the same type, which is a tensor's if that of the field is.
pub(super) fn renamed(name: &str, field: &Field) -> Field {
    match TensorType::of(field) {
        Some(tensor) => tensor.field(name, true),
        None => Field::new(name, field.data_type().clone(), true),
    }
}

/// The function of a definition.
pub(super) fn function(definition: Definition) -> Arc<ScalarUDF> {
    let types = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
    let signature = Signature::one_of(types, Volatility::Immutable);
    let aliases = definition.names.iter().skip(1).map(ToString::to_string).collect();
    Arc::new(ScalarUDF::new_from_impl(Defined { definition, aliases, signature }))
}

struct Defined {
    definition: Definition,
    aliases: Vec<String>,
    signature: Signature,
}

impl std::fmt::Debug for Defined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for Defined {
    fn eq(&self, other: &Self) -> bool {
        self.definition.names == other.definition.names
    }
}

impl Eq for Defined {}

impl Hash for Defined {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.names.hash(state);
    }
}

impl ScalarUDFImpl for Defined {
    fn name(&self) -> &str {
        self.definition.names[0]
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        internal_err!("the type of {} follows from the fields of its arguments", self.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let (least, most) = self.definition.arguments;
        let name = self.definition.names[0];
        if !(least..=most).contains(&args.arg_fields.len()) {
            let wanted =
                if least == most { count(least, "argument") } else { format!("{least} or more arguments") };
            let message = format!("{name} takes {wanted}, not {}", args.arg_fields.len());
            return Err(external(wrong_arguments(message)));
        }
        let call = Call { name, fields: args.arg_fields, constants: args.scalar_arguments };
        let field = (self.definition.field)(&call).map_err(external)?;
        Ok(Arc::new(field.with_name(name)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let constants: Vec<bool> =
            args.args.iter().map(|value| matches!(value, ColumnarValue::Scalar(_))).collect();
        over_rows(&args, |arrays| {
            // No row has no constants either, which some functions look at.
            if arrays.first().is_some_and(|array| array.is_empty()) {
                return Ok(new_empty_array(args.return_field.data_type()));
            }
            let rows = arrays.first().map_or(1, |array| array.len());
            (self.definition.compute)(&Values {
                arrays,
                fields: &args.arg_fields,
                result: &args.return_field,
                rows,
                constants: &constants,
            })
        })
    }
}
