//! Expressions as arenas in post-order, so that walking, printing and dropping one never recurses.

use super::{BinaryOp, NumberArray, UnaryOp};
use crate::Span;

/// Index of a node within its [`Expr`].
pub type ExprId = u32;

/// One expression. Children always precede their parents and the root is the last node, so a consumer
/// folds over [`Expr::nodes`] from front to back with one value a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    nodes: Vec<Node>,
}

/// One node and the text it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What the node is.
    pub kind: ExprKind,
    /// Where it stands in the original text, with everything below it.
    pub span: Span,
}

/// What a node is. Names and words keep the case they were written in.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// An integer literal, its sign included.
    Int(i64),
    /// A literal with a fraction or an exponent, its sign included; `inf` and `nan` only within a list.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// `NULL`.
    Null,
    /// A string literal, quotes removed.
    Str(Box<str>),
    /// A rectangular list of number literals only, such as `[[1, 2], [3, 4]]`.
    Numbers(Box<NumberArray>),
    /// A variable (or, in a query, a column), quotes removed.
    Name(Box<str>),
    /// `ds.column` or `db.ds.column`.
    Member {
        /// The first part of a name of three parts.
        database: Option<Box<str>>,
        /// The dataset.
        base: Box<str>,
        /// The column.
        field: Box<str>,
    },
    /// A bracket list that holds something besides number literals.
    List(Box<[ExprId]>),
    /// An operator with one operand.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Its operand.
        operand: ExprId,
    },
    /// An operator with two operands.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left operand.
        left: ExprId,
        /// Right operand.
        right: ExprId,
    },
    /// A function call; a prefix form such as `SCALE a BY s` is one too, with `s` as a named argument.
    Call {
        /// The function's name as written.
        name: Box<str>,
        /// Where the name stands.
        name_span: Span,
        /// Positional arguments first, then named ones.
        args: Box<[Arg]>,
    },
    /// `base[items]`.
    Index {
        /// What is indexed.
        base: ExprId,
        /// One item an axis; never empty.
        items: Box<[IndexItem]>,
    },
    /// `CASE [x] WHEN c THEN a ... [ELSE b] END`.
    Case {
        /// What each WHEN is compared with; without it each is a truth value.
        operand: Option<ExprId>,
        /// The branches in their order; never empty.
        branches: Box<[CaseBranch]>,
        /// The value when no branch is taken.
        otherwise: Option<ExprId>,
    },
    /// `x [NOT] BETWEEN low AND high`, both included.
    Between {
        /// What is tested.
        operand: ExprId,
        /// The least value.
        low: ExprId,
        /// The greatest value.
        high: ExprId,
        /// Whether NOT stands before it.
        negated: bool,
    },
    /// `x [NOT] IN (a, b, ...)`.
    In {
        /// What is tested.
        operand: ExprId,
        /// What it may be equal to; never empty.
        items: Box<[ExprId]>,
        /// Whether NOT stands before it.
        negated: bool,
    },
    /// `x IS [NOT] NULL`.
    IsNull {
        /// What is tested.
        operand: ExprId,
        /// Whether NOT stands before it.
        negated: bool,
    },
    /// `(SELECT ...)`: the text of the query without its parentheses, for the relational parser.
    Subquery {
        /// The text, as written.
        text: Box<str>,
        /// Where the text stands.
        query: Span,
    },
}

/// `WHEN when THEN then`.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseBranch {
    /// The condition, or what the operand is compared with.
    pub when: ExprId,
    /// The value.
    pub then: ExprId,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// The parameter that a `name => value` argument or a keyword clause names, in lower case when it came from a clause.
    pub name: Option<Box<str>>,
    /// The value.
    pub value: ExprId,
    /// The argument with its name or keyword.
    pub span: Span,
}

/// What is asked of one axis of an indexed value.
#[derive(Debug, Clone, PartialEq)]
pub enum IndexItem {
    /// `*` or `:`, the whole axis.
    All {
        /// Where it stands.
        span: Span,
    },
    /// An index or a boolean mask.
    At(ExprId),
    /// `start:stop:step`, half open; at least one part is given.
    Range {
        /// First index.
        start: Option<ExprId>,
        /// Index after the last.
        stop: Option<ExprId>,
        /// Step, 1 when left out.
        step: Option<ExprId>,
        /// The whole range.
        span: Span,
    },
}

impl Expr {
    /// An expression of these nodes; `None` when they are empty, too many, or not in post-order.
    pub fn from_nodes(nodes: Vec<Node>) -> Option<Self> {
        let fits = !nodes.is_empty() && ExprId::try_from(nodes.len()).is_ok();
        let ordered = nodes.iter().enumerate().all(|(at, node)| {
            let mut ordered = true;
            node.kind.for_each_child(|child| ordered &= (child as usize) < at);
            ordered
        });
        (fits && ordered).then_some(Self { nodes })
    }

    /// Wraps nodes that the parser made in order.
    pub(crate) fn from_parser(nodes: Vec<Node>) -> Self {
        debug_assert!(!nodes.is_empty());
        Self { nodes }
    }

    /// All nodes in post-order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The nodes themselves, for a consumer that moves literals out.
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

    /// The node of an id that came from this expression.
    pub fn node(&self, id: ExprId) -> &Node {
        &self.nodes[id as usize]
    }

    /// Where the whole expression stands.
    pub fn span(&self) -> Span {
        self.root().span
    }

    /// Sets every span to zero, so that two trees can be compared by what they say.
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

    fn erase_span(&mut self) {
        match self {
            IndexItem::At(_) => {}
            IndexItem::All { span } | IndexItem::Range { span, .. } => *span = Span::default(),
        }
    }
}
