//! The rows of an INSERT, complete but for generated columns.

use std::borrow::Cow;
use std::sync::Arc;

use linal_dataset::{Chunk, ColumnDef, Dataset, Error, Literals, Result, Snapshot, check_settable};
use linal_error::Code;
use linal_lang::ast::relational::{Insert, InsertSource, Query};
use linal_query::Options;
use linal_query::frontend::{default_value, whole_dataset};

use super::{default_values, defaults, given, places};
use crate::durable::{BulkLoad, Durable};
use crate::session::Session;
use crate::statement::copy;

/// Rows with all columns of a dataset.
pub(super) struct Rows {
    pub chunks: Vec<Arc<Chunk>>,
    pub count: usize,
    /// The columns that the statement has given.
    pub columns: Vec<usize>,
}

pub(super) fn rows(session: &mut Session, insert: &Insert, before: &Snapshot) -> Result<Rows> {
    match &insert.source {
        InsertSource::Literals { values, spans, width } => {
            literals(session, insert, before, Literals { values, spans, width: *width })
        }
        InsertSource::Defaults => {
            let values = default_values(before);
            let spans = vec![insert.table.span; values.len()];
            literals(
                session,
                insert,
                before,
                Literals { values: &values, spans: &spans, width: values.len() },
            )
        }
        InsertSource::Query(query) => of_query(session, insert, before, query),
        InsertSource::File { path, path_span, options } => {
            let columns = given(before, insert.columns.as_deref())?;
            let (engine, is_durable) = (session.engine.clone(), is_durable(session, insert)?);
            let durable = engine.durable.as_ref().filter(|_| is_durable);
            let mut load = Load::new(session, durable, before, &columns);
            copy::read(session, (path, *path_span), options, before, &columns, |batch| load.push(batch))?;
            load.finish(session)
        }
    }
}

/// Whether the rows go to a directory: those of a temporary dataset do not.
fn is_durable(session: &Session, insert: &Insert) -> Result<bool> {
    let target = session.dataset(&insert.table)?;
    Ok(session.directory_of(&target.database).is_some())
}

fn literals(
    session: &mut Session,
    insert: &Insert,
    before: &Snapshot,
    literals: Literals<'_>,
) -> Result<Rows> {
    let apart = Dataset::new(defaults::relaxed(before).with_constraints(Vec::new()));
    let definition = apart.definition();
    let columns = places(&definition, insert.columns.as_deref())?;
    let (zone, control) = (&session.settings.timezone, session.context.control());
    apart
        .insert(&definition, columns.as_deref(), literals, zone, control)
        .map_err(|error| error.at(insert.table.span))?;
    let columns = given(before, insert.columns.as_deref())?.to_vec();
    let rows = apart.snapshot();
    let missing = defaults::missing_of_literals(before, &columns, literals.values, literals.width);
    let rows = defaults::fill(session, before, Snapshot::clone(&rows), &missing)?;
    Ok(Rows { count: rows.rows, chunks: rows.chunks, columns })
}

fn of_query(session: &mut Session, insert: &Insert, before: &Snapshot, query: &Query) -> Result<Rows> {
    let columns = if insert.by_name {
        by_name(session, before, query)?
    } else {
        given(before, insert.columns.as_deref())?.to_vec()
    };
    let filled = default_value::written_out(query, before, &columns)?;
    let planned = session.plan_query(&filled, Options::default())?;
    let (engine, is_durable) = (session.engine.clone(), is_durable(session, insert)?);
    let durable = engine.durable.as_ref().filter(|_| is_durable);
    let mut load = Load::new(session, durable, before, &columns);
    let is_file = whole_dataset::is_whole_file(query);
    let zone = session.settings.timezone.clone();
    session.query_context().stream_planned(&planned, &mut |batch| {
        let batch = if is_file { copy::with_parts(&batch, before, &columns, &zone)? } else { batch };
        load.push(&batch).map_err(|error| error.at(query.span))
    })?;
    load.finish(session)
}

/// Rows of a query as rows of a dataset; the batches have the given columns.
///
/// # Errors
/// A value that does not fit its column.
pub(in crate::statement) fn rows_of_batches(
    session: &mut Session,
    before: &Snapshot,
    columns: &[usize],
    batches: &[arrow::array::RecordBatch],
) -> Result<Snapshot> {
    let mut load = Load::new(session, None, before, columns);
    batches.iter().try_for_each(|batch| load.push(batch))?;
    let rows = load.finish(session)?;
    Ok(before.without_all_rows().with_shared_rows(rows.chunks))
}

/// The columns of `INSERT .. BY NAME`: those that the query has.
fn by_name(session: &mut Session, before: &Snapshot, query: &Query) -> Result<Vec<usize>> {
    let planned = session.plan_query(query, Options::default())?;
    let mut columns = Vec::with_capacity(planned.schema.fields().len());
    for field in planned.schema.fields() {
        let at = before.column(field.name()).map_err(|error| error.at(query.span))?;
        check_settable(&before.columns[at]).map_err(|error| error.at(query.span))?;
        if columns.contains(&at) {
            let message = format!("the query gives the column `{}` twice", before.columns[at].name);
            return Err(Error::new(Code::DuplicateColumn, message).at(query.span));
        }
        columns.push(at);
    }
    Ok(columns)
}

/// The query of an INSERT with the defaults that it uses, for EXPLAIN.
pub(in crate::statement) fn query_of<'q>(
    session: &Session,
    insert: &Insert,
    query: &'q Query,
) -> Result<Cow<'q, Query>> {
    let definition = session.dataset(&insert.table)?.dataset.definition();
    let columns = given(&definition, insert.columns.as_deref())?;
    default_value::written_out(query, &definition, &columns)
}

/// Rows on their way into a dataset.
struct Load<'d> {
    before: Snapshot,
    relaxed: Snapshot,
    columns: Vec<usize>,
    missing: Vec<usize>,
    load: BulkLoad<'d>,
    zone: linal_store::temporal::Zone,
}

impl<'d> Load<'d> {
    fn new(
        session: &Session,
        durable: Option<&'d Durable>,
        before: &Snapshot,
        columns: &[usize],
    ) -> Load<'d> {
        let missing = defaults::missing_columns(before, columns);
        // Rows that are not complete cannot be in the directory.
        let is_later = |column: &ColumnDef| {
            !column.nullable && column.computed.as_ref().is_some_and(|computed| !computed.lazy)
        };
        let durable = durable.filter(|_| missing.is_empty() && !before.columns.iter().any(is_later));
        let relaxed = if missing.is_empty() { before.clone() } else { defaults::relaxed(before) };
        Load {
            before: before.clone(),
            load: BulkLoad::new(durable, &relaxed, &session.context),
            relaxed,
            columns: columns.to_vec(),
            missing,
            zone: session.settings.timezone.clone(),
        }
    }

    fn push(&mut self, batch: &arrow::array::RecordBatch) -> Result<()> {
        self.load.push(self.relaxed.arranged(&self.columns, batch, self.load.rows(), &self.zone)?)
    }

    fn finish(self, session: &mut Session) -> Result<Rows> {
        let Load { before, load, columns, missing, relaxed, .. } = self;
        let count = load.rows();
        let chunks = load.finish()?;
        if missing.is_empty() {
            return Ok(Rows { chunks, count, columns });
        }
        let rows = relaxed.without_all_rows().with_shared_rows(chunks);
        let all: Vec<usize> = (0..count).collect();
        let missing: Vec<_> = missing.into_iter().map(|column| (column, all.clone())).collect();
        let rows = defaults::fill(session, &before, rows, &missing)?;
        Ok(Rows { chunks: rows.chunks, count, columns })
    }
}
