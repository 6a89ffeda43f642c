//! `MERGE INTO t USING s ON e WHEN ..`.
//!
//! Each clause is a query over the dataset as it was before the statement; what they find is put together into one
//! change. Where several rows of the source match a row, the last one counts, as in DuckDB.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray};
use arrow::datatypes::{DataType, Field};
use linal_dataset::{
    ColumnDef, Error, Result, RowChanges, Snapshot, arrow_error, check_settable, count, same_name,
};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::Ident;
use linal_lang::ast::merge::{Merge, MergeAction, MergeClause, MergeWhen};
use linal_lang::ast::relational::Scalar;
use linal_query::frontend::changes::merge;
use linal_query::frontend::changes::returning::MERGE_ACTION;
use linal_query::frontend::dml::Matched;
use linal_query::frontend::{default_value, generated_columns};
use linal_store::ColumnType;

use super::constraint::{Change, publish};
use super::{insert, returning};
use crate::outcome::Outcome;
use crate::session::Session;

/// What the clauses do.
struct Effects {
    /// The dataset with the updates.
    updated: Snapshot,
    /// Rows that a clause has changed, by what it does.
    rows: BTreeMap<usize, &'static str>,
    /// Rows to append, complete but for generated columns.
    inserted: Snapshot,
}

pub(super) fn run(session: &mut Session, statement: &Merge) -> Result<Outcome> {
    let target = session.dataset(&statement.table)?;
    let before = target.dataset.snapshot();
    let mut effects = Effects {
        updated: Snapshot::clone(&before),
        rows: BTreeMap::new(),
        inserted: before.without_all_rows(),
    };
    let has_by_source = statement.clauses.iter().any(|clause| clause.when == MergeWhen::NotMatchedBySource);
    let matched = if has_by_source {
        merge::matched(&mut session.query_context(), statement, &target.dataset)?
    } else {
        Vec::new()
    };
    let sources = merge::source_columns(&mut session.query_context(), statement)?;
    let clauses = Clauses {
        session: &mut *session,
        statement,
        before: &before,
        dataset: &target.dataset,
        matched,
        sources,
    };
    clauses.run(&mut effects)?;
    let (next, changes) = combined(session, &before, &effects)?;
    let written = next.clone();
    let rows = returning::rows(
        session,
        statement.returning.as_ref(),
        || changed_rows(&before, &written, &effects, &changes),
        statement.alias.as_ref(),
    )?;
    let span = statement.table.span;
    publish(session, Change { target: &target, before: &before, next, rows: &changes, span })?;
    let number = |what: &str| effects.rows.values().filter(|action| **action == what).count();
    let (updated, deleted) = (number(UPDATE), number(DELETE));
    session.affected_rows = Some((updated + deleted + changes.appended) as u64);
    Ok(returning::outcome(rows, || {
        let inserted = count(changes.appended, "row");
        format!("merged into {}: {inserted} inserted, {updated} updated, {deleted} deleted", before.name)
    }))
}

const UPDATE: &str = "UPDATE";
const DELETE: &str = "DELETE";
const INSERT: &str = "INSERT";

/// The clauses of a statement.
struct Clauses<'s> {
    session: &'s mut Session,
    statement: &'s Merge,
    before: &'s Snapshot,
    dataset: &'s Arc<linal_dataset::Dataset>,
    /// The rows that some row of the source matches.
    matched: Vec<usize>,
    /// The columns of the source.
    sources: Vec<String>,
}

impl Clauses<'_> {
    fn run(mut self, effects: &mut Effects) -> Result<()> {
        for at in 0..self.statement.clauses.len() {
            let clause = &self.statement.clauses[at];
            self.clause(at, clause, effects).map_err(|error| error.at(clause.span))?;
        }
        Ok(())
    }

    fn clause(&mut self, at: usize, clause: &MergeClause, effects: &mut Effects) -> Result<()> {
        match &clause.action {
            MergeAction::Update(assignments) => {
                let set = self.assigned(assignments)?;
                self.update(at, clause.when, set, effects)
            }
            MergeAction::UpdateAll { by_name } => {
                let set = self.of_source(*by_name)?;
                self.update(at, clause.when, set, effects)
            }
            MergeAction::Delete => {
                let found = self.changed(at, clause.when, &[])?;
                effects.rows.extend(found.rows.into_iter().map(|row| (row, DELETE)));
                Ok(())
            }
            MergeAction::Insert { columns, values } => {
                let columns = insert::given(self.before, columns.as_deref())?.to_vec();
                let values = self.given(&columns, values, clause.span)?;
                self.insert(at, columns, &values, effects)
            }
            MergeAction::InsertAll { by_name } => {
                let (columns, values): (Vec<usize>, Vec<Scalar>) =
                    self.of_source(*by_name)?.into_iter().unzip();
                self.insert(at, columns, &values, effects)
            }
            MergeAction::InsertDefaults => {
                let columns = insert::given(self.before, None)?.to_vec();
                let value = |at: &usize| default_value::of_column(&self.before.columns[*at]);
                let values: Vec<Scalar> = columns.iter().map(value).collect::<Result<_>>()?;
                self.insert(at, columns, &values, effects)
            }
            MergeAction::Nothing => Ok(()),
            MergeAction::Error(message) => self.error(at, clause, message.as_ref()),
        }
    }

    /// The rows of the dataset that a clause applies to, with values.
    fn changed(&mut self, at: usize, when: MergeWhen, values: &[Scalar]) -> Result<Matched> {
        let context = &mut self.session.query_context();
        let found = merge::changed_rows(context, self.statement, at, self.dataset, values)?;
        if when == MergeWhen::NotMatchedBySource { merge::without(found, &self.matched) } else { Ok(found) }
    }

    fn update(
        &mut self,
        at: usize,
        when: MergeWhen,
        set: Vec<(usize, Scalar)>,
        effects: &mut Effects,
    ) -> Result<()> {
        let (columns, values): (Vec<usize>, Vec<Scalar>) = set.into_iter().unzip();
        let Matched { rows, columns: values } = self.changed(at, when, &values)?;
        let changed: Vec<_> =
            columns.into_iter().zip(values).map(|(at, (values, field))| (at, values, field)).collect();
        effects.updated = effects.updated.with_updated(&rows, &changed, &self.session.settings.timezone)?;
        for row in rows {
            effects.rows.entry(row).or_insert(UPDATE);
        }
        Ok(())
    }

    fn insert(
        &mut self,
        at: usize,
        columns: Vec<usize>,
        values: &[Scalar],
        effects: &mut Effects,
    ) -> Result<()> {
        let context = &mut self.session.query_context();
        let (_, batches) = merge::inserted_rows(context, self.statement, at, self.dataset, values)?;
        let rows = insert::rows_of_batches(self.session, self.before, &columns, &batches)?;
        effects.inserted = effects.inserted.with_rows_of(&rows);
        Ok(())
    }

    fn error(&mut self, at: usize, clause: &MergeClause, message: Option<&Scalar>) -> Result<()> {
        let values: Vec<Scalar> = message.into_iter().cloned().collect();
        let (applies, text) = if clause.when == MergeWhen::NotMatched {
            let context = &mut self.session.query_context();
            let (_, batches) = merge::inserted_rows(context, self.statement, at, self.dataset, &values)?;
            let first = batches.iter().find(|batch| batch.num_rows() > 0);
            let text = first.filter(|_| message.is_some()).map(|batch| batch.column(0).clone());
            (first.is_some(), text)
        } else {
            let found = self.changed(at, clause.when, &values)?;
            (!found.rows.is_empty(), found.columns.into_iter().next().map(|(values, _)| values))
        };
        if !applies {
            return Ok(());
        }
        let text = text.and_then(|values| merge::first_text(&values));
        let text = text.unwrap_or_else(|| "a row that the MERGE does not allow".to_owned());
        Err(Error::new(Code::ConstraintViolated, text))
    }

    /// The columns and values of `UPDATE SET`.
    fn assigned(&self, assignments: &[(Ident, Scalar)]) -> Result<Vec<(usize, Scalar)>> {
        let mut set: Vec<(usize, Scalar)> = Vec::with_capacity(assignments.len());
        for (name, value) in assignments {
            let at = self.before.column(&name.name).map_err(|error| error.at(name.span))?;
            check_settable(&self.before.columns[at]).map_err(|error| error.at(name.span))?;
            if set.iter().any(|(other, _)| *other == at) {
                let message = format!("`{}` is set twice", name.name);
                return Err(Error::new(Code::DuplicateColumn, message).at(name.span));
            }
            let value = default_value::assigned(value, &self.before.columns[at])?;
            set.push((at, value.into_owned()));
        }
        Ok(set)
    }

    /// The values of `INSERT (columns) VALUES (..)`.
    fn given(&self, columns: &[usize], values: &[Scalar], span: Span) -> Result<Vec<Scalar>> {
        if columns.len() != values.len() {
            let message = format!("{} for {}", count(values.len(), "value"), count(columns.len(), "column"));
            return Err(Error::new(Code::WrongCount, message).at(span));
        }
        let value = |(at, value): (&usize, &Scalar)| {
            check_settable(&self.before.columns[*at])?;
            Ok(default_value::assigned(value, &self.before.columns[*at])?.into_owned())
        };
        columns.iter().zip(values).map(value).collect()
    }

    /// All columns of the source, and the columns of the dataset that they go to.
    fn of_source(&self, by_name: bool) -> Result<Vec<(usize, Scalar)>> {
        let value = |name: &String| merge::source_column(self.statement, name);
        if by_name {
            let place = |name: &String| {
                let at = self.before.column(name)?;
                check_settable(&self.before.columns[at])?;
                Ok((at, value(name)))
            };
            return self.sources.iter().map(place).collect();
        }
        let columns = insert::given(self.before, None)?;
        if columns.len() != self.sources.len() {
            let message = format!(
                "the source has {}, and `{}` has {}",
                count(self.sources.len(), "column"),
                self.before.name,
                count(columns.len(), "column")
            );
            let error = Error::new(Code::WrongCount, message);
            return Err(error.with_help("name the columns, or write BY NAME"));
        }
        Ok(columns.into_iter().zip(self.sources.iter().map(value)).collect())
    }
}

/// The next snapshot and what it changes.
fn combined(session: &mut Session, before: &Snapshot, effects: &Effects) -> Result<(Snapshot, RowChanges)> {
    let of = |what: &str| {
        let rows = effects.rows.iter().filter(|(_, action)| **action == what);
        rows.map(|(row, _)| *row).collect::<Vec<usize>>()
    };
    let changes = RowChanges {
        deleted: of(DELETE),
        updated: of(UPDATE),
        columns: None,
        appended: effects.inserted.rows,
    };
    debug_assert_eq!(effects.updated.rows, before.rows);
    let mut next = effects.updated.clone();
    if !changes.deleted.is_empty() {
        next = next.without_rows(&changes.deleted)?;
    }
    let first = next.rows;
    next = next.with_rows_of(&effects.inserted);
    let updated = changes.updated_after();
    next = generated_columns::fill_rows(&mut session.query_context(), next, &updated)?;
    next = insert::filled_from(session, next, first)?;
    Ok((next, changes))
}

/// The changed rows with what was done with each: those that were there in their order, then the new ones. A deleted row
/// has its old values.
fn changed_rows(
    before: &Snapshot,
    next: &Snapshot,
    effects: &Effects,
    changes: &RowChanges,
) -> Result<Snapshot> {
    let mut actions: Vec<&str> = effects.rows.values().copied().collect();
    actions.extend(std::iter::repeat_n(INSERT, changes.appended));
    let deleted = before.of_rows(&changes.deleted)?;
    let updated = next.of_rows(&changes.updated_after())?;
    let inserted = next.last_rows(changes.appended)?;
    let all = deleted.with_rows_of(&updated).with_rows_of(&inserted);
    // Deleted rows are first, so that they are put back into the order of the others.
    let (mut deletion, mut update) = (0, changes.deleted.len());
    let mut order: Vec<u64> = Vec::with_capacity(actions.len());
    for action in effects.rows.values() {
        let place = if *action == DELETE { &mut deletion } else { &mut update };
        order.push(*place as u64);
        *place += 1;
    }
    order.extend((update..update + changes.appended).map(|row| row as u64));
    with_actions(&all.taken(&order)?, &actions)
}

/// Rows with the column that RETURNING knows as `merge_action`.
pub(super) fn with_actions(rows: &Snapshot, actions: &[&str]) -> Result<Snapshot> {
    if rows.columns.iter().any(|column| same_name(&column.name, MERGE_ACTION)) {
        return Ok(rows.clone());
    }
    let values: ArrayRef = Arc::new(StringViewArray::from_iter_values(actions));
    let field = Field::new(MERGE_ACTION, DataType::Utf8View, false);
    let values = arrow::compute::cast(&values, &ColumnType::String.data_type()).map_err(arrow_error)?;
    let column = ColumnDef::new(MERGE_ACTION, ColumnType::String, false);
    rows.with_column(column, values, &field, true)
}
