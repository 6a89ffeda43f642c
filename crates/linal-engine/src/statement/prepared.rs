//! `PREPARE`, `EXECUTE`, `DEALLOCATE`.

use linal_bind::{Parameter, Parameters};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::{Argument, Expr, ExprKind, Ident};
use linal_tensor::{Scalar, graph};

use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn prepare(session: &mut Session, name: &Ident, text: &str) -> Outcome {
    session.prepared.insert(&name.name, text);
    Outcome::Done(format!("prepared {}", name.name))
}

pub(super) fn execute(session: &mut Session, name: &Ident, arguments: &[Argument]) -> Result<Outcome> {
    let text = session.prepared.get(&name.name).map_err(|error| error.at(name.span))?.text.clone();
    let parameters = parameters(session, arguments)?;
    // The spans of its errors are those of another text.
    let run = |session: &mut Session| session.run_text(&text);
    session.run_with(parameters, run).map_err(|error| error.map_span(|_| name.span).at(name.span))
}

pub(super) fn deallocate(session: &mut Session, name: Option<&Ident>) -> Result<Outcome> {
    let Some(name) = name else {
        let count = session.prepared.clear();
        return Ok(Outcome::Done(format!("forgot {}", linal_dataset::count(count, "prepared statement"))));
    };
    session.prepared.remove(&name.name).map_err(|error| error.at(name.span))?;
    Ok(Outcome::Done(format!("forgot {}", name.name)))
}

/// The values of EXECUTE, all with a name or none.
fn parameters(session: &mut Session, arguments: &[Argument]) -> Result<Parameters> {
    let named = arguments.iter().filter(|argument| argument.name.is_some()).count();
    if named > 0 && named < arguments.len() {
        let place = arguments.iter().find(|argument| argument.name.is_none());
        let place = place.map_or(Span::default(), |argument| argument.value.span());
        let message = "either all values of EXECUTE have a name, or none";
        return Err(Error::new(Code::MisplacedArgument, message).at(place));
    }
    let mut positional = Vec::new();
    let mut by_name: Vec<(String, Parameter)> = Vec::new();
    for argument in arguments {
        let value = value(session, &argument.value)?;
        let Some(name) = &argument.name else {
            positional.push(value);
            continue;
        };
        if by_name.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name.name)) {
            let message = format!("`{}` is given twice", name.name);
            return Err(Error::new(Code::MisplacedArgument, message).at(name.span));
        }
        by_name.push((name.name.to_string(), value));
    }
    Ok(if named > 0 { Parameters::Named(by_name) } else { Parameters::Positional(positional) })
}

/// The value of an expression: a literal as it is, a tensor otherwise; one number acts as a literal.
fn value(session: &mut Session, expr: &Expr) -> Result<Parameter> {
    match &expr.root().kind {
        ExprKind::Str(text) => return Ok(Parameter::Text(text.clone())),
        ExprKind::Null => return Ok(Parameter::Null),
        _ => {}
    }
    let node = session.binder(&[], false).expression(expr)?;
    let tensor =
        graph::evaluate(&node, &session.context).map_err(|error| Error::from(error).at(expr.span()))?;
    Ok(match tensor.item().filter(|_| tensor.shape().rank() == 0) {
        Some(Scalar::Bool(value)) => Parameter::Bool(value),
        Some(Scalar::I64(value)) => Parameter::Int(value),
        Some(Scalar::F64(value)) => Parameter::Float(value),
        _ => Parameter::Tensor(tensor),
    })
}
