//! A deep expression as one call over its leaves.
//!
//! DataFusion computes the type of an expression at each level and in each rule, and each time formats the
//! names of all its levels: the work grows with the cube of the depth, and `x + x + ...` of 400 terms took 20
//! seconds to plan. Operands of operators that are deeper than [`MAX_DEPTH`] become a call of a generated
//! function with a short name, which knows its type and evaluates the operators.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use crate::tree::Tree;
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::tree_node::{self, Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result, ScalarValue, internal_err};
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};

use super::formula::TensorFunction;
use super::integer;
use super::operator::TensorOperator;

/// The depth of operators from which on they become one call.
const MAX_DEPTH: usize = 16;

/// The depth that is kept if a name cannot be resolved yet, such as a column of two joined tables.
const MAX_UNRESOLVED: usize = 64;

/// Returns a shallow operand unchanged, and a deep one as a call.
///
/// # Errors An operand without a type, such as one that refers to an unknown column.
pub(crate) fn shallow(operand: Expr, schema: &DFSchema) -> Result<Expr> {
    if !is_deeper(&operand, MAX_DEPTH) {
        return Ok(operand);
    }
    match Compound::over(operand.clone(), schema) {
        Err(_) if !is_deeper(&operand, MAX_UNRESOLVED) => Ok(operand),
        compound => compound,
    }
}

/// Whether an expression is deeper than this many operators.
fn is_deeper(expr: &Expr, levels: usize) -> bool {
    if !is_operator(expr) {
        return false;
    }
    let Some(levels) = levels.checked_sub(1) else { return true };
    let mut found = false;
    // The closure never fails.
    let _ = tree_node::TreeNode::apply_children(expr, |operand| {
        found |= is_deeper(operand, levels);
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    found
}

/// Whether an expression evaluates all its operands, so that it can be part of the call. AND and OR cannot,
/// since DataFusion splits predicates.
fn is_operator(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryExpr(binary) => matches!(
            binary.op,
            Operator::Plus
                | Operator::Minus
                | Operator::Multiply
                | Operator::Divide
                | Operator::Modulo
                | Operator::StringConcat
                | Operator::BitwiseAnd
                | Operator::BitwiseOr
                | Operator::BitwiseXor
                | Operator::BitwiseShiftLeft
                | Operator::BitwiseShiftRight
        ),
        Expr::Cast(_) | Expr::Negative(_) => true,
        Expr::ScalarFunction(call) => {
            integer::is_operator(&call.func) || call.func.inner().is::<TensorFunction<TensorOperator>>()
        }
        _ => false,
    }
}

/// Operators over the arguments of a call.
#[derive(Debug)]
struct Compound {
    name: String,
    /// The operators, with columns in place of the arguments.
    template: Expr,
    /// The plan for the last argument fields.
    planned: Mutex<Option<PlannedTemplate>>,
    signature: Signature,
}

/// The template planned for these argument fields.
#[derive(Clone, Debug)]
struct PlannedTemplate {
    arg_fields: Vec<FieldRef>,
    return_field: FieldRef,
    /// The expression after type coercion.
    coerced: Expr,
    physical: Option<Arc<dyn PhysicalExpr>>,
}

impl Compound {
    fn over(expr: Expr, schema: &DFSchema) -> Result<Expr> {
        let mut arguments: Vec<Expr> = Vec::new();
        let mut known: HashMap<Expr, usize> = HashMap::new();
        let template = expr
            .transform_down(|part| {
                if is_operator(&part) {
                    return Ok(Transformed::no(part));
                }
                if matches!(part, Expr::Literal(..)) {
                    return Ok(Transformed::no(part));
                }
                let at = match known.get(&part) {
                    Some(at) => *at,
                    None => {
                        if !part.is_volatile() {
                            known.insert(part.clone(), arguments.len());
                        }
                        arguments.push(part);
                        arguments.len() - 1
                    }
                };
                Ok(Transformed::new(argument(at), true, TreeNodeRecursion::Jump))
            })
            .data()?;
        let mut hasher = DefaultHasher::new();
        (&template, &arguments).hash(&mut hasher);
        let compound = Compound {
            name: format!("__compound_{:016x}", hasher.finish()),
            template,
            planned: Mutex::new(None),
            signature: Signature::user_defined(Volatility::Immutable),
        };
        let fields =
            arguments.iter().map(|part| Ok(part.to_field(schema)?.1)).collect::<Result<Vec<FieldRef>>>()?;
        // Incompatible types are reported here, as the operators themselves would.
        compound.planned(&fields)?;
        let function = Arc::new(ScalarUDF::new_from_impl(compound));
        Ok(Expr::ScalarFunction(ScalarFunction::new_udf(function, arguments)))
    }

    /// The planned template for these argument fields.
    fn planned(&self, fields: &[FieldRef]) -> Result<PlannedTemplate> {
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = planned.as_ref().filter(|known| are_same(&known.arg_fields, fields)) {
            return Ok(known.clone());
        }
        let schema = schema_of(fields)?;
        let context = SimplifyContext::builder().with_schema(Arc::new(schema.clone())).build();
        let coerced = ExprSimplifier::new(context).coerce(self.template.clone(), &schema)?;
        let return_field = coerced.to_field(&schema)?.1;
        let made = PlannedTemplate { arg_fields: fields.to_vec(), return_field, coerced, physical: None };
        *planned = Some(made.clone());
        Ok(made)
    }

    /// The physical expression for these arguments.
    fn physical(&self, args: &ScalarFunctionArgs) -> Result<Arc<dyn PhysicalExpr>> {
        let planned = self.planned(&args.arg_fields)?;
        if let Some(physical) = planned.physical {
            return Ok(physical);
        }
        let schema = schema_of(&args.arg_fields)?;
        let mut props = ExecutionProps::new();
        props.config_options = Some(args.config_options.clone());
        let physical =
            create_physical_expr(&planned.coerced, &schema, &props, &PhysicalPlanningContext::default())?;
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = planned.as_mut().filter(|known| are_same(&known.arg_fields, &args.arg_fields)) {
            known.physical = Some(physical.clone());
        }
        Ok(physical)
    }
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

/// Whether fields have the same types, regardless of names.
fn are_same(some: &[FieldRef], others: &[FieldRef]) -> bool {
    let is_same = |(one, other): (&FieldRef, &FieldRef)| {
        one.data_type() == other.data_type()
            && one.is_nullable() == other.is_nullable()
            && one.metadata() == other.metadata()
    };
    some.len() == others.len() && some.iter().zip(others).all(is_same)
}

impl PartialEq for Compound {
    fn eq(&self, other: &Compound) -> bool {
        self.name == other.name && self.template == other.template
    }
}

impl Eq for Compound {}

impl Hash for Compound {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Compound {
    fn name(&self) -> &str {
        &self.name
    }

    fn display_name(&self, _: &[Expr]) -> Result<String> {
        Ok(self.name.clone())
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
        let value = physical.evaluate(&batch)?;
        match value {
            ColumnarValue::Array(array) if is_constant => {
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
            }
            other => Ok(other),
        }
    }
}
