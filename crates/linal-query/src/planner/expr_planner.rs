//! Operators and literals of a query, with the same meaning as in a `LET`.

use arrow::datatypes::{DataType, Field};
use datafusion::common::{Column, DFSchema, Result, ScalarValue, TableReference};
use datafusion::functions::math::expr_fn;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawAggregateExpr, RawBinaryExpr, RawDictionaryExpr,
};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, cast, lit};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use linal_dataset::Error;
use linal_error::Code;
use linal_lang::ast::{BinaryOp, UnaryOp};
use linal_store::TensorType;
use linal_store::temporal::Zone;
use linal_tensor::DType;
use sqlparser::ast::BinaryOperator;

use super::context_provider::{TensorValue, marked};
use super::list_literal;
use super::nested_operator;
use super::number_list;
use super::untyped_text;
use crate::error::external;
use crate::frontend::desugar::function_forms;
use crate::frontend::desugar::list_scopes::ELEMENT;
use crate::logical::key;
use crate::udf;
use crate::udf::temporal;
use crate::udf::{DecimalOperation, ExecutionHandle, TensorOperator};

/// Tensors of the session with at most this many elements are written into plans as literals.
const SMALL: usize = 16;

/// Plans binary operators and bracket literals.
#[derive(Debug)]
pub(crate) struct Operators {
    /// What stops the planning of a long chain of operators.
    pub handle: ExecutionHandle,
    /// The dtype of list literals of numbers.
    pub default_dtype: DType,
    /// The session's time zone, for a timestamp without a zone that is compared with one that has a zone.
    pub timezone: Zone,
}

impl ExprPlanner for Operators {
    fn plan_binary_op(&self, raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        self.handle.poll()?;
        if matches!(&raw.op, BinaryOperator::Custom(name) if name == function_forms::TRY) {
            return Ok(PlannerResult::Planned(udf::attempt(raw.left, schema, &self.timezone)?));
        }
        let raw = RawBinaryExpr {
            left: udf::shallow(raw.left, schema)?,
            right: udf::shallow(raw.right, schema)?,
            ..raw
        };
        // An operand without a type names an unknown column. The planner's error for it is clearer than an
        // operator's.
        let (Ok(left), Ok(right)) = (raw.left.to_field(schema), raw.right.to_field(schema)) else {
            return Ok(PlannerResult::Original(raw));
        };
        let (left, right) = (left.1, right.1);
        if let Some(expr) = nested_operator::planned(&raw, &left, &right) {
            return Ok(PlannerResult::Planned(expr));
        }
        if is_tensor(&left) || is_tensor(&right) {
            return tensor_operator(raw);
        }
        let (left, right) = (left.data_type(), right.data_type());
        let temporal = temporal::plan(&raw.op, (&raw.left, left), (&raw.right, right), &self.timezone);
        match temporal.map_err(external)? {
            Some(expr) => planned(expr),
            None if is_comparison(&raw.op) && left.is_string() != right.is_string() => {
                let raw = untyped_text::compared(raw, left, right).map_err(external)?;
                let (left, right) = (raw.left.get_type(schema)?, raw.right.get_type(schema)?);
                plan_scalar(raw, &left, &right)
            }
            None => plan_scalar(raw, left, right),
        }
    }

    fn plan_extract(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        Ok(PlannerResult::Planned(function(temporal::date_part(&self.timezone), args)))
    }

    fn plan_aggregate(&self, raw: RawAggregateExpr) -> Result<PlannerResult<RawAggregateExpr>> {
        crate::logical::outer_aggregate::plan(raw)
    }

    fn plan_array_literal(&self, items: Vec<Expr>, schema: &DFSchema) -> Result<PlannerResult<Vec<Expr>>> {
        self.list(items, schema).map(PlannerResult::Planned)
    }

    /// A list literal with names is written as a dictionary.
    fn plan_dictionary_literal(
        &self,
        raw: RawDictionaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawDictionaryExpr>> {
        let is_element =
            |key: &Expr| matches!(key, Expr::Literal(ScalarValue::Utf8(Some(key)), _) if key == ELEMENT);
        if raw.keys.is_empty() || !raw.keys.iter().all(is_element) {
            return Ok(PlannerResult::Original(raw));
        }
        self.list(raw.values, schema).map(PlannerResult::Planned)
    }

    /// `st.x` of a struct, as `st['x']`.
    fn plan_compound_identifier(
        &self,
        field: &Field,
        qualifier: Option<&TableReference>,
        nested_names: &[String],
    ) -> Result<PlannerResult<Vec<Expr>>> {
        let column = Expr::Column(Column::from((qualifier, field)));
        if !matches!(field.data_type(), DataType::Struct(_)) {
            return Ok(PlannerResult::Original(vec![column]));
        }
        Ok(PlannerResult::Planned(
            nested_names
                .iter()
                .fold(column, |base, name| function(udf::field_access(), vec![base, lit(name.as_str())])),
        ))
    }

    /// A tensor of the session is written as a struct of itself, and so is a named subquery. A small tensor becomes a literal at once, so
    /// that shapes can depend on it; the elements of a large one would appear in full in the names of
    /// expressions.
    fn plan_struct_literal(&self, args: Vec<Expr>, _: bool) -> Result<PlannerResult<Vec<Expr>>> {
        let [only] = args.as_slice() else { return Ok(PlannerResult::Original(args)) };
        let value = match only {
            Expr::Alias(alias) => alias.expr.as_ref(),
            other => other,
        };
        if let Some(subquery) = udf::aliased_subquery(value) {
            return Ok(PlannerResult::Planned(subquery));
        }
        Ok(match session_tensor(value) {
            Some(tensor) if tensor.tensor.shape().len() <= SMALL => PlannerResult::Planned(tensor.literal()),
            Some(_) => PlannerResult::Planned(value.clone()),
            None => PlannerResult::Original(args),
        })
    }
}

impl Operators {
    /// The tensor or the list of a list literal with these elements.
    fn list(&self, items: Vec<Expr>, schema: &DFSchema) -> Result<Expr> {
        match number_list::constant(&items, self.default_dtype) {
            Some(literal) => Ok(literal),
            None if list_literal::is_list(&items, schema) => list_literal::list(items, schema),
            None => {
                let is_literal = items.iter().map(is_of_text).collect();
                Ok(folded(function(udf::list(self.default_dtype, is_literal), items)))
            }
        }
    }
}

fn session_tensor(expr: &Expr) -> Option<&TensorValue> {
    match expr {
        Expr::ScalarFunction(call) => call.func.inner().downcast_ref(),
        _ => None,
    }
}

/// Whether a field holds tensors or lists of numbers.
fn is_tensor(field: &Field) -> bool {
    TensorType::of(field).is_some() || udf::Ragged::of(field).is_some()
}

fn function(udf: std::sync::Arc<datafusion::logical_expr::ScalarUDF>, args: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(udf, args))
}

fn planned(expr: Expr) -> Result<PlannerResult<RawBinaryExpr>> {
    Ok(PlannerResult::Planned(folded(expr)))
}

/// Evaluates a call whose arguments are literals, so that shapes can depend on it; returns the call itself
/// when it fails.
fn folded(expr: Expr) -> Expr {
    let Expr::ScalarFunction(call) = &expr else { return expr };
    if !call.args.iter().all(|arg| matches!(arg, Expr::Literal(..))) {
        return expr;
    }
    let is_literal = is_of_text(&expr);
    match ExprSimplifier::new(SimplifyContext::default()).simplify(expr.clone()) {
        Ok(Expr::Literal(value, None)) if !is_literal => Expr::Literal(value, Some(marked(udf::TENSOR))),
        Ok(literal @ Expr::Literal(..)) => literal,
        _ => expr,
    }
}

/// Whether an expression consists of number literals only; literals from elsewhere have metadata.
fn is_of_text(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(value, None) => !value.is_null() && value.data_type().is_numeric(),
        Expr::BinaryExpr(binary) => is_of_text(&binary.left) && is_of_text(&binary.right),
        Expr::Negative(operand) => is_of_text(operand),
        Expr::Cast(cast) => is_of_text(&cast.expr),
        Expr::ScalarFunction(call) => !call.args.is_empty() && call.args.iter().all(is_of_text),
        _ => false,
    }
}

/// Plans an operator with at least one tensor operand.
fn tensor_operator(raw: RawBinaryExpr) -> Result<PlannerResult<RawBinaryExpr>> {
    if raw.op == BinaryOperator::Multiply && is_minus_one(&raw.left) {
        let udf = udf::operator(TensorOperator::Unary(UnaryOp::Neg));
        return planned(function(udf, vec![raw.right]));
    }
    match tensor_op(&raw.op) {
        Some(op) => {
            let udf = udf::operator(TensorOperator::Binary(op));
            planned(function(udf, vec![raw.left, raw.right]))
        }
        // DataFusion plans or rejects operators that tensors do not have.
        None => Ok(PlannerResult::Original(raw)),
    }
}

/// Whether an expression is the -1 that stands for a unary minus.
fn is_minus_one(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(ScalarValue::Int64(Some(-1)), _))
}

/// The operator of the language that corresponds to a SQL operator.
fn tensor_op(op: &BinaryOperator) -> Option<BinaryOp> {
    Some(match op {
        BinaryOperator::Plus => BinaryOp::Add,
        BinaryOperator::Minus => BinaryOp::Sub,
        BinaryOperator::Multiply => BinaryOp::Mul,
        BinaryOperator::Divide => BinaryOp::Div,
        BinaryOperator::Modulo => BinaryOp::Mod,
        BinaryOperator::MyIntegerDivide | BinaryOperator::DuckIntegerDivide => BinaryOp::IntDiv,
        BinaryOperator::BitwiseXor => BinaryOp::Pow,
        BinaryOperator::AtAt => BinaryOp::MatMul,
        BinaryOperator::Gt => BinaryOp::Gt,
        BinaryOperator::GtEq => BinaryOp::GtEq,
        BinaryOperator::Lt => BinaryOp::Lt,
        BinaryOperator::LtEq => BinaryOp::LtEq,
        BinaryOperator::Eq => BinaryOp::Eq,
        BinaryOperator::NotEq => BinaryOp::NotEq,
        BinaryOperator::And => BinaryOp::And,
        BinaryOperator::Or => BinaryOp::Or,
        _ => return None,
    })
}

/// Plans an operator between numbers where the language differs from DataFusion.
fn plan_scalar(
    raw: RawBinaryExpr,
    left: &DataType,
    right: &DataType,
) -> Result<PlannerResult<RawBinaryExpr>> {
    // A decimal and a float are compared as floats, which have the larger range.
    if is_comparison(&raw.op)
        && (left.is_decimal() && is_float(right) || is_float(left) && right.is_decimal())
    {
        let float = |expr: Expr, kind: &DataType| {
            if kind.is_decimal() { cast(expr, DataType::Float64) } else { expr }
        };
        let raw = RawBinaryExpr { left: float(raw.left, left), right: float(raw.right, right), ..raw };
        return plan_scalar(raw, &as_float(left), &as_float(right));
    }
    let whole = is_whole(left) && is_whole(right);
    let raw = if whole {
        RawBinaryExpr { left: as_int(raw.left, left), right: as_int(raw.right, right), ..raw }
    } else {
        raw
    };
    let numeric = is_numeric(left) && is_numeric(right);
    if is_arithmetic(&raw.op)
        && (left.is_string() && right.is_numeric() || left.is_numeric() && right.is_string())
    {
        let message = format!("`{}` takes numbers, and one side is a String", raw.op);
        return Err(external(
            Error::new(Code::NotATensor, message).with_help("CAST(x AS Float) reads a number"),
        ));
    }
    if let Some(operation) = decimal_operation(&raw, left, right) {
        let args = match operation {
            DecimalOperation::Neg => vec![raw.right],
            _ => vec![raw.left, raw.right],
        };
        return planned(function(udf::decimal(operation), args));
    }
    match raw.op {
        BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply if whole => {
            // A unary minus was rewritten to -1 times its operand; both give the same value.
            if raw.op == BinaryOperator::Multiply && is_minus_one(&raw.left) {
                return planned(function(udf::int_neg(), vec![raw.right]));
            }
            let udf = match raw.op {
                BinaryOperator::Plus => udf::int_add(),
                BinaryOperator::Minus => udf::int_sub(),
                _ => udf::int_mul(),
            };
            planned(function(udf, vec![raw.left, raw.right]))
        }
        BinaryOperator::Modulo if whole => planned(function(udf::int_rem(), vec![raw.left, raw.right])),
        BinaryOperator::Divide if numeric && !is_float(left) && !is_float(right) => {
            let float = |expr: Expr| cast(expr, DataType::Float64);
            planned(binary(float(raw.left), Operator::Divide, float(raw.right)))
        }
        BinaryOperator::MyIntegerDivide | BinaryOperator::DuckIntegerDivide if whole => {
            planned(function(udf::int_div(), vec![raw.left, raw.right]))
        }
        BinaryOperator::MyIntegerDivide | BinaryOperator::DuckIntegerDivide if numeric => {
            let float = |expr: Expr| cast(expr, DataType::Float64);
            planned(expr_fn::trunc(vec![binary(float(raw.left), Operator::Divide, float(raw.right))]))
        }
        BinaryOperator::PGBitwiseShiftLeft if whole => {
            planned(function(udf::shift_left(), vec![raw.left, raw.right]))
        }
        BinaryOperator::PGBitwiseShiftRight if whole => {
            planned(function(udf::shift_right(), vec![raw.left, raw.right]))
        }
        BinaryOperator::BitwiseXor if numeric => {
            let udf = udf::operator(TensorOperator::Binary(BinaryOp::Pow));
            planned(function(udf, vec![raw.left, raw.right]))
        }
        BinaryOperator::Eq
        | BinaryOperator::NotEq
        | BinaryOperator::Lt
        | BinaryOperator::LtEq
        | BinaryOperator::Gt
        | BinaryOperator::GtEq
            if numeric
                && (is_float(left) || is_float(right))
                && (needs_key(&raw.left) || needs_key(&raw.right)) =>
        {
            let side = |expr: Expr, kind: &DataType| {
                if is_float(kind) && needs_key(&expr) { key(expr) } else { expr }
            };
            let op = match raw.op {
                BinaryOperator::Eq => Operator::Eq,
                BinaryOperator::NotEq => Operator::NotEq,
                BinaryOperator::Lt => Operator::Lt,
                BinaryOperator::LtEq => Operator::LtEq,
                BinaryOperator::Gt => Operator::Gt,
                _ => Operator::GtEq,
            };
            planned(binary(side(raw.left, left), op, side(raw.right, right)))
        }
        BinaryOperator::AtAt => Err(external(Error::new(
            Code::ShapeMismatch,
            "@ multiplies vectors and matrices, and neither side is one",
        ))),
        BinaryOperator::Custom(ref name) if name == "~=" => Err(external(
            Error::not_yet("~= outside of SEARCH")
                .with_help("SEARCH t WHERE col ~= v LIMIT k finds the nearest rows"),
        )),
        _ => Ok(PlannerResult::Original(raw)),
    }
}

/// The decimal operator for two decimals, or for a decimal and an integer.
fn decimal_operation(raw: &RawBinaryExpr, left: &DataType, right: &DataType) -> Option<DecimalOperation> {
    let is_exact = |kind: &DataType| is_narrow_decimal(kind) || is_whole(kind);
    let is_decimal = is_narrow_decimal(left) || is_narrow_decimal(right);
    if !is_decimal || !is_exact(left) || !is_exact(right) {
        return None;
    }
    match raw.op {
        BinaryOperator::Plus => Some(DecimalOperation::Add),
        BinaryOperator::Minus => Some(DecimalOperation::Sub),
        BinaryOperator::Multiply if is_minus_one(&raw.left) => Some(DecimalOperation::Neg),
        BinaryOperator::Multiply => Some(DecimalOperation::Mul),
        BinaryOperator::Modulo => Some(DecimalOperation::Rem),
        _ => None,
    }
}

/// Whether a decimal has at most 38 digits; wider ones come only from files.
fn is_narrow_decimal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..))
}

/// Plans `left = right` for operands of these types.
pub(crate) fn equal(left: Expr, right: Expr, left_type: &DataType, right_type: &DataType) -> Result<Expr> {
    let raw = RawBinaryExpr { op: BinaryOperator::Eq, left, right };
    Ok(match plan_scalar(raw, left_type, right_type)? {
        PlannerResult::Planned(expr) => expr,
        PlannerResult::Original(raw) => binary(raw.left, Operator::Eq, raw.right),
    })
}

fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

/// The type of a number once decimals are cast to floats.
fn as_float(kind: &DataType) -> DataType {
    if kind.is_decimal() { DataType::Float64 } else { kind.clone() }
}

fn is_arithmetic(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Divide, Minus, Modulo, Multiply, Plus};
    matches!(op, Plus | Minus | Multiply | Divide | Modulo)
}

fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}

/// Casts an integer to Int: DataFusion counts rows and characters in other widths.
fn as_int(expr: Expr, data_type: &DataType) -> Expr {
    match data_type {
        DataType::Int64 | DataType::Null => expr,
        _ => cast(expr, DataType::Int64),
    }
}

/// Whether a number may be -0, which DataFusion orders before 0.
fn needs_key(expr: &Expr) -> bool {
    !matches!(expr, Expr::Literal(..))
}

fn is_whole(data_type: &DataType) -> bool {
    data_type.is_integer() || data_type.is_null()
}

fn is_float(data_type: &DataType) -> bool {
    data_type.is_floating()
}

fn is_numeric(data_type: &DataType) -> bool {
    data_type.is_numeric() || data_type.is_null()
}
