//! `st['x']` and `st.x`: a struct's field by name, a map's value by key.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{is_null, nullif};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::{Error, Result, same_name};
use linal_error::Code;
use linal_store::{ColumnType, TensorType, key_and_value};

use super::error::{external, wrong_arguments};
use super::formula::{named, shown};
use super::nested::map_values_at;
use super::over_rows::over_rows;

/// The name of the function.
pub(crate) const FIELD: &str = "__field";

/// The function of a struct or a map, and a name. Names are case-insensitive.
pub(crate) fn field_access() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(FieldAccess { signature: Signature::any(2, Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FieldAccess {
    signature: Signature,
}

/// The index of a field; an exact match takes precedence.
fn place(fields: &Fields, name: &str) -> Result<usize> {
    let exact = fields.iter().position(|field| field.name() == name);
    exact.or_else(|| fields.iter().position(|field| same_name(field.name(), name))).ok_or_else(|| {
        let names = fields.iter().map(|field| field.name().as_str());
        let all: Vec<String> = names.clone().map(|name| format!("`{name}`")).collect();
        Error::new(Code::UnknownName, format!("the struct has no field `{name}`"))
            .suggest(name, names)
            .or_help(format!("its fields are {}", all.join(", ")))
    })
}

fn name_of(value: Option<&ScalarValue>) -> Result<&str> {
    match value.and_then(ScalarValue::try_as_str) {
        Some(Some(name)) => Ok(name),
        _ => Err(wrong_arguments("the field of a struct is named by a constant text")),
    }
}

fn no_fields(field: &Field) -> Error {
    if TensorType::of(field).is_some() {
        let message = "an index of a tensor is a number or a range, not a text";
        return Error::new(Code::NotATensor, message);
    }
    wrong_arguments(format!("{} has no fields", ColumnType::of(field)))
        .with_help("an index of a list is a number, as in x[0]")
}

impl FieldAccess {
    fn of_struct(array: &ArrayRef, name: &str) -> DfResult<ArrayRef> {
        let parent = array.as_struct();
        let child = parent.column(place(parent.fields(), name).map_err(external)?);
        if parent.null_count() == 0 { Ok(child.clone()) } else { Ok(nullif(child, &is_null(parent)?)?) }
    }
}

impl ScalarUDFImpl for FieldAccess {
    fn name(&self) -> &str {
        FIELD
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

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        datafusion::common::internal_err!("the type of a field follows from its name")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let [base, _] = args.arg_fields else {
            return Err(external(wrong_arguments("a field has a struct and a name")));
        };
        match base.data_type() {
            DataType::Struct(fields) => {
                let name = name_of(args.scalar_arguments.get(1).copied().flatten()).map_err(external)?;
                let field = &fields[place(fields, name).map_err(external)?];
                let nullable = base.is_nullable() || field.is_nullable();
                Ok(Arc::new(Field::clone(field).with_nullable(nullable)))
            }
            DataType::Map(entries, _) => {
                let value = key_and_value(entries).map(|(_, value)| value.clone());
                Ok(Arc::new(
                    value.unwrap_or_else(|| Field::new(FIELD, DataType::Null, true)).with_nullable(true),
                ))
            }
            DataType::Null => Ok(Arc::new(Field::new(FIELD, DataType::Null, true))),
            _ => Err(external(no_fields(base))),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let [base, name] = args.args.as_slice() else {
            return Err(external(wrong_arguments("a field has a struct and a name")));
        };
        match base.data_type() {
            DataType::Struct(_) => {
                let ColumnarValue::Scalar(name) = name else {
                    return Err(external(wrong_arguments(
                        "the field of a struct is named by a constant text",
                    )));
                };
                let name = name_of(Some(name)).map_err(external)?.to_string();
                over_rows(&args, |arrays| FieldAccess::of_struct(&arrays[0], &name))
            }
            DataType::Null => Ok(ColumnarValue::Scalar(ScalarValue::Null)),
            DataType::Map(..) => over_rows(&args, |arrays| map_values_at(arrays[0].as_map(), &arrays[1])),
            _ => datafusion::common::internal_err!("a field of no struct"),
        }
    }
}

fn written(args: &[String]) -> String {
    match args {
        [base, name] => format!("{base}[{name}]"),
        _ => FIELD.to_string(),
    }
}
