//! Aggregates and window functions of values of an enum type.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::{AggregateFunction, NullTreatment, Sort as SortExpr, WindowFunction};

use super::{all_ordered, enum_of, place};
use crate::exec::window::with_aggregate;
use crate::udf;

pub(super) fn by_place(
    mut call: AggregateFunction,
    schema: &DFSchema,
    retyped: &mut bool,
) -> Result<Transformed<Expr>> {
    let mut changed = all_ordered(&mut call.params.order_by, schema);
    let name = call.func.name().to_lowercase();
    changed |= by_place_of_key(&name, &mut call.params.args, schema);
    if let [value] = call.params.args.as_slice()
        && let Some(limit) = enum_of(value, schema)
    {
        match name.as_str() {
            // MIN is the first label by its place. As an aggregate it stays one, which a call around it would not.
            "min" | "max" => {
                let value = value.clone();
                call.func = first_value_udaf();
                call.params.distinct = false;
                // Rows without a value come last.
                call.params.order_by = vec![SortExpr::new(place(value, &limit), name == "min", false)];
                changed = true;
            }
            "array_agg" if call.params.null_treatment != Some(NullTreatment::IgnoreNulls) => {
                if let Some(listed) = udf::aggregate_of_enums(&name) {
                    call.func = listed;
                    (changed, *retyped) = (true, true);
                }
            }
            _ => {}
        }
    }
    let expr = Expr::AggregateFunction(call);
    Ok(if changed { Transformed::yes(expr) } else { Transformed::no(expr) })
}

pub(super) fn window_by_place(
    mut window: WindowFunction,
    schema: &DFSchema,
    retyped: &mut bool,
) -> Result<Transformed<Expr>> {
    let mut changed = all_ordered(&mut window.params.order_by, schema);
    let name = window.fun.name().to_lowercase();
    changed |= by_place_of_key(&name, &mut window.params.args, schema);
    if let [value] = window.params.args.as_slice()
        && enum_of(value, schema).is_some()
        && window.params.null_treatment != Some(NullTreatment::IgnoreNulls)
        && let Some(other) = udf::aggregate_of_enums(&name)
    {
        window.fun = with_aggregate(&window.fun, other);
        window.params.distinct &= name == "array_agg";
        (changed, *retyped) = (true, true);
    }
    let expr = Expr::from(window);
    Ok(if changed { Transformed::yes(expr) } else { Transformed::no(expr) })
}

/// `ARG_MAX(x, key)` finds the best key by its place.
fn by_place_of_key(name: &str, args: &mut [Expr], schema: &DFSchema) -> bool {
    const BEST: [&str; 6] =
        ["arg_max", "arg_min", "arg_max_null", "arg_min_null", "__arg_max_n", "__arg_min_n"];
    let Some(key) = args.get_mut(1).filter(|_| BEST.contains(&name)) else { return false };
    let Some(limit) = enum_of(key, schema) else { return false };
    *key = place(std::mem::take(key), &limit);
    true
}
