//! Binds calls: matches arguments with parameters, and gives a function's evaluator typed access to them.

use linal_dataset::{Error, Result, count};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::{Arg, Expr};
use linal_tensor::graph::{Node, NodeRef};
use linal_tensor::{DType, Scalar, Shape, Tensor};
use smallvec::SmallVec;

use super::{Binder, Bound, CONSTANT};
use crate::functions::FunctionDef;

/// A bound argument with its span.
type Given = (Bound, Span);

/// A bound argument of a call.
pub struct Argument {
    /// The parameter of a named argument such as `axis => 1`.
    pub name: Option<String>,
    /// The bound value.
    pub value: Bound,
    /// The span of the argument, including its name.
    pub name_span: Span,
    /// The span of the value.
    pub span: Span,
}

/// The arguments of one call, keyed by the names of the function's parameters.
pub struct Args<'b, 's> {
    /// The binder of the expression.
    pub binder: &'b mut Binder<'s>,
    /// The function that is called.
    pub definition: &'static FunctionDef,
    /// One entry for each parameter; the last parameter of a variadic function may have several.
    given: Vec<SmallVec<[Given; 1]>>,
    names: Vec<String>,
    span: Span,
}

impl<'s> Binder<'s> {
    pub(super) fn call(
        &mut self,
        name: &str,
        name_span: Span,
        args: &[Arg],
        expr: &Expr,
        bound: &mut [Bound],
    ) -> Result<NodeRef> {
        let Some(definition) = self.registry.find(name) else {
            return match self.host_call(name, name_span, args, bound)? {
                Some(value) => Ok(value),
                None => Err(self.unknown_function(name).at(name_span)),
            };
        };
        let arguments = args
            .iter()
            .map(|arg| {
                let value = std::mem::replace(&mut bound[arg.value as usize], Bound::Taken);
                let name = arg.name.as_ref().map(|name| name.to_string());
                Argument { name, value, name_span: arg.span, span: expr.node(arg.value).span }
            })
            .collect();
        self.apply(definition, name_span, arguments)
    }

    /// The graph of a call whose arguments are bound.
    pub fn apply(
        &mut self,
        definition: &'static FunctionDef,
        name_span: Span,
        arguments: Vec<Argument>,
    ) -> Result<NodeRef> {
        let form = self.registry.pattern_of(definition);
        let mut given: Vec<SmallVec<[Given; 1]>> = vec![SmallVec::new(); form.params().len()];
        let usage = |message: String| {
            Error::new(Code::WrongArguments, message).with_help(format!("the form is `{}`", form.text()))
        };
        let mut next = 0;
        for argument in arguments {
            let at = match &argument.name {
                Some(name) => {
                    form.params().iter().position(|p| p.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
                        usage(format!("{} has no argument `{name}`", definition.name))
                            .at(argument.name_span)
                            .suggest(name, form.params().iter().map(|p| p.name.as_str()))
                    })?
                }
                None => {
                    let at = next;
                    if at >= form.params().len() {
                        let most = count(form.params().len(), "argument");
                        return Err(
                            usage(format!("{} takes at most {most}", definition.name)).at(argument.name_span)
                        );
                    }
                    if !form.params()[at].variadic {
                        next += 1;
                    }
                    at
                }
            };
            if !given[at].is_empty() && !form.params()[at].variadic {
                return Err(usage(format!("the argument `{}` is given twice", form.params()[at].name))
                    .at(argument.name_span));
            }
            given[at].push((argument.value, argument.span));
        }
        for (param, given) in form.params().iter().zip(&given) {
            if given.is_empty() && !param.optional {
                return Err(
                    usage(format!("{} needs the argument `{}`", definition.name, param.name)).at(name_span)
                );
            }
        }
        let names = form.params().iter().map(|p| p.name.clone()).collect();
        let mut args = Args { binder: self, definition, given, names, span: name_span };
        (definition.evaluate)(&mut args)
    }

    fn unknown_function(&self, name: &str) -> Error {
        Error::unknown(Code::UnknownFunction, "function", name, self.registry.names())
    }
}

impl Args<'_, '_> {
    fn position(&self, name: &str) -> usize {
        let found = self.names.iter().position(|n| n == name);
        found.unwrap_or_else(|| panic!("{} has no parameter {name}", self.definition.name))
    }

    fn get(&self, name: &str) -> Option<&Given> {
        self.given[self.position(name)].first()
    }

    /// Whether an optional argument was given.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A tensor argument.
    pub fn tensor(&self, name: &str) -> Result<NodeRef> {
        match self.get(name) {
            Some(given) => self.as_tensor(given),
            None => Err(self.missing(name)),
        }
    }

    /// All tensors of a variadic argument.
    pub fn tensors(&self, name: &str) -> Result<Vec<NodeRef>> {
        self.given[self.position(name)].iter().map(|given| self.as_tensor(given)).collect()
    }

    /// The first tensor of a variadic argument that is not NULL.
    pub fn first_tensor(&self, name: &str) -> Result<NodeRef> {
        let given = &self.given[self.position(name)];
        let is_value = |(value, _): &&Given| !matches!(value, Bound::Null);
        match given.iter().find(is_value).or(given.last()) {
            Some(given) => self.as_tensor(given),
            None => Err(self.missing(name)),
        }
    }

    fn as_tensor(&self, (value, span): &Given) -> Result<NodeRef> {
        match value {
            Bound::Tensor(node) => Ok(node.clone()),
            Bound::Text(_) => Err(super::not_a_tensor("a string").at(*span)),
            Bound::Null | Bound::Taken => Err(super::not_a_tensor("NULL").at(*span)),
        }
    }

    fn missing(&self, name: &str) -> Error {
        self.error(format!("{} needs the argument `{name}`", self.definition.name))
    }

    /// An error about the arguments, at the function's name.
    pub fn error(&self, message: impl Into<String>) -> Error {
        Error::new(Code::WrongArguments, message).at(self.span)
    }

    fn wrong(&self, name: &str, wanted: &str, span: Span) -> Error {
        Error::new(Code::WrongArguments, format!("`{name}` of {} must be {wanted}", self.definition.name))
            .at(span)
    }

    /// The value of an argument that determines a shape, evaluated while binding.
    fn value(&mut self, name: &str) -> Result<Option<(Tensor, Span)>> {
        let Some((_, span)) = self.get(name) else { return Ok(None) };
        let span = *span;
        let node = self.tensor(name)?;
        Ok(Some((self.binder.evaluate(&node).map_err(|error| error.at(span))?, span)))
    }

    /// An optional scalar.
    pub fn scalar_option(&mut self, name: &str) -> Result<Option<Scalar>> {
        let Some((tensor, span)) = self.value(name)? else { return Ok(None) };
        match tensor.item() {
            Some(scalar) => Ok(Some(scalar)),
            None => Err(self.wrong(name, &format!("a number, not shape {}", tensor.shape()), span)),
        }
    }

    /// A required scalar.
    pub fn scalar(&mut self, name: &str) -> Result<Scalar> {
        self.scalar_option(name)?.ok_or_else(|| self.missing(name))
    }

    /// An optional real number.
    pub fn float_option(&mut self, name: &str) -> Result<Option<f64>> {
        let span = self.span_of(name);
        match self.scalar_option(name)? {
            Some(scalar) if scalar.dtype().is_complex() => Err(self.wrong(name, "a real number", span)),
            other => Ok(other.map(Scalar::to_f64)),
        }
    }

    /// A required real number.
    pub fn float(&mut self, name: &str) -> Result<f64> {
        self.float_option(name)?.ok_or_else(|| self.missing(name))
    }

    /// An optional integer.
    pub fn integer_option(&mut self, name: &str) -> Result<Option<i64>> {
        let span = self.span_of(name);
        match self.scalar_option(name)? {
            None => Ok(None),
            Some(scalar) => match scalar.to_i64() {
                Some(value) if scalar.dtype() != DType::Bool => Ok(Some(value)),
                _ => Err(self.wrong(name, "a whole number", span)),
            },
        }
    }

    /// An optional count: a non-negative integer.
    pub fn count_option(&mut self, name: &str) -> Result<Option<usize>> {
        let span = self.span_of(name);
        match self.integer_option(name)? {
            None => Ok(None),
            Some(value) => match usize::try_from(value) {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(self.wrong(name, &format!("a whole number from 0 on, not {value}"), span)),
            },
        }
    }

    /// A required count.
    pub fn count(&mut self, name: &str) -> Result<usize> {
        self.count_option(name)?.ok_or_else(|| self.missing(name))
    }

    /// A list of integers, such as the lengths of axes.
    pub fn integers(&mut self, name: &str) -> Result<Vec<i64>> {
        let Some((tensor, span)) = self.value(name)? else { return Err(self.missing(name)) };
        let wanted = "a list of whole numbers such as [2, 3]";
        if tensor.shape().rank() > 1 || tensor.dtype() == DType::Bool || tensor.dtype().is_complex() {
            return Err(self.wrong(name, wanted, span));
        }
        let scalars: Vec<Option<i64>> = match tensor.dtype() {
            DType::I64 => tensor.to_vec::<i64>().into_iter().map(Some).collect(),
            DType::F32 => tensor.to_vec::<f32>().into_iter().map(|x| Scalar::F32(x).to_i64()).collect(),
            _ => tensor.to_vec::<f64>().into_iter().map(|x| Scalar::F64(x).to_i64()).collect(),
        };
        scalars.into_iter().collect::<Option<_>>().ok_or_else(|| self.wrong(name, wanted, span))
    }

    /// A shape of non-negative lengths whose number of bytes does not overflow.
    pub fn shape(&mut self, name: &str) -> Result<Shape> {
        let span = self.span_of(name);
        let sizes = self.integers(name)?;
        let dims: Option<Vec<usize>> = sizes.iter().map(|&d| usize::try_from(d).ok()).collect();
        let Some(dims) = dims else {
            return Err(self.wrong(name, &format!("a list of sizes from 0 on, not {sizes:?}"), span));
        };
        let shape = Shape::from(dims);
        match shape.checked_len().and_then(|n| n.checked_mul(16)) {
            Some(bytes) if bytes <= isize::MAX as usize => Ok(shape),
            _ => {
                let message = format!("`{name}` of {} is too large: {shape}", self.definition.name);
                Err(Error::new(Code::WrongArguments, message).at(span))
            }
        }
    }

    /// An optional string.
    pub fn text_option(&mut self, name: &str) -> Result<Option<String>> {
        match self.get(name) {
            None => Ok(None),
            Some((Bound::Text(text), _)) => Ok(Some(text.to_string())),
            Some((_, span)) => Err(self.wrong(name, "a string", *span)),
        }
    }

    /// A required string.
    pub fn text(&mut self, name: &str) -> Result<String> {
        self.text_option(name)?.ok_or_else(|| self.missing(name))
    }

    /// An optional Boolean; `None` when it is not given.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>> {
        let span = self.span_of(name);
        match self.scalar_option(name)? {
            None => Ok(None),
            Some(Scalar::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(self.wrong(name, "true or false", span)),
        }
    }

    /// A string argument that selects one of several keywords.
    pub fn choice<T>(
        &mut self,
        name: &str,
        words: &[&str],
        choose: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let span = self.span_of(name);
        let Some(word) = self.text_option(name)? else { return Ok(None) };
        match choose(&word) {
            Some(choice) => Ok(Some(choice)),
            None => {
                let list: Vec<String> = words.iter().map(|w| format!("'{w}'")).collect();
                Err(self.wrong(name, &format!("one of {}, not '{word}'", list.join(", ")), span))
            }
        }
    }

    /// The span of an argument, or of the function's name when the argument is not given.
    pub fn span_of(&self, name: &str) -> Span {
        self.get(name).map_or(self.span, |(_, span)| *span)
    }

    /// A tensor computed while binding, as a constant of the graph.
    pub fn constant(&self, tensor: Tensor) -> NodeRef {
        Node::leaf(tensor, CONSTANT)
    }
}
