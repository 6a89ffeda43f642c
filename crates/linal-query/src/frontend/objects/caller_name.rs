//! Names in the arguments of a macro whose body puts them into a query of its own.
//!
//! `f(x)` with the body `(SELECT MAX(y) FROM t WHERE k = a)` must not read `t.x`: the name is the caller's. It becomes a call
//! whose name says how many queries further out it is looked up, and which the resolver of names replaces by the column.

use std::ops::ControlFlow;

use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use super::substitute::lambda_names;
use crate::frontend::resolve::call;

/// The prefix of the call's name; the number of queries and the parts of the name follow.
const CALLER: &str = "__caller ";
/// Separates the parts of a name.
const SEPARATOR: char = '\u{1}';

/// A name of the caller.
pub(crate) struct CallerName {
    /// The queries between it and its place.
    pub queries: usize,
    /// Its parts.
    pub parts: Vec<sql::Ident>,
}

/// The value with its names looked up so many queries further out.
pub(super) fn raised(value: &sql::Expr, queries: usize) -> sql::Expr {
    let mut value = value.clone();
    if queries > 0 {
        let _ = value.walk_mut(&mut Raise { queries, hidden: Vec::new(), nested: 0 });
    }
    value
}

/// The name that a call stands for.
pub(crate) fn of(expr: &sql::Expr) -> Option<CallerName> {
    let sql::Expr::Function(function) = expr else { return None };
    let [sql::ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else { return None };
    let (queries, parts) = name.value.strip_prefix(CALLER)?.split_once(' ')?;
    let part = |part: &str| {
        let mut ident = sql::Ident::with_quote('`', part);
        ident.span = name.span;
        ident
    };
    Some(CallerName { queries: queries.parse().ok()?, parts: parts.split(SEPARATOR).map(part).collect() })
}

impl CallerName {
    /// The name itself, for DataFusion to look up.
    pub fn plain(self) -> sql::Expr {
        match <[sql::Ident; 1]>::try_from(self.parts) {
            Ok([only]) => sql::Expr::Identifier(only),
            Err(parts) => sql::Expr::CompoundIdentifier(parts),
        }
    }
}

fn mark(queries: usize, parts: &[sql::Ident]) -> sql::Expr {
    let names: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
    let mut marked = call(&format!("{CALLER}{queries} {}", names.join(&SEPARATOR.to_string())), Vec::new());
    if let (sql::Expr::Function(function), Some(first)) = (&mut marked, parts.first())
        && let [sql::ObjectNamePart::Identifier(name)] = function.name.0.as_mut_slice()
    {
        name.span = first.span;
    }
    marked
}

struct Raise {
    queries: usize,
    /// Parameters of the lambdas around.
    hidden: Vec<String>,
    /// The queries of the argument itself, whose names are their own.
    nested: usize,
}

impl Raise {
    fn is_hidden(&self, name: &sql::Ident) -> bool {
        self.nested > 0 || self.hidden.contains(&name.value.to_lowercase())
    }
}

impl VisitorMut for Raise {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.nested += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.nested -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::Lambda(lambda) = expr {
            self.hidden.extend(lambda_names(lambda));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::Lambda(lambda) = expr {
            self.hidden.truncate(self.hidden.len().saturating_sub(lambda_names(lambda).len()));
        }
        let marked = match &*expr {
            sql::Expr::Identifier(name) if !self.is_hidden(name) => {
                Some(mark(self.queries, std::slice::from_ref(name)))
            }
            sql::Expr::CompoundIdentifier(parts)
                if parts.first().is_some_and(|first| !self.is_hidden(first)) =>
            {
                Some(mark(self.queries, parts))
            }
            // An argument of a macro around this one.
            other => of(other).map(|name| mark(self.queries + name.queries, &name.parts)),
        };
        if let Some(marked) = marked {
            *expr = marked;
        }
        ControlFlow::Continue(())
    }
}
