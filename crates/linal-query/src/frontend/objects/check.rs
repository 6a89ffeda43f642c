//! What CREATE checks of a view and of a macro.

use std::ops::ControlFlow;

use linal_dataset::objects::ViewColumn;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::Ident;
use linal_lang::ast::relational::Query;
use linal_lang::sql::Walk;
use linal_store::ColumnType;
use sqlparser::ast as sql;

use super::super::{ast_builder, generated_columns, resolve};
use crate::context::QueryContext;
use crate::planner::plan::Options;

/// The columns of a view under their names, and whether the names are not those of its query: `names` are for the first
/// columns, and a repeated name gets a number as in DuckDB.
///
/// # Errors
/// Those of planning the query; more names than columns; for a view of a database, tensors and datasets of the session,
/// and parameters.
pub fn columns_of(
    context: &mut QueryContext<'_>,
    query: &Query,
    names: &[Ident],
    temporary: bool,
) -> Result<(Vec<ViewColumn>, bool)> {
    let planned = context.plan_query(query, Options::default())?;
    if let Some(tensor) = planned.tensors.first().filter(|_| !temporary) {
        let message = format!("a view of a database cannot read the tensor `{}` of a session", tensor.name);
        let error = Error::new(Code::UnknownName, message).with_help(
            "CREATE TEMP VIEW makes one for this session; SAVE TENSOR and a dataset keep values in the database",
        );
        return Err(error.at(query.span));
    }
    let own = |database: &str| linal_dataset::catalog::is_own(database);
    if let Some(seen) = planned.seen.iter().find(|seen| !temporary && own(&seen.database)) {
        let message =
            format!("a view of a database cannot read `{}`, which only this session sees", seen.name);
        let error =
            Error::new(Code::UnknownName, message).with_help("CREATE TEMP VIEW makes one for this session");
        return Err(error.at(query.span));
    }
    let fields = planned.schema.fields();
    if let Some(name) = names.get(fields.len()) {
        let count = linal_dataset::count(fields.len(), "column");
        let message = format!("the view names {} columns, and its query has {count}", names.len());
        return Err(Error::new(Code::WrongArguments, message).at(name.span));
    }
    let mut columns: Vec<ViewColumn> = Vec::with_capacity(fields.len());
    let mut is_renamed = !names.is_empty();
    for (at, field) in fields.iter().enumerate() {
        let plain = planned.logical.schema().field(at).name();
        let shown = written_column(&query.sql, at);
        let shown = shown.unwrap_or_else(|| planned.names.spelling(plain).to_string());
        let written = names.get(at).map_or(shown, |name| name.name.to_string());
        let is_taken = |name: &str, columns: &[ViewColumn]| {
            columns.iter().any(|known| linal_dataset::same_name(&known.name, name))
        };
        let mut name = written.clone();
        let mut number = 0;
        while is_taken(&name, &columns) {
            if at < names.len() {
                let message = format!("the view has two columns `{written}`");
                return Err(Error::new(Code::DuplicateColumn, message).at(names[at].span));
            }
            number += 1;
            name = format!("{written}_{number}");
            is_renamed = true;
        }
        let type_name = ColumnType::of(field).to_string().into();
        columns.push(ViewColumn { name: name.into(), type_name });
    }
    Ok((columns, is_renamed))
}

/// Checks that the names in the body of a macro are parameters, but for those in queries of its own.
///
/// # Errors
/// `E0304 unknown_name` at the name.
pub fn check_macro_names(body: &sql::Expr, parameters: &[&str]) -> Result<()> {
    let mut names = Names { parameters, bound: Vec::new(), queries: 0 };
    match Walk::walk(body, &mut names) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break((name, place)) => {
            let error = Error::unknown(Code::UnknownName, "parameter", &name, parameters.iter().copied());
            let error = error.or_help("a name in a macro is a parameter, or a column of a query in it");
            Err(match place {
                Some(place) => error.at(place),
                None => error,
            })
        }
    }
}

/// The name of a column `t.a` without its table; `None` for another item, and behind a `*`.
fn written_column(query: &sql::Query, at: usize) -> Option<String> {
    let sql::SetExpr::Select(select) = query.body.as_ref() else { return None };
    let is_plain = |item: &sql::SelectItem| {
        matches!(item, sql::SelectItem::UnnamedExpr(_) | sql::SelectItem::ExprWithAlias { .. })
    };
    if !select.projection.iter().take(at + 1).all(is_plain) {
        return None;
    }
    match select.projection.get(at)? {
        sql::SelectItem::UnnamedExpr(sql::Expr::CompoundIdentifier(parts)) => {
            parts.last().map(|part| part.value.clone())
        }
        _ => None,
    }
}

/// The tables that a stored query or expression names, each as its parts; `None` for another text.
pub fn relations_of(text: &str) -> Option<Vec<Vec<String>>> {
    let query = match super::view::parse(text) {
        Ok(query) => *query.sql,
        Err(_) => ast_builder::select_value(*generated_columns::parse(text).ok()?.sql),
    };
    let parts = |name: &sql::ObjectName| {
        name.0.iter().filter_map(|part| part.as_ident()).map(|part| part.value.clone()).collect()
    };
    Some(resolve::relations(&query).iter().map(parts).collect())
}

struct Names<'p> {
    parameters: &'p [&'p str],
    /// Parameters of the lambdas around.
    bound: Vec<String>,
    queries: usize,
}

impl Names<'_> {
    fn check(&self, name: &sql::Ident) -> ControlFlow<(String, Option<Span>)> {
        let is_bound = self.bound.iter().any(|known| linal_dataset::same_name(known, &name.value));
        let is_parameter = self.parameters.iter().any(|known| linal_dataset::same_name(known, &name.value));
        if self.queries > 0 || is_bound || is_parameter {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break((name.value.clone(), linal_lang::sql::span(name.span)))
    }
}

impl sql::Visitor for Names<'_> {
    type Break = (String, Option<Span>);

    fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<Self::Break> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &sql::Query) -> ControlFlow<Self::Break> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<Self::Break> {
        match expr {
            sql::Expr::Lambda(lambda) => {
                self.bound.extend(super::substitute::lambda_names(lambda));
                ControlFlow::Continue(())
            }
            sql::Expr::Identifier(name) => self.check(name),
            sql::Expr::CompoundIdentifier(parts) if !parts.is_empty() => self.check(&parts[0]),
            _ => ControlFlow::Continue(()),
        }
    }

    fn post_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<Self::Break> {
        if let sql::Expr::Lambda(lambda) = expr {
            let count = super::substitute::lambda_names(lambda).len();
            self.bound.truncate(self.bound.len().saturating_sub(count));
        }
        ControlFlow::Continue(())
    }
}
