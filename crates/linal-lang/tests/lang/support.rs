//! Helpers of the tests: a table of call patterns, and trees as S-expressions.

use linal_lang::ast::{Expr, ExprKind, IndexItem, Statement};
use linal_lang::{CallPattern, CallPatterns, Span, SyntaxError, parse_expression, parse_statement, split};
use std::sync::LazyLock;

pub struct Table(Vec<CallPattern>);

impl CallPatterns for Table {
    fn pattern(&self, name: &str) -> Option<&CallPattern> {
        self.0.iter().find(|pattern| pattern.name().eq_ignore_ascii_case(name))
    }

    fn names(&self) -> Vec<&str> {
        self.0.iter().map(CallPattern::name).collect()
    }
}

const PATTERNS: &[&str] = &[
    "ADD a b",
    "MATMUL a b",
    "POW a b",
    "SCALE a BY s",
    "SIMILARITY a WITH b",
    "DISTANCE a TO b",
    "RESHAPE a TO dims",
    "SUM a [AXIS axis]",
    "MEAN a [AXIS axis]",
    "MAX a [AXIS axis]",
    "ALL a [AXIS axis]",
    "ABS a",
    "DIFF a",
    "NORMALIZE a",
    "TRANSPOSE a",
    "STACK a b ...",
    "CONCAT a b ... [AXIS axis]",
    "GATHER a ... [AXIS axis]",
    "ARANGE start, stop [, step]",
    "ZEROS dims",
    "RANDOM dims SEED seed",
    "QUANTILE a q",
    "PSD a WINDOW n [OVERLAP k] [TAPER taper] [RATE hz]",
    "BANDPASS a FROM lo TO hi WITH RATE rate [ORDER order] [METHOD method]",
    "IFFT s [LENGTH n]",
    "EINSUM(subscripts, operands...)",
    "READ_NPZ(path, name)",
    "CAST(a AS dtype)",
    "CLIP(a, lo, hi)",
    "WHERE(condition, a, b)",
    "PI()",
];

pub static FORMS: LazyLock<Table> = LazyLock::new(|| {
    let parse = |pattern: &&str| CallPattern::parse(pattern).expect("patterns of the tests are right");
    Table(PATTERNS.iter().map(parse).collect())
});

pub fn whole(text: &str) -> Span {
    Span::new(0, text.len())
}

pub fn expression(text: &str) -> Result<Expr, SyntaxError> {
    parse_expression(text, whole(text), &*FORMS)
}

pub fn statement(text: &str) -> Result<Statement, SyntaxError> {
    parse_statement(text, whole(text), &*FORMS)
}

/// Every statement of a script, parsed; an error of the splitter takes its place in the result.
pub fn script(text: &str) -> Vec<Result<Statement, SyntaxError>> {
    split(text).map(|fragment| parse_statement(text, fragment?.span, &*FORMS)).collect()
}

/// The expression as an S-expression.
pub fn tree(expr: &Expr) -> String {
    let mut built: Vec<String> = Vec::new();
    for node in expr.nodes() {
        let child = |id: &u32| built[*id as usize].clone();
        let text = match &node.kind {
            ExprKind::Int(value) => value.to_string(),
            ExprKind::Float(value) => format!("{value:?}"),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Null => "null".to_owned(),
            ExprKind::Str(text) => format!("{text:?}"),
            ExprKind::Numbers(array) => format!("#{:?}{array}", array.shape),
            ExprKind::Name(name) => name.to_string(),
            ExprKind::Parameter(name) => format!("${name}"),
            ExprKind::Member { database, base, field } => {
                let database = database.as_deref().map(|name| format!("{name}.")).unwrap_or_default();
                format!("{database}{base}.{field}")
            }
            ExprKind::List(items) => {
                format!("(list {})", items.iter().map(child).collect::<Vec<_>>().join(" "))
            }
            ExprKind::Unary { op, operand } => format!("({} {})", op.symbol(), child(operand)),
            ExprKind::Binary { op, left, right } => {
                format!("({} {} {})", op.symbol(), child(left), child(right))
            }
            ExprKind::Call { name, args, .. } => {
                let args = args.iter().map(|arg| match &arg.name {
                    Some(name) => format!(" {name}:{}", child(&arg.value)),
                    None => format!(" {}", child(&arg.value)),
                });
                format!("({name}!{})", args.collect::<String>())
            }
            ExprKind::Index { base, items } => {
                let part = |id: &Option<u32>| id.as_ref().map(&child).unwrap_or_default();
                let items = items.iter().map(|item| match item {
                    IndexItem::All { .. } => " *".to_owned(),
                    IndexItem::At(id) => format!(" {}", child(id)),
                    IndexItem::Range { start, stop, step: None, .. } => {
                        format!(" {}:{}", part(start), part(stop))
                    }
                    IndexItem::Range { start, stop, step, .. } => {
                        format!(" {}:{}:{}", part(start), part(stop), part(step))
                    }
                });
                format!("([] {}{})", child(base), items.collect::<String>())
            }
            ExprKind::Case { operand, branches, otherwise } => {
                let operand = operand.as_ref().map(|id| format!(" {}", child(id))).unwrap_or_default();
                let branches = branches.iter().map(|b| format!(" {}:{}", child(&b.when), child(&b.then)));
                let otherwise =
                    otherwise.as_ref().map(|id| format!(" else:{}", child(id))).unwrap_or_default();
                format!("(case{operand}{}{otherwise})", branches.collect::<String>())
            }
            ExprKind::Between { operand, low, high, negated } => {
                let text = format!("(between {} {} {})", child(operand), child(low), child(high));
                if *negated { format!("(NOT {text})") } else { text }
            }
            ExprKind::In { operand, items, negated } => {
                let items = items.iter().map(|item| format!(" {}", child(item)));
                let text = format!("(in {}{})", child(operand), items.collect::<String>());
                if *negated { format!("(NOT {text})") } else { text }
            }
            ExprKind::IsNull { operand, negated } => {
                format!("({} {})", if *negated { "is-not-null" } else { "is-null" }, child(operand))
            }
            ExprKind::Subquery { text, .. } => format!("(query {text})"),
        };
        built.push(text);
    }
    built.pop().expect("an expression has a root")
}

/// Checks the tree of an expression.
#[track_caller]
pub fn check(text: &str, expected: &str) {
    match expression(text) {
        Ok(expr) => assert_eq!(tree(&expr), expected, "of `{text}`"),
        Err(error) => panic!("`{text}`: {error} at {:?}", error.span),
    }
}

/// Checks the message of an error, the text under its span, and its help.
#[track_caller]
pub fn check_error(text: &str, error: &SyntaxError, expected: &str) {
    let help = error.help.as_deref().map(|help| format!(" | {help}")).unwrap_or_default();
    let found = format!("{error} @ {}{help}", error.span.text(text));
    assert_eq!(found, expected, "of `{text}`");
}

/// Checks the printed text of a statement, and that it parses to what prints the same.
#[track_caller]
pub fn check_printed(text: &str, printed: &str) {
    for text in [text, printed] {
        match statement(text) {
            Ok(tree) => assert_eq!(tree.to_string(), printed, "of `{text}`"),
            Err(error) => panic!("`{text}`: {error} at {:?}", error.span),
        }
    }
}

/// Checks the errors of statements, as `check_error` has them.
#[track_caller]
pub fn check_errors(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let error = statement(text).expect_err(text);
        check_error(text, &error, expected);
    }
}
