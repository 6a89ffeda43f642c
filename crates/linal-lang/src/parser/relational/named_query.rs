//! `CREATE TABLE t (a, b) AS query`: the columns of a query under other names; and `WITH [NO] DATA` behind the query.

use super::super::cursor::{Parsed, Parser};
use crate::ast::Ident;
use crate::ast::relational::{DatasetSource, Query};
use crate::sql::sql_span;
use crate::token::{Symbol, TokenKind};
use sqlparser::ast as sql;
use sqlparser::ast::helpers::attached_token::AttachedToken;

impl Parser<'_> {
    /// Whether a list of names and AS follow, which no list of columns with types is.
    pub(super) fn opens_named_query(&self) -> bool {
        let mut lexer = self.lexer;
        let mut next = || lexer.next_token().ok();
        if !self.at(Symbol::LParen) {
            return false;
        }
        loop {
            if !next().is_some_and(|token| token.is_name()) {
                return false;
            }
            match next().map(|token| token.kind) {
                Some(TokenKind::Symbol(Symbol::Comma)) => {}
                Some(TokenKind::Symbol(Symbol::RParen)) => break,
                _ => return false,
            }
        }
        next().is_some_and(|token| self.is_word(token, "AS"))
    }

    /// `(a, b) AS query`.
    pub(super) fn named_query(&mut self) -> Parsed<DatasetSource> {
        self.advance()?;
        let names = self.ident_list()?;
        self.expect_word("AS")?;
        let query = self.query_with_data()?;
        Ok(DatasetSource::Query(with_names(query, &names)))
    }

    /// `query [WITH [NO] DATA]`: without data, the query gives its columns and no row.
    pub(super) fn query_with_data(&mut self) -> Parsed<Query> {
        let mut query = self.query(&["WITH NO", "WITH DATA"])?;
        if !self.take_word("WITH")? {
            return Ok(query);
        }
        if self.take_word("NO")? {
            let nothing = sql::Expr::value(sql::Value::Number("0".to_owned(), false));
            query.sql.fetch = None;
            query.sql.limit_clause = Some(sql::LimitClause::LimitOffset {
                limit: Some(nothing),
                offset: None,
                limit_by: Vec::new(),
            });
        }
        self.expect_word("DATA")?;
        Ok(query)
    }
}

/// `SELECT * FROM (query) AS q(names)`.
fn with_names(query: Query, names: &[Ident]) -> Query {
    let ident = |name: &Ident| {
        let mut ident = sql::Ident::with_quote('`', &*name.name);
        ident.span = sql_span(name.span);
        ident
    };
    let column = |name: &Ident| sql::TableAliasColumnDef { name: ident(name), data_type: None };
    let alias = sql::TableAlias {
        explicit: true,
        name: sql::Ident::with_quote('`', "query"),
        columns: names.iter().map(column).collect(),
        at: None,
    };
    let source =
        sql::TableFactor::Derived { lateral: false, subquery: query.sql, alias: Some(alias), sample: None };
    let select = sql::Select {
        select_token: AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection: vec![sql::SelectItem::Wildcard(sql::WildcardAdditionalOptions::default())],
        exclude: None,
        into: None,
        from: vec![sql::TableWithJoins { relation: source, joins: Vec::new() }],
        lateral_views: Vec::new(),
        prewhere: None,
        selection: None,
        connect_by: Vec::new(),
        group_by: sql::GroupByExpr::Expressions(Vec::new(), Vec::new()),
        cluster_by: Vec::new(),
        distribute_by: Vec::new(),
        sort_by: Vec::new(),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        window_before_qualify: false,
        value_table_mode: None,
        flavor: sql::SelectFlavor::Standard,
    };
    let sql = sql::Query {
        with: None,
        body: Box::new(sql::SetExpr::Select(Box::new(select))),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    };
    Query { sql: Box::new(sql), span: query.span, items: Vec::new() }
}
