//! Compares the index of a key, over random changes, with a list of the rows' keys.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::{DataType, Field};
use linal_error::Code;
use linal_lang::ast::relational::Literal;
use linal_store::temporal::Zone;
use proptest::prelude::*;

use super::{dataset, insert};
use crate::{Constraint, Dataset, KeyHash, KeyKind, RowChanges, Rule};

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<Option<i64>>),
    Update(prop::sample::Index, Option<i64>),
    Shift(i64),
    Delete(Vec<prop::sample::Index>),
    Seal,
}

fn step() -> impl Strategy<Value = Step> {
    // Few values, so that keys meet.
    let key = || prop::option::of(0..40i64);
    prop_oneof![
        6 => prop::collection::vec(key(), 1..4).prop_map(Step::Insert),
        2 => (any::<prop::sample::Index>(), key()).prop_map(|(row, key)| Step::Update(row, key)),
        1 => (-2..3i64).prop_map(Step::Shift),
        2 => prop::collection::vec(any::<prop::sample::Index>(), 0..4).prop_map(Step::Delete),
        1 => Just(Step::Seal),
    ]
}

fn keyed() -> Arc<Dataset> {
    let (plain, _) = dataset(&[("k", "Int?", &[])]);
    let rule = Rule::Key { kind: KeyKind::Unique, columns: vec!["k".into()] };
    let constraint = Constraint { name: "d_k_key".into(), rule };
    Dataset::new(plain.snapshot().with_constraints(vec![constraint]))
}

fn is_distinct(keys: &[Option<i64>]) -> bool {
    let mut some: Vec<i64> = keys.iter().copied().flatten().collect();
    let before = some.len();
    some.sort_unstable();
    some.dedup();
    some.len() == before
}

/// Sets new keys in rows, or does nothing when two rows would have one key.
fn update(dataset: &Dataset, twin: &mut Vec<Option<i64>>, rows: Vec<usize>, keys: &[Option<i64>]) {
    let mut expected = twin.clone();
    rows.iter().zip(keys).for_each(|(row, key)| expected[*row] = *key);
    let values: ArrayRef = Arc::new(Int64Array::from(keys.to_vec()));
    let before = dataset.snapshot();
    let field = Field::new("", DataType::Int64, true);
    let next = before.with_updated(&rows, &[(0, values, field)], &Zone::utc()).unwrap();
    let changes = RowChanges { updated: rows, columns: Some(vec![0]), ..RowChanges::default() };
    let next = next.with_keys_after(&before, &changes);
    assert_eq!(next.is_ok(), is_distinct(&expected));
    if let Ok(next) = next {
        dataset.publish(before.version, next).unwrap();
        *twin = expected;
    }
}

fn apply(dataset: &Dataset, twin: &mut Vec<Option<i64>>, step: Step) {
    match step {
        Step::Insert(keys) => {
            let mut expected = twin.clone();
            expected.extend(&keys);
            let values: Vec<Literal> =
                keys.iter().map(|key| key.map_or(Literal::Null, Literal::Int)).collect();
            match insert(dataset, &values, 1) {
                Ok(_) => {
                    assert!(is_distinct(&expected));
                    *twin = expected;
                }
                Err(error) => {
                    assert!(error.is(Code::ConstraintViolated), "{error}");
                    assert!(!is_distinct(&expected));
                }
            }
        }
        Step::Update(row, key) if !twin.is_empty() => {
            update(dataset, twin, vec![row.index(twin.len())], &[key]);
        }
        Step::Shift(by) => {
            let keys: Vec<Option<i64>> = twin.iter().map(|key| key.map(|key| key + by)).collect();
            update(dataset, twin, (0..keys.len()).collect(), &keys);
        }
        Step::Delete(rows) if !twin.is_empty() => {
            let mut rows: Vec<usize> = rows.iter().map(|row| row.index(twin.len())).collect();
            rows.sort_unstable();
            rows.dedup();
            let before = dataset.snapshot();
            let next = before.without_rows(&rows).unwrap();
            let changes = RowChanges { deleted: rows.clone(), ..RowChanges::default() };
            dataset.publish(before.version, next.with_keys_after(&before, &changes).unwrap()).unwrap();
            rows.iter().rev().for_each(|row| {
                let _ = twin.remove(*row);
            });
        }
        Step::Seal => drop(dataset.snapshot()),
        Step::Update(..) | Step::Delete(_) => {}
    }
}

proptest! {
    #[test]
    fn the_index_of_a_key_is_that_of_its_rows(steps in prop::collection::vec(step(), 1..40)) {
        let dataset = keyed();
        let mut twin = Vec::new();
        for step in steps {
            apply(&dataset, &mut twin, step);
        }
        let snapshot = dataset.snapshot();
        let index = snapshot.key_index(0).unwrap();
        prop_assert_eq!(snapshot.rows, twin.len());
        for key in -100..140 {
            let expected = twin.iter().position(|other| *other == Some(key));
            prop_assert_eq!(index.row_of(KeyHash::of_int(key)), expected, "of {}", key);
        }
    }
}

#[test]
fn two_of_one_statement_and_an_older_snapshot() {
    let dataset = keyed();
    insert(&dataset, &[Literal::Int(1), Literal::Int(2)], 1).unwrap();
    let older = dataset.snapshot();
    let error = insert(&dataset, &[Literal::Int(3), Literal::Int(3)], 1).unwrap_err();
    assert!(error.message().contains("row 2"), "{error}");
    assert!(error.message().contains("k = 3"), "{error}");
    insert(&dataset, &[Literal::Int(3)], 1).unwrap();
    assert!(!older.key_index(0).unwrap().contains(KeyHash::of_int(3)));
    assert!(dataset.snapshot().key_index(0).unwrap().contains(KeyHash::of_int(3)));
}
