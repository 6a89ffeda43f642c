//! Binding: resolves names to tensors, broadcasts shapes and promotes dtypes before anything runs, so that an
//! error is reported at the statement that caused it.
//!
//! An [`Expr`] lists operands before operators, so binding is one loop without recursion.

mod call;
mod case;
mod column;
mod dtype_positions;
mod host;
mod index;
mod literal;
mod operator;

pub use self::call::{Args, Argument};
pub use self::case::{any, equal, within};
pub use self::literal::{array_tensor, list_of, stack};
pub use self::operator::binary;
pub use linal_dataset::{dtype_of, unknown_dtype};

use std::sync::Arc;

use linal_dataset::lineage::LineageRef;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::{Expr, ExprId, ExprKind};
use linal_tensor::graph::{self, Node, NodeRef, Op};
use linal_tensor::{DType, ExecutionContext, Scalar, Shape, Tensor};
use smallvec::SmallVec;

use crate::functions::{FileAccess, Registry};
use crate::{CatalogView, Parameters, QueryValue, SlotId, Value, Variables};

/// The tag of constant leaves: literals, arrays of files, and values evaluated while binding.
pub const CONSTANT: u32 = linal_tensor::graph::Leaf::CONSTANT;

/// The tag bit of leaves that stand for the elements of a column; the other bits are the column's number. A
/// query binds an expression once for all rows, before any row is read. EXPLAIN uses such leaves for the
/// results of subqueries.
pub const COLUMN: u32 = 1 << 31;

/// Whether a leaf stands for the elements of a column.
pub fn is_column(tag: u32) -> bool {
    tag & COLUMN != 0 && tag != CONSTANT
}

/// Nodes between two looks at whether the statement is to stop.
const LOOK: usize = 1024;

/// A tensor that stands for values that are not known yet. It takes no memory beyond one element.
pub fn placeholder_tensor(shape: &Shape, dtype: DType) -> Result<Tensor> {
    let zero = Scalar::Bool(false).convert(dtype).unwrap_or(Scalar::F64(0.0));
    Ok(Tensor::scalar(zero).broadcast_to(shape)?)
}

/// The state of binding one statement.
pub struct Binder<'s> {
    /// The names of the session.
    pub variables: &'s mut Variables,
    /// Runs what must be known while binding.
    pub context: &'s ExecutionContext,
    /// The functions.
    pub registry: &'static Registry,
    /// How files are read.
    pub files: &'s FileAccess,
    /// The visible datasets. `None` while a function of a query is bound, whose operands are columns.
    pub datasets: Option<CatalogView<'s>>,
    /// The dtype of tensors made from number literals.
    pub default_dtype: DType,
    /// The results of the queries that the expression needs: its subqueries, and those of lazy columns.
    pub subqueries: &'s [QueryValue],
    /// The values of `$1` and `$name`.
    pub parameters: &'s Parameters,
    /// Whether lazy names stay graphs, as within `LAZY LET`, or are evaluated.
    pub lazy: bool,
    /// Whether operands may be columns, whose values are not known while binding.
    pub columns: bool,
    /// The length of the signal of a spectrum among the operands, if its column stores it.
    pub spectrum: Option<usize>,
    /// The values that were read, for the lineage of the result.
    pub sources: SmallVec<[(SlotId, LineageRef); 4]>,
    /// Whether the program may be reused for the same text. False when a value was evaluated while binding.
    pub cacheable: bool,
}

/// A bound node of the syntax tree.
#[derive(Clone, Debug)]
pub enum Bound {
    /// A tensor expression.
    Tensor(NodeRef),
    /// A string, for functions that take a path or a keyword.
    Text(Box<str>),
    /// `NULL`, which is no tensor.
    Null,
    /// Already moved to its parent.
    Taken,
}

impl Binder<'_> {
    /// Binds an expression to a graph.
    pub fn expression(&mut self, expr: &Expr) -> Result<NodeRef> {
        let mut bound: Vec<Bound> = Vec::with_capacity(expr.nodes().len());
        let (default_dtype, mut exact) = (self.default_dtype, self.exact_lists(expr));
        exact.sort_unstable_by_key(|(id, _)| *id);
        let mut exact = exact.into_iter().peekable();
        for (id, node) in expr.nodes().iter().enumerate() {
            if id % LOOK == LOOK - 1 {
                self.context.poll()?;
            }
            while let Some((_, dtype)) = exact.next_if(|(list, _)| *list <= id as ExprId) {
                self.default_dtype = dtype;
            }
            let value = self.node(id as ExprId, expr, &mut bound);
            self.default_dtype = default_dtype;
            bound.push(value.map_err(|error| self.misplaced_word(error, id as ExprId, expr).at(node.span))?);
        }
        match bound.pop() {
            Some(Bound::Tensor(node)) => Ok(node),
            Some(Bound::Text(_)) => Err(not_a_tensor("a string").at(expr.span())),
            _ => Err(not_a_tensor("NULL").at(expr.span())),
        }
    }

    fn node(&mut self, id: ExprId, expr: &Expr, bound: &mut [Bound]) -> Result<Bound> {
        let kind = &expr.node(id).kind;
        match kind {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Numbers(_) => {
                self.number(kind).map(Bound::Tensor)
            }
            ExprKind::Null => Ok(Bound::Null),
            ExprKind::Str(text) => Ok(Bound::Text(text.clone())),
            ExprKind::Parameter(name) => self.parameter(name),
            ExprKind::Name(name) => self.name_or_dtype(name, id, expr),
            ExprKind::Member { database, base, field } => {
                self.member(database.as_deref(), base, field).map(Bound::Tensor)
            }
            ExprKind::List(items) => self.list(items, expr, bound).map(Bound::Tensor),
            ExprKind::Unary { op, operand } => self.unary(*op, *operand, expr, bound).map(Bound::Tensor),
            ExprKind::Binary { op, left, right } => {
                self.binary(*op, *left, *right, expr, bound).map(Bound::Tensor)
            }
            ExprKind::Call { name, name_span, args } => {
                self.call(name, *name_span, args, expr, bound).map(Bound::Tensor)
            }
            ExprKind::Case { operand, branches, otherwise } => {
                self.case(*operand, branches, *otherwise, expr, bound)
            }
            ExprKind::Between { operand, low, high, negated } => {
                self.between([*operand, *low, *high], *negated, expr, bound).map(Bound::Tensor)
            }
            ExprKind::In { operand, items, negated } => {
                self.one_of(*operand, items, *negated, expr, bound).map(Bound::Tensor)
            }
            ExprKind::IsNull { operand, negated } => {
                Ok(Bound::Tensor(self.is_null(*operand, *negated, bound)))
            }
            ExprKind::Index { base, items } => self.index(*base, items, expr, bound).map(Bound::Tensor),
            ExprKind::Subquery { query, .. } => self.subquery(*query).map(Bound::Tensor),
        }
    }

    /// The result of a subquery, which ran before binding.
    fn subquery(&mut self, place: Span) -> Result<NodeRef> {
        self.cacheable = false;
        let Some(value) = self.subqueries.iter().find(|value| value.is_at(place)) else {
            return Err(Error::not_yet("a query as a value here").at(place));
        };
        Ok(self.precomputed(value))
    }

    /// The leaf of a query's result.
    fn precomputed(&mut self, value: &QueryValue) -> NodeRef {
        for source in &value.sources {
            self.read_outside(source.clone());
        }
        Node::leaf(value.tensor.clone(), value.tag)
    }

    /// Adds a source that is not a variable to the lineage, once.
    fn read_outside(&mut self, lineage: LineageRef) {
        let known =
            self.sources.iter().any(|(slot, other)| *slot == CONSTANT && other.name() == lineage.name());
        if !known {
            self.sources.push((CONSTANT, lineage));
        }
    }

    /// The tensor of a name, or the name itself where a dtype is expected: `CAST(a AS f32)`.
    fn name_or_dtype(&mut self, name: &str, id: ExprId, expr: &Expr) -> Result<Bound> {
        if dtype_of(name).is_some() && self.is_dtype_position(id, expr) {
            return Ok(Bound::Text(name.into()));
        }
        let function = self.registry.find(name).filter(|_| self.variables.find(name).is_none());
        match function {
            // `ABS -3` is parsed as a subtraction from a variable named ABS.
            Some(function) => Err(Error::new(
                Code::UnknownName,
                format!("there is no tensor `{name}`, and the function {} needs its operands", function.name),
            )
            .with_help(format!("the form is `{}`; in a call, `{}(...)`", function.pattern, function.name))),
            None => self.name(name).map(Bound::Tensor),
        }
    }

    /// The tensor of a name. A lazy name is evaluated at its first use, unless that use is lazy itself.
    pub fn name(&mut self, name: &str) -> Result<NodeRef> {
        let (slot, variable) =
            self.variables.resolve(name).map_err(|error| self.dataset_instead(error, name))?;
        let (strict, lineage) = (variable.strict, variable.lineage.clone());
        let node = match &variable.value {
            Value::Tensor(tensor) => Node::declared(tensor.clone(), slot, strict),
            Value::Lazy(lazy) if self.lazy && lazy.value.get().is_none() => lazy.graph.clone(),
            Value::Lazy(lazy) => {
                let lazy = lazy.clone();
                let tensor = lazy.force(self.context)?;
                Node::declared(tensor, slot, strict)
            }
            Value::Column(dataset, column) => {
                let (dataset, column) = (dataset.clone(), column.clone());
                return self.column(Some(&dataset.database), &dataset.name, &column);
            }
            Value::Alias(_) | Value::Dataset(_) => unreachable!("resolve follows aliases"),
        };
        if !name.eq_ignore_ascii_case(&variable_name(self.variables, slot)) {
            // The alias may be bound to another name later, while the text stays the same.
            self.cacheable = false;
        }
        if !self.sources.iter().any(|(known, _)| *known == slot) {
            self.sources.push((slot, lineage));
        }
        Ok(node)
    }

    /// Evaluates a graph while binding, because its value determines a shape.
    pub fn evaluate(&mut self, node: &NodeRef) -> Result<Tensor> {
        if let Op::Leaf(leaf) = node.op()
            && leaf.tag == CONSTANT
        {
            return Ok(leaf.tensor.clone());
        }
        if node.as_literal().is_none() {
            self.cacheable = false;
        }
        if self.columns && reads_column(node) {
            return Err(Error::new(
                Code::NotConstant,
                "this decides the shape of the result, so it must be the same for all rows: a constant",
            ));
        }
        Ok(graph::evaluate(node, self.context)?)
    }

    /// The length of the signal of a spectrum, as far as it follows from the graph or the name.
    pub fn spectrum_length(&self, node: &NodeRef) -> Option<usize> {
        spectrum_length(node, self.variables).or(self.spectrum)
    }
}

/// Whether a graph depends on the elements of a column.
fn reads_column(root: &NodeRef) -> bool {
    let mut pending = vec![root];
    while let Some(node) = pending.pop() {
        match node.op() {
            Op::Leaf(leaf) if is_column(leaf.tag) => return true,
            _ => pending.extend(node.inputs()),
        }
    }
    false
}

/// Follows a spectrum through element-wise operations to the transform that computed it.
pub fn spectrum_length(root: &NodeRef, variables: &Variables) -> Option<usize> {
    use linal_tensor::graph::Kernel;
    use linal_tensor::kernel::signal::SignalOp;
    // Only tensors of shape [2, bins] are spectra.
    if root.shape().rank() != 2 || root.shape()[0] != 2 {
        return None;
    }
    let mut pending = vec![root];
    // The search is bounded, since graphs of lazy chains may be long.
    for _ in 0..1000 {
        let node = pending.pop()?;
        match node.op() {
            Op::Leaf(leaf) if leaf.tag != CONSTANT => {
                if let Some(length) = variables.get(leaf.tag).and_then(|v| v.spectrum_length) {
                    return Some(length);
                }
            }
            Op::Kernel(Kernel::Signal(SignalOp::Fft)) => return Some(node.inputs()[0].shape()[0]),
            op if op.is_elementwise() => {
                pending.extend(node.inputs().iter().rev().filter(|input| input.shape() == root.shape()));
            }
            _ => {}
        }
    }
    None
}

fn variable_name(variables: &Variables, slot: SlotId) -> Arc<str> {
    variables.get(slot).map_or_else(|| "".into(), |variable| variable.name.clone())
}

/// The error of a string or NULL where a tensor is expected.
pub fn not_a_tensor(what: &str) -> Error {
    Error::new(Code::NotATensor, format!("a tensor or a number is expected here, not {what}"))
}

/// Takes the tensor of a bound operand, or reports an error at its span.
pub fn tensor_operand(bound: &mut [Bound], id: u32, span: Span) -> Result<NodeRef> {
    match std::mem::replace(&mut bound[id as usize], Bound::Taken) {
        Bound::Tensor(node) => Ok(node),
        Bound::Text(_) => Err(not_a_tensor("a string").at(span)),
        Bound::Null | Bound::Taken => {
            Err(not_a_tensor("NULL").at(span).with_help("NULL is no element of a tensor; NaN is"))
        }
    }
}
