//! Tensor functions in queries: what DataFusion calls on columns.
//!
//! A call in a query is the graph that a tensor statement would build, over the tensor of one row ([`operand`] makes
//! the leaves). Its shapes and dtypes follow from the fields of the arguments, so that mistakes surface at planning. A
//! batch of rows runs the same graph with the row as its first axis ([`rows`]).

mod aggregate;
mod argument;
mod call;
mod cast;
mod context;
mod error;
mod formula;
mod fused;
mod index;
mod integer;
mod key;
mod list;
mod logic;
mod norms;
mod operand;
mod operator;
mod outer_value;
mod ragged;
mod row;
mod row_count;
mod rows;
mod shape_text;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;
use linal_tensor::DType;

pub(crate) use aggregate::aggregate_functions;
pub(crate) use aggregate::stack::cell_of_stack;
pub(crate) use argument::ARGUMENT;
pub(crate) use cast::{cast_tensor, relabel_tensor, try_cast_tensor};
pub(crate) use context::{ExecutionHandle, Limit};
pub(crate) use error::linal_error;
pub(crate) use fused::{PREFIX as FUSED_PREFIX, fuse};
pub(crate) use index::index;
pub(crate) use integer::{int_add, int_div, int_mul, int_neg, int_rem, int_sub};
pub(crate) use key::{KEY, key, keys};
pub(crate) use list::list;
pub(crate) use logic::{BETWEEN, CAST_DTYPE, IN, NOT, TRY_CAST_DTYPE, is_logic, logic, plain};
pub(crate) use norms::COSINE_WITH_NORMS;
pub(crate) use operand::{SPECTRUM, STRICT, TENSOR, is_weak, weak_literal};
pub(crate) use operator::{TensorOperator, operator};
pub(crate) use outer_value::{
    AGGREGATE_PLACE, OUTER_VALUE, WITH_OUTER, aggregate_place, outer_function, outer_value_place, with_outer,
};
pub(crate) use ragged::Ragged;
pub(crate) use row::{ROW, row_items};
pub(crate) use row_count::row_count;

use crate::functions::Registry;

/// The name of the cosine in queries.
const COSINE: &str = "cosine_sim";

/// All functions that queries call row by row; those that make tensors out of numbers make them of `default_dtype`.
pub(crate) fn scalar_functions(default_dtype: DType) -> Vec<Arc<ScalarUDF>> {
    let mut functions: Vec<Arc<ScalarUDF>> = Registry::global()
        .all()
        .filter_map(|definition| call::function_of(definition, default_dtype))
        .collect();
    let is_cosine = |function: &&Arc<ScalarUDF>| {
        function.name() == COSINE || function.aliases().iter().any(|name| name == COSINE)
    };
    let with_norms = functions.iter().find(is_cosine).cloned().map(norms::cosine_with_norms);
    functions.extend(with_norms);
    functions.extend([
        shape_text::mat_shape(),
        key(),
        index(),
        index::range(),
        index::all(),
        argument::argument(),
        row::row(),
    ]);
    functions
}

#[cfg(test)]
mod tests;
