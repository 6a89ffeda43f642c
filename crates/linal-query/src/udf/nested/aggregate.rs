//! `list_sum(l)`, `list_aggregate(l, 'sum')`: an aggregate over the elements of each list.
//!
//! The elements of all lists of a batch are the input of one accumulator, and the rows are its groups.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, UInt64Array, new_empty_array};
use arrow::compute::{cast, nullif};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    AggregateUDF, ColumnarValue, EmitTo, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::{Column, Literal};
use linal_dataset::Error;
use linal_error::Code;

use super::rows::{item_of, lists, range, taken};
use crate::udf::error::{external, wrong_arguments};
use crate::udf::over_rows::over_rows;

/// Aggregates that have a function of their own, `list_<name>`.
const NAMES: [&str; 34] = [
    "any_value",
    "approx_count_distinct",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "count",
    "entropy",
    "first",
    "histogram",
    "kurtosis",
    "kurtosis_pop",
    "last",
    "mad",
    "max",
    "mean",
    "median",
    "min",
    "mode",
    "product",
    "sem",
    "skewness",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    "geometric_mean",
    "fsum",
];

/// The aggregates of a session by name.
pub(crate) type Aggregates = Arc<HashMap<String, Arc<AggregateUDF>>>;

/// The functions over these aggregates.
pub(crate) fn functions(aggregates: &Aggregates) -> Vec<Arc<ScalarUDF>> {
    let by_name = NAMES.iter().filter(|name| find(aggregates, name).is_some()).map(|name| {
        let aliases = if *name == "avg" { vec!["list_mean".to_string()] } else { Vec::new() };
        ListAggregate::new(format!("list_{name}"), aliases, Some(name), aggregates)
    });
    let aliases = ["list_aggr", "array_aggregate", "array_aggr", "aggregate"].map(str::to_string).to_vec();
    let by_argument = ListAggregate::new("list_aggregate".to_string(), aliases, None, aggregates);
    by_name.chain([by_argument]).map(|function| Arc::new(ScalarUDF::new_from_impl(function))).collect()
}

/// An aggregate by one of its names.
fn find(aggregates: &Aggregates, name: &str) -> Option<Arc<AggregateUDF>> {
    let name = name.to_lowercase();
    let full = match name.as_str() {
        "first" => "first_value",
        "last" => "last_value",
        "mean" => "avg",
        "variance" => "var_samp",
        other => other,
    };
    aggregates.get(&name).or_else(|| aggregates.get(full)).cloned()
}

struct ListAggregate {
    name: String,
    aliases: Vec<String>,
    /// The aggregate; `None` when the second argument names it.
    aggregate: Option<&'static str>,
    aggregates: Aggregates,
    signature: Signature,
}

impl ListAggregate {
    fn new(
        name: String,
        aliases: Vec<String>,
        aggregate: Option<&'static str>,
        aggregates: &Aggregates,
    ) -> ListAggregate {
        let signature = Signature::variadic_any(Volatility::Immutable);
        ListAggregate { name, aliases, aggregate, aggregates: aggregates.clone(), signature }
    }

    /// How many arguments come before those of the aggregate.
    fn own_arguments(&self) -> usize {
        if self.aggregate.is_some() { 1 } else { 2 }
    }

    fn aggregate(&self, name: Option<&ScalarValue>) -> DfResult<Arc<AggregateUDF>> {
        let name = match (self.aggregate, name.and_then(ScalarValue::try_as_str)) {
            (Some(name), _) => name,
            (None, Some(Some(name))) => name,
            _ => {
                return Err(external(wrong_arguments(
                    "list_aggregate takes a list and the name of an aggregate",
                )));
            }
        };
        find(&self.aggregates, name).ok_or_else(|| {
            // Of equally near names, a suggestion is the first.
            let mut known: Vec<&str> =
                self.aggregates.keys().map(String::as_str).filter(|name| !name.starts_with("__")).collect();
            known.sort_unstable();
            external(Error::unknown(Code::UnknownFunction, "aggregate", name, known))
        })
    }

    /// The aggregate over a column of elements.
    fn over(
        &self,
        aggregate: &Arc<AggregateUDF>,
        item: &Field,
        extra: &[ScalarValue],
    ) -> DfResult<(AggregateFunctionExpr, DataType)> {
        let mut extra = extra.to_vec();
        if extra.is_empty() && aggregate.name() == "string_agg" {
            extra.push(ScalarValue::from(","));
        }
        let mut fields: Vec<FieldRef> = vec![Arc::new(Field::new("x", item.data_type().clone(), true))];
        fields.extend(extra.iter().map(|value| Arc::new(Field::new("y", value.data_type(), true))));
        let fields = fields_with_udf(&fields, aggregate.as_ref()).map_err(|_| {
            let shown = linal_store::ColumnType::of(item);
            external(wrong_arguments(format!(
                "{} does not aggregate elements of the type {shown}",
                aggregate.name()
            )))
        })?;
        let element = fields[0].data_type().clone();
        let mut args: Vec<Arc<dyn PhysicalExpr>> = vec![Arc::new(Column::new("x", 0))];
        for (value, field) in extra.iter().zip(&fields[1..]) {
            args.push(Arc::new(Literal::new(value.cast_to(field.data_type())?)));
        }
        let schema = Schema::new(vec![Field::new("x", element.clone(), true)]);
        let built =
            AggregateExprBuilder::new(aggregate.clone(), args).schema(Arc::new(schema)).alias("x").build()?;
        Ok((built, element))
    }

    fn compute(&self, arrays: &[ArrayRef], result: &Field) -> DfResult<ArrayRef> {
        if arrays[0].is_empty() {
            return Ok(new_empty_array(result.data_type()));
        }
        let own = lists(&arrays[0])?;
        let constant = |array: &ArrayRef| ScalarValue::try_from_array(array, 0);
        let first = arrays.get(1).filter(|array| !array.is_empty()).map(constant).transpose()?;
        let aggregate = self.aggregate(first.as_ref())?;
        let others = arrays.get(self.own_arguments()..).unwrap_or_default();
        let extra =
            others.iter().filter(|array| !array.is_empty()).map(constant).collect::<DfResult<Vec<_>>>()?;
        let item =
            item_of(own.data_type()).unwrap_or_else(|| Arc::new(Field::new_list_field(DataType::Null, true)));
        let (expr, element) = self.over(&aggregate, &item, &extra)?;
        let elements = cast(own.values(), &element)?;
        let rows = own.len();
        let values: ArrayRef = if expr.groups_accumulator_supported() {
            let (mut places, mut groups) = (Vec::new(), Vec::new());
            for row in 0..rows {
                let places_of_row = range(&own, row);
                groups.extend(std::iter::repeat_n(row, places_of_row.len()));
                places.extend(places_of_row.map(|at| at as u64));
            }
            let elements = taken(&elements, &UInt64Array::from(places))?;
            let inputs = inputs(&expr, elements)?;
            let mut accumulator = expr.create_groups_accumulator()?;
            accumulator.update_batch(&inputs, &groups, None, rows)?;
            accumulator.evaluate(EmitTo::All)?
        } else {
            let mut found = Vec::with_capacity(rows);
            for row in 0..rows {
                let places = range(&own, row);
                let inputs = inputs(&expr, elements.slice(places.start, places.len()))?;
                let mut accumulator = expr.create_accumulator()?;
                accumulator.update_batch(&inputs)?;
                found.push(accumulator.evaluate()?);
            }
            ScalarValue::iter_to_array(found)?
        };
        let values = cast(&values, result.data_type())?;
        let is_null: BooleanArray = (0..rows).map(|row| Some(own.is_null(row))).collect();
        Ok(nullif(&values, &is_null)?)
    }
}

/// The elements, and the constants of the call for each of them.
fn inputs(expr: &AggregateFunctionExpr, elements: ArrayRef) -> DfResult<Vec<ArrayRef>> {
    let count = elements.len();
    let mut inputs = vec![elements];
    for arg in expr.expressions().iter().skip(1) {
        match arg.downcast_ref::<Literal>() {
            Some(literal) => inputs.push(literal.value().to_array_of_size(count)?),
            None => return internal_err!("a constant argument"),
        }
    }
    Ok(inputs)
}

impl std::fmt::Debug for ListAggregate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl PartialEq for ListAggregate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ListAggregate {}

impl Hash for ListAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for ListAggregate {
    fn name(&self) -> &str {
        &self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        internal_err!("the type of {} follows from the fields of its arguments", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let item = args.arg_fields.first().and_then(|field| item_of(field.data_type()));
        let Some(item) = item else {
            return Err(external(wrong_arguments(format!("{} takes a list", self.name))));
        };
        let aggregate = self.aggregate(args.scalar_arguments.get(1).copied().flatten())?;
        let others = args.scalar_arguments.get(self.own_arguments()..).unwrap_or_default();
        let extra: Option<Vec<ScalarValue>> = others.iter().map(|value| value.cloned()).collect();
        let Some(extra) = extra else {
            return Err(external(wrong_arguments(format!(
                "the arguments of {} besides the list are constants",
                self.name
            ))));
        };
        let (expr, _) = self.over(&aggregate, &item, &extra)?;
        Ok(Arc::new(Field::clone(&expr.field()).with_name(&self.name).with_nullable(true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let result = args.return_field.clone();
        over_rows(&args, |arrays| self.compute(arrays, &result))
    }
}
