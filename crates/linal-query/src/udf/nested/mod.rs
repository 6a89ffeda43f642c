//! Structs, maps, lists, lambdas and JSON in queries.

mod aggregate;
mod cast;
mod definition;
mod json;
mod lambda;
mod lists;
mod maps;
mod order_key;
mod rows;
mod structs;

use std::sync::Arc;

use arrow::array::{ArrayRef, MapArray};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::ScalarUDF;

pub(crate) use self::aggregate::{Aggregates, functions as aggregates_of_lists};
pub(crate) use self::cast::nested_cast;
pub(crate) use self::json::{AS_JSON, JSON_EACH, JSON_PARTS, JSON_TREE, TRY_AS_JSON};
pub(crate) use self::lambda::functions as higher_order_functions;
pub(crate) use self::lists::LIST_OR_EMPTY;

/// The functions of structs, maps, lists and JSON.
pub(super) fn scalar_functions() -> impl Iterator<Item = Arc<ScalarUDF>> {
    let definitions = structs::FUNCTIONS.into_iter().chain(maps::FUNCTIONS).chain(lists::FUNCTIONS);
    definitions.chain(json::definitions()).map(definition::function)
}

/// The function that makes bytes of a list, a struct or a map that are ordered as the values are.
pub(crate) fn order_key() -> Arc<ScalarUDF> {
    definition::function(order_key::FUNCTION)
}

/// The function of `j -> path`, or of `j ->> path`.
pub(crate) fn json_extract(as_text: bool) -> Option<Arc<ScalarUDF>> {
    let name = if as_text { "json_extract_string" } else { "json_extract" };
    json::definitions().find(|definition| definition.names[0] == name).map(definition::function)
}

/// The values of a map by their keys; NULL where a map does not have the key.
pub(super) fn map_values_at(maps: &MapArray, keys: &ArrayRef) -> DfResult<ArrayRef> {
    maps::values_at(maps, keys)
}
