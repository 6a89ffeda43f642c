//! Evaluates a graph over the rows of a batch.

mod pairs;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::FieldRef;
use linal_bind::binder::{COLUMN, CONSTANT, is_column};
use linal_dataset::Result;
use linal_store::tensor_to_column;
use linal_tensor::graph::{self, Kernel, Node, NodeRef, Op, Program};
use linal_tensor::kernel::distance::DistanceOp;
use linal_tensor::kernel::elementwise::BinaryOp;
use linal_tensor::kernel::reduce::ReduceOp;
use linal_tensor::{DType, Error as TensorError, ExecutionContext, Shape, Take, Tensor, dispatch};
use smallvec::SmallVec;

use super::error::wrong_arguments;
use super::operand::{Operand, cells};

/// Rows with an undefined result.
type Undefined = Vec<usize>;

/// Whether a row may be undefined, which is NULL in a query: a zero vector has no direction.
pub(super) fn may_be_undefined(root: &NodeRef) -> bool {
    let root = behind_casts(root);
    matches!(root.op(), Op::Distance(DistanceOp::Cosine) | Op::Kernel(Kernel::Normalize { .. }))
}

fn behind_casts(node: &NodeRef) -> &NodeRef {
    match node.op() {
        Op::Cast => behind_casts(&node.inputs()[0]),
        _ => node,
    }
}

/// Whether a graph is defined for all numbers, so that it may run over the values below NULLs.
pub(super) fn is_total(root: &NodeRef) -> bool {
    let whole = |node: &Node| node.dtype() == DType::I64;
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        let total = match node.op() {
            Op::Leaf(_) | Op::Literal(_) | Op::Compare(_) | Op::Logical(_) | Op::Select => true,
            Op::Cast => node.dtype() != DType::I64 || node.inputs()[0].dtype() == DType::Bool,
            Op::Unary(_) | Op::Binary(_) | Op::Reduce(ReduceOp::Sum | ReduceOp::Prod, _) => !whole(node),
            Op::Reduce(..) | Op::Complex => true,
            Op::Distance(op) => *op != DistanceOp::Pearson && !whole(node),
            Op::MatMul => !whole(node),
            Op::Kernel(kernel) => {
                matches!(kernel, Kernel::Normalize { .. } | Kernel::Concat { .. } | Kernel::Sort)
            }
            op => op.is_view(),
        };
        if !total {
            return false;
        }
        pending.extend(node.inputs());
    }
    true
}

/// The columns of a batch as tensors whose first axis is the row.
pub(super) struct Rows<'a> {
    /// One per argument; `None` for a constant argument.
    columns: Vec<Option<Tensor>>,
    rows: usize,
    context: &'a ExecutionContext,
}

impl<'a> Rows<'a> {
    pub fn new(
        fields: &[FieldRef],
        arrays: &[Option<ArrayRef>],
        rows: usize,
        context: &'a ExecutionContext,
    ) -> Result<Rows<'a>> {
        let columns = fields
            .iter()
            .zip(arrays)
            .map(|(field, array)| match array {
                // Strings and NULL select what is computed, and are not operands of it.
                Some(array) if !array.data_type().is_string() => cells(field, array.as_ref()).map(Some),
                _ => Ok(None),
            })
            .collect::<Result<_>>()?;
        Ok(Rows { columns, rows, context })
    }

    /// The result as a column, and its NULL rows.
    pub fn column(&self, root: &NodeRef) -> Result<(ArrayRef, Undefined)> {
        let (tensor, undefined) = self.evaluate(root)?;
        self.as_column(tensor, undefined)
    }

    fn as_column(&self, tensor: Tensor, undefined: Undefined) -> Result<(ArrayRef, Undefined)> {
        let tensor = self.contiguous(tensor)?;
        match tensor_to_column(&tensor) {
            Some((_, array)) => Ok((array, undefined)),
            None => Err(wrong_arguments("a result that is no column")),
        }
    }

    /// Whether a graph can run over all rows at once.
    pub fn has_form(&self, root: &NodeRef) -> bool {
        let root = behind_casts(root);
        let over_rows = |node| graph::batched(node, self.rows, |leaf| self.leaf(leaf)).is_some();
        match root.op() {
            Op::Distance(_) | Op::Kernel(Kernel::Normalize { .. }) => root.inputs().iter().all(over_rows),
            _ => over_rows(root),
        }
    }

    /// The result as a column in which a row that fails is NULL.
    pub fn column_or_null(&self, root: &NodeRef) -> Result<(ArrayRef, Undefined)> {
        self.column(root).or_else(|_| {
            let (tensor, undefined) = self.one_by_one(root, |_| true)?;
            self.as_column(tensor, undefined)
        })
    }

    /// The result as a tensor of shape `[rows, ...]`.
    fn evaluate(&self, root: &NodeRef) -> Result<(Tensor, Undefined)> {
        let inputs = root.inputs();
        // The sum of the product of two columns is their inner product, as it is for tensors.
        if let Op::Reduce(ReduceOp::Sum, None) = root.op()
            && let Some(factors) = pairs::factors(&inputs[0])
            && let Some(numbers) = pairs::numbers(self, DistanceOp::Dot, factors)?
        {
            return Ok(numbers);
        }
        match root.op() {
            Op::Cast if may_be_undefined(root) => {
                let (tensor, undefined) = self.evaluate(&inputs[0])?;
                let cast = graph::cast(&Node::leaf(tensor, CONSTANT), root.dtype())?;
                return Ok((graph::evaluate(&cast, self.context)?, undefined));
            }
            Op::Distance(op) if inputs.iter().all(|input| input.dtype().is_float()) => {
                if let Some(numbers) = pairs::numbers(self, *op, [&inputs[0], &inputs[1]])? {
                    return Ok(numbers);
                }
            }
            Op::Kernel(Kernel::Normalize { axis }) if !inputs[0].dtype().is_complex() => {
                if let Some(input) = self.batched(&inputs[0])? {
                    return self.normalized(input, *axis);
                }
            }
            _ => {
                if let Some(tensor) = self.batched(root)? {
                    return Ok((tensor, Vec::new()));
                }
            }
        }
        self.one_by_one(root, |error| matches!(error, TensorError::Domain { .. }) && may_be_undefined(root))
    }

    /// The tensor of an argument that is not constant.
    pub fn tensor(&self, argument: usize) -> Option<&Tensor> {
        self.columns.get(argument)?.as_ref()
    }

    /// Applies `takes` to each row's first argument.
    pub fn gather(
        &self,
        root: &NodeRef,
        base: &Operand,
        takes: impl Fn(usize) -> SmallVec<[Take; 4]>,
    ) -> Result<(ArrayRef, Undefined)> {
        let constant =
            base.value.as_ref().map(|value| super::operand::constant(&base.field, value)).transpose()?;
        let shape = root.shape().with_axis(0, self.rows);
        let tensor = dispatch!(root.dtype(), T => {
            let mut values: Vec<T> = Vec::with_capacity(shape.len());
            for row in 0..self.rows {
                let cell = match (&constant, self.tensor(0)) {
                    (None, Some(column)) => column.index(&[Take::At(row as i64)])?,
                    (Some(constant), _) => constant.clone(),
                    (None, None) => return Err(wrong_arguments("an index of nothing")),
                };
                values.extend(cell.index(&takes(row))?.to_vec::<T>());
            }
            Tensor::from_vec_in(values, shape, self.context.pool(), "index")?
        });
        self.as_column(tensor, Vec::new())
    }

    fn leaf(&self, leaf: &graph::Leaf) -> Option<Tensor> {
        is_column(leaf.tag).then(|| self.columns.get((leaf.tag & !COLUMN) as usize).cloned().flatten())?
    }

    /// Evaluates the graph over all rows at once; `None` if it has no batched form.
    fn batched(&self, root: &NodeRef) -> Result<Option<Tensor>> {
        let Some(batched) = graph::batched(root, self.rows, |leaf| self.leaf(leaf)) else { return Ok(None) };
        let tensor = graph::evaluate(&batched.node, self.context)?;
        if batched.over_rows {
            return Ok(Some(tensor));
        }
        let shape = tensor.shape().with_axis(0, self.rows);
        Ok(Some(tensor.broadcast_to(&shape)?))
    }

    /// Divides by norms; a row with a zero vector is undefined.
    fn normalized(&self, input: Tensor, axis: Option<usize>) -> Result<(Tensor, Undefined)> {
        let (shape, dtype) = (input.shape().clone(), input.dtype());
        let flat = Shape::new(&[self.rows, shape.len() / self.rows.max(1)]);
        let (lanes, axis) = match axis {
            Some(axis) => (input, axis + 1),
            None => {
                let whole = self.contiguous(input)?;
                (whole.reshape(&flat).unwrap_or(whole), 1)
            }
        };
        let lanes = Node::leaf(lanes, CONSTANT);
        let norms =
            graph::evaluate(&graph::reduce(ReduceOp::L2Norm, &lanes, Some(axis as i64))?, self.context)?;
        let mut values = norms.to_vec::<f64>();
        let lanes_of_row = (values.len() / self.rows.max(1)).max(1);
        let mut undefined: Undefined = Vec::new();
        if !shape.is_empty() {
            for (lane, norm) in values.iter_mut().enumerate().filter(|(_, norm)| **norm == 0.0) {
                *norm = 1.0;
                undefined.push(lane / lanes_of_row);
            }
        }
        let norms = Tensor::from_vec_in(values, norms.shape().clone(), self.context.pool(), "NORMALIZE")?;
        let norms = graph::insert_axis(&Node::leaf(norms, CONSTANT), axis);
        let quotient = graph::binary(BinaryOp::Div, &graph::cast(&lanes, DType::F64)?, &norms)?;
        let result = graph::evaluate(&graph::cast(&quotient, dtype)?, self.context)?;
        Ok((result.reshape(&shape).unwrap_or(result), undefined))
    }

    /// Evaluates a graph without a batched form row by row: it is compiled once and run with each row's
    /// cells.
    fn one_by_one(
        &self,
        root: &NodeRef,
        is_null: impl Fn(&TensorError) -> bool,
    ) -> Result<(Tensor, Undefined)> {
        let program = graph::compile(root);
        let shape = root.shape().with_axis(0, self.rows);
        dispatch!(root.dtype(), T => {
            let mut values: Vec<T> = Vec::with_capacity(shape.len());
            let mut undefined = Vec::new();
            for row in 0..self.rows {
                self.context.poll()?;
                match self.one(&program, row) {
                    Ok(tensor) => values.extend(tensor.to_vec::<T>()),
                    Err(error) if is_null(&error) => {
                        values.extend(std::iter::repeat_n(T::default(), root.shape().len()));
                        undefined.push(row);
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            Ok((Tensor::from_vec_in(values, shape, self.context.pool(), root.op().name())?, undefined))
        })
    }

    fn one(&self, program: &Program, row: usize) -> linal_tensor::Result<Tensor> {
        let cells: SmallVec<[Tensor; 4]> = program
            .inputs()
            .iter()
            .map(|leaf| match self.leaf(leaf) {
                Some(column) => column.index(&[Take::At(row as i64)]),
                None => Ok(leaf.tensor.clone()),
            })
            .collect::<linal_tensor::Result<_>>()?;
        let inputs: SmallVec<[&Tensor; 4]> = cells.iter().collect();
        program.run(&inputs, self.context)
    }

    fn contiguous(&self, tensor: Tensor) -> Result<Tensor> {
        if tensor.layout().is_contiguous() {
            return Ok(tensor);
        }
        let shape = tensor.shape().clone();
        Ok(dispatch!(tensor.dtype(), T => {
            Tensor::from_vec_in(tensor.to_vec::<T>(), shape, self.context.pool(), "column")?
        }))
    }
}
