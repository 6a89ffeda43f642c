//! GROUP BY with ROLLUP, CUBE and GROUPING SETS, as one list of grouping sets.
//!
//! The elements of a GROUP BY are combined: `GROUP BY a, ROLLUP(b, c)` groups by `(a, b, c)`, `(a, b)` and
//! `(a)`. A tuple is a set of keys, and a number the position of a projection item, at any depth. DataFusion
//! supports both only at the top, and no tuple in ROLLUP and CUBE.

use sqlparser::ast as sql;

use crate::frontend::ast_builder;
use crate::frontend::resolve::call;

/// The keys of one grouping set.
type Set = Vec<sql::Expr>;

/// The maximal number of grouping sets that are expanded; DataFusion rejects more.
const MAX_SETS: usize = 4096;

/// Expands the grouping sets of a SELECT.
pub(crate) fn write_out(select: &mut sql::Select) {
    let sql::GroupByExpr::Expressions(keys, _) = &mut select.group_by else { return };
    if keys.is_empty() && select.having.is_some() {
        // A HAVING without GROUP BY makes one group of all rows, even without aggregates.
        one_group(select);
        return;
    }
    if keys.iter().all(is_plain) {
        *keys = without_casts(without_repeated(std::mem::take(keys)));
        return;
    }
    let mut sets: Vec<Set> = vec![Vec::new()];
    let mut has_sets = false;
    for key in keys.iter() {
        let Some(own) = sets_of(key) else { return };
        has_sets |= own.len() != 1 || is_grouping(key);
        if sets.len().saturating_mul(own.len()) > MAX_SETS {
            return;
        }
        sets = product(&sets, &own);
    }
    for key in sets.iter_mut().flatten() {
        if let Some(item) = item_at(key, &select.projection) {
            *key = item;
        }
    }
    if sets.iter().all(Vec::is_empty) {
        // A single empty set is one group of all rows; DataFusion handles several.
        if sets.len() == 1 {
            keys.clear();
            one_group(select);
        }
        return;
    }
    *keys = match (has_sets, sets.len()) {
        (false, 1) => without_repeated(sets.pop().unwrap_or_default()),
        _ => vec![sql::Expr::GroupingSets(sets.into_iter().map(without_repeated).collect())],
    };
}

fn is_plain(key: &sql::Expr) -> bool {
    !is_grouping(key) && !matches!(unwrapped(key), sql::Expr::Tuple(_))
}

fn is_grouping(key: &sql::Expr) -> bool {
    matches!(key, sql::Expr::GroupingSets(_) | sql::Expr::Rollup(_) | sql::Expr::Cube(_))
}

/// A key without the parentheses around a tuple.
fn unwrapped(key: &sql::Expr) -> &sql::Expr {
    match key {
        sql::Expr::Nested(inner) if matches!(unwrapped(inner), sql::Expr::Tuple(_)) => unwrapped(inner),
        other => other,
    }
}

/// The grouping sets of one element; `None` if there are too many.
fn sets_of(key: &sql::Expr) -> Option<Vec<Set>> {
    match unwrapped(key) {
        sql::Expr::Tuple(parts) => Some(vec![parts.clone()]),
        sql::Expr::Rollup(lists) => Some(rollup(lists)),
        sql::Expr::Cube(lists) => cube(lists),
        sql::Expr::GroupingSets(lists) => {
            let mut sets = Vec::new();
            for list in lists {
                match list.as_slice() {
                    [one] => sets.extend(nested(one)?),
                    _ => sets.push(list.clone()),
                }
            }
            Some(sets)
        }
        other => Some(vec![vec![other.clone()]]),
    }
}

/// The sets of an element of GROUPING SETS, which may itself be a ROLLUP or CUBE.
fn nested(element: &sql::Expr) -> Option<Vec<Set>> {
    let sql::Expr::Function(function) = element else { return sets_of(element) };
    let sql::FunctionArguments::List(list) = &function.args else { return sets_of(element) };
    let lists: Vec<Set> = list
        .args
        .iter()
        .filter_map(|arg| match arg {
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(sql::Expr::Tuple(parts))) => {
                Some(parts.clone())
            }
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) => Some(vec![expr.clone()]),
            _ => None,
        })
        .collect();
    match function.name.to_string().to_lowercase().as_str() {
        "rollup" => Some(rollup(&lists)),
        "cube" => cube(&lists),
        _ => sets_of(element),
    }
}

/// All prefixes of the lists, the longest first.
fn rollup(lists: &[Set]) -> Vec<Set> {
    (0..=lists.len()).rev().map(|count| lists[..count].concat()).collect()
}

/// All subsets of the lists.
fn cube(lists: &[Set]) -> Option<Vec<Set>> {
    let choices = 1usize.checked_shl(u32::try_from(lists.len()).ok()?).filter(|&count| count <= MAX_SETS)?;
    let chosen = |choice: usize| {
        let kept = lists.iter().enumerate().filter(|(at, _)| choice & (1 << (lists.len() - 1 - at)) != 0);
        kept.flat_map(|(_, list)| list.iter().cloned()).collect()
    };
    Some((0..choices).rev().map(chosen).collect())
}

fn product(sets: &[Set], others: &[Set]) -> Vec<Set> {
    let join = |set: &Set, other: &Set| set.iter().chain(other).cloned().collect();
    sets.iter().flat_map(|set| others.iter().map(move |other| join(set, other))).collect()
}

fn without_repeated(set: Set) -> Set {
    let mut kept: Set = Vec::with_capacity(set.len());
    for key in set {
        if !kept.contains(&key) {
            kept.push(key);
        }
    }
    kept
}

/// The keys without casts of other keys, which do not change the groups. DataFusion names `CAST(t.k AS Int)` like `t.k`, and fails
/// where both are columns of one plan. A cast to a text stays: it tells 0.0 from -0.0, which are one key.
fn without_casts(keys: Set) -> Set {
    let is_cast_of_key = |key: &sql::Expr| match key {
        sql::Expr::Cast { expr, data_type, .. } => is_plain_type(data_type) && keys.contains(expr),
        _ => false,
    };
    keys.iter().filter(|key| !is_cast_of_key(key)).cloned().collect()
}

fn is_plain_type(data_type: &sql::DataType) -> bool {
    use sql::DataType as T;
    matches!(
        data_type,
        T::Int(_)
            | T::Integer(_)
            | T::BigInt(_)
            | T::Float(_)
            | T::Double(_)
            | T::DoublePrecision
            | T::Bool
            | T::Boolean
            | T::Date
            | T::Timestamp(..)
    )
}

/// The projection item that a number refers to.
fn item_at(key: &sql::Expr, items: &[sql::SelectItem]) -> Option<sql::Expr> {
    let sql::Expr::Value(value) = key else { return None };
    let sql::Value::Number(number, _) = &value.value else { return None };
    match items.get(number.parse::<usize>().ok()?.checked_sub(1)?)? {
        sql::SelectItem::UnnamedExpr(expr) | sql::SelectItem::ExprWithAlias { expr, .. } => {
            Some(expr.clone())
        }
        _ => None,
    }
}

/// Makes a SELECT have a single group, by an aggregate in its HAVING that is true for any group.
fn one_group(select: &mut sql::Select) {
    let any = ast_builder::binary(count_rows(), sql::BinaryOperator::GtEq, ast_builder::integer(0));
    select.having = Some(match select.having.take() {
        Some(having) => ast_builder::binary(any, sql::BinaryOperator::And, having),
        None => any,
    });
}

/// `COUNT(*)`.
fn count_rows() -> sql::Expr {
    let mut count = call("count", Vec::new());
    if let sql::Expr::Function(function) = &mut count
        && let sql::FunctionArguments::List(list) = &mut function.args
    {
        list.args.push(sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Wildcard));
    }
    count
}
