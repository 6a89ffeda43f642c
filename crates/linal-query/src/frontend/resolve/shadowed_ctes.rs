//! A CTE of a nested query that shadows one of an outer query. DataFusion rejects it; here the inner one gets
//! a unique name, and its references keep the original one as an alias.

use std::ops::ControlFlow;

use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

/// Renames the CTEs of nested queries that shadow others.
pub(super) fn rename(query: &mut sql::Query) {
    let mut known = Vec::new();
    let _ = query.walk_mut(&mut Shadowed { known: &mut known });
}

struct Shadowed<'a> {
    /// Lower-case names of all CTEs so far.
    known: &'a mut Vec<String>,
}

impl VisitorMut for Shadowed<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        let Some(with) = query.with.as_mut() else { return ControlFlow::Continue(()) };
        for at in 0..with.cte_tables.len() {
            let written = with.cte_tables[at].alias.name.clone();
            let lower = written.value.to_lowercase();
            let own = with.cte_tables[..at].iter().any(|cte| cte.alias.name.value.to_lowercase() == lower);
            if own || !self.known.contains(&lower) {
                self.known.push(lower);
                continue;
            }
            let name = format!("{lower}'{}", self.known.len());
            with.cte_tables[at].alias.name = sql::Ident::with_quote('"', &name);
            let mut renamed = Renamed { from: &lower, written: &written, to: &name, hidden: 0 };
            // A CTE sees the previous ones, and itself if it is recursive.
            let first = if with.recursive { at } else { at + 1 };
            for cte in with.cte_tables.iter_mut().skip(first) {
                let _ = cte.query.walk_mut(&mut renamed);
            }
            let _ = query.body.walk_mut(&mut renamed);
            self.known.push(name);
        }
        ControlFlow::Continue(())
    }
}

struct Renamed<'a> {
    from: &'a str,
    written: &'a sql::Ident,
    to: &'a str,
    /// How many enclosing queries define a CTE of the name.
    hidden: usize,
}

impl Renamed<'_> {
    fn is_hidden_by(&self, query: &sql::Query) -> bool {
        let mut names = query.with.iter().flat_map(|with| &with.cte_tables).map(|cte| &cte.alias.name.value);
        names.any(|name| name.to_lowercase() == self.from)
    }
}

impl VisitorMut for Renamed<'_> {
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
        let sql::TableFactor::Table { name, alias, args: None, .. } = factor else {
            return ControlFlow::Continue(());
        };
        let [sql::ObjectNamePart::Identifier(table)] = name.0.as_mut_slice() else {
            return ControlFlow::Continue(());
        };
        if self.hidden > 0 || table.value.to_lowercase() != self.from {
            return ControlFlow::Continue(());
        }
        if alias.is_none() {
            *alias = Some(sql::TableAlias {
                explicit: true,
                name: self.written.clone(),
                columns: Vec::new(),
                at: None,
            });
        }
        *table = sql::Ident::with_quote('"', self.to);
        ControlFlow::Continue(())
    }
}
