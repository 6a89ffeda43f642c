//! Functions whose result may be far larger than their arguments, such as `range(1000000000)`: its memory is
//! charged before it is allocated.
//!
//! DataFusion's functions check no limit, and are evaluated by the planner if their arguments are literals.
//! The plan, the names of its expressions and each copy of it would then contain a large result.

use std::cell::Cell;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Int64Type, IntervalMonthDayNanoType};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature,
};
use linal_dataset::Error;
use linal_error::Code;

use super::context::execution;
use super::error::external;

/// Bytes of a constant from which on it is computed at run time.
const LARGE_CONSTANT: usize = 1 << 14;

thread_local! {
    static IS_PLANNING: Cell<bool> = const { Cell::new(false) };
}

/// Runs a planning step in which calls with large results are not evaluated.
pub(crate) fn while_planning<T>(plan: impl FnOnce() -> T) -> T {
    struct Reset(bool);
    impl Drop for Reset {
        fn drop(&mut self) {
            IS_PLANNING.set(self.0);
        }
    }
    let _reset = Reset(IS_PLANNING.replace(true));
    plan()
}

/// A lower bound of the bytes of a call's result.
type Estimate = fn(&[ArrayRef]) -> f64;

/// The functions by DataFusion's names.
const SIZED: [(&str, Estimate); 7] = [
    ("range", range),
    ("generate_series", range),
    ("repeat", repeated_text),
    ("lpad", padded_text),
    ("rpad", padded_text),
    ("array_repeat", repeated_element),
    ("array_resize", repeated_element),
];

/// Those of the functions that `known` has, under the session's limits.
pub(crate) fn sized_functions<'f>(known: impl Fn(&str) -> Option<&'f Arc<ScalarUDF>>) -> Vec<Arc<ScalarUDF>> {
    let sized = |(name, estimate): &(&'static str, Estimate)| {
        let inner = known(name)?.clone();
        Some(Arc::new(ScalarUDF::new_from_impl(SizedFunction { name, inner, estimate: *estimate })))
    };
    SIZED.iter().filter_map(sized).collect()
}

#[derive(Debug)]
struct SizedFunction {
    name: &'static str,
    inner: Arc<ScalarUDF>,
    estimate: Estimate,
}

impl PartialEq for SizedFunction {
    fn eq(&self, other: &SizedFunction) -> bool {
        self.inner == other.inner
    }
}

impl Eq for SizedFunction {}

impl std::hash::Hash for SizedFunction {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl ScalarUDFImpl for SizedFunction {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        self.inner.inner().schema_name(args)
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(types)
    }

    fn simplify(&self, args: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        self.inner.simplify(args, context)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { args.number_rows };
        let arrays = args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<Vec<_>>>()?;
        if self.inner.name() == "array_resize" {
            non_negative(&arrays)?;
        }
        let bytes = (self.estimate)(&arrays);
        if bytes > LARGE_CONSTANT as f64 {
            if IS_PLANNING.get() {
                // The planner keeps a call that fails.
                return exec_err!("a large constant is computed when the query runs");
            }
            let context = execution(&args.config_options);
            context.poll().map_err(|error| external(Error::from(error)))?;
            let bytes = if bytes < usize::MAX as f64 { bytes as usize } else { usize::MAX };
            let reserved = context.pool().reserve(self.name, bytes);
            let _reserved = reserved.map_err(|error| external(Error::from(error)))?;
            return self.inner.invoke_with_args(args);
        }
        self.inner.invoke_with_args(args)
    }
}

/// Rejects negative lengths, which DataFusion reports as a bug.
fn non_negative(args: &[ArrayRef]) -> Result<()> {
    let negative = args.get(1).and_then(|lengths| numbers(lengths).into_iter().find(|length| *length < 0.0));
    match negative {
        Some(length) => {
            let message = format!("ARRAY_RESIZE takes a length from 0 on, and not {length}");
            Err(external(Error::new(Code::WrongArguments, message)))
        }
        None => Ok(()),
    }
}

/// The values as numbers; 0 for NULL and for other types.
fn numbers(array: &ArrayRef) -> Vec<f64> {
    let Ok(numbers) = cast(array, &DataType::Int64) else { return vec![0.0; array.len()] };
    numbers.as_primitive::<Int64Type>().iter().map(|number| number.unwrap_or(0) as f64).collect()
}

/// The steps of a series in the unit of its bounds.
fn steps(array: &ArrayRef, bounds: &DataType) -> Vec<f64> {
    let Some(intervals) = array.as_primitive_opt::<IntervalMonthDayNanoType>() else {
        return numbers(array);
    };
    const DAY: f64 = 86_400e9;
    let units_in_a_day = match bounds {
        DataType::Date32 => 1.0,
        DataType::Date64 | DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, _) => 86_400e3,
        DataType::Timestamp(arrow::datatypes::TimeUnit::Second, _) => 86_400.0,
        DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, _) => 86_400e6,
        _ => DAY,
    };
    let of = |step: arrow::datatypes::IntervalMonthDayNano| {
        let days = 30.0 * f64::from(step.months) + f64::from(step.days) + step.nanoseconds as f64 / DAY;
        days * units_in_a_day
    };
    intervals.iter().map(|step| step.map_or(1.0, of)).collect()
}

/// `range(stop)`, `range(start, stop)` and `range(start, stop, step)`.
fn range(args: &[ArrayRef]) -> f64 {
    let (start, stop, step) = match args {
        [stop] => (vec![0.0; stop.len()], numbers(stop), vec![1.0; stop.len()]),
        [start, stop] => (numbers(start), numbers(stop), vec![1.0; stop.len()]),
        [start, stop, step] => (numbers(start), numbers(stop), steps(step, start.data_type())),
        _ => return 0.0,
    };
    let elements = start.iter().zip(&stop).zip(&step).map(|((start, stop), step)| {
        let elements = (stop - start) / if *step == 0.0 { 1.0 } else { *step };
        elements.max(0.0)
    });
    8.0 * elements.sum::<f64>()
}

/// `repeat(text, n)`.
fn repeated_text(args: &[ArrayRef]) -> f64 {
    let [texts, counts, ..] = args else { return 0.0 };
    let Ok(texts) = cast(texts, &DataType::Utf8View) else { return 0.0 };
    let lengths = texts.as_string_view().iter().map(|text| text.map_or(0, str::len) as f64);
    lengths.zip(numbers(counts)).map(|(length, count)| length * count.max(0.0)).sum()
}

/// `lpad(text, n)`.
fn padded_text(args: &[ArrayRef]) -> f64 {
    args.get(1).map_or(0.0, |lengths| numbers(lengths).into_iter().map(|length| length.max(0.0)).sum())
}

/// `array_repeat(element, n)` and `array_resize(list, n)`.
fn repeated_element(args: &[ArrayRef]) -> f64 {
    let [elements, counts, ..] = args else { return 0.0 };
    // A string or a list takes at least eight bytes, for its offset.
    let bytes = elements.data_type().primitive_width().unwrap_or(8) as f64;
    numbers(counts).into_iter().map(|count| bytes * count.max(0.0)).sum()
}
