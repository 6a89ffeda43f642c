//! Calls of macros in tensor expressions.
//!
//! A call is replaced by the body with the arguments in place of the parameters. The nodes of the body have the place of the
//! call. A body with a query in it, or one that only a query can compute, becomes `(SELECT f(args))[0]`, which the query
//! half expands.

use std::collections::HashMap;
use std::sync::Arc;

use linal_dataset::objects::{Definition, Macro};
use linal_dataset::{Error, Result, same_name};
use linal_error::Code;
use linal_lang::ast::objects::ObjectKind;
use linal_lang::ast::{Arg, Expr, ExprId, ExprKind, IndexItem, Node};
use linal_lang::{Span, parse_expression};

use crate::CatalogView;
use crate::functions::Registry;

/// A call that was replaced.
#[derive(Clone, Debug)]
pub struct MacroCall {
    /// `the macro `f``.
    pub what: String,
    /// The place of the call.
    pub place: Span,
}

/// The expression with its macros written out, and their calls; `None` for one that calls none. `length` is that of the
/// statement's text.
///
/// # Errors
/// `E0310 wrong_arguments`, `E0322 recursive_definition`, each at its call.
pub fn expanded(
    expr: &Expr,
    view: &CatalogView<'_>,
    length: usize,
) -> Result<Option<(Expr, Vec<MacroCall>)>> {
    let is_call = |node: &Node| matches!(node.kind, ExprKind::Call { .. });
    if !expr.nodes().iter().any(is_call) {
        return Ok(None);
    }
    let catalog = view.catalog();
    if !catalog.visible(view.own).any(|database| database.has_objects()) {
        return Ok(None);
    }
    let mut expander = Expander { view, calls: Vec::new(), path: Vec::new(), queries: 0, length, output: 0 };
    let written = expander.expression(expr, None)?;
    Ok((!expander.calls.is_empty()).then_some((written, expander.calls)))
}

/// An error of an expanded expression; one at the place of a call names the macro.
pub fn explained(error: Error, calls: &[MacroCall]) -> Error {
    let place = error.span();
    match calls.iter().find(|call| Some(call.place) == place) {
        Some(call)
            if !error.message().starts_with("in the macro") && !error.message().contains(&call.what) =>
        {
            error.map_message(|message| format!("in {}: {message}", call.what))
        }
        _ => error,
    }
}

struct Expander<'v, 'c> {
    view: &'v CatalogView<'c>,
    calls: Vec<MacroCall>,
    /// The macros whose bodies are being written out.
    path: Vec<String>,
    /// Calls that became queries.
    queries: usize,
    /// The length of the statement's text, behind which those queries have their places.
    length: usize,
    /// Nodes of bodies so far.
    output: usize,
}

/// Whether a function gives a number of a sequence, which only a query asks for.
fn is_of_sequence(name: &str) -> bool {
    ["nextval", "currval"].into_iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Macros within one another.
const DEEPEST: usize = 64;
/// Nodes of an expression with its macros written out.
const MOST_NODES: usize = 1 << 22;

/// A macro that was found, and the database that its own names are looked up in.
struct Found {
    name: Arc<str>,
    definition: Macro,
    home: Option<Arc<str>>,
}

impl Expander<'_, '_> {
    /// Writes out the macros of an expression; `home` is the database of a body, `None` for the session.
    fn expression(&mut self, expr: &Expr, home: Option<&Arc<str>>) -> Result<Expr> {
        let mut out: Vec<Node> = Vec::with_capacity(expr.nodes().len());
        let mut ids: Vec<ExprId> = Vec::with_capacity(expr.nodes().len());
        for node in expr.nodes() {
            let id = match &node.kind {
                ExprKind::Call { name, name_span, args } => match self.find(name, home) {
                    Some(found) => {
                        let args: Vec<Arg> = args
                            .iter()
                            .map(|arg| Arg { value: ids[arg.value as usize], ..arg.clone() })
                            .collect();
                        let call = self.call(&found, &args, node.span, &mut out);
                        call.map_err(|error| error.without_span().at(*name_span))?
                    }
                    None if is_of_sequence(name) => {
                        let args: Vec<Arg> = args
                            .iter()
                            .map(|arg| Arg { value: ids[arg.value as usize], ..arg.clone() })
                            .collect();
                        self.calls.push(MacroCall { what: format!("`{name}`"), place: node.span });
                        self.query(name, &args, node.span, &mut out)
                    }
                    None => push(&mut out, copied(node, &ids)),
                },
                _ => push(&mut out, copied(node, &ids)),
            };
            ids.push(id);
        }
        // The root is the last node.
        let root = ids.last().copied().unwrap_or_default();
        if root as usize + 1 != out.len() {
            copy(&mut out, root);
        }
        Expr::from_nodes(out)
            .ok_or_else(|| Error::new(Code::InternalError, "a bug in linal: an expression out of order"))
    }

    /// The macro of a name: the session's own first.
    fn find(&self, name: &str, home: Option<&Arc<str>>) -> Option<Found> {
        let catalog = self.view.catalog();
        let databases: Vec<&Arc<str>> = match home {
            Some(home) => vec![home],
            None => vec![self.view.own, self.view.database],
        };
        databases.into_iter().find_map(|database| {
            let object = catalog.find(database)?.object(ObjectKind::Macro, name)?;
            let Definition::Macro(definition) = &object.definition else { return None };
            let home = (database != self.view.own).then(|| database.clone());
            Some(Found { name: object.name.clone(), definition: definition.clone(), home })
        })
    }

    /// Writes out a call, whose arguments are nodes of `out`; returns its value.
    fn call(&mut self, found: &Found, args: &[Arg], place: Span, out: &mut Vec<Node>) -> Result<ExprId> {
        let what = format!("the macro `{}`", found.name);
        if self.path.contains(&what) {
            return Err(Error::new(Code::RecursiveDefinition, format!("{what} is defined by itself")));
        }
        if self.path.len() >= DEEPEST || self.output > MOST_NODES {
            return Err(Error::new(
                Code::NestingTooDeep,
                format!("{what} has too much text when it is written out"),
            ));
        }
        let named: Vec<&str> = args.iter().filter_map(|arg| arg.name.as_deref()).collect();
        let positional = args.len() - named.len();
        let overload = found.definition.overload(&found.name, positional, &named)?;
        if self.path.is_empty() {
            self.calls.push(MacroCall { what: what.clone(), place });
        }
        let parsed =
            parse_expression(&overload.body, Span::new(0, overload.body.len()), Registry::global()).ok();
        let is_query = |node: &Node| matches!(node.kind, ExprKind::Subquery { .. });
        // The types of parameters are those of queries, too.
        let is_typed = overload.parameters.iter().any(|parameter| parameter.type_name.is_some());
        let Some(body) = parsed.filter(|body| !is_typed && !body.nodes().iter().any(is_query)) else {
            return Ok(self.query(&format!("`{}`", found.name), args, place, out));
        };
        self.path.push(what);
        let body = self.expression(&body, found.home.as_ref());
        self.path.pop();
        let body = body?;
        self.output += body.nodes().len();
        let mut values: HashMap<String, ExprId> = HashMap::new();
        for (at, parameter) in overload.parameters.iter().enumerate() {
            let by_name =
                |arg: &&Arg| arg.name.as_deref().is_some_and(|name| same_name(name, &parameter.name));
            let given = args.get(at).filter(|arg| arg.name.is_none()).or_else(|| args.iter().find(by_name));
            let value = match (given, &parameter.default) {
                (Some(arg), _) => arg.value,
                (None, Some(default)) => {
                    let default = parse_expression(default, Span::new(0, default.len()), Registry::global())?;
                    append(out, &default, &HashMap::new(), place)
                }
                (None, None) => {
                    return Err(Error::new(Code::InternalError, "a bug in linal: a missing argument"));
                }
            };
            values.insert(parameter.name.to_lowercase(), value);
        }
        Ok(append(out, &body, &values, place))
    }

    /// `(SELECT name(args))[0]`.
    fn query(&mut self, name: &str, args: &[Arg], place: Span, out: &mut Vec<Node>) -> ExprId {
        let written: Vec<String> = args
            .iter()
            .map(|arg| {
                let mut nodes = out.clone();
                copy(&mut nodes, arg.value);
                let first = out.len() as ExprId;
                let subtree = nodes.split_off(out.len()).into_iter();
                let subtree =
                    subtree.map(|node| Node { kind: node.kind.with_children(|id| id - first), ..node });
                let value =
                    Expr::from_nodes(subtree.collect()).map_or_else(String::new, |expr| expr.to_string());
                match &arg.name {
                    Some(name) => format!("{name} := {value}"),
                    None => value,
                }
            })
            .collect();
        let text = format!("SELECT {name}({})", written.join(", "));
        self.queries += 1;
        // No other query has this place.
        let query = Span::new(self.length + self.queries, self.length + self.queries + 1);
        let base = push(out, Node { kind: ExprKind::Subquery { text: text.into(), query }, span: place });
        let first = push(out, Node { kind: ExprKind::Int(0), span: place });
        let items = Box::new([IndexItem::At(first)]);
        push(out, Node { kind: ExprKind::Index { base, items }, span: place })
    }
}

fn push(out: &mut Vec<Node>, node: Node) -> ExprId {
    out.push(node);
    (out.len() - 1) as ExprId
}

fn copied(node: &Node, ids: &[ExprId]) -> Node {
    Node { kind: node.kind.with_children(|id| ids[id as usize]), span: node.span }
}

/// Appends a body with values in place of names; returns its value. A value that is used again is copied, since a node has
/// one parent.
fn append(out: &mut Vec<Node>, body: &Expr, values: &HashMap<String, ExprId>, place: Span) -> ExprId {
    let mut used: Vec<ExprId> = Vec::new();
    let mut ids: Vec<ExprId> = Vec::with_capacity(body.nodes().len());
    for node in body.nodes() {
        let value = match &node.kind {
            ExprKind::Name(name) => values.get(&name.to_lowercase()).copied(),
            _ => None,
        };
        ids.push(match value {
            Some(value) if used.contains(&value) => copy(out, value),
            Some(value) => {
                used.push(value);
                value
            }
            None => {
                let mut kind = node.kind.with_children(|id| ids[id as usize]);
                kind.place_at(place);
                push(out, Node { kind, span: place })
            }
        });
    }
    ids.last().copied().unwrap_or_default()
}

/// Copies a node with all below it to the end; returns the copy.
fn copy(out: &mut Vec<Node>, root: ExprId) -> ExprId {
    let mut below = vec![root];
    let mut at = 0;
    while at < below.len() {
        out[below[at] as usize].kind.for_each_child(|child| below.push(child));
        at += 1;
    }
    below.sort_unstable();
    below.dedup();
    let mut ids: HashMap<ExprId, ExprId> = HashMap::with_capacity(below.len());
    for id in below {
        let node = &out[id as usize];
        let kind = node.kind.with_children(|child| ids.get(&child).copied().unwrap_or(child));
        let span = node.span;
        ids.insert(id, push(out, Node { kind, span }));
    }
    ids.get(&root).copied().unwrap_or(root)
}
