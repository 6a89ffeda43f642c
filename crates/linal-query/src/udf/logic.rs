//! NOT, BETWEEN, IN and casts to a dtype, elementwise for tensor operands.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DFSchema, Result as DfResult};
use datafusion::logical_expr::expr::{Between, Cast, InList, ScalarFunction};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, TryCast, Volatility,
};
use linal_bind::binder::{Bound, any, dtype_of, equal, not_a_tensor, within};
use linal_dataset::Result;
use linal_store::TensorType;
use linal_tensor::graph::{self, NodeRef};
use linal_tensor::kernel::elementwise::UnaryOp;
use linal_tensor::{DType, ExecutionContext};

use super::call::number_type;
use super::error::wrong_arguments;
use super::formula;
use super::formula::Formula;
use super::operand::{Operand, bound};
use super::rows::Rows;

/// The name of the function for NOT.
pub(crate) const NOT: &str = "__not";

/// The name of the function for BETWEEN.
pub(crate) const BETWEEN: &str = "__between";

/// The name of the function for IN: the first argument is searched in the others.
pub(crate) const IN: &str = "__in";

/// The prefix of the functions that cast to a dtype, whose name follows.
pub(crate) const CAST_DTYPE: &str = "__cast_dtype ";

/// As [`CAST_DTYPE`], with NULL for values out of range.
pub(crate) const TRY_CAST_DTYPE: &str = "__try_cast_dtype ";

/// The function of a name; `None` if it is not one of these.
pub(crate) fn logic(name: &str) -> Option<Arc<ScalarUDF>> {
    let operation = match name {
        NOT => Operation::Not,
        BETWEEN => Operation::Between,
        IN => Operation::In,
        _ => match name.strip_prefix(CAST_DTYPE) {
            Some(word) => Operation::Cast { dtype: dtype_of(word)?, or_null: false },
            None => Operation::Cast { dtype: dtype_of(name.strip_prefix(TRY_CAST_DTYPE)?)?, or_null: true },
        },
    };
    let signature = Signature::user_defined(Volatility::Immutable);
    Some(Arc::new(ScalarUDF::new_from_impl(Logic { operation, name: name.to_string(), signature })))
}

/// Whether a call is one of these.
pub(crate) fn is_logic(call: &ScalarFunction) -> bool {
    call.func.inner().downcast_ref::<Logic>().is_some()
}

/// DataFusion's expression for a call without tensors; `None` for other calls, for tensors, and for complex
/// numbers, which DataFusion does not have.
pub(crate) fn plain(call: &ScalarFunction, schema: &DFSchema) -> DfResult<Option<Expr>> {
    let Some(logic) = call.func.inner().downcast_ref::<Logic>().filter(|logic| !logic.is_complex()) else {
        return Ok(None);
    };
    for arg in &call.args {
        if TensorType::of(&arg.to_field(schema)?.1).is_some() {
            return Ok(None);
        }
    }
    let boxed = |at: usize| Box::new(call.args.get(at).cloned().unwrap_or_default());
    Ok(Some(match logic.operation {
        Operation::Not => Expr::Not(boxed(0)),
        Operation::Between => Expr::Between(Between::new(boxed(0), false, boxed(1), boxed(2))),
        Operation::In => {
            Expr::InList(InList::new(boxed(0), call.args.get(1..).unwrap_or_default().to_vec(), false))
        }
        Operation::Cast { dtype, or_null: false } => {
            Expr::Cast(Cast::new_from_field(boxed(0), logic.target(dtype)))
        }
        Operation::Cast { dtype, or_null: true } => {
            Expr::TryCast(TryCast::new_from_field(boxed(0), logic.target(dtype)))
        }
    }))
}

/// The name of the field of a cast to a tensor dtype, in which a number overflows to infinity as it does in a
/// tensor.
pub(crate) const AS_TENSOR: &str = "f32";

/// The name of the f32 number type, in which overflow is an error.
pub(crate) const REAL: &str = "real";

/// The number type of a real dtype.
fn number_of(dtype: DType) -> DataType {
    match dtype {
        DType::Bool => DataType::Boolean,
        DType::I64 => DataType::Int64,
        DType::F32 => DataType::Float32,
        DType::F64 | DType::C64 | DType::C128 => DataType::Float64,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    Not,
    Between,
    In,
    Cast { dtype: DType, or_null: bool },
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Logic {
    operation: Operation,
    name: String,
    signature: Signature,
}

impl Logic {
    /// The field that a number is cast to.
    fn target(&self, dtype: DType) -> FieldRef {
        let is_real = self.name.ends_with(REAL);
        let name = if dtype == DType::F32 && !is_real { AS_TENSOR } else { "" };
        Arc::new(Field::new(name, number_of(dtype), true))
    }

    fn is_complex(&self) -> bool {
        matches!(self.operation, Operation::Cast { dtype, .. } if dtype.is_complex())
    }

    fn written(&self, args: &[String]) -> String {
        match (self.operation, args) {
            (Operation::Not, [operand]) => format!("NOT {operand}"),
            (Operation::Between, [operand, low, high]) => format!("{operand} BETWEEN {low} AND {high}"),
            (Operation::In, [operand, items @ ..]) => format!("{operand} IN ({})", items.join(", ")),
            (Operation::Cast { dtype, or_null: false }, [operand]) => format!("CAST({operand} AS {dtype})"),
            (Operation::Cast { dtype, or_null: true }, [operand]) => {
                format!("TRY_CAST({operand} AS {dtype})")
            }
            _ => self.name.clone(),
        }
    }
}

impl Formula for Logic {
    fn name(&self) -> &str {
        &self.name
    }

    fn graph(&self, operands: &[Operand], _: &ExecutionContext) -> Result<NodeRef> {
        match (self.operation, bound(operands)?.as_slice()) {
            (Operation::Not, [Bound::Tensor(a)]) => Ok(graph::unary(UnaryOp::Not, a)?),
            (Operation::Between, [Bound::Tensor(a), Bound::Tensor(low), Bound::Tensor(high)]) => {
                within(a, low, high)
            }
            (Operation::In, [Bound::Tensor(a), items @ ..]) => any(items.iter().map(|item| match item {
                Bound::Tensor(item) => equal(a, item),
                _ => Err(not_a_tensor("a string")),
            })),
            (Operation::Cast { dtype, .. }, [Bound::Tensor(a)]) => Ok(graph::cast(a, dtype)?.named()),
            _ => {
                let name = self.name.trim_start_matches('_').to_uppercase();
                Err(wrong_arguments(format!("{name} takes tensors and numbers")))
            }
        }
    }

    fn column(
        &self,
        rows: &Rows<'_>,
        node: &NodeRef,
        _: &[Operand],
    ) -> Result<(arrow::array::ArrayRef, Vec<usize>)> {
        match self.operation {
            Operation::Cast { or_null: true, .. } => rows.column_or_null(node),
            _ => rows.column(node),
        }
    }
}

impl ScalarUDFImpl for Logic {
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
        datafusion::common::internal_err!("the type of {} follows from fields", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let or_null = matches!(self.operation, Operation::Cast { or_null: true, .. });
        if self.is_complex() || args.arg_fields.iter().any(|field| TensorType::of(field).is_some()) {
            let field = formula::return_field(self, &args)?;
            let nullable = field.is_nullable() || or_null;
            return Ok(Arc::new(field.as_ref().clone().with_nullable(nullable)));
        }
        let data_type = match self.operation {
            Operation::Cast { dtype, .. } => number_of(dtype),
            Operation::Not | Operation::Between | Operation::In => DataType::Boolean,
        };
        let nullable = or_null || args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(&self.name, data_type, nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        formula::invoke(self, &args)
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        let is_tensor = |data_type: &DataType| matches!(data_type, DataType::FixedSizeList(..));
        if types.iter().any(is_tensor) {
            Ok(types.iter().map(number_type).collect())
        } else {
            Ok(types.to_vec())
        }
    }
}
