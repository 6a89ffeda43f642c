//! `ALTER DATASET t ...` and `MATERIALIZE t`.

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::Field;
use linal_dataset::catalog::IndexDef;
use linal_dataset::{
    ColumnDef, ColumnRewrite, Computed, Constraint, Error, Limit, Result, Rule, Snapshot, count, same_name,
};
use linal_error::Code;
use linal_lang::ast::relational::{Alteration, ColumnSpec, Scalar};
use linal_lang::ast::{Ident, ObjectName};
use linal_lang::tokens;
use linal_query::frontend::dml;
use linal_query::frontend::dml::Matched;
use linal_query::frontend::generated_columns;
use linal_query::frontend::renamed_column::renamed_column;
use linal_store::ColumnType;
use linal_store::temporal::Zone;

use super::{alter_column, computed, constraint, create, objects};
use crate::durable::KeptColumns;
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(
    session: &mut Session,
    table: &ObjectName,
    if_exists: bool,
    alteration: &Alteration,
) -> Result<Outcome> {
    if if_exists
        && let Err(error) = session.dataset(table)
        && error.is(Code::UnknownName)
    {
        return Ok(Outcome::Done(format!("there is no dataset `{table}`")));
    }
    match alteration {
        Alteration::AddColumn { spec, if_not_exists } => add(session, table, spec, *if_not_exists),
        Alteration::AddComputed { name, value, text, lazy } => {
            add_computed(session, table, name, value, text, *lazy)
        }
        Alteration::DropColumn { name, if_exists } => drop_column(session, table, name, *if_exists),
        Alteration::RenameColumn { from, to } => rename_column(session, table, from, to),
        Alteration::Rename(name) => rename(session, table, name),
        Alteration::AlterColumn { name, change } => alter_column::run(session, table, name, change),
        Alteration::AddConstraint(spec) => constraint::add(session, table, spec),
        Alteration::DropConstraint { name, if_exists } => {
            constraint::drop_constraint(session, table, name, *if_exists)
        }
    }
}

/// A column without a NULL constraint is nullable, since the existing rows have no value for it.
fn add(session: &mut Session, table: &ObjectName, spec: &ColumnSpec, if_not_exists: bool) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let before = target.dataset.snapshot();
    if if_not_exists && before.position(&spec.name.name).is_some() {
        return Ok(Outcome::Done(format!("there already: column {} of {}", spec.name.name, before.name)));
    }
    if let Some(generated) = &spec.generated {
        let (name, value) = (&spec.name, &generated.value);
        let lazy = generated.lazy;
        if !generated.is_typed {
            return add_computed(session, table, name, value, &generated.text, lazy);
        }
        let text = format!("CAST({} AS {})", generated.text, spec.type_name);
        let value = generated_columns::parse(&text)?;
        return add_computed(session, table, name, &value, &text, lazy);
    }
    let column = create::column(session, spec, true)?;
    let name = column.name.clone();
    let has_expression = column.default.as_ref().is_some_and(|default| default.is_expression());
    let mut next = if has_expression && before.rows > 0 {
        with_evaluated(session, &before, &column)
    } else {
        before.with_default_column(&column)
    }
    .map_err(|error| error.at(spec.name.span))?;
    if !spec.constraints.is_empty() {
        next = constraint::with_constraints(session, &target.database, next, &spec.constraints)?;
        constraint::check_all(session, &next).map_err(|error| error.at(spec.name.span))?;
    }
    target.dataset.publish(before.version, next)?;
    Ok(Outcome::Done(format!("added column {name} to {}", before.name)))
}

/// A column whose default is evaluated for each row that is there.
fn with_evaluated(session: &mut Session, before: &Snapshot, column: &ColumnDef) -> Result<Snapshot> {
    let Some(default) = &column.default else { return before.with_default_column(column) };
    let value = generated_columns::parse(&default.text)?;
    let streamed = with_streamed(session, before, None, column.clone(), (None, &value));
    if let Some(next) = streamed.map_err(|error| error.without_span())? {
        return Ok(next);
    }
    let found = generated_columns::over(&mut session.query_context(), before, None, &[&value])
        .map_err(|error| error.without_span())?;
    let Some((values, field)) = found.columns.into_iter().next() else {
        return Err(Error::new(Code::InternalError, "a bug in linal: an expression without values"));
    };
    before.with_column(column.clone(), values, &field, true)
}

/// A dataset in a directory with the values of an expression as a column, in the place `at` or behind the others. They are
/// computed chunk by chunk, so that memory does not depend on their number; `None` when they do not come in order, or the
/// dataset is in memory. The expression is one over `before`, or over the dataset that a name has, which has the same rows.
///
/// # Errors
/// Those of the expression; a value that does not fit the column.
pub(super) fn with_streamed(
    session: &mut Session,
    before: &Snapshot,
    at: Option<usize>,
    column: ColumnDef,
    (table, value): (Option<&ObjectName>, &Scalar),
) -> Result<Option<Snapshot>> {
    if !before.is_stored() {
        return Ok(None);
    }
    let engine = session.engine.clone();
    let mut kept = KeptColumns::new(engine.durable.as_ref(), &before.pool, &session.pool);
    let mut rewrite = ColumnRewrite::of_whole(before, column, &Zone::utc());
    let mut push = |rows: &[usize], values: &[(ArrayRef, &Field)]| rewrite.push(rows, values, &mut kept);
    let context = &mut session.query_context();
    let ascend = match table {
        Some(table) => dml::each_match(context, table.into(), None, &[value], &mut push)?,
        None => generated_columns::each_over(context, before, &[value], &mut push)?,
    };
    if ascend { rewrite.placed(at, &mut kept).map(Some) } else { Ok(None) }
}

/// `ADD COLUMN c = e [LAZY]`: computed now and for later rows, or at each use.
fn add_computed(
    session: &mut Session,
    table: &ObjectName,
    name: &Ident,
    value: &Scalar,
    text: &str,
    lazy: bool,
) -> Result<Outcome> {
    let dataset = session.dataset(table)?.dataset;
    let before = dataset.snapshot();
    if before.is_stored()
        && let Some(next) = computed_streamed(session, table, &before, name, (value, text), lazy)?
    {
        dataset.publish(before.version, next)?;
        return Ok(Outcome::Done(format!("added column {} to {}", name.name, before.name)));
    }
    let Matched { columns, .. } = dml::matching(&mut session.query_context(), table.into(), None, &[value])?;
    let Some((values, field)) = columns.into_iter().next() else {
        return Err(Error::new(Code::InternalError, "a bug in linal: an expression without values"));
    };
    let text = computed::text(session, &before, value, text).map_err(|error| error.at(value.span))?;
    let mut column =
        ColumnDef::new(&*name.name, ColumnType::of(&field), true).with_limit(Limit::of_field(&field));
    column.computed = Some(Computed { text: text.into_boxed_str(), lazy });
    let values = if lazy { new_null_array(field.data_type(), before.rows) } else { values };
    let next = before.with_column(column, values, &field, true).map_err(|error| error.at(name.span))?;
    dataset.publish(before.version, next)?;
    Ok(Outcome::Done(format!("added column {} to {}", name.name, before.name)))
}

/// A dataset in a directory with a computed column, whose values are computed chunk by chunk; `None` when they do not come
/// in order.
fn computed_streamed(
    session: &mut Session,
    table: &ObjectName,
    before: &Snapshot,
    name: &Ident,
    (value, text): (&Scalar, &str),
    lazy: bool,
) -> Result<Option<Snapshot>> {
    let fields = dml::fields_of(&mut session.query_context(), table.into(), &[value])?;
    let Some(field) = fields.first() else { return Ok(None) };
    let text = computed::text(session, before, value, text).map_err(|error| error.at(value.span))?;
    let mut column =
        ColumnDef::new(&*name.name, ColumnType::of(field), true).with_limit(Limit::of_field(field));
    column.computed = Some(Computed { text: text.into_boxed_str(), lazy });
    if !lazy {
        return with_streamed(session, before, None, column, (Some(table), value))
            .map_err(|error| error.at(name.span));
    }
    // A mistake surfaces now, and no value is kept.
    let context = &mut session.query_context();
    dml::each_match(context, table.into(), None, &[value], &mut |_, _| Ok(true))?;
    before.with_default_column(&column).map(Some).map_err(|error| error.at(name.span))
}

/// `MATERIALIZE t`: stores the current values of lazy columns. They are generated columns from then on: filled for later rows.
pub(super) fn materialize(session: &mut Session, table: &ObjectName) -> Result<Outcome> {
    let dataset = session.dataset(table)?.dataset;
    let before = dataset.snapshot();
    let (next, changed) = with_lazy_values(session, table, &before)?;
    dataset.publish(before.version, next)?;
    Ok(Outcome::Done(format!("materialized {} of {}", count(changed, "column"), before.name)))
}

/// A snapshot with the values of its lazy columns, and their number.
pub(super) fn with_lazy_values(
    session: &mut Session,
    table: &ObjectName,
    before: &Snapshot,
) -> Result<(Snapshot, usize)> {
    let mut next = before.clone();
    let mut changed = 0;
    for (at, column) in before.columns.iter().enumerate() {
        let Some(computed) = column.computed.as_ref().filter(|computed| computed.lazy) else { continue };
        let value = generated_columns::parse(&computed.text)?;
        // A store has no values of a lazy column, so this is another one for it.
        let computed = Some(Computed { lazy: false, ..computed.clone() });
        let stored = ColumnDef { computed, number: 0, ..column.clone() };
        if let Some(streamed) =
            with_streamed(session, &next, Some(at), stored.clone(), (Some(table), &value))?
        {
            next = streamed;
            changed += 1;
            continue;
        }
        let matched = dml::matching(&mut session.query_context(), table.into(), None, &[&value])?;
        let Some((values, field)) = matched.columns.into_iter().next() else { continue };
        next = next.with_redefined(at, stored, Some((values, &field)))?;
        changed += 1;
    }
    Ok((next, changed))
}

fn drop_column(session: &mut Session, table: &ObjectName, name: &Ident, if_exists: bool) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let (database, dataset) = (target.database, target.dataset);
    let table = dataset.name();
    if if_exists && dataset.definition().position(&name.name).is_none() {
        return Ok(Outcome::Done(format!("there is no column `{}` in {table}", name.name)));
    }
    let dropped = session.change_catalog(|catalog| {
        catalog.change_indexes(&database, &table, |index| {
            (!same_name(&index.column, &name.name)).then(|| index.clone())
        })?;
        dataset.change(|snapshot| {
            not_computed_from(snapshot, &name.name)?;
            let left = without_own(snapshot, &name.name)?;
            let key = [snapshot.columns[snapshot.column(&name.name)?].name.clone()];
            constraint::not_referred_to(catalog, &database, &table, Some(&key))?;
            let next = objects::forget_comment(&snapshot.without_column(&name.name)?, &name.name)?;
            Ok(if left.len() == snapshot.constraints.len() { next } else { next.with_constraints(left) })
        })
    });
    dropped.map_err(|error| error.at(name.span))?;
    Ok(Outcome::Done(format!("dropped column {} of {table}", name.name)))
}

fn rename_column(session: &mut Session, table: &ObjectName, from: &Ident, to: &Ident) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let (database, dataset) = (target.database, target.dataset);
    let table = dataset.name();
    session.change_catalog(|catalog| {
        catalog.change_indexes(&database, &table, |index| {
            let column =
                if same_name(&index.column, &from.name) { (&*to.name).into() } else { index.column.clone() };
            Some(IndexDef { column, ..index.clone() })
        })?;
        constraint::rename_in_references(catalog, &database, [&table, &table], Some([&from.name, &to.name]))?;
        dataset.change(|snapshot| {
            let renamed = snapshot.with_renamed_column(&from.name, &to.name);
            let renamed = renamed.map_err(|error| match error.code() {
                Code::DuplicateColumn => error.at(to.span),
                _ => error.at(from.span),
            })?;
            let renamed = renamed_expressions(renamed, &from.name, &to.name)
                .map_err(|error| error.without_span().at(from.span))?;
            objects::rename_comment(&renamed, &from.name, &to.name)
        })
    })?;
    Ok(Outcome::Done(format!("renamed column {} of {table} to {}", from.name, to.name)))
}

/// The dataset with another name of a column in the expressions of its generated columns and CHECK constraints. A text that
/// was generated from the old name is one that reads the new one.
///
/// # Errors
/// `E0615 column_in_use` for an expression in which the column cannot be told from other names.
fn renamed_expressions(mut snapshot: Snapshot, from: &str, to: &str) -> Result<Snapshot> {
    let table = snapshot.name.clone();
    let mut columns = snapshot.columns.to_vec();
    for computed in columns.iter_mut().filter_map(|column| column.computed.as_mut()) {
        if let Some(text) = renamed_column(&computed.text, &table, from, to)? {
            computed.text = text.into();
        }
    }
    snapshot.columns = columns.into();
    let mut constraints = snapshot.constraints.to_vec();
    let mut is_renamed = false;
    for constraint in &mut constraints {
        if let Rule::Check { text } = &mut constraint.rule
            && let Some(renamed) = renamed_column(text, &table, from, to)?
        {
            *text = renamed.into();
            is_renamed = true;
        }
    }
    Ok(if is_renamed { snapshot.with_constraints(constraints) } else { snapshot })
}

/// Rejects dropping a column that the expression of a generated column uses.
fn not_computed_from(snapshot: &Snapshot, name: &str) -> Result<()> {
    let uses = |text: &str| tokens(text).any(|(span, _)| same_name(span.text(text).trim_matches('`'), name));
    let user = snapshot
        .columns
        .iter()
        .filter(|column| !same_name(&column.name, name))
        .find(|column| column.computed.as_ref().is_some_and(|computed| uses(&computed.text)));
    match user {
        None => Ok(()),
        Some(user) => {
            let message = format!("the column `{}` is computed from `{name}`", user.name);
            Err(Error::new(Code::ColumnInUse, message).with_help(format!("drop `{}` first", user.name)))
        }
    }
}

/// The constraints that stay when a column is dropped: those of this column alone go with it.
///
/// # Errors
/// `E0618 needed_by_constraint` for one that names other columns, too.
fn without_own(snapshot: &Snapshot, name: &str) -> Result<Vec<Constraint>> {
    not_in_condition(snapshot, name)?;
    let is_named = |constraint: &Constraint| constraint.columns().iter().any(|other| same_name(other, name));
    if let Some(shared) =
        snapshot.constraints.iter().find(|constraint| is_named(constraint) && constraint.columns().len() > 1)
    {
        let message =
            format!("the {} `{}` needs the column `{name}`: {}", shared.kind(), shared.name, shared.text());
        let help = format!("ALTER TABLE {} DROP CONSTRAINT {}", snapshot.name, shared.name);
        return Err(Error::new(Code::NeededByConstraint, message).with_help(help));
    }
    Ok(snapshot.constraints.iter().filter(|constraint| !is_named(constraint)).cloned().collect())
}

/// Rejects dropping a column that a CHECK names.
fn not_in_condition(snapshot: &Snapshot, name: &str) -> Result<()> {
    let uses = |text: &str| tokens(text).any(|(span, _)| same_name(span.text(text).trim_matches('`'), name));
    let user = snapshot.constraints.iter().find(|constraint| match &constraint.rule {
        Rule::Check { text } => uses(text),
        _ => false,
    });
    match user {
        None => Ok(()),
        Some(user) => {
            let message =
                format!("the CHECK constraint `{}` needs the column `{name}`: {}", user.name, user.text());
            let help = format!("ALTER TABLE {} DROP CONSTRAINT {}", snapshot.name, user.name);
            Err(Error::new(Code::NeededByConstraint, message).with_help(help))
        }
    }
}

fn rename(session: &mut Session, table: &ObjectName, to: &Ident) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let (database, dataset) = (target.database, target.dataset);
    let from = dataset.name();
    session.change_catalog(|catalog| {
        if !same_name(&from, &to.name)
            && let Some(known) = catalog.database(&database)?.dataset(&to.name)
        {
            return Err(create::exists(&known.name()).at(to.span));
        }
        // Before the foreign keys of others follow the name.
        create::no_view(catalog, &database, &to.name).map_err(|error| error.at(to.span))?;
        catalog.change_indexes(&database, &from, |index| {
            Some(IndexDef { table: (&*to.name).into(), ..index.clone() })
        })?;
        constraint::rename_in_references(catalog, &database, [&from, &to.name], None)?;
        catalog.take(&database, &from)?;
        catalog.put(&database, &to.name, dataset.clone())?;
        dataset.change(|snapshot| Ok(snapshot.with_name(&to.name)))?;
        Ok(())
    })?;
    Ok(Outcome::Done(format!("renamed dataset {from} to {}", to.name)))
}
