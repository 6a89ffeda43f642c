//! `*` and `t.*`: EXCLUDE, REPLACE, RENAME, joins with merged columns, and `s.*` of a struct.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::INDEX;
use sqlparser::ast as sql;

use super::columns::{Column, Visible};
use crate::frontend::ast_builder;
use crate::frontend::resolve::call;

/// Whether an item is a `*` with EXCLUDE, REPLACE or RENAME.
pub(super) fn has_options(item: &sql::SelectItem) -> bool {
    match item {
        sql::SelectItem::Wildcard(options) | sql::SelectItem::QualifiedWildcard(_, options) => {
            options.opt_exclude.is_some() || options.opt_replace.is_some() || options.opt_rename.is_some()
        }
        _ => false,
    }
}

/// A column as a projection item.
pub(super) fn item(column: &Column) -> sql::SelectItem {
    if column.is_plain() {
        return sql::SelectItem::UnnamedExpr(column.value.clone());
    }
    let alias = sql::Ident::with_quote('"', &column.name);
    sql::SelectItem::ExprWithAlias { expr: column.value.clone(), alias }
}

/// A column as a projection item whose alias contains the table.
fn qualified(column: &Column) -> sql::SelectItem {
    let alias = sql::Ident::with_quote('"', column.value.to_string());
    sql::SelectItem::ExprWithAlias { expr: column.value.clone(), alias }
}

/// Expands `*` where DataFusion would expand it to other columns, or, with `all`, wherever its columns are known.
pub(super) fn expand(select: &mut sql::Select, visible: &Visible, all: bool) -> Result<()> {
    let has_merged = visible.has_merged();
    let has_row_ids = visible.has_row_ids();
    let is_written_out = |item: &sql::SelectItem| match item {
        sql::SelectItem::Wildcard(_) => all || has_merged || has_row_ids || has_options(item),
        sql::SelectItem::QualifiedWildcard(kind, _) => {
            all || has_row_ids || has_options(item) || struct_of(kind, visible).is_some()
        }
        _ => false,
    };
    if visible.is_open() || visible.tables.is_empty() || !select.projection.iter().any(is_written_out) {
        return Ok(());
    }
    for item in std::mem::take(&mut select.projection) {
        if !is_written_out(&item) {
            select.projection.push(item);
            continue;
        }
        match item {
            sql::SelectItem::Wildcard(options) => {
                let columns = visible.starred().collect();
                select.projection.extend(chosen(columns, &options)?);
            }
            sql::SelectItem::QualifiedWildcard(
                sql::SelectItemQualifiedWildcardKind::ObjectName(ref name),
                ref options,
            ) => {
                let table: Vec<sql::Ident> =
                    name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
                if visible.has_table(&table) {
                    let columns =
                        visible.columns.iter().filter(|column| column.is_of(&table) && !column.is_hidden);
                    select.projection.extend(chosen(columns.collect(), options)?);
                } else if let Some(column) = struct_column(&table, visible) {
                    let fields = fields(column);
                    select.projection.extend(chosen(fields.iter().collect(), options)?);
                } else {
                    // DataFusion reports the unknown table.
                    select.projection.push(item);
                }
            }
            other => select.projection.push(other),
        }
    }
    Ok(())
}

/// The struct whose fields `s.*` means: a column, where no table has the name.
fn struct_of<'v>(kind: &sql::SelectItemQualifiedWildcardKind, visible: &'v Visible) -> Option<&'v Column> {
    let sql::SelectItemQualifiedWildcardKind::ObjectName(name) = kind else { return None };
    let parts: Vec<sql::Ident> = name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
    struct_column(&parts, visible)
}

fn struct_column<'v>(parts: &[sql::Ident], visible: &'v Visible) -> Option<&'v Column> {
    let (name, table) = parts.split_last()?;
    if visible.has_table(parts) {
        return None;
    }
    let name = name.value.to_lowercase();
    let is_it = |column: &&Column| {
        column.name == name
            && if table.is_empty() { column.is_bare } else { column.is_of(table) }
            && column.fields.as_ref().is_some_and(|fields| !fields.is_empty())
    };
    visible.columns.iter().find(is_it)
}

/// The fields of a struct as columns of their own.
fn fields(column: &Column) -> Vec<Column> {
    let of_field = |field: &String| Column {
        name: field.to_lowercase(),
        table: Vec::new(),
        value: call(INDEX, vec![column.value.clone(), ast_builder::text(field)]),
        is_bare: true,
        is_starred: true,
        is_merged: false,
        fields: None,
        is_hidden: false,
    };
    column.fields.iter().flat_map(|fields| fields.iter()).map(of_field).collect()
}

/// The projection items of columns, after EXCLUDE, REPLACE and RENAME.
pub(super) fn chosen(
    columns: Vec<&Column>,
    options: &sql::WildcardAdditionalOptions,
) -> Result<Vec<sql::SelectItem>> {
    let excluded = excluded(options);
    let replaced: Vec<&sql::ReplaceSelectElement> =
        options.opt_replace.iter().flat_map(|list| &list.items).map(Box::as_ref).collect();
    for (at, name) in excluded.iter().enumerate() {
        let column = name.last();
        find(&columns, name, "EXCLUDE")?;
        if excluded[..at].iter().any(|other| is_same_column(other, name)) {
            return Err(twice(column, "EXCLUDE"));
        }
    }
    for (at, element) in replaced.iter().enumerate() {
        let name = std::slice::from_ref(&element.column_name);
        find(&columns, name, "REPLACE")?;
        if replaced[..at].iter().any(|other| is_same_column(std::slice::from_ref(&other.column_name), name)) {
            return Err(twice(Some(&element.column_name), "REPLACE"));
        }
        if excluded.iter().any(|other| is_same_column(other, name)) {
            return Err(twice(Some(&element.column_name), "EXCLUDE and REPLACE"));
        }
    }
    let renamed = renamed(&columns, options)?;
    // DataFusion rejects a qualified column beside an unqualified one of the same name.
    let without_table: Vec<String> =
        columns.iter().filter(|column| !column.is_plain()).map(|column| column.name.clone()).collect();
    let mut items = Vec::with_capacity(columns.len());
    for column in columns {
        if excluded.iter().any(|name| is_named(column, name)) {
            continue;
        }
        let replacement =
            replaced.iter().find(|element| element.column_name.value.to_lowercase() == column.name);
        let new = renamed.iter().find(|(name, _)| is_named(column, std::slice::from_ref(name)));
        items.push(match replacement {
            _ if new.is_some() => {
                let expr = replacement.map_or_else(|| column.value.clone(), |element| element.expr.clone());
                let alias = new.map_or_else(|| sql::Ident::new(&column.name), |(_, new)| new.clone());
                sql::SelectItem::ExprWithAlias { expr, alias }
            }
            Some(element) => sql::SelectItem::ExprWithAlias {
                expr: element.expr.clone(),
                alias: element.column_name.clone(),
            },
            None if column.is_plain() && without_table.contains(&column.name) => qualified(column),
            None => item(column),
        });
    }
    if items.is_empty() {
        return Err(Error::new(Code::BadQuery, "EXCLUDE leaves no column of `*`"));
    }
    Ok(items)
}

/// The old and the new names of RENAME.
fn renamed(
    columns: &[&Column],
    options: &sql::WildcardAdditionalOptions,
) -> Result<Vec<(sql::Ident, sql::Ident)>> {
    let pairs = match &options.opt_rename {
        None => return Ok(Vec::new()),
        Some(sql::RenameSelectItem::Single(one)) => std::slice::from_ref(one),
        Some(sql::RenameSelectItem::Multiple(several)) => several.as_slice(),
    };
    let mut renamed: Vec<(sql::Ident, sql::Ident)> = Vec::with_capacity(pairs.len());
    for pair in pairs {
        find(columns, std::slice::from_ref(&pair.ident), "RENAME")?;
        let old = pair.ident.value.to_lowercase();
        if renamed.iter().any(|(known, _)| known.value.to_lowercase() == old) {
            return Err(twice(Some(&pair.ident), "RENAME"));
        }
        renamed.push((pair.ident.clone(), pair.alias.clone()));
    }
    Ok(renamed)
}

fn excluded(options: &sql::WildcardAdditionalOptions) -> Vec<Vec<sql::Ident>> {
    let idents = |name: &sql::ObjectName| name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
    match &options.opt_exclude {
        None => Vec::new(),
        Some(sql::ExcludeSelectItem::Single(name)) => vec![idents(name)],
        Some(sql::ExcludeSelectItem::Multiple(names)) => names.iter().map(idents).collect(),
    }
}

fn is_same_column(one: &[sql::Ident], other: &[sql::Ident]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| one.value.to_lowercase() == other.value.to_lowercase())
}

/// Whether a name refers to a column, qualified or not.
fn is_named(column: &Column, name: &[sql::Ident]) -> bool {
    let Some((last, table)) = name.split_last() else { return false };
    last.value.to_lowercase() == column.name && (table.is_empty() || column.is_of(table))
}

fn find(columns: &[&Column], name: &[sql::Ident], clause: &str) -> Result<()> {
    if columns.iter().any(|column| is_named(column, name)) {
        return Ok(());
    }
    let written: Vec<&str> = name.iter().map(|part| part.value.as_str()).collect();
    let written = written.join(".");
    let message = format!("{clause} names `{written}`, and `*` has no such column");
    let known = columns.iter().map(|column| column.name.as_str());
    Err(placed(Error::new(Code::UnknownName, message).suggest(&written, known), name.last()))
}

fn twice(name: Option<&sql::Ident>, clause: &str) -> Error {
    let written = name.map_or("", |name| name.value.as_str());
    let message = format!("`{written}` is there twice in {clause}");
    placed(Error::new(Code::DuplicateName, message), name)
}

fn placed(error: Error, name: Option<&sql::Ident>) -> Error {
    match name.and_then(|name| linal_lang::sql::span(name.span)) {
        Some(place) => error.at(place),
        None => error,
    }
}
