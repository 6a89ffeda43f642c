//! Gives the parts of a stored text the place of the name in the query that stands for it.

use std::ops::ControlFlow;

use linal_lang::Span;
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::{VisitMut, VisitorMut};
use sqlparser::tokenizer;

/// Sets the span of every name and value.
pub(crate) fn move_to<T: VisitMut>(tree: &mut T, place: Span) {
    let at = |offset: usize| tokenizer::Location::new(1, offset as u64 + 1);
    let span = tokenizer::Span::new(at(place.start), at(place.end));
    let _ = tree.walk_mut(&mut Placing(span));
}

struct Placing(tokenizer::Span);

impl Placing {
    fn name(&self, name: &mut sql::ObjectName) {
        for part in &mut name.0 {
            if let sql::ObjectNamePart::Identifier(ident) = part {
                ident.span = self.0;
            }
        }
    }

    fn alias(&self, alias: &mut sql::TableAlias) {
        alias.name.span = self.0;
        alias.columns.iter_mut().for_each(|column| column.name.span = self.0);
    }
}

impl VisitorMut for Placing {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        for cte in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            self.alias(&mut cte.alias);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut sql::Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let sql::SelectItem::ExprWithAlias { alias, .. } = item {
                alias.span = self.0;
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &mut sql::ObjectName) -> ControlFlow<()> {
        self.name(relation);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut sql::TableFactor) -> ControlFlow<()> {
        use sql::TableFactor as T;
        if let T::Table { alias: Some(alias), .. }
        | T::Derived { alias: Some(alias), .. }
        | T::TableFunction { alias: Some(alias), .. }
        | T::Function { alias: Some(alias), .. }
        | T::UNNEST { alias: Some(alias), .. }
        | T::NestedJoin { alias: Some(alias), .. } = factor
        {
            self.alias(alias);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut sql::ValueWithSpan) -> ControlFlow<()> {
        value.span = self.0;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        match expr {
            sql::Expr::Identifier(name) => name.span = self.0,
            sql::Expr::CompoundIdentifier(parts) => parts.iter_mut().for_each(|part| part.span = self.0),
            sql::Expr::Function(function) => self.name(&mut function.name),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
