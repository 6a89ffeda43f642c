//! `COMMENT ON`.

use super::super::super::cursor::{Parsed, Parser};
use super::object;
use crate::ast::ObjectName;
use crate::ast::objects::{CommentTarget, ObjectKind, ObjectStatement};
use crate::ast::relational::Relational;
use crate::lexer;
use crate::token::TokenKind;

impl Parser<'_> {
    /// `COMMENT ON TABLE | COLUMN | VIEW | MACRO | SEQUENCE | TYPE name IS 'text' | NULL`.
    pub(in super::super) fn comment_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.expect_word("ON")?;
        let target = self.comment_target()?;
        self.expect_word("IS")?;
        let text = if self.token.kind == TokenKind::Str {
            let token = self.advance()?;
            Some(lexer::string(self.source, token))
        } else if self.take_word("NULL")? {
            None
        } else {
            return Err(self.unexpected("a text in quotes or NULL"));
        };
        Ok(object(ObjectStatement::Comment { target, text }))
    }

    fn comment_target(&mut self) -> Parsed<CommentTarget> {
        if self.take_word("TABLE")? || self.take_word("DATASET")? {
            return self.object_name("a dataset").map(CommentTarget::Dataset);
        }
        if self.take_word("COLUMN")? {
            let mut name = self.object_name("a column, as `t.c`")?;
            let column = name.parts.pop().filter(|_| !name.parts.is_empty());
            let Some(column) = column else { return Err(self.unexpected("`.` and the name of a column")) };
            let span = name.parts.iter().fold(name.parts[0].span, |span, part| span.to(part.span));
            return Ok(CommentTarget::Column(ObjectName { parts: name.parts, span }, column));
        }
        let Some(kind) = self.object_kind() else {
            let kinds = "`TABLE`, `COLUMN`, `VIEW`, `MACRO`, `SEQUENCE` or `TYPE`";
            return Err(self.unexpected_keyword(
                kinds,
                &["TABLE", "DATASET", "COLUMN", "VIEW", "MACRO", "FUNCTION", "SEQUENCE", "TYPE"],
            ));
        };
        self.advance()?;
        let is_table = kind == ObjectKind::Macro && self.take_word_before("TABLE", |next| next.is_name())?;
        let kind = if is_table { ObjectKind::TableMacro } else { kind };
        self.object_name(&format!("a {}", kind.word())).map(|name| CommentTarget::Object(kind, name))
    }
}
