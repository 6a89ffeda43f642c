//! Scalars of two rows each: inner products, distances, cosine similarities.

use linal_dataset::Result;
use linal_tensor::graph::{self, Batched, NodeRef, Op, Program};
use linal_tensor::kernel::batch_distance::{RowDistances, batch_distance};
use linal_tensor::kernel::distance::DistanceOp;
use linal_tensor::kernel::elementwise::BinaryOp;
use linal_tensor::{DType, Shape, Take, Tensor};
use smallvec::SmallVec;

use super::{Rows, Undefined};

/// Bytes of an operand that are computed at a time: the near caches hold those of both operands.
const PIECE: usize = 128 << 10;

/// The scalar of each row's two operands, by kernels over slices; `None` if an operand has no batched form.
///
/// Computed operands are evaluated for a few rows at a time, so that they are still in a cache when they are
/// read, and are never materialized for the whole batch.
pub(super) fn numbers(
    rows: &Rows<'_>,
    op: DistanceOp,
    operands: [&NodeRef; 2],
) -> Result<Option<(Tensor, Undefined)>> {
    let [a, b] = operands;
    let (Some(mut a), Some(mut b)) = (side(rows, a)?, side(rows, b)?) else { return Ok(None) };
    let at_once = a.rows_at_once(rows.rows).min(b.rows_at_once(rows.rows));
    let mut all = RowDistances::default();
    for first in (0..rows.rows).step_by(at_once) {
        let part = Part { first, count: at_once.min(rows.rows - first) };
        let (left, right) = (a.part(rows, part)?, b.part(rows, part)?);
        let found = batch_distance(op, &left.view(), &right.view(), part.count, rows.context)?;
        all.values.extend(found.values);
        all.undefined.extend(found.undefined.into_iter().map(|row| first + row));
    }
    let numbers = Tensor::from_vec_in(all.values, [rows.rows], rows.context.pool(), op.name())?;
    Ok(Some((numbers, all.undefined)))
}

/// The float vectors that are the factors of a product, unless they are computed: those are multiplied and
/// summed in the pass that computes them.
pub(super) fn factors(product: &NodeRef) -> Option<[&NodeRef; 2]> {
    let (Op::Binary(BinaryOp::Mul), [a, b]) = (product.op(), product.inputs()) else { return None };
    let is_given = |factor: &NodeRef| matches!(uncast(factor).op(), Op::Leaf(_));
    let vectors = a.shape().rank() == 1 && a.shape() == b.shape() && product.dtype().is_float();
    (vectors && is_given(a) && is_given(b)).then_some([a, b])
}

/// The input of a cast to f64, which kernels do in registers.
fn uncast(operand: &NodeRef) -> &NodeRef {
    match operand.op() {
        Op::Cast if operand.dtype() == DType::F64 && operand.inputs()[0].dtype() == DType::F32 => {
            &operand.inputs()[0]
        }
        _ => operand,
    }
}

/// A range of adjacent rows in a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    first: usize,
    count: usize,
}

/// One operand for all rows.
enum Side {
    /// A constant of shape `[width]`.
    Constant(Tensor),
    /// A column of shape `[rows, width]`.
    Column(Tensor),
    /// The graph of a row, and the last program with its number of rows.
    Computed(NodeRef, Option<(usize, Program)>),
}

/// One operand; `None` if it has no batched form.
fn side(rows: &Rows<'_>, operand: &NodeRef) -> Result<Option<Side>> {
    let operand = uncast(operand);
    let Some(batched) = over_rows(rows, operand, rows.rows) else { return Ok(None) };
    if batched.over_rows && !matches!(operand.op(), Op::Leaf(_)) {
        return Ok(Some(Side::Computed(operand.clone(), None)));
    }
    let tensor = rows.contiguous(graph::evaluate(&batched.node, rows.context)?)?;
    let width = operand.shape().len();
    Ok(Some(if batched.over_rows {
        Side::Column(flat(tensor, &[rows.rows, width]))
    } else {
        Side::Constant(flat(tensor, &[width]))
    }))
}

/// The batched graph for a number of rows.
fn over_rows(rows: &Rows<'_>, operand: &NodeRef, count: usize) -> Option<Batched> {
    let first = Part { first: 0, count };
    graph::batched(operand, count, |leaf| rows.leaf(leaf).map(|column| some_rows(&column, first)))
}

/// Some rows of a column, which share its memory.
fn some_rows(column: &Tensor, part: Part) -> Tensor {
    let (start, stop) = (part.first as i64, (part.first + part.count) as i64);
    let range = Take::Range { start: Some(start), stop: Some(stop), step: 1 };
    column.index(&[range]).unwrap_or_else(|error| unreachable!("rows of the batch: {error}"))
}

/// Reshapes a contiguous tensor.
fn flat(tensor: Tensor, shape: &[usize]) -> Tensor {
    tensor.reshape(&Shape::new(shape)).unwrap_or(tensor)
}

impl Side {
    /// The number of rows of the operand that are available at a time.
    fn rows_at_once(&self, rows: usize) -> usize {
        match self {
            Side::Constant(_) | Side::Column(_) => rows.max(1),
            Side::Computed(node, _) => {
                let bytes = node.shape().len() * node.dtype().size();
                (PIECE / bytes.max(1)).clamp(1, rows.max(1))
            }
        }
    }

    /// The operand for some rows, contiguous.
    fn part(&mut self, rows: &Rows<'_>, part: Part) -> Result<Tensor> {
        match self {
            Side::Constant(tensor) => Ok(tensor.clone()),
            Side::Column(tensor) => Ok(some_rows(tensor, part)),
            Side::Computed(node, program) => {
                let (_, program) = match program.take().filter(|(count, _)| *count == part.count) {
                    Some(known) => program.insert(known),
                    None => program.insert((part.count, compiled(rows, node, part.count))),
                };
                let tensor = rows.contiguous(run(rows, program, part)?)?;
                Ok(flat(tensor, &[part.count, node.shape().len()]))
            }
        }
    }
}

/// Compiles a graph with a batched form.
fn compiled(rows: &Rows<'_>, node: &NodeRef, count: usize) -> Program {
    let batched = over_rows(rows, node, count);
    graph::compile(&batched.unwrap_or_else(|| unreachable!("as it has over all of them")).node)
}

/// Runs such a program over some rows.
fn run(rows: &Rows<'_>, program: &Program, part: Part) -> Result<Tensor> {
    let input = |leaf: &graph::Leaf| match rows.leaf(leaf) {
        Some(column) => some_rows(&column, part),
        None => leaf.tensor.clone(),
    };
    let inputs: SmallVec<[Tensor; 4]> = program.inputs().iter().map(input).collect();
    let inputs: SmallVec<[&Tensor; 4]> = inputs.iter().collect();
    Ok(program.run(&inputs, rows.context)?)
}
