//! `CREATE VIEW`.

use super::super::super::cursor::{Parsed, Parser};
use super::Header;
use crate::ast::objects::{CreateView, ObjectStatement};
use crate::token::Symbol;

impl Parser<'_> {
    /// `[(names)] AS query`.
    pub(super) fn create_view(&mut self, header: Header) -> Parsed<ObjectStatement> {
        let columns = if self.take(Symbol::LParen)? { self.ident_list()? } else { Vec::new() };
        self.expect_word("AS")?;
        let start = self.previous.span.end;
        let query = self.query(&[])?;
        let text = self.written_between(start, query.span.end);
        let Header { name, on_existing, temporary } = header;
        Ok(ObjectStatement::CreateView(CreateView { name, on_existing, temporary, columns, query, text }))
    }
}
