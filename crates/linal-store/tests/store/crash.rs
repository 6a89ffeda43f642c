//! A process that is killed at random moments: each acknowledged commit is there whole, no other is there in
//! part, and the directory is whole.
//!
//! The test runs its own executable as the process. `LINAL_CRASHES` is the number of kills.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use arrow::array::{Array, Float64Array};
use arrow::datatypes::{DataType, Field};
use linal_store::database::{Keep, OpenOptions, Store};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;

use crate::support::*;

/// The directory of the process; set for it alone.
const DIRECTORY: &str = "LINAL_CRASH_DIRECTORY";

/// The seed of the process.
const SEED: &str = "LINAL_CRASH_SEED";

/// Moves an amount from `a` to `b` in each commit, among other work, and prints the number of each commit
/// that was acknowledged.
#[test]
#[ignore = "the process that is killed"]
fn process() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let seed: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    let mut random = StdRng::seed_from_u64(seed);
    let store = Store::open(Path::new(&directory), &OpenOptions::default()).unwrap();
    let snapshot = store.snapshot().unwrap();
    let id = |name: &str| snapshot.find(DEFAULT, name).unwrap().unwrap().id;
    let (a, b, log) = (id("a"), id("b"), id("log"));
    drop(snapshot);
    let mut number = ids(&current(&store, log)).last().copied().unwrap_or(0);
    loop {
        number += 1;
        let mut transaction = store.begin().unwrap();
        let amount = random.random_range(1..100);
        for (dataset, sign) in [(a, -1), (b, 1)] {
            let rows_now = ids(&current(&store, dataset));
            transaction.update(dataset, &[0], &rows([rows_now[0] + sign * amount])).unwrap();
        }
        transaction.append(log, &rows([number])).unwrap();
        // Each kind of work, in the same commit or after it.
        let kind = random.random_range(0..10);
        match kind {
            0 => drop(transaction.append(a, &rows(0..3000)).unwrap()),
            1 => delete_all_but_first(&store, &mut transaction, a),
            2 => {
                let field = Field::new("x", DataType::Float64, false);
                let values = Arc::new(Float64Array::from(vec![number as f64])) as Arc<dyn Array>;
                let definition = serde_json::json!(number);
                transaction
                    .put_object(DEFAULT, "tensor", "x", None, definition, Some((field, values)))
                    .unwrap();
            }
            3 => alter(&mut transaction, b),
            _ => {}
        }
        transaction.commit(Some("MOVE")).unwrap();
        println!("done {number}");
        std::io::stdout().flush().unwrap();
        match kind {
            4 => drop(store.compact(log, true).unwrap()),
            5 => drop(store.compact(a, true).unwrap()),
            6 => drop(store.expire(log, Keep::Last(3)).unwrap()),
            7 => store.checkpoint().unwrap(),
            8 => backup(&store, &directory),
            _ => {}
        }
    }
}

fn delete_all_but_first(
    store: &Store,
    transaction: &mut linal_store::database::Transaction,
    id: linal_store::database::DatasetId,
) {
    let others: Vec<u64> = row_ids(&current(store, id)).split_off(1);
    transaction.delete(id, &others).unwrap();
}

/// Gives the last column another name.
fn alter(transaction: &mut linal_store::database::Transaction, id: linal_store::database::DatasetId) {
    let mut columns = transaction.columns(id).unwrap();
    let other = if columns[1].name() == "name" { "label" } else { "name" };
    columns[1].field = Arc::new(columns[1].field.as_ref().clone().with_name(other));
    transaction.set_columns(id, columns).unwrap();
}

fn backup(store: &Store, directory: &str) {
    let target = format!("{directory}-copy");
    let _ = std::fs::remove_dir_all(&target);
    store.backup(Path::new(&target)).unwrap();
}

#[test]
fn kills_lose_no_acknowledged_commit() {
    let kills: u64 = std::env::var("LINAL_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let seed: u64 = std::env::var("LINAL_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(kills);
    println!("LINAL_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let directory = TestDirectory::new();
    {
        let store = directory.open();
        let (a, b) = (create(&store, "a"), create(&store, "b"));
        create(&store, "log");
        append(&store, a, &rows([1_000_000]));
        append(&store, b, &rows([1_000_000]));
    }
    let mut acknowledged = 0;
    for kill in 0..kills {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["crash::process", "--exact", "--ignored", "--nocapture"])
            .env(DIRECTORY, directory.path())
            .env(SEED, (seed * 1000 + kill).to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let reader = std::thread::spawn(move || {
            let lines = output.lines().map_while(Result::ok);
            let numbers = lines.filter_map(|line| line.rsplit_once("done ")?.1.parse::<i64>().ok());
            numbers.last().unwrap_or(0)
        });
        std::thread::sleep(Duration::from_millis(random.random_range(50..700)));
        process.kill().unwrap();
        process.wait().unwrap();
        acknowledged = reader.join().unwrap().max(acknowledged);
        check(&directory, acknowledged, kill);
    }
    assert!(acknowledged > 0, "no commit came to its end");
    let name = directory.path().file_name().unwrap().to_string_lossy().into_owned();
    for copy in [format!("{name}-copy"), format!(".{name}-copy.tmp")] {
        let _ = std::fs::remove_dir_all(directory.path().with_file_name(copy));
    }
}

fn check(directory: &TestDirectory, acknowledged: i64, kill: u64) {
    let store = directory.open();
    assert_whole(&store);
    let snapshot = store.snapshot().unwrap();
    let of = |name: &str| {
        let entry = snapshot.find(DEFAULT, name).unwrap().unwrap();
        ids(&snapshot.dataset(entry.id).unwrap())
    };
    let log = of("log");
    assert_eq!(log, (1..=log.len() as i64).collect::<Vec<_>>(), "kill {kill}");
    assert!(log.len() as i64 >= acknowledged, "kill {kill}: {} of {acknowledged}", log.len());
    assert_eq!(of("a")[0] + of("b")[0], 2_000_000, "kill {kill}");
    let versions: BTreeMap<u64, u64> = snapshot
        .versions(snapshot.find(DEFAULT, "log").unwrap().unwrap().id)
        .unwrap()
        .iter()
        .map(|version| (version.version, version.rows))
        .collect();
    assert!(versions.iter().all(|(version, rows)| *rows == version - 1), "kill {kill}");
}
