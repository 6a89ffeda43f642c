//! `DATASET`, `CREATE` and `TRANSFORM`, which create datasets.

use super::super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::Statement;
use crate::ast::relational::{ColumnSpec, CreateDataset, DatasetSource, OnExisting, Relational, TypeName};
use crate::token::{Symbol, Token, TokenKind};

/// Types of two words, by their first word.
const SECOND_WORDS: &[(&str, &str)] =
    &[("DOUBLE", "PRECISION"), ("CHARACTER", "VARYING"), ("CHAR", "VARYING")];
/// Types whose parts stand in parentheses.
const NESTED_TYPES: [&str; 3] = ["STRUCT", "MAP", "ROW"];
/// Keywords that end the default of a column.
const COLUMN_OPTIONS: &[&str] = &[
    "NOT",
    "NULL",
    "NULLABLE",
    "PRIMARY",
    "UNIQUE",
    "DEFAULT",
    "REFERENCES",
    "CHECK",
    "CONSTRAINT",
    "GENERATED",
    "AS",
];

impl Parser<'_> {
    /// `CREATE ...`, except of databases.
    pub(in super::super) fn create_relational(&mut self) -> Parsed<Statement> {
        self.parse_relational(Self::create_rule)
    }

    fn create_rule(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let replace = self.at_word("OR") && self.is_word(self.peek(), "REPLACE");
        if replace {
            self.advance()?;
            self.advance()?;
        }
        let temporary = self.take_temporary()?;
        if self.at_word("RECURSIVE") && self.is_word(self.peek(), "VIEW") {
            return self.create_recursive_view(replace, temporary);
        }
        if let Some(kind) = self.object_kind() {
            return self.create_object(kind, replace, temporary);
        }
        if self.at_word("TABLE") || self.at_word("DATASET") {
            let standard = self.at_word("TABLE");
            let mut created = self.create_dataset(replace, standard)?;
            if let Relational::Create(create) = &mut created {
                create.temporary = temporary;
            }
            return Ok(created);
        }
        if temporary {
            return Err(self.unexpected("`TABLE`, `VIEW`, `MACRO`, `SEQUENCE` or `TYPE`"));
        }
        if !replace && ["INDEX", "VECTOR", "UNIQUE"].into_iter().any(|word| self.at_word(word)) {
            return self.create_index();
        }
        Err(self.unexpected("`DATASET`, `TABLE`, `VIEW`, `MACRO`, `SEQUENCE`, `TYPE`, `INDEX`, `VECTOR INDEX`, `SCHEMA` or `DATABASE`"))
    }

    /// `DATASET name ...`.
    pub(super) fn dataset_statement(&mut self) -> Parsed<Relational> {
        self.create_dataset(false, false)
    }

    fn create_dataset(&mut self, replace: bool, standard: bool) -> Parsed<Relational> {
        self.advance()?;
        let keep = self.if_not_exists()?;
        let on_existing = match (replace, keep) {
            (true, _) => OnExisting::Replace,
            (_, true) => OnExisting::Keep,
            _ => OnExisting::Fail,
        };
        let name = self.object_name("a name for the dataset")?;
        let source = self.dataset_source(standard)?;
        Ok(Relational::Create(CreateDataset { name, on_existing, temporary: false, source }))
    }

    fn dataset_source(&mut self, standard: bool) -> Parsed<DatasetSource> {
        if self.take_word("FROM")? {
            return self.query_from(&[]).map(DatasetSource::Query);
        }
        if self.take_word("AS")? {
            return self.query_with_data().map(DatasetSource::Query);
        }
        if self.opens_named_query() {
            return self.named_query();
        }
        let named = self.take_word("COLUMNS")?;
        if !(named || standard && self.at(Symbol::LParen)) {
            return Err(self.unexpected(if standard { "`(`, AS or FROM" } else { "COLUMNS or FROM" }));
        }
        self.expect(Symbol::LParen, "`(`")?;
        let (mut columns, mut constraints) = (Vec::new(), Vec::new());
        loop {
            match self.table_constraint()? {
                Some(constraint) => constraints.push(constraint),
                None => columns.push(self.column_spec()?),
            }
            // In CREATE TABLE the last comma may be followed by nothing, as in DuckDB.
            if !self.take(Symbol::Comma)? || standard && self.at(Symbol::RParen) {
                break;
            }
        }
        self.expect(Symbol::RParen, "`,` or `)`")?;
        Ok(DatasetSource::Columns { columns, constraints, standard })
    }

    /// `c: type [NULL | NOT NULL] [DEFAULT v] [constraints]`; the colon is optional.
    pub(super) fn column_spec(&mut self) -> Parsed<ColumnSpec> {
        let name = self.ident("the name of a column")?;
        self.take(Symbol::Colon)?;
        self.column_rest(name)
    }

    /// The rest of a column specification, after the name.
    pub(super) fn column_rest(&mut self, name: crate::ast::Ident) -> Parsed<ColumnSpec> {
        let begins_generated = self.at_word("GENERATED") && self.is_word(self.peek(), "ALWAYS")
            || self.at_word("AS") && self.peek().is(Symbol::LParen);
        let type_name = if begins_generated {
            TypeName { name: "".into(), args: Vec::new(), span: name.span }
        } else {
            self.type_name()?
        };
        let question = self.token.kind == TokenKind::Symbol(Symbol::Other) && self.text(self.token) == "?";
        if question {
            self.advance()?;
        }
        let mut column = ColumnSpec {
            name,
            type_name,
            nullable: question.then_some(true),
            default: None,
            constraints: Vec::new(),
            generated: None,
        };
        loop {
            if self.take_word("NULL")? || self.take_word("NULLABLE")? {
                column.nullable = Some(true);
            } else if self.at_pair("NOT", "NULL") {
                self.advance()?;
                self.advance()?;
                column.nullable = Some(false);
            } else if column.default.is_none() && self.take_word("DEFAULT")? {
                column.default = Some(self.scalar("a value", COLUMN_OPTIONS)?);
            } else if let Some(constraint) = self.column_constraint(&column.name)? {
                column.constraints.push(constraint);
            } else if self.at_pair("NOT", "NULL") {
                // After the name of a constraint.
            } else if column.generated.is_none()
                && let Some(generated) = self.generated(!begins_generated)?
            {
                column.generated = Some(generated);
            } else {
                return Ok(column);
            }
        }
    }

    fn at_pair(&self, first: &str, second: &str) -> bool {
        self.at_word(first) && self.is_word(self.peek(), second)
    }

    pub(super) fn type_name(&mut self) -> Parsed<TypeName> {
        if self.token.kind != TokenKind::Word || self.is_reserved(self.token) {
            return Err(self.unexpected("a type").with_help(
                "types are Int, Float, String, Bool, Date, Timestamp, Vector(n), Matrix(r, c), ...",
            ));
        }
        let first = self.advance()?;
        let mut name = self.text(first).to_owned();
        if self.at(Symbol::LParen) && NESTED_TYPES.iter().any(|word| name.eq_ignore_ascii_case(word)) {
            self.balanced()?;
            return self.array_of(first.span.to(self.previous.span));
        }
        let follows =
            |parser: &Self, (one, two): &(&str, &str)| name.eq_ignore_ascii_case(one) && parser.at_word(two);
        if SECOND_WORDS.iter().any(|words| follows(self, words)) {
            let second = self.advance()?;
            name = format!("{name} {}", self.text(second));
        }
        if self.at(Symbol::LParen) && name.eq_ignore_ascii_case("ENUM") {
            self.balanced()?;
            return self.array_of(first.span.to(self.previous.span));
        }
        while self.at(Symbol::Dot) {
            self.advance()?;
            let part = self.ident("the name of a type")?;
            name = format!("{name}.{}", part.name);
        }
        let mut args = Vec::new();
        if self.take(Symbol::LParen)? {
            loop {
                args.push(self.type_argument()?);
                if !self.take(Symbol::Comma)? {
                    break;
                }
            }
            self.expect(Symbol::RParen, "`,` or `)`")?;
        }
        self.time_zone(&mut name)?;
        let span = first.span.to(self.previous.span);
        if self.at(Symbol::LBracket) {
            return self.array_of(span);
        }
        Ok(TypeName { name: name.into(), args, span })
    }

    /// The type whose first part has this span, with the brackets of lists and arrays of it. A type with parts is one text.
    fn array_of(&mut self, first: Span) -> Parsed<TypeName> {
        let mut name = first.text(self.source).to_owned();
        while self.take(Symbol::LBracket)? {
            name.push('[');
            if !self.at(Symbol::RBracket) {
                name.push_str(&self.type_argument()?);
            }
            self.expect(Symbol::RBracket, "`]`")?;
            name.push(']');
        }
        Ok(TypeName { name: name.into(), args: Vec::new(), span: first.to(self.previous.span) })
    }

    /// Everything from `(` to the parenthesis that closes it.
    fn balanced(&mut self) -> Parsed<()> {
        let mut depth = 0usize;
        loop {
            let token = self.advance()?;
            match token.kind {
                TokenKind::Symbol(Symbol::LParen) => depth += 1,
                TokenKind::Symbol(Symbol::RParen) => depth -= 1,
                TokenKind::End => return Err(self.unexpected("`)`")),
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn type_argument(&mut self) -> Parsed<Box<str>> {
        let token: Token = self.token;
        if token.is_name() || token.is_number() {
            self.advance().map(|token| self.text(token).into())
        } else {
            Err(self.unexpected("a size or a dtype"))
        }
    }

    /// `TIMESTAMP WITH TIME ZONE`.
    fn time_zone(&mut self, name: &mut String) -> Parsed<()> {
        let time = name.eq_ignore_ascii_case("TIMESTAMP") || name.eq_ignore_ascii_case("TIME");
        if time && (self.at_word("WITH") || self.at_word("WITHOUT")) && self.is_word(self.peek(), "TIME") {
            for _ in 0..3 {
                let word = self.advance()?;
                name.push(' ');
                name.push_str(self.text(word));
            }
        }
        Ok(())
    }

    /// `TRANSFORM t SELECT cols [WHERE e] [INTO u]`.
    pub(super) fn transform_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let begin = (self.previous, self.token.span.start);
        let table = self.object_name("the dataset to transform")?;
        if !(self.at_word("SELECT") || self.at_word("WHERE") || self.at_word("FILTER")) {
            return Err(self.unexpected("SELECT"));
        }
        self.resume_at(begin.0, begin.1)?;
        let query = self.query_from(&["INTO"])?;
        let into = self.into()?;
        Ok(Relational::Transform { table, query, into })
    }

    /// `[INTO u]`.
    pub(super) fn into(&mut self) -> Parsed<Option<crate::ast::ObjectName>> {
        if self.take_word("INTO")? { self.object_name("a name for the result").map(Some) } else { Ok(None) }
    }
}
