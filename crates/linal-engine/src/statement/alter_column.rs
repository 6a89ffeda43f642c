//! `ALTER TABLE t ALTER COLUMN c ..`.

use linal_dataset::{ColumnDef, DeclaredType, Error, Limit, Result, Snapshot, same_name};
use linal_error::Code;
use linal_lang::ast::relational::{ColumnChange, Scalar, TypeName};
use linal_lang::ast::{Ident, ObjectName};
use linal_lang::tokens;
use linal_query::frontend::generated_columns;

use super::{alter, constraint, create, objects};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(
    session: &mut Session,
    table: &ObjectName,
    name: &Ident,
    change: &ColumnChange,
) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let before = target.dataset.snapshot();
    let at = before.column(&name.name).map_err(|error| error.at(name.span))?;
    let column = before.columns[at].clone();
    let is_value = !matches!(change, ColumnChange::SetNotNull | ColumnChange::DropNotNull);
    if is_value && column.computed.is_some() {
        let message = format!("the column `{}` is computed from other columns", column.name);
        return Err(Error::new(Code::GeneratedColumn, message).at(name.span));
    }
    let next = match change {
        ColumnChange::SetDefault(value) => {
            let default = Some(create::default(session, &column, value)?);
            before.with_redefined(at, ColumnDef { default, ..column }, None)?
        }
        ColumnChange::DropDefault => {
            before.with_redefined(at, ColumnDef { default: None, ..column }, None)?
        }
        ColumnChange::SetNotNull => constraint::set_nullable(&before, at, false, name.span)?,
        ColumnChange::DropNotNull => {
            if let Some(key) = before.primary_key()
                && key.columns().iter().any(|other| same_name(other, &name.name))
            {
                let message = format!("the primary key `{}` needs `{}` NOT NULL", key.name, name.name);
                return Err(Error::new(Code::NeededByConstraint, message).at(name.span));
            }
            constraint::set_nullable(&before, at, true, name.span)?
        }
        ColumnChange::Type { type_name, using } => {
            let next = with_type(session, &before, at, (type_name, using.as_ref()))?;
            constraint::check_all(session, &next).map_err(|error| error.at(name.span))?;
            next
        }
    };
    target.dataset.publish(before.version, next)?;
    session.plans.clear();
    Ok(Outcome::Done(format!("altered column {} of {}", name.name, before.name)))
}

/// A dataset whose column has another type; its values are those of an expression, or a cast of what they were.
fn with_type(
    session: &mut Session,
    before: &Snapshot,
    at: usize,
    (type_name, using): (&TypeName, Option<&Scalar>),
) -> Result<Snapshot> {
    let column = &before.columns[at];
    not_needed(session, before, column).map_err(|error| error.at(type_name.span))?;
    let declared = objects::declared_type(session, type_name)?;
    // A value of USING is cast, too: a text becomes a label of an enum type.
    let operand = match using {
        Some(using) => format!("({})", using.sql),
        None => format!("`{}`", column.name.replace('`', "``")),
    };
    let value = match using {
        Some(using) if !matches!(declared.limit, Some(Limit::Labels { .. })) => using.clone(),
        _ => generated_columns::parse(&format!("CAST({operand} AS {type_name})"))?,
    };
    let of_expression = |error: Error| match using {
        Some(_) => error,
        None => error.without_span().at(type_name.span),
    };
    if before.is_stored() {
        let changed = redefined(session, column, type_name, declared.clone())?;
        let streamed = alter::with_streamed(session, before, Some(at), changed, (None, &value));
        if let Some(next) = streamed.map_err(of_expression)? {
            return Ok(next);
        }
    }
    let found = generated_columns::over(&mut session.query_context(), before, None, &[&value]);
    let found = found.map_err(of_expression)?;
    let Some((values, field)) = found.columns.into_iter().next() else {
        return Err(Error::new(Code::InternalError, "a bug in linal: an expression without values"));
    };
    let changed = redefined(session, column, type_name, declared)?;
    before.with_redefined(at, changed, Some((values, &field))).map_err(|error| error.at(type_name.span))
}

/// A column with another type and the same default.
fn redefined(
    session: &mut Session,
    column: &ColumnDef,
    type_name: &TypeName,
    declared: DeclaredType,
) -> Result<ColumnDef> {
    let mut changed = ColumnDef::new(column.name.clone(), declared.column_type, column.nullable);
    changed = changed.with_limit(declared.limit);
    if let Some(default) = &column.default {
        let scalar = generated_columns::parse(&default.text)?;
        changed.default = Some(create::default(session, &changed, &scalar).map_err(|error| {
            let message = format!("{}; DROP DEFAULT first", error.message());
            error.without_span().map_message(|_| message).at(type_name.span)
        })?);
    }
    Ok(changed)
}

/// Rejects a change of the type of a column that generated columns or foreign keys need.
fn not_needed(session: &Session, before: &Snapshot, column: &ColumnDef) -> Result<()> {
    let name = &column.name;
    let uses = |text: &str| tokens(text).any(|(span, _)| same_name(span.text(text).trim_matches('`'), name));
    let users = before
        .columns
        .iter()
        .filter(|other| other.computed.as_ref().is_some_and(|computed| uses(&computed.text)));
    if let Some(user) = users.into_iter().next() {
        let message = format!("the column `{}` is computed from `{name}`", user.name);
        return Err(Error::new(Code::ColumnInUse, message).with_help(format!("drop `{}` first", user.name)));
    }
    let of_reference = before.constraints.iter().find(|constraint| {
        matches!(constraint.rule, linal_dataset::Rule::Reference { .. })
            && constraint.columns().iter().any(|other| same_name(other, name))
    });
    if let Some(reference) = of_reference {
        let message = format!("the foreign key `{}` needs the type of `{name}`", reference.name);
        return Err(Error::new(Code::NeededByConstraint, message));
    }
    let catalog = session.catalog_view().catalog();
    for database in catalog.visible(&session.own) {
        if database.dataset(&before.name).is_some() {
            constraint::not_referred_to(
                &catalog,
                &database.name,
                &before.name,
                Some(std::slice::from_ref(name)),
            )?;
        }
    }
    Ok(())
}
