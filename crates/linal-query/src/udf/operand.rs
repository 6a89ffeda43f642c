//! Arguments of a call in a query as leaves of a graph.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::Array;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::common::metadata::FieldMetadata;
use datafusion::logical_expr::Expr;
use linal_bind::binder::{Bound, COLUMN, CONSTANT, placeholder_tensor};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::{ColumnType, NotTensor, TensorType, column_to_tensor};
use linal_tensor::graph::{self, Node, NodeRef};
use linal_tensor::{DType, Shape, Tensor};

use super::error::wrong_arguments;
use super::ragged::Ragged;

/// Field metadata of a list literal: it adopts the dtype of a column.
const WEAK: &str = "linal.weak";

/// Field metadata of a tensor that is broadcast with numbers only.
pub(crate) const STRICT: &str = "linal.strict";

/// Field metadata of a spectrum: the length of the signal that it came from.
pub(crate) const SPECTRUM: &str = "linal.spectrum";

/// Field metadata of a number that is a tensor of the session, or computed from one: it keeps its dtype.
pub(crate) const TENSOR: &str = "linal.tensor";

/// A list literal, `[1, 2, 3]`, which adopts the dtype of a column.
///
/// The mark is in the field and not in the expression, so that a literal that the optimizer folds keeps its
/// type.
pub(crate) fn weak_literal(value: ScalarValue) -> Expr {
    let metadata = BTreeMap::from([(WEAK.to_string(), "1".to_string())]);
    Expr::Literal(value, Some(FieldMetadata::from(metadata)))
}

/// Whether a field is that of a list literal.
pub(crate) fn is_weak(field: &Field) -> bool {
    field.metadata().contains_key(WEAK)
}

/// The kind of an argument's values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Tensor(TensorType),
    Number(DType),
    /// A list whose length differs from row to row.
    Ragged(Ragged),
    Text,
    Null,
    Other(DataType),
}

impl Kind {
    pub fn of(field: &Field) -> Kind {
        match ColumnType::of(field) {
            ColumnType::Tensor(tensor) => Kind::Tensor(tensor),
            ColumnType::Bool => Kind::Number(DType::Bool),
            ColumnType::Int => Kind::Number(DType::I64),
            ColumnType::Float => Kind::Number(DType::F64),
            ColumnType::Real => Kind::Number(DType::F32),
            ColumnType::String => Kind::Text,
            ColumnType::Other(DataType::Null) => Kind::Null,
            other => match Ragged::of(field) {
                Some(ragged) => Kind::Ragged(ragged),
                None => Kind::Other(other.data_type()),
            },
        }
    }
}

/// One argument: its field, and its value if it is constant.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub field: FieldRef,
    pub kind: Kind,
    pub value: Option<ScalarValue>,
    /// Its index among the arguments of the whole call, if that differs from its position here.
    at: Option<u32>,
    /// The node that computes it, if it is part of a graph.
    node: Option<NodeRef>,
}

impl Operand {
    pub fn new(field: &FieldRef, value: Option<ScalarValue>) -> Operand {
        let operand = Operand { field: field.clone(), kind: Kind::of(field), value, at: None, node: None };
        // `[]` is the only list whose length is known from the query's text.
        match &operand.kind {
            Kind::Ragged(ragged) if is_weak(field) && operand.value.is_some() => {
                let (kind, node) = ragged.none();
                operand.of_kind(Kind::Tensor(kind)).given(node)
            }
            _ => operand,
        }
    }

    /// The operand that a node computes for each row.
    pub fn computed(field: &FieldRef, node: NodeRef) -> Operand {
        Operand { node: Some(node), ..Operand::new(field, None) }
    }

    /// The operand with its argument index in the call, when other arguments are left out.
    pub fn placed(self, at: u32) -> Operand {
        Operand { at: Some(self.at.unwrap_or(at)), ..self }
    }

    /// The operand with another kind.
    pub fn of_kind(self, kind: Kind) -> Operand {
        Operand { kind, ..self }
    }

    /// Whether a node computes it.
    pub fn is_given(&self) -> bool {
        self.node.is_some()
    }

    /// The operand with its value in a row.
    pub fn of_value(self, value: Option<ScalarValue>) -> Operand {
        Operand { value, ..self }
    }

    /// The operand with the node that computes it.
    pub fn given(self, node: NodeRef) -> Operand {
        Operand { node: Some(node), ..self }
    }

    /// The operand as another argument of a larger call.
    pub fn at(self, at: u32) -> Operand {
        Operand { at: Some(at), ..self }
    }

    pub fn is_tensor(&self) -> bool {
        matches!(self.kind, Kind::Tensor(_))
    }

    fn is_strict(&self) -> bool {
        self.field.metadata().contains_key(STRICT)
    }

    /// The length of the signal, if it is a spectrum of known origin.
    pub fn spectrum(&self) -> Option<usize> {
        self.field.metadata().get(SPECTRUM)?.parse().ok()
    }

    fn is_weak_list(&self) -> bool {
        is_weak(&self.field)
    }

    /// The value of an integer literal.
    pub fn integer(&self) -> Option<i64> {
        match self.value {
            Some(ScalarValue::Int64(value)) => value,
            _ => None,
        }
    }
}

/// Binds the operands of a call. Beside a tensor, the numbers of a row adopt its dtype, as number literals
/// do.
pub(super) fn bound(operands: &[Operand]) -> Result<Vec<Bound>> {
    let beside_tensor = operands.iter().any(Operand::is_tensor);
    operands
        .iter()
        .enumerate()
        .map(|(at, operand)| {
            Ok(match &operand.kind {
                Kind::Text => match operand.value.as_ref().and_then(ScalarValue::try_as_str) {
                    Some(Some(text)) => Bound::Text(text.into()),
                    Some(None) => Bound::Null,
                    None => return Err(not_numeric("a string")),
                },
                Kind::Null => Bound::Null,
                Kind::Ragged(_) | Kind::Other(DataType::List(_) | DataType::LargeList(_)) => {
                    return Err(not_numeric("a list without a fixed length")
                        .with_help("CAST(x AS Vector(n)) gives it one"));
                }
                Kind::Other(other) => {
                    let name = crate::type_name(other);
                    return Err(not_numeric(&format!("a value of type {name}")));
                }
                Kind::Tensor(_) | Kind::Number(_) => Bound::Tensor(leaf(operand, at as u32, beside_tensor)?),
            })
        })
        .collect()
}

fn not_numeric(what: &str) -> Error {
    Error::new(Code::NotATensor, format!("a tensor or a number is expected here, not {what}"))
}

fn leaf(operand: &Operand, at: u32, beside_tensor: bool) -> Result<NodeRef> {
    let number = matches!(operand.kind, Kind::Number(_));
    let at = operand.at.unwrap_or(at);
    let node = match (&operand.node, &operand.value) {
        (Some(node), _) => node.clone(),
        (None, Some(value)) if value.is_null() => placeholder(operand, COLUMN | at)?,
        (None, Some(value)) => {
            let tensor = constant(&operand.field, value)?;
            match tensor.item().filter(|_| number) {
                Some(scalar) => graph::literal(scalar).named(),
                None => Node::declared(tensor, CONSTANT, operand.is_strict()),
            }
        }
        (None, None) => placeholder(operand, COLUMN | at)?,
    };
    let gives_way = number && beside_tensor && !operand.field.metadata().contains_key(TENSOR);
    Ok(if gives_way || operand.is_weak_list() { node.as_weak() } else { node })
}

/// A leaf for the cells of a column: a shape and a dtype without elements.
fn placeholder(operand: &Operand, tag: u32) -> Result<NodeRef> {
    let (shape, dtype) = match &operand.kind {
        Kind::Tensor(tensor) => (tensor.shape.clone(), tensor.dtype),
        Kind::Number(dtype) => (Shape::scalar(), *dtype),
        _ => (Shape::scalar(), DType::F64),
    };
    Ok(Node::declared(placeholder_tensor(&shape, dtype)?, tag, operand.is_strict()))
}

/// The tensor of a literal.
pub(super) fn constant(field: &Field, value: &ScalarValue) -> Result<Tensor> {
    let array = value.to_array().map_err(|error| wrong_arguments(error.to_string()))?;
    let tensor = cells(field, array.as_ref())?;
    let cell = Shape::new(&tensor.shape().dims()[1..]);
    tensor.reshape(&cell).ok_or_else(|| wrong_arguments("a constant of another shape"))
}

/// A column without NULLs as a tensor of shape `[rows, ...]`.
pub(super) fn cells(field: &Field, array: &dyn Array) -> Result<Tensor> {
    column_to_tensor(field, array).map_err(|reason| match reason {
        NotTensor::Nulls(count) => Error::new(
            Code::NotATensor,
            format!(
                "`{}` has {count} NULL among its elements, and NULL is no element of a tensor",
                field.name()
            ),
        )
        .with_help("NaN is one"),
        NotTensor::Type(other) => {
            let name = crate::type_name(&other.data_type());
            not_numeric(&format!("a value of type {name}"))
        }
        NotTensor::Layout(message) => wrong_arguments(message),
    })
}

/// The field of a graph's result in each row.
pub(super) fn result_field(name: &str, node: &NodeRef, nullable: bool) -> FieldRef {
    let dtype = node.dtype();
    let scalar = match dtype {
        _ if node.shape().rank() > 0 => None,
        DType::Bool => Some(DataType::Boolean),
        DType::I64 => Some(DataType::Int64),
        DType::F32 => Some(DataType::Float32),
        DType::F64 => Some(DataType::Float64),
        DType::C64 | DType::C128 => None,
    };
    let field = match scalar {
        Some(scalar) => Field::new(name, scalar, nullable),
        None => {
            let shape = if node.shape().rank() == 0 { Shape::new(&[1]) } else { node.shape().clone() };
            // A cell must have elements; a list may be empty.
            if let Some(list) = Ragged::empty(&shape, dtype).and_then(|list| list.field(name, nullable)) {
                return Arc::new(list);
            }
            let field = TensorType { shape, dtype }.field(name, nullable);
            if !node.is_weak() {
                return Arc::new(field);
            }
            let mut metadata = field.metadata().clone();
            metadata.insert(WEAK.to_string(), "1".to_string());
            field.with_metadata(metadata)
        }
    };
    Arc::new(field)
}
