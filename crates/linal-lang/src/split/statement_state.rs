//! The state that the splitter keeps of the current statement.

use crate::keywords;
use crate::token::{Symbol, Token, TokenKind};

/// The state that decides whether the statement may end here.
#[derive(Debug)]
pub(super) struct StatementState<'a> {
    opening: &'a str,
    tokens: usize,
    last: Token,
    /// The token before the last one.
    before: Token,
    required: &'static [&'static str],
    relational: bool,
    /// Whether a name is required in place of the last token, so that no word there is a keyword.
    name_required: bool,
    /// Whether the last two tokens are a complete clause.
    complete_clause: bool,
    /// Whether the statement keeps others in brackets.
    has_body: bool,
    /// Whether the last token is UPDATE.
    ends_with_update: bool,
}

impl<'a> StatementState<'a> {
    pub(super) fn new(text: &'a str, first: Token) -> Self {
        let opening = match first.kind {
            TokenKind::Word => first.span.text(text),
            _ => "",
        };
        let relational =
            keywords::may_open_relational(opening) || keywords::contains(&["FROM", "TABLE"], opening);
        Self {
            opening,
            tokens: 0,
            last: first,
            before: first,
            required: required_keywords(opening),
            relational,
            name_required: false,
            complete_clause: false,
            has_body: keywords::contains(&["SUBMIT"], opening),
            ends_with_update: false,
        }
    }

    /// Advances over the next token of the statement; `top` says whether it stands outside brackets.
    pub(super) fn advance(&mut self, text: &'a str, token: Token, top: bool) {
        if self.explains(text) && !is(text, token, "ANALYZE") && !is(text, token, "PLAN") {
            // The explained statement may end where it may on its own.
            *self = Self::new(text, token);
        }
        self.tokens += 1;
        self.see_schedule(text, token);
        self.complete_clause = is_complete_clause(text, self.last, token)
            || self.is_every_column(text, token)
            || self.relational && self.last.is_number() && token.is(Symbol::Percent)
            || self.is_size_of_sample(text, token);
        self.name_required = requires_name(text, self.last);
        self.before = std::mem::replace(&mut self.last, token);
        self.ends_with_update = is(text, token, "UPDATE");
        // The first token opens the statement and cannot be the required clause as well.
        if self.required.is_empty() || self.tokens == 1 {
            return;
        }
        let found = match token.kind {
            TokenKind::Word => top && keywords::contains(self.required, token.span.text(text)),
            TokenKind::Symbol(Symbol::Eq) => keywords::contains(&["INSERT"], self.opening),
            _ => false,
        };
        if found {
            self.required = &[];
        }
    }

    /// Whether a token is the `*` of `SELECT *` in a statement that reads from what it names before, and so may end there, or
    /// that of `RETURNING *`.
    fn is_every_column(&self, text: &str, token: Token) -> bool {
        let has_source = !keywords::contains(&["SELECT", "WITH"], self.opening) && self.relational;
        let opens_list = ["SELECT", "RETURNING"].into_iter().any(|word| is(text, self.last, word))
            || self.last.kind == TokenKind::Symbol(Symbol::Comma);
        has_source && opens_list && token.kind == TokenKind::Symbol(Symbol::Star)
    }

    /// Whether a token is the `%` of `TABLESAMPLE 10%` or `USING SAMPLE 10%`.
    fn is_size_of_sample(&self, text: &str, token: Token) -> bool {
        let is_sample = ["SAMPLE", "TABLESAMPLE"].into_iter().any(|word| is(text, self.before, word));
        is_sample && self.last.is_number() && token.kind == TokenKind::Symbol(Symbol::Percent)
    }

    /// `CREATE SCHEDULE` and `CREATE OR REPLACE SCHEDULE` keep statements; `ALTER SCHEDULE` requires no clause.
    fn see_schedule(&mut self, text: &str, token: Token) {
        if self.tokens == 2 && is(text, token, "DATABASE") && keywords::contains(&["ALTER"], self.opening) {
            self.required = &[];
        }
        if self.tokens > 4 || !is(text, token, "SCHEDULE") {
            return;
        }
        let is_object = self.tokens == 2 || self.tokens == 4 && is(text, self.last, "REPLACE");
        self.has_body |= is_object && keywords::contains(&["CREATE"], self.opening);
        if is_object && keywords::contains(&["ALTER"], self.opening) {
            self.required = &[];
        }
    }

    /// Whether a `;` within brackets separates statements that the statement keeps.
    pub(super) fn has_body(&self) -> bool {
        self.has_body
    }

    /// Whether the tokens so far are EXPLAIN and its options only.
    fn explains(&self, text: &str) -> bool {
        let is_option = ["EXPLAIN", "ANALYZE", "PLAN"].into_iter().any(|word| is(text, self.last, word));
        keywords::contains(&["EXPLAIN"], self.opening) && self.tokens > 0 && is_option
    }

    /// Whether a statement may end after the tokens so far.
    pub(super) fn may_end(&self, text: &str) -> bool {
        // The topic of HELP may be any word or symbol, also one that ends no other statement.
        if keywords::contains(&["HELP"], self.opening) {
            return true;
        }
        if self.complete_clause {
            return true;
        }
        if self.tokens == 1 && keywords::opens_statement(self.opening) {
            return keywords::is_statement(self.opening);
        }
        match self.last.kind {
            TokenKind::Word => {
                keywords::may_end(self.last.span.text(text), self.relational && !self.name_required)
            }
            TokenKind::Symbol(symbol) => matches!(
                symbol,
                Symbol::RParen | Symbol::RBracket | Symbol::RBrace | Symbol::Other | Symbol::Semicolon
            ),
            _ => true,
        }
    }

    /// Whether the statement breaks off within an expression: its last token is an operator that needs an
    /// operand, and no query can follow.
    pub(super) fn needs_operand(&self) -> bool {
        let expression = keywords::opens_tensor_statement(self.opening) && !self.relational;
        expression && matches!(self.last.kind, TokenKind::Symbol(_))
    }

    /// Whether the statement still requires this keyword, though the keyword could open another one.
    pub(super) fn requires(&self, word: &str) -> bool {
        keywords::contains(self.required, word) || self.sets_after_update(word)
    }

    /// `ON CONFLICT .. DO UPDATE` and `WHEN MATCHED THEN UPDATE` are followed by SET.
    fn sets_after_update(&self, word: &str) -> bool {
        self.tokens > 1 && self.ends_with_update && word.eq_ignore_ascii_case("SET")
    }
}

fn is(text: &str, token: Token, word: &str) -> bool {
    token.kind == TokenKind::Word && token.span.text(text).eq_ignore_ascii_case(word)
}

/// Whether two words are a complete clause that other words would continue: a step of a pipeline, the one row
/// of an INSERT.
fn is_complete_clause(text: &str, first: Token, second: Token) -> bool {
    let pairs = [("THEN", "DISTINCT"), ("DEFAULT", "VALUES")];
    pairs.into_iter().any(|(one, other)| is(text, first, one) && is(text, second, other))
}

/// Whether a name or a value must follow a token.
fn requires_name(text: &str, token: Token) -> bool {
    match token.kind {
        TokenKind::Word => keywords::requires_name(token.span.text(text)),
        TokenKind::Symbol(symbol) => {
            matches!(
                symbol,
                Symbol::Comma | Symbol::Dot | Symbol::Eq | Symbol::Plus | Symbol::Lt | Symbol::Gt
            )
        }
        _ => false,
    }
}

/// Keywords one of which a statement requires, though each opens statements of its own.
fn required_keywords(opening: &str) -> &'static [&'static str] {
    match opening.to_ascii_uppercase().as_str() {
        "ALTER" => &["ADD", "ALTER", "DROP", "RENAME"],
        "INSERT" => &["VALUES", "SELECT", "WITH"],
        "TRANSFORM" => &["SELECT"],
        "UPDATE" => &["SET"],
        "WITH" => &["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "PIVOT", "UNPIVOT", "SUMMARIZE"],
        _ => &[],
    }
}
