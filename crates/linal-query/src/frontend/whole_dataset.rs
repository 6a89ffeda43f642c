//! `SELECT * FROM t`, for statements that read all rows of a dataset.

use linal_lang::Span;
use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::Query;
use sqlparser::ast as sql;

use super::ast_builder;
use super::objects::place;

/// All rows of a dataset that a statement names.
pub fn of(table: &ObjectName) -> Query {
    let mut query = from(ast_builder::table(table), table.span);
    place::move_to(&mut *query.sql, table.span);
    query
}

/// All rows of a dataset that the options of the query give under this name; errors have the position `span`.
pub fn of_given(name: &str, span: Span) -> Query {
    from(ast_builder::table_named(name), span)
}

fn from(source: sql::TableFactor, span: Span) -> Query {
    let select = ast_builder::select(vec![ast_builder::everything()], source);
    ast_builder::spanned(ast_builder::query(select), span, Vec::new())
}

/// Whether a query is `SELECT * FROM 'path'`, as that of `COPY t FROM 'path'`.
pub fn is_whole_file(query: &Query) -> bool {
    let sql::SetExpr::Select(select) = query.sql.body.as_ref() else { return false };
    let [sql::TableWithJoins { relation: sql::TableFactor::Table { name, args: None, .. }, joins }] =
        select.from.as_slice()
    else {
        return false;
    };
    let is_star = matches!(select.projection.as_slice(), [sql::SelectItem::Wildcard(_)]);
    is_star && joins.is_empty() && crate::frontend::resolve::is_path(name)
}
