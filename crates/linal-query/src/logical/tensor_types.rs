//! Tensors in CASE, COALESCE and similar functions, and in UNION.
//!
//! DataFusion sees lists of numbers: it loses the shape of a matrix, and coerces two lists of different
//! lengths to lists of any length.

use crate::tree::{PlanTree, Tree};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::expr::{Case, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Union};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::TensorType;

use crate::error::external;
use crate::udf::{cast_tensor, is_logic, is_weak, plain, relabel_tensor};

/// Gives conditional expressions over tensors the type of their branches.
///
/// # Errors `E0203` for branches, and for columns of a UNION, of different shapes.
pub(crate) fn keep(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut found = false;
    plan.each_plan(|node| {
        if let LogicalPlan::Union(union) = node {
            one_shape_each(union)?;
        }
        node.each_expression(|expr| {
            found |= expr.exists(|part| Ok(is_choice(part)))?;
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    // Most plans have none, and their schemas stay valid.
    if !found {
        return Ok(plan);
    }
    plan.change_plans_up(|node| {
        let schema = merge_schema(&node.inputs());
        let names = NamePreserver::new(&node);
        let node = node.change_expressions(|expr| {
            let name = names.save(&expr);
            Ok(expr.transform_up(|part| typed(part, &schema))?.update_data(|expr| name.restore(expr)))
        })?;
        Ok(Transformed::yes(node.data.recompute_schema()?))
    })
    .data()
}

/// Functions that return one of their arguments.
const CHOICES: [&str; 6] = ["coalesce", "nvl", "ifnull", "nullif", "greatest", "least"];

fn is_choice(expr: &Expr) -> bool {
    match expr {
        Expr::Case(_) => true,
        Expr::ScalarFunction(call) => CHOICES.contains(&call.func.name()) || is_logic(call),
        _ => false,
    }
}

/// Casts the branches of a conditional expression over tensors to one type.
fn typed(mut expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    if let Expr::ScalarFunction(call) = &expr
        && let Some(plain) = plain(call, schema)?
    {
        return Ok(Transformed::yes(plain));
    }
    let what = match &expr {
        Expr::Case(_) => "the branches of a CASE".to_string(),
        Expr::ScalarFunction(call) => match call.func.name() {
            "nvl" => "the arguments of IFNULL".to_string(),
            name => format!("the arguments of {}", name.to_uppercase()),
        },
        _ => return Ok(Transformed::no(expr)),
    };
    let Some(branches) = branches(&mut expr) else { return Ok(Transformed::no(expr)) };
    let types = branches.iter().map(|branch| branch_type(branch, schema)).collect::<Result<Vec<_>>>()?;
    let Some(common) = common(&what, &types)? else { return Ok(Transformed::no(expr)) };
    for (branch, kind) in branches.into_iter().zip(&types) {
        if let Branch::Tensor(own, _) = kind
            && *own != common
        {
            *branch = as_type(std::mem::take(branch), &common);
        }
    }
    // NVL is COALESCE with two arguments, except for its type.
    if let Expr::ScalarFunction(call) = &mut expr
        && call.func.name() == "nvl"
    {
        expr = coalesce(std::mem::take(&mut call.args));
    }
    let whole = ScalarFunction::new_udf(relabel_tensor(common), vec![expr]);
    Ok(Transformed::yes(Expr::ScalarFunction(whole)))
}

/// The branches of a conditional expression.
fn branches(expr: &mut Expr) -> Option<Vec<&mut Expr>> {
    match expr {
        Expr::Case(Case { when_then_expr, else_expr, .. }) => {
            let then = when_then_expr.iter_mut().map(|(_, then)| then.as_mut());
            Some(then.chain(else_expr.iter_mut().map(|other| other.as_mut())).collect())
        }
        Expr::ScalarFunction(call) if CHOICES.contains(&call.func.name()) => {
            Some(call.args.iter_mut().collect())
        }
        _ => None,
    }
}

/// The type of a branch.
enum Branch {
    /// A tensor; a list literal adopts the dtype of the others.
    Tensor(TensorType, bool),
    Null,
    Other(String),
}

fn branch_type(branch: &Expr, schema: &DFSchema) -> Result<Branch> {
    let (_, field) = branch.to_field(schema)?;
    Ok(match TensorType::of(&field) {
        Some(tensor) => Branch::Tensor(tensor, is_weak(&field)),
        None if field.data_type().is_null() => Branch::Null,
        None => Branch::Other(linal_store::ColumnType::of(&field).to_string()),
    })
}

/// The common type of all branches; `None` if none of them is a tensor.
fn common(what: &str, branches: &[Branch]) -> Result<Option<TensorType>> {
    let mut shape = None;
    let mut firm = None;
    let mut weak = None;
    for branch in branches {
        let Branch::Tensor(tensor, is_weak) = branch else { continue };
        same(what, shape.get_or_insert_with(|| tensor.clone()), tensor)?;
        let dtype = if *is_weak { &mut weak } else { &mut firm };
        *dtype = Some(dtype.map_or(tensor.dtype, |known: linal_tensor::DType| known.promote(tensor.dtype)));
    }
    let (Some(tensor), Some(dtype)) = (shape, firm.or(weak)) else { return Ok(None) };
    match branches.iter().find_map(|branch| match branch {
        Branch::Other(name) => Some(name),
        _ => None,
    }) {
        Some(other) => Err(mismatch(what, &tensor.to_string(), other)),
        None => Ok(Some(TensorType { dtype, ..tensor })),
    }
}

/// Rejects columns of a UNION that are tensors of different shapes.
fn one_shape_each(union: &Union) -> Result<()> {
    let Some((first, others)) = union.inputs.split_first() else { return Ok(()) };
    for (at, field) in first.schema().fields().iter().enumerate() {
        let Some(tensor) = TensorType::of(field) else { continue };
        for other in others.iter().filter_map(|input| input.schema().fields().get(at)) {
            match TensorType::of(other) {
                Some(other) => same("the columns of a UNION", &tensor, &other)?,
                None if other.data_type().is_null() => {}
                None => {
                    let other = linal_store::ColumnType::of(other).to_string();
                    return Err(mismatch("the columns of a UNION", &tensor.to_string(), &other));
                }
            }
        }
    }
    Ok(())
}

fn same(what: &str, one: &TensorType, other: &TensorType) -> Result<()> {
    if one.shape == other.shape {
        Ok(())
    } else {
        Err(mismatch(what, &one.shape.to_string(), &other.shape.to_string()))
    }
}

fn mismatch(what: &str, one: &str, other: &str) -> datafusion::common::DataFusionError {
    external(Error::new(Code::ShapeMismatch, format!("{what} are {one} and {other}")))
}

fn as_type(expr: Expr, to: &TensorType) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(cast_tensor(to.clone()), vec![expr]))
}
