//! Numbers of sequences that a database directory reserves.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use linal_dataset::Result;
use linal_dataset::catalog::Catalog;
use linal_dataset::objects::{Definition, Object};
use linal_dataset::sequence::{Reservation, Sequence};
use linal_lang::ast::objects::ObjectKind;
use linal_tensor::Control;
use serde_json::Value;

use super::{Durable, definitions, error};
use crate::engine::Inner;

/// Reserves numbers in the directory of an engine, for a session. Kept plans of the session hold it, and so find the
/// statement that runs.
pub(crate) struct DurableReservation {
    engine: Weak<Inner>,
    statement: Mutex<Arc<Control>>,
}

impl DurableReservation {
    pub fn new(engine: Weak<Inner>, statement: Control) -> DurableReservation {
        DurableReservation { engine, statement: Mutex::new(Arc::new(statement)) }
    }

    /// Notes the statement that reserves numbers from now on.
    pub fn watch(&self, statement: Control) {
        *self.statement.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(statement);
    }

    fn statement(&self) -> Arc<Control> {
        self.statement.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Reservation for DurableReservation {
    fn reserve(&self, sequence: &Sequence, last: i64) -> Result<bool> {
        let Some(engine) = self.engine.upgrade() else { return Ok(false) };
        let Some(durable) = &engine.durable else { return Ok(false) };
        // Nobody waits for the numbers of a sequence that only this session sees.
        if place_of(&engine.catalog.snapshot(), sequence).is_none() {
            return Ok(false);
        }
        let statement = self.statement();
        let _others = durable.lock(&statement)?;
        // Once more: what another commit has made of the sequence meanwhile must not be taken back.
        let Some((database, object)) = place_of(&engine.catalog.snapshot(), sequence) else {
            return Ok(false);
        };
        durable.check_writable()?;
        durable.put_sequence(&database, &object, sequence, Some(last))
    }

    fn poll(&self) -> Result<()> {
        Ok(self.statement().poll()?)
    }
}

/// The database and the object of a sequence that all sessions see.
fn place_of(catalog: &Catalog, sequence: &Sequence) -> Option<(Arc<str>, Arc<Object>)> {
    catalog.databases().find_map(|database| {
        let is_it = |object: &&Arc<Object>| matches!(&object.definition, Definition::Sequence(known) if std::ptr::eq(&**known, sequence));
        let object = database.objects_of(ObjectKind::Sequence).find(is_it)?;
        Some((database.name.clone(), object.clone()))
    })
}

impl Durable {
    /// Writes the last number of a sequence, if the directory has the sequence. The caller holds the lock.
    fn put_sequence(
        &self,
        database: &str,
        object: &Object,
        sequence: &Sequence,
        last: Option<i64>,
    ) -> Result<bool> {
        let mut transaction = self.store.begin().map_err(error)?;
        let entry = transaction.base().database(database).map_err(error)?.map(|entry| entry.id);
        let Some(id) = entry else { return Ok(false) };
        let word = ObjectKind::Sequence.word();
        let is_stored = transaction.base().objects().map_err(error)?.iter().any(|stored| {
            stored.database == id
                && stored.kind == word
                && linal_dataset::same_name(&stored.name, &object.name)
        });
        if !is_stored {
            return Ok(false);
        }
        let mut definition = definitions::with_last(sequence, last);
        if let (Value::Object(entries), Some(comment)) = (&mut definition, &object.comment) {
            entries.insert("comment".to_owned(), Value::from(&**comment));
        }
        transaction.put_object(id, word, &object.name, None, definition, None).map_err(error)?;
        transaction.commit(None).map_err(error)?;
        Ok(true)
    }

    /// Gives back the numbers that were reserved and not given, when the engine ends: the next opening goes on without a
    /// gap. A failure leaves the gap.
    pub fn give_back_numbers(&self, catalog: &Catalog) {
        if self.store.is_read_only() {
            return;
        }
        let Ok(_others) = self.lock_unwatched() else { return };
        for database in catalog.databases() {
            for object in database.objects_of(ObjectKind::Sequence) {
                let Definition::Sequence(sequence) = &object.definition else { continue };
                if sequence.reserved() != sequence.last() {
                    let _ = self.put_sequence(&database.name, object, sequence, sequence.last());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use linal_error::Code;

    use crate::{Engine, EngineOptions};

    #[test]
    fn numbers_wait_for_a_commit_as_long_as_their_statement_may() {
        let directory = std::env::temp_dir().join(format!("linal-sequences-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        {
            let engine = Engine::open(&directory, EngineOptions::default()).unwrap();
            let mut session = engine.session();
            session.execute("CREATE SEQUENCE s").unwrap();
            session.execute("CREATE TEMP SEQUENCE own").unwrap();
            let inner = session.engine.clone();
            let held = inner.durable.as_ref().unwrap().lock_unwatched().unwrap();
            // Its numbers need no directory.
            session.execute("SELECT NEXTVAL('own')").unwrap();
            session.execute("SET timeout = '30ms'").unwrap();
            for _ in 0..2 {
                let stopped = session.execute("SELECT NEXTVAL('s')").unwrap_err();
                assert!(stopped.is(Code::Timeout), "{stopped}");
            }
            drop(held);
            session.execute("SET timeout = none").unwrap();
            // Also by the plan that is kept, whose statement was another one.
            session.execute("SELECT NEXTVAL('s')").unwrap();
        }
        let _ = std::fs::remove_dir_all(&directory);
    }
}
