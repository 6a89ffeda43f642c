//! `FROM 'file.csv'`: sqlparser reads the string as a name quoted with `'`, and loses its span.

use super::parse::Input;
use super::sql_span;
use crate::sql::WalkMut;
use crate::{Span, lexer};
use sqlparser::ast::{ObjectName, ObjectNamePart, Query, VisitorMut};
use std::ops::ControlFlow;

/// Restores the spans of the paths of a query.
pub(super) fn restore(input: Input<'_>, query: &mut Query) {
    let text = |span: &Span| (lexer::unquote_doubled(span.text(input.source)).into_owned(), *span);
    let mut spans = PathSpans(input.converted.paths.iter().map(text).collect());
    let _: ControlFlow<()> = query.walk_mut(&mut spans);
}

struct PathSpans(Vec<(String, Span)>);

impl VisitorMut for PathSpans {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        for part in &mut relation.0 {
            if let ObjectNamePart::Identifier(ident) = part
                && ident.quote_style == Some('\'')
                && let Some(at) = self.0.iter().position(|(path, _)| *path == ident.value)
            {
                ident.span = sql_span(self.0.remove(at).1);
            }
        }
        ControlFlow::Continue(())
    }
}
