//! Prints expressions. An explicit stack replaces recursion, so that no depth overflows.

use super::literal;
use crate::ast::{Arg, Assoc, BinaryOp, CaseBranch, Expr, ExprId, ExprKind, IndexItem, Node, UnaryOp};
use std::fmt::{self, Write};

/// Precedence of primaries, which an index may follow: names, literals, calls, parentheses.
const PRIMARY: u8 = 10;

/// Precedence of the operands of predicates.
const PREDICATE_OPERAND: u8 = BinaryOp::Eq.precedence() + 1;

/// A pending part of the output.
enum Task<'a> {
    Text(&'static str),
    Name(&'a str),
    /// A node, in parentheses when its precedence is lower than this one.
    Node(ExprId, u8),
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tasks = vec![Task::Node(self.root_id(), 0)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Text(text) => f.write_str(text)?,
                Task::Name(name) => literal::name(f, name)?,
                Task::Node(id, least) => {
                    let node = self.node(id);
                    let enclosed = precedence(node) < least;
                    if enclosed {
                        f.write_char('(')?;
                        tasks.push(Task::Text(")"));
                    }
                    leaf(f, node)?;
                    // The stack pops from its end, so the parts of a node are pushed in reverse.
                    let first = tasks.len();
                    parts(node, &mut tasks);
                    tasks[first..].reverse();
                }
            }
        }
        Ok(())
    }
}

/// The precedence of a node.
fn precedence(node: &Node) -> u8 {
    match &node.kind {
        ExprKind::Binary { op, .. } => op.precedence(),
        ExprKind::Unary { op, .. } => op.precedence(),
        ExprKind::Between { .. } | ExprKind::In { .. } | ExprKind::IsNull { .. } => BinaryOp::Eq.precedence(),
        ExprKind::Int(value) if *value < 0 => UnaryOp::Neg.precedence(),
        ExprKind::Float(value) if value.is_sign_negative() && !value.is_nan() => UnaryOp::Neg.precedence(),
        _ => PRIMARY,
    }
}

/// Prints a node without its children.
fn leaf(f: &mut fmt::Formatter<'_>, node: &Node) -> fmt::Result {
    match &node.kind {
        ExprKind::Int(value) => write!(f, "{value}"),
        ExprKind::Float(value) => literal::float(f, *value),
        ExprKind::Parameter(name) => write!(f, "${name}"),
        ExprKind::Bool(value) => write!(f, "{value}"),
        ExprKind::Null => f.write_str("NULL"),
        ExprKind::Str(text) => literal::quoted(f, text, '\''),
        ExprKind::Numbers(array) => literal::numbers(f, array),
        ExprKind::Subquery { text, .. } => write!(f, "({text})"),
        // The name of a call may be a reserved word: `WHERE(c, a, b)`.
        ExprKind::Call { name, .. } => f.write_str(name),
        _ => Ok(()),
    }
}

/// Pushes the parts of a node in source order.
fn parts<'a>(node: &'a Node, tasks: &mut Vec<Task<'a>>) {
    match &node.kind {
        ExprKind::Name(name) => tasks.push(Task::Name(name)),
        ExprKind::Member { database, base, field } => {
            if let Some(database) = database {
                tasks.extend([Task::Name(database), Task::Text(".")]);
            }
            tasks.extend([Task::Name(base), Task::Text("."), Task::Name(field)]);
        }
        ExprKind::Unary { op: UnaryOp::Not, operand } => {
            tasks.extend([Task::Text("NOT "), Task::Node(*operand, UnaryOp::Not.precedence())]);
        }
        ExprKind::Unary { op: UnaryOp::Neg, operand } => {
            tasks.extend([Task::Text("-"), Task::Node(*operand, UnaryOp::Neg.precedence())]);
        }
        ExprKind::Binary { op, left, right } => binary(*op, *left, *right, tasks),
        ExprKind::Case { operand, branches, otherwise } => case(*operand, branches, *otherwise, tasks),
        ExprKind::Between { operand, low, high, negated } => {
            tasks.extend([
                Task::Node(*operand, PREDICATE_OPERAND),
                Task::Text(not(*negated, " NOT BETWEEN ", " BETWEEN ")),
            ]);
            tasks.extend([
                Task::Node(*low, PREDICATE_OPERAND),
                Task::Text(" AND "),
                Task::Node(*high, PREDICATE_OPERAND),
            ]);
        }
        ExprKind::In { operand, items, negated } => {
            tasks.extend([
                Task::Node(*operand, PREDICATE_OPERAND),
                Task::Text(not(*negated, " NOT IN ", " IN ")),
            ]);
            separated("(", ")", items.iter(), tasks, |item, tasks| tasks.push(Task::Node(*item, 0)));
        }
        ExprKind::IsNull { operand, negated } => {
            tasks.extend([
                Task::Node(*operand, PREDICATE_OPERAND),
                Task::Text(not(*negated, " IS NOT NULL", " IS NULL")),
            ]);
        }
        ExprKind::List(items) => {
            separated("[", "]", items.iter(), tasks, |item, tasks| tasks.push(Task::Node(*item, 0)));
        }
        ExprKind::Call { args, .. } => separated("(", ")", args.iter(), tasks, argument),
        ExprKind::Index { base, items } => {
            tasks.push(Task::Node(*base, PRIMARY));
            separated("[", "]", items.iter(), tasks, index_item);
        }
        _ => {}
    }
}

fn not(negated: bool, with: &'static str, without: &'static str) -> &'static str {
    if negated { with } else { without }
}

fn case<'a>(
    operand: Option<ExprId>,
    branches: &[CaseBranch],
    otherwise: Option<ExprId>,
    tasks: &mut Vec<Task<'a>>,
) {
    tasks.push(Task::Text("CASE "));
    if let Some(operand) = operand {
        tasks.extend([Task::Node(operand, 0), Task::Text(" ")]);
    }
    for branch in branches {
        tasks.extend([Task::Text("WHEN "), Task::Node(branch.when, 0)]);
        tasks.extend([Task::Text(" THEN "), Task::Node(branch.then, 0), Task::Text(" ")]);
    }
    if let Some(otherwise) = otherwise {
        tasks.extend([Task::Text("ELSE "), Task::Node(otherwise, 0), Task::Text(" ")]);
    }
    tasks.push(Task::Text("END"));
}

fn binary<'a>(op: BinaryOp, left: ExprId, right: ExprId, tasks: &mut Vec<Task<'a>>) {
    let own = op.precedence();
    let (before, after) = match op.assoc() {
        Assoc::Left => (own, own + 1),
        Assoc::None => (own + 1, own + 1),
        Assoc::Right => (own + 1, UnaryOp::Neg.precedence()),
    };
    tasks.extend([
        Task::Node(left, before),
        Task::Text(" "),
        Task::Text(op.symbol()),
        Task::Text(" "),
        Task::Node(right, after),
    ]);
}

fn separated<'a, T: 'a>(
    open: &'static str,
    close: &'static str,
    items: impl Iterator<Item = &'a T>,
    tasks: &mut Vec<Task<'a>>,
    each: impl Fn(&'a T, &mut Vec<Task<'a>>),
) {
    tasks.push(Task::Text(open));
    for (at, item) in items.enumerate() {
        if at > 0 {
            tasks.push(Task::Text(", "));
        }
        each(item, tasks);
    }
    tasks.push(Task::Text(close));
}

fn argument<'a>(arg: &'a Arg, tasks: &mut Vec<Task<'a>>) {
    if let Some(name) = &arg.name {
        tasks.extend([Task::Name(name), Task::Text(" => ")]);
    }
    tasks.push(Task::Node(arg.value, 0));
}

fn index_item<'a>(item: &'a IndexItem, tasks: &mut Vec<Task<'a>>) {
    match item {
        IndexItem::All { .. } => tasks.push(Task::Text("*")),
        IndexItem::At(index) => tasks.push(Task::Node(*index, 0)),
        IndexItem::Range { start, stop, step, .. } => {
            tasks.extend(start.map(|start| Task::Node(start, 0)));
            tasks.push(Task::Text(":"));
            tasks.extend(stop.map(|stop| Task::Node(stop, 0)));
            if let Some(step) = step {
                tasks.extend([Task::Text(":"), Task::Node(*step, 0)]);
            }
        }
    }
}
