//! `LET x = e`, `LAZY LET x = e`, `DERIVE x FROM e`.

use std::sync::{Arc, OnceLock};

use linal_bind::binder::{CONSTANT, spectrum_length};
use linal_bind::{Lazy, QueryValue, SlotId, Value, Variable, Variables};
use linal_dataset::lineage::{Lineage, LineageRef, Step, abridged};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::{Expr, Ident, Let};
use linal_tensor::graph::{self, NodeRef, Op};
use smallvec::SmallVec;

use crate::outcome::{Definition, Outcome};
use crate::session::{CachedLet, Session};

pub(super) fn run(session: &mut Session, let_: &Let, values: &[QueryValue], text: &str) -> Result<Outcome> {
    if let_.lazy {
        lazy(session, let_, values, text)
    } else {
        eager(session, &let_.name, &let_.value, values, text)
    }
}

/// `DERIVE` is executed like `LET`. Saving its lineage with the tensor needs a data directory, which does not
/// exist yet.
pub(super) fn derive(
    session: &mut Session,
    name: &Ident,
    value: &Expr,
    values: &[QueryValue],
    text: &str,
) -> Result<Outcome> {
    eager(session, name, value, values, text)
}

fn eager(
    session: &mut Session,
    name: &Ident,
    value: &Expr,
    values: &[QueryValue],
    text: &str,
) -> Result<Outcome> {
    let mut binder = session.binder(values, false);
    let node = binder.expression(value).map_err(|error| recursion(error, name, binder.variables, text))?;
    let (sources, mut cacheable) = (binder.sources, binder.cacheable);
    let spectrum = spectrum_length(&node, &session.variables);
    let target = session.variables.slot(&name.name);
    let compiled = graph::compile_within(&node, &session.context);
    let program = compiled.map_err(|error| Error::from(error).at(value.span()))?;
    let tensor = session.run_program(&program).map_err(|error| Error::from(error).at(value.span()))?;
    let step = step(name, value, text);
    let mut source_slots: SmallVec<[SlotId; 4]> = SmallVec::new();
    let mut lineages: SmallVec<[LineageRef; 2]> = SmallVec::new();
    for (slot, lineage) in sources {
        source_slots.push(slot);
        lineages.push(lineage);
    }
    let inputs = program.inputs().iter().map(|leaf| (leaf.tag, leaf.strict)).collect();
    // Only programs with small constants are cached: parsing a large literal again is cheaper than storing it
    // twice.
    let constants: usize =
        program.inputs().iter().filter(|leaf| leaf.tag == CONSTANT).map(|leaf| leaf.tensor.bytes()).sum();
    cacheable &= spectrum.is_none() && constants <= 4096;
    let variable = Variable {
        name: step.name.clone(),
        lineage: Lineage::new(step.clone(), lineages),
        value: Value::Tensor(tensor),
        strict: false,
        spectrum_length: spectrum,
    };
    let definition = publish(session, target, variable, false);
    if cacheable {
        let program = program.without_tensors();
        let definition = definition.clone();
        let cached = CachedLet { target, program, inputs, sources: source_slots, step, definition };
        session.cache.insert(text, cached);
    }
    Ok(Outcome::Defined(definition))
}

fn lazy(session: &mut Session, let_: &Let, values: &[QueryValue], text: &str) -> Result<Outcome> {
    let mut binder = session.binder(values, true);
    let bound = binder.expression(&let_.value);
    let node = bound.map_err(|error| recursion(error, &let_.name, binder.variables, text))?.named();
    let sources = binder.sources;
    let target = session.variables.slot(&let_.name.name);
    let step = step(&let_.name, &let_.value, text);
    let variable = Variable {
        name: step.name.clone(),
        lineage: Lineage::new(step, sources.into_iter().map(|(_, lineage)| lineage)),
        spectrum_length: spectrum_length(&node, &session.variables),
        value: lazy_value(node),
        strict: false,
    };
    Ok(Outcome::Defined(publish(session, target, variable, true)))
}

/// Rejects a definition that reads the name it defines.
fn recursion(error: Error, name: &Ident, variables: &Variables, text: &str) -> Error {
    let about = error.span().map_or("", |span| span.text(text));
    let own = error.is(Code::UnknownName) && about.trim_matches('`').eq_ignore_ascii_case(&name.name);
    if own && variables.find(&name.name).is_none() {
        error.with_help(format!("this statement defines `{}`, which has no value before it", name.name))
    } else {
        error
    }
}

/// A graph that is already a tensor is not kept as a lazy one.
fn lazy_value(node: NodeRef) -> Value {
    match node.op() {
        Op::Leaf(leaf) => Value::Tensor(leaf.tensor.clone()),
        _ => Value::Lazy(Arc::new(Lazy { graph: node, value: OnceLock::new() })),
    }
}

fn step(name: &Ident, value: &Expr, text: &str) -> Arc<Step> {
    let text = match value.span().len() {
        // A long literal is not printed only to be truncated, which would take longer than computing it.
        length if length > 4096 => abridged(value.span().text(text)),
        _ => abridged(&value.to_string()),
    };
    Arc::new(Step { name: (&*name.name).into(), text })
}

/// Publishes a value. This is the last step of a statement, so a failed statement changes nothing.
pub(super) fn publish(
    session: &mut Session,
    target: SlotId,
    variable: Variable,
    lazy: bool,
) -> Arc<Definition> {
    let (shape, dtype) = match variable.kind() {
        Some((shape, dtype)) => (shape.clone(), dtype),
        None => unreachable!("a published value is no alias"),
    };
    let definition = Arc::new(Definition { name: variable.name.clone(), shape, dtype, lazy });
    session.variables.set(target, variable);
    definition
}

/// A variable whose lineage is its own statement only.
pub(super) fn origin(name: &Ident, text: String, tensor: linal_tensor::Tensor, strict: bool) -> Variable {
    let step = Arc::new(Step { name: (&*name.name).into(), text: text.into() });
    Variable {
        name: step.name.clone(),
        lineage: Lineage::new(step, []),
        value: Value::Tensor(tensor),
        strict,
        spectrum_length: None,
    }
}
