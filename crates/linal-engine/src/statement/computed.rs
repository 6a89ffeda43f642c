//! The expressions of computed columns. They outlive the session that writes them, so that they can depend on nothing but the
//! columns of their dataset.

use linal_bind::Value;
use linal_dataset::{Error, Result, Snapshot, same_name};
use linal_error::Code;
use linal_lang::ast::relational::Scalar;
use linal_lang::{TokenClass, tokens};
use linal_query::frontend::generated_columns;
use linal_tensor::{Complex32, Complex64, DType, Tensor};

use crate::session::Session;

/// Elements of a tensor that are written into an expression.
const ELEMENTS: usize = 4096;

/// The text of an expression as it is kept: tensors of the session are replaced by their values.
///
/// # Errors
/// `E0611 generated_column`: a query, a function with another value at each call, a large tensor.
pub(super) fn text(session: &mut Session, dataset: &Snapshot, value: &Scalar, text: &str) -> Result<String> {
    if let Some(what) = generated_columns::variable_part(&mut session.query_context(), value)? {
        return Err(refused(format!(
            "{what} has another value each time, and a computed column keeps its values"
        )));
    }
    with_values(session, dataset, text)
}

/// The text of the condition of a CHECK as it is kept. It may read the time, but no other rows.
///
/// # Errors
/// `E0619 bad_constraint`: a query.
pub(super) fn kept_condition(
    session: &mut Session,
    dataset: &Snapshot,
    value: &Scalar,
    text: &str,
) -> Result<String> {
    if generated_columns::has_query(value) {
        let message = "a CHECK is about one row, and takes no query";
        return Err(Error::new(Code::BadConstraint, message));
    }
    with_values(session, dataset, text)
}

/// A text in which tensors of the session are replaced by their values.
fn with_values(session: &Session, dataset: &Snapshot, text: &str) -> Result<String> {
    let mut kept = String::with_capacity(text.len());
    let (mut end, mut after_dot) = (0, false);
    for (span, class) in tokens(text) {
        let token = span.text(text);
        kept.push_str(&text[end..span.start]);
        end = span.end;
        let follows = text[span.end..].trim_start();
        // Not a function, a qualifier, or the name of an argument.
        let is_alone = !after_dot && !follows.starts_with(['(', '.']) && !follows.starts_with("=>");
        let name = token.trim_matches('`');
        let is_column = dataset.columns.iter().any(|column| same_name(&column.name, name));
        after_dot = token == ".";
        let is_name = class == TokenClass::Name && is_alone && !is_column;
        match is_name.then(|| tensor(session, name)).transpose()?.flatten() {
            // A sign belongs to the number, and not to what a power makes of it.
            Some(tensor) if tensor.shape().rank() == 0 => {
                kept.push_str(&format!("({})", literal(name, &tensor)?));
            }
            Some(tensor) => kept.push_str(&literal(name, &tensor)?),
            None => kept.push_str(token),
        }
    }
    kept.push_str(&text[end..]);
    Ok(kept)
}

fn tensor(session: &Session, name: &str) -> Result<Option<Tensor>> {
    if session.variables.find(name).is_none() {
        return Ok(None);
    }
    match &session.variables.resolve(name)?.1.value {
        Value::Tensor(tensor) => Ok(Some(tensor.clone())),
        Value::Lazy(lazy) => lazy.force(&session.context).map(Some),
        _ => Ok(None),
    }
}

/// A tensor as a literal.
fn literal(name: &str, tensor: &Tensor) -> Result<String> {
    if tensor.len() > ELEMENTS {
        let message =
            format!("the tensor `{name}` has {} elements, too many for a computed column", tensor.len());
        return Err(refused(message).with_help("ATTACH a column that was computed with it"));
    }
    let dims = tensor.shape().dims();
    // In row-major order.
    Ok(match tensor.dtype() {
        DType::Bool => list(dims, texts(&tensor.to_vec::<bool>())),
        DType::I64 => list(dims, texts(&tensor.to_vec::<i64>())),
        DType::F32 => list(dims, texts(&tensor.to_vec::<f32>())),
        DType::F64 => list(dims, texts(&tensor.to_vec::<f64>())),
        DType::C64 => complex(dims, tensor.to_vec::<Complex32>().iter().map(|z| (z.re, z.im)).unzip()),
        DType::C128 => complex(dims, tensor.to_vec::<Complex64>().iter().map(|z| (z.re, z.im)).unzip()),
    })
}

fn complex<T: std::fmt::Debug>(dims: &[usize], (re, im): (Vec<T>, Vec<T>)) -> String {
    format!("COMPLEX({}, {})", list(dims, texts(&re)), list(dims, texts(&im)))
}

fn list(dims: &[usize], values: Vec<String>) -> String {
    let mut text = String::new();
    nested(&mut text, dims, &mut values.into_iter());
    text
}

fn texts<T: std::fmt::Debug>(values: &[T]) -> Vec<String> {
    values.iter().map(|value| format!("{value:?}").replace("NaN", "nan")).collect()
}

fn nested(text: &mut String, dims: &[usize], values: &mut impl Iterator<Item = String>) {
    let Some((&length, inner)) = dims.split_first() else {
        return text.extend(values.next());
    };
    text.push('[');
    for at in 0..length {
        text.push_str(if at > 0 { ", " } else { "" });
        nested(text, inner, values);
    }
    text.push(']');
}

fn refused(message: String) -> Error {
    Error::new(Code::GeneratedColumn, message)
}
