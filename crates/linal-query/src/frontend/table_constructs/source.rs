//! The columns and values of the source of a construct.

use std::collections::HashSet;
use std::ops::ControlFlow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_dataset::Result;
use linal_lang::ast::relational::Query;
use linal_lang::sql::Walk;
use sqlparser::ast as sql;
use sqlparser::ast::Visitor;

use super::Expansion;
use crate::frontend::ast_builder;
use crate::planner::plan::{Given, MadeTable, Options};

impl Expansion<'_, '_> {
    /// The columns of a FROM, under their names as they are spelled.
    ///
    /// # Errors
    /// Those of a query over it.
    pub(super) fn columns(&mut self, from: &[sql::TableWithJoins]) -> Result<SchemaRef> {
        let mut select = ast_builder::select(vec![ast_builder::everything()], ast_builder::table_named(""));
        select.from = from.to_vec();
        let query = self.in_scope(ast_builder::query(select));
        let options = self.options();
        Ok(self.context.plan_query(&query, options)?.schema)
    }

    /// The rows of a query within the enclosing ones.
    ///
    /// # Errors
    /// Those of the query.
    pub(super) fn rows(&mut self, query: sql::Query) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let query = self.in_scope(query);
        let options = self.options();
        self.context.run_query(&query, options)
    }

    fn options(&self) -> Options {
        let given = |given: &Given| Given { name: given.name.clone(), dataset: given.dataset.clone() };
        Options {
            given: self.given.iter().map(given).collect(),
            made: self.made.iter().chain(&self.tables).map(MadeTable::clone).collect(),
            ..Options::default()
        }
    }

    /// A query with the common table expressions that it refers to.
    fn in_scope(&self, mut query: sql::Query) -> Query {
        let mut needed = names_in(&query);
        let mut tables = Vec::new();
        let mut is_recursive = false;
        for with in self.withs.iter().rev() {
            for cte in with.tables[..with.visible].iter().rev() {
                let name = cte.alias.name.value.to_lowercase();
                if needed.remove(&name) {
                    needed.extend(names_in(&cte.query));
                    is_recursive |= with.is_recursive;
                    tables.push(cte.clone());
                }
            }
        }
        tables.reverse();
        if !tables.is_empty() {
            query.with = Some(sql::With {
                with_token: sql::helpers::attached_token::AttachedToken::empty(),
                recursive: is_recursive,
                cte_tables: tables,
            });
        }
        ast_builder::spanned(query, self.span, Vec::new())
    }
}

/// The lower-case names of the relations of a query.
fn names_in(query: &sql::Query) -> HashSet<String> {
    struct Names(HashSet<String>);
    impl Visitor for Names {
        type Break = ();

        fn pre_visit_relation(&mut self, relation: &sql::ObjectName) -> ControlFlow<()> {
            if let [sql::ObjectNamePart::Identifier(name)] = relation.0.as_slice() {
                self.0.insert(name.value.to_lowercase());
            }
            ControlFlow::Continue(())
        }
    }
    let mut names = Names(HashSet::new());
    let _ = query.walk(&mut names);
    names.0
}
