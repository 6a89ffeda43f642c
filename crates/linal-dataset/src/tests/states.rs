//! Tests of snapshots: what is checked, shared, charged and rejected.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Float32Type, Int64Type};
use linal_error::Code;
use linal_lang::ast::relational::Literal;
use linal_store::temporal::Zone;
use linal_tensor::{ExecutionContext, MemoryPool};

use super::{dataset, insert, insert_within, text, vector};
use crate::{column_tensor, resolve_type};

#[test]
fn a_value_that_does_not_fit_names_its_row_and_column_and_changes_nothing() {
    let cases: &[(&str, &[&str], Literal, &str)] = &[
        ("Int", &[], Literal::Float(3.7), "row 2, column `x`: 3.7 does not go into Int"),
        ("Int", &[], text("a"), "row 2, column `x`: the String 'a' does not go into Int"),
        ("Int", &[], Literal::Float(1e19), "row 2, column `x`: 1e19 does not fit Int"),
        ("Int", &[], Literal::Null, "row 2, column `x`: NULL, and the column is NOT NULL"),
        ("Real", &[], Literal::Float(1e39), "row 2, column `x`: 1e39 does not fit Real"),
        ("Bool", &[], Literal::Int(1), "row 2, column `x`: the number 1 does not go into Bool"),
        ("Date", &[], text("2015-13-01"), "row 2, column `x`: '2015-13-01' is no Date"),
        ("Date", &[], text("2015-12-01 10:00:00"), "row 2, column `x`: '2015-12-01 10:00:00' is no Date"),
        ("Timestamp", &[], text("noon"), "row 2, column `x`: 'noon' is no Timestamp"),
        (
            "Decimal",
            &["5", "2"],
            Literal::Float(1.005),
            "row 2, column `x`: 1.005 does not fit Decimal(5, 2)",
        ),
        ("Decimal", &["3", "2"], Literal::Int(10), "row 2, column `x`: 10 does not fit Decimal(3, 2)"),
        (
            "Vector",
            &["3"],
            vector(&[1.0, 2.0]),
            "row 2, column `x`: a list of shape [2] does not go into Vector(3)",
        ),
        (
            "Vector",
            &["2", "i64"],
            vector(&[1.0, 2.5]),
            "row 2, column `x`: the element 2.5 does not go into Vector(2, i64)",
        ),
        (
            "Vector",
            &["2"],
            vector(&[1.0, 1e300]),
            "row 2, column `x`: the element 1e300 does not fit Vector(2)",
        ),
        (
            "Matrix",
            &["1", "2"],
            vector(&[1.0, 2.0]),
            "row 2, column `x`: a list of shape [2] does not go into Matrix(1, 2)",
        ),
    ];
    for (type_name, args, value, message) in cases {
        let (dataset, _) = dataset(&[("id", "Int", &[]), ("x", &format!("{type_name}?"), args)]);
        insert(&dataset, &[Literal::Int(1), Literal::Null], 2).unwrap();
        let strict = super::dataset(&[("id", "Int", &[]), ("x", type_name, args)]).0;
        let (checked, good) = match value {
            Literal::Null => (&strict, Literal::Int(7)),
            _ => (&dataset, Literal::Null),
        };
        let before = checked.snapshot().rows;
        let rows = [Literal::Int(1), good, Literal::Int(2), value.clone()];
        assert_eq!(insert(checked, &rows, 2).unwrap_err().message(), *message);
        assert_eq!(checked.snapshot().rows, before);
    }
}

#[test]
fn types_by_their_names() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("INTEGER", &[], "Int"),
        ("double precision", &[], "Float"),
        ("REAL", &[], "Real"),
        ("varchar", &["20"], "Varchar(20)"),
        ("smallint", &[], "SmallInt"),
        ("decimal", &["10", "2"], "Decimal(10, 2)"),
        ("vector", &["128"], "Vector(128)"),
        ("Matrix", &["2", "3", "f64"], "Matrix(2, 3, f64)"),
        ("Tensor", &["2", "2", "2", "c64"], "Tensor(2, 2, 2, c64)"),
    ];
    for (name, args, shown) in cases {
        assert_eq!(resolve_type(name, args).unwrap().to_string(), *shown);
    }
    let wrong: &[(&str, &[&str], &str)] = &[
        ("Integr", &[], "there is no type `Integr`"),
        ("Vector", &[], "a Vector column is written Vector(n[, dtype])"),
        ("Vector", &["0"], "each axis of a Vector column has at least one element"),
        ("Vector", &["2", "f16"], "there is no dtype `f16`"),
        ("Matrix", &["2"], "a Matrix column is written Matrix(rows, columns[, dtype])"),
        ("Int", &["3"], "the type Int takes no arguments"),
        ("Decimal", &["50"], "a Decimal has 1 to 38 digits, not 50"),
        ("Vector", &["99999999999"], "a cell has at most 1073741823 elements"),
    ];
    for (name, args, message) in wrong {
        assert_eq!(resolve_type(name, args).unwrap_err().message(), *message);
    }
}

#[test]
fn a_column_and_its_tensor_are_one_memory_and_several_chunks_become_one() {
    let (dataset, _) = dataset(&[("id", "Int", &[]), ("v", "Vector", &["2"])]);
    for id in 0..3 {
        insert(&dataset, &[Literal::Int(id), vector(&[id as f64, 0.5])], 2).unwrap();
        assert_eq!(dataset.snapshot().rows, id as usize + 1);
    }
    assert_eq!(dataset.snapshot().chunks.len(), 3);
    let (tensor, snapshot) = column_tensor(&dataset, "V").unwrap();
    assert_eq!(tensor.shape().dims(), [3, 2]);
    assert_eq!(tensor.to_vec::<f32>(), [0.0, 0.5, 1.0, 0.5, 2.0, 0.5]);
    assert_eq!(snapshot.chunks.len(), 1);
    let values = snapshot.chunks[0].column(1).unwrap().as_fixed_size_list().values().clone();
    let address = values.as_primitive::<Float32Type>().values().inner().as_ptr();
    assert_eq!(tensor.arrow_buffer().as_ptr(), address);
    let again = column_tensor(&dataset, "v").unwrap().0;
    assert!(again.shares_memory_with(&tensor));
}

#[test]
fn an_update_shares_what_it_does_not_touch() {
    let (dataset, _) = dataset(&[("id", "Int", &[]), ("g", "String", &[])]);
    for id in 0..2 {
        insert(&dataset, &[Literal::Int(id), text("a")], 2).unwrap();
        dataset.snapshot();
    }
    let before = dataset.snapshot();
    let field = Field::new("", DataType::Float64, true);
    let new: ArrayRef = Arc::new(Float64Array::from(vec![9.0]));
    let next = before.with_updated(&[1], &[(0, new.clone(), field.clone())], &Zone::utc()).unwrap();
    assert!(Arc::ptr_eq(&next.chunks[0], &before.chunks[0]));
    assert!(Arc::ptr_eq(&next.chunks[1].column(1).unwrap(), &before.chunks[1].column(1).unwrap()));
    assert_eq!(next.chunks[1].column(0).unwrap().as_primitive::<Int64Type>().values(), &[9]);
    let wrong: ArrayRef = Arc::new(Float64Array::from(vec![9.5]));
    let error = before.with_updated(&[1], &[(0, wrong, field)], &Zone::utc()).unwrap_err();
    assert_eq!(error.message(), "row 2, column `id`: the number 9.5 does not go into Int");
    dataset.publish(before.version, next).unwrap();
    let stale = before.without_rows(&[0]).unwrap();
    assert_eq!(dataset.publish(before.version, stale).unwrap_err().code(), Code::Conflict);
}

#[test]
fn columns_of_a_query_are_stored_strictly() {
    let (dataset, _) = dataset(&[("id", "Int", &[]), ("day", "Date?", &[])]);
    let snapshot = dataset.snapshot();
    let batch = |ids: ArrayRef, days: ArrayRef| {
        arrow::array::RecordBatch::try_from_iter_with_nullable([("a", ids, true), ("b", days, true)]).unwrap()
    };
    let days = |day: &str| -> ArrayRef { Arc::new(StringArray::from(vec![None, Some(day)])) };
    let good = batch(Arc::new(Float64Array::from(vec![3.0, 4.0])), days("2015-09-14"));
    let next = snapshot.with_appended(&[good]).unwrap();
    assert_eq!(next.rows, 2);
    let wrong = [
        (
            batch(Arc::new(Float64Array::from(vec![3.0, 3.7])), days("2015-09-14")),
            "row 2, column `id`: the number 3.7 does not go into Int",
        ),
        (
            batch(Arc::new(Int64Array::from(vec![Some(1), None])), days("2015-09-14")),
            "row 2, column `id`: NULL, and the column is NOT NULL",
        ),
        (
            batch(Arc::new(Int64Array::from(vec![1, 2])), days("soon")),
            "row 2, column `day`: 'soon' is no Date",
        ),
    ];
    for (batch, message) in wrong {
        assert_eq!(snapshot.with_appended(&[batch]).unwrap_err().message(), message);
    }
}

#[test]
fn memory_is_charged_and_returned() {
    let (dataset, pool) = dataset(&[("v", "Vector", &["100", "f64"])]);
    for _ in 0..100 {
        insert(&dataset, &[vector(&[1.0; 100])], 1).unwrap();
    }
    assert!(pool.used() >= 80_000, "{}", pool.used());
    let snapshot = dataset.snapshot();
    assert!(pool.used() >= 80_000 && pool.used() < 200_000, "{}", pool.used());
    dataset.change(|snapshot| snapshot.without_rows(&(0..100).collect::<Vec<_>>())).unwrap();
    assert!(pool.used() >= 80_000, "the snapshot holds its rows");
    drop(snapshot);
    assert_eq!(pool.used(), 0);
    pool.set_limit(1000);
    insert(&dataset, &[vector(&[1.0; 100])], 1).unwrap();
    assert_eq!(insert(&dataset, &[vector(&[1.0; 100])], 1).unwrap_err().code(), Code::MemoryLimit);
    assert_eq!(dataset.snapshot().rows, 1);
    drop(dataset);
    assert_eq!(pool.used(), 0);
}

#[test]
fn reading_after_every_row_keeps_few_chunks() {
    let (dataset, _) = dataset(&[("id", "Int", &[]), ("g", "String", &[])]);
    for id in 0..5000 {
        insert(&dataset, &[Literal::Int(id), text("a text of some length")], 2).unwrap();
        let snapshot = dataset.snapshot();
        assert!(snapshot.chunks.len() <= 48, "{} chunks", snapshot.chunks.len());
        assert_eq!(snapshot.rows as i64, id + 1);
    }
    let ids = dataset.snapshot();
    let ids: Vec<i64> = ids
        .batches()
        .flat_map(|batch| batch.unwrap().column(0).as_primitive::<Int64Type>().values().to_vec())
        .collect();
    assert!(ids.iter().copied().eq(0..5000));
    assert!(
        dataset.snapshot().batches().all(|batch| batch
            .unwrap()
            .column(1)
            .as_string_view()
            .data_buffers()
            .len()
            <= 8)
    );
}

#[test]
fn an_insert_that_is_stopped_inserts_nothing() {
    let (dataset, pool) = dataset(&[("a", "Int", &[])]);
    insert(&dataset, &[Literal::Int(1)], 1).unwrap();
    let before = pool.used();
    let context = ExecutionContext::new(MemoryPool::new(usize::MAX));
    context.cancellation().cancel();
    let values: Vec<Literal> = (0..10_000).map(Literal::Int).collect();
    let stopped = insert_within(&dataset, &values, 1, &context).unwrap_err();
    assert!(stopped.is(Code::Cancelled), "{stopped}");
    assert_eq!((dataset.snapshot().rows, pool.used()), (1, before));
}
