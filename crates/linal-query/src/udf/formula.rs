//! The field of a call, and its column for a batch.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, new_empty_array, new_null_array};
use arrow::buffer::NullBuffer;
use arrow::compute::{filter, take};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use linal_bind::Variables;
use linal_bind::binder::spectrum_length;
use linal_dataset::Result;
use linal_tensor::graph::{self, NodeRef};
use linal_tensor::{DType, ExecutionContext};

use super::context::{execution, unlimited};
use super::error::external;
use super::operand::{Kind, Operand, SPECTRUM, result_field};
use super::ragged;
use super::rows;
use super::rows::Rows;
use crate::planner::tensor_conversion::{is_cell, no_cell};

/// What a call computes from the values of one row.
pub(super) trait Formula: std::fmt::Debug + Send + Sync {
    /// The name in plans.
    fn name(&self) -> &str;

    /// The tensor graph of a call.
    fn graph(&self, operands: &[Operand], context: &ExecutionContext) -> Result<NodeRef>;

    /// The column for a batch, and its NULL rows; for calls whose graph differs from row to row.
    fn column(
        &self,
        rows: &Rows<'_>,
        node: &NodeRef,
        _operands: &[Operand],
    ) -> Result<(ArrayRef, Vec<usize>)> {
        rows.column(node)
    }

    /// Whether the shape of the result depends on the values of the operands, so that it may differ from row
    /// to row.
    fn depends_on_values(&self, _operands: &[Operand]) -> bool {
        false
    }

    /// Whether the call is defined for all numbers, as far as its graph is.
    fn is_total(&self, _operands: &[Operand]) -> bool {
        true
    }
}

fn root(formula: &dyn Formula, operands: &[Operand], context: &ExecutionContext) -> Result<NodeRef> {
    formula.graph(operands, context).map_err(|error| error.without_span())
}

/// The field of a call, or the error in its arguments.
pub(super) fn return_field(formula: &dyn Formula, args: &ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
    let mut operands: Vec<Operand> = args
        .arg_fields
        .iter()
        .zip(args.scalar_arguments)
        .map(|(field, value)| Operand::new(field, value.cloned()))
        .collect();
    let context = unlimited();
    let nothing = operands.iter().any(|operand| operand.kind == Kind::Null);
    if nothing {
        stand_in(&mut operands);
    }
    let nullable = nothing || operands.iter().any(|operand| operand.field.is_nullable());
    if ragged::is_ragged(formula, &operands) {
        let field = ragged::return_field(formula, &operands, nullable, &context);
        return field.map_err(|error| external(error.without_span()));
    }
    match root(formula, &operands, &context) {
        Ok(node) if !is_cell(node.shape()) => {
            Err(external(no_cell(&format!("the result of {}", formula.name()), node.shape())))
        }
        Ok(node) => {
            let nullable = nullable || rows::may_be_undefined(&node);
            Ok(of_signal(result_field(formula.name(), &node, nullable), &node, &operands))
        }
        // A call with a NULL argument is NULL, whatever the other arguments are.
        Err(_) if nothing => {
            Ok(Arc::new(arrow::datatypes::Field::new(formula.name(), DataType::Float64, true)))
        }
        Err(error) => Err(external(error)),
    }
}

/// Adds the length of a spectrum's signal to its field, as tensor statements track it.
fn of_signal(field: FieldRef, node: &NodeRef, operands: &[Operand]) -> FieldRef {
    let known = operands.iter().find_map(Operand::spectrum).filter(|_| node.op().is_elementwise());
    let Some(length) = spectrum_length(node, &Variables::default()).or(known) else { return field };
    let is_spectrum = node.shape().rank() == 2 && node.shape()[0] == 2;
    let mut metadata = field.metadata().clone();
    metadata.insert(SPECTRUM.to_string(), length.to_string());
    if is_spectrum { Arc::new(field.as_ref().clone().with_metadata(metadata)) } else { field }
}

/// Gives an untyped NULL the type of another tensor operand, so that the call has a type.
fn stand_in(operands: &mut [Operand]) {
    let kind = operands.iter().find(|operand| operand.is_tensor()).map(|operand| operand.kind.clone());
    let kind = kind.unwrap_or(Kind::Number(DType::F64));
    for operand in operands.iter_mut().filter(|operand| operand.kind == Kind::Null) {
        operand.kind = kind.clone();
    }
}

/// The column of a call for a batch.
pub(super) fn invoke(formula: &dyn Formula, args: &ScalarFunctionArgs) -> DfResult<ColumnarValue> {
    let result_type = args.return_field.data_type();
    let is_null = |value: &ColumnarValue| matches!(value, ColumnarValue::Scalar(scalar) if scalar.is_null());
    if args.args.iter().any(is_null) || args.arg_fields.iter().any(|f| f.data_type() == &DataType::Null) {
        return Ok(ColumnarValue::Scalar(ScalarValue::try_new_null(result_type)?));
    }
    let operands: Vec<Operand> = args
        .arg_fields
        .iter()
        .zip(&args.args)
        .map(|(field, value)| match value {
            ColumnarValue::Scalar(value) => Operand::new(field, Some(value.clone())),
            ColumnarValue::Array(_) => Operand::new(field, None),
        })
        .collect();
    let context = execution(&args.config_options);
    let is_list = matches!(Kind::of(&args.return_field), Kind::Ragged(_));
    if is_list || ragged::is_ragged(formula, &operands) {
        return ragged::invoke(formula, args, &operands, &context);
    }
    let node = root(formula, &operands, &context).map_err(external)?;
    let node = typed(node, &args.return_field).map_err(external)?;
    let arrays: Vec<Option<ArrayRef>> = args
        .args
        .iter()
        .map(|value| match value {
            ColumnarValue::Array(array) => Some(array.clone()),
            ColumnarValue::Scalar(_) => None,
        })
        .collect();
    let call = Call {
        formula,
        operands: &operands,
        node: &node,
        fields: &args.arg_fields,
        result: result_type,
        context: &context,
    };
    if arrays.iter().all(Option::is_none) {
        let row = call.run(&arrays, 1)?;
        return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&row, 0)?));
    }
    call.over(arrays, args.number_rows).map(ColumnarValue::Array)
}

/// Casts the graph to the planned dtype.
fn typed(node: NodeRef, field: &FieldRef) -> Result<NodeRef> {
    let promised = match Kind::of(field) {
        Kind::Tensor(tensor) => tensor.dtype,
        Kind::Number(dtype) => dtype,
        _ => return Ok(node),
    };
    Ok(graph::cast(&node, promised)?)
}

/// A graph over the columns of a batch.
struct Call<'a> {
    formula: &'a dyn Formula,
    operands: &'a [Operand],
    node: &'a NodeRef,
    fields: &'a [FieldRef],
    result: &'a DataType,
    context: &'a ExecutionContext,
}

impl Call<'_> {
    /// A row with a NULL cell is NULL. Values below a NULL are arbitrary: they are skipped, or computed and
    /// masked where that cannot fail.
    fn over(&self, arrays: Vec<Option<ArrayRef>>, rows: usize) -> DfResult<ArrayRef> {
        let nulls = arrays.iter().flatten().map(|array| array.logical_nulls());
        let nulls = nulls.fold(None, |both, nulls| NullBuffer::union(both.as_ref(), nulls.as_ref()));
        let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else {
            return self.run(&arrays, rows);
        };
        if nulls.null_count() == rows {
            return Ok(new_null_array(self.result, rows));
        }
        let dense = |array: &ArrayRef| {
            array.as_fixed_size_list_opt().is_none_or(|list| list.values().null_count() == 0)
        };
        let total = rows::is_total(self.node) && self.formula.is_total(self.operands);
        if total && arrays.iter().flatten().all(dense) {
            let bare: DfResult<Vec<Option<ArrayRef>>> = arrays
                .iter()
                .map(|array| array.as_ref().map(|array| with_nulls(array, None)).transpose())
                .collect();
            let result = self.run(&bare?, rows)?;
            let nulls = NullBuffer::union(Some(&nulls), result.nulls());
            return with_nulls(&result, nulls);
        }
        let keep = arrow::array::BooleanArray::new(nulls.inner().clone(), None);
        let kept: std::result::Result<Vec<Option<ArrayRef>>, _> =
            arrays.iter().map(|array| array.as_ref().map(|array| filter(array, &keep)).transpose()).collect();
        let result = self.run(&kept?, rows - nulls.null_count())?;
        let mut next = 0u32;
        let places: arrow::array::UInt32Array = nulls
            .iter()
            .map(|valid| {
                valid.then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        Ok(take(&result, &places, None)?)
    }

    /// Runs the graph for rows without NULLs.
    fn run(&self, arrays: &[Option<ArrayRef>], rows: usize) -> DfResult<ArrayRef> {
        if rows == 0 {
            return Ok(new_empty_array(self.result));
        }
        let batch = Rows::new(self.fields, arrays, rows, self.context).map_err(external)?;
        let (array, undefined) = self.formula.column(&batch, self.node, self.operands).map_err(external)?;
        if undefined.is_empty() {
            return Ok(array);
        }
        let mut valid = vec![true; rows];
        undefined.into_iter().for_each(|row| valid[row] = false);
        with_nulls(&array, Some(NullBuffer::from(valid)))
    }
}

/// The array with another null buffer; its elements are shared.
fn with_nulls(array: &ArrayRef, nulls: Option<NullBuffer>) -> DfResult<ArrayRef> {
    let data = array.to_data().into_builder().nulls(nulls).build()?;
    Ok(arrow::array::make_array(data))
}

/// A DataFusion function that consists of a formula.
#[derive(Debug)]
pub(super) struct TensorFunction<F> {
    formula: F,
    signature: Signature,
}

impl<F: Formula> TensorFunction<F> {
    pub fn new(formula: F) -> TensorFunction<F> {
        TensorFunction { formula, signature: Signature::user_defined(Volatility::Immutable) }
    }

    /// The formula of the function.
    pub fn formula(&self) -> &F {
        &self.formula
    }
}

impl<F: Named> TensorFunction<F> {
    /// A call as text.
    pub fn written(&self, args: &[String]) -> String {
        self.formula.written(args)
    }
}

impl<F: PartialEq> PartialEq for TensorFunction<F> {
    fn eq(&self, other: &Self) -> bool {
        self.formula == other.formula
    }
}

impl<F: Eq> Eq for TensorFunction<F> {}

impl<F: Hash> Hash for TensorFunction<F> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.formula.hash(state);
    }
}

impl<F: Formula + Eq + Hash + Named + 'static> ScalarUDFImpl for TensorFunction<F> {
    fn name(&self) -> &str {
        self.formula.name()
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.formula.written(&shown(args)))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.formula.written(&named(args)))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        datafusion::common::internal_err!("the type of {} follows from fields", self.formula.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        return_field(&self.formula, &args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        invoke(&self.formula, &args)
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(types.iter().map(super::call::number_type).collect())
    }
}

/// Arguments as plans display them.
pub(super) fn shown(args: &[Expr]) -> Vec<String> {
    args.iter().map(|arg| arg.human_display().to_string()).collect()
}

/// Arguments as they appear in column names.
pub(super) fn named(args: &[Expr]) -> Vec<String> {
    args.iter().map(|arg| arg.schema_name().to_string()).collect()
}

/// How a call is displayed in plans and as the name of a result column.
pub(super) trait Named {
    fn written(&self, args: &[String]) -> String;
}
