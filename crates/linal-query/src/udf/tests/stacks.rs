//! Stacks against naive vectors, through plans and as operators call them.

use arrow::array::{BooleanArray, FixedSizeListArray, Float64Array, Int64Array, StringArray};
use arrow::compute::SortOptions;
use arrow::datatypes::DataType;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalSortExpr;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::col;
use proptest::prelude::*;

use super::aggregates::{Row, aggregates, rows, some_rows, spread, table};
use crate::udf::tests::*;

type Stack = Option<Vec<Vec<f64>>>;

/// The stacks of a column.
fn stacks(column: &ArrayRef) -> Vec<Stack> {
    let lists = column.as_list::<i32>();
    let cells = |at: usize| {
        let cells = lists.value(at);
        let field = Field::new("v", cells.data_type().clone(), true);
        cells_of(&batch(vec![("v", field, cells)])).into_iter().map(Option::unwrap).collect()
    };
    (0..lists.len()).map(|at| lists.is_valid(at).then(|| cells(at))).collect()
}

/// The stack of these rows, in order.
fn naive<'r>(rows: impl Iterator<Item = &'r Row>) -> Stack {
    let cells = rows.filter_map(|(.., v)| v.as_ref());
    let cells: Vec<Vec<f64>> = cells.map(|v| v.iter().map(|&x| f64::from(x)).collect()).collect();
    Some(cells).filter(|cells| !cells.is_empty())
}

fn found(session: &SessionContext, sql: &str) -> Vec<Stack> {
    stacks(query(session, sql).unwrap().column(0))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn groups_orders_and_windows(rows in rows()) {
        let session = aggregates(spread(&rows));
        let mut groups: Vec<i64> = rows.iter().map(|(_, g, _)| *g).collect();
        groups.sort_unstable();
        groups.dedup();
        let each = |wanted: &dyn Fn(&Row) -> bool| -> Vec<Stack> {
            let of = |g: i64| naive(rows.iter().filter(|row| row.1 == g && wanted(row)));
            groups.iter().map(|&g| of(g)).collect()
        };
        let sql = "SELECT stack(v ORDER BY id) FROM t GROUP BY g ORDER BY g";
        prop_assert_eq!(found(&session, sql), each(&|_| true));
        let sql = "SELECT stack(v ORDER BY id) FILTER (WHERE id % 2 = 0) FROM t GROUP BY g ORDER BY g";
        prop_assert_eq!(found(&session, sql), each(&|row| row.0 % 2 == 0));
        let sql = "SELECT stack(v ORDER BY id DESC) FROM t";
        prop_assert_eq!(found(&session, sql), [naive(rows.iter().rev())]);
        let sql = "SELECT stack(v ORDER BY g DESC, id) FROM t";
        let mut by_group: Vec<&Row> = rows.iter().collect();
        by_group.sort_by_key(|row| -row.1);
        prop_assert_eq!(found(&session, sql), [naive(by_group.into_iter())]);
        for (frame, back) in [("", i64::MAX), ("ROWS BETWEEN 2 PRECEDING AND CURRENT ROW", 2)] {
            let sql = format!("SELECT stack(v) OVER (ORDER BY id {frame}) FROM t ORDER BY id");
            let within = |id: i64| move |row: &&Row| row.0 <= id && id.saturating_sub(row.0) <= back;
            let expected: Vec<Stack> = rows.iter().map(|row| naive(rows.iter().filter(within(row.0)))).collect();
            prop_assert_eq!(found(&session, &sql), expected);
        }
    }
}

#[test]
fn mistakes_are_named() {
    let session = aggregates(spread(&some_rows()));
    let error = query(&session, "SELECT stack(id) FROM t").unwrap_err();
    assert_eq!(message(error), "E0307 not_a_tensor: STACK takes one column of tensors, not (Int)");
    let error = query(&session, "SELECT stack(DISTINCT v), stddev(id) FROM t").unwrap_err();
    assert!(message(error).starts_with("E0901"));
}

/// The call `STACK(v)`, or `STACK(v ORDER BY k DESC)`, over columns `v` and `k`.
fn call(cell: &DataType, key: Option<DataType>) -> AggregateFunctionExpr {
    let mut fields = vec![Field::new("v", cell.clone(), true)];
    fields.extend(key.clone().map(|key| Field::new("k", key, true)));
    let schema = Arc::new(Schema::new(fields));
    let function = aggregate_functions().into_iter().find(|function| function.name() == "stack").unwrap();
    let order = key.map(|_| PhysicalSortExpr {
        expr: col("k", &schema).unwrap(),
        options: SortOptions { descending: true, nulls_first: false },
    });
    AggregateExprBuilder::new(function, vec![col("v", &schema).unwrap()])
        .order_by(order.into_iter().collect())
        .schema(schema)
        .alias("s")
        .build()
        .unwrap()
}

fn pairs(values: &[[f32; 2]], valid: &[bool]) -> ArrayRef {
    tensor_column(&[2], values.concat(), Some(valid.to_vec())).1
}

/// Four cells, one of them NULL, in groups 2, 0, 2 and 0 of four; then a sliced cell.
fn filled(call: &AggregateFunctionExpr) -> Box<dyn GroupsAccumulator> {
    let mut all = call.create_groups_accumulator().unwrap();
    let cells = pairs(&[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0], [5.0, 6.0]], &[true, true, false, true]);
    all.update_batch(&[cells], &[2, 0, 2, 0], None, 3).unwrap();
    let cells = pairs(&[[0.0; 2], [7.0, 8.0], [1.0, 1.0], [0.0; 2]], &[true; 4]).slice(1, 2);
    let filter = BooleanArray::from(vec![Some(true), None]);
    all.update_batch(&[cells], &[2, 3], Some(&filter), 4).unwrap();
    all
}

fn stack_of(cells: &[[f64; 2]]) -> Stack {
    Some(cells.iter().map(|cell| cell.to_vec()).collect())
}

#[test]
fn all_groups_or_the_first_ones() {
    let call = call(pairs(&[], &[]).data_type(), None);
    let (zero, two) = (stack_of(&[[3.0, 4.0], [5.0, 6.0]]), stack_of(&[[1.0, 2.0], [7.0, 8.0]]));
    let all = filled(&call).evaluate(EmitTo::All).unwrap();
    assert_eq!(stacks(&all), [zero.clone(), None, two.clone(), None]);

    let mut some = filled(&call);
    let before = some.size();
    assert_eq!(stacks(&some.evaluate(EmitTo::First(2)).unwrap()), [zero, None]);
    assert!(some.size() < before);
    some.update_batch(&[pairs(&[[0.5, 0.5]], &[true])], &[1], None, 2).unwrap();
    assert_eq!(stacks(&some.evaluate(EmitTo::All).unwrap()), [two, stack_of(&[[0.5, 0.5]])]);
    assert_eq!(some.evaluate(EmitTo::All).unwrap().len(), 0);
}

#[test]
fn states_are_merged() {
    let call = call(pairs(&[], &[]).data_type(), None);
    let mut merged = call.create_groups_accumulator().unwrap();
    let state = filled(&call).state(EmitTo::All).unwrap();
    merged.merge_batch(&state, &[0, 1, 1, 0], 2).unwrap();
    let cells = pairs(&[[4.0; 2], [0.0; 2], [6.0; 2]], &[true, false, true]);
    let filter = BooleanArray::from(vec![true, true, false]);
    let state = merged.convert_to_state(&[cells], Some(&filter)).unwrap();
    merged.merge_batch(&state, &[1, 1, 1], 2).unwrap();
    let found = stacks(&merged.evaluate(EmitTo::All).unwrap());
    let expected = [stack_of(&[[3.0, 4.0], [5.0, 6.0]]), stack_of(&[[1.0, 2.0], [7.0, 8.0], [4.0, 4.0]])];
    assert_eq!(found, expected);
}

#[test]
fn keys_come_with_states_and_ties_stay() {
    let call = call(pairs(&[], &[]).data_type(), Some(DataType::Utf8));
    let keys = |keys: &[Option<&str>]| Arc::new(StringArray::from(keys.to_vec())) as ArrayRef;
    let part = |first: f32, texts: &[Option<&str>]| {
        let cells: Vec<[f32; 2]> = (0..texts.len()).map(|at| [first, at as f32]).collect();
        (pairs(&cells, &vec![true; cells.len()]), keys(texts))
    };
    let (first, first_keys) = part(1.0, &[Some("b"), None, Some("ab")]);
    let (second, second_keys) = part(2.0, &[Some("b"), Some("c")]);
    let mut partial = call.create_groups_accumulator().unwrap();
    partial.update_batch(&[first.clone(), first_keys], &[0, 0, 0], None, 1).unwrap();
    let mut last = call.create_groups_accumulator().unwrap();
    last.merge_batch(&partial.state(EmitTo::All).unwrap(), &[0], 1).unwrap();
    let state = last.convert_to_state(&[second, second_keys], None).unwrap();
    let state: Vec<ArrayRef> = state.iter().map(|column| column.slice(0, 2)).collect();
    last.merge_batch(&state, &[0, 0], 1).unwrap();
    let expected = [[2.0, 1.0], [1.0, 0.0], [2.0, 0.0], [1.0, 2.0], [1.0, 1.0]];
    assert_eq!(stacks(&last.evaluate(EmitTo::All).unwrap()), [stack_of(&expected)]);
}

/// Cells of other dtypes, and no cells.
#[test]
fn cells_of_any_dtype() {
    let cells: [ArrayRef; 3] = [
        Arc::new(BooleanArray::from(vec![true, false, true, true, false, false])),
        Arc::new(Int64Array::from(vec![1, i64::MAX, 3, 4, 5, 6])),
        Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
    ];
    for (width, elements) in cells.iter().flat_map(|elements| [(2, elements), (3, elements)]) {
        let item = Arc::new(Field::new("item", elements.data_type().clone(), false));
        let rows = elements.len() / width;
        let cells = FixedSizeListArray::try_new_with_length(item, width as i32, elements.clone(), None, rows)
            .unwrap();
        let cells: ArrayRef = Arc::new(cells);
        let call = call(cells.data_type(), None);
        let mut one = call.create_accumulator().unwrap();
        assert!(one.evaluate().unwrap().is_null());
        one.update_batch(&[cells.slice(0, 1)]).unwrap();
        one.update_batch(&[cells.slice(1, rows - 1)]).unwrap();
        let ScalarValue::List(found) = one.evaluate().unwrap() else { panic!("no list") };
        assert_eq!(found.value(0).as_ref(), cells.as_ref());
        let state: Vec<ArrayRef> = one.state().unwrap().iter().map(|s| s.to_array().unwrap()).collect();
        one.merge_batch(&state).unwrap();
        one.retract_batch(&[cells.slice(0, 1)]).unwrap();
        let ScalarValue::List(found) = one.evaluate().unwrap() else { panic!("no list") };
        assert_eq!(found.value(0).as_ref(), cells.slice(1, rows - 1).as_ref());
        assert_eq!(found.data_type(), call.field().data_type());
    }
}

#[test]
fn cells_of_no_elements_are_counted() {
    let session = aggregates(vec![vec![table(&some_rows())]]);
    let found = found(&session, "SELECT stack(v) FROM t WHERE id > 100");
    assert_eq!(found, [None]);
    let item = Arc::new(Field::new("item", DataType::Float32, false));
    let none = Arc::new(arrow::array::Float32Array::from(Vec::<f32>::new()));
    let cells: ArrayRef = Arc::new(FixedSizeListArray::try_new_with_length(item, 0, none, None, 3).unwrap());
    let mut one = call(cells.data_type(), None).create_accumulator().unwrap();
    one.update_batch(&[cells]).unwrap();
    let ScalarValue::List(found) = one.evaluate().unwrap() else { panic!("no list") };
    assert_eq!(found.value_length(0), 3);
}

/// The reported size of a stack is its actual memory, for any groups.
#[test]
fn memory_is_counted() {
    let cells = pairs(&[[1.0, 2.0]; 1000], &[true; 1000]);
    let mut all = call(cells.data_type(), None).create_groups_accumulator().unwrap();
    let groups: Vec<usize> = (0..1000).collect();
    for _ in 0..10 {
        all.update_batch(std::slice::from_ref(&cells), &groups, None, 1000).unwrap();
    }
    assert!((10 * 1000 * 12..3 * 10 * 1000 * 12).contains(&all.size()), "{}", all.size());
    all.evaluate(EmitTo::All).unwrap();
    assert!(all.size() < 1000);
}
