//! Compares what a session sees with the model.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use linal::{Outcome, Session};

use super::super::directory::rows;
use super::world::{State, World};
use crate::harness::{ensure, value};

/// Fails unless a session sees the databases, datasets, rows and saved tensors of a world.
pub fn compare(world: &World, session: &mut Session) -> Result<(), Failed> {
    some(world, &world.names(), session)
}

/// The same with the rows of some datasets only.
pub fn some(world: &World, tables: &[(String, String)], session: &mut Session) -> Result<(), Failed> {
    names(world, session)?;
    for (database, name) in tables {
        let query = format!("SELECT * FROM `{database}`.{name}");
        state(session, &query, &world.databases[database].tables[name].now)?;
    }
    tensors(world, session)
}

fn names(world: &World, session: &mut Session) -> Result<(), Failed> {
    let databases: BTreeSet<String> =
        rows(session, "SHOW DATABASES")?.into_iter().map(|row| row[0].clone()).collect();
    let expected: BTreeSet<String> = world.databases.keys().cloned().collect();
    ensure(databases == expected, || format!("databases {databases:?}, not {expected:?}"))?;
    let listed = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' \
                  AND table_schema NOT IN ('session', 'information_schema') ORDER BY 1, 2";
    let datasets: Vec<(String, String)> =
        rows(session, listed)?.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    ensure(datasets == world.names(), || format!("datasets {datasets:?}, not {:?}", world.names()))
}

/// Fails unless a query has the columns and rows of a state.
pub fn state(session: &mut Session, query: &str, expected: &State) -> Result<(), Failed> {
    let outcome = session.execute(query).map_err(|error| format!("{query}: {error}"))?;
    let Outcome::Rows(set) = outcome else { return Err(format!("{query} gave {outcome:?}").into()) };
    let names: Vec<&str> = set.schema.fields().iter().map(|field| field.name().as_str()).collect();
    let known: Vec<&str> = expected.columns.iter().map(|column| column.name.as_str()).collect();
    ensure(names == known, || format!("{query}: columns {names:?}, not {known:?}"))?;
    ensure(set.num_rows() == expected.rows.len(), || {
        format!("{query}: {} rows, not {}", set.num_rows(), expected.rows.len())
    })?;
    for (at, row) in expected.rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let shown = set.text(at, column).unwrap_or_else(|| "NULL".to_string());
            ensure(shown == *cell, || {
                format!("{query}: row {at}, {}: {shown:?}, not {cell:?}", names[column])
            })?;
        }
    }
    Ok(())
}

fn tensors(world: &World, session: &mut Session) -> Result<(), Failed> {
    for (name, expected) in &world.tensors {
        session.execute(&format!("LOAD TENSOR {name}"))?;
        let shown = format!("{:?}", value(session, name)?.to_vec::<f64>());
        ensure(shown == *expected, || format!("the tensor {name} is {shown}, not {expected}"))?;
    }
    Ok(())
}
