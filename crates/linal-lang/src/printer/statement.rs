//! Prints statements.

use super::literal;
use crate::ast::{
    Argument, Declare, Define, Expr, ExprKind, FilePath, Ident, Let, Set, SettingValue, Show, Statement,
};
use std::fmt::{self, Display, Formatter};

/// Words that are no variable when they stand alone after SHOW.
const SHOW_LISTS: &[&str] = &[
    "ALL",
    "DATABASES",
    "DATASETS",
    "FUNCTIONS",
    "INDEXES",
    "JOBS",
    "MACROS",
    "PIPELINES",
    "QUERIES",
    "SCHEDULES",
    "SEQUENCES",
    "SETTINGS",
    "TABLES",
    "TYPES",
    "VIEWS",
];
/// Words that take an argument after SHOW.
const SHOW_PREFIXES: &[&str] = &["LINEAGE", "SHAPE"];

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Statement::Declare(declare) => declare.fmt(f),
            Statement::Define(define) => define.fmt(f),
            Statement::Let(statement) => statement.fmt(f),
            Statement::Bind { alias, target } => write!(f, "BIND {alias} TO {target}"),
            Statement::Derive { name, value } => write!(f, "DERIVE {name} FROM {value}"),
            Statement::Show(show) => write!(f, "SHOW {show}"),
            Statement::Explain { analyze, verbose, statement } => {
                let analyze = if *analyze { "ANALYZE " } else { "" };
                let verbose = if *verbose { "VERBOSE " } else { "" };
                write!(f, "EXPLAIN {analyze}{verbose}{statement}")
            }
            Statement::DropTensor { name, if_exists } => {
                write!(f, "DROP TENSOR {}{name}", exists(*if_exists))
            }
            Statement::Set(set) => set.fmt(f),
            Statement::Help { topic: Some(topic) } => help(f, topic),
            Statement::CreateDatabase { name, if_not_exists } => {
                write!(f, "CREATE DATABASE {}{name}", if *if_not_exists { "IF NOT EXISTS " } else { "" })
            }
            Statement::DropDatabase { name, if_exists } => {
                write!(f, "DROP DATABASE {}{name}", exists(*if_exists))
            }
            Statement::BackupDatabase { name, path } => write!(f, "BACKUP DATABASE {name} TO {path}"),
            Statement::ExportDatabase { name, path } => {
                write!(f, "EXPORT DATABASE {name} TO DUCKLAKE {path}")
            }
            Statement::Use { name } => write!(f, "USE {name}"),
            Statement::AlterDatabase { name, set } => write!(f, "ALTER DATABASE {name} {set}"),
            Statement::Prepare { name, text, .. } => write!(f, "PREPARE {name} AS {text}"),
            Statement::Execute { name, arguments } => execute(f, name, arguments),
            Statement::Deallocate { name: Some(name) } => write!(f, "DEALLOCATE {name}"),
            Statement::Deallocate { name: None } => f.write_str("DEALLOCATE ALL"),
            Statement::Kill { id } => {
                f.write_str("KILL ")?;
                literal::quoted(f, &id.name, '\'')
            }
            Statement::Job(statement) => statement.fmt(f),
            Statement::Relational(statement) => statement.fmt(f),
            Statement::ResetSession
            | Statement::Help { topic: None }
            | Statement::Checkpoint
            | Statement::Begin
            | Statement::Commit
            | Statement::Rollback => f.write_str(self.keyword()),
        }
    }
}

fn execute(f: &mut Formatter<'_>, name: &Ident, arguments: &[Argument]) -> fmt::Result {
    write!(f, "EXECUTE {name}")?;
    for (at, argument) in arguments.iter().enumerate() {
        f.write_str(if at == 0 { "(" } else { ", " })?;
        if let Some(name) = &argument.name {
            write!(f, "{name} => ")?;
        }
        write!(f, "{}", argument.value)?;
    }
    f.write_str(if arguments.is_empty() { "" } else { ")" })
}

impl Display for FilePath {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        literal::quoted(f, &self.text, '\'')
    }
}

pub(super) fn exists(if_exists: bool) -> &'static str {
    if if_exists { "IF EXISTS " } else { "" }
}

impl Display for Declare {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind.keyword())?;
        dtype(f, self.dtype.as_ref())?;
        write!(f, "{} = {}", self.name, self.values)
    }
}

impl Display for Define {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "DEFINE {} AS {}TENSOR ", self.name, if self.strict { "STRICT " } else { "" })?;
        dtype(f, self.dtype.as_ref())?;
        write!(f, "{:?} VALUES {}", self.dims, self.values)
    }
}

fn dtype(f: &mut Formatter<'_>, dtype: Option<&Ident>) -> fmt::Result {
    dtype.map_or(Ok(()), |dtype| write!(f, "{dtype} "))
}

impl Display for Let {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}LET {} = {}", if self.lazy { "LAZY " } else { "" }, self.name, self.value)
    }
}

impl Display for Show {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Show::Value(value) => show_value(f, value),
            Show::Text(text) => literal::quoted(f, text, '\''),
            Show::Shape(value) if begins_with_sign(value) => write!(f, "SHAPE ({value})"),
            Show::Shape(value) => write!(f, "SHAPE {value}"),
            Show::Lineage(name) => write!(f, "LINEAGE {name}"),
            Show::All => f.write_str("ALL"),
            Show::AllTensors => f.write_str("ALL TENSORS"),
            Show::Settings => f.write_str("SETTINGS"),
            Show::Databases => f.write_str("DATABASES"),
            Show::Queries => f.write_str("QUERIES"),
        }
    }
}

/// Prints a value so that it does not parse as another form of SHOW.
fn show_value(f: &mut Formatter<'_>, value: &Expr) -> fmt::Result {
    let is_one_of = |words: &[&str], name: &str| words.iter().any(|word| word.eq_ignore_ascii_case(name));
    match &value.root().kind {
        ExprKind::Name(name) if is_one_of(SHOW_LISTS, name) => {
            return literal::quoted(f, name, '`');
        }
        ExprKind::Str(_) => return write!(f, "({value})"),
        _ => {}
    }
    match leftmost(value) {
        ExprKind::Call { name, .. } if is_one_of(SHOW_PREFIXES, name) => write!(f, "({value})"),
        _ => write!(f, "{value}"),
    }
}

fn begins_with_sign(value: &Expr) -> bool {
    match leftmost(value) {
        ExprKind::Unary { .. } => true,
        ExprKind::Int(number) => *number < 0,
        ExprKind::Float(number) => number.is_sign_negative(),
        _ => false,
    }
}

/// The node that is printed first.
fn leftmost(value: &Expr) -> &ExprKind {
    let mut kind = &value.root().kind;
    while let ExprKind::Binary { left: next, .. }
    | ExprKind::Index { base: next, .. }
    | ExprKind::Between { operand: next, .. }
    | ExprKind::In { operand: next, .. }
    | ExprKind::IsNull { operand: next, .. } = kind
    {
        kind = &value.node(*next).kind;
    }
    kind
}

impl Display for Set {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "SET {} = ", self.name)?;
        match &self.value {
            SettingValue::Int(value) => write!(f, "{value}"),
            SettingValue::Float(value) => literal::float(f, *value),
            SettingValue::Bool(value) => write!(f, "{value}"),
            SettingValue::Null => f.write_str("NULL"),
            SettingValue::Str(text) => literal::quoted(f, text, '\''),
            SettingValue::Word(word) => literal::name(f, word),
        }
    }
}

/// A topic is the rest of the statement, so only other text than words needs quotes.
fn help(f: &mut Formatter<'_>, topic: &Ident) -> fmt::Result {
    let name = &*topic.name;
    let words = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ' ');
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if words && starts && name.trim() == name {
        write!(f, "HELP {name}")
    } else {
        f.write_str("HELP ")?;
        literal::quoted(f, name, '\'')
    }
}
