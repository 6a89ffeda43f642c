//! Resolves names of a query before DataFusion binds it.
//!
//! DataFusion compares names byte by byte, so it sees all of them in lower case, and [`Names`] keeps the
//! original spelling. Two names of one scope never differ only by case, so no information is lost.

mod group_by;
mod locate;
mod projection_names;
mod scope;
pub(crate) mod session_tensor;
mod shadowed_ctes;

use std::collections::HashMap;
use std::ops::ControlFlow;

use linal_dataset::Result;
use linal_lang::sql::{Walk, WalkMut, has_expression};
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

pub(crate) use self::locate::place_of;
pub(super) use self::scope::has_columns_call;
pub(crate) use self::scope::{uses_row_ids, written_table};
use super::ast_builder;
use super::desugar::{
    array_subquery, balance, bare_names, cast_names, casts, collation, distance_nulls_last, distinct_on,
    fetch_first, field_access, function_forms, grouping_sets, limit_percent, list_arguments, list_scopes,
    logic, named_arguments, operators, ordered_windows, patterns, quantified, quantifiers, row_value_in,
    row_values, semi_joins, set_operations, subquery_names, values_nulls, values_rows, whole_limits,
    with_ties,
};
use crate::frontend::objects::caller_name;
use crate::udf::temporal::TIMEZONE;

/// The spelling of names, by their lower-case form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    shown: HashMap<String, String>,
    fallback: HashMap<String, String>,
}

impl Names {
    /// The spelling of a result column.
    pub fn spelling<'a>(&'a self, name: &'a str) -> &'a str {
        self.shown.get(name).or_else(|| self.fallback.get(name)).map_or(name, String::as_str)
    }

    /// Records the spelling of a name that does not occur in the query.
    pub fn know(&mut self, written: &str) {
        self.fallback.entry(written.to_lowercase()).or_insert_with(|| written.to_string());
    }

    fn show(&mut self, internal: &str, written: &str) {
        self.shown.insert(internal.to_string(), written.to_string());
    }
}

/// The context of name resolution.
pub(crate) struct Scope<'a> {
    /// Whether the session has a tensor of this name.
    pub is_tensor: &'a dyn Fn(&str) -> bool,
    /// Whether the session has any tensor.
    pub has_session_tensors: bool,
    /// Whether operands may be tensors.
    pub has_tensors: bool,
    /// Whether the query has the name `rowid`.
    pub uses_row_ids: bool,
    /// The columns of the tables.
    pub tables: &'a scope::TableColumns<'a>,
}

/// The prefix of the functions that cast to a tensor type, whose name follows.
const CAST_PREFIX: &str = "__cast_tensor ";
const TRY_CAST_PREFIX: &str = "__try_cast_tensor ";

/// The type that a function of this name casts to, and whether it returns NULL for invalid values.
pub(crate) fn cast_target(function: &str) -> Option<(&str, bool)> {
    match function.strip_prefix(CAST_PREFIX) {
        Some(target) => Some((target, false)),
        None => function.strip_prefix(TRY_CAST_PREFIX).map(|target| (target, true)),
    }
}

/// Rewrites a query in place; `texts` are the texts of its first SELECT's projection items.
pub(crate) fn rewrite_query(
    query: &mut sql::Query,
    texts: &[Box<str>],
    scope: &Scope<'_>,
    names: &mut Names,
) -> Result<()> {
    // A file is named by its path and is not in the catalog; its name keeps its case.
    if let Some(select) = first_select(&mut query.body) {
        projection_names::name(select, texts, names, true);
    }
    array_subquery::write_out(query)?;
    distinct_on::write_out(query)?;
    with_ties::write_out(query)?;
    fetch_first::as_limits(query);
    whole_limits::round(query);
    limit_percent::write_out(query)?;
    collation::write_out(query)?;
    bare_names::with_brackets(query);
    shadowed_ctes::rename(query);
    scope::resolve(query, scope, names)?;
    let mut rewriter = Rewriter { scope, names };
    let _ = query.walk_mut(&mut rewriter);
    subquery_names::name(query);
    cast_names::name(query);
    list_scopes::keep(query);
    Ok(())
}

/// The relations that a query reads, as spelled, in the order of the text.
pub(crate) fn relations(query: &sql::Query) -> Vec<sql::ObjectName> {
    struct Relations(Vec<sql::ObjectName>);
    impl sql::Visitor for Relations {
        type Break = ();

        fn pre_visit_relation(&mut self, relation: &sql::ObjectName) -> ControlFlow<()> {
            self.0.push(relation.clone());
            ControlFlow::Continue(())
        }

        /// `a IN t` may name a table.
        fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
            if let sql::Expr::AnyOp { right, .. } = expr {
                let parts = match right.as_ref() {
                    sql::Expr::Identifier(name) => std::slice::from_ref(name),
                    sql::Expr::CompoundIdentifier(parts) => parts.as_slice(),
                    _ => &[],
                };
                if !parts.is_empty() {
                    self.0.push(sql::ObjectName(
                        parts.iter().cloned().map(sql::ObjectNamePart::Identifier).collect(),
                    ));
                }
            }
            ControlFlow::Continue(())
        }
    }
    let mut relations = Relations(Vec::new());
    let _ = Walk::walk(query, &mut relations);
    relations.0
}

fn first_select(body: &mut sql::SetExpr) -> Option<&mut sql::Select> {
    match body {
        sql::SetExpr::Select(select) => Some(select),
        sql::SetExpr::SetOperation { left, .. } => first_select(left),
        sql::SetExpr::Query(query) => first_select(&mut query.body),
        _ => None,
    }
}

struct Rewriter<'a, 'b> {
    scope: &'a Scope<'b>,
    names: &'a mut Names,
}

impl VisitorMut for Rewriter<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        for cte in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            lower_alias(&mut cte.alias, self.names);
        }
        values_nulls::with_types(&mut query.body);
        if self.scope.has_tensors {
            values_rows::as_union(&mut query.body);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        distance_nulls_last::nulls_last(query);
        set_operations::as_relations(query);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut sql::Select) -> ControlFlow<()> {
        projection_names::name(select, &[], self.names, false);
        quantifiers::of_select(select);
        grouping_sets::write_out(select);
        group_by::keep(&mut select.group_by);
        for join in select.from.iter_mut().flat_map(|from| &mut from.joins) {
            semi_joins::of_left_side(&mut join.join_operator);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &mut sql::ObjectName) -> ControlFlow<()> {
        if !is_path(relation) {
            for part in &mut relation.0 {
                if let sql::ObjectNamePart::Identifier(name) = part {
                    lower(name);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut sql::TableFactor) -> ControlFlow<()> {
        use sql::TableFactor as T;
        unnest(factor);
        if let T::Table { alias: Some(alias), .. }
        | T::Derived { alias: Some(alias), .. }
        | T::TableFunction { alias: Some(alias), .. }
        | T::Function { alias: Some(alias), .. }
        | T::UNNEST { alias: Some(alias), .. }
        | T::NestedJoin { alias: Some(alias), .. } = factor
        {
            lower_alias(alias, self.names);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        balance::balance(expr);
        // One in a place whose names DataFusion looks up itself.
        if let Some(name) = caller_name::of(expr) {
            *expr = name.plain();
        }
        if let sql::Expr::Subquery(query) = expr {
            set_operations::as_relation(query);
        }
        if let Some(comparison) = row_value_in::as_comparison(expr) {
            *expr = comparison;
        }
        casts::exact_integers(expr);
        casts::ragged(expr);
        quantifiers::of_call(expr);
        if let sql::Expr::Function(function) = expr {
            ordered_windows::move_order(function);
        }
        function_forms::written_out(expr);
        let planned = casts::limited(expr)
            .or_else(|| operators::as_supported(expr))
            .or_else(|| patterns::as_call(expr))
            .or_else(|| quantified::as_call(expr))
            .or_else(|| row_values::compared(expr));
        if let Some(planned) = planned {
            *expr = planned;
        }
        casts::of_lists(expr);
        if let Some(call) = logic::as_call(expr, self.scope.has_tensors) {
            *expr = call;
        }
        match expr {
            sql::Expr::Identifier(name) => lower(name),
            sql::Expr::CompoundIdentifier(parts) => parts.iter_mut().for_each(lower),
            // As a product, so that integer overflow is checked and tensors are accepted.
            sql::Expr::UnaryOp { op: sql::UnaryOperator::Minus, expr: operand } if !is_literal(operand) => {
                let operand = sql::Expr::Nested(operand.clone());
                *expr = ast_builder::binary(ast_builder::integer(-1), sql::BinaryOperator::Multiply, operand);
            }
            sql::Expr::AtTimeZone { timestamp, time_zone } => {
                *expr = call(TIMEZONE, vec![(**time_zone).clone(), (**timestamp).clone()]);
            }
            sql::Expr::Like { pattern, escape_char, .. } | sql::Expr::ILike { pattern, escape_char, .. } => {
                patterns::without_escape(pattern, escape_char);
            }
            sql::Expr::Function(function) if field_access::is_named(function) => {
                field_access::by_name(function);
            }
            sql::Expr::Function(function) if !is_mod(function) => {
                list_arguments::as_lists(function);
                named_arguments::mark(function);
            }
            sql::Expr::Function(function) => {
                if let Some([left, right]) = plain_args(function) {
                    *expr = sql::Expr::Nested(Box::new(ast_builder::binary(
                        left,
                        sql::BinaryOperator::Modulo,
                        right,
                    )));
                }
            }
            sql::Expr::Cast { kind, expr: operand, data_type, .. } => {
                if let Some(target) = tensor_type_text(data_type) {
                    let prefix = match kind {
                        sql::CastKind::TryCast | sql::CastKind::SafeCast => TRY_CAST_PREFIX,
                        _ => CAST_PREFIX,
                    };
                    *expr = call(&format!("{prefix}{target}"), vec![(**operand).clone()]);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Whether a call is `MOD(a, b)`, which is `a % b`.
fn is_mod(function: &sql::Function) -> bool {
    function.name.to_string().eq_ignore_ascii_case("mod") && function.over.is_none()
}

/// The arguments of a call with two arguments.
fn plain_args(function: &sql::Function) -> Option<[sql::Expr; 2]> {
    let sql::FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(left)),
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(right)),
        ] => Some([left.clone(), right.clone()]),
        _ => None,
    }
}

/// `UNNEST(v)` in a FROM is parsed as a function call; the planner has a node for it.
fn unnest(factor: &mut sql::TableFactor) {
    let sql::TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } = factor else {
        return;
    };
    if !name.to_string().eq_ignore_ascii_case("unnest") {
        return;
    }
    let exprs = args.args.iter().filter_map(|arg| match arg {
        sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    });
    *factor = sql::TableFactor::UNNEST {
        alias: alias.take(),
        array_exprs: exprs.collect(),
        with_offset: false,
        with_offset_alias: None,
        with_ordinality: *with_ordinality,
    };
}

/// Whether a relation is a file: its name is a string.
pub(crate) fn is_path(relation: &sql::ObjectName) -> bool {
    matches!(relation.0.as_slice(), [sql::ObjectNamePart::Identifier(name)] if name.quote_style == Some('\''))
}

fn lower(name: &mut sql::Ident) {
    name.value = name.value.to_lowercase();
}

fn lower_alias(alias: &mut sql::TableAlias, names: &mut Names) {
    lower(&mut alias.name);
    for column in &mut alias.columns {
        names.know(&column.name.value);
        lower(&mut column.name);
    }
}

/// Whether an operand is a number or an interval, whose sign the planner parses as part of it.
fn is_literal(expr: &sql::Expr) -> bool {
    match expr {
        sql::Expr::Value(value) => matches!(value.value, sql::Value::Number(..)),
        sql::Expr::Interval(_) => true,
        _ => false,
    }
}

/// Whether a query contains a list literal.
pub(crate) fn has_list(query: &sql::Query) -> bool {
    has_expression(query, |part| matches!(part, sql::Expr::Array(_)))
}

/// The name of a type whose cells are tensors.
fn tensor_type_text(data_type: &sql::DataType) -> Option<String> {
    let sql::DataType::Custom(name, args) = data_type else { return None };
    let word = name.to_string().to_lowercase();
    ["vector", "matrix", "tensor"].contains(&word.as_str()).then(|| format!("{word}({})", args.join(", ")))
}

/// A function call by name.
pub(crate) fn call(name: &str, args: Vec<sql::Expr>) -> sql::Expr {
    let args =
        args.into_iter().map(|arg| sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(arg))).collect();
    sql::Expr::Function(sql::Function {
        name: sql::ObjectName(vec![sql::ObjectNamePart::Identifier(ast_builder::ident(name))]),
        uses_odbc_syntax: false,
        parameters: sql::FunctionArguments::None,
        args: sql::FunctionArguments::List(sql::FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
