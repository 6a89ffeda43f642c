//! Integer arithmetic in which overflow is an error.

use std::sync::Arc;

use arrow::array::{ArrayRef, Datum};
use arrow::compute::kernels::numeric;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;
use linal_dataset::Error;
use linal_error::Code;

use super::error::{external, wrong_arguments};

/// `a + b` of Int columns.
pub(crate) fn int_add() -> Arc<ScalarUDF> {
    function(Operation::Add)
}

/// `a - b` of Int columns.
pub(crate) fn int_sub() -> Arc<ScalarUDF> {
    function(Operation::Sub)
}

/// `a * b` of Int columns.
pub(crate) fn int_mul() -> Arc<ScalarUDF> {
    function(Operation::Mul)
}

/// `a DIV b` of Int columns, truncated toward zero.
pub(crate) fn int_div() -> Arc<ScalarUDF> {
    function(Operation::Div)
}

/// `a % b` of Int columns; the sign is that of `a`.
pub(crate) fn int_rem() -> Arc<ScalarUDF> {
    function(Operation::Rem)
}

/// `-a` of an Int column.
pub(crate) fn int_neg() -> Arc<ScalarUDF> {
    function(Operation::Neg)
}

/// Whether a function is one of these operators.
pub(super) fn is_operator(function: &ScalarUDF) -> bool {
    function.inner().is::<IntFunction>()
}

fn function(operation: Operation) -> Arc<ScalarUDF> {
    let count = if operation == Operation::Neg { 1 } else { 2 };
    let signature = Signature::exact(vec![DataType::Int64; count], Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(IntFunction { operation, signature }))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Neg,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Operation::Add => "__int_add",
            Operation::Sub => "__int_sub",
            Operation::Mul => "__int_mul",
            Operation::Div => "__int_div",
            Operation::Rem => "__int_rem",
            Operation::Neg => "__int_neg",
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Operation::Add => "+",
            Operation::Sub | Operation::Neg => "-",
            Operation::Mul => "*",
            Operation::Div => "DIV",
            Operation::Rem => "%",
        }
    }

    fn kernel(self) -> fn(&dyn Datum, &dyn Datum) -> Result<ArrayRef, ArrowError> {
        match self {
            Operation::Add => numeric::add,
            Operation::Sub | Operation::Neg => numeric::sub,
            Operation::Mul => numeric::mul,
            Operation::Div => numeric::div,
            Operation::Rem => numeric::rem,
        }
    }

    fn written(self, args: &[String]) -> String {
        match args {
            [left, right] => format!("{left} {} {right}", self.symbol()),
            _ => format!("(- {})", args.join(", ")),
        }
    }

    /// Translates Arrow's error, which contains the operands: `Overflow happened on: 9 + 1`.
    fn error(self, error: DataFusionError) -> DataFusionError {
        let DataFusionError::ArrowError(inner, _) = &error else { return error };
        match inner.as_ref() {
            ArrowError::ArithmeticOverflow(message) => {
                let operands = message.rsplit_once(": ").map_or(message.as_str(), |(_, operands)| operands);
                let operands = operands.replace(" / ", " DIV ");
                external(Error::new(Code::IntegerOverflow, format!("integer overflow: {operands}")))
            }
            ArrowError::DivideByZero => {
                external(Error::new(Code::DivisionByZero, format!("{} of integers by zero", self.symbol())))
            }
            _ => error,
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IntFunction {
    operation: Operation,
    signature: Signature,
}

impl ScalarUDFImpl for IntFunction {
    fn name(&self) -> &str {
        self.operation.name()
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.operation.written(&super::formula::shown(args)))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.operation.written(&super::formula::named(args)))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let result = match args.args.as_slice() {
            [left, right] => apply(left, right, self.operation.kernel()),
            [operand] => match operand {
                ColumnarValue::Array(array) => {
                    numeric::neg(array).map(ColumnarValue::Array).map_err(DataFusionError::from)
                }
                ColumnarValue::Scalar(value) => negated(value).map(ColumnarValue::Scalar),
            },
            _ => Err(external(wrong_arguments("an operator of too many operands"))),
        };
        result.map_err(|error| self.operation.error(error))
    }
}

fn negated(value: &ScalarValue) -> DfResult<ScalarValue> {
    let array = numeric::neg(&value.to_array()?)?;
    ScalarValue::try_from_array(&array, 0)
}
