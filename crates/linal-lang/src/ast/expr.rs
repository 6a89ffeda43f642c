//! Expressions as arenas in post-order, so that no traversal, print or drop recurses.

use super::{BinaryOp, NumberArray, UnaryOp};
use crate::Span;

/// Index of a node within its [`Expr`].
pub type ExprId = u32;

/// An expression. Children precede their parents and the root is the last node, so that a consumer folds over
/// [`Expr::nodes`] from front to back with one value per node.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    nodes: Vec<Node>,
}

/// A node and its span.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The kind.
    pub kind: ExprKind,
    /// The span in the original text, including all children.
    pub span: Span,
}

/// The kind of a node. Names and words keep their case.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// An integer literal with its sign.
    Int(i64),
    /// A literal with a fraction or an exponent, with its sign; `inf` and `nan` only within a list.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// `NULL`.
    Null,
    /// A string literal without its quotes.
    Str(Box<str>),
    /// A rectangular list of number literals only, such as `[[1, 2], [3, 4]]`.
    Numbers(Box<NumberArray>),
    /// A variable (in a query, a column) without its quotes.
    Name(Box<str>),
    /// `$1` or `$name`: a value that is given when the statement is run. Without the `$`.
    Parameter(Box<str>),
    /// `ds.column` or `db.ds.column`.
    Member {
        /// The first part of a three-part name.
        database: Option<Box<str>>,
        /// The dataset.
        base: Box<str>,
        /// The column.
        field: Box<str>,
    },
    /// A list with an element that is not a number literal.
    List(Box<[ExprId]>),
    /// A unary operator.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        operand: ExprId,
    },
    /// A binary operator.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left operand.
        left: ExprId,
        /// Right operand.
        right: ExprId,
    },
    /// A function call. A prefix form such as `SCALE a BY s` is one too, with `s` as a named argument.
    Call {
        /// The name as written.
        name: Box<str>,
        /// The span of the name.
        name_span: Span,
        /// Positional arguments first, then named ones.
        args: Box<[Arg]>,
    },
    /// `base[items]`.
    Index {
        /// The indexed value.
        base: ExprId,
        /// One item per axis; never empty.
        items: Box<[IndexItem]>,
    },
    /// `CASE [x] WHEN c THEN a ... [ELSE b] END`.
    Case {
        /// What each WHEN is compared with; without it each WHEN is a Boolean.
        operand: Option<ExprId>,
        /// The branches in order; never empty.
        branches: Box<[CaseBranch]>,
        /// The value of ELSE.
        otherwise: Option<ExprId>,
    },
    /// `x [NOT] BETWEEN low AND high`, inclusive.
    Between {
        /// The tested value.
        operand: ExprId,
        /// The lower bound.
        low: ExprId,
        /// The upper bound.
        high: ExprId,
        /// Whether it is negated.
        negated: bool,
    },
    /// `x [NOT] IN (a, b, ...)`.
    In {
        /// The tested value.
        operand: ExprId,
        /// The list; never empty.
        items: Box<[ExprId]>,
        /// Whether it is negated.
        negated: bool,
    },
    /// `x IS [NOT] NULL`.
    IsNull {
        /// The tested value.
        operand: ExprId,
        /// Whether it is negated.
        negated: bool,
    },
    /// `(SELECT ...)`: the text of the query without its parentheses, which the relational parser reads.
    Subquery {
        /// The text as written.
        text: Box<str>,
        /// The span of the text.
        query: Span,
    },
}

/// `WHEN when THEN then`.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseBranch {
    /// The condition, or the value that the operand is compared with.
    pub when: ExprId,
    /// The value.
    pub then: ExprId,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// The parameter name of `name => value` or of a keyword clause; in lower case for a clause.
    pub name: Option<Box<str>>,
    /// The value.
    pub value: ExprId,
    /// The span, including the name or the keywords.
    pub span: Span,
}

/// The index of one axis.
#[derive(Debug, Clone, PartialEq)]
pub enum IndexItem {
    /// `*` or `:`, the whole axis.
    All {
        /// Its span.
        span: Span,
    },
    /// An integer index or a Boolean mask.
    At(ExprId),
    /// `start:stop:step`, half open; at least one part is present.
    Range {
        /// First index.
        start: Option<ExprId>,
        /// Index after the last.
        stop: Option<ExprId>,
        /// The step; 1 when omitted.
        step: Option<ExprId>,
        /// The span of the range.
        span: Span,
    },
}

impl Expr {
    /// An expression from these nodes; `None` when there are none, too many, or they are not in post-order.
    pub fn from_nodes(nodes: Vec<Node>) -> Option<Self> {
        let fits = !nodes.is_empty() && ExprId::try_from(nodes.len()).is_ok();
        let ordered = nodes.iter().enumerate().all(|(at, node)| {
            let mut ordered = true;
            node.kind.for_each_child(|child| ordered &= (child as usize) < at);
            ordered
        });
        (fits && ordered).then_some(Self { nodes })
    }

    /// Wraps nodes that the parser pushed in post-order.
    pub(crate) fn from_parser(nodes: Vec<Node>) -> Self {
        debug_assert!(!nodes.is_empty());
        Self { nodes }
    }

    /// All nodes in post-order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Takes the nodes, so that a consumer can move literals out.
    pub fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }

    /// The id of the root, which is the last node.
    pub fn root_id(&self) -> ExprId {
        self.nodes.len().saturating_sub(1) as ExprId
    }

    /// The root node.
    pub fn root(&self) -> &Node {
        self.node(self.root_id())
    }

    /// The node of an id of this expression.
    pub fn node(&self, id: ExprId) -> &Node {
        &self.nodes[id as usize]
    }

    /// The span of the whole expression.
    pub fn span(&self) -> Span {
        self.root().span
    }

    /// Sets every span to zero, so that trees compare by structure.
    pub fn erase_spans(&mut self) {
        for node in &mut self.nodes {
            node.span = Span::default();
            node.kind.erase_spans();
        }
    }
}

impl ExprKind {
    /// Calls `visit` with each direct child, left to right.
    pub fn for_each_child(&self, mut visit: impl FnMut(ExprId)) {
        match self {
            ExprKind::List(items) => items.iter().copied().for_each(visit),
            ExprKind::Unary { operand, .. } => visit(*operand),
            ExprKind::Binary { left, right, .. } => [*left, *right].into_iter().for_each(visit),
            ExprKind::Call { args, .. } => args.iter().for_each(|arg| visit(arg.value)),
            ExprKind::Index { base, items } => {
                visit(*base);
                items.iter().for_each(|item| item.for_each_child(&mut visit));
            }
            ExprKind::Case { operand, branches, otherwise } => {
                operand.iter().copied().for_each(&mut visit);
                branches.iter().flat_map(|branch| [branch.when, branch.then]).for_each(&mut visit);
                otherwise.iter().copied().for_each(visit);
            }
            ExprKind::Between { operand, low, high, .. } => {
                [*operand, *low, *high].into_iter().for_each(visit);
            }
            ExprKind::In { operand, items, .. } => {
                std::iter::once(*operand).chain(items.iter().copied()).for_each(visit);
            }
            ExprKind::IsNull { operand, .. } => visit(*operand),
            _ => {}
        }
    }

    /// The same kind with other children.
    pub fn with_children(&self, map: impl Fn(ExprId) -> ExprId) -> ExprKind {
        let all = |items: &[ExprId]| items.iter().map(|id| map(*id)).collect();
        match self {
            ExprKind::List(items) => ExprKind::List(all(items)),
            ExprKind::Unary { op, operand } => ExprKind::Unary { op: *op, operand: map(*operand) },
            ExprKind::Binary { op, left, right } => {
                ExprKind::Binary { op: *op, left: map(*left), right: map(*right) }
            }
            ExprKind::Call { name, name_span, args } => {
                let arg = |arg: &Arg| Arg { value: map(arg.value), ..arg.clone() };
                ExprKind::Call {
                    name: name.clone(),
                    name_span: *name_span,
                    args: args.iter().map(arg).collect(),
                }
            }
            ExprKind::Index { base, items } => {
                let items = items.iter().map(|item| item.with_children(&map)).collect();
                ExprKind::Index { base: map(*base), items }
            }
            ExprKind::Case { operand, branches, otherwise } => {
                let branch =
                    |branch: &CaseBranch| CaseBranch { when: map(branch.when), then: map(branch.then) };
                ExprKind::Case {
                    operand: operand.map(&map),
                    branches: branches.iter().map(branch).collect(),
                    otherwise: otherwise.map(&map),
                }
            }
            ExprKind::Between { operand, low, high, negated } => ExprKind::Between {
                operand: map(*operand),
                low: map(*low),
                high: map(*high),
                negated: *negated,
            },
            ExprKind::In { operand, items, negated } => {
                ExprKind::In { operand: map(*operand), items: all(items), negated: *negated }
            }
            ExprKind::IsNull { operand, negated } => {
                ExprKind::IsNull { operand: map(*operand), negated: *negated }
            }
            leaf => leaf.clone(),
        }
    }

    /// Sets the spans within the kind.
    pub fn place_at(&mut self, place: Span) {
        match self {
            ExprKind::Call { name_span, args, .. } => {
                *name_span = place;
                args.iter_mut().for_each(|arg| arg.span = place);
            }
            ExprKind::Index { items, .. } => items.iter_mut().for_each(|item| item.place_at(place)),
            _ => {}
        }
    }

    fn erase_spans(&mut self) {
        match self {
            ExprKind::Call { name_span, args, .. } => {
                *name_span = Span::default();
                args.iter_mut().for_each(|arg| arg.span = Span::default());
            }
            ExprKind::Index { items, .. } => items.iter_mut().for_each(IndexItem::erase_span),
            ExprKind::Subquery { query, .. } => *query = Span::default(),
            _ => {}
        }
    }
}

impl IndexItem {
    fn for_each_child(&self, visit: impl FnMut(ExprId)) {
        match self {
            IndexItem::All { .. } => {}
            IndexItem::At(index) => std::iter::once(*index).for_each(visit),
            IndexItem::Range { start, stop, step, .. } => {
                [start, stop, step].into_iter().filter_map(|part| *part).for_each(visit)
            }
        }
    }

    fn with_children(&self, map: &impl Fn(ExprId) -> ExprId) -> IndexItem {
        match self {
            IndexItem::All { span } => IndexItem::All { span: *span },
            IndexItem::At(index) => IndexItem::At(map(*index)),
            IndexItem::Range { start, stop, step, span } => IndexItem::Range {
                start: start.map(map),
                stop: stop.map(map),
                step: step.map(map),
                span: *span,
            },
        }
    }

    fn place_at(&mut self, place: Span) {
        match self {
            IndexItem::At(_) => {}
            IndexItem::All { span } | IndexItem::Range { span, .. } => *span = place,
        }
    }

    fn erase_span(&mut self) {
        self.place_at(Span::default());
    }
}
