//! Decimal arithmetic that checks the precision of results.
//!
//! Arrow computes in 128 bits, which hold numbers of 39 digits although no decimal does, and DataFusion does
//! not check the precision.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Datum};
use arrow::compute::kernels::numeric;
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type};
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;
use linal_dataset::Error;
use linal_error::Code;

use super::decimal_kernel::of_short_numbers;
use super::error::{external, wrong_arguments};
use super::formula::{named, shown};

/// The precision of an Int.
const INT_DIGITS: u8 = 20;

/// A decimal operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DecimalOperation {
    /// `a + b`.
    Add,
    /// `a - b`.
    Sub,
    /// `a * b`.
    Mul,
    /// `a % b`.
    Rem,
    /// `-a`.
    Neg,
}

/// The function of an operator.
pub(crate) fn decimal(operation: DecimalOperation) -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(DecimalFunction { operation, signature }))
}

impl DecimalOperation {
    fn name(self) -> &'static str {
        match self {
            DecimalOperation::Add => "__decimal_add",
            DecimalOperation::Sub => "__decimal_sub",
            DecimalOperation::Mul => "__decimal_mul",
            DecimalOperation::Rem => "__decimal_rem",
            DecimalOperation::Neg => "__decimal_neg",
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            DecimalOperation::Add => "+",
            DecimalOperation::Sub | DecimalOperation::Neg => "-",
            DecimalOperation::Mul => "*",
            DecimalOperation::Rem => "%",
        }
    }

    fn kernel(self) -> fn(&dyn Datum, &dyn Datum) -> Result<ArrayRef, ArrowError> {
        match self {
            DecimalOperation::Add => numeric::add,
            DecimalOperation::Sub | DecimalOperation::Neg => numeric::sub,
            DecimalOperation::Mul => numeric::mul,
            DecimalOperation::Rem => numeric::rem,
        }
    }

    fn written(self, args: &[String]) -> String {
        match args {
            [left, right] => format!("{left} {} {right}", self.symbol()),
            _ => format!("(- {})", args.join(", ")),
        }
    }

    /// The precision and scale of a result.
    fn result(self, left: (u8, i8), right: (u8, i8)) -> DfResult<DataType> {
        let scale = match self {
            DecimalOperation::Mul => left.1.saturating_add(right.1),
            _ => left.1.max(right.1),
        };
        let before = |(digits, scale): (u8, i8)| i32::from(digits) - i32::from(scale);
        let digits = match self {
            DecimalOperation::Mul => i32::from(left.0) + i32::from(right.0) + 1,
            DecimalOperation::Rem => before(left).min(before(right)) + i32::from(scale),
            _ => before(left).max(before(right)) + i32::from(scale) + 1,
        };
        let most = i32::from(DECIMAL128_MAX_PRECISION);
        if i32::from(scale) > most {
            let message = format!(
                "a product of Decimal({}, {}) and Decimal({}, {}) has {scale} digits behind the point, and a Decimal has {most}",
                left.0, left.1, right.0, right.1
            );
            let error = Error::new(Code::Overflow, message);
            return Err(external(
                error.with_help("CAST one of them to fewer digits behind the point, or to Float"),
            ));
        }
        let digits = digits.clamp(1, most);
        Ok(DataType::Decimal128(u8::try_from(digits).unwrap_or(DECIMAL128_MAX_PRECISION), scale))
    }

    fn too_large(self) -> DataFusionError {
        let message =
            format!("the result of {} has more than {DECIMAL128_MAX_PRECISION} digits", self.symbol());
        let error = Error::new(Code::Overflow, message);
        external(error.with_help("a Decimal has no more; CAST(x AS Float) keeps the first 15"))
    }

    /// Translates Arrow's error.
    fn error(self, error: DataFusionError) -> DataFusionError {
        let DataFusionError::ArrowError(inner, _) = &error else { return error };
        match inner.as_ref() {
            ArrowError::ArithmeticOverflow(_) => self.too_large(),
            ArrowError::DivideByZero => {
                let message = format!("{} of decimals by zero", self.symbol());
                external(Error::new(Code::DivisionByZero, message))
            }
            _ => error,
        }
    }

    /// Casts the result to the planned type, after a check of its precision.
    fn checked(self, array: &ArrayRef, data_type: &DataType) -> DfResult<ArrayRef> {
        let DataType::Decimal128(digits, _) = data_type else { return Ok(array.clone()) };
        let Some(numbers) = array.as_primitive_opt::<Decimal128Type>() else { return Ok(array.clone()) };
        numbers.validate_decimal_precision(*digits).map_err(|_| self.too_large())?;
        Ok(Arc::new(numbers.clone().with_data_type(data_type.clone())))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DecimalFunction {
    operation: DecimalOperation,
    signature: Signature,
}

/// The precision and scale of an exact number type.
fn digits(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal128(digits, scale) => Some((*digits, *scale)),
        integer if integer.is_integer() || integer.is_null() => Some((INT_DIGITS, 0)),
        _ => None,
    }
}

impl ScalarUDFImpl for DecimalFunction {
    fn name(&self) -> &str {
        self.operation.name()
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.operation.written(&shown(args)))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.operation.written(&named(args)))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        let decimal = |data_type: &DataType| {
            let (digits, scale) = digits(data_type)?;
            Some(DataType::Decimal128(digits, scale))
        };
        let types: Option<Vec<DataType>> = types.iter().map(decimal).collect();
        types.ok_or_else(|| external(wrong_arguments("an operator of decimals takes decimals and integers")))
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        let known: Vec<(u8, i8)> = types.iter().filter_map(digits).collect();
        match known.as_slice() {
            [(digits, scale)] => Ok(DataType::Decimal128(*digits, *scale)),
            [left, right] => self.operation.result(*left, *right),
            _ => Err(external(wrong_arguments("an operator of decimals has one or two operands"))),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let operation = self.operation;
        let data_type = args.return_field.data_type();
        if let [left, right] = args.args.as_slice()
            && let Some(result) = of_short_numbers(operation, [left, right], data_type)
        {
            return Ok(ColumnarValue::Array(result));
        }
        let result = match args.args.as_slice() {
            [left, right] => apply(left, right, operation.kernel()),
            [ColumnarValue::Array(array)] => Ok(ColumnarValue::Array(numeric::neg(array)?)),
            [ColumnarValue::Scalar(value)] => {
                let negated = numeric::neg(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&negated, 0)?))
            }
            _ => Err(external(wrong_arguments("an operator of too many operands"))),
        };
        match result.map_err(|error| operation.error(error))? {
            ColumnarValue::Array(array) => Ok(ColumnarValue::Array(operation.checked(&array, data_type)?)),
            ColumnarValue::Scalar(value) => {
                let array = operation.checked(&value.to_array()?, data_type)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
            }
        }
    }
}
