//! Every type, in rows of the catalog, in segments, and from one to the other.

use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{cast, concat};
use arrow::datatypes::*;
use linal_error::Code;
use linal_store::TensorType;
use linal_store::database::{Column, DatasetId, Store};
use linal_tensor::{DType, Shape};

use crate::support::*;

/// A column with a NULL and with the values that are easily lost.
fn samples() -> Vec<(&'static str, ArrayRef)> {
    let ints = Int64Array::from(vec![Some(i64::MIN), None, Some(i64::MAX), Some(-1)]);
    let small: ArrayRef = Arc::new(Int64Array::from(vec![Some(100), None, Some(0), Some(7)]));
    let floats: ArrayRef =
        Arc::new(Float64Array::from(vec![Some(f64::NAN), None, Some(-0.0), Some(f64::NEG_INFINITY)]));
    let tiny: ArrayRef = Arc::new(Float64Array::from(vec![Some(5e-324), None, Some(0.1), Some(f64::MAX)]));
    let text: ArrayRef =
        Arc::new(StringArray::from(vec![Some(""), None, Some("ä'\"\\\0\n, NULL"), Some("[1]")]));
    let blob: ArrayRef =
        Arc::new(BinaryArray::from(vec![Some(&b""[..]), None, Some(b"\0\xff\\x"), Some(b"a")]));
    let to = |array: &ArrayRef, kind: DataType| cast(array, &kind).unwrap();
    let mut found: Vec<(&str, ArrayRef)> = vec![
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]))),
        ("i64", Arc::new(ints)),
        ("f64", floats.clone()),
        ("f64b", tiny),
        ("f32", to(&floats, DataType::Float32)),
        ("f16", to(&floats, DataType::Float16)),
        ("utf8", text.clone()),
        ("large", to(&text, DataType::LargeUtf8)),
        ("view", to(&text, DataType::Utf8View)),
        ("binary", blob.clone()),
        ("largeb", to(&blob, DataType::LargeBinary)),
        ("viewb", to(&blob, DataType::BinaryView)),
        ("dict", to(&text, DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)))),
        ("null", Arc::new(NullArray::new(4))),
        ("u64", Arc::new(UInt64Array::from(vec![Some(u64::MAX), None, Some(0), Some(1 << 63)]))),
    ];
    for kind in [
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::UInt8,
        DataType::UInt16,
        DataType::UInt32,
    ] {
        found.push(("small", to(&small, kind)));
    }
    let fixed = vec![Some(&b"ab"[..]), None, Some(b"\0\0"), Some(b"\xff\x01")].into_iter();
    found.push(("fixed", Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(fixed, 2).unwrap())));
    let decimal = |digits, scale| {
        let values = vec![Some(-12345), None, Some(0), Some(99999)];
        Decimal128Array::from(values).with_precision_and_scale(digits, scale).unwrap()
    };
    found.push(("decimal", Arc::new(decimal(10, 2))));
    found.push(("decimal38", Arc::new(decimal(38, 0))));
    found.push(("decimal256", to(&(Arc::new(decimal(10, 2)) as ArrayRef), DataType::Decimal256(60, 5))));
    found.push(("decimal32", to(&(Arc::new(decimal(9, 2)) as ArrayRef), DataType::Decimal32(9, 2))));
    found.push(("decimal64", to(&(Arc::new(decimal(10, 2)) as ArrayRef), DataType::Decimal64(18, 2))));
    found.extend(temporal());
    found.extend(nested());
    found
}

fn temporal() -> Vec<(&'static str, ArrayRef)> {
    let days: ArrayRef = Arc::new(Int32Array::from(vec![Some(-719_162), None, Some(0), Some(2_932_896)]));
    let seconds: ArrayRef = Arc::new(Int32Array::from(vec![Some(0), None, Some(1), Some(86_399)]));
    let micros: ArrayRef =
        Arc::new(Int64Array::from(vec![Some(-1), None, Some(0), Some(1_790_000_000_123_456)]));
    let nanos: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(0), Some(86_399_999_999_999)]));
    let clock: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(0), Some(86_399_999_999)]));
    let as_type = |array: &ArrayRef, kind: DataType| {
        let data = array.to_data().into_builder().data_type(kind).build().unwrap();
        make_array(data)
    };
    let zone = |name: &str| Some(Arc::from(name));
    let millis: ArrayRef =
        Arc::new(Int64Array::from(vec![Some(-86_400_000), None, Some(0), Some(172_800_000)]));
    let mut found = vec![
        ("date32", as_type(&days, DataType::Date32)),
        ("date64", as_type(&millis, DataType::Date64)),
        ("time32s", as_type(&seconds, DataType::Time32(TimeUnit::Second))),
        ("time32ms", as_type(&seconds, DataType::Time32(TimeUnit::Millisecond))),
        ("time64us", as_type(&clock, DataType::Time64(TimeUnit::Microsecond))),
        ("time64ns", as_type(&nanos, DataType::Time64(TimeUnit::Nanosecond))),
        ("duration", as_type(&micros, DataType::Duration(TimeUnit::Microsecond))),
    ];
    for unit in [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond] {
        let values = if unit == TimeUnit::Second { &millis } else { &micros };
        found.push(("timestamp", as_type(values, DataType::Timestamp(unit, None))));
        found.push(("timestampz", as_type(values, DataType::Timestamp(unit, zone("+00:00")))));
        found.push(("timestampz", as_type(values, DataType::Timestamp(unit, zone("Europe/Berlin")))));
    }
    let nulls = Some(NullBuffer::from(vec![true, false, true, true]));
    let interval = |months, days, nanos| IntervalMonthDayNano::new(months, days, nanos);
    let values = vec![
        interval(-1, 2, -3),
        interval(0, 0, 0),
        interval(0, 0, 1),
        interval(i32::MAX, i32::MIN, i64::MAX),
    ];
    found.push(("interval", Arc::new(IntervalMonthDayNanoArray::new(values.into(), nulls.clone()))));
    found.push(("months", Arc::new(IntervalYearMonthArray::new(vec![1, 0, -13, 5].into(), nulls.clone()))));
    let day = |days, millis| IntervalDayTime::new(days, millis);
    let values = vec![day(1, -2), day(0, 0), day(i32::MAX, i32::MIN), day(0, 5)];
    found.push(("daytime", Arc::new(IntervalDayTimeArray::new(values.into(), nulls))));
    found
}

fn nested() -> Vec<(&'static str, ArrayRef)> {
    let nulls = || Some(NullBuffer::from(vec![true, false, true, true]));
    let numbers: ArrayRef =
        Arc::new(Float64Array::from(vec![Some(1.5), None, Some(f64::NAN), Some(-0.0), Some(2.0)]));
    let item = |kind: &DataType| Arc::new(Field::new_list_field(kind.clone(), true));
    let offsets = OffsetBuffer::from_lengths([2, 0, 0, 3]);
    let list = ListArray::new(item(numbers.data_type()), offsets.clone(), numbers.clone(), nulls());
    let words: ArrayRef =
        Arc::new(StringArray::from(vec![Some("a"), None, Some(""), Some(", "), Some("NULL")]));
    let word_list = ListArray::new(item(words.data_type()), offsets.clone(), words.clone(), nulls());
    let fields: Fields =
        vec![Field::new("x", DataType::Int64, true), Field::new("d e", DataType::Utf8, true)].into();
    let x: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, None, Some(4)]));
    let word: ArrayRef = Arc::new(StringArray::from(vec![Some("p"), None, Some(""), None]));
    let pairs = StructArray::new(fields, vec![x, word], nulls());
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d", "e"]));
    let entry: Fields =
        vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Float64, true)].into();
    let entries = StructArray::new(entry.clone(), vec![keys, numbers.clone()], None);
    let entries_field = Arc::new(Field::new("entries", DataType::Struct(entry), false));
    let map = MapArray::new(entries_field, offsets, entries, nulls(), false);
    vec![
        ("list", Arc::new(list.clone())),
        ("largelist", cast(&list, &DataType::LargeList(item(&DataType::Float64))).unwrap()),
        ("words", Arc::new(word_list)),
        ("struct", Arc::new(pairs)),
        ("map", Arc::new(map)),
    ]
}

/// Tensors of every dtype, with their fields.
fn tensors() -> Vec<(Field, ArrayRef)> {
    let mut found = Vec::new();
    for dtype in [DType::F32, DType::F64, DType::I64, DType::Bool, DType::C64, DType::C128] {
        for dims in [&[2][..], &[2, 1, 1]] {
            let tensor = TensorType { shape: Shape::new(dims), dtype };
            let width = tensor.width();
            let values: ArrayRef =
                Arc::new(Int64Array::from_iter_values((0..4 * width as i64).map(|at| at % 3)));
            let values = cast(&values, tensor.item_field().data_type()).unwrap();
            let nulls = Some(NullBuffer::from(vec![true, false, true, true]));
            let list = FixedSizeListArray::new(tensor.item_field(), width as i32, values, nulls);
            found.push((tensor.field("t", true), Arc::new(list) as ArrayRef));
        }
    }
    found
}

fn create_one(store: &Store, name: &str, field: Field) -> DatasetId {
    let mut transaction = store.begin().unwrap();
    let columns = vec![Column::new(Field::new("id", DataType::Int64, false)), Column::new(field)];
    let id = transaction.create_dataset(DEFAULT, name, columns).unwrap();
    transaction.commit(None).unwrap();
    id
}

/// Equal, with NULL rows equal whatever is below them, and NaN equal to NaN.
fn assert_same(found: &ArrayRef, expected: &ArrayRef, what: &str) {
    assert_eq!(found.data_type(), expected.data_type(), "{what}");
    assert_eq!(found.len(), expected.len(), "{what}");
    if let DataType::Dictionary(_, values) = expected.data_type() {
        return assert_same(&cast(found, values).unwrap(), &cast(expected, values).unwrap(), what);
    }
    assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{what}");
    assert_eq!(found.logical_null_count(), expected.logical_null_count(), "{what}");
}

/// All samples with a name and a field.
pub fn all_samples() -> Vec<(String, Field, ArrayRef)> {
    let scalars = samples().into_iter().enumerate().map(|(at, (name, values))| {
        (format!("{name}{at}"), Field::new("a b", values.data_type().clone(), true), values)
    });
    let tensors = tensors()
        .into_iter()
        .enumerate()
        .map(|(at, (field, values))| (format!("tensor{at}"), field.with_name("a b"), values));
    scalars.chain(tensors).collect()
}

/// The number of different values of a sample of tensors, NULL included.
pub fn distinct_tensors(name: &str) -> u64 {
    let find = all_samples().into_iter().find(|(other, ..)| other == name);
    let texts: std::collections::BTreeSet<String> = find
        .map(|(_, _, values)| (0..4).map(|row| format!("{:?}", values.slice(row, 1))).collect())
        .unwrap_or_default();
    texts.len() as u64
}

/// Five hundred times the four rows of a sample.
fn many(values: &ArrayRef) -> ArrayRef {
    let parts: Vec<&dyn Array> = (0..500).map(|_| values.as_ref()).collect();
    concat(&parts).unwrap()
}

/// Four rows, and many times the same four: one goes to the catalog, the other to a segment.
pub fn write(store: &Store, name: &str, field: &Field, values: &ArrayRef) -> DatasetId {
    let id = create_one(store, name, field.clone());
    let numbers = |count: usize| Arc::new(Int64Array::from_iter_values(0..count as i64)) as ArrayRef;
    append(store, id, &batch(vec![numbers(4), values.clone()]));
    append(store, id, &batch(vec![numbers(2000), many(values)]));
    id
}

fn check(store: &Store, name: &str, field: &Field, values: &ArrayRef) {
    let id = write(store, name, field, values);
    let expected = concat(&[values.as_ref(), many(values).as_ref()]).unwrap();
    let read = |what: &str| {
        let rows = current(store, id).read().unwrap();
        assert_same(rows.column(1), &expected, &format!("{name} {}: {what}", field.data_type()));
    };
    read("as written");
    assert!(store.compact(id, true).unwrap_or_else(|error| panic!("{name}: {error}")));
    assert!(!current(store, id).has_inline().unwrap());
    read("compacted");
}

#[test]
fn every_type_round_trips() {
    let directory = TestDirectory::new();
    let store = directory.open();
    for (name, field, values) in all_samples() {
        check(&store, &name, &field, &values);
    }
    assert_whole(&store);
    drop(store);
    // The types are as exact after a restart.
    let store = directory.open();
    let snapshot = store.snapshot().unwrap();
    for (name, field, _) in all_samples() {
        let entry = snapshot.find(DEFAULT, &name).unwrap().unwrap();
        let dataset = snapshot.dataset(entry.id).unwrap();
        assert_eq!(*dataset.columns()[1].field, field);
        assert_eq!(dataset.read().unwrap().num_rows(), 2004);
    }
}

#[test]
fn types_without_a_form_are_refused_with_the_name_of_the_column() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let item = Arc::new(Field::new_list_field(DataType::Interval(IntervalUnit::MonthDayNano), true));
    let ends = Arc::new(Field::new("run_ends", DataType::Int32, false));
    let values = Arc::new(Field::new("values", DataType::Utf8, true));
    for kind in [
        DataType::List(item),
        DataType::RunEndEncoded(ends, values.clone()),
        DataType::ListView(values.clone()),
        DataType::Union(UnionFields::empty(), UnionMode::Sparse),
    ] {
        let mut transaction = store.begin().unwrap();
        let columns = vec![Column::new(Field::new("speed", kind, true))];
        let error = transaction.create_dataset(DEFAULT, "t", columns).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported);
        assert!(error.to_string().contains("`speed`"), "{error}");
    }
}

#[test]
fn tensor_columns_are_slices_of_one_mapped_buffer() {
    let directory = TestDirectory::new();
    let store = directory.open();
    let field = TensorType::vector(2, DType::F32).field("v", true);
    let id = create_one(&store, "t", field);
    let values: Vec<Option<[f32; 2]>> = (0..100_000).map(|at| Some([at as f32, -(at as f32)])).collect();
    let numbers = Arc::new(Int64Array::from_iter_values(0..100_000));
    append(&store, id, &batch(vec![numbers, vectors(&values)]));
    drop(store);
    let store = directory.open();
    let dataset = current(&store, id);
    let column = dataset.columns()[1].id;
    let scan = linal_store::database::Scan {
        batch_rows: usize::MAX,
        ..linal_store::database::Scan::columns([column])
    };
    let batches: Vec<_> = dataset.scan(&scan).unwrap().map(|batch| batch.unwrap().rows).collect();
    assert_eq!(batches.len(), 1);
    let pointer = |array: &ArrayRef| array.as_fixed_size_list().values().to_data().buffers()[0].as_ptr();
    let again: Vec<_> = dataset.scan(&scan).unwrap().map(|batch| batch.unwrap().rows).collect();
    assert_eq!(pointer(batches[0].column(0)), pointer(again[0].column(0)));
    assert_eq!(pointer(batches[0].column(0)) as usize % 64, 0);
    assert_eq!(
        batches[0].column(0).as_fixed_size_list().values().as_primitive::<Float32Type>().value(7),
        -3.0
    );
}
