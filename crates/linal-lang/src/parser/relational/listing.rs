//! `LIST`, `DESCRIBE` and the relational forms of `SHOW`.

use super::super::cursor::{Parsed, Parser};
use crate::ast::Statement;
use crate::ast::relational::{Listing, Relational};
use crate::token::Symbol;

/// Words after LIST, for suggestions.
const LISTS: &[&str] = &["DATASETS", "TABLES", "TENSORS", "PIPELINES", "INDEXES", "SCHEMA", "DATASET"];

impl Parser<'_> {
    /// `LIST DATASETS`, `LIST TENSORS`, `LIST PIPELINES`, `LIST DATASET PACKAGES`, `LIST DATASET VERSIONS n`.
    pub(super) fn list_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.listing(
            "`DATASETS`, `TENSORS`, `PIPELINES`, `INDEXES`, `DATASET PACKAGES` or `DATASET VERSIONS`",
        )
    }

    /// `SHOW` of a listing; the current token is SHOW.
    pub(in super::super) fn show_relational(&mut self) -> Parsed<Statement> {
        self.parse_relational(|parser| {
            parser.advance()?;
            if parser.take_word("ALL")? && parser.take_word("TABLES")? {
                return Ok(Relational::List(Listing::AllTables));
            }
            parser.listing("a list")
        })
    }

    fn listing(&mut self, expected: &str) -> Parsed<Relational> {
        let lists = [
            ("DATASETS", Listing::Datasets),
            ("TABLES", Listing::Tables),
            ("TENSORS", Listing::Tensors),
            ("PIPELINES", Listing::Pipelines),
            ("INDEXES", Listing::Indexes(None)),
        ];
        if let Some((_, list)) = lists.into_iter().find(|(word, _)| self.at_word(word)) {
            self.advance()?;
            return match list {
                Listing::Indexes(_) if !self.at_end() => self.list_indexes(),
                list => Ok(Relational::List(list)),
            };
        }
        if self.take_word("SCHEMA")? {
            let name = self.object_name("a dataset")?;
            return Ok(Relational::List(Listing::Schema(name)));
        }
        if !self.take_word("DATASET")? {
            return Err(self.unexpected_keyword(expected, LISTS));
        }
        if self.take_word("PACKAGES")? {
            return Ok(Relational::List(Listing::Packages));
        }
        if self.take_word("VERSIONS")? {
            return self.object_name("a dataset").map(|name| Relational::List(Listing::Versions(name)));
        }
        if self.take_word("METADATA")? {
            return self.object_name("a dataset").map(|name| Relational::List(Listing::Metadata(name)));
        }
        let words = ["METADATA", "VERSIONS", "PACKAGES"];
        Err(self.unexpected_keyword("`METADATA`, `VERSIONS` or `PACKAGES`", &words))
    }

    /// `SHOW INDEXES [ON|FROM] t`.
    fn list_indexes(&mut self) -> Parsed<Relational> {
        if !self.take_word("FROM")? {
            self.take_word_before("ON", |next| next.is_name())?;
        }
        self.object_name("a dataset").map(|name| Relational::List(Listing::Indexes(Some(name))))
    }

    /// `DESCRIBE [DATASET|TABLE] t`, `DESCRIBE PIPELINE p`, `DESCRIBE query`.
    pub(super) fn describe_statement(&mut self) -> Parsed<Relational> {
        let next = self.peek();
        let queries = ["SELECT", "WITH", "VALUES", "FROM", "PIVOT", "UNPIVOT"];
        if next.is(Symbol::LParen) || queries.into_iter().any(|word| self.is_word(next, word)) {
            return self.query_statement();
        }
        self.advance()?;
        if self.take_word_before("PIPELINE", |next| next.is_name())? {
            return self.ident("a pipeline").map(|name| Relational::List(Listing::Pipeline(name)));
        }
        if !self.take_word_before("DATASET", |next| next.is_name())? {
            self.take_word_before("TABLE", |next| next.is_name())?;
        }
        self.object_name("a dataset").map(|name| Relational::List(Listing::Schema(name)))
    }
}
