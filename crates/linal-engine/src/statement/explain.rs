//! `EXPLAIN LET x = e`: the graph before and after each pass, and the program; nothing runs that need not.

use linal_lang::ast::Let;
use linal_tensor::graph;

use crate::bind::CONSTANT;
use crate::error::Result;
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, let_: &Let) -> Result<Outcome> {
    // Lazy names are shown as the graphs that they are, and stay lazy.
    let node = session.binder(true).expression(&let_.value)?;
    let name = |tag: u32| match session.variables.get(tag) {
        Some(variable) if tag != CONSTANT => variable.name.to_string(),
        _ => "constant".to_string(),
    };
    Ok(Outcome::Text(graph::explain(&node, &name)))
}
