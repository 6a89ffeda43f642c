//! Tensor functions in queries, which DataFusion calls on columns.
//!
//! A call in a query is the graph that a tensor statement would build, over the tensors of one row
//! ([`operand`] makes the leaves). Its shape and dtype follow from the fields of the arguments, so that
//! errors surface at planning. A batch runs the same graph with the row as its first axis ([`rows`]).

mod aggregate;
mod argument;
mod as_list;
mod call;
mod cast;
mod checked_cast;
mod compound;
mod context;
mod decimal;
mod decimal_cast;
mod decimal_kernel;
mod enum_steps;
pub(crate) mod enums;
mod error;
mod field_access;
mod flatten;
mod float_cast;
mod formula;
mod fused;
mod host;
mod index;
mod integer;
pub(crate) mod key;
mod length;
mod limited_cast;
mod list;
mod list_index;
mod list_size;
mod logic;
mod mat_shape;
mod named_subquery;
mod nested;
mod norms;
mod null_like;
mod once;
mod operand;
mod operator;
mod outer_value;
mod over_rows;
mod pattern;
mod quantified;
mod ragged;
mod rounding;
mod row;
mod row_count;
mod rows;
mod scalar;
pub(crate) mod sequence;
mod shift;
mod sized;
pub(crate) mod temporal;
mod text_arguments;
mod truncation;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;
use linal_tensor::DType;

pub(crate) use self::aggregate::stack::cell_of_stack;
pub(crate) use self::aggregate::{
    OfSum, aggregate_functions, aggregate_of_enums, exact_decimal, is_tensor_fold,
};
pub(crate) use self::argument::ARGUMENT;
pub(crate) use self::as_list::{AS_LIST, as_list};
pub(crate) use self::cast::{cast_tensor, relabel_tensor, try_cast_tensor};
pub(crate) use self::compound::shallow;
pub(crate) use self::context::{ExecutionHandle, Limit};
pub(crate) use self::decimal::{DecimalOperation, decimal};
pub(crate) use self::decimal_cast::decimal_cast;
pub(crate) use self::enum_steps::EnumStep;
pub(crate) use self::error::linal_error;
pub(crate) use self::field_access::{FIELD, field_access};
pub(crate) use self::float_cast::float_cast;
pub(crate) use self::fused::{PREFIX as FUSED_PREFIX, fuse};
pub(crate) use self::host::host;
pub(crate) use self::index::index;
pub(crate) use self::integer::{int_add, int_div, int_mul, int_neg, int_rem, int_sub};
pub(crate) use self::key::{KEY, key};
pub(crate) use self::limited_cast::{LIMITED_CAST, TRY_LIMITED_CAST, limited_cast};
pub(crate) use self::list::{LIST, list};
pub(crate) use self::logic::{
    AS_TENSOR, BETWEEN, CAST_DTYPE, IN, NOT, REAL, TRY_CAST_DTYPE, is_logic, logic, plain,
};
pub(crate) use self::named_subquery::{NAMED_SUBQUERY, aliased_subquery, named_subquery};
pub(crate) use self::nested::{
    AS_JSON, Aggregates, JSON_EACH, JSON_PARTS, JSON_TREE, LIST_OR_EMPTY, TRY_AS_JSON, aggregates_of_lists,
    higher_order_functions, json_extract, nested_cast, order_key,
};
pub(crate) use self::norms::COSINE_WITH_NORMS;
pub(crate) use self::null_like::NULL_LIKE;
pub(crate) use self::once::{ONCE, once};
pub(crate) use self::operand::{SPECTRUM, STRICT, TENSOR, is_weak, weak_literal};
pub(crate) use self::operator::{TensorOperator, operator};
pub(crate) use self::outer_value::{
    AGGREGATE_PLACE, OUTER_VALUE, WITH_OUTER, aggregate_place, outer_function, outer_value_place, with_outer,
};
pub(crate) use self::pattern::{
    GLOB, LIKE_PATTERN, REGEX_MATCH, REGEX_MATCH_ANY_CASE, SIMILAR_TO, glob_pattern, similar_pattern,
    with_backslash,
};
pub(crate) use self::quantified::{Quantified, quantified};
pub(crate) use self::ragged::Ragged;
pub(crate) use self::row::{ROW, row_items};
pub(crate) use self::row_count::row_count;
pub(crate) use self::scalar::{
    SESSION_FUNCTIONS, SessionFacts, attempt, scalar_functions as row_functions, session_function,
};
pub(crate) use self::shift::{shift_left, shift_right};
pub(crate) use self::sized::{sized_functions, while_planning};

use linal_bind::functions::Registry;

/// The name of cosine similarity in queries.
const COSINE: &str = "cosine_sim";

/// All scalar functions; those that make tensors from numbers use `default_dtype`.
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
    let flatten = functions.iter().find(|function| function.name() == "flatten").cloned();
    let flat_list = flatten.map(flatten::of_lists);
    functions.extend([
        mat_shape::mat_shape(),
        key(),
        index(),
        index::range(),
        index::all(),
        argument::argument(),
        super::exec::window::exclude(),
        as_list(),
        field_access(),
        length::length(),
        null_like::null_like(),
        pattern::glob(),
        pattern::like_pattern(),
        pattern::regex_match(false),
        pattern::regex_match(true),
        pattern::regexp_replace(),
        pattern::similar_to(),
        truncation::trunc(),
        row::row(),
    ]);
    functions.extend(list_size::checked_sizes());
    functions.extend(enums::functions());
    functions.extend(nested::scalar_functions());
    functions.extend(flat_list);
    functions
}

#[cfg(test)]
mod tests;
