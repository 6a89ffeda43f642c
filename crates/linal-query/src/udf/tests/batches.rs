//! Every function over a batch against the tensor evaluator over each row.

use arrow::array::{BooleanArray, Float32Array, Float64Array, Int64Array};
use arrow::datatypes::FieldRef;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs};
use linal_tensor::{ExecutionContext, graph};
use proptest::prelude::*;

use crate::udf::call::CallFunction;
use crate::udf::formula::Formula;
use crate::udf::operand::Operand;
use crate::udf::tests::*;

/// An argument: a column of cells, or a literal.
#[derive(Clone, Debug)]
struct Argument {
    field: FieldRef,
    array: ArrayRef,
    constant: bool,
}

impl Argument {
    fn value(&self, row: usize) -> ScalarValue {
        ScalarValue::try_from_array(&self.array, if self.constant { 0 } else { row }).unwrap()
    }
}

fn function(name: &str) -> Arc<ScalarUDF> {
    let all = scalar_functions(DType::F64);
    let found = all.iter().find(|f| f.name() == name || f.aliases().iter().any(|alias| alias == name));
    found.unwrap_or_else(|| panic!("no function {name}")).clone()
}

/// Evaluates a batch as DataFusion does.
fn run_batch(
    function: &ScalarUDF,
    arguments: &[Argument],
    rows: usize,
) -> Result<Vec<Option<Vec<f64>>>, String> {
    let arg_fields: Vec<FieldRef> = arguments.iter().map(|a| a.field.clone()).collect();
    let constants: Vec<Option<ScalarValue>> =
        arguments.iter().map(|a| a.constant.then(|| a.value(0))).collect();
    let scalar_arguments: Vec<Option<&ScalarValue>> = constants.iter().map(Option::as_ref).collect();
    let planned = ReturnFieldArgs { arg_fields: &arg_fields, scalar_arguments: &scalar_arguments };
    let return_field = function.return_field_from_args(planned).map_err(|e| e.to_string())?;
    let args = arguments
        .iter()
        .map(|a| {
            if a.constant { ColumnarValue::Scalar(a.value(0)) } else { ColumnarValue::Array(a.array.clone()) }
        })
        .collect();
    let config_options = Arc::new(ConfigOptions::default());
    let args = ScalarFunctionArgs {
        args,
        arg_fields,
        number_rows: rows,
        return_field: return_field.clone(),
        config_options,
    };
    let array = function.invoke_with_args(args).map_err(|e| e.to_string())?.into_array(rows).unwrap();
    assert_eq!(array.data_type(), return_field.data_type());
    assert!(return_field.is_nullable() || array.null_count() == 0);
    let cells = (0..rows).map(|row| array.is_valid(row).then(|| elements(&array.slice(row, 1)))).collect();
    Ok(cells)
}

fn elements(one: &ArrayRef) -> Vec<f64> {
    // A cell without elements is an empty list.
    let none = one.as_list_opt::<i32>().map(|list| list.values().clone());
    let flat = match one.as_fixed_size_list_opt() {
        Some(list) => list.values().clone(),
        None => none.unwrap_or_else(|| one.clone()),
    };
    let flat = arrow::compute::cast(&flat, &arrow::datatypes::DataType::Float64).unwrap();
    flat.as_primitive::<Float64Type>().values().to_vec()
}

/// Evaluates one row as a tensor statement does.
fn run_row(function: &ScalarUDF, arguments: &[Argument], row: usize) -> Result<Option<Vec<f64>>, String> {
    let values: Vec<ScalarValue> = arguments.iter().map(|a| a.value(row)).collect();
    if values.iter().any(ScalarValue::is_null) {
        return Ok(None);
    }
    let operands: Vec<Operand> =
        arguments.iter().zip(values).map(|(a, value)| Operand::new(&a.field, Some(value))).collect();
    let context = ExecutionContext::unlimited();
    let inner: &dyn std::any::Any = function.inner().as_ref();
    let formula = inner.downcast_ref::<CallFunction>().unwrap();
    let node = formula.graph(&operands, &context).map_err(|e| e.to_string())?;
    match graph::evaluate(&graph::cast(&node, DType::F64).unwrap(), &context) {
        Ok(tensor) => Ok(Some(tensor.to_vec::<f64>())),
        Err(error) if error.to_string().contains("zero vector") => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn close(a: f64, b: f64, single: bool) -> bool {
    let tolerance = if single { 1e-5 } else { 1e-12 };
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
}

fn check(name: &str, arguments: &[Argument], rows: usize) {
    let function = function(name);
    let batch = run_batch(&function, arguments, rows);
    let single: Vec<_> = (0..rows).map(|row| run_row(&function, arguments, row)).collect();
    match batch {
        Ok(cells) => {
            for (row, (found, expected)) in cells.into_iter().zip(single).enumerate() {
                let expected = expected.unwrap_or_else(|e| panic!("{name} row {row}: {e}"));
                let same = match (&found, &expected) {
                    (Some(found), Some(expected)) => {
                        let single = arguments.iter().any(|a| a.field.to_string().contains("Float32"));
                        found.len() == expected.len()
                            && found.iter().zip(expected).all(|(&a, &b)| close(a, b, single))
                    }
                    (None, None) => true,
                    _ => false,
                };
                assert!(same, "{name} row {row}: {found:?} is not {expected:?}\n{arguments:?}");
            }
        }
        // Shapes are checked before rows, so an error is reported even if every row has a NULL.
        Err(error) => assert!(
            single.iter().any(Result::is_err) || single.iter().all(|cell| matches!(cell, Ok(None))),
            "{name} fails over a batch alone: {error}\n{arguments:?}"
        ),
    }
}

/// Cells of a shape and dtype for `rows` rows, after `offset` rows that are sliced off.
fn column(shape: Vec<usize>, dtype: DType, rows: usize, constant: bool) -> BoxedStrategy<Argument> {
    let width: usize = shape.iter().product();
    let number = prop_oneof![4 => (-20i64..20).prop_map(|x| x as f64 / 4.0), 1 => Just(0.0)];
    let zero_rows = prop::collection::vec(prop::bool::weighted(0.15), rows + 2);
    let valid = prop::collection::vec(prop::bool::weighted(0.8), rows + 2);
    (prop::collection::vec(number, width * (rows + 2)), zero_rows, valid, any::<bool>())
        .prop_map(move |(mut values, zeros, valid, some_null)| {
            for (row, _) in zeros.iter().enumerate().filter(|(_, zero)| **zero) {
                values[row * width..(row + 1) * width].fill(0.0);
            }
            let valid = if some_null && !constant { valid } else { vec![true; rows + 2] };
            let nulls = (some_null && !constant).then(|| NullBuffer::from(valid));
            let scalar = shape.is_empty();
            let inner = if scalar { nulls.clone() } else { None };
            let flat: ArrayRef = match dtype {
                DType::F32 => Arc::new(Float32Array::new(values.iter().map(|&x| x as f32).collect(), inner)),
                DType::I64 => Arc::new(Int64Array::new(values.iter().map(|&x| x as i64).collect(), inner)),
                DType::Bool => Arc::new(BooleanArray::new(values.iter().map(|&x| x > 0.0).collect(), inner)),
                _ => Arc::new(Float64Array::new(values.into(), inner)),
            };
            let (field, array) = if scalar {
                (Field::new("x", flat.data_type().clone(), true), flat)
            } else {
                let tensor = TensorType { shape: Shape::new(&shape), dtype };
                let list = FixedSizeListArray::try_new_with_length(
                    tensor.item_field(),
                    width as i32,
                    flat,
                    nulls,
                    rows + 2,
                );
                (tensor.field("v", true), Arc::new(list.unwrap()) as ArrayRef)
            };
            Argument { field: Arc::new(field), array: array.slice(2, rows), constant }
        })
        .boxed()
}

fn rows() -> impl Strategy<Value = usize> {
    prop_oneof![Just(1usize), Just(7), Just(2)]
}

fn dtype() -> impl Strategy<Value = DType> {
    prop_oneof![Just(DType::F32), Just(DType::F64), Just(DType::I64)]
}

fn shape() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![Just(vec![3]), Just(vec![2, 3]), Just(vec![1]), Just(vec![2, 1, 2]), Just(vec![])]
}

/// Two arguments of these shapes, some of them literals.
fn two(left: Vec<usize>, right: Vec<usize>) -> impl Strategy<Value = (usize, Argument, Argument)> {
    (rows(), dtype(), dtype(), 0..3).prop_flat_map(move |(rows, a, b, constant)| {
        let first = column(left.clone(), a, rows, constant == 1);
        let second = column(right.clone(), b, rows, constant == 2);
        (Just(rows), first, second)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn unary((rows, argument) in (rows(), dtype(), shape())
        .prop_flat_map(|(rows, dtype, shape)| (Just(rows), column(shape, dtype, rows, false))))
    {
        for name in ["abs", "sqrt", "exp", "round", "sign", "isnan", "relu", "sigmoid"] {
            check(name, std::slice::from_ref(&argument), rows);
        }
        if argument.field.data_type().is_nested() {
            for name in [
                "vec_sum", "vec_mean", "vec_min", "vec_max", "vec_stdev", "vec_variance_pop", "prod", "l2_norm",
                "argmin", "argmax", "normalize", "transpose", "flatten", "sort", "argsort", "cumsum", "diff",
                "histogram_edges",
            ] {
                let count = if name == "histogram_edges" { vec![constant_int(3)] } else { vec![] };
                let arguments: Vec<Argument> = [argument.clone()].into_iter().chain(count).collect();
                check(name, &arguments, rows);
            }
            for name in ["vec_sum", "vec_max", "normalize", "cumsum", "l2_norm"] {
                check(name, &[argument.clone(), constant_int(-1)], rows);
                check(name, &[argument.clone(), constant_int(0)], rows);
            }
        }
    }

    #[test]
    fn binary((rows, a, b) in (shape(), shape()).prop_flat_map(|(a, b)| two(a, b))) {
        for name in ["vec_add", "vec_sub", "vec_mul", "divide", "minimum", "maximum"] {
            check(name, &[a.clone(), b.clone()], rows);
        }
    }

    #[test]
    fn pairs((rows, a, b) in shape().prop_flat_map(|shape| two(shape.clone(), shape))) {
        let vectors = TensorType::of(&a.field).is_some_and(|cell| cell.shape.rank() == 1);
        for name in ["cosine_sim", "dot", "distance", "l1_distance"] {
            if a.field.data_type().is_nested() && (name != "dot" || vectors) {
                check(name, &[a.clone(), b.clone()], rows);
            }
        }
        if a.field.data_type().is_nested() {
            check("concat", &[a.clone(), b.clone()], rows);
        }
    }

    #[test]
    fn products((rows, a, b) in prop_oneof![
        Just((vec![3], vec![3])),
        Just((vec![2, 3], vec![3])),
        Just((vec![3], vec![3, 2])),
        Just((vec![2, 3], vec![3, 2])),
        Just((vec![2, 2, 3], vec![3, 2])),
        Just((vec![2, 2, 3], vec![3])),
        Just((vec![2, 3], vec![2, 3, 4])),
    ].prop_flat_map(|(a, b)| two(a, b))) {
        check("matmul", &[a, b], rows);
    }
}

fn constant_int(value: i64) -> Argument {
    let array: ArrayRef = Arc::new(Int64Array::from(vec![value]));
    Argument { field: Arc::new(Field::new("n", array.data_type().clone(), false)), array, constant: true }
}

#[test]
fn no_rows() {
    let argument = Argument { constant: false, ..constant_int(1) };
    let argument = Argument { array: argument.array.slice(0, 0), ..argument };
    assert_eq!(run_batch(&function("abs"), &[argument], 0), Ok(vec![]));
}
