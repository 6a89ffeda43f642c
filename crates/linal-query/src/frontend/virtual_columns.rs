//! Lazy columns: the dataset is read through a query that computes them.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use linal_dataset::{Result, Snapshot};
use linal_lang::sql::{Walk, WalkMut};
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use super::{ast_builder, generated_columns};
use crate::scan::ROW_NUMBER;

/// The query that replaces a dataset with lazy columns.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// The name by which the stored columns are read.
    pub raw: String,
    /// The dataset's own name, which its expressions may refer to.
    name: String,
    /// The projections, the innermost first: a lazy column that is computed from other lazy ones stands in a later one than
    /// they.
    layers: Vec<Vec<sql::SelectItem>>,
}

impl View {
    /// `None` when no column of the dataset is lazy.
    pub fn of(snapshot: &Snapshot, key: &str, row_numbers: bool) -> Result<Option<View>> {
        let mut lazy: Vec<LazyColumn> = Vec::new();
        for column in snapshot.columns.iter() {
            let Some(computed) = column.computed.as_ref().filter(|computed| computed.lazy) else { continue };
            let expr = *generated_columns::parse(&computed.text)?.sql;
            let named = names_of(&expr);
            let inputs = lazy.iter().filter(|other| named.contains(&other.name.to_lowercase()));
            let layer = inputs.map(|other| other.layer + 1).max().unwrap_or(0);
            lazy.push(LazyColumn { name: column.name.clone(), expr, layer });
        }
        let Some(last) = lazy.iter().map(|column| column.layer).max() else { return Ok(None) };
        let layers = (0..=last).map(|layer| {
            let items = snapshot.columns.iter().map(|column| {
                let computed = lazy.iter().find(|lazy| lazy.layer == layer && lazy.name == column.name);
                let value =
                    computed.map_or_else(|| ast_builder::column(&column.name), |lazy| lazy.expr.clone());
                ast_builder::named(value, &column.name)
            });
            let row_number =
                row_numbers.then(|| ast_builder::named(ast_builder::column(ROW_NUMBER), ROW_NUMBER));
            items.chain(row_number).collect()
        });
        Ok(Some(View {
            raw: format!("__stored {key}"),
            name: snapshot.name.to_string(),
            layers: layers.collect(),
        }))
    }

    /// The query over the stored columns.
    fn query(&self) -> sql::Query {
        let mut source = ast_builder::aliased(ast_builder::table_named(&self.raw), &self.name);
        let mut query = None;
        for items in &self.layers {
            if let Some(inner) = query.take() {
                source = ast_builder::derived(inner, &self.name);
            }
            query = Some(ast_builder::query(ast_builder::select(items.clone(), source.clone())));
        }
        query.unwrap_or_else(|| {
            ast_builder::query(ast_builder::select(vec![ast_builder::everything()], source))
        })
    }
}

/// A lazy column and its place among the projections.
struct LazyColumn {
    name: Arc<str>,
    expr: sql::Expr,
    layer: usize,
}

/// The names that an expression may read, in lower case.
fn names_of(expr: &sql::Expr) -> HashSet<String> {
    struct Names(HashSet<String>);
    impl sql::Visitor for Names {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
            match expr {
                sql::Expr::Identifier(name) => {
                    self.0.insert(name.value.to_lowercase());
                }
                sql::Expr::CompoundIdentifier(parts) => {
                    self.0.extend(parts.iter().map(|part| part.value.to_lowercase()));
                }
                _ => {}
            }
            ControlFlow::Continue(())
        }
    }
    let mut names = Names(HashSet::new());
    let _ = Walk::walk(expr, &mut names);
    names.0
}

/// Replaces the datasets with lazy columns by queries.
pub(crate) fn expand(query: &mut sql::Query, views: &HashMap<String, View>) {
    if !views.is_empty() {
        let _ = query.walk_mut(&mut Expand(views));
    }
}

struct Expand<'a>(&'a HashMap<String, View>);

impl VisitorMut for Expand<'_> {
    type Break = ();

    /// This runs after the children, so that an inserted query is not visited.
    /// A table at a version is left, for `validate` to reject.
    fn post_visit_table_factor(&mut self, factor: &mut sql::TableFactor) -> ControlFlow<()> {
        let sql::TableFactor::Table { name, alias, args: None, version: None, .. } = factor else {
            return ControlFlow::Continue(());
        };
        let parts: Vec<&str> =
            name.0.iter().filter_map(|part| part.as_ident()).map(|id| &*id.value).collect();
        let Some(view) = self.0.get(&parts.join(".").to_lowercase()) else {
            return ControlFlow::Continue(());
        };
        let inner = view.query();
        let shown = parts.last().map_or_else(String::new, |last| (*last).to_string());
        let mut derived = ast_builder::derived(inner, &shown);
        if let (sql::TableFactor::Derived { alias: own, .. }, Some(written)) = (&mut derived, alias.take()) {
            *own = Some(written);
        }
        *factor = derived;
        ControlFlow::Continue(())
    }
}
