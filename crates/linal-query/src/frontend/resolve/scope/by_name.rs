//! UNION BY NAME: columns of the same name are one column, and NULL where a side lacks it.

use sqlparser::ast as sql;

use super::columns::{Output, Outputs};
use super::query::{Resolver, give_names};
use super::tables::MADE;
use crate::frontend::ast_builder;

/// The quantifier without BY NAME; `None` for one that matches columns by position.
pub(super) fn positional(quantifier: &sql::SetQuantifier) -> Option<sql::SetQuantifier> {
    match quantifier {
        sql::SetQuantifier::ByName | sql::SetQuantifier::DistinctByName => Some(sql::SetQuantifier::None),
        sql::SetQuantifier::AllByName => Some(sql::SetQuantifier::All),
        _ => None,
    }
}

impl Resolver<'_> {
    /// Gives both sides the columns of the first, and then those that only the second has.
    pub(super) fn by_name(
        &mut self,
        left: &mut sql::SetExpr,
        first: Outputs,
        right: &mut sql::SetExpr,
        second: Outputs,
    ) -> Outputs {
        let mut columns = first.columns.clone();
        let is_new = |column: &&Output| !first.columns.iter().any(|known| known.name == column.name);
        columns.extend(second.columns.iter().filter(is_new).cloned());
        let names = |columns: &[Output]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        let all = names(&columns);
        for (side, outputs) in [(left, first), (right, second)] {
            if outputs.is_renamed || names(&outputs.columns) != all {
                self.arrange(side, outputs, &all);
            }
        }
        Outputs { columns, ..Outputs::default() }
    }

    /// Selects columns from a side, in an order.
    fn arrange(&mut self, side: &mut sql::SetExpr, mut outputs: Outputs, names: &[String]) {
        self.made += 1;
        let mut alias = ast_builder::table_alias(&format!("{MADE}{}", self.made));
        give_names(&mut alias, &mut outputs);
        let item = |name: &String| {
            let quoted = sql::Ident::with_quote('"', name);
            let expr = if outputs.columns.iter().any(|column| column.name == *name) {
                sql::Expr::CompoundIdentifier(vec![alias.name.clone(), quoted.clone()])
            } else {
                sql::Expr::value(sql::Value::Null)
            };
            sql::SelectItem::ExprWithAlias { expr, alias: quoted }
        };
        let items = names.iter().map(item).collect();
        let mut select = ast_builder::select(items, ast_builder::table_named(""));
        let body = std::mem::replace(side, sql::SetExpr::Select(Box::new(select.clone())));
        let mut query = ast_builder::query(select.clone());
        query.body = Box::new(body);
        select.from = vec![sql::TableWithJoins {
            relation: sql::TableFactor::Derived {
                lateral: false,
                subquery: Box::new(query),
                alias: Some(alias),
                sample: None,
            },
            joins: Vec::new(),
        }];
        *side = sql::SetExpr::Select(Box::new(select));
    }
}
