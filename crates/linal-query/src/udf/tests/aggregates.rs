//! Aggregates against naive sums, over several partitions and window frames.

use arrow::array::Int64Array;
use proptest::prelude::*;

use crate::udf::tests::*;

pub(super) fn aggregates(partitions: Vec<Vec<RecordBatch>>) -> SessionContext {
    let session = session(partitions);
    for function in aggregate_functions() {
        session.register_udaf(function.as_ref().clone());
    }
    session
}

pub(super) type Row = (i64, i64, Option<Vec<f32>>);

pub(super) fn table(rows: &[Row]) -> RecordBatch {
    let values = rows.iter().flat_map(|(.., v)| v.clone().unwrap_or(vec![f32::MAX; 2])).collect();
    let valid = rows.iter().map(|(.., v)| v.is_some()).collect();
    let (field, v) = tensor_column(&[2], values, Some(valid));
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(id, ..)| *id)));
    let g: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, g, _)| *g)));
    let int = Field::new("x", arrow::datatypes::DataType::Int64, false);
    batch(vec![("id", int.clone(), id), ("g", int, g), ("v", field, v)])
}

/// Three partitions of small batches.
pub(super) fn spread(rows: &[Row]) -> Vec<Vec<RecordBatch>> {
    let mut partitions = vec![vec![]; 3];
    for (at, part) in rows.chunks(3).enumerate() {
        partitions[at % 3].push(table(part));
    }
    partitions[0].push(table(&[]));
    partitions
}

/// The naive aggregate of a group's cells.
fn naive(name: &str, cells: &[Vec<f32>]) -> Option<Vec<f64>> {
    if cells.is_empty() || (name == "stddev" && cells.len() < 2) {
        return None;
    }
    let n = cells.len() as f64;
    let of = |at: usize| cells.iter().map(move |cell| f64::from(cell[at]));
    let spread = |at: usize| {
        let mean = of(at).sum::<f64>() / n;
        of(at).map(|x| (x - mean).powi(2)).sum::<f64>()
    };
    let one = |at: usize| match name {
        "sum" | "sum_vec" => of(at).sum(),
        "avg" | "avg_vec" => of(at).sum::<f64>() / n,
        "min" => of(at).fold(f64::INFINITY, f64::min),
        "max" => of(at).fold(f64::NEG_INFINITY, f64::max),
        "stddev" => (spread(at) / (n - 1.0)).sqrt(),
        _ => spread(at) / n,
    };
    Some(vec![one(0), one(1)])
}

const NAMES: [&str; 8] = ["sum", "avg", "min", "max", "stddev", "var_pop", "sum_vec", "avg_vec"];

fn same(found: &[Option<Vec<f64>>], expected: &[Option<Vec<f64>>], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        let equal = match (found, expected) {
            (Some(a), Some(b)) => a.iter().zip(b).all(|(x, y)| (x - y).abs() <= 1e-5 * y.abs().max(1.0)),
            (None, None) => true,
            _ => false,
        };
        assert!(equal, "{what}, row {row}: {found:?} is not {expected:?}");
    }
}

pub(super) fn rows() -> impl Strategy<Value = Vec<Row>> {
    let cell =
        prop::option::weighted(0.85, prop::collection::vec((-40i8..40).prop_map(|x| f32::from(x) / 4.0), 2));
    prop::collection::vec((0i64..4, cell), 0..25)
        .prop_map(|rows| rows.into_iter().enumerate().map(|(id, (g, v))| (id as i64, g, v)).collect())
}

fn group_of(rows: &[Row], wanted: impl Fn(&Row) -> bool) -> Vec<Vec<f32>> {
    rows.iter().filter(|row| wanted(row)).filter_map(|(.., v)| v.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn groups_and_windows(rows in rows()) {
        let session = aggregates(spread(&rows));
        let mut groups: Vec<i64> = rows.iter().map(|(_, g, _)| *g).collect();
        groups.sort_unstable();
        groups.dedup();
        for name in NAMES {
            let sql = format!("SELECT {name}(v) FROM t GROUP BY g ORDER BY g");
            let expected: Vec<_> =
                groups.iter().map(|&g| naive(name, &group_of(&rows, |row| row.1 == g))).collect();
            same(&cells_of(&query(&session, &sql).unwrap()), &expected, &sql);
            let sql = format!("SELECT {name}(v) FILTER (WHERE id % 2 = 0) FROM t GROUP BY g ORDER BY g");
            let even = |g: i64| naive(name, &group_of(&rows, |row| row.1 == g && row.0 % 2 == 0));
            let expected: Vec<_> = groups.iter().map(|&g| even(g)).collect();
            same(&cells_of(&query(&session, &sql).unwrap()), &expected, &sql);
            let sql = format!("SELECT {name}(v) FROM t");
            let expected = [naive(name, &group_of(&rows, |_| true))];
            same(&cells_of(&query(&session, &sql).unwrap()), &expected, &sql);
            for (frame, back) in [("", i64::MAX), ("ROWS BETWEEN 2 PRECEDING AND CURRENT ROW", 2)] {
                let sql = format!("SELECT {name}(v) OVER (ORDER BY id {frame}) FROM t ORDER BY id");
                let expected: Vec<_> = rows
                    .iter()
                    .map(|(id, ..)| {
                        let within = |row: &Row| row.0 <= *id && id.saturating_sub(row.0) <= back;
                        naive(name, &group_of(&rows, within))
                    })
                    .collect();
                same(&cells_of(&query(&session, &sql).unwrap()), &expected, &sql);
            }
        }
    }
}

pub(super) fn some_rows() -> Vec<Row> {
    vec![
        (0, 0, Some(vec![1.0, 2.0])),
        (1, 0, None),
        (2, 1, Some(vec![3.0, 4.0])),
        (3, 0, Some(vec![5.0, -6.0])),
    ]
}

#[test]
fn result_types() {
    let session = aggregates(spread(&some_rows()));
    let found = query(&session, "SELECT sum(v), avg(v), min(v), stddev(v), sum(id), avg(id) FROM t").unwrap();
    let types: Vec<String> =
        found.schema().fields().iter().map(|f| linal_store::ColumnType::of(f).to_string()).collect();
    assert_eq!(types, ["Vector(2, f64)", "Vector(2)", "Vector(2)", "Vector(2, f64)", "Int", "Float"]);
    let found = query(&session, "SELECT mean(id), stdev(id), variance(id), max(id) FROM t").unwrap();
    assert_eq!(numbers(&found), [Some(1.5)]);
}

#[test]
fn numbers_fall_back_and_whole_sums_are_checked() {
    let session = aggregates(spread(&some_rows()));
    let found = query(&session, "SELECT sum(id * 1.5), sum(DISTINCT id) FROM t").unwrap();
    assert_eq!(numbers(&found), [Some(9.0)]);
    let error = query(&session, "SELECT sum(9223372036854775807 - id) FROM t").unwrap_err();
    assert!(message(error).starts_with("E0302"));
    let error = query(&session, "SELECT sum(9223372036854775807 - id) FROM t GROUP BY g").unwrap_err();
    assert!(message(error).starts_with("E0302"));
    let found =
        query(&session, "SELECT sum(id) OVER (ORDER BY id ROWS 1 PRECEDING) FROM t ORDER BY id").unwrap();
    assert_eq!(numbers(&found), [Some(0.0), Some(1.0), Some(3.0), Some(5.0)]);
    let found = query(&session, "SELECT sum(id) FROM t WHERE id > 100").unwrap();
    assert_eq!(numbers(&found), [None]);
}

#[test]
fn mistakes_are_named() {
    let session = aggregates(spread(&some_rows()));
    let error = query(&session, "SELECT sum_vec(id) FROM t").unwrap_err();
    assert_eq!(message(error), "E0307 not_a_tensor: SUM_VEC takes one column of tensors, not (Int)");
    // DataFusion plans a single DISTINCT as a grouping, which is correct; several aggregates with DISTINCT
    // are rejected.
    let found = query(&session, "SELECT sum(DISTINCT v) FROM t").unwrap();
    assert_eq!(cells_of(&found), [Some(vec![9.0, 0.0])]);
    let error = query(&session, "SELECT sum(DISTINCT v), stddev(id) FROM t").unwrap_err();
    assert!(message(error).starts_with("E0901"));
}

#[test]
fn single_precision_sums_are_wide() {
    let rows: Vec<Row> = (0..3).map(|id| (id, 0, Some(vec![16_777_216.0, 1.0]))).collect();
    let rows = [rows, vec![(3, 0, Some(vec![1.0, 1.0]))]].concat();
    let session = aggregates(vec![vec![table(&rows)]]);
    let found = query(&session, "SELECT sum(v) FROM t").unwrap();
    assert_eq!(cells_of(&found), [Some(vec![50_331_649.0, 4.0])]);
}
