use arrow::array::Int64Array;
use datafusion::prelude::{col, lit};

use crate::udf::tests::*;

/// Four rows, the third NULL, of `[1, 2, 3]`, `[4, 5, 6]`, NULL, `[0, 0, 0]`, with `w` its double.
fn small() -> SessionContext {
    let values: Vec<f32> = vec![1., 2., 3., 4., 5., 6., 9., 9., 9., 0., 0., 0.];
    let doubled = values.iter().map(|x| x * 2.0).collect();
    let (field, v) = tensor_column(&[3], values.clone(), Some(vec![true, true, false, true]));
    let (_, w) = tensor_column(&[3], doubled, None);
    let x: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(2), Some(-1), None]));
    let y: ArrayRef = Arc::new(arrow::array::Float64Array::from(vec![0.5, 1.5, -2.5, f64::NAN]));
    let s: ArrayRef = Arc::new(arrow::array::StringArray::from(vec!["a", "b", "c", "d"]));
    let ints = Field::new("x", arrow::datatypes::DataType::Int64, true);
    let floats = Field::new("y", arrow::datatypes::DataType::Float64, false);
    let texts = Field::new("s", arrow::datatypes::DataType::Utf8, false);
    let rows = batch(vec![
        ("v", field.clone(), v),
        ("w", field, w),
        ("x", ints, x),
        ("y", floats, y),
        ("s", texts, s),
    ]);
    session(vec![vec![rows.slice(0, 1), rows.slice(1, 3)]])
}

fn call(name: &str, args: Vec<Expr>) -> Expr {
    let functions = scalar_functions(DType::F64);
    let function = functions.iter().find(|f| f.name() == name || f.aliases().iter().any(|a| a == name));
    function.unwrap_or_else(|| panic!("no function {name}")).call(args)
}

#[test]
fn pairs_of_columns_and_constants() {
    let session = small();
    let found = query(&session, "SELECT cosine_sim(v, w) FROM t").unwrap();
    assert_eq!(numbers(&found), [Some(1.0), Some(1.0), None, None]);
    let found = select(&session, vec![call("dot", vec![col("v"), list(&[1., 0., 2.])])]).unwrap();
    assert_eq!(numbers(&found), [Some(7.0), Some(16.0), None, Some(0.0)]);
    let found = query(&session, "SELECT distance(v, w), l1_distance(v, w) FROM t").unwrap();
    assert_eq!(numbers(&found)[0], Some(14f64.sqrt()));
}

#[test]
fn elementwise_keeps_the_dtype_of_the_column() {
    let session = small();
    let found = select(&session, vec![call("vec_add", vec![col("v"), list(&[10., 20., 30.])])]).unwrap();
    assert_eq!(cells_of(&found)[1], Some(vec![14., 25., 36.]));
    assert_eq!(found.column(0).data_type(), &TensorType::vector(3, DType::F32).data_type());
    let plus = operator(TensorOperator::Binary(linal_lang::ast::BinaryOp::Mul));
    let found = select(&session, vec![plus.call(vec![col("v"), col("x")])]).unwrap();
    assert_eq!(cells_of(&found), [Some(vec![1., 2., 3.]), Some(vec![8., 10., 12.]), None, None]);
    assert_eq!(found.schema().field(0).name(), "t.v * t.x");
    let found = select(&session, vec![plus.call(vec![col("v"), lit(0.5)])]).unwrap();
    assert_eq!(cells_of(&found)[0], Some(vec![0.5, 1.0, 1.5]));
}

#[test]
fn numbers_and_fallbacks() {
    let session = small();
    let found = query(&session, "SELECT round(y) FROM t").unwrap();
    assert_eq!(numbers(&found)[..3], [Some(0.0), Some(2.0), Some(-2.0)]);
    let found = query(&session, "SELECT abs(x) FROM t").unwrap();
    assert_eq!(found.column(0).data_type(), &arrow::datatypes::DataType::Int64);
    assert_eq!(numbers(&found), [Some(1.0), Some(2.0), Some(1.0), None]);
    let found = query(&session, "SELECT round(2.345, 2), concat(s, 1), log(2.0, 8.0) FROM t").unwrap();
    assert_eq!(numbers(&found)[0], Some(2.35));
    assert_eq!(numbers(&found.project(&[2]).unwrap())[0], Some(3.0));
    let found = query(&session, "SELECT vec_sum(v, 0) + random() * 0 FROM t").unwrap();
    assert_eq!(numbers(&found), [Some(6.0), Some(15.0), None, Some(0.0)]);
}

#[test]
fn views_share_memory_and_shapes_are_checked_at_planning() {
    let session = small();
    let found = select(&session, vec![call("reshape", vec![col("w"), list(&[3., 1.])])]).unwrap();
    assert_eq!(TensorType::of(found.schema().field(0)).unwrap().to_string(), "Matrix(3, 1)");
    let error = select(&session, vec![call("dot", vec![col("v"), list(&[1., 2.])])]).unwrap_err();
    assert_eq!(
        message(error),
        "E0203 shape_mismatch: DOT of shapes [3] and [2]: both must have the same shape"
    );
    let error = query(&session, "SELECT reshape(v, x) FROM t").unwrap_err();
    assert!(message(error).starts_with("E0614"));
    let found = query(&session, "SELECT mat_shape(v), vec_min(v) FROM t").unwrap();
    assert_eq!(found.column(0).as_string::<i32>().value(0), "3");
}

#[test]
fn normalize_of_zero_is_null() {
    let session = small();
    let found = query(&session, "SELECT normalize(w) FROM t").unwrap();
    let cells = cells_of(&found);
    assert_eq!(cells[3], None);
    let norm: f64 = cells[0].as_ref().unwrap().iter().map(|x| x * x).sum();
    assert!((norm - 1.0).abs() < 1e-6);
}

#[test]
fn index_by_constants_ranges_and_columns() {
    let session = small();
    let found = query(&session, "SELECT __index(v, -1) FROM t").unwrap();
    assert_eq!(numbers(&found), [Some(3.0), Some(6.0), None, Some(0.0)]);
    let found = query(&session, "SELECT __index(v, __range(1, NULL, NULL)) FROM t").unwrap();
    assert_eq!(cells_of(&found)[1], Some(vec![5.0, 6.0]));
    let found = query(&session, "SELECT __index(w, x), __index(w, __all()) FROM t").unwrap();
    assert_eq!(numbers(&found), [Some(4.0), Some(12.0), Some(18.0), None]);
    let error = query(&session, "SELECT __index(v, 3) FROM t").unwrap_err();
    assert_eq!(message(error), "E0207 index_out_of_range: index 3 is out of range for axis 0 of size 3");
    let error = query(&session, "SELECT __index(w, x * 3) FROM t").unwrap_err();
    assert!(message(error).starts_with("E0207"));
}

#[test]
fn casts() {
    let session = small();
    let matrix = TensorType { shape: Shape::new(&[1, 3]), dtype: DType::F64 };
    let found = select(&session, vec![cast_tensor(matrix).call(vec![col("v")])]).unwrap();
    assert_eq!(TensorType::of(found.schema().field(0)).unwrap().to_string(), "Matrix(1, 3, f64)");
    assert_eq!(cells_of(&found)[1], Some(vec![4., 5., 6.]));
    let wrong = TensorType { shape: Shape::new(&[2, 2]), dtype: DType::F32 };
    let error = select(&session, vec![cast_tensor(wrong.clone()).call(vec![col("v")])]).unwrap_err();
    assert!(message(error).starts_with("E0203"));
    let found = select(&session, vec![try_cast_tensor(wrong).call(vec![col("v")])]).unwrap();
    assert_eq!(cells_of(&found), [None, None, None, None]);
    let pair = TensorType::vector(2, DType::F32);
    let made = datafusion::functions_nested::expr_fn::make_array(vec![col("y"), lit(1.0)]);
    let found = select(&session, vec![cast_tensor(pair).call(vec![made])]).unwrap();
    assert_eq!(cells_of(&found)[0], Some(vec![0.5, 1.0]));
}

#[test]
fn integers_overflow() {
    let session = small();
    let add = int_add().call(vec![col("x"), lit(i64::MAX)]);
    let error = select(&session, vec![add]).unwrap_err();
    assert_eq!(message(error), "E0302 integer_overflow: integer overflow: 1 + 9223372036854775807");
    let error = select(&session, vec![int_div().call(vec![col("x"), lit(0)])]).unwrap_err();
    assert_eq!(message(error), "E0303 division_by_zero: DIV of integers by zero");
    let found = select(&session, vec![int_div().call(vec![lit(-7), lit(2)])]).unwrap();
    assert_eq!(numbers(&found)[0], Some(-3.0));
    let error = select(&session, vec![int_neg().call(vec![lit(i64::MIN)])]).unwrap_err();
    assert!(message(error).starts_with("E0302"));
}

#[test]
fn keys_are_one() {
    let session = session(vec![]);
    let found = query(
        &session,
        "SELECT count(DISTINCT __normalized_key(x)) FROM (VALUES (0.0), (-0.0), ('NaN'::double), (-('NaN'::double))) AS t(x)",
    );
    assert_eq!(numbers(&found.unwrap()), [Some(2.0)]);
}
