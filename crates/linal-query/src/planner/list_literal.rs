//! `[a, NULL, b]` where it is not a vector: a list with NULLs, of strings or of lists.

use arrow::datatypes::{DataType, Field};
use datafusion::common::{DFSchema, Result};
use datafusion::functions_nested::make_array::make_array;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, cast};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::{ColumnType, TensorType};

use crate::error::external;
use crate::udf::{LIST, Ragged, as_list, is_weak};

/// Whether elements make a list rather than a tensor: one of them is NULL or is not numeric, or they are rows of
/// different lengths. An element without a type makes no list, because the error of a tensor names it.
pub(crate) fn is_list(items: &[Expr], schema: &DFSchema) -> bool {
    let Ok(fields) = fields(items, schema) else { return false };
    let numbers = |field: &&Field| is_number(field.data_type());
    let is_other = |field: &Field| {
        !is_number(field.data_type()) && TensorType::of(field).is_none() && Ragged::of(field).is_none()
    };
    let is_scalar = fields.iter().filter(numbers).count() == fields.len();
    items.iter().any(is_null)
        || fields.iter().any(is_other)
        || has_ragged_rows(items, &fields)
        || (!is_scalar && fields.iter().any(|field| matches!(field.data_type(), DataType::List(_))))
}

/// Whether elements are written as rows of different lengths. Tensors of different shapes are more likely a mistake.
fn has_ragged_rows(items: &[Expr], fields: &[Field]) -> bool {
    let is_written = |(item, field): (&Expr, &Field)| match item {
        Expr::Literal(..) => is_weak(field),
        Expr::ScalarFunction(call) => call.func.name() == LIST && item.column_refs().is_empty(),
        _ => false,
    };
    let mut shapes = fields.iter().map(|field| TensorType::of(field).map(|tensor| tensor.shape));
    let first = shapes.next().flatten();
    first.is_some()
        && items.iter().zip(fields).all(is_written)
        && shapes.any(|shape| shape.is_some() && shape != first)
}

/// Plans a list of elements.
///
/// # Errors `E0307` for strings beside numbers, and for lists beside scalars.
pub(crate) fn list(items: Vec<Expr>, schema: &DFSchema) -> Result<Expr> {
    let fields = fields(&items, schema)?;
    check(&fields)?;
    let has_numbers = fields.iter().any(|field| field.data_type().is_numeric());
    let items = items.into_iter().zip(&fields).map(|(item, field)| {
        if TensorType::of(field).is_some() || Ragged::of(field).is_some() {
            Expr::ScalarFunction(ScalarFunction::new_udf(as_list(), vec![item]))
        } else if has_numbers && field.data_type() == &DataType::Boolean {
            // A Boolean counts as 0 or 1 among numbers.
            cast(item, DataType::Int64)
        } else {
            item
        }
    });
    Ok(make_array(items.collect()))
}

fn fields(items: &[Expr], schema: &DFSchema) -> Result<Vec<Field>> {
    items.iter().map(|item| Ok(item.to_field(schema)?.1.as_ref().clone())).collect()
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric() || data_type == &DataType::Boolean
}

/// Whether an element is NULL in every row.
fn is_null(item: &Expr) -> bool {
    match item {
        Expr::Literal(value, _) => value.is_null(),
        Expr::Cast(cast) => is_null(&cast.expr),
        Expr::TryCast(cast) => is_null(&cast.expr),
        Expr::Alias(alias) => is_null(&alias.expr),
        _ => false,
    }
}

/// Rejects elements without a common type.
fn check(fields: &[Field]) -> Result<()> {
    let is_list = |field: &&Field| field.data_type().is_nested();
    let is_text = |field: &&Field| field.data_type().is_string();
    let others = |field: &&Field| !field.data_type().is_null();
    let known: Vec<&Field> = fields.iter().filter(others).collect();
    for is_kind in [&is_list as &dyn Fn(&&Field) -> bool, &is_text] {
        let (Some(one), Some(other)) =
            (known.iter().find(|field| is_kind(field)), known.iter().find(|field| !is_kind(field)))
        else {
            continue;
        };
        let message =
            format!("the items of a list are {} and {}", ColumnType::of(one), ColumnType::of(other));
        let error = Error::new(Code::NotATensor, message);
        return Err(external(error.with_help("CAST one of them to the other's type")));
    }
    Ok(())
}
