//! Versions of datasets: `LIST DATASET VERSIONS`, `RESTORE DATASET`, `DIFF DATASET`, `EXPIRE VERSIONS`.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use linal_dataset::{Dataset, Error, Result, RowSet, arrow_error, count, instant};
use linal_error::Code;
use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::Relational;
use linal_lang::ast::{Retention, VersionNumber, VersionPoint};
use linal_query::VersionOf;
use linal_store::database::{DatasetId, Keep, Snapshot};
use linal_store::temporal::{Fields, compare_key, parse_interval};

use super::{create, recheck_references, transaction, version_diff};
use crate::durable::{Durable, error};
use crate::engine::Inner;
use crate::outcome::Outcome;
use crate::session::Session;

/// The directory of an engine.
///
/// # Errors
/// `E0412 no_directory`.
pub(super) fn directory(engine: &Inner) -> Result<&Durable> {
    engine.durable.as_ref().ok_or_else(|| {
        Error::new(
            Code::NoDirectory,
            "versions and saved objects are kept in a database directory, and there is none",
        )
        .with_help("linal --data DIR opens one")
    })
}

/// Whether a statement works on the store itself, beside transactions.
pub(super) fn is_of_store(statement: &Relational) -> bool {
    matches!(
        statement,
        Relational::Restore { .. } | Relational::Diff { .. } | Relational::ExpireVersions { .. }
    )
}

/// `LIST DATASET VERSIONS t`.
pub(super) fn list(session: &Session, table: &ObjectName) -> Result<Outcome> {
    let durable = directory(&session.engine)?;
    let dataset = session.dataset(table)?.dataset;
    let id = durable.id_of(&dataset).map_err(|error| error.at(table.span))?;
    let versions = durable.store.snapshot().and_then(|now| now.versions(id)).map_err(error)?;
    let versions: Vec<_> = versions.into_iter().filter(|version| version.is_kept).collect();
    let numbers = |number: fn(&linal_store::database::VersionEntry) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(versions.iter().map(|version| number(version) as i64)))
    };
    let times = TimestampMicrosecondArray::from_iter_values(versions.iter().map(|version| version.time_us));
    let changes = StringArray::from_iter_values(versions.iter().map(|version| &version.change));
    let statements = StringArray::from_iter(versions.iter().map(|version| version.statement.as_deref()));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("version", numbers(|version| version.version)),
        ("snapshot", numbers(|version| version.snapshot)),
        ("time", Arc::new(times)),
        ("rows", numbers(|version| version.rows)),
        ("change", Arc::new(changes)),
        ("statement", Arc::new(statements)),
    ];
    let kind = |name: &str, array: &ArrayRef| match name {
        "time" => DataType::Timestamp(TimeUnit::Microsecond, None),
        _ => array.data_type().clone(),
    };
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, kind(name, array), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(arrow_error)?;
    Ok(Outcome::Rows(RowSet::new(schema, vec![batch])))
}

/// `RESTORE DATASET t [TO ..]`: the rows and columns of a version become the next version; without one, a
/// dropped dataset is there again.
pub(super) fn restore(
    session: &mut Session,
    table: &ObjectName,
    to: Option<&VersionPoint>,
    text: &str,
) -> Result<Outcome> {
    let engine = session.engine.clone();
    let durable = directory(&engine)?;
    durable.check_writable()?;
    transaction::none_may_be_open(session, "RESTORE DATASET", table.span)?;
    let _others = durable.lock(session.context.control())?;
    match to {
        Some(point) => restore_version(session, durable, table, point, text),
        None => undrop(session, durable, table, text),
    }
}

fn restore_version(
    session: &mut Session,
    durable: &Durable,
    table: &ObjectName,
    point: &VersionPoint,
    text: &str,
) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let dataset = target.dataset;
    let (version, span) = match point {
        VersionPoint::Number(version) => (VersionOf::Number(version.number), version.span),
        VersionPoint::Timestamp { text, span } => {
            (time_of(session, text).map_err(|error| error.at(*span))?, *span)
        }
    };
    let then = durable.at(&dataset, version).map_err(|error| error.at(span))?;
    let restored = durable.read(&then)?;
    let catalog = session.catalog_view().catalog();
    let changed = [(target.database.clone(), dataset.clone(), &restored)];
    recheck_references(&catalog, &changed, &|_| false).map_err(|error| error.at(span))?;
    let mut transaction = durable.store.begin().map_err(error)?;
    transaction.restore(&then).map_err(error)?;
    transaction.watch(session.control());
    let commit = transaction.commit(Some(text)).map_err(error)?;
    durable.note_alterations(&commit);
    let now = durable.store.snapshot().map_err(error)?;
    publish(durable, &now, &dataset, then.id())?;
    let version = dataset.version();
    Ok(Outcome::Done(format!(
        "{} is as it was in version {}: version {version}",
        dataset.name(),
        then.version()
    )))
}

/// Shows what the store has now of a dataset.
fn publish(durable: &Durable, now: &Snapshot, dataset: &Arc<Dataset>, id: DatasetId) -> Result<()> {
    let next = durable.read(&now.dataset(id).map_err(error)?)?;
    Dataset::publish_committed(vec![(dataset.clone(), dataset.version(), next)])
}

fn undrop(session: &mut Session, durable: &Durable, table: &ObjectName, text: &str) -> Result<Outcome> {
    let (database, name) = session.new_dataset_name(table)?;
    if session.lookup_dataset(Some(&database), &name)?.is_some() {
        let message =
            format!("there is a dataset `{name}`, and RESTORE without a version brings back a dropped one");
        return Err(Error::new(Code::NameExists, message).at(table.span));
    }
    // Before the commit: a directory with a view and a dataset of one name could not be opened again.
    create::no_view(&session.catalog_view().catalog(), &database, &name)
        .map_err(|error| error.at(table.span))?;
    let now = durable.store.snapshot().map_err(error)?;
    let missing = || Error::new(Code::UnknownName, format!("no dataset `{name}` was dropped")).at(table.span);
    let of = now.database(&database).map_err(error)?.map(|entry| entry.id).ok_or_else(missing)?;
    let dropped = now.dropped(of, &name).map_err(error)?;
    let &(id, snapshot) = dropped.first().ok_or_else(missing)?;
    let then = durable.store.snapshot_number(snapshot).and_then(|then| then.dataset(id)).map_err(error)?;
    let mut transaction = durable.store.begin().map_err(error)?;
    transaction.restore(&then).map_err(error)?;
    transaction.watch(session.control());
    transaction.commit(Some(text)).map_err(error)?;
    let now = durable.store.snapshot().map_err(error)?;
    let dataset = Dataset::new(durable.read(&now.dataset(id).map_err(error)?)?);
    let rows = dataset.definition().rows;
    session.engine.catalog.change(|catalog| catalog.put(&database, &name, dataset))?;
    Ok(Outcome::Done(format!("{name} is there again, with {}", count(rows, "row"))))
}

/// `DIFF DATASET t VERSION 2 5`.
pub(super) fn diff(
    session: &Session,
    table: &ObjectName,
    from: VersionNumber,
    to: VersionNumber,
) -> Result<Outcome> {
    let durable = directory(&session.engine)?;
    let dataset = session.dataset(table)?.dataset;
    let read = |version: VersionNumber| {
        let then = durable.at(&dataset, VersionOf::Number(version.number));
        then.and_then(|then| durable.read(&then)).map_err(|error| error.at(version.span))
    };
    version_diff::rows(&read(from)?, &read(to)?, &session.context).map(Outcome::Rows)
}

/// `EXPIRE VERSIONS t KEEP 10 | OLDER THAN '30d'`.
pub(super) fn expire(session: &Session, table: &ObjectName, retention: &Retention) -> Result<Outcome> {
    let durable = directory(&session.engine)?;
    durable.check_writable()?;
    transaction::none_may_be_open(session, "EXPIRE VERSIONS", table.span)?;
    let dataset = session.dataset(table)?.dataset;
    let id = durable.id_of(&dataset).map_err(|error| error.at(table.span))?;
    let keep = match retention {
        Retention::Keep { count: 0, span } => {
            let message = "the current version is always kept, so that KEEP takes a number from 1 on";
            return Err(Error::new(Code::ValueOutOfRange, message).at(*span));
        }
        Retention::Keep { count, .. } => Keep::Last(*count),
        Retention::OlderThan { age, span } => Keep::Since(since(age).map_err(|error| error.at(*span))?),
    };
    let expired = durable.store.expire(id, keep).map_err(error)?;
    Ok(Outcome::Done(format!("expired {} of {}", count(expired as usize, "version"), dataset.name())))
}

/// The time that an age lies in the past.
fn since(age: &str) -> Result<i64> {
    let unread = || {
        Error::new(Code::BadCast, format!("`{age}` is no age"))
            .with_help("an age is written as '30d', '12h' or '2 weeks'")
    };
    let interval = parse_interval(age, Fields::default()).ok_or_else(unread)?;
    let micros = i64::try_from(compare_key(interval) / 1000).map_err(|_| unread())?;
    if micros < 0 {
        return Err(Error::new(Code::ValueOutOfRange, format!("the age `{age}` is negative")));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_micros() as i64);
    Ok(now.saturating_sub(micros))
}

fn time_of(session: &Session, text: &str) -> Result<VersionOf> {
    let micros = instant(text, &session.settings.timezone);
    micros.map(VersionOf::Time).ok_or_else(|| Error::new(Code::BadCast, format!("`{text}` is no timestamp")))
}
