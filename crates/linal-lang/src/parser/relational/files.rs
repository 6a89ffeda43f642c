//! Files and packages: `USE`, `IMPORT`, `EXPORT`, `COPY`, `SAVE`, `LOAD`, `DELIVER`.

use super::super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::relational::{
    ExportSource, ImportFile, Insert, InsertSource, NAME_SEPARATOR, Query, Relational, StoredKind,
};
use crate::ast::{FilePath, Ident, ObjectName, Statement};
use crate::sql::{self, Converted};
use crate::token::{Symbol, TokenKind};
use sqlparser::ast::SetExpr;
use sqlparser::tokenizer::Token;

impl Parser<'_> {
    /// `USE DATASET FROM "path" ...`.
    pub(in super::super) fn use_dataset(&mut self) -> Parsed<Statement> {
        self.parse_relational(|parser| {
            parser.advance()?;
            parser.advance()?;
            parser.import_file(false, Vec::new())
        })
    }

    /// `IMPORT DATASET FROM "path" ...`, `IMPORT CSV FROM "path" ...`.
    pub(super) fn import_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        if self.at_word("FROM") || self.take_word("DATASET")? {
            return self.import_file(true, Vec::new());
        }
        let format = self.ident("DATASET or the name of a format")?;
        let name = Ident { name: "format".into(), span: format.span };
        self.import_file(true, vec![(name, format.name)])
    }

    /// `FROM "path" [AS n] [FIELDS (a, b)] [WITH (key => value, ...)]`; the clauses after the path come in
    /// any order.
    fn import_file(&mut self, copy: bool, options: Vec<(Ident, Box<str>)>) -> Parsed<Relational> {
        self.expect_word("FROM")?;
        let FilePath { text: path, span: path_span } = self.file_path("the path of a file")?;
        let mut file = ImportFile { path, path_span, name: None, fields: None, options, copy };
        loop {
            if file.name.is_none() && self.take_word("AS")? {
                file.name = Some(self.ident("a name for the dataset")?);
            } else if file.fields.is_none() && self.take_word("FIELDS")? {
                self.expect(Symbol::LParen, "`(`")?;
                file.fields = Some(self.ident_list()?);
            } else if self.take_word("WITH")? {
                self.expect(Symbol::LParen, "`(`")?;
                file.options.append(&mut self.options()?);
            } else if self.at(Symbol::Comma) || self.token.is_name() && self.peek().is(Symbol::Arrow) {
                self.take(Symbol::Comma)?;
                let option = self.option()?;
                file.options.push(option);
            } else {
                return Ok(Relational::Import(file));
            }
        }
    }

    /// `EXPORT` of anything but a database.
    pub(in super::super) fn export_relational(&mut self) -> Parsed<Statement> {
        self.parse_relational(Self::export_rule)
    }

    /// `EXPORT [CSV] n TO "path"`.
    fn export_rule(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let mut format = None;
        let named = self.token.is_name() && self.peek().is_name() && !self.is_word(self.peek(), "TO");
        if named && !self.take_word("DATASET")? {
            format = Some(self.ident("a format")?);
        }
        let table = self.object_name("the dataset to export")?;
        self.expect_word("TO")?;
        let path = self.file_path("the path of a file")?;
        Ok(Relational::Export { source: ExportSource::Dataset(table), path, format, options: Vec::new() })
    }

    /// `COPY t [(columns)] TO 'path'` and `COPY (SELECT ...) TO 'path'` export; `COPY t [(columns)] FROM
    /// 'path'` inserts the rows of the file.
    pub(super) fn copy_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        if self.opens_query() {
            let query = self.query(&["TO"])?;
            return self.copy_to(ExportSource::Query(strip_parentheses(query)));
        }
        let table = self.object_name("the dataset to copy")?;
        let columns = if self.take(Symbol::LParen)? { Some(self.ident_list()?) } else { None };
        if self.at_word("TO") {
            let source = self.copy_source(table, columns)?;
            self.copy_to(source)
        } else {
            self.copy_from(table, columns)
        }
    }

    fn copy_to(&mut self, source: ExportSource) -> Parsed<Relational> {
        self.expect_word("TO")?;
        let path = self.file_path("the path of a file")?;
        let options = self.copy_options()?;
        Ok(Relational::Export { source, path, format: None, options })
    }

    /// `[WITH] (FORMAT csv, HEADER, DELIMITER ';', ..)`, and the words of older forms, `WITH CSV HEADER`. An option
    /// without a value is true.
    fn copy_options(&mut self) -> Parsed<Vec<(Ident, Box<str>)>> {
        let mut options = Vec::new();
        let with = self.take_word("WITH")?;
        if self.take(Symbol::LParen)? {
            loop {
                options.push(self.copy_option(true)?);
                if !self.take(Symbol::Comma)? {
                    break;
                }
            }
            self.expect(Symbol::RParen, "`,` or `)`")?;
            return Ok(options);
        }
        while self.token.is_name() || self.at_word("NULL") {
            options.push(self.copy_option(false)?);
        }
        if with && options.is_empty() {
            return Err(self.unexpected("`(`"));
        }
        Ok(options)
    }

    fn copy_option(&mut self, in_brackets: bool) -> Parsed<(Ident, Box<str>)> {
        // NULL is reserved, and the name of an option here.
        let key = if self.at_word("NULL") {
            Ident { name: "null".into(), span: self.advance()?.span }
        } else {
            self.ident("the name of an option")?
        };
        if !in_brackets && (key.name.eq_ignore_ascii_case("csv") || key.name.eq_ignore_ascii_case("parquet"))
        {
            let format = Ident { name: "format".into(), span: key.span };
            return Ok((format, key.name));
        }
        let is_given = self.take(Symbol::Eq)? || self.take(Symbol::Arrow)?;
        if self.take(Symbol::Star)? {
            return Ok((key, "*".into()));
        }
        if self.take(Symbol::LParen)? {
            let names: Vec<Box<str>> = self.ident_list()?.into_iter().map(|name| name.name).collect();
            return Ok((key, names.join(NAME_SEPARATOR).into()));
        }
        // Outside of brackets a word is the next option.
        let ends = self.at(Symbol::Comma)
            || self.at(Symbol::RParen)
            || self.at_end()
            || !in_brackets && self.token.kind == TokenKind::Word;
        let value = if ends && !is_given { "true".into() } else { self.option_value()? };
        Ok((key, value))
    }

    /// A dataset, or a query of some of its columns.
    fn copy_source(&self, table: ObjectName, columns: Option<Vec<Ident>>) -> Parsed<ExportSource> {
        let Some(columns) = columns else { return Ok(ExportSource::Dataset(table)) };
        let mut tokens = Converted::default();
        tokens.push(sql::keyword("SELECT"), Span::at(table.span.start));
        tokens.append(join_idents(&columns, &Token::Comma));
        tokens.push(sql::keyword("FROM"), Span::at(table.span.start));
        tokens.append(join_idents(&table.parts, &Token::Period));
        self.parse_query(&tokens, table.span).map(ExportSource::Query)
    }

    fn copy_from(&mut self, table: ObjectName, columns: Option<Vec<Ident>>) -> Parsed<Relational> {
        self.expect_word("FROM")?;
        let FilePath { text, span: path } = self.file_path("the path of a file")?;
        let options = self.copy_options()?;
        if !options.is_empty() {
            let source = InsertSource::File { path: text, path_span: path, options };
            return Ok(Relational::Insert(Insert::new(table, columns, source)));
        }
        let mut tokens = Converted::default();
        tokens.push(sql::keyword("SELECT"), Span::at(path.start));
        tokens.push(Token::Mul, Span::at(path.start));
        tokens.push(sql::keyword("FROM"), Span::at(path.start));
        tokens.push(Token::SingleQuotedString(text.into()), path);
        tokens.paths.push(path);
        let source = InsertSource::Query(self.parse_query(&tokens, path)?);
        Ok(Relational::Insert(Insert::new(table, columns, source)))
    }

    /// `SAVE DATASET|TENSOR|PIPELINE n [TO "path"]`.
    pub(super) fn save_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let kind = self.stored_kind()?;
        let name = self.ident("what to save")?;
        let path = self.optional_path("TO")?;
        Ok(Relational::Save { kind, name, path })
    }

    /// `LOAD DATASET|TENSOR|PIPELINE n [FROM "path"]`.
    pub(super) fn load_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let kind = self.stored_kind()?;
        let name = self.ident("what to load")?;
        let path = self.optional_path("FROM")?;
        Ok(Relational::Load { kind, name, path })
    }

    fn stored_kind(&mut self) -> Parsed<StoredKind> {
        let kinds = [
            ("DATASET", StoredKind::Dataset),
            ("TENSOR", StoredKind::Tensor),
            ("PIPELINE", StoredKind::Pipeline),
        ];
        match kinds.into_iter().find(|(word, _)| self.at_word(word)) {
            Some((_, kind)) => {
                self.advance()?;
                Ok(kind)
            }
            None => {
                let words = ["DATASET", "TENSOR", "PIPELINE"];
                Err(self.unexpected_keyword("`DATASET`, `TENSOR` or `PIPELINE`", &words))
            }
        }
    }

    fn optional_path(&mut self, word: &str) -> Parsed<Option<FilePath>> {
        if self.take_word(word)? { self.file_path("the path of a file").map(Some) } else { Ok(None) }
    }

    /// `DELIVER n [TO "path"]`.
    pub(super) fn deliver_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.take_word_before("DATASET", |next| next.is_name() && next.kind != TokenKind::End)?;
        let name = self.ident("the dataset to deliver")?;
        let path = self.optional_path("TO")?;
        Ok(Relational::Deliver { name, path })
    }
}

/// Removes the parentheses that enclose a whole query.
fn strip_parentheses(mut query: Query) -> Query {
    let outer = &query.sql;
    let is_plain = outer.with.is_none() && outer.order_by.is_none() && outer.limit_clause.is_none();
    if let SetExpr::Query(inner) = outer.body.as_ref()
        && is_plain
        && outer.fetch.is_none()
    {
        query.sql = inner.clone();
    }
    query
}

/// Names joined by a separator.
fn join_idents(names: &[Ident], sign: &Token) -> Converted {
    let mut tokens = Converted::default();
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            tokens.push(sign.clone(), Span::at(name.span.start));
        }
        tokens.push(Token::make_word(&name.name, Some('`')), name.span);
    }
    tokens
}
