//! Queries, CTEs and set operations.

use linal_dataset::Result;
use sqlparser::ast as sql;

use super::aliases::Aliases;
use super::columns::{Output, Outputs, Scopes, Visible};
use super::tables::RenamedTable;
use super::{by_name, order_all};
use crate::frontend::ast_builder;
use crate::frontend::objects;
use crate::frontend::resolve::{Names, Scope};

/// Resolves a query, from its relations to its projection items.
pub(super) struct Resolver<'a> {
    pub scope: &'a Scope<'a>,
    /// The CTEs in scope by lower-case name; the last one of a name takes precedence.
    ctes: Vec<(String, Outputs)>,
    /// Items with another internal name, and their original names.
    pub hidden: Vec<(String, String)>,
    /// The number of names made so far.
    pub made: usize,
    /// The number of the SELECT that is being resolved.
    pub current: usize,
    /// Tables that are renamed.
    pub renames: Vec<RenamedTable>,
    /// The nodes that aliases have added to the current SELECT.
    pub alias_nodes: usize,
    /// The spelling of names.
    pub spellings: &'a Names,
    /// Whether no name is a tensor of the session: within the query of a view.
    pub no_tensors: bool,
}

impl<'a> Resolver<'a> {
    pub fn new(scope: &'a Scope<'a>, spellings: &'a Names) -> Self {
        Resolver {
            scope,
            ctes: Vec::new(),
            hidden: Vec::new(),
            made: 0,
            current: 0,
            renames: Vec::new(),
            alias_nodes: 0,
            spellings,
            no_tensors: false,
        }
    }

    /// The columns of a CTE.
    pub fn cte(&self, name: &sql::ObjectName) -> Option<&Outputs> {
        let [part] = name.0.as_slice() else { return None };
        let lower = part.as_ident()?.value.to_lowercase();
        self.ctes.iter().rev().find(|(known, _)| *known == lower).map(|(_, outputs)| outputs)
    }

    /// Resolves a query in its enclosing scopes; returns its output columns.
    pub fn query(&mut self, query: &mut sql::Query, outer: Option<&Scopes<'_>>) -> Result<Outputs> {
        let no_tensors = self.no_tensors;
        self.no_tensors |= objects::take_without_tensors(query);
        let outputs = self.query_itself(query, outer);
        self.no_tensors = no_tensors;
        outputs
    }

    fn query_itself(&mut self, query: &mut sql::Query, outer: Option<&Scopes<'_>>) -> Result<Outputs> {
        let known = self.ctes.len();
        let is_recursive = query.with.as_ref().is_some_and(|with| with.recursive);
        for cte in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            self.common_table(cte, is_recursive, outer)?;
        }
        let outputs = match query.body.as_mut() {
            sql::SetExpr::Select(select) => self.select(select, query.order_by.as_mut(), outer)?,
            body => {
                let outputs = self.body(body, outer)?;
                if outputs.is_renamed {
                    by_position(query.order_by.as_mut(), &outputs);
                }
                if let Some(order_by) = &mut query.order_by {
                    let visible = Visible::of_table(Vec::new(), &outputs);
                    self.expression(order_by, &visible, Aliases::default(), outer)?;
                }
                outputs
            }
        };
        order_all::by_positions(query.order_by.as_mut(), &outputs);
        self.expression(&mut query.limit_clause, &Visible::default(), Aliases::default(), outer)?;
        self.ctes.truncate(known);
        Ok(outputs)
    }

    fn common_table(
        &mut self,
        cte: &mut sql::Cte,
        is_recursive: bool,
        outer: Option<&Scopes<'_>>,
    ) -> Result<()> {
        let name = cte.alias.name.value.to_lowercase();
        if is_recursive && let Some(mut first) = first_of(&cte.query.body) {
            // The first term determines the columns; the recursive term reads them.
            let mut outputs = self.body(&mut first, outer)?;
            rename(&mut outputs, &cte.alias.columns);
            self.ctes.push((name.clone(), outputs));
        }
        let mut outputs = self.query(&mut cte.query, outer)?;
        give_names(&mut cte.alias, &mut outputs);
        self.ctes.push((name, outputs));
        Ok(())
    }

    /// Resolves the operands of set operations.
    fn body(&mut self, body: &mut sql::SetExpr, outer: Option<&Scopes<'_>>) -> Result<Outputs> {
        match body {
            sql::SetExpr::Select(select) => self.select(select, None, outer),
            sql::SetExpr::Query(query) => self.query(query, outer),
            sql::SetExpr::SetOperation { left, right, set_quantifier, .. } => {
                let outputs = self.body(left, outer)?;
                let others = self.body(right, outer)?;
                Ok(match by_name::positional(set_quantifier) {
                    Some(quantifier) if outputs.is_complete() && others.is_complete() => {
                        *set_quantifier = quantifier;
                        self.by_name(left, outputs, right, others)
                    }
                    _ => outputs,
                })
            }
            sql::SetExpr::Values(values) => {
                let count = values.rows.first().map_or(0, |row| row.content.len());
                self.expression(values, &Visible::default(), Aliases::default(), outer)?;
                let column = |at: usize| Output { name: format!("column{}", at + 1), fields: None };
                Ok(Outputs { columns: (0..count).map(column).collect(), ..Outputs::default() })
            }
            _ => Ok(Outputs::unknown()),
        }
    }
}

/// Replaces the names in the ORDER BY of a set operation by positions, since an item of its first operand has another internal name.
fn by_position(order_by: Option<&mut sql::OrderBy>, outputs: &Outputs) {
    let Some(sql::OrderByKind::Expressions(keys)) = order_by.map(|order_by| &mut order_by.kind) else {
        return;
    };
    if !outputs.is_complete() {
        return;
    }
    for key in keys {
        let sql::Expr::Identifier(name) = &key.expr else { continue };
        let lower = name.value.to_lowercase();
        let position = outputs.columns.iter().position(|output| output.name == lower);
        if let Some(at) = position.and_then(|at| i64::try_from(at + 1).ok()) {
            key.expr = ast_builder::integer(at);
        }
    }
}

/// The first term of a recursive query.
fn first_of(body: &sql::SetExpr) -> Option<sql::SetExpr> {
    match body {
        sql::SetExpr::SetOperation { left, .. } => Some(left.as_ref().clone()),
        _ => None,
    }
}

/// Renames columns by a list, as in `t(a, b)`.
pub(super) fn rename(outputs: &mut Outputs, columns: &[sql::TableAliasColumnDef]) {
    for (at, column) in columns.iter().enumerate() {
        let name = column.name.value.to_lowercase();
        match outputs.columns.get_mut(at) {
            Some(output) => output.name = name,
            None => outputs.columns.push(Output { name, fields: None }),
        }
    }
}

/// Names the columns of a query: by the list of its alias, and by a generated name if an item has another
/// internal name.
pub(super) fn give_names(alias: &mut sql::TableAlias, outputs: &mut Outputs) {
    if std::mem::take(&mut outputs.is_renamed) || !alias.columns.is_empty() {
        name_others(alias, outputs);
    }
    rename(outputs, &alias.columns);
}

/// Adds the columns that an alias with fewer names leaves as they are, since DataFusion wants all of them or none.
pub(super) fn name_others(alias: &mut sql::TableAlias, outputs: &Outputs) {
    if !outputs.is_complete() {
        return;
    }
    let others = outputs.columns.iter().skip(alias.columns.len());
    alias.columns.extend(others.map(|output| sql::TableAliasColumnDef {
        name: sql::Ident::with_quote('"', &output.name),
        data_type: None,
    }));
}
