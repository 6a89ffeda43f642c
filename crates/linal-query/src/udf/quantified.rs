//! `x = ANY(list)` and `x < ALL(list)` in three-valued logic: a NULL element makes the result NULL unless the
//! others decide it.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Datum, ListArray, UInt64Array};
use arrow::compute::kernels::cmp;
use arrow::compute::take;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Error;
use linal_dataset::normalized_key::normalized_keys;
use linal_error::Code;
use linal_store::ColumnType;

use super::error::{external, wrong_arguments};
use super::formula::{named, shown};
use super::over_rows::over_rows;

/// The prefix of the functions' names, which the comparison follows.
const ANY: &str = "__any ";
const ALL: &str = "__all ";

/// A comparison with some or all elements of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Quantified {
    op: Comparison,
    all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Comparison {
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
}

impl Comparison {
    fn symbol(self) -> &'static str {
        match self {
            Comparison::Eq => "=",
            Comparison::NotEq => "<>",
            Comparison::Lt => "<",
            Comparison::LtEq => "<=",
            Comparison::Gt => ">",
            Comparison::GtEq => ">=",
        }
    }

    fn of(symbol: &str) -> Option<Comparison> {
        use Comparison::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
        [Eq, NotEq, Lt, LtEq, Gt, GtEq].into_iter().find(|op| op.symbol() == symbol)
    }

    fn kernel(self) -> fn(&dyn Datum, &dyn Datum) -> Result<BooleanArray, ArrowError> {
        match self {
            Comparison::Eq => cmp::eq,
            Comparison::NotEq => cmp::neq,
            Comparison::Lt => cmp::lt,
            Comparison::LtEq => cmp::lt_eq,
            Comparison::Gt => cmp::gt,
            Comparison::GtEq => cmp::gt_eq,
        }
    }
}

impl Quantified {
    /// The comparison of an operator symbol; `None` for other operators.
    pub fn of(symbol: &str, all: bool) -> Option<Quantified> {
        Comparison::of(symbol).map(|op| Quantified { op, all })
    }

    /// The name of the function.
    pub fn function_name(self) -> String {
        format!("{}{}", if self.all { ALL } else { ANY }, self.op.symbol())
    }
}

/// The function of a name; `None` if it is not one of these.
pub(crate) fn quantified(name: &str) -> Option<Arc<ScalarUDF>> {
    let quantified = match name.strip_prefix(ANY) {
        Some(symbol) => Quantified::of(symbol, false)?,
        None => Quantified::of(name.strip_prefix(ALL)?, true)?,
    };
    let signature = Signature::user_defined(Volatility::Immutable);
    let name = quantified.function_name();
    Some(Arc::new(ScalarUDF::new_from_impl(QuantifiedComparison { quantified, name, signature })))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct QuantifiedComparison {
    quantified: Quantified,
    name: String,
    signature: Signature,
}

impl QuantifiedComparison {
    fn word(&self) -> &'static str {
        if self.quantified.all { "ALL" } else { "ANY" }
    }

    fn written(&self, args: &[String]) -> String {
        match args {
            [value, list] => format!("{value} {} {}({list})", self.quantified.op.symbol(), self.word()),
            _ => self.name.clone(),
        }
    }

    /// The error for types without a common type, and for a right operand that is not a list.
    fn mismatch(&self, value: &DataType, list: &DataType) -> DataFusionError {
        let name = |data_type: &DataType| ColumnType::of(&Field::new("", data_type.clone(), true));
        let (sign, word) = (self.quantified.op.symbol(), self.word());
        external(match element_of(list) {
            Some(element) => {
                let message = format!(
                    "{sign} {word}(..) compares {} with elements of type {}",
                    name(value),
                    name(element)
                );
                Error::new(Code::BadCast, message)
            }
            None => wrong_arguments(format!("{sign} {word}(..) takes a list, not {}", name(list))),
        })
    }

    fn compare(&self, value: &ArrayRef, list: &ArrayRef) -> DfResult<ArrayRef> {
        let DataType::List(_) = list.data_type() else {
            return Ok(Arc::new(BooleanArray::new_null(list.len())));
        };
        let lists = list.as_list::<i32>();
        let rows = (0..lists.len()).flat_map(|row| {
            std::iter::repeat_n(row as u64, usize::try_from(lists.value_length(row)).unwrap_or(0))
        });
        let rows = UInt64Array::from_iter_values(rows);
        let (first, last) = (offset(lists, 0), offset(lists, lists.len()));
        let elements = normalized_keys(&lists.values().slice(first, last - first))?;
        let values = take(&normalized_keys(value)?, &rows, None)?;
        let matches = (self.quantified.op.kernel())(&values, &elements)?;
        Ok(Arc::new(self.decide(lists, &matches)))
    }

    /// Combines the comparisons with the elements of each list.
    fn decide(&self, lists: &ListArray, matches: &BooleanArray) -> BooleanArray {
        let first = offset(lists, 0);
        let decisive = !self.quantified.all;
        let decide = |row: usize| {
            if lists.is_null(row) {
                return None;
            }
            let mut elements = offset(lists, row) - first..offset(lists, row + 1) - first;
            if elements.clone().any(|at| matches.is_valid(at) && matches.value(at) == decisive) {
                return Some(decisive);
            }
            if elements.any(|at| matches.is_null(at)) { None } else { Some(!decisive) }
        };
        (0..lists.len()).map(decide).collect()
    }
}

/// The element type of a list.
fn element_of(list: &DataType) -> Option<&DataType> {
    match list {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            Some(item.data_type())
        }
        _ => None,
    }
}

/// The common type of a value and the elements.
fn common(value: &DataType, element: &DataType) -> Option<DataType> {
    let mixed = value.is_numeric() && element.is_string() || value.is_string() && element.is_numeric();
    if mixed { None } else { comparison_coercion(value, element) }
}

fn offset(lists: &ListArray, row: usize) -> usize {
    lists.value_offsets().get(row).and_then(|&offset| usize::try_from(offset).ok()).unwrap_or(0)
}

impl ScalarUDFImpl for QuantifiedComparison {
    fn name(&self) -> &str {
        &self.name
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.written(&shown(args)))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.written(&named(args)))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        match types {
            [_, list] if list.is_null() => Ok(DataType::Boolean),
            [value, list] if element_of(list) == Some(value) => Ok(DataType::Boolean),
            [value, list] => Err(self.mismatch(value, list)),
            _ => Err(external(wrong_arguments("a comparison has two sides"))),
        }
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        let [value, list] = types else { return Ok(types.to_vec()) };
        // Operands without a common type stay unchanged; the return type reports them.
        let Some(common) = element_of(list).and_then(|element| common(value, element)) else {
            return Ok(types.to_vec());
        };
        let list = DataType::List(Arc::new(Field::new_list_field(common.clone(), true)));
        Ok(vec![common, list])
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, |arrays| match arrays {
            [value, list] => self.compare(value, list),
            _ => Err(external(wrong_arguments("a comparison has two sides"))),
        })
    }
}
