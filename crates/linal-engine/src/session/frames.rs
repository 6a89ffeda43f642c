//! Exchange of rows between a host program and a session.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_bind::Variables;
use linal_dataset::lineage::{Lineage, Step};
use linal_dataset::{Dataset, Error, Result, RowConversion, Snapshot, lazy_column};
use linal_error::Code;
use linal_tensor::Tensor;

use super::{Session, Transaction};
use crate::durable::BulkLoad;
use crate::statement::keep_constraints;

impl Session {
    /// Makes or replaces a dataset of the current database, in one commit. Columns that have a type of the language
    /// are shared; others are converted, as those of files are. A tensor of the name is dropped.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow::array::{Float64Array, RecordBatch};
    /// use linal_engine::Engine;
    ///
    /// let column = Arc::new(Float64Array::from(vec![1.0, 2.0]));
    /// let batch = RecordBatch::try_from_iter([("x", column as _)])?;
    /// let mut session = Engine::default().session();
    /// session.put_rows("t", &batch.schema(), &[batch])?;
    /// session.execute("LET s = SUM t.x")?;
    /// assert_eq!(session.tensor("s")?.to_vec::<f64>(), [3.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Duplicate names of columns, a type or a value that no dataset holds; the memory limit; a directory that is
    /// only read or cannot be written.
    pub fn put_rows(&mut self, name: &str, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<usize> {
        let rows = self.committed(&format!("rows of a program into {name}"), |session| {
            let snapshot = session.snapshot_of(name, schema, batches)?;
            let rows = snapshot.rows;
            let database = session.database.clone();
            let known = session.lookup_dataset(Some(&database), name)?;
            let snapshot = match &known {
                Some((database, known)) => keep_constraints(session, (database, known), snapshot)?,
                None => snapshot,
            };
            session.change_catalog(|catalog| catalog.put(&database, name, Dataset::new(snapshot)))?;
            Ok(rows)
        })?;
        self.release_rows(name)?;
        if let Some((slot, _)) = self.variables.find(name) {
            self.variables.remove(slot);
        }
        Ok(rows)
    }

    /// Makes a dataset that only this session sees, over the memory of the batches. It hides a dataset of the
    /// current database. Statements cannot change it, since the change would end with [`Session::release_rows`].
    ///
    /// # Errors
    /// As [`Session::put_rows`].
    pub fn lend_rows(&mut self, name: &str, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<()> {
        let snapshot = Snapshot::from_rows(name, schema, batches, &self.engine.pool)?;
        let own = self.own.clone();
        self.forget_plans();
        self.lent.insert(name.to_lowercase());
        self.change_catalog(|catalog| {
            catalog.put_own(&own, name, Dataset::new(snapshot));
            Ok(())
        })
    }

    /// Removes a dataset that only this session sees; nothing when there is none.
    ///
    /// # Errors
    /// None so far.
    pub fn release_rows(&mut self, name: &str) -> Result<()> {
        let own = self.own.clone();
        self.lent.remove(&name.to_lowercase());
        let catalog = self.catalog_view().catalog();
        if catalog.own(&own).is_none_or(|database| database.dataset(name).is_none()) {
            return Ok(());
        }
        self.forget_plans();
        self.change_catalog(|catalog| catalog.remove(&own, name).map(drop))
    }

    /// Adds rows to a dataset, in one commit. Columns are matched by name; those that are missing get their
    /// defaults.
    ///
    /// # Errors
    /// An unknown dataset or column; a value that the column does not hold; as [`Session::put_rows`].
    pub fn append_rows(&mut self, name: &str, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<()> {
        let mut source = String::from("appended rows");
        while source.eq_ignore_ascii_case(name) {
            source.push('_');
        }
        self.lend_rows(&source, schema, batches)?;
        let columns: Vec<String> = schema.fields().iter().map(|field| quoted(field.name())).collect();
        let columns = columns.join(", ");
        let table = name.split('.').map(quoted).collect::<Vec<_>>().join(".");
        let text = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {}", quoted(&source));
        let inserted = self.execute(&text).map_err(Error::without_span);
        self.release_rows(&source)?;
        inserted.map(drop)
    }

    /// Whether there is a dataset of the name.
    ///
    /// # Errors
    /// Those of looking it up.
    pub fn has_dataset(&self, name: &str) -> Result<bool> {
        Ok(self.lookup_dataset(None, name)?.is_some())
    }

    /// The rows of a dataset as they are now, over its memory; `None` when there is no dataset of the name.
    /// Columns that are computed at use are computed.
    ///
    /// # Errors
    /// A directory that cannot be read; those of computing a column.
    pub fn dataset_rows(&mut self, name: &str) -> Result<Option<(SchemaRef, Vec<RecordBatch>)>> {
        let Some((_, dataset)) = self.lookup_dataset(None, name)? else { return Ok(None) };
        let definition = dataset.definition();
        let is_lazy = |column: &linal_dataset::ColumnDef| lazy_column(&dataset, &column.name).is_some();
        if definition.columns.iter().any(is_lazy) {
            let outcome = self.execute(&format!("SELECT * FROM {}", quoted(name)))?;
            let crate::Outcome::Rows(rows) = outcome else { return Ok(None) };
            return Ok(Some((rows.schema, rows.batches)));
        }
        let snapshot = dataset.snapshot();
        let batches = snapshot.batches().collect::<Result<_>>()?;
        Ok(Some((snapshot.schema.clone(), batches)))
    }

    /// A column of a dataset as a tensor over its memory.
    ///
    /// # Errors
    /// An unknown dataset or column; a column with NULL or without numbers.
    pub fn column_tensor(&mut self, dataset: &str, column: &str) -> Result<Tensor> {
        let (_, found) = self
            .lookup_dataset(None, dataset)?
            .ok_or_else(|| Error::new(Code::UnknownName, format!("there is no dataset `{dataset}`")))?;
        if lazy_column(&found, column).is_none() {
            return Ok(linal_dataset::column_tensor(&found, column)?.0);
        }
        let name = "computed column";
        let text = format!("LET {} = {}.{}", quoted(name), quoted(dataset), quoted(column));
        self.execute(&text).map_err(Error::without_span)?;
        let tensor = self.tensor(name);
        self.drop_name(name);
        tensor
    }

    /// Drops a tensor or an alias; returns whether there was one.
    pub fn drop_name(&mut self, name: &str) -> bool {
        let slot = self.variables.find(name).map(|(slot, _)| slot);
        slot.and_then(|slot| self.variables.remove(slot)).is_some()
    }

    fn snapshot_of(&mut self, name: &str, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Snapshot> {
        let engine = self.engine.clone();
        let snapshot = match (&engine.durable, RowConversion::of_schema(schema)?) {
            (Some(durable), Some(conversion)) => {
                let empty = conversion.empty(name, &engine.pool);
                let mut load = BulkLoad::new(Some(durable), &empty, &self.context);
                batches.iter().try_for_each(|batch| load.push(conversion.convert(batch)?))?;
                empty.with_shared_rows(load.finish()?)
            }
            _ => Snapshot::from_rows(name, schema, batches, &engine.pool)?,
        };
        let step = Step { name: name.into(), text: "rows of a program".into() };
        Ok(snapshot.made_of(Lineage::new(Arc::new(step), [])))
    }

    /// Runs a change of datasets under the limits of a statement, and commits it unless a transaction is open.
    fn committed<T>(&mut self, text: &str, change: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        self.guarded(|session| {
            let engine = session.engine.clone();
            let Some(durable) = &engine.durable else { return change(session) };
            durable.follow(&engine.catalog)?;
            if session.transaction.is_some() {
                return change(session);
            }
            durable.check_writable()?;
            let begun =
                Transaction::begin(&engine.catalog, &session.own, Variables::default(), Some(durable))?;
            session.transaction = Some(begun);
            let changed = change(session);
            let transaction = session.transaction.take();
            match (changed, transaction) {
                (Ok(value), Some(mut transaction)) => {
                    transaction.note(text);
                    let control = session.control();
                    transaction.commit(&engine.catalog, &session.own, Some(durable), &control)?;
                    Ok(value)
                }
                (changed, _) => changed,
            }
        })
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
