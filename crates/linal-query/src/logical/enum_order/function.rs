//! CASE, casts and functions of values of an enum type and of lists of them.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::{Case, ScalarFunction};
use datafusion::logical_expr::{Expr, ExprSchemable};
use linal_dataset::{ENUM, Limit};

use super::{common, enum_of, enum_of_elements, step};
use crate::udf::{AS_LIST, EnumStep};

/// Functions that give one of their arguments.
const CHOICES: [&str; 4] = ["coalesce", "nvl", "ifnull", "nvl2"];

/// Functions that compare their arguments and give one of them.
const EXTREMES: [&str; 2] = ["greatest", "least"];

/// Functions that sort the elements of a list.
const SORTS: [&str; 3] = ["array_sort", "list_sort", "list_reverse_sort"];

/// Functions that give an element of a list by its order.
const BEST_ELEMENTS: [&str; 6] =
    ["array_max", "array_min", "list_max", "list_min", "list_median", "list_mode"];

/// Functions of a list that give a list of its elements.
const PARTS: [&str; 10] = [
    "array_reverse",
    "array_slice",
    "array_distinct",
    "list_distinct",
    "list_where",
    "list_select",
    "list_intersect",
    "list_except",
    "array_pop_back",
    "array_pop_front",
];

/// The function with a lambda that gives a list of the elements of its list, which has this name by all of its aliases.
const FILTER: &str = "list_filter";

/// Functions that give an element of a list.
const ELEMENTS: [&str; 8] = [
    "__index",
    "array_element",
    "list_extract",
    "list_element",
    "list_first_element",
    "list_first",
    "list_last",
    "list_any_value",
];

pub(super) fn by_place(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let changed = match expr {
        Expr::ScalarFunction(call) => return of_call(call, schema),
        Expr::HigherOrderFunction(ref call) if call.func.name() == FILTER => {
            let list = call.args.first();
            list.and_then(|list| enum_of_elements(list, schema)).map(EnumStep::Typed)
        }
        Expr::Case(ref case) => common(results(case), schema).map(EnumStep::Typed),
        // A cast says which type its value has.
        Expr::Cast(_) | Expr::TryCast(_) => {
            let is_marked = expr.to_field(schema).is_ok_and(|(_, field)| field.metadata().contains_key(ENUM));
            is_marked.then_some(EnumStep::Plain)
        }
        _ => None,
    };
    Ok(match changed {
        Some(made) => Transformed::yes(step(made, expr)),
        None => Transformed::no(expr),
    })
}

fn results(case: &Case) -> impl Iterator<Item = &Expr> {
    let results = case.when_then_expr.iter().map(|(_, result)| result.as_ref());
    results.chain(case.else_expr.as_deref())
}

fn of_call(mut call: ScalarFunction, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let function = call.func.clone();
    let name = function.name();
    let is = |names: &[&str]| names.contains(&name);
    let unchanged = |call| Ok(Transformed::no(Expr::ScalarFunction(call)));
    if let Some(limit) = quantified(name, &call.args, schema) {
        for arg in &mut call.args {
            *arg = step(EnumStep::Places(limit.clone()), std::mem::take(arg));
        }
        return Ok(Transformed::yes(Expr::ScalarFunction(call)));
    }
    if is(&EXTREMES) {
        let Some(limit) = common(call.args.iter(), schema) else { return unchanged(call) };
        for arg in &mut call.args {
            *arg = step(EnumStep::Places(limit.clone()), std::mem::take(arg));
        }
        return Ok(Transformed::yes(step(EnumStep::Labels(limit), Expr::ScalarFunction(call))));
    }
    let limit = if is(&CHOICES) {
        common(call.args.iter().skip(usize::from(name == "nvl2")), schema)
    } else if name == "nullif" {
        call.args.first().and_then(|value| enum_of(value, schema))
    } else if name == "make_array" {
        common(call.args.iter(), schema)
    } else {
        None
    };
    if let Some(limit) = limit {
        return Ok(Transformed::yes(step(EnumStep::Typed(limit), Expr::ScalarFunction(call))));
    }
    let Some(limit) = call.args.first().and_then(|list| enum_of_elements(list, schema)) else {
        return unchanged(call);
    };
    let is_sorted = is(&SORTS) || is(&BEST_ELEMENTS);
    if is_sorted {
        call.args[0] = step(EnumStep::Places(limit.clone()), std::mem::take(&mut call.args[0]));
    }
    if is_sorted {
        Ok(Transformed::yes(step(EnumStep::Labels(limit), Expr::ScalarFunction(call))))
    } else if is(&PARTS) || is(&ELEMENTS) || name == AS_LIST {
        Ok(Transformed::yes(step(EnumStep::Typed(limit), Expr::ScalarFunction(call))))
    } else {
        unchanged(call)
    }
}

/// The enum type of `x < ANY (list)` and its like.
fn quantified(name: &str, args: &[Expr], schema: &DFSchema) -> Option<Limit> {
    let symbol = name.strip_prefix("__any ").or_else(|| name.strip_prefix("__all "))?;
    let [value, list] = args else { return None };
    let limit = enum_of(value, schema).filter(|_| !matches!(symbol, "=" | "<>"))?;
    enum_of_elements(list, schema).filter(|elements| *elements == limit)
}
