//! `LET ds = dataset("name")`, `ds.add_column("c", tensor)`, `ATTACH tensor TO ds.c`.

use std::sync::Arc;

use linal_bind::{DatasetRef, QueryValue, Value, Variable};
use linal_dataset::lineage::{Lineage, Step, abridged};
use linal_dataset::{ColumnDef, Dataset, Error, Origin, Result, Snapshot};
use linal_error::Code;
use linal_lang::ast::{Expr, Ident, ObjectName};
use linal_store::tensor_to_column;
use linal_tensor::{Tensor, graph};

use crate::outcome::Outcome;
use crate::session::Session;

/// Binds a name to a dataset, which is created if it does not exist.
pub(super) fn let_dataset(session: &mut Session, name: &Ident, dataset: &Ident) -> Result<Outcome> {
    let known = session.lookup_dataset(None, &dataset.name)?;
    let (found, new) = match known {
        Some((database, known)) => (DatasetRef { database, name: known.name() }, false),
        None => {
            if let Some(durable) = &session.engine.durable {
                durable.check_writable().map_err(|error| error.at(dataset.span))?;
            }
            (empty(session, &dataset.name)?, true)
        }
    };
    let spelled = found.name.clone();
    let value = Value::Dataset(found);
    bind(session, name, value, format!("dataset(\"{spelled}\")"));
    let made = if new { "the new dataset" } else { "the dataset" };
    Ok(Outcome::Done(format!("{} is {made} {spelled}", name.name)))
}

/// Creates a dataset without columns in the current database. One that another session has just created is
/// used instead.
fn empty(session: &mut Session, name: &str) -> Result<DatasetRef> {
    let (database, pool) = (session.database.clone(), session.engine.pool.clone());
    let name = session.change_catalog(|catalog| {
        if let Some(known) = catalog.database(&database)?.dataset(name) {
            return Ok(known.name());
        }
        catalog.put(&database, name, Dataset::new(Snapshot::empty(name, Vec::new(), &pool)))?;
        Ok(name.into())
    })?;
    Ok(DatasetRef { database, name })
}

/// Sets a name of the session to a dataset or a column.
pub(super) fn bind(session: &mut Session, name: &Ident, value: Value, text: String) {
    let step = Arc::new(Step { name: (&*name.name).into(), text: text.into() });
    let slot = session.variables.slot(&name.name);
    let variable = Variable {
        name: step.name.clone(),
        lineage: Lineage::new(step, []),
        value,
        strict: false,
        spectrum_length: None,
    };
    session.variables.set(slot, variable);
}

/// Adds a tensor as a column over the same memory.
pub(super) fn run(
    session: &mut Session,
    table: &ObjectName,
    column: &Ident,
    value: &Expr,
    values: &[QueryValue],
) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let mut binder = session.binder(values, false);
    let node = binder.expression(value)?;
    let sources: Vec<_> = binder.sources.iter().map(|(_, lineage)| lineage.clone()).collect();
    // A tensor that is attached by its name keeps its own lineage.
    let origin = match (sources.as_slice(), node.op()) {
        ([only], graph::Op::Leaf(_)) => only.clone(),
        _ => {
            let step = Step { name: (&*column.name).into(), text: abridged(&value.to_string()) };
            Lineage::new(Arc::new(step), sources)
        }
    };
    let tensor =
        graph::evaluate(&node, &session.context).map_err(|error| Error::from(error).at(value.span()))?;
    let tensor = row_major(session, tensor).map_err(|error| error.at(value.span()))?;
    let Some((column_type, array)) = tensor_to_column(&tensor) else {
        let message = format!("`{}` is a scalar, and the first axis of a column is the row", column.name);
        return Err(Error::new(Code::RowCount, message).at(value.span()));
    };
    let plain = ColumnDef::new(&*column.name, column_type, false);
    let definition = ColumnDef { origin: Origin::new(origin), ..plain };
    let field = definition.field();
    // Rows in memory are kept in one chunk, so that the memory of the column stays contiguous.
    if !target.dataset.snapshot().is_stored() {
        target.dataset.consolidated()?;
    }
    let next = target
        .dataset
        .change(|snapshot| snapshot.with_column(definition.clone(), array.clone(), &field, false))
        .map_err(|error| match error.code() {
            Code::DuplicateColumn => error.at(column.span),
            _ => error.at(value.span()),
        })?;
    Ok(Outcome::Done(format!("added column {} ({}) to {}", column.name, definition.column_type, next.name)))
}

/// The tensor with its elements in row-major order; a view in another order is copied.
fn row_major(session: &Session, tensor: Tensor) -> Result<Tensor> {
    if tensor.layout().is_contiguous() {
        return Ok(tensor);
    }
    linal_dataset::row_major(&tensor, &session.pool)
}
