//! Statements: the opening keyword selects the rule.

use super::cursor::{Parsed, Parser};
use super::foreign;
use crate::ast::{Expr, Statement};
use crate::token::{Symbol, TokenKind};
use crate::{CallPatterns, Code, Dialect, Span, SyntaxError, keywords};
use linal_error::suggest;

/// Parses the statement under `span` of `source`; all spans of the tree count from the start of `source`.
///
/// # Errors
///
/// What was expected, what was found, and where; text after the statement is an error, too.
pub fn parse_statement(
    source: &str,
    span: Span,
    patterns: &dyn CallPatterns,
) -> Result<Statement, SyntaxError> {
    parse_statement_in(source, span, patterns, Dialect::Linal)
}

/// [`parse_statement`] in a dialect.
///
/// # Errors
///
/// As [`parse_statement`].
pub fn parse_statement_in(
    source: &str,
    span: Span,
    patterns: &dyn CallPatterns,
    dialect: Dialect,
) -> Result<Statement, SyntaxError> {
    Parser::new(source, span, patterns, dialect)?.whole_statement(span)
}

/// Parses the expression under `span` of `source`, such as the text of a setting or of a test.
///
/// # Errors
///
/// As [`parse_statement`].
pub fn parse_expression(source: &str, span: Span, patterns: &dyn CallPatterns) -> Result<Expr, SyntaxError> {
    let mut parser = Parser::new(source, span, patterns, Dialect::Linal)?;
    let value = parser.value()?;
    parser.end(value)
}

type Rule<P> = fn(&mut P, Span) -> Parsed<Statement>;

impl Parser<'_> {
    /// The rules by opening keyword, the most frequent first.
    const RULES: [(&'static str, Rule<Self>); 31] = [
        ("LET", |parser, _| parser.let_statement()),
        ("SHOW", |parser, _| parser.show_statement()),
        ("VECTOR", |parser, _| parser.vector_statement()),
        ("MATRIX", |parser, _| parser.matrix_statement()),
        ("LAZY", |parser, _| parser.let_statement()),
        ("DEFINE", |parser, _| parser.define_statement()),
        ("BIND", |parser, _| parser.bind_statement()),
        ("DERIVE", |parser, _| parser.derive_statement()),
        ("SET", |parser, _| parser.set_statement()),
        ("EXPLAIN", Self::explain_statement),
        ("DROP", |parser, _| parser.drop_statement()),
        ("RESET", |parser, _| parser.reset_statement()),
        ("HELP", |parser, _| parser.help_statement()),
        ("CREATE", |parser, _| parser.create_statement()),
        ("USE", |parser, _| parser.use_statement()),
        ("ALTER", |parser, _| parser.alter_top()),
        ("SUBMIT", |parser, _| parser.submit_statement()),
        ("CANCEL", |parser, _| parser.cancel_statement()),
        ("EXPORT", |parser, _| parser.export_statement()),
        ("BACKUP", |parser, _| parser.backup_statement()),
        ("CHECKPOINT", |parser, _| parser.checkpoint_statement()),
        ("PREPARE", |parser, span| parser.prepare_statement(span)),
        ("EXECUTE", |parser, _| parser.execute_statement()),
        ("DEALLOCATE", |parser, _| parser.deallocate_statement()),
        ("KILL", |parser, _| parser.kill_statement()),
        ("BEGIN", |parser, _| parser.begin_statement()),
        ("COMMIT", |parser, _| parser.commit_statement()),
        ("ROLLBACK", |parser, _| parser.rollback_statement()),
        // As in PostgreSQL.
        ("START", |parser, _| parser.start_statement()),
        ("END", |parser, _| parser.commit_statement()),
        ("ABORT", |parser, _| parser.rollback_statement()),
    ];

    /// A statement and nothing after it.
    pub(super) fn whole_statement(&mut self, span: Span) -> Parsed<Statement> {
        let statement = self.statement(span)?;
        self.end(statement)
    }

    pub(super) fn statement(&mut self, span: Span) -> Parsed<Statement> {
        if self.token.kind == TokenKind::Word {
            let opening = self.text(self.token);
            if let Some((_, rule)) =
                Self::RULES.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(opening))
            {
                return rule(self, span);
            }
        }
        if let Some(statement) = self.relational()? {
            return Ok(statement);
        }
        if let Some(error) = self.unsupported_statement() {
            return Err(error);
        }
        Err(self.unknown_statement(span))
    }

    /// Parses an expression into an arena of its own.
    pub(super) fn value(&mut self) -> Parsed<Expr> {
        self.expression()?;
        Ok(Expr::from_parser(std::mem::take(&mut self.nodes)))
    }

    fn end<T>(&self, value: T) -> Parsed<T> {
        if self.at_end() { Ok(value) } else { Err(self.trailing()) }
    }

    fn unknown_statement(&self, span: Span) -> SyntaxError {
        let mut error = self.unexpected_as(Code::UnknownStatement, "a statement");
        if error.is(Code::UnknownStatement) && error.help.is_none() && !self.at_end() {
            error.help = Some(self.opening_help(span));
        }
        error
    }

    fn opening_help(&self, span: Span) -> String {
        let opening = self.text(self.token);
        if self.token.kind != TokenKind::Word {
            return "statements begin with a word, such as `LET x = ...` or `SHOW ...`".to_owned();
        }
        if let Some(help) = foreign::help(opening) {
            return help.to_owned();
        }
        if self.peek().is(Symbol::Eq) {
            return format!("write `LET {opening} = ...` to define a name");
        }
        // DIFF is a function, too, and opens a statement before DATASET only.
        let others = keywords::statement_keywords().filter(|word| !word.eq_ignore_ascii_case(opening));
        if let Some(help) = suggest::did_you_mean(opening, others) {
            return help;
        }
        match self.patterns.pattern(opening) {
            Some(pattern) => {
                format!("write `LET x = {pattern}` to keep the result or `SHOW {pattern}` to see it")
            }
            None if span.end == self.token.span.end => {
                format!("write `SHOW {opening}` to see a value")
            }
            None => "statements begin with a word such as LET, SHOW or SELECT; HELP lists them".to_owned(),
        }
    }
}
