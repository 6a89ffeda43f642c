//! Scalar functions under DuckDB's names, row by row.
//!
//! A family is a table of [`RowFunction`]s. Their documentation is in `linal_bind::functions::query`.

mod kind;
mod output;
mod row;
mod row_function;

mod bins;
mod bucket;
mod calendar;
mod date_text;
mod distance;
mod encoding;
mod format;
mod format_spec;
mod hash;
mod number_text;
mod numeric;
mod padding;
mod path;
mod pattern;
mod text;
mod types;

mod attempt;
mod session;

use std::sync::Arc;

use datafusion::functions::string::{lower, upper};
use datafusion::logical_expr::ScalarUDF;
use linal_store::temporal::Zone;

pub(crate) use self::attempt::attempt;
use self::row_function::{RowFunction, function};
pub(crate) use self::session::{NAMES as SESSION_FUNCTIONS, SessionFacts, session_function};

/// All functions of this folder that depend on nothing but the session's time zone.
pub(crate) fn scalar_functions(zone: &Zone) -> Vec<Arc<ScalarUDF>> {
    let families: [&'static [RowFunction]; 12] = [
        bins::FUNCTIONS,
        bucket::FUNCTIONS,
        calendar::FUNCTIONS,
        date_text::FUNCTIONS,
        distance::FUNCTIONS,
        encoding::FUNCTIONS,
        format::FUNCTIONS,
        numeric::FUNCTIONS,
        padding::FUNCTIONS,
        path::FUNCTIONS,
        pattern::FUNCTIONS,
        text::FUNCTIONS,
    ];
    let functions = families.into_iter().flatten().map(|definition| function(definition, zone));
    let cases = [(upper(), "ucase"), (lower(), "lcase")];
    let cases = cases.map(|(function, alias)| Arc::new(function.as_ref().clone().with_aliases([alias])));
    functions.chain(types::functions()).chain([hash::hash()]).chain(cases).collect()
}
