//! Changes of columns.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use linal_error::Code;
use linal_store::database::{Column, ComputedColumn};

use crate::support::*;

#[test]
fn old_rows_are_read_in_new_columns() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..3000));
    append(&store, id, &rows(3000..3002));
    let mut transaction = store.begin().unwrap();
    let mut columns = transaction.columns(id).unwrap();
    let mut price = Column::new(Field::new("price", DataType::Float64, false));
    price.initial = Some(Arc::new(Float64Array::from(vec![f64::INFINITY])));
    price.default = Some("1e999".to_string());
    let rename = |column: &Column, name: &str| Column {
        field: Arc::new(column.field.as_ref().clone().with_name(name)),
        ..column.clone()
    };
    columns = vec![price, rename(&columns[1], "label"), columns[0].clone()];
    transaction.set_columns(id, columns).unwrap();
    let new = transaction.columns(id).unwrap();
    assert_eq!(new.iter().map(|column| column.id).collect::<Vec<_>>(), [3, 2, 1]);
    let row = batch(vec![
        Arc::new(Float64Array::from(vec![2.5])),
        Arc::new(StringViewArray::from(vec!["new"])),
        Arc::new(Int64Array::from(vec![7])),
    ]);
    transaction.append(id, &row).unwrap();
    transaction.commit(Some("ALTER")).unwrap();

    drop(store);
    let store = directory.open();
    for compacted in [false, true] {
        if compacted {
            assert!(store.compact(id, true).unwrap());
        }
        let dataset = current(&store, id);
        assert_eq!(dataset.schema_version(), 2);
        let rows = dataset.read().unwrap();
        let prices = rows.column(0).as_primitive::<Float64Type>();
        assert_eq!(rows.schema().field(1).name(), "label");
        assert_eq!(rows.num_rows(), 3003);
        assert!((0..3002).all(|at| prices.value(at) == f64::INFINITY));
        assert_eq!(prices.value(3002), 2.5);
        assert_eq!(rows.column(2).as_primitive::<Int64Type>().value(3001), 3001);
        assert_eq!(dataset.columns()[0].default.as_deref(), Some("1e999"));
    }
    let then = store.snapshot().unwrap().dataset_at(id, 3).unwrap();
    assert_eq!(then.columns().len(), 2);
    assert_eq!(pairs(&then).len(), 3002);
    assert_whole(&store);
}

#[test]
fn a_dropped_column_does_not_come_back_under_its_name() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..2000));
    let mut transaction = store.begin().unwrap();
    let keep = vec![transaction.columns(id).unwrap()[0].clone()];
    transaction.set_columns(id, keep.clone()).unwrap();
    transaction.commit(None).unwrap();
    let mut transaction = store.begin().unwrap();
    let again = Column::new(Field::new("name", DataType::Utf8View, true));
    transaction.set_columns(id, vec![keep[0].clone(), again]).unwrap();
    transaction.commit(None).unwrap();
    let rows = current(&store, id).read().unwrap();
    assert_eq!(rows.column(1).null_count(), 2000);
    assert_eq!(current(&store, id).columns()[1].id, 3);
    assert_whole(&store);
}

#[test]
fn changes_of_rows_and_columns_go_into_one_commit() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..2000));
    for many in [false, true] {
        let mut transaction = store.begin().unwrap();
        let first = transaction.append(id, &rows([90])).unwrap();
        let count = if many { 1500 } else { 3 };
        transaction
            .update(id, &(0..count).collect::<Vec<_>>(), &rows(100_000..100_000 + count as i64))
            .unwrap();
        transaction.delete(id, &[1999]).unwrap();
        let only = vec![transaction.columns(id).unwrap()[0].clone()];
        transaction.set_columns(id, only).unwrap();
        let value = batch(vec![Arc::new(Int64Array::from(vec![91]))]);
        transaction.update(id, &[first], &value).unwrap();
        transaction.commit(None).unwrap();
        let mut expected: Vec<i64> = (100_000..100_000 + count as i64).chain(count as i64..1999).collect();
        expected.push(91);
        assert_eq!(ids(&current(&store, id)), expected);
        assert_eq!(current(&store, id).schema().fields().len(), 1);
        assert_whole(&store);
        let mut back = store.begin().unwrap();
        back.restore(&store.snapshot().unwrap().dataset_at(id, 2).unwrap()).unwrap();
        back.commit(None).unwrap();
    }
}

#[test]
fn lazy_columns_have_no_stored_values_and_metadata_are_kept() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let mut columns = columns();
    columns[0].metadata.insert("unit".into(), "m".into());
    columns[0].declared_type = "SmallInt".to_string();
    let mut lazy = Column::new(Field::new("double", DataType::Int64, true));
    lazy.computed = Some(ComputedColumn { text: "id * 2".to_string(), lazy: true });
    columns.push(lazy);
    let mut transaction = store.begin().unwrap();
    let id = transaction.create_dataset(DEFAULT, "t", columns).unwrap();
    let with_null = |rows: arrow::array::RecordBatch| {
        let mut arrays = rows.columns().to_vec();
        arrays.push(arrow::array::new_null_array(&DataType::Int64, rows.num_rows()));
        batch(arrays)
    };
    transaction.append(id, &with_null(rows(0..2000))).unwrap();
    transaction.set_metadata(id, [("owner".to_string(), "ada".to_string())].into()).unwrap();
    transaction.commit(None).unwrap();
    append(&store, id, &with_null(rows(0..2)));
    drop(store);
    let store = directory.open();
    let dataset = current(&store, id);
    assert_eq!(dataset.read().unwrap().column(2).null_count(), 2002);
    assert_eq!(dataset.columns()[0].metadata["unit"], "m");
    assert_eq!(dataset.columns()[0].declared_type, "SmallInt");
    assert!(dataset.columns()[2].is_lazy());
    assert_eq!(dataset.entry().metadata["owner"], "ada");
    assert_whole(&store);
}

#[test]
fn bad_columns_and_rows_are_refused() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    let mut transaction = store.begin().unwrap();
    let twice = vec![columns()[0].clone(), Column::new(Field::new("ID", DataType::Int64, true))];
    assert_eq!(transaction.set_columns(id, twice).unwrap_err().code(), Code::DuplicateColumn);
    let cut = vec![Column::new(Field::new("a\0b", DataType::Int64, true))];
    assert_eq!(transaction.set_columns(id, cut).unwrap_err().code(), Code::BadArgument);
    let unknown = vec![Column { id: 77, ..columns()[0].clone() }];
    assert_eq!(transaction.set_columns(id, unknown).unwrap_err().code(), Code::UnknownColumn);
    let narrow = batch(vec![Arc::new(Int64Array::from(vec![1]))]);
    assert_eq!(transaction.append(id, &narrow).unwrap_err().code(), Code::WrongCount);
    let null =
        batch(vec![Arc::new(Int64Array::from(vec![None])), Arc::new(StringViewArray::from(vec!["x"]))]);
    assert_eq!(transaction.append(id, &null).unwrap_err().code(), Code::NotNull);
    let kind =
        batch(vec![Arc::new(Float64Array::from(vec![1.0])), Arc::new(StringViewArray::from(vec!["x"]))]);
    assert_eq!(transaction.append(id, &kind).unwrap_err().code(), Code::TypeMismatch);
}

/// Rows from before a column have what it had when it was added; later rows have their values.
#[test]
fn another_default_changes_no_row() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let id = create(&store, "t");
    append(&store, id, &rows(0..2000));
    append(&store, id, &rows([2000]));
    let set = |default: Option<i64>| {
        let mut transaction = store.begin().unwrap();
        let mut columns = transaction.columns(id).unwrap();
        if columns.len() < 3 {
            columns.push(Column::new(Field::new("n", DataType::Int64, true)));
        }
        columns[2].default = default.map(|value| value.to_string());
        columns[2].initial = default.map(|value| Arc::new(Int64Array::from(vec![value])) as _);
        transaction.set_columns(id, columns).unwrap();
        transaction.commit(None).unwrap();
    };
    let numbers = |store: &linal_store::database::Store| {
        let rows = current(store, id).read().unwrap();
        let mut numbers: Vec<Option<i64>> = rows.column(2).as_primitive::<Int64Type>().iter().collect();
        numbers.dedup();
        numbers
    };
    set(Some(5));
    for default in [Some(7), None] {
        set(default);
        assert_eq!(numbers(&store), [Some(5)]);
        assert_eq!(current(&store, id).columns()[2].default, default.map(|value| value.to_string()));
    }
    drop(store);
    let store = directory.open();
    assert_eq!(numbers(&store), [Some(5)]);
    assert!(store.compact(id, true).unwrap());
    assert_eq!(numbers(&store), [Some(5)]);
    assert_whole(&store);
}
