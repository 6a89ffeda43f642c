//! `CREATE`, `DROP` and `ALTER` of views, macros, sequences and types, `COMMENT ON`, and their lists.

mod comment;
mod drop;
mod macros;
mod sequence;
mod types;
mod unsupported;
mod view;

use super::super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::objects::{ObjectKind, ObjectStatement};
use crate::ast::relational::{OnExisting, Relational};
use crate::ast::{ObjectName, Statement};

/// What precedes the name of a new object.
struct Header {
    name: ObjectName,
    on_existing: OnExisting,
    temporary: bool,
}

/// The words that name a kind after CREATE, DROP and ALTER.
const KINDS: [(&str, ObjectKind); 5] = [
    ("VIEW", ObjectKind::View),
    ("MACRO", ObjectKind::Macro),
    ("FUNCTION", ObjectKind::Macro),
    ("SEQUENCE", ObjectKind::Sequence),
    ("TYPE", ObjectKind::Type),
];

/// The words after SHOW and LIST.
const LISTS: [(&str, ObjectKind); 5] = [
    ("VIEWS", ObjectKind::View),
    ("MACROS", ObjectKind::Macro),
    ("FUNCTIONS", ObjectKind::Macro),
    ("SEQUENCES", ObjectKind::Sequence),
    ("TYPES", ObjectKind::Type),
];

impl Parser<'_> {
    /// The kind that the current word names.
    pub(super) fn object_kind(&self) -> Option<ObjectKind> {
        KINDS.into_iter().find(|(word, _)| self.at_word(word)).map(|(_, kind)| kind)
    }

    /// The kind whose objects `SHOW word` lists.
    pub(in super::super) fn listed_kind(&self, word: crate::token::Token) -> Option<ObjectKind> {
        LISTS.into_iter().find(|(known, _)| self.is_word(word, known)).map(|(_, kind)| kind)
    }

    /// `SHOW VIEWS` and the like; the current token is SHOW.
    pub(in super::super) fn show_objects(&mut self, kind: ObjectKind) -> Parsed<Statement> {
        self.advance()?;
        self.advance()?;
        Ok(Statement::Relational(Box::new(object(ObjectStatement::List(kind)))))
    }

    /// `[LOCAL | GLOBAL] TEMP | TEMPORARY` after CREATE: what is temporary belongs to the session, whichever word is said.
    pub(super) fn take_temporary(&mut self) -> Parsed<bool> {
        let is_temporary = ["TEMP", "TEMPORARY"].into_iter().any(|word| self.is_word(self.peek(), word));
        if is_temporary && (self.at_word("LOCAL") || self.at_word("GLOBAL")) {
            self.advance()?;
        }
        Ok(self.take_word("TEMP")? || self.take_word("TEMPORARY")?)
    }

    /// The rest of a CREATE from the word of its kind on.
    pub(super) fn create_object(
        &mut self,
        kind: ObjectKind,
        replace: bool,
        temporary: bool,
    ) -> Parsed<Relational> {
        self.advance()?;
        if kind == ObjectKind::Macro {
            self.take_word_before("TABLE", |next| next.is_name())?;
        }
        let keep = self.if_not_exists()?;
        let on_existing = match (replace, keep) {
            (true, _) => OnExisting::Replace,
            (_, true) => OnExisting::Keep,
            _ => OnExisting::Fail,
        };
        let name = self.object_name(&format!("a name for the {}", kind.word()))?;
        let header = Header { name, on_existing, temporary };
        let statement = match kind {
            ObjectKind::View => self.create_view(header)?,
            ObjectKind::Macro | ObjectKind::TableMacro => self.create_macro(header)?,
            ObjectKind::Sequence => self.create_sequence(header)?,
            ObjectKind::Type => self.create_type(header)?,
        };
        Ok(object(statement))
    }

    /// The text between two offsets, without the blanks around it.
    fn written_between(&self, start: usize, end: usize) -> Box<str> {
        Span::new(start, end).text(self.source).trim().into()
    }
}

fn object(statement: ObjectStatement) -> Relational {
    Relational::Object(Box::new(statement))
}
