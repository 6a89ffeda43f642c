//! Lazy columns: the dataset is read through a query that computes them.

use std::collections::HashMap;
use std::ops::ControlFlow;

use linal_dataset::{Result, Snapshot};
use sqlparser::ast as sql;
use sqlparser::ast::{VisitMut, VisitorMut};

use super::{ast_builder, generated_columns};
use crate::scan::ROW_NUMBER;

/// The query that replaces a dataset with lazy columns.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// The name by which the stored columns are read.
    pub raw: String,
    /// The dataset's own name, which its expressions may refer to.
    name: String,
    items: Vec<sql::SelectItem>,
}

impl View {
    /// `None` when no column of the dataset is lazy.
    pub fn of(snapshot: &Snapshot, key: &str, row_numbers: bool) -> Result<Option<View>> {
        let is_lazy = |computed: &linal_dataset::Computed| computed.lazy;
        if !snapshot.columns.iter().any(|column| column.computed.as_ref().is_some_and(is_lazy)) {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(snapshot.columns.len() + 1);
        for column in snapshot.columns.iter() {
            items.push(match column.computed.as_ref().filter(|computed| computed.lazy) {
                Some(computed) => {
                    ast_builder::named(*generated_columns::parse(&computed.text)?.sql, &column.name)
                }
                None => ast_builder::named(ast_builder::column(&column.name), &column.name),
            });
        }
        if row_numbers {
            items.push(ast_builder::named(ast_builder::column(ROW_NUMBER), ROW_NUMBER));
        }
        Ok(Some(View { raw: format!("__stored {key}"), name: snapshot.name.to_string(), items }))
    }
}

/// Replaces the datasets with lazy columns by queries.
pub(crate) fn expand(query: &mut sql::Query, views: &HashMap<String, View>) {
    if !views.is_empty() {
        let _ = query.visit(&mut Expand(views));
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
        let source = ast_builder::aliased(ast_builder::table_named(&view.raw), &view.name);
        let inner = ast_builder::query(ast_builder::select(view.items.clone(), source));
        let shown = parts.last().map_or_else(String::new, |last| (*last).to_string());
        let mut derived = ast_builder::derived(inner, &shown);
        if let (sql::TableFactor::Derived { alias: own, .. }, Some(written)) = (&mut derived, alias.take()) {
            *own = Some(written);
        }
        *factor = derived;
        ControlFlow::Continue(())
    }
}
