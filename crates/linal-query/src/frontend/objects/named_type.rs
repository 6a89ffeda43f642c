//! Casts to types of the catalog.

use std::sync::Arc;

use linal_dataset::objects::{Definition, NamedType, quoted};
use linal_dataset::{Error, Limit, Result};
use linal_error::Code;
use linal_lang::ast::objects::ObjectKind;
use sqlparser::ast as sql;

use super::super::generated_columns;
use super::home::{Home, Objects};
use super::used::{UsedObjects, UsedType};
use crate::frontend::resolve::call;
use crate::udf::enums::{ENUM_CAST, TRY_ENUM_CAST};

/// Rewrites a cast to a named type: to a call that checks the labels of an enum, or to a cast to the type that an alias
/// stands for. False for another expression.
///
/// # Errors
/// A stored type that cannot be parsed.
pub(super) fn rewrite(
    expr: &mut sql::Expr,
    objects: &Objects<'_, '_>,
    home: &Home,
    used: &mut UsedObjects,
) -> Result<bool> {
    if let Some((labels, is_try)) = written_enum(expr) {
        let limit = linal_dataset::resolve_type_text(&format!("ENUM({})", quoted(&labels)))?.limit;
        let Some(Limit::Labels { name, labels }) = limit else { return Ok(false) };
        as_enum(expr, is_try, &name, &labels, used);
        return Ok(true);
    }
    let Some((name, is_try)) = target(expr) else { return Ok(false) };
    let parts: Vec<&str> = name.0.iter().filter_map(|part| part.as_ident()).map(|id| &*id.value).collect();
    let Some(found) = objects.find(ObjectKind::Type, &parts, home) else { return Ok(false) };
    let Definition::Type(definition) = &found.object.definition else { return Ok(false) };
    match definition {
        NamedType::Alias(text) => {
            let base = data_type(text)?;
            if let sql::Expr::Cast { data_type, .. } = expr {
                *data_type = base;
            } else if let sql::Expr::TypedString(typed) = expr {
                typed.data_type = base;
            }
        }
        NamedType::Enum(labels) => as_enum(expr, is_try, &found.object.name, labels, used),
    }
    Ok(true)
}

/// The call that casts the operand of a cast to an enum type.
fn as_enum(
    expr: &mut sql::Expr,
    is_try: bool,
    name: &Arc<str>,
    labels: &Arc<[Box<str>]>,
    used: &mut UsedObjects,
) {
    let known = used.types.iter().position(|known| known.name == *name && known.labels == *labels);
    let number = known.unwrap_or_else(|| {
        used.types.push(UsedType { name: name.clone(), labels: labels.clone() });
        used.types.len() - 1
    });
    let operand = match std::mem::replace(expr, sql::Expr::value(sql::Value::Null)) {
        sql::Expr::Cast { expr, .. } => *expr,
        sql::Expr::TypedString(typed) => sql::Expr::Value(typed.value),
        other => other,
    };
    let prefix = if is_try { TRY_ENUM_CAST } else { ENUM_CAST };
    *expr = call(&format!("{prefix}{number}"), vec![operand]);
}

/// The labels of a cast to `ENUM('a', 'b')`, and whether a text that is none of them becomes NULL. The parser keeps the labels
/// without their quotes.
pub(super) fn written_enum(expr: &sql::Expr) -> Option<(Vec<Box<str>>, bool)> {
    let sql::Expr::Cast { kind, data_type: sql::DataType::Custom(name, labels), .. } = expr else {
        return None;
    };
    if !name.to_string().eq_ignore_ascii_case("enum") || labels.is_empty() {
        return None;
    }
    let labels = labels.iter().map(|label| label.as_str().into()).collect();
    Some((labels, matches!(kind, sql::CastKind::TryCast | sql::CastKind::SafeCast)))
}

/// The name of the type that an expression casts to, if it is no type of the language.
fn target(expr: &sql::Expr) -> Option<(&sql::ObjectName, bool)> {
    match expr {
        sql::Expr::Cast { kind, data_type: sql::DataType::Custom(name, args), .. } if args.is_empty() => {
            Some((name, matches!(kind, sql::CastKind::TryCast | sql::CastKind::SafeCast)))
        }
        sql::Expr::TypedString(sql::TypedString { data_type: sql::DataType::Custom(name, args), .. })
            if args.is_empty() =>
        {
            Some((name, false))
        }
        _ => None,
    }
}

/// The type of a text.
pub(super) fn data_type(text: &str) -> Result<sql::DataType> {
    match *generated_columns::parse(&format!("CAST(NULL AS {text})"))?.sql {
        sql::Expr::Cast { data_type, .. } => Ok(data_type),
        _ => Err(Error::new(Code::InternalError, format!("a bug in linal: `{text}` was stored as a type"))),
    }
}
