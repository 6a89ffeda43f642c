//! `a IN t` without parentheses, where `t` is a table and no column: the rows of a table with one column.

use sqlparser::ast as sql;

use super::columns::Scopes;
use super::query::Resolver;
use crate::frontend::ast_builder;

impl Resolver<'_> {
    /// `a = ANY (t)`, which stands for `a IN t`, as a comparison with the rows of the table; `None` if `t` is no table, or may be
    /// a column.
    pub(super) fn in_table(&mut self, expr: &sql::Expr, scopes: &Scopes<'_>) -> Option<sql::Expr> {
        let sql::Expr::AnyOp { left, compare_op: sql::BinaryOperator::Eq, right, .. } = expr else {
            return None;
        };
        let parts = match right.as_ref() {
            sql::Expr::Identifier(name) if !may_be_column(name, scopes) => vec![name.clone()],
            sql::Expr::CompoundIdentifier(parts) => parts.clone(),
            _ => return None,
        };
        let name = sql::ObjectName(parts.into_iter().map(sql::ObjectNamePart::Identifier).collect());
        if self.cte(&name).is_none() && (self.scope.tables)(&name).is_none() {
            return None;
        }
        let mut source = ast_builder::table_named("");
        if let sql::TableFactor::Table { name: table, .. } = &mut source {
            *table = name;
        }
        let mut rows = ast_builder::query(ast_builder::select(vec![ast_builder::everything()], source));
        self.query(&mut rows, None).ok()?;
        Some(sql::Expr::InSubquery { expr: left.clone(), subquery: Box::new(rows), negated: false })
    }
}

fn may_be_column(name: &sql::Ident, scopes: &Scopes<'_>) -> bool {
    let lower = name.value.to_lowercase();
    let mut scope = Some(scopes);
    while let Some(at) = scope {
        let is_alias = at.aliases.is_planned(&lower) || at.aliases.find(&lower).is_some();
        if is_alias || at.visible.named(&lower).next().is_some() || at.visible.unlisted.may_have(&lower) {
            return true;
        }
        scope = at.outer;
    }
    false
}
