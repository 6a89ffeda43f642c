//! The names of projection items.

use std::collections::HashSet;

use sqlparser::ast as sql;

use super::scope::has_columns_call;
use super::{Names, written_table};

/// Names projection items without an alias by their text. Duplicate names stay distinct internally and are displayed alike. Items of inner queries have no texts.
pub(super) fn name(select: &mut sql::Select, texts: &[Box<str>], names: &mut Names, outermost: bool) {
    let mut taken: HashSet<String> = HashSet::new();
    let mut columns = Columns::default();
    let repeated = repeated_names(select);
    let wildcards = if outermost { Wildcards::of(select) } else { Wildcards::default() };
    for (at, item) in select.projection.iter_mut().enumerate() {
        let (expr, written) = match item {
            sql::SelectItem::ExprWithAlias { expr, alias } => (expr.clone(), alias.value.clone()),
            // Named when the columns are known.
            sql::SelectItem::UnnamedExpr(expr) if has_columns_call(expr) => continue,
            sql::SelectItem::UnnamedExpr(expr) => match plain_name(expr) {
                Some(name) if outermost && columns.has(&name) => {
                    let column = name.rsplit('.').next().unwrap_or(&name);
                    (expr.clone(), names.spelling(column).to_string())
                }
                Some(name) if wildcards.cover(&name) => {
                    taken.insert(name.clone());
                    (expr.clone(), column_text(expr))
                }
                Some(name) if !outermost && repeated.contains(&name) => (expr.clone(), column_text(expr)),
                Some(name) if taken.insert(name.clone()) => continue,
                Some(_) if !outermost => (expr.clone(), column_text(expr)),
                Some(name) => (expr.clone(), names.spelling(&name).to_string()),
                None => (expr.clone(), texts.get(at).map_or_else(|| expr.to_string(), |t| t.to_string())),
            },
            _ => continue,
        };
        let mut internal = written.to_lowercase();
        while !taken.insert(internal.clone()) {
            internal.push('\'');
        }
        if outermost {
            names.show(&internal, &written)
        } else {
            names.know(&written)
        }
        *item = sql::SelectItem::ExprWithAlias { expr, alias: sql::Ident::with_quote('"', internal) };
    }
}

/// Columns that projection items refer to, qualified or not.
#[derive(Default)]
struct Columns(Vec<String>);

impl Columns {
    /// Whether a column is referred to a second time, once unqualified: `id` and `t.id` have the same
    /// internal name. Records the name.
    fn has(&mut self, name: &str) -> bool {
        let last = |name: &str| name.rsplit('.').next().map(str::to_string);
        let is_same = |known: &String| {
            known != name && last(known) == last(name) && !(known.contains('.') && name.contains('.'))
        };
        let found = self.0.iter().any(is_same);
        self.0.push(name.to_string());
        found
    }
}

/// The tables whose columns a `*` or a `t.*` of a SELECT expands to. A column that is also selected by name
/// occurs twice, and DataFusion requires another name for the second one.
#[derive(Default)]
struct Wildcards {
    all: bool,
    tables: Vec<String>,
}

impl Wildcards {
    fn of(select: &sql::Select) -> Wildcards {
        use sql::SelectItemQualifiedWildcardKind::ObjectName;
        let mut found = Wildcards::default();
        for item in &select.projection {
            match item {
                sql::SelectItem::Wildcard(_) => found.all = true,
                sql::SelectItem::QualifiedWildcard(ObjectName(table), _) => {
                    found.tables.push(table.to_string().to_lowercase());
                }
                _ => {}
            }
        }
        found
    }

    /// Whether a column, by its lower-case name, belongs to them, or may belong to them if it is unqualified.
    fn cover(&self, name: &str) -> bool {
        self.all
            || match name.rsplit_once('.') {
                Some((table, _)) => self.tables.iter().any(|known| known == table),
                None => !self.tables.is_empty(),
            }
    }
}

/// The qualified names of projection items with the same column name.
pub(super) fn repeated_names(select: &sql::Select) -> HashSet<String> {
    let names: Vec<String> = select
        .projection
        .iter()
        .filter_map(|item| match item {
            sql::SelectItem::UnnamedExpr(expr) => plain_name(expr).filter(|name| name.contains('.')),
            _ => None,
        })
        .collect();
    let last = |name: &str| name.rsplit('.').next().map(str::to_string);
    let is_repeated = |name: &&String| names.iter().any(|other| other != *name && last(other) == last(name));
    names.iter().filter(is_repeated).cloned().collect()
}

/// A column as the query writes it: its table may have an internal name by now.
fn column_text(expr: &sql::Expr) -> String {
    let sql::Expr::CompoundIdentifier(parts) = expr else { return expr.to_string() };
    let part = |part: &sql::Ident| match written_table(&part.value) {
        written if written == part.value => part.to_string(),
        written => written.to_string(),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(".")
}

/// The name of an item that is a column.
fn plain_name(expr: &sql::Expr) -> Option<String> {
    match expr {
        sql::Expr::Identifier(name) => Some(name.value.to_lowercase()),
        // Columns of the same name from two tables differ by their qualifier.
        sql::Expr::CompoundIdentifier(parts) => Some(dotted(parts)),
        _ => None,
    }
}

/// A qualified name in lower case.
pub(super) fn dotted(parts: &[sql::Ident]) -> String {
    parts.iter().map(|part| part.value.to_lowercase()).collect::<Vec<_>>().join(".")
}
