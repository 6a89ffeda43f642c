//! `TRY(e)`: the value of an expression, or NULL in rows where it fails.
//!
//! DataFusion evaluates the arguments of a function before the function, so that an error of an argument cannot be
//! caught. The expression therefore becomes part of the function, whose arguments are the columns, aggregates and
//! subqueries in it; their errors are not caught.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use crate::tree::Tree;
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DataFusionError, Result, ScalarValue, internal_err};
use datafusion::config::ConfigOptions;
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    ColumnarValue, EmptyRelation, Expr, ExprSchemable, LogicalPlan, Projection, ReturnFieldArgs,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use linal_error::Code;
use linal_store::temporal::Zone;

use crate::udf::error::{external, linal_error, wrong_arguments};

/// `TRY(expr)` over the columns of a schema.
///
/// # Errors `E0310` for a volatile expression, and the errors of its types.
pub(crate) fn attempt(expr: Expr, schema: &DFSchema, zone: &Zone) -> Result<Expr> {
    if expr.is_volatile() {
        return Err(external(wrong_arguments("TRY takes an expression without volatile functions")));
    }
    let mut arguments: Vec<Expr> = vec![lit(true)];
    let mut known: HashMap<Expr, usize> = HashMap::new();
    let template = expr
        .transform_down(|part| {
            if !is_argument(&part) {
                return Ok(Transformed::no(part));
            }
            let at = *known.entry(part.clone()).or_insert_with(|| {
                arguments.push(part);
                arguments.len() - 1
            });
            Ok(Transformed::new(argument(at), true, TreeNodeRecursion::Jump))
        })
        .data()?;
    let mut hasher = DefaultHasher::new();
    (&template, &arguments).hash(&mut hasher);
    let function = Attempt {
        name: format!("__try_{:016x}", hasher.finish()),
        template,
        zone: zone.clone(),
        planned: Mutex::new(None),
        signature: Signature::user_defined(Volatility::Immutable),
    };
    let fields =
        arguments.iter().map(|part| Ok(part.to_field(schema)?.1)).collect::<Result<Vec<FieldRef>>>()?;
    function.planned(&fields)?;
    let function = Arc::new(ScalarUDF::new_from_impl(function));
    Ok(Expr::ScalarFunction(ScalarFunction::new_udf(function, arguments)))
}

/// Whether a part is evaluated before the function.
fn is_argument(part: &Expr) -> bool {
    matches!(
        part,
        Expr::Column(_)
            | Expr::ScalarVariable(..)
            | Expr::AggregateFunction(_)
            | Expr::WindowFunction(_)
            | Expr::Exists(_)
            | Expr::InSubquery(_)
            | Expr::SetComparison(_)
            | Expr::ScalarSubquery(_)
            | Expr::GroupingSet(_)
            | Expr::Placeholder(_)
            | Expr::OuterReferenceColumn(..)
            | Expr::Unnest(_)
            | Expr::HigherOrderFunction(_)
    )
}

/// The column that represents an argument.
fn argument(at: usize) -> Expr {
    Expr::Column(Column::new_unqualified(format!("a{at}")))
}

fn schema_of(fields: &[FieldRef]) -> Result<DFSchema> {
    let named =
        fields.iter().enumerate().map(|(at, field)| field.as_ref().clone().with_name(format!("a{at}")));
    DFSchema::try_from(Schema::new(named.collect::<Vec<_>>()))
}

#[derive(Debug)]
struct Attempt {
    name: String,
    /// The expression, with columns in place of the arguments.
    template: Expr,
    zone: Zone,
    planned: Mutex<Option<Planned>>,
    signature: Signature,
}

/// The template planned for these argument fields.
#[derive(Clone, Debug)]
struct Planned {
    arg_fields: Vec<FieldRef>,
    return_field: FieldRef,
    analyzed: Expr,
    physical: Option<Arc<dyn PhysicalExpr>>,
}

impl Attempt {
    fn planned(&self, fields: &[FieldRef]) -> Result<Planned> {
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |known: &&Planned| {
            known.arg_fields.len() == fields.len()
                && known.arg_fields.iter().zip(fields).all(|(one, other)| {
                    one.data_type() == other.data_type() && one.metadata() == other.metadata()
                })
        };
        if let Some(known) = planned.as_ref().filter(is_known) {
            return Ok(known.clone());
        }
        let schema = Arc::new(schema_of(fields)?);
        let analyzed = self.analyzed(schema.clone())?;
        let field = analyzed.to_field(&schema)?.1;
        let return_field = Arc::new(field.as_ref().clone().with_nullable(true));
        let made = Planned { arg_fields: fields.to_vec(), return_field, analyzed, physical: None };
        *planned = Some(made.clone());
        Ok(made)
    }

    /// The template as the analyzer's rules leave it, with casts and operators of ours.
    fn analyzed(&self, schema: Arc<DFSchema>) -> Result<Expr> {
        let input = LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema });
        let item = self.template.clone().alias("value");
        let mut plan = LogicalPlan::Projection(Projection::try_new(vec![item], Arc::new(input))?);
        let options = ConfigOptions::new();
        for rule in crate::logical::analyzer_rules(&self.zone) {
            plan = rule.analyze(plan, &options)?;
        }
        match plan {
            LogicalPlan::Projection(projection) => match projection.expr.into_iter().next() {
                Some(item) => Ok(item.unalias()),
                None => internal_err!("TRY of nothing"),
            },
            _ => Err(external(wrong_arguments("TRY takes an expression of one row"))),
        }
    }

    fn physical(&self, args: &ScalarFunctionArgs) -> Result<Arc<dyn PhysicalExpr>> {
        let planned = self.planned(&args.arg_fields)?;
        if let Some(physical) = planned.physical {
            return Ok(physical);
        }
        let schema = schema_of(&args.arg_fields)?;
        let mut props = ExecutionProps::new();
        props.config_options = Some(args.config_options.clone());
        let physical =
            create_physical_expr(&planned.analyzed, &schema, &props, &PhysicalPlanningContext::default())?;
        let mut known = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_mut() {
            known.physical = Some(physical.clone());
        }
        Ok(physical)
    }
}

/// The values of a batch. A batch that fails is halved until single rows fail, which are NULL.
fn evaluate(physical: &dyn PhysicalExpr, batch: &RecordBatch, result: &DataType) -> Result<ArrayRef> {
    let rows = batch.num_rows();
    match physical.evaluate(batch).and_then(|value| value.into_array(rows)) {
        Ok(array) => Ok(array),
        Err(failure) if must_pass(&failure) => Err(failure),
        Err(_) if rows <= 1 => Ok(new_null_array(result, rows)),
        Err(_) => {
            let half = rows / 2;
            let left = evaluate(physical, &batch.slice(0, half), result)?;
            let right = evaluate(physical, &batch.slice(half, rows - half), result)?;
            Ok(concat(&[&left, &right])?)
        }
    }
}

/// Whether an error ends the statement rather than being one of a row.
fn must_pass(failure: &DataFusionError) -> bool {
    matches!(failure, DataFusionError::ResourcesExhausted(_))
        || linal_error(failure).is_some_and(|error| {
            matches!(error.code(), Code::MemoryLimit | Code::Timeout | Code::Cancelled | Code::InternalError)
        })
}

impl PartialEq for Attempt {
    fn eq(&self, other: &Attempt) -> bool {
        self.name == other.name && self.template == other.template
    }
}

impl Eq for Attempt {}

impl Hash for Attempt {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Attempt {
    fn name(&self) -> &str {
        &self.name
    }

    fn display_name(&self, _: &[Expr]) -> Result<String> {
        Ok(format!("TRY({})", self.template.human_display()))
    }

    fn schema_name(&self, _: &[Expr]) -> Result<String> {
        Ok(self.name.clone())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("the type of {} follows from fields", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        Ok(self.planned(args.arg_fields)?.return_field)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let physical = self.physical(&args)?;
        let is_constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { args.number_rows };
        let columns = args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<Vec<ArrayRef>>>()?;
        let schema = schema_of(&args.arg_fields)?.inner().clone();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema, columns, &options)?;
        let values = evaluate(physical.as_ref(), &batch, args.return_field.data_type())?;
        if is_constant {
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&values, 0)?))
        } else {
            Ok(ColumnarValue::Array(values))
        }
    }
}
