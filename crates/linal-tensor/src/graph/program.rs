//! The program that a graph is lowered to, and its execution.

use std::sync::Arc;

use arrow_buffer::Buffer;
use smallvec::SmallVec;

use super::distance_operand::{self, DistanceOperand};
use super::fused::{FusedKernel, Reduction};
use super::lower::lower;
use super::node::{Leaf, NodeRef, Op};
use super::operation::Kernel;
use super::passes;
use super::single_op;
use crate::kernel::distance::DistanceOp;
use crate::kernel::reduce::ReduceOp;
use crate::kernel::{self, Output, Source, Value};
use crate::{DType, ExecutionContext, Layout, Result, Shape, Tensor, View};

/// The index of a value: inputs first, then the results of steps.
pub(super) type ValueId = usize;

/// One step of a program.
#[derive(Debug)]
pub(super) struct Step {
    pub action: Action,
    pub inputs: SmallVec<[ValueId; 2]>,
    pub shape: Shape,
    pub dtype: DType,
    /// Values that no later step reads.
    pub last_uses: SmallVec<[ValueId; 2]>,
}

/// The action of a step.
#[derive(Debug)]
pub(super) enum Action {
    /// Another layout of the same elements; a reshape copies if no strides describe it.
    View(Op),
    /// A fused kernel.
    Fused(FusedKernel),
    Reduce(ReduceOp, Option<usize>),
    /// A reduction of the elements of a fused kernel.
    FusedReduce(FusedKernel, Reduction),
    Distance(DistanceOp, [DistanceOperand; 2]),
    MatMul,
    Kernel(Kernel),
    /// A literal as a tensor.
    Literal(crate::Scalar),
}

/// A lowered graph: steps over numbered values. It runs over any tensors of the shapes and dtypes that it was
/// compiled for.
#[derive(Debug)]
pub struct Program {
    pub(super) inputs: Vec<Leaf>,
    pub(super) steps: Vec<Step>,
    pub(super) output: ValueId,
    /// Shape and dtype that each input must have.
    signature: Vec<(Shape, DType)>,
    shape: ProgramShape,
}

/// The shape of a program. Most programs have one of the first two, which run without a list of values.
#[derive(Debug)]
enum ProgramShape {
    /// One fused kernel, whose result has this layout.
    SingleKernel(Arc<Layout>),
    /// Views only: the layout of the result in a contiguous input.
    View(Arc<Layout>),
    Steps,
}

/// Rewrites a graph by all passes and lowers it to a program.
pub fn compile(root: &NodeRef) -> Program {
    lower(&passes::rewrite(root))
}

/// As [`compile`], for a graph of a statement, which may be large.
///
/// # Errors
/// The time limit, cancellation.
pub fn compile_within(root: &NodeRef, context: &ExecutionContext) -> Result<Program> {
    let rewritten = passes::rewrite_while(root, || context.poll())?;
    context.poll()?;
    Ok(lower(&rewritten))
}

/// Compiles a graph and runs it once over the tensors that it was built from.
///
/// # Errors
/// Errors of kernels, the memory limit, the time limit, cancellation.
pub fn evaluate(root: &NodeRef, context: &ExecutionContext) -> Result<Tensor> {
    if let Op::Leaf(leaf) = root.op() {
        return Ok(leaf.tensor.clone());
    }
    let program = compile_within(root, context)?;
    let inputs: SmallVec<[&Tensor; 4]> = program.inputs.iter().map(|leaf| &leaf.tensor).collect();
    program.run(&inputs, context)
}

impl Program {
    pub(super) fn new(inputs: Vec<Leaf>, steps: Vec<Step>, output: ValueId) -> Program {
        let signature =
            inputs.iter().map(|leaf| (leaf.tensor.shape().clone(), leaf.tensor.dtype())).collect();
        let shape = ProgramShape::of(&inputs, &steps);
        Program { inputs, steps, output, signature, shape }
    }

    /// The inputs, in the order of the arguments of [`Program::run`].
    pub fn inputs(&self) -> &[Leaf] {
        &self.inputs
    }

    /// Drops the tensors of inputs that are passed to each run. Constants of the graph are kept.
    pub fn without_tensors(mut self) -> Program {
        for leaf in self.inputs.iter_mut().filter(|leaf| leaf.tag != Leaf::CONSTANT) {
            leaf.tensor = Tensor::scalar(crate::Scalar::Bool(false));
        }
        self
    }

    /// Whether a tensor has the shape and dtype of the input at `index`.
    pub fn accepts(&self, index: usize, tensor: &Tensor) -> bool {
        let (shape, dtype) = &self.signature[index];
        tensor.dtype() == *dtype && tensor.shape() == shape
    }

    /// Runs the program. `inputs` are in the order of [`Program::inputs`], with shapes and dtypes that
    /// [`Program::accepts`].
    ///
    /// # Errors
    /// Errors of kernels, the memory limit, the time limit, cancellation.
    pub fn run(&self, inputs: &[&Tensor], context: &ExecutionContext) -> Result<Tensor> {
        debug_assert!(inputs.iter().enumerate().all(|(i, tensor)| self.accepts(i, tensor)));
        match (&self.shape, self.steps.as_slice(), inputs) {
            (
                ProgramShape::SingleKernel(layout),
                [Step { action: Action::Fused(kernel), inputs: operands, .. }],
                _,
            ) => {
                context.control().count(kernel.shape.len());
                let buffer = match single_op::run(kernel, operands, inputs, context) {
                    Some(result) => result?,
                    None => run_kernel(kernel, operands, inputs, context)?,
                };
                Ok(Tensor::from_parts(kernel.dtype(), layout.clone(), buffer))
            }
            (ProgramShape::View(layout), _, [input]) if input.layout().is_contiguous() => {
                context.control().count(layout.len());
                Ok(match input.layout().offset() {
                    0 => input.with_layout(layout.clone()),
                    offset => input.with_layout(layout.offset_by(offset)),
                })
            }
            _ => self.run_steps(inputs, context),
        }
    }

    fn run_steps(&self, inputs: &[&Tensor], context: &ExecutionContext) -> Result<Tensor> {
        self.run_each(inputs, context, |step, values, keep| step.run(values, context, keep))
    }

    /// Runs the program step by step. `each` runs a step over the values so far; its last argument is whether
    /// the result outlives the program.
    pub(super) fn run_each<'c>(
        &self,
        inputs: &[&'c Tensor],
        context: &'c ExecutionContext,
        mut each: impl FnMut(&Step, &[Option<Value<'c>>], bool) -> Result<Value<'c>>,
    ) -> Result<Tensor> {
        let mut values: SmallVec<[Option<Value<'c>>; 6]> =
            inputs.iter().map(|tensor| Some(Value::Input(tensor))).collect();
        for (index, step) in self.steps.iter().enumerate() {
            let keep = inputs.len() + index == self.output || self.is_viewed(index + inputs.len());
            let value = each(step, &values, keep)?;
            for &id in &step.last_uses {
                values[id] = None;
            }
            values.push(Some(value));
        }
        finish(values[self.output].take(), context)
    }

    /// Whether the result of the program may be a view of the value, which must then outlive the program too.
    fn is_viewed(&self, id: ValueId) -> bool {
        let mut at = self.output;
        while let Some(step) = at.checked_sub(self.inputs.len()).map(|i| &self.steps[i]) {
            if at == id {
                return true;
            }
            match step.action {
                Action::View(_) => at = step.inputs[0],
                _ => return false,
            }
        }
        false
    }
}

impl ProgramShape {
    fn of(inputs: &[Leaf], steps: &[Step]) -> ProgramShape {
        match (inputs, steps) {
            (_, [Step { action: Action::Fused(kernel), .. }]) => {
                ProgramShape::SingleKernel(Arc::new(Layout::contiguous(kernel.shape.clone())))
            }
            // A view has one input, so a program of views only is a chain.
            ([input], [_, ..]) if steps.iter().all(Step::is_view) => {
                match composed_layout(input.tensor.shape(), steps) {
                    Some(layout) => ProgramShape::View(Arc::new(layout)),
                    None => ProgramShape::Steps,
                }
            }
            _ => ProgramShape::Steps,
        }
    }
}

/// Runs a program that is one fused kernel.
fn run_kernel(
    kernel: &FusedKernel,
    operands: &[ValueId],
    inputs: &[&Tensor],
    context: &ExecutionContext,
) -> Result<Buffer> {
    let sources: SmallVec<[Source<'_>; 4]> = operands.iter().map(|&id| inputs[id].source()).collect();
    kernel.buffer(&sources, context)
}

/// The result of the program as a tensor.
fn finish(value: Option<Value<'_>>, context: &ExecutionContext) -> Result<Tensor> {
    match value {
        Some(Value::Owned(tensor)) => Ok(tensor),
        Some(Value::Input(tensor)) => Ok(tensor.clone()),
        Some(Value::Scratch(view)) => {
            let output = Output { context, keep: true, operation: "result" };
            match output.copy_any(&view)? {
                Value::Owned(tensor) => Ok(tensor),
                _ => unreachable!("a kept value is owned"),
            }
        }
        None => unreachable!("the output has no last use"),
    }
}

impl Step {
    pub(super) fn run<'c>(
        &self,
        values: &[Option<Value<'c>>],
        context: &'c ExecutionContext,
        keep: bool,
    ) -> Result<Value<'c>> {
        let output = Output { context, keep, operation: self.name() };
        let input = |i: usize| -> &Value<'c> {
            values[self.inputs[i]]
                .as_ref()
                .unwrap_or_else(|| unreachable!("a value lives until its last use"))
        };
        context.control().count(self.shape.len());
        match &self.action {
            Action::Fused(fused) => {
                let inputs: SmallVec<[Source<'_>; 4]> =
                    (0..self.inputs.len()).map(|i| input(i).source()).collect();
                fused.run(&inputs, self.dtype, output)
            }
            Action::FusedReduce(fused, reduction) => {
                context.control().count(fused.shape.len());
                let inputs: SmallVec<[Source<'_>; 4]> =
                    (0..self.inputs.len()).map(|i| input(i).source()).collect();
                fused.reduce(reduction, &inputs, (self.dtype, &self.shape), output)
            }
            Action::View(op) => view(op, &self.shape, input(0), output),
            Action::Reduce(op, axis) => {
                context.poll()?;
                kernel::reduce::reduce(*op, *axis, &input(0).view(), &self.shape, self.dtype, output)
            }
            Action::Distance(op, operands) => {
                context.poll()?;
                let values: SmallVec<[&Value<'_>; 4]> = (0..self.inputs.len()).map(input).collect();
                distance_operand::run(*op, operands, &values, output)
            }
            Action::MatMul => kernel::matmul::matmul(&input(0).view(), &input(1).view(), &self.shape, output),
            Action::Kernel(kernel) => {
                context.poll()?;
                let views: SmallVec<[View<'_>; 2]> =
                    (0..self.inputs.len()).map(|i| input(i).view()).collect();
                kernel.run(&views, &self.shape, self.dtype, output)
            }
            Action::Literal(scalar) => Ok(Value::Owned(Tensor::scalar(*scalar))),
        }
    }

    fn is_view(&self) -> bool {
        matches!(self.action, Action::View(_))
    }

    /// The name of the operation, for memory errors.
    pub(super) fn name(&self) -> &'static str {
        match &self.action {
            Action::View(op) => op.name(),
            Action::Fused(fused) => fused.name,
            Action::Reduce(op, _) | Action::FusedReduce(_, Reduction { op, .. }) => op.name(),
            Action::Distance(op, _) => op.name(),
            Action::MatMul => "MATMUL",
            Action::Kernel(kernel) => kernel.name(),
            Action::Literal(_) => "literal",
        }
    }
}

/// Another layout of the elements of a value.
fn view<'c>(op: &Op, shape: &Shape, value: &Value<'c>, output: Output<'c>) -> Result<Value<'c>> {
    match view_layout(op, shape, value.layout())? {
        Some(layout) => Ok(value.with_layout(layout)),
        None => {
            let copy = output.contiguous(value)?;
            Ok(copy.with_layout(Layout::contiguous(shape.clone())))
        }
    }
}

/// The layout of a view over elements of another layout; `None` if no strides describe a reshape.
pub(super) fn view_layout(op: &Op, shape: &Shape, layout: &Layout) -> Result<Option<Layout>> {
    Ok(Some(match op {
        Op::Permute(order) => layout.permute(order),
        Op::Broadcast => layout.broadcast_to(shape),
        Op::InsertAxis(axis) => layout.insert_axis(*axis),
        Op::Index(takes) => layout.index(takes)?,
        Op::Diagonal(first, second) => layout.diagonal(*first, *second),
        Op::Reshape => return Ok(layout.reshape(shape)),
        _ => unreachable!("only views are lowered to view steps"),
    }))
}

/// The layout of a chain of views over row-major elements of a shape; `None` if a reshape has to copy, or a
/// view fails.
fn composed_layout(shape: &Shape, steps: &[Step]) -> Option<Layout> {
    steps.iter().try_fold(Layout::contiguous(shape.clone()), |layout, step| match &step.action {
        Action::View(op) => view_layout(op, &step.shape, &layout).ok().flatten(),
        _ => None,
    })
}
