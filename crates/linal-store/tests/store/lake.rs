//! A directory for `python -m lake.check`, which reads it with DuckDB. `LINAL_LAKE` is the path of the
//! directory; the queries with their answers go beside it, as `<path>.json`, and its database `default` as a lake
//! for `python -m lake.export`, as `<path>.lake`.

use std::path::Path;

use linal_store::database::{Keep, OpenOptions, Store};
use serde_json::{Value, json};

use crate::support::*;

#[test]
#[ignore = "DuckDB reads what it writes"]
fn directory_for_duckdb() {
    let Ok(path) = std::env::var("LINAL_LAKE") else { return };
    let store = Store::open(Path::new(&path), &OpenOptions::default()).unwrap();
    let mut queries = history(&store);
    queries.extend(types(&store));
    store.export_ducklake(DEFAULT, Path::new(&format!("{path}.lake"))).unwrap();
    std::fs::write(format!("{path}.json"), serde_json::to_string_pretty(&queries).unwrap()).unwrap();
}

fn answer(query: String, rows: Vec<(i64, Option<String>)>) -> Value {
    json!({ "query": query, "rows": rows })
}

/// Every kind of change, and the rows of each snapshot.
fn history(store: &Store) -> Vec<Value> {
    let id = create(store, "t");
    let mut snapshots = vec![store.snapshot().unwrap()];
    let mut step = |store: &Store| snapshots.push(store.snapshot().unwrap());
    append(store, id, &rows(0..3));
    step(store);
    append(store, id, &rows(3..2000));
    step(store);
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &[0, 10, 1999]).unwrap();
    transaction.update(id, &[1, 20], &rows([-1, -20])).unwrap();
    transaction.commit(Some("UPDATE t")).unwrap();
    step(store);
    let mut transaction = store.begin().unwrap();
    transaction.delete(id, &(100..1600).collect::<Vec<_>>()).unwrap();
    transaction.commit(None).unwrap();
    step(store);
    let mut transaction = store.begin().unwrap();
    transaction.update(id, &[1700], &rows([-1700])).unwrap();
    transaction.commit(None).unwrap();
    step(store);
    store.compact(id, true).unwrap();
    step(store);
    let mut transaction = store.begin().unwrap();
    transaction.restore(&store.snapshot().unwrap().dataset_at(id, 4).unwrap()).unwrap();
    transaction.commit(None).unwrap();
    step(store);
    let snapshot_rows = |snapshot: &linal_store::database::Snapshot| {
        let number = snapshot.number();
        let query = format!("SELECT id, name FROM db.t AT (VERSION => {number}) ORDER BY rowid");
        answer(query, pairs(&snapshot.dataset(id).unwrap()))
    };
    let mut queries: Vec<Value> = snapshots.iter().map(snapshot_rows).collect();
    let mut transaction = store.begin().unwrap();
    transaction.rename_dataset(id, DEFAULT, "renamed").unwrap();
    transaction.commit(None).unwrap();
    let now = pairs(&current(store, id));
    queries.push(answer("SELECT id, name FROM db.renamed ORDER BY rowid".to_string(), now));

    let other = create(store, "expired");
    (0..4).for_each(|at| append(store, other, &rows([at])));
    store.compact(other, true).unwrap();
    store.expire(other, Keep::Last(1)).unwrap();
    let now = pairs(&current(store, other));
    queries.push(answer("SELECT id, name FROM db.expired ORDER BY rowid".to_string(), now));
    queries
}

/// A dataset of each type, in the catalog and in a segment, with the number of values.
fn types(store: &Store) -> Vec<Value> {
    let mut queries = Vec::new();
    for (name, field, values) in crate::round_trips::all_samples() {
        crate::round_trips::write(store, &name, &field, &values);
        let nulls = values.logical_null_count();
        // Decimals of more digits than DuckDB has are hidden.
        if name.starts_with("decimal256") {
            continue;
        }
        let query = format!("SELECT count(*), count(\"a b\") FROM db.\"{name}\"");
        queries.push(json!({ "query": query, "rows": [[2004, 2004 - 501 * nulls]] }));
        let inline = format!("SELECT count(*) FROM (SELECT DISTINCT \"a b\" FROM db.\"{name}\")");
        queries.push(json!({ "query": inline, "rows": [[distinct(&name)]] }));
    }
    queries
}

/// The number of different values of a sample, NULL included; rows of the catalog and of the segment are the
/// same ones.
fn distinct(name: &str) -> u64 {
    match name {
        name if name.starts_with("null") => 1,
        // Not all samples have four different values.
        name if name.starts_with("bool") => 3,
        // DuckDB reads times of day as microseconds.
        name if name.starts_with("time64ns") => 3,
        name if name.starts_with("tensor") => crate::round_trips::distinct_tensors(name),
        _ => 4,
    }
}
