//! `CAST(v AS MATRIX(2, 3))`: converts the shape or dtype of each row's tensor.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_bind::binder::Bound;
use linal_dataset::{Error, Result, count};
use linal_error::Code;
use linal_store::TensorType;
use linal_tensor::ExecutionContext;
use linal_tensor::graph::{self, NodeRef};

use super::error::{external, wrong_arguments};
use super::formula;
use super::formula::Formula;
use super::operand::{Kind, Operand, bound};
use super::rows::Rows;

/// The function that casts to a tensor type; a different number of elements, and numbers out of range, are
/// errors.
pub(crate) fn cast_tensor(to: TensorType) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Cast::new(to, false)))
}

/// As [`cast_tensor`], with NULL for what cannot be cast.
pub(crate) fn try_cast_tensor(to: TensorType) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Cast::new(to, true)))
}

/// The function that returns its argument with the tensor type restored that DataFusion has lost.
pub(crate) fn relabel_tensor(to: TensorType) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Cast { relabels: true, ..Cast::new(to, false) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Cast {
    to: TensorType,
    or_null: bool,
    /// Whether only the type changes.
    relabels: bool,
    name: String,
    signature: Signature,
}

impl Cast {
    fn new(to: TensorType, or_null: bool) -> Cast {
        let name = format!("{} AS {to}", if or_null { "TRY_CAST" } else { "CAST" });
        Cast { to, or_null, relabels: false, name, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn written(&self, args: &[String]) -> String {
        let word = if self.or_null { "TRY_CAST" } else { "CAST" };
        format!("{word}({} AS {})", args.join(", "), self.to)
    }

    fn is_list(field: &FieldRef) -> bool {
        matches!(field.data_type(), DataType::List(_) | DataType::LargeList(_))
    }

    /// Whether the cells of a field have another number of elements, so that TRY_CAST is always NULL.
    fn never_fits(&self, field: &FieldRef) -> bool {
        self.or_null && TensorType::of(field).is_some_and(|from| from.len() != self.to.len())
    }

    /// Converts the list of each row to cells of a fixed length.
    fn fixed(&self, list: &ArrayRef) -> DfResult<ArrayRef> {
        let flat = TensorType::vector(self.to.len(), self.to.dtype);
        let options = CastOptions { safe: self.or_null, ..CastOptions::default() };
        cast_with_options(list, &flat.data_type(), &options).map_err(|_| {
            let lengths = arrow::compute::kernels::length::length(list).ok();
            let lengths = lengths.and_then(|lengths| cast(&lengths, &DataType::Int64).ok());
            let expected = i64::try_from(self.to.len()).ok();
            let odd = lengths.as_ref().and_then(|lengths| {
                lengths.as_primitive::<Int64Type>().iter().flatten().find(|&length| Some(length) != expected)
            });
            let what = match odd {
                Some(length) => {
                    format!("a list of {}", count(usize::try_from(length).unwrap_or(0), "element"))
                }
                None => "a list with such elements".to_string(),
            };
            let error = Error::new(Code::ShapeMismatch, format!("{what} is no {}", self.to));
            external(error.with_help("TRY_CAST gives NULL instead"))
        })
    }
}

impl Formula for Cast {
    fn name(&self) -> &str {
        &self.name
    }

    fn graph(&self, operands: &[Operand], _: &ExecutionContext) -> Result<NodeRef> {
        let [operand] = operands else { return Err(wrong_arguments("CAST takes one value")) };
        let Kind::Tensor(from) = &operand.kind else {
            let error =
                Error::new(Code::DTypeMismatch, format!("only tensors and lists are cast to {}", self.to));
            return Err(error);
        };
        if from.len() != self.to.len() {
            let (have, want) = (from.len(), self.to.len());
            let message = format!("CAST of {from} to {}: {have} elements are not {want}", self.to);
            return Err(Error::new(Code::ShapeMismatch, message).with_help("TRY_CAST gives NULL instead"));
        }
        let bound = bound(operands)?;
        let [Bound::Tensor(node)] = bound.as_slice() else {
            return Err(wrong_arguments("CAST takes a tensor"));
        };
        let dims: Vec<i64> = self.to.shape.dims().iter().map(|&size| size as i64).collect();
        let node = graph::reshape(&node.named(), &dims)?;
        Ok(graph::cast(&node, self.to.dtype)?.named())
    }

    fn column(&self, rows: &Rows<'_>, node: &NodeRef, _: &[Operand]) -> Result<(ArrayRef, Vec<usize>)> {
        if self.or_null { rows.column_or_null(node) } else { rows.column(node) }
    }
}

impl ScalarUDFImpl for Cast {
    fn name(&self) -> &str {
        &self.name
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.written(&formula::shown(args)))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.written(&formula::named(args)))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(self.to.data_type())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        if self.relabels {
            let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
            return Ok(Arc::new(self.to.field(&self.name, nullable)));
        }
        let known =
            |field: &FieldRef| Cast::is_list(field) || field.data_type().is_null() || self.never_fits(field);
        if args.arg_fields.iter().any(known) {
            return Ok(Arc::new(self.to.field(&self.name, true)));
        }
        let field = formula::return_field(self, &args)?;
        let nullable = field.is_nullable() || self.or_null;
        Ok(Arc::new(field.as_ref().clone().with_nullable(nullable)))
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        if args.arg_fields.iter().any(|field| self.never_fits(field)) {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_new_null(args.return_field.data_type())?));
        }
        if self.relabels
            && let [value] = args.args.as_slice()
            && value.data_type() == self.to.data_type()
        {
            return Ok(value.clone());
        }
        let fields: Vec<FieldRef> = args.arg_fields.clone();
        for (at, field) in fields.iter().enumerate().filter(|(_, field)| Cast::is_list(field)) {
            args.args[at] = match &args.args[at] {
                ColumnarValue::Array(list) => ColumnarValue::Array(self.fixed(list)?),
                ColumnarValue::Scalar(value) => {
                    let row = self.fixed(&value.to_array()?)?;
                    ColumnarValue::Scalar(ScalarValue::try_from_array(&row, 0)?)
                }
            };
            let flat = TensorType::vector(self.to.len(), self.to.dtype);
            args.arg_fields[at] = Arc::new(flat.field(field.name(), true));
        }
        formula::invoke(self, &args)
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(types.iter().map(super::call::number_type).collect())
    }
}
