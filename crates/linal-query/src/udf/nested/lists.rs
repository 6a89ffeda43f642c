//! Functions of lists that DataFusion lacks, or that mean something else in DuckDB.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, ListArray, StructArray, UInt64Array, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Int64Type};
use datafusion::common::Result as DfResult;
use linal_dataset::Result;

use super::definition::{Call, Definition, Values, of_type, renamed};
use super::rows::{alike, chosen, item_of, keys, list_type, lists, range, taken};

const MANY: usize = 1_000_000;

/// The function of a list or, in place of NULL, an empty one.
pub(crate) const LIST_OR_EMPTY: &str = "__list_or_empty";

pub(super) const FUNCTIONS: [Definition; 11] = [
    Definition { names: &["list_distinct"], arguments: (1, 1), field: same, compute: distinct },
    Definition {
        names: &["list_unique", "array_unique"],
        arguments: (1, 1),
        field: |call| item(call, 0).map(|_| of_type(DataType::Int64)),
        compute: unique,
    },
    Definition { names: &["list_zip", "array_zip"], arguments: (1, MANY), field: field_of_zip, compute: zip },
    Definition { names: &["list_where", "array_where"], arguments: (2, 2), field: same, compute: where_true },
    Definition { names: &["list_select", "array_select"], arguments: (2, 2), field: same, compute: select },
    Definition {
        names: &["list_grade_up", "array_grade_up", "grade_up"],
        arguments: (1, 3),
        field: |call| item(call, 0).map(|_| of_type(list_type(DataType::Int64))),
        compute: grade_up,
    },
    Definition {
        names: &["list_reverse_sort", "array_reverse_sort"],
        arguments: (1, 2),
        field: same,
        compute: reverse_sort,
    },
    Definition { names: &["list_intersect"], arguments: (2, 2), field: same, compute: |v| common(v, true) },
    Definition { names: &["list_except"], arguments: (2, 2), field: same, compute: |v| common(v, false) },
    Definition { names: &["list_first_element"], arguments: (1, 1), field: element, compute: first },
    Definition { names: &[LIST_OR_EMPTY], arguments: (1, 1), field: same, compute: or_empty },
];

/// The field of the elements of an argument.
fn item(call: &Call<'_>, at: usize) -> Result<Arc<Field>> {
    item_of(call.fields[at].data_type()).ok_or_else(|| call.no(at, "a list"))
}

/// Lists with the elements of the first argument.
fn same(call: &Call<'_>) -> Result<Field> {
    let item = renamed(Field::LIST_FIELD_DEFAULT_NAME, item(call, 0)?.as_ref());
    Ok(of_type(DataType::List(Arc::new(item))))
}

fn element(call: &Call<'_>) -> Result<Field> {
    item(call, 0).map(|item| renamed("", &item))
}

/// Lists whose elements have the type of the result.
fn with_result(values: &Values<'_>, at: usize) -> DfResult<ListArray> {
    let own = lists(&values.arrays[at])?;
    match values.result.data_type() {
        DataType::List(_) => Ok(cast(&own, values.result.data_type())?.as_list::<i32>().clone()),
        _ => Ok(own),
    }
}

/// The lists, with one of no elements in place of NULL.
fn or_empty(values: &Values<'_>) -> DfResult<ArrayRef> {
    let lists = with_result(values, 0)?;
    let (item, offsets, elements, nulls) = lists.into_parts();
    let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else {
        return Ok(Arc::new(ListArray::new(item, offsets, elements, None)));
    };
    let length = |at: usize| if nulls.is_valid(at) { (offsets[at + 1] - offsets[at]) as usize } else { 0 };
    let places =
        (0..nulls.len()).filter(|&at| nulls.is_valid(at)).flat_map(|at| offsets[at]..offsets[at + 1]);
    let places: UInt64Array = places.map(|place| place as u64).collect();
    let elements = arrow::compute::take(&elements, &places, None)?;
    let offsets = OffsetBuffer::from_lengths((0..nulls.len()).map(length));
    Ok(Arc::new(ListArray::new(item, offsets, elements, None)))
}

/// The first of each of the values that are not NULL.
fn distinct(values: &Values<'_>) -> DfResult<ArrayRef> {
    let lists = with_result(values, 0)?;
    let elements = lists.values();
    let own = keys(elements, false)?;
    chosen(&lists, |_, places| {
        let mut seen = HashSet::new();
        let kept = places.filter(|&at| elements.is_valid(at) && seen.insert(own.row(at)));
        Some(kept.map(|at| at as u64).collect())
    })
}

fn unique(values: &Values<'_>) -> DfResult<ArrayRef> {
    let lists = lists(&values.arrays[0])?;
    let elements = lists.values();
    let own = keys(elements, false)?;
    let counts: Int64Array = (0..lists.len())
        .map(|row| {
            let places = range(&lists, row).filter(|&at| elements.is_valid(at));
            let different: HashSet<_> = places.map(|at| own.row(at)).collect();
            if lists.is_null(row) { None } else { i64::try_from(different.len()).ok() }
        })
        .collect();
    Ok(Arc::new(counts))
}

/// The elements of the first list that the second has, or has not; each once.
fn common(values: &Values<'_>, wanted: bool) -> DfResult<ArrayRef> {
    let (lists, others) = (with_result(values, 0)?, lists(&values.arrays[1])?);
    let (left, right) = alike(lists.values(), others.values())?;
    if left.data_type() != right.data_type() {
        return chosen(&lists, |_, _| Some(Vec::new()));
    }
    let (own, other) = (keys(&left, false)?, keys(&right, false)?);
    chosen(&lists, |row, places| {
        if others.is_null(row) {
            return if wanted { Some(Vec::new()) } else { Some(places.map(|at| at as u64).collect()) };
        }
        let known: HashSet<_> =
            range(&others, row).filter(|&at| right.is_valid(at)).map(|at| other.row(at)).collect();
        let mut seen = HashSet::new();
        let is_kept = |&at: &usize| {
            left.is_valid(at) && known.contains(&own.row(at)) == wanted && seen.insert(own.row(at))
        };
        let kept: Vec<usize> = places.filter(is_kept).collect();
        Some(kept.into_iter().map(|at| at as u64).collect())
    })
}

/// Whether the last argument is a Boolean that cuts the result to the shortest list.
fn lists_of_zip<T>(all: &[T], is_truth: impl Fn(&T) -> bool) -> usize {
    all.len() - usize::from(all.len() > 1 && all.last().is_some_and(is_truth))
}

fn field_of_zip(call: &Call<'_>) -> Result<Field> {
    let count = lists_of_zip(call.fields, |field| *field.data_type() == DataType::Boolean);
    let fields = (0..count).map(|at| Ok(renamed(&format!("c{at}"), item(call, at)?.as_ref())));
    let fields = Fields::from_iter(fields.collect::<Result<Vec<Field>>>()?);
    Ok(of_type(list_type(DataType::Struct(fields))).with_nullable(true))
}

/// The elements of several lists at each place, as structs; NULL beyond the end of a list.
fn zip(values: &Values<'_>) -> DfResult<ArrayRef> {
    let count = lists_of_zip(values.arrays, |array| *array.data_type() == DataType::Boolean);
    let all = values.arrays[..count].iter().map(lists).collect::<DfResult<Vec<_>>>()?;
    let cuts = values.arrays.get(count).map(|cut| cut.as_boolean());
    let mut places: Vec<Vec<Option<u64>>> = vec![Vec::new(); count];
    let mut lengths = Vec::with_capacity(values.rows);
    for row in 0..values.rows {
        let ranges: Vec<_> = all.iter().map(|lists| range(lists, row)).collect();
        let is_cut = cuts.is_some_and(|cuts| cuts.is_valid(row) && cuts.value(row));
        let sizes = ranges.iter().map(ExactSizeIterator::len);
        let length = if is_cut { sizes.min() } else { sizes.max() }.unwrap_or(0);
        lengths.push(length);
        for (places, own) in places.iter_mut().zip(ranges) {
            places.extend((0..length).map(|at| (at < own.len()).then(|| (own.start + at) as u64)));
        }
    }
    let DataType::List(item) = values.result.data_type() else {
        return datafusion::common::internal_err!("no list");
    };
    let DataType::Struct(fields) = item.data_type() else {
        return datafusion::common::internal_err!("no structs");
    };
    let columns =
        all.iter().zip(places).map(|(lists, places)| taken(lists.values(), &UInt64Array::from(places)));
    let columns = columns.collect::<DfResult<Vec<_>>>()?;
    let rows = lengths.iter().sum();
    let structs = StructArray::try_new_with_length(fields.clone(), columns, None, rows)?;
    let valid: NullBuffer = (0..values.rows).map(|row| all.iter().any(|lists| lists.is_valid(row))).collect();
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(item.clone(), offsets, Arc::new(structs), Some(valid))?))
}

/// The elements at the places where the second list is true.
fn where_true(values: &Values<'_>) -> DfResult<ArrayRef> {
    let (lists, masks) = (with_result(values, 0)?, lists(&values.arrays[1])?);
    let truths = cast(masks.values(), &DataType::Boolean)?;
    let truths: &BooleanArray = truths.as_boolean();
    chosen(&lists, |row, places| {
        let kept = places.zip(range(&masks, row)).filter(|&(_, at)| truths.is_valid(at) && truths.value(at));
        masks.is_valid(row).then(|| kept.map(|(place, _)| place as u64).collect())
    })
}

/// The elements at the places of the second list, which counts from 1; NULL beyond the end.
fn select(values: &Values<'_>) -> DfResult<ArrayRef> {
    let (own, wanted) = (with_result(values, 0)?, lists(&values.arrays[1])?);
    let numbers = cast(wanted.values(), &DataType::Int64)?;
    let numbers = numbers.as_primitive::<Int64Type>();
    let mut places: Vec<Option<u64>> = Vec::new();
    let mut lengths = Vec::with_capacity(own.len());
    for row in 0..own.len() {
        let (elements, wanted) = (range(&own, row), range(&wanted, row));
        lengths.push(if own.is_null(row) { 0 } else { wanted.len() });
        if own.is_null(row) {
            continue;
        }
        places.extend(wanted.map(|at| {
            let number = if numbers.is_valid(at) { numbers.value(at) } else { 0 };
            let place = usize::try_from(number).ok()?.checked_sub(1)?;
            (place < elements.len()).then(|| (elements.start + place) as u64)
        }));
    }
    let DataType::List(item) = own.data_type() else { return datafusion::common::internal_err!("no list") };
    let found = taken(own.values(), &UInt64Array::from(places))?;
    let nulls = NullBuffer::union(own.nulls(), wanted.nulls());
    Ok(Arc::new(ListArray::try_new(item.clone(), OffsetBuffer::from_lengths(lengths), found, nulls)?))
}

/// Whether an argument says DESC.
fn is_descending(values: &Values<'_>) -> bool {
    let text = values.arrays.get(1).and_then(|array| cast(array, &DataType::Utf8).ok());
    text.is_some_and(|text| {
        let text = text.as_string::<i32>();
        !text.is_empty() && text.is_valid(0) && text.value(0).eq_ignore_ascii_case("desc")
    })
}

/// The places of the elements in their order, from 1.
fn grade_up(values: &Values<'_>) -> DfResult<ArrayRef> {
    let lists = lists(&values.arrays[0])?;
    let own = keys(lists.values(), is_descending(values))?;
    let mut order: Vec<i64> = Vec::with_capacity(lists.values().len());
    let mut lengths = Vec::with_capacity(lists.len());
    for row in 0..lists.len() {
        let places = range(&lists, row);
        let start = places.start;
        lengths.push(places.len());
        let mut sorted: Vec<usize> = places.collect();
        sorted.sort_by(|&one, &other| own.row(one).cmp(&own.row(other)));
        order.extend(sorted.into_iter().map(|at| (at - start) as i64 + 1));
    }
    let item = Arc::new(Field::new_list_field(DataType::Int64, true));
    let numbers = Arc::new(Int64Array::from(order));
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(item, offsets, numbers, lists.nulls().cloned())?))
}

/// The elements from the greatest to the least; NULLs last.
fn reverse_sort(values: &Values<'_>) -> DfResult<ArrayRef> {
    let lists = with_result(values, 0)?;
    let own = keys(lists.values(), true)?;
    chosen(&lists, |_, places| {
        let mut sorted: Vec<usize> = places.collect();
        sorted.sort_by(|&one, &other| own.row(one).cmp(&own.row(other)));
        Some(sorted.into_iter().map(|at| at as u64).collect())
    })
}

fn first(values: &Values<'_>) -> DfResult<ArrayRef> {
    let lists = lists(&values.arrays[0])?;
    if lists.values().is_empty() {
        return Ok(new_null_array(values.result.data_type(), lists.len()));
    }
    let places: UInt64Array =
        (0..lists.len()).map(|row| range(&lists, row).next().map(|at| at as u64)).collect();
    taken(lists.values(), &places)
}
