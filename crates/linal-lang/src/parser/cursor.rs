//! The parser's position in the text, and the primitives that all rules use.

use super::MAX_DEPTH;
use crate::ast::{ExprId, ExprKind, Ident, Node};
use crate::lexer::{self, Lexer};
use crate::token::{Symbol, Token, TokenKind};
use std::cell::Cell;

use crate::{CallPattern, CallPatterns, Code, Dialect, Span, SyntaxError, keywords};

/// The result of a rule.
pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// Stack that must remain before a nested rule runs: more than the frames between two checks need.
const RED_ZONE: usize = 128 * 1024;
/// Size of each further stack segment.
const STACK_PIECE: usize = 2 * 1024 * 1024;

/// Tokens between two looks at whether the parser is to give up: less than a millisecond.
const LOOK: u32 = 4096;

/// The state of the parser.
pub(super) struct Parser<'a> {
    pub(super) source: &'a str,
    pub(super) patterns: &'a dyn CallPatterns,
    pub(super) nodes: Vec<Node>,
    /// The current token.
    pub(super) token: Token,
    /// The previous token; its span is empty at the start.
    pub(super) previous: Token,
    /// Whether the innermost bracket is a list, where `inf` and `nan` are numbers.
    pub(super) in_list: bool,
    /// Number of CASE expressions without their END yet.
    pub(super) open_cases: usize,
    /// Patterns whose operands are being parsed, so that their keywords end an operand.
    pub(super) open_patterns: Vec<&'a CallPattern>,
    /// Starts of lists that are known to contain something besides numbers, innermost first.
    pub(super) mixed_lists: Vec<usize>,
    /// The lexer after the current token.
    pub(super) lexer: Lexer<'a>,
    /// The token after the current one, once peeked, and the lexer after it.
    peeked: Cell<Option<(Token, Lexer<'a>)>>,
    depth: usize,
    /// Tokens that were passed.
    passed: u32,
    /// Number of DO brackets around the statement.
    pub(super) bodies: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(
        source: &'a str,
        span: Span,
        patterns: &'a dyn CallPatterns,
        dialect: Dialect,
    ) -> Parsed<Self> {
        let mut lexer = Lexer::new(source, span).with_dialect(dialect);
        let token = lexer.next_token()?;
        let previous = Token { span: Span::at(token.span.start), ..token };
        Ok(Self {
            source,
            patterns,
            nodes: Vec::new(),
            token,
            previous,
            in_list: false,
            open_cases: 0,
            open_patterns: Vec::new(),
            mixed_lists: Vec::new(),
            lexer,
            peeked: Cell::new(None),
            depth: 0,
            passed: 0,
            bodies: 0,
        })
    }

    /// Advances to the next token; returns the one it leaves.
    pub(super) fn advance(&mut self) -> Parsed<Token> {
        self.passed = self.passed.wrapping_add(1);
        if self.passed.is_multiple_of(LOOK) && self.patterns.is_interrupted() {
            return Err(SyntaxError::new(Code::Cancelled, self.token.span, "the parser was stopped"));
        }
        self.previous = self.token;
        match self.peeked.take() {
            Some((token, lexer)) => (self.token, self.lexer) = (token, lexer),
            None => self.token = self.lexer.next_token()?,
        }
        Ok(self.previous)
    }

    /// Resumes after a token that was scanned with another lexer.
    pub(super) fn resume_after(&mut self, last: Token) -> Parsed<()> {
        self.resume_at(last, last.span.end)
    }

    /// Resumes at an offset, with `last` as the previous token.
    pub(super) fn resume_at(&mut self, last: Token, offset: usize) -> Parsed<()> {
        self.previous = last;
        self.peeked.set(None);
        self.lexer.seek(offset);
        self.token = self.lexer.next_token()?;
        Ok(())
    }

    /// A lexer that scans the current token again.
    pub(super) fn lexer_at_token(&self) -> Lexer<'a> {
        let mut lexer = self.lexer;
        lexer.seek(self.token.span.start);
        lexer
    }

    /// The token after the current one; the end token when it is invalid.
    pub(super) fn peek(&self) -> Token {
        if let Some((token, _)) = self.peeked.get() {
            return token;
        }
        let mut ahead = self.lexer;
        match ahead.next_token() {
            Ok(token) => {
                self.peeked.set(Some((token, ahead)));
                token
            }
            // Advancing to it reports its error.
            Err(_) => Token { kind: TokenKind::End, span: Span::at(ahead.offset()), blank_before: true },
        }
    }

    pub(super) fn text(&self, token: Token) -> &'a str {
        token.span.text(self.source)
    }

    pub(super) fn at(&self, symbol: Symbol) -> bool {
        self.token.is(symbol)
    }

    pub(super) fn is_word(&self, token: Token, word: &str) -> bool {
        token.kind == TokenKind::Word && self.text(token).eq_ignore_ascii_case(word)
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        self.is_word(self.token, word)
    }

    pub(super) fn at_end(&self) -> bool {
        self.token.kind == TokenKind::End
    }

    pub(super) fn take(&mut self, symbol: Symbol) -> Parsed<bool> {
        let found = self.at(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub(super) fn take_word(&mut self, word: &str) -> Parsed<bool> {
        let found = self.at_word(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Consumes the symbol, or fails with what was expected.
    pub(super) fn expect(&mut self, symbol: Symbol, expected: &str) -> Parsed<Token> {
        if self.at(symbol) { self.advance() } else { Err(self.unexpected(expected)) }
    }

    /// Consumes the `=` between a new name and its value.
    pub(super) fn expect_equals(&mut self, statement: &str, name: &Ident) -> Parsed<()> {
        if self.take(Symbol::Eq)? {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`=` after `{statement} {}`", name.name)))
        }
    }

    /// Consumes the keyword, or fails with it as what was expected.
    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<Token> {
        if self.at_word(word) { self.advance() } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    /// Consumes a name that is no reserved word.
    pub(super) fn ident(&mut self, expected: &str) -> Parsed<Ident> {
        match self.token.kind {
            TokenKind::Word if keywords::is_reserved(self.text(self.token)) => Err(self.reserved(expected)),
            TokenKind::Word | TokenKind::QuotedName => {
                let token = self.advance()?;
                Ok(Ident { name: lexer::name(self.source, token), span: token.span })
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    /// Pushes a node; its children were pushed before.
    pub(super) fn push(&mut self, kind: ExprKind, span: Span) -> Parsed<ExprId> {
        let id = ExprId::try_from(self.nodes.len()).map_err(|_| {
            SyntaxError::new(Code::TooLarge, span, "the expression has more parts than 32 bits can number")
        })?;
        self.nodes.push(Node { kind, span });
        Ok(id)
    }

    pub(super) fn span_of(&self, id: ExprId) -> Span {
        self.nodes[id as usize].span
    }

    /// Runs a rule one level deeper, on a new stack segment when little stack is left.
    pub(super) fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(too_deep(self.token.span));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(RED_ZONE, STACK_PIECE, || rule(self));
        self.depth -= 1;
        result
    }
}

/// The error for text nested too deeply.
pub(super) fn too_deep(span: Span) -> SyntaxError {
    SyntaxError::new(
        Code::NestingTooDeep,
        span,
        format!("the expression nests deeper than {MAX_DEPTH} levels"),
    )
    .with_help("compute parts of it in separate LET statements")
}
