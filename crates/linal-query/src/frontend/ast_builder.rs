//! Builds the syntax trees of statements other than SELECT.

use linal_lang::Span;
use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::Query;
use sqlparser::ast as sql;

/// An identifier that keeps its spelling.
pub(crate) fn ident(name: &str) -> sql::Ident {
    sql::Ident::with_quote('`', name)
}

/// A column.
pub(crate) fn column(name: &str) -> sql::Expr {
    sql::Expr::Identifier(ident(name))
}

/// An integer literal.
pub(crate) fn integer(value: i64) -> sql::Expr {
    sql::Expr::Value(sql::Value::Number(value.to_string(), false).into())
}

/// A string literal.
pub(crate) fn text(value: &str) -> sql::Expr {
    sql::Expr::value(sql::Value::SingleQuotedString(value.to_string()))
}

/// `left op right`, with both operands in parentheses.
pub(crate) fn binary(left: sql::Expr, op: sql::BinaryOperator, right: sql::Expr) -> sql::Expr {
    let nested = |expr| Box::new(sql::Expr::Nested(Box::new(expr)));
    sql::Expr::BinaryOp { left: nested(left), op, right: nested(right) }
}

/// `*`.
pub(crate) fn everything() -> sql::SelectItem {
    sql::SelectItem::Wildcard(sql::WildcardAdditionalOptions::default())
}

/// `expr AS name`.
pub(crate) fn named(expr: sql::Expr, name: &str) -> sql::SelectItem {
    sql::SelectItem::ExprWithAlias { expr, alias: ident(name) }
}

/// A dataset in a FROM.
pub(crate) fn table(name: &ObjectName) -> sql::TableFactor {
    let parts = name.parts.iter().map(|part| sql::ObjectNamePart::Identifier(ident(&part.name)));
    relation(sql::ObjectName(parts.collect()))
}

/// A dataset of the current database, or one that only the engine refers to.
pub(crate) fn table_named(name: &str) -> sql::TableFactor {
    relation(sql::ObjectName(vec![sql::ObjectNamePart::Identifier(ident(name))]))
}

/// A table factor under an alias.
pub(crate) fn aliased(mut source: sql::TableFactor, name: &str) -> sql::TableFactor {
    if let sql::TableFactor::Table { alias, .. } = &mut source {
        *alias = Some(table_alias(name));
    }
    source
}

pub(crate) fn table_alias(name: &str) -> sql::TableAlias {
    sql::TableAlias { explicit: true, name: ident(name), columns: Vec::new(), at: None }
}

fn relation(name: sql::ObjectName) -> sql::TableFactor {
    sql::TableFactor::Table {
        name,
        alias: None,
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

/// A subquery in a FROM, under the name of its dataset, so that `t.c` still resolves.
pub(crate) fn derived(query: sql::Query, alias: &str) -> sql::TableFactor {
    sql::TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query),
        alias: Some(table_alias(alias)),
        sample: None,
    }
}

/// `SELECT items FROM source`.
pub(crate) fn select(items: Vec<sql::SelectItem>, source: sql::TableFactor) -> sql::Select {
    sql::Select {
        select_token: sql::helpers::attached_token::AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection: items,
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
    }
}

/// A query with one SELECT.
pub(crate) fn query(select: sql::Select) -> sql::Query {
    sql::Query {
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
    }
}

/// `SELECT expr` without a FROM.
pub(crate) fn select_value(expr: sql::Expr) -> sql::Query {
    let mut value = select(vec![sql::SelectItem::UnnamedExpr(expr)], table_named(""));
    value.from.clear();
    query(value)
}

/// `ORDER BY keys`.
pub(crate) fn order_by(keys: Vec<sql::OrderByExpr>) -> sql::OrderBy {
    sql::OrderBy { kind: sql::OrderByKind::Expressions(keys), interpolate: None }
}

/// An ascending sort key, NULLs last.
pub(crate) fn ascending(expr: sql::Expr) -> sql::OrderByExpr {
    sql::OrderByExpr {
        expr,
        options: sql::OrderByOptions { asc: Some(true), nulls_first: Some(false) },
        with_fill: None,
    }
}

/// `LIMIT limit OFFSET offset`.
pub(crate) fn limit(limit: Option<sql::Expr>, offset: Option<sql::Expr>) -> sql::LimitClause {
    sql::LimitClause::LimitOffset {
        limit,
        offset: offset.map(|value| sql::Offset { value, rows: sql::OffsetRows::None }),
        limit_by: Vec::new(),
    }
}

/// The query of a statement, with the statement's span.
pub(crate) fn spanned(tree: sql::Query, span: Span, items: Vec<Box<str>>) -> Query {
    Query { sql: Box::new(tree), span, items }
}
