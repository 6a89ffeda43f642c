//! Einstein sums, composed of views, matrix products and sums.

use super::node::NodeRef;
use super::{
    arithmetic,
    subscripts::{Label, Subscripts},
    views,
};
use crate::kernel::distance::DistanceOp;
use crate::kernel::elementwise::BinaryOp;
use crate::kernel::reduce::ReduceOp;
use crate::{DType, Error, Result, Shape, Take};

pub(super) const NAME: &str = "EINSUM";

/// The sum of products of the subscripts, as `numpy.einsum`: `'ij,jk->ik'` is a matrix product.
///
/// Without `->` the result has the labels that occur once, in alphabetical order. A label that occurs twice
/// in one operand takes its diagonal, and `...` stands for the axes without a label, which broadcast.
/// Operands are multiplied from left to right; a label is summed as soon as no operand on the right has it.
///
/// # Errors
/// Subscripts that do not match the operands, sizes that differ for one label (including a size of 1), a
/// STRICT operand that would be broadcast.
pub fn einsum(subscripts: &str, operands: &[NodeRef]) -> Result<NodeRef> {
    let shapes: Vec<&Shape> = operands.iter().map(|operand| operand.shape()).collect();
    let Subscripts { inputs, output } = Subscripts::parse(subscripts, &shapes)?;
    let dtype = common_dtype(operands);
    let broadcast = broadcast_labels(&inputs, operands);
    let mut terms = Vec::with_capacity(operands.len());
    for (operand, labels) in operands.iter().zip(inputs) {
        let term = Term { node: operand.clone(), labels }.diagonals().squeeze_broadcast(&broadcast)?;
        terms.push(Term { node: arithmetic::cast(&term.node, dtype)?, ..term });
    }
    let mut terms = terms.into_iter();
    let Some(mut result) = terms.next() else {
        return Err(Error::argument(NAME, "takes at least one tensor"));
    };
    while let Some(next) = terms.next() {
        let needed =
            |label: Label| output.contains(&label) || terms.as_slice().iter().any(|term| term.has(label));
        result = result.product(next, &needed)?;
    }
    result = result.sum(|label| !output.contains(&label))?;
    arithmetic::cast(&result.arrange(&output)?.node, dtype)
}

/// The common dtype of all operands; Booleans count as 0 and 1.
fn common_dtype(operands: &[NodeRef]) -> DType {
    let dtype = match operands {
        [a, b] => arithmetic::common_dtype(a, b),
        _ => operands.iter().fold(DType::Bool, |dtype, operand| dtype.promote(operand.dtype())),
    };
    dtype.to_number()
}

/// The axes of `...` that are longer than 1 in some operand, with the shape of that operand.
fn broadcast_labels<'a>(inputs: &[Vec<Label>], operands: &'a [NodeRef]) -> Vec<(Label, &'a Shape)> {
    let axes = inputs.iter().zip(operands).flat_map(|(labels, operand)| {
        labels.iter().zip(operand.shape().dims()).map(move |(label, size)| (*label, *size, operand.shape()))
    });
    axes.filter(|(label, size, _)| matches!(label, Label::Ellipsis(_)) && *size != 1)
        .map(|(label, _, shape)| (label, shape))
        .collect()
}

/// A tensor with a label for each axis.
#[derive(Clone)]
struct Term {
    node: NodeRef,
    labels: Vec<Label>,
}

impl Term {
    fn has(&self, label: Label) -> bool {
        self.labels.contains(&label)
    }

    /// Replaces axes of the same label by their diagonal, as the last axis.
    fn diagonals(mut self) -> Term {
        while let Some((first, second)) = self.repeated_label() {
            let label = self.labels.remove(second);
            self.labels.remove(first);
            self.labels.push(label);
            self.node = views::diagonal(&self.node, first, second);
        }
        self
    }

    /// Removes axes of size 1 that broadcast to those of another operand: the product has the axes of that
    /// operand.
    fn squeeze_broadcast(mut self, broadcast: &[(Label, &Shape)]) -> Result<Term> {
        for (label, longer) in broadcast {
            let short = |axis: &usize| self.labels[*axis] == *label && self.node.shape()[*axis] == 1;
            let Some(axis) = (0..self.labels.len()).find(short) else { continue };
            if self.node.is_strict() {
                let (left, right) = (self.node.shape().clone(), (*longer).clone());
                return Err(Error::StrictBroadcast { operation: NAME, left, right });
            }
            let mut takes = vec![Take::All; axis];
            takes.push(Take::At(0));
            self.node = views::index(&self.node, &takes)?;
            self.labels.remove(axis);
        }
        Ok(self)
    }

    fn repeated_label(&self) -> Option<(usize, usize)> {
        let labels = &self.labels;
        (0..labels.len()).find_map(|second| {
            let first = labels[..second].iter().position(|label| *label == labels[second])?;
            Some((first, second))
        })
    }

    /// Sums the axes whose labels are not needed.
    fn sum(mut self, unneeded: impl Fn(Label) -> bool) -> Result<Term> {
        while let Some(axis) = self.labels.iter().position(|label| unneeded(*label)) {
            self.node = super::reduce(ReduceOp::Sum, &self.node, Some(axis as i64))?;
            self.labels.remove(axis);
        }
        Ok(self)
    }

    /// Permutes the axes to the order of `labels`, which are the labels of the term.
    fn arrange(self, labels: &[Label]) -> Result<Term> {
        if self.labels == labels {
            return Ok(self);
        }
        let order: Vec<usize> =
            labels.iter().filter_map(|label| self.labels.iter().position(|own| own == label)).collect();
        Ok(Term { node: views::permute(&self.node, &order)?, labels: labels.to_vec() })
    }

    /// The product with another term, summed over what only these two have.
    fn product(self, other: Term, needed: &impl Fn(Label) -> bool) -> Result<Term> {
        let left = self.sum_private(&other, needed)?;
        let right = other.sum_private(&left, needed)?;
        let roles = Roles::new(&left, &right, needed);
        check_len(&left, &right)?;
        if roles.summed.is_empty() {
            return left.outer_product(right, &roles);
        }
        if roles.left.is_empty() && roles.right.is_empty() {
            return left.inner_product(right, &roles);
        }
        left.contract(right, &roles)
    }

    /// Sums the axes that neither the other term nor the remaining terms have.
    fn sum_private(self, other: &Term, needed: &impl Fn(Label) -> bool) -> Result<Term> {
        let dtype = self.node.dtype();
        let summed = self.sum(|label| !other.has(label) && !needed(label))?;
        // Sums are in double precision; the product is computed in the dtype of the operands.
        Ok(Term { node: arithmetic::cast(&summed.node, dtype)?, labels: summed.labels })
    }

    /// The product without a sum.
    fn outer_product(self, other: Term, roles: &Roles) -> Result<Term> {
        let labels = [&roles.both[..], &roles.left, &roles.right].concat();
        let left = self.align_to(&labels)?;
        let right = other.align_to(&labels)?;
        Ok(Term { node: arithmetic::binary(BinaryOp::Mul, &left, &right)?, labels })
    }

    /// The axes in the order of the labels, with an axis of size 1 for each label that the term does not
    /// have.
    fn align_to(self, labels: &[Label]) -> Result<NodeRef> {
        let own: Vec<Label> = labels.iter().copied().filter(|label| self.has(*label)).collect();
        let mut node = self.arrange(&own)?.node;
        for (axis, label) in labels.iter().enumerate() {
            if !own.contains(label) {
                node = views::insert_axis(&node, axis);
            }
        }
        // Here the labels determine how a STRICT tensor is broadcast, so a view without the flag is used.
        if node.is_strict() {
            let dims: Vec<i64> = node.shape().dims().iter().map(|&d| d as i64).collect();
            node = views::reshape(&node, &dims)?;
        }
        Ok(node)
    }

    /// The sum of products over the summed labels, where neither term has labels of its own.
    fn inner_product(self, other: Term, roles: &Roles) -> Result<Term> {
        let labels = [&roles.both[..], &roles.summed].concat();
        let dtype = self.node.dtype();
        let left = self.arrange(&labels)?;
        let right = other.arrange(&labels)?;
        if roles.both.is_empty() {
            let dot =
                super::distance(DistanceOp::Dot, &views::flatten(&left.node), &views::flatten(&right.node))?;
            return Ok(Term { node: arithmetic::cast(&dot, dtype)?, labels: Vec::new() });
        }
        let products = arithmetic::binary(BinaryOp::Mul, &left.node, &right.node)?;
        let sums = Term { node: products, labels }.sum(|label| roles.summed.contains(&label))?;
        Ok(Term { node: arithmetic::cast(&sums.node, dtype)?, labels: sums.labels })
    }

    /// A matrix product, batched over the axes that both keep.
    fn contract(self, other: Term, roles: &Roles) -> Result<Term> {
        let sizes = |term: &Term, labels: &[Label]| -> Vec<usize> {
            let axis = |label: &Label| term.labels.iter().position(|own| own == label);
            labels.iter().filter_map(axis).map(|axis| term.node.shape()[axis]).collect()
        };
        let both = sizes(&self, &roles.both);
        let (rows, columns) = (sizes(&self, &roles.left), sizes(&other, &roles.right));
        let inner = [sizes(&self, &roles.summed).iter().product()];
        let (row_count, column_count) = ([rows.iter().product()], [columns.iter().product()]);

        let left = self.arrange(&[&roles.both[..], &roles.left, &roles.summed].concat())?;
        let right = other.arrange(&[&roles.both[..], &roles.summed, &roles.right].concat())?;
        let left = reshape_to(&left.node, &[&both[..], &row_count, &inner].concat())?;
        let right = reshape_to(&right.node, &[&both[..], &inner, &column_count].concat())?;
        let product = super::matmul(&left, &right)?;
        let node = reshape_to(&product, &[both, rows, columns].concat())?;
        Ok(Term { node, labels: [&roles.both[..], &roles.left, &roles.right].concat() })
    }
}

/// The roles of the labels of two terms in their product.
struct Roles {
    /// In both, and needed.
    both: Vec<Label>,
    /// In both, and summed.
    summed: Vec<Label>,
    /// In the left one only.
    left: Vec<Label>,
    /// In the right one only.
    right: Vec<Label>,
}

impl Roles {
    fn new(left: &Term, right: &Term, needed: &impl Fn(Label) -> bool) -> Roles {
        let pick = |term: &Term, choose: &dyn Fn(Label) -> bool| -> Vec<Label> {
            term.labels.iter().copied().filter(|label| choose(*label)).collect()
        };
        Roles {
            both: pick(left, &|label| right.has(label) && needed(label)),
            summed: pick(left, &|label| right.has(label) && !needed(label)),
            left: pick(left, &|label| !right.has(label)),
            right: pick(right, &|label| !left.has(label)),
        }
    }
}

/// A node in another shape of equal length.
fn reshape_to(node: &NodeRef, dims: &[usize]) -> Result<NodeRef> {
    if node.shape().dims() == dims {
        return Ok(node.clone());
    }
    let dims: Vec<i64> = dims.iter().map(|&d| d as i64).collect();
    views::reshape(node, &dims)
}

/// Checks that the length of a product does not overflow.
fn check_len(left: &Term, right: &Term) -> Result<()> {
    let (a, b) = (left.node.shape(), right.node.shape());
    match a.len().checked_mul(b.len().max(1)) {
        Some(_) => Ok(()),
        None => Err(Error::ShapeMismatch {
            operation: NAME,
            left: a.clone(),
            right: b.clone(),
            rule: "the product has too many elements",
        }),
    }
}
