//! Temporary stand-in.
use std::sync::Arc;
use datafusion::logical_expr::{ScalarUDF, AggregateUDF, Expr, TableSource};
use datafusion::common::{Result, ScalarValue, metadata::FieldMetadata};
use linal_tensor::Tensor;
use sqlparser::ast::BinaryOperator;
pub(super) fn scalar_functions() -> Vec<Arc<ScalarUDF>> { vec![] }
pub(super) fn aggregate_functions() -> Vec<Arc<AggregateUDF>> { vec![] }
pub(super) fn operator(_op: &BinaryOperator) -> Option<Arc<ScalarUDF>> { None }
pub(super) fn checked_integer(_op: &BinaryOperator) -> Arc<ScalarUDF> { datafusion::functions::math::power() }
pub(super) fn power() -> Arc<ScalarUDF> { datafusion::functions::math::power() }
pub(super) fn vector() -> Arc<ScalarUDF> { datafusion::functions::math::power() }
pub(super) fn constant(_dims: &[usize], _values: Vec<f64>) -> Expr { todo!() }
pub(super) fn scalar_of(_t: &Tensor) -> Option<(ScalarValue, FieldMetadata)> { None }
pub(super) fn table_function(_n: &str, _a: &[Expr]) -> Result<Arc<dyn TableSource>> { todo!() }
