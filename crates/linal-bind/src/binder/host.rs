//! Calls of functions of the host, which are evaluated while binding: a graph has no node for what it does not know.

use linal_dataset::{Error, Result, count};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::Arg;
use linal_tensor::Tensor;
use linal_tensor::graph::{self, Node, NodeRef};

use super::{Binder, Bound, CONSTANT, not_a_tensor};

impl Binder<'_> {
    /// The value of a call; `None` when the host has no such function.
    pub(super) fn host_call(
        &mut self,
        name: &str,
        name_span: Span,
        args: &[Arg],
        bound: &mut [Bound],
    ) -> Result<Option<NodeRef>> {
        let Some(function) = self.variables.host().find(name).cloned() else { return Ok(None) };
        if args.len() != function.inputs.len() {
            let takes = count(function.inputs.len(), "argument");
            let message = format!("the function `{}` takes {takes}, not {}", function.name, args.len());
            return Err(Error::new(Code::WrongArguments, message).at(name_span));
        }
        self.cacheable = false;
        let mut tensors: Vec<Tensor> = Vec::with_capacity(args.len());
        for arg in args {
            match std::mem::replace(&mut bound[arg.value as usize], Bound::Taken) {
                Bound::Tensor(node) => tensors.push(graph::evaluate(&node, self.context)?),
                Bound::Text(_) => return Err(not_a_tensor("a string").at(arg.span)),
                Bound::Null | Bound::Taken => return Err(not_a_tensor("NULL").at(arg.span)),
            }
        }
        let result = function.apply(&tensors, self.context).map_err(|error| error.at(name_span))?;
        Ok(Some(Node::leaf(result, CONSTANT)))
    }
}
