//! Compares a random sequence of changes with the same changes to a list of rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Field, Float32Type, Int64Type};
use linal_lang::ast::relational::Literal;
use linal_store::temporal::Zone;
use proptest::prelude::*;

use super::{dataset, insert, vector};
use crate::{Dataset, column_tensor};

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<Option<i64>>),
    Update(Vec<prop::sample::Index>, i64),
    Delete(Vec<prop::sample::Index>),
    Append(Vec<i64>),
    Read,
    Tensor,
}

type Row = (Option<i64>, f32);

fn step() -> impl Strategy<Value = Step> {
    let some_rows = || prop::collection::vec(any::<prop::sample::Index>(), 0..6);
    prop_oneof![
        4 => prop::collection::vec(any::<Option<i64>>(), 1..4).prop_map(Step::Insert),
        2 => (some_rows(), any::<i64>()).prop_map(|(rows, value)| Step::Update(rows, value)),
        2 => some_rows().prop_map(Step::Delete),
        1 => prop::collection::vec(any::<i64>(), 0..20).prop_map(Step::Append),
        4 => Just(Step::Read),
        1 => Just(Step::Tensor),
    ]
}

fn numbers(rows: &[prop::sample::Index], length: usize) -> Vec<usize> {
    if length == 0 {
        return Vec::new();
    }
    let mut rows: Vec<usize> = rows.iter().map(|row| row.index(length)).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

fn apply(dataset: &Dataset, twin: &mut Vec<Row>, step: &Step) {
    let integers = Field::new("", DataType::Int64, true);
    match step {
        Step::Insert(ids) => {
            let of = |id: &Option<i64>| [id.map_or(Literal::Null, Literal::Int), vector(&[0.5, 1.5])];
            let values: Vec<Literal> = ids.iter().flat_map(of).collect();
            insert(dataset, &values, 2).unwrap();
            twin.extend(ids.iter().map(|id| (*id, 0.5)));
        }
        Step::Update(rows, value) => {
            let rows = numbers(rows, twin.len());
            let values: ArrayRef = Arc::new(Int64Array::from(vec![*value; rows.len()]));
            dataset
                .change(|s| s.with_updated(&rows, &[(0, values.clone(), integers.clone())], &Zone::utc()))
                .unwrap();
            rows.iter().for_each(|&row| twin[row].0 = Some(*value));
        }
        Step::Delete(rows) => {
            let rows = numbers(rows, twin.len());
            dataset.change(|s| s.without_rows(&rows)).unwrap();
            for &row in rows.iter().rev() {
                twin.remove(row);
            }
        }
        Step::Append(ids) => {
            let mine = dataset.snapshot();
            let vectors = mine.columns[1].column_type.clone();
            let list = arrow::array::FixedSizeListArray::new(
                Arc::new(Field::new_list_field(DataType::Float32, true)),
                2,
                Arc::new(arrow::array::Float32Array::from(vec![2.5; ids.len() * 2])),
                None,
            );
            let schema = arrow::datatypes::Schema::new(vec![integers, vectors.field("v", true)]);
            let columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(ids.clone())), Arc::new(list)];
            let batch = arrow::array::RecordBatch::try_new(Arc::new(schema), columns).unwrap();
            dataset.change(|s| s.with_appended(std::slice::from_ref(&batch))).unwrap();
            twin.extend(ids.iter().map(|id| (Some(*id), 2.5)));
        }
        Step::Read => assert_eq!(rows(dataset), *twin),
        Step::Tensor => {
            let (tensor, _) = column_tensor(dataset, "v").unwrap();
            let firsts: Vec<f32> = tensor.to_vec::<f32>().chunks(2).map(|pair| pair[0]).collect();
            assert!(firsts.iter().eq(twin.iter().map(|(_, v)| v)));
        }
    }
}

fn rows(dataset: &Dataset) -> Vec<Row> {
    let snapshot = dataset.snapshot();
    let mut rows = Vec::new();
    for batch in snapshot.batches() {
        let batch = batch.unwrap();
        let ids = batch.column(0).as_primitive::<Int64Type>();
        let vectors = batch.column(1).as_fixed_size_list();
        for at in 0..batch.num_rows() {
            let first = vectors.value(at).as_primitive::<Float32Type>().value(0);
            rows.push((ids.is_valid(at).then(|| ids.value(at)), first));
        }
    }
    assert_eq!(rows.len(), snapshot.rows);
    rows
}

proptest! {
    #[test]
    fn changes_in_any_order_are_those_of_a_list(steps in prop::collection::vec(step(), 0..60)) {
        let (dataset, pool) = dataset(&[("id", "Int?", &[]), ("v", "Vector", &["2"])]);
        let mut twin = Vec::new();
        for step in &steps {
            apply(&dataset, &mut twin, step);
        }
        prop_assert_eq!(rows(&dataset), twin);
        drop(dataset);
        prop_assert_eq!(pool.used(), 0);
    }
}
