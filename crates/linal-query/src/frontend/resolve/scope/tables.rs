//! Tables: their columns, and those that are renamed.
//!
//! A nested query may shadow a table of an outer query by a table or a column of the same name. Where a name
//! still refers to the outer table, that table gets a name that no query text can contain.

use std::ops::ControlFlow;

use arrow::datatypes::{DataType, Schema};
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use super::columns::{Output, Outputs, is_same_table};
use crate::scan::ROW_NUMBER;

/// Marks generated names, which no query text can contain: a number follows it.
pub(super) const MADE: char = '\'';

/// The original name of a table with a generated name; empty for a query without an alias.
pub(crate) fn written_table(name: &str) -> &str {
    match name.rsplit_once(MADE) {
        Some((written, number)) if number.parse::<usize>().is_ok() => written,
        _ => name,
    }
}

/// The columns of a table.
pub(super) fn outputs(schema: &Schema) -> Outputs {
    let shown = schema.fields().iter().filter(|field| !field.name().starts_with("__"));
    let output = |field: &std::sync::Arc<arrow::datatypes::Field>| Output {
        name: field.name().to_lowercase(),
        is_struct: matches!(field.data_type(), DataType::Struct(_)),
    };
    let has_row_ids = schema.fields().iter().any(|field| field.name() == ROW_NUMBER);
    Outputs { columns: shown.map(output).collect(), has_row_ids, ..Outputs::default() }
}

/// A table of a SELECT that is renamed.
#[derive(Clone, Debug)]
pub(super) struct RenamedTable {
    /// The number of the SELECT.
    pub select: usize,
    /// Its original qualifier.
    pub old: Vec<sql::Ident>,
    pub new: sql::Ident,
}

impl RenamedTable {
    /// Renames the table in the FROM and in every qualifier.
    pub fn apply(&self, select: &mut sql::Select, order_by: Option<&mut sql::OrderBy>) {
        let mut walk = Renaming { table: self, hidden: 0 };
        for item in &mut select.projection {
            if let sql::SelectItem::QualifiedWildcard(
                sql::SelectItemQualifiedWildcardKind::ObjectName(name),
                _,
            ) = item
                && self.is_meant_by(&idents(name))
            {
                *name = sql::ObjectName(vec![sql::ObjectNamePart::Identifier(self.new.clone())]);
            }
        }
        let _ = select.walk_mut(&mut walk);
        if let Some(order_by) = order_by {
            let _ = order_by.walk_mut(&mut walk);
        }
    }

    fn is_meant_by(&self, written: &[sql::Ident]) -> bool {
        is_same_table(&self.old, written)
    }
}

fn idents(name: &sql::ObjectName) -> Vec<sql::Ident> {
    name.0.iter().filter_map(|part| part.as_ident().cloned()).collect()
}

struct Renaming<'a> {
    table: &'a RenamedTable,
    /// How many enclosing queries have a table of the name.
    hidden: usize,
}

impl Renaming<'_> {
    fn is_hidden_by(&self, query: &sql::Query) -> bool {
        let sql::SetExpr::Select(select) = query.body.as_ref() else { return false };
        let relations = select.from.iter().flat_map(|from| {
            std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation))
        });
        relations.filter_map(written_name).any(|name| self.table.is_meant_by(&name))
    }
}

/// The qualifier of a relation.
fn written_name(factor: &sql::TableFactor) -> Option<Vec<sql::Ident>> {
    match factor {
        sql::TableFactor::Table { alias: Some(alias), .. }
        | sql::TableFactor::Derived { alias: Some(alias), .. }
        | sql::TableFactor::UNNEST { alias: Some(alias), .. }
        | sql::TableFactor::NestedJoin { alias: Some(alias), .. } => Some(vec![alias.name.clone()]),
        sql::TableFactor::Table { name, .. } => Some(idents(name)),
        _ => None,
    }
}

impl VisitorMut for Renaming<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        self.hidden += usize::from(self.is_hidden_by(query));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        self.hidden -= usize::from(self.is_hidden_by(query));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut sql::TableFactor) -> ControlFlow<()> {
        let is_meant = written_name(factor).is_some_and(|name| self.table.is_meant_by(&name));
        if self.hidden > 0 || !is_meant {
            return ControlFlow::Continue(());
        }
        if let sql::TableFactor::Table { alias, .. }
        | sql::TableFactor::Derived { alias, .. }
        | sql::TableFactor::UNNEST { alias, .. }
        | sql::TableFactor::NestedJoin { alias, .. } = factor
        {
            match alias {
                Some(alias) => alias.name = self.table.new.clone(),
                None => {
                    *alias = Some(sql::TableAlias {
                        explicit: true,
                        name: self.table.new.clone(),
                        columns: Vec::new(),
                        at: None,
                    });
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::CompoundIdentifier(parts) = expr
            && self.hidden == 0
            && let Some((_, table)) = parts.split_last()
            && self.table.is_meant_by(table)
        {
            let places = parts.len() - 1;
            let mut new = self.table.new.clone();
            new.span = parts[0].span;
            parts.splice(..places, [new]);
        }
        ControlFlow::Continue(())
    }
}
