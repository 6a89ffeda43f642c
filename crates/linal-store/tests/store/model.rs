//! Random changes against a plain model in memory, with restarts, compaction, old versions and expiry in
//! between. `LINAL_SEED` repeats a run, `LINAL_STEPS` makes it longer.

use std::collections::BTreeMap;

use linal_store::database::{DatasetId, Keep, Store};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::support::*;

type Row = (i64, Option<String>);

/// A dataset: its rows by row id, and those of each version.
#[derive(Clone, Default)]
struct Model {
    rows: BTreeMap<u64, Row>,
    next: u64,
    versions: BTreeMap<u64, Vec<Row>>,
}

impl Model {
    fn values(&self) -> Vec<Row> {
        self.rows.values().cloned().collect()
    }

    fn committed(&mut self) {
        let version = self.versions.keys().last().copied().unwrap_or(0) + 1;
        self.versions.insert(version, self.values());
    }
}

fn random_row(random: &mut StdRng) -> Row {
    let value = random.random_range(-1000..1000);
    (value, (value % 3 != 0).then(|| format!("v{value}")))
}

/// Row ids of a dataset, some or all.
fn some_ids(model: &Model, random: &mut StdRng) -> Vec<u64> {
    let share = [1, 2, 5, 50, 500][random.random_range(0..5)];
    let ids: Vec<u64> = model.rows.keys().copied().filter(|_| random.random_range(0..share) == 0).collect();
    ids
}

fn change(store: &Store, id: DatasetId, model: &mut Model, random: &mut StdRng) {
    let mut transaction = store.begin().unwrap();
    let mut next = model.clone();
    let mut changed = false;
    for _ in 0..random.random_range(1..4) {
        match random.random_range(0..12) {
            0..=4 => {
                let count = [1, 3, 40, 1200][random.random_range(0..4)];
                let rows: Vec<Row> = (0..count).map(|_| random_row(random)).collect();
                transaction.append(id, &named(rows.clone())).unwrap();
                for row in rows {
                    next.rows.insert(next.next, row);
                    next.next += 1;
                }
                changed = true;
            }
            // Changes of rows concern committed ones here.
            5..=7 => {
                let ids: Vec<u64> =
                    some_ids(model, random).into_iter().filter(|id| next.rows.contains_key(id)).collect();
                transaction.delete(id, &ids).unwrap();
                ids.iter().for_each(|id| drop(next.rows.remove(id)));
                changed = true;
            }
            8..=10 => {
                let ids: Vec<u64> =
                    some_ids(model, random).into_iter().filter(|id| next.rows.contains_key(id)).collect();
                let rows: Vec<Row> = ids.iter().map(|_| random_row(random)).collect();
                transaction.update(id, &ids, &named(rows.clone())).unwrap();
                ids.into_iter().zip(rows).for_each(|(id, row)| drop(next.rows.insert(id, row)));
                changed = true;
            }
            _ => {
                transaction.truncate(id).unwrap();
                // Rows that the transaction itself has appended get no ids.
                next = Model { rows: BTreeMap::new(), next: model.next, versions: model.versions.clone() };
                changed = true;
                break;
            }
        }
    }
    if random.random_range(0..10) == 0 {
        return;
    }
    transaction.commit(None).unwrap();
    if changed {
        next.committed();
        *model = next;
    }
}

fn restore(store: &Store, id: DatasetId, model: &mut Model, random: &mut StdRng) {
    let kept: Vec<u64> = model.versions.keys().copied().collect();
    let version = kept[random.random_range(0..kept.len())];
    let then = store.snapshot().unwrap().dataset_at(id, version).unwrap();
    let mut transaction = store.begin().unwrap();
    transaction.restore(&then).unwrap();
    transaction.commit(None).unwrap();
    let ids = row_ids(&then);
    model.rows = ids.into_iter().zip(model.versions[&version].clone()).collect();
    model.committed();
}

fn verify(store: &Store, id: DatasetId, model: &Model, random: &mut StdRng) {
    let dataset = current(store, id);
    assert_eq!(pairs(&dataset), model.values());
    assert_eq!(row_ids(&dataset), model.rows.keys().copied().collect::<Vec<_>>());
    assert_eq!(dataset.rows(), model.rows.len() as u64);
    let kept: Vec<u64> = model.versions.keys().copied().collect();
    let version = kept[random.random_range(0..kept.len())];
    let then = store.snapshot().unwrap().dataset_at(id, version).unwrap();
    assert_eq!(pairs(&then), model.versions[&version], "version {version}");
}

#[test]
fn random_changes_are_those_of_the_model() {
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = variable("LINAL_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let steps = variable("LINAL_STEPS").unwrap_or(400);
    println!("LINAL_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let directory = TestDirectory::new();
    let mut store = directory.open();
    let datasets: Vec<DatasetId> = ["a", "b", "c"].iter().map(|name| create(&store, name)).collect();
    let mut models = vec![Model::default(); datasets.len()];
    models.iter_mut().for_each(Model::committed);
    for _ in 0..steps {
        let at = random.random_range(0..datasets.len());
        let (id, model) = (datasets[at], &mut models[at]);
        match random.random_range(0..40) {
            0 => {
                drop(store);
                store = directory.open();
                assert_whole(&store);
            }
            1..=3 => drop(store.compact(id, random.random_range(0..2) == 0).unwrap()),
            4 => {
                let keep = random.random_range(1..6);
                store.expire(id, Keep::Last(keep)).unwrap();
                let last = model.versions.keys().last().copied().unwrap_or(0);
                model.versions.retain(|version, _| version + keep > last);
            }
            5 => restore(&store, id, model, &mut random),
            _ => change(&store, id, model, &mut random),
        }
        verify(&store, id, model, &mut random);
    }
    assert_whole(&store);
}
