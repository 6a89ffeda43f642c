//! Nested calls as one call: a single graph runs over a batch, so that the results of inner calls are not
//! materialized.
//!
//! This rewrite runs on the optimized plan. The generated function has the leaves of the call tree as its
//! arguments, and returns what the calls return one after another. If its graph has no batched form, or
//! fails, it evaluates the calls one by one, so that the error is the same, too.

use std::collections::HashMap;
use std::sync::Arc;

use crate::tree::{PlanTree, Tree as _};
use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::DFSchema;
use datafusion::common::Result as DfResult;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Result;
use linal_error::Code;
use linal_tensor::ExecutionContext;
use linal_tensor::graph::{NodeRef, Op};

use super::call::CallFunction;
use super::error::{linal_error, wrong_arguments};
use super::formula;
use super::formula::{Formula, TensorFunction};
use super::operand::{Operand, result_field};
use super::operator::TensorOperator;
use super::rows;
use super::rows::Rows;

/// The prefix of the names of such functions.
pub(crate) const PREFIX: &str = "fused[";

/// Nested calls of our functions.
#[derive(Debug)]
struct FusedFunction {
    /// The tree as plans display it.
    name: String,
    tree: Tree,
    signature: Signature,
}

/// A call, or an argument of the fused function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Tree {
    Argument(usize),
    Call(Arc<ScalarUDF>, Vec<Tree>),
}

/// Fuses the call trees in all expressions of a plan. The schema and its names stay the same.
///
/// # Errors Errors of DataFusion's traversal; it has none of its own.
pub(crate) fn fuse(plan: LogicalPlan) -> DfResult<LogicalPlan> {
    let mut found = false;
    plan.each_plan(|node| {
        found |= has_tree(node)?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    // Most plans have none and are returned unchanged.
    if !found {
        return Ok(plan);
    }
    plan.change_plans_down(|node| if has_tree(&node)? { fuse_node(node) } else { Ok(Transformed::no(node)) })
        .map(|fused| fused.data)
}

/// Whether an expression of an operator contains a call in an argument of another.
fn has_tree(node: &LogicalPlan) -> DfResult<bool> {
    let ours = |expr: &Expr| match expr {
        Expr::ScalarFunction(call) => formula_of(&call.func, None).is_some(),
        _ => false,
    };
    let nested = |expr: &Expr| match expr {
        Expr::ScalarFunction(call) => ours(expr) && call.args.iter().any(ours),
        _ => false,
    };
    let mut found = false;
    node.each_expression(|expr| {
        found |= expr.exists(|part| Ok(nested(part)))?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

fn fuse_node(node: LogicalPlan) -> DfResult<Transformed<LogicalPlan>> {
    let mut schema = DFSchema::empty();
    node.inputs().iter().for_each(|input| schema.merge(input.schema()));
    node.change_expressions(|expr| {
        expr.transform_down(|part| {
            Ok(match replaced(&part, &schema) {
                Some(whole) => Transformed::new(whole, true, TreeNodeRecursion::Jump),
                None => Transformed::no(part),
            })
        })
    })
}

/// The fused call for a tree of at least two calls.
fn replaced(expr: &Expr, schema: &DFSchema) -> Option<Expr> {
    let mut arguments = Vec::new();
    let (tree, calls) = collect(expr, &mut Fields::of(schema), &mut arguments);
    (calls > 1).then(|| {
        let name = format!("{PREFIX}{}]", tree.text(true));
        let signature = Signature::user_defined(Volatility::Immutable);
        let function = ScalarUDF::new_from_impl(FusedFunction { name, tree, signature });
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(function), arguments))
    })
}

/// The tree of an expression, its number of calls, and its distinct arguments.
fn collect(expr: &Expr, fields: &mut Fields<'_>, arguments: &mut Vec<Expr>) -> (Tree, usize) {
    if let Expr::ScalarFunction(call) = expr
        && is_ours(call, fields)
    {
        let mut calls = 1;
        let inner = |arg: &Expr| {
            // A call that may be undefined returns NULLs, which graphs do not support.
            let (tree, inner) = if gives_tensors(arg, fields) {
                collect(arg, fields, arguments)
            } else {
                (argument(arg, arguments), 0)
            };
            calls += inner;
            tree
        };
        let inputs = call.args.iter().map(inner).collect();
        return (Tree::Call(call.func.clone(), inputs), calls);
    }
    (argument(expr, arguments), 0)
}

fn argument(expr: &Expr, arguments: &mut Vec<Expr>) -> Tree {
    let known = arguments.iter().position(|known| known == expr && !expr.is_volatile());
    Tree::Argument(known.unwrap_or_else(|| {
        arguments.push(expr.clone());
        arguments.len() - 1
    }))
}

/// Whether a call is one of ours with these arguments, and has the same graph in each row.
fn is_ours(call: &ScalarFunction, fields: &mut Fields<'_>) -> bool {
    let types = fields
        .of_all(&call.args)
        .map(|fields| fields.iter().map(|field| field.data_type().clone()).collect::<Vec<DataType>>());
    call.func.signature().volatility == Volatility::Immutable
        && types.is_ok_and(|types| formula_of(&call.func, Some(&types)).is_some())
}

/// The formula of one of our functions; `None` for other functions, and for argument types that DataFusion's
/// function takes.
fn formula_of<'f>(function: &'f ScalarUDF, types: Option<&[DataType]>) -> Option<&'f dyn Formula> {
    let inner = function.inner();
    // The graph of lists differs from row to row.
    if types.is_some_and(|types| types.iter().any(|kind| matches!(kind, DataType::List(_)))) {
        return None;
    }
    if let Some(operator) = inner.downcast_ref::<TensorFunction<TensorOperator>>() {
        return Some(operator.formula());
    }
    let call = inner.downcast_ref::<CallFunction>().filter(|call| !call.depends_on_values(&[]))?;
    let is_builtin = types.is_some_and(|types| call.builtin_for(types).is_some());
    (!is_builtin).then_some(call)
}

/// Whether an argument can be part of a graph: a call that is defined in each row.
///
/// Inner products stay separate calls, since they have a kernel over rows that larger graphs do not use.
fn gives_tensors(expr: &Expr, fields: &mut Fields<'_>) -> bool {
    let Expr::ScalarFunction(call) = expr else { return false };
    let Ok(fields) = fields.of_all(&call.args) else { return false };
    let types: Vec<DataType> = fields.iter().map(|field| field.data_type().clone()).collect();
    let Some(formula) = formula_of(&call.func, Some(&types)) else { return false };
    let value = |arg: &Expr| match arg {
        Expr::Literal(value, _) => Some(value.clone()),
        _ => None,
    };
    let operands: Vec<Operand> =
        fields.iter().zip(&call.args).map(|(field, arg)| Operand::new(field, value(arg))).collect();
    formula.graph(&operands, &super::context::unlimited()).is_ok_and(|node| is_inner(&node))
}

/// The fields of the parts of one expression. DataFusion derives the field of a call from those of all nested
/// calls, on each request.
struct Fields<'a> {
    schema: &'a DFSchema,
    /// By the address of the part, which does not move meanwhile.
    known: HashMap<*const Expr, FieldRef>,
}

impl<'a> Fields<'a> {
    fn of(schema: &'a DFSchema) -> Fields<'a> {
        Fields { schema, known: HashMap::new() }
    }

    fn of_all(&mut self, exprs: &[Expr]) -> DfResult<Vec<FieldRef>> {
        exprs.iter().map(|expr| self.field(expr)).collect()
    }

    fn field(&mut self, expr: &Expr) -> DfResult<FieldRef> {
        if let Some(known) = self.known.get(&std::ptr::from_ref(expr)) {
            return Ok(known.clone());
        }
        let field = match expr {
            Expr::ScalarFunction(call) if formula_of(&call.func, None).is_some() => {
                let arg_fields = self.of_all(&call.args)?;
                let scalar_arguments: Vec<_> = call
                    .args
                    .iter()
                    .map(|arg| match arg {
                        Expr::Literal(value, _) => Some(value),
                        _ => None,
                    })
                    .collect();
                call.func.return_field_from_args(ReturnFieldArgs {
                    arg_fields: &arg_fields,
                    scalar_arguments: &scalar_arguments,
                })?
            }
            other => other.to_field(self.schema)?.1,
        };
        self.known.insert(std::ptr::from_ref(expr), field.clone());
        Ok(field)
    }
}

fn is_inner(node: &NodeRef) -> bool {
    let scalar_pair = node.shape().rank() == 0 && node.dtype().is_complex();
    !rows::may_be_undefined(node) && !matches!(node.op(), Op::Distance(_) | Op::MatMul) && !scalar_pair
}

impl Tree {
    /// The tree with its arguments as `#1`, `#2`, as plans display it.
    fn text(&self, outermost: bool) -> String {
        match self {
            Tree::Argument(at) => format!("#{}", at + 1),
            Tree::Call(function, inputs) => {
                match function.inner().downcast_ref::<TensorFunction<TensorOperator>>() {
                    Some(operator) => {
                        let inputs: Vec<String> = inputs.iter().map(|input| input.text(false)).collect();
                        let text = operator.written(&inputs);
                        if outermost || inputs.len() == 1 { text } else { format!("({text})") }
                    }
                    None => {
                        let inputs: Vec<String> = inputs.iter().map(|input| input.text(true)).collect();
                        format!("{}({})", function.name(), inputs.join(", "))
                    }
                }
            }
        }
    }

    /// The original nested calls.
    fn expression(&self, args: &[Expr]) -> Expr {
        match self {
            Tree::Argument(at) => args[*at].clone(),
            Tree::Call(function, inputs) => {
                let inputs = inputs.iter().map(|input| input.expression(args)).collect();
                Expr::ScalarFunction(ScalarFunction::new_udf(function.clone(), inputs))
            }
        }
    }

    /// The field of the result.
    fn field(&self, args: &ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let Tree::Call(function, inputs) = self else { return Ok(args.arg_fields[self.place()].clone()) };
        let arg_fields = inputs.iter().map(|input| input.field(args)).collect::<DfResult<Vec<_>>>()?;
        let scalar_arguments: Vec<_> = inputs
            .iter()
            .map(|input| match input {
                Tree::Argument(at) => args.scalar_arguments[*at],
                Tree::Call(..) => None,
            })
            .collect();
        function.return_field_from_args(ReturnFieldArgs {
            arg_fields: &arg_fields,
            scalar_arguments: &scalar_arguments,
        })
    }

    /// Evaluates the calls one by one.
    fn stepwise(&self, args: &ScalarFunctionArgs) -> DfResult<(ColumnarValue, FieldRef)> {
        let Tree::Call(function, inputs) = self else {
            let at = self.place();
            return Ok((args.args[at].clone(), args.arg_fields[at].clone()));
        };
        let inputs = inputs.iter().map(|input| input.stepwise(args)).collect::<DfResult<Vec<_>>>()?;
        let (values, arg_fields): (Vec<ColumnarValue>, Vec<FieldRef>) = inputs.into_iter().unzip();
        let scalar_arguments: Vec<_> = values
            .iter()
            .map(|value| match value {
                ColumnarValue::Scalar(scalar) => Some(scalar),
                ColumnarValue::Array(_) => None,
            })
            .collect();
        let return_field = function.return_field_from_args(ReturnFieldArgs {
            arg_fields: &arg_fields,
            scalar_arguments: &scalar_arguments,
        })?;
        let value = function.invoke_with_args(ScalarFunctionArgs {
            args: values,
            arg_fields,
            number_rows: args.number_rows,
            return_field: return_field.clone(),
            config_options: args.config_options.clone(),
        })?;
        Ok((value, return_field))
    }

    /// The graph of the whole tree.
    fn graph(&self, operands: &[Operand], context: &ExecutionContext) -> Result<NodeRef> {
        let Tree::Call(function, inputs) = self else {
            return Err(wrong_arguments("an argument alone"));
        };
        let inputs =
            inputs.iter().map(|input| input.operand(operands, context)).collect::<Result<Vec<_>>>()?;
        let types: Vec<DataType> = inputs.iter().map(|input| input.field.data_type().clone()).collect();
        let formula =
            formula_of(function, Some(&types)).ok_or_else(|| wrong_arguments("another function"))?;
        formula.graph(&inputs, context)
    }

    fn operand(&self, operands: &[Operand], context: &ExecutionContext) -> Result<Operand> {
        match self {
            Tree::Argument(at) => Ok(operands[*at].clone().at(*at as u32)),
            Tree::Call(function, _) => {
                let node = self.graph(operands, context)?;
                if !is_inner(&node) {
                    return Err(wrong_arguments("a part that has no answer in each row"));
                }
                Ok(Operand::computed(&result_field(function.name(), &node, true), node))
            }
        }
    }

    fn place(&self) -> usize {
        match self {
            Tree::Argument(at) => *at,
            Tree::Call(..) => 0,
        }
    }
}

impl PartialEq for FusedFunction {
    fn eq(&self, other: &FusedFunction) -> bool {
        self.tree == other.tree
    }
}

impl Eq for FusedFunction {}

impl std::hash::Hash for FusedFunction {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.tree.hash(state);
    }
}

impl Formula for FusedFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn graph(&self, operands: &[Operand], context: &ExecutionContext) -> Result<NodeRef> {
        self.tree.graph(operands, context)
    }

    fn column(&self, rows: &Rows<'_>, node: &NodeRef, _: &[Operand]) -> Result<(ArrayRef, Vec<usize>)> {
        if rows.has_form(node) {
            rows.column(node)
        } else {
            Err(wrong_arguments("calls that have no form over rows together"))
        }
    }
}

/// Whether an error is one of the statement's limits: evaluating the calls one by one would need more memory
/// and time.
fn ends_the_statement(error: &datafusion::common::DataFusionError) -> bool {
    linal_error(error)
        .is_some_and(|error| matches!(error.code(), Code::MemoryLimit | Code::Timeout | Code::Cancelled))
}

impl ScalarUDFImpl for FusedFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.tree.expression(args).schema_name().to_string())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        datafusion::common::internal_err!("the type of {} follows from fields", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        self.tree.field(&args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        match formula::invoke(self, &args) {
            Err(error) if !ends_the_statement(&error) => Ok(self.tree.stepwise(&args)?.0),
            result => result,
        }
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(types.to_vec())
    }
}
