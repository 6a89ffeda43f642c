//! The parser's place in the text, and the small steps that all rules are made of.

use super::MAX_DEPTH;
use crate::ast::{ExprId, ExprKind, Ident, Node};
use crate::lexer::{self, Lexer};
use crate::token::{Symbol, Token, TokenKind};
use std::cell::Cell;

use crate::{Code, Dialect, Form, Forms, Span, SyntaxError, keywords};

/// What a rule yields.
pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// Stack that must be left before a nested rule runs; more than the frames between two checks need.
const RED_ZONE: usize = 128 * 1024;
/// Size of each further piece of stack.
const STACK_PIECE: usize = 2 * 1024 * 1024;

/// The state of the parser.
pub(super) struct Parser<'a> {
    pub(super) source: &'a str,
    pub(super) forms: &'a dyn Forms,
    pub(super) nodes: Vec<Node>,
    /// The token that is looked at.
    pub(super) token: Token,
    /// The token before it; its span is empty at the start.
    pub(super) previous: Token,
    /// Whether a bracket list is the innermost bracket, where `inf` and `nan` are numbers.
    pub(super) in_list: bool,
    /// How many CASE are not at their END yet.
    pub(super) open_cases: usize,
    /// Forms whose operands are being read, so that their keywords end an operand.
    pub(super) open_forms: Vec<&'a Form>,
    /// Starts of brackets that are known to hold something besides numbers, innermost first.
    pub(super) mixed_lists: Vec<usize>,
    /// Stands behind the token that is looked at.
    pub(super) lexer: Lexer<'a>,
    /// The token behind that, when it was peeked at, and the lexer behind it.
    peeked: Cell<Option<(Token, Lexer<'a>)>>,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(source: &'a str, span: Span, forms: &'a dyn Forms, dialect: Dialect) -> Parsed<Self> {
        let mut lexer = Lexer::new(source, span).with_dialect(dialect);
        let token = lexer.next_token()?;
        let previous = Token { span: Span::at(token.span.start), ..token };
        Ok(Self {
            source,
            forms,
            nodes: Vec::new(),
            token,
            previous,
            in_list: false,
            open_cases: 0,
            open_forms: Vec::new(),
            mixed_lists: Vec::new(),
            lexer,
            peeked: Cell::new(None),
            depth: 0,
        })
    }

    /// Goes on to the next token; yields the one that was looked at.
    pub(super) fn advance(&mut self) -> Parsed<Token> {
        self.previous = self.token;
        match self.peeked.take() {
            Some((token, lexer)) => (self.token, self.lexer) = (token, lexer),
            None => self.token = self.lexer.next_token()?,
        }
        Ok(self.previous)
    }

    /// Goes on reading after `end`, which was scanned by other means.
    pub(super) fn resume_at(&mut self, last: Token) -> Parsed<()> {
        self.go_on(last, last.span.end)
    }

    /// Goes on reading at an offset, with `last` as the token before.
    pub(super) fn go_on(&mut self, last: Token, offset: usize) -> Parsed<()> {
        self.previous = last;
        self.peeked.set(None);
        self.lexer.seek(offset);
        self.token = self.lexer.next_token()?;
        Ok(())
    }

    /// A lexer that reads the token that is looked at once more.
    pub(super) fn again(&self) -> Lexer<'a> {
        let mut lexer = self.lexer;
        lexer.seek(self.token.span.start);
        lexer
    }

    /// The token after the one that is looked at; the end of the text when it cannot be read.
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
            // Going on to it reports what is wrong with it.
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

    /// Takes the sign or says what was expected there.
    pub(super) fn expect(&mut self, symbol: Symbol, expected: &str) -> Parsed<Token> {
        match self.at(symbol) {
            true => self.advance(),
            false => Err(self.unexpected(expected)),
        }
    }

    /// Takes the `=` between a new name and its value.
    pub(super) fn equals(&mut self, statement: &str, name: &Ident) -> Parsed<()> {
        match self.take(Symbol::Eq)? {
            true => Ok(()),
            false => Err(self.unexpected(&format!("`=` after `{statement} {}`", name.name))),
        }
    }

    /// Takes the keyword or says that it was expected.
    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<Token> {
        match self.at_word(word) {
            true => self.advance(),
            false => Err(self.unexpected(&format!("`{word}`"))),
        }
    }

    /// Takes a name that is no reserved word.
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

    /// Appends a node; its children are there already.
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

    /// Runs a rule one level deeper, on more stack when little is left.
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

/// The error for text nested beyond the limit.
pub(super) fn too_deep(span: Span) -> SyntaxError {
    SyntaxError::new(
        Code::NestingTooDeep,
        span,
        format!("the expression nests deeper than {MAX_DEPTH} levels"),
    )
    .with_help("compute parts of it in LET statements of their own")
}
