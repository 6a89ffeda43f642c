//! Converts our tokens to sqlparser's, one at a time.

use super::keywords::{self, Rule};
use super::state::{Bracket, Lookahead, PrevToken, State};
use super::{numbers, sql_span};
use crate::lexer::{self, Lexer};
use crate::token::{Symbol, Token, TokenKind};
use crate::unexpected_token::UnexpectedToken;
use crate::{Code, Span, SyntaxError};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer as sql;

/// Greatest depth of the tree of a query. Trees are walked and dropped recursively, here and in the engine.
const MAX_TREE_DEPTH: usize = 2_000;

/// A part of the text as sqlparser's tokens.
#[derive(Debug, Default, Clone)]
pub(crate) struct Converted {
    /// The tokens with their spans.
    pub tokens: Vec<sql::TokenWithSpan>,
    /// The spans of strings in table position, which sqlparser does not keep.
    pub paths: Vec<Span>,
}

impl Converted {
    pub(crate) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub(crate) fn push(&mut self, token: sql::Token, span: Span) {
        self.tokens.push(sql::TokenWithSpan { token, span: sql_span(span) });
    }

    pub(crate) fn append(&mut self, mut other: Converted) {
        self.tokens.append(&mut other.tokens);
        self.paths.append(&mut other.paths);
    }
}

/// Converts a text up to its end or to a terminator.
pub(crate) struct Converter<'a> {
    pub(super) source: &'a str,
    pub(super) lexer: Lexer<'a>,
    pub(super) state: State,
    pub(super) out: Converted,
    /// Keywords that end the text where a clause may begin.
    terminators: &'a [&'a str],
    /// Whether a comma outside brackets ends the text.
    pub(super) ends_at_comma: bool,
    /// The previous token.
    previous: Span,
    /// Starts of lists that are known to contain something besides numbers, innermost first.
    pub(super) mixed_lists: Vec<usize>,
    /// Parses the prefix form at an offset, for ROWS.
    prefix_form: Option<&'a PrefixForm<'a>>,
}

/// Parses a prefix form at an offset: returns it as a call, and its end; `None` when there is none.
pub(crate) type PrefixForm<'a> = dyn Fn(usize) -> Option<(String, usize)> + 'a;

impl<'a> Converter<'a> {
    pub(crate) fn new(
        source: &'a str,
        lexer: Lexer<'a>,
        terminators: &'a [&'a str],
        ends_at_comma: bool,
    ) -> Self {
        let previous = Span::at(lexer.offset());
        Self {
            source,
            lexer,
            state: State::new(),
            out: Converted::default(),
            terminators,
            ends_at_comma,
            previous,
            mixed_lists: Vec::new(),
            prefix_form: None,
        }
    }

    /// Sets the parser of prefix forms.
    pub(crate) fn with_prefix_forms(mut self, reader: &'a PrefixForm<'a>) -> Self {
        self.prefix_form = Some(reader);
        self
    }

    /// Begins as after a FROM.
    pub(crate) fn after_from(mut self) -> Self {
        self.emit(keyword("FROM"), Span::at(self.lexer.offset()), PrevToken::Keyword("FROM"), true);
        self
    }

    /// Begins as after a SELECT.
    pub(crate) fn after_select(mut self) -> Self {
        self.emit(keyword("SELECT"), Span::at(self.lexer.offset()), PrevToken::Keyword("SELECT"), true);
        self
    }

    /// Converts up to the end or a terminator; returns the tokens and the offset of the first token left.
    ///
    /// # Errors
    ///
    /// An invalid token, a number out of range, or a tree that would be too deep.
    pub(crate) fn run(mut self) -> Result<(Converted, usize), SyntaxError> {
        loop {
            let mut ahead = self.lexer;
            let token = ahead.next_token()?;
            if token.kind == TokenKind::End || self.is_terminator(token, ahead) {
                self.check_depth(token.span)?;
                return Ok((self.out, token.span.start));
            }
            self.lexer = ahead;
            self.token(token)?;
            self.previous = token.span;
        }
    }

    /// A terminator of two words is one where the second follows, such as `ON CONFLICT`.
    fn is_terminator(&self, token: Token, ahead: Lexer<'a>) -> bool {
        if !self.state.at_top() {
            return false;
        }
        match token.kind {
            TokenKind::Word if !self.state.expects => {
                let word = token.span.text(self.source);
                let follows = |second: &str| {
                    let mut ahead = ahead;
                    let next = ahead.next_token().map(|next| next.span.text(self.source));
                    next.is_ok_and(|next| next.eq_ignore_ascii_case(second))
                };
                self.terminators.iter().any(|terminator| match terminator.split_once(' ') {
                    Some((first, second)) => first.eq_ignore_ascii_case(word) && follows(second),
                    None => terminator.eq_ignore_ascii_case(word),
                })
            }
            TokenKind::Symbol(Symbol::Comma) => self.ends_at_comma,
            TokenKind::Symbol(Symbol::RParen) => self.ends_at_comma && self.state.is_closed(),
            _ => false,
        }
    }

    fn check_depth(&mut self, span: Span) -> Result<(), SyntaxError> {
        if self.state.depth() > MAX_TREE_DEPTH { Err(too_deep(span)) } else { Ok(()) }
    }

    pub(super) fn token(&mut self, token: Token) -> Result<(), SyntaxError> {
        if self.state.brackets() > MAX_TREE_DEPTH {
            return Err(too_deep(token.span));
        }
        let text = token.span.text(self.source);
        match token.kind {
            TokenKind::Word => self.word(token, text),
            TokenKind::QuotedName => {
                let quote = text.chars().next();
                let value = lexer::unquote_doubled(text).into_owned();
                let word = sql::Word { value, quote_style: quote, keyword: Keyword::NoKeyword };
                self.emit(sql::Token::Word(word), token.span, PrevToken::Name, false);
                Ok(())
            }
            TokenKind::Str => {
                if self.is_table_position() {
                    self.out.paths.push(token.span);
                }
                let value = lexer::unquote_doubled(text).into_owned();
                self.emit(sql::Token::SingleQuotedString(value), token.span, PrevToken::Literal, false);
                Ok(())
            }
            TokenKind::Int | TokenKind::Hex | TokenKind::Float => {
                let negative = self.state.last == PrevToken::Symbol(Symbol::Minus);
                let number = numbers::text(self.source, token, negative, self.lexer)?;
                self.emit(sql::Token::Number(number, false), token.span, PrevToken::Literal, false);
                Ok(())
            }
            TokenKind::Symbol(symbol) => self.symbol(token, symbol),
            TokenKind::Bad(_) | TokenKind::End => {
                Err(self.unexpected_token(token).error("more of the statement"))
            }
        }
    }

    fn word(&mut self, token: Token, text: &str) -> Result<(), SyntaxError> {
        let number = ["inf", "nan"].iter().any(|word| text.eq_ignore_ascii_case(word));
        if number && self.state.bracket() == Bracket::List && self.state.expects {
            let value = text.to_ascii_lowercase();
            self.emit(sql::Token::Number(value, false), token.span, PrevToken::Literal, false);
            return Ok(());
        }
        if self.nested_word(token, text)? {
            return Ok(());
        }
        if text.eq_ignore_ascii_case("materialized") && self.is_hint_of_cte() {
            return Ok(());
        }
        if self.state.last == PrevToken::Symbol(Symbol::Dot) {
            self.emit(name_token(text), token.span, PrevToken::Name, false);
            return Ok(());
        }
        if self.table_version(token, text)? || self.select_word(token, text)? {
            return Ok(());
        }
        if self.ordered_join(token, text) || self.table_clause(token, text)? {
            return Ok(());
        }
        if text.eq_ignore_ascii_case("rows") && self.is_table_position() && self.rows_of_prefix_form(token)? {
            return Ok(());
        }
        let Some((canonical, rule)) = keywords::rule(text) else {
            return self.plain_name(token, text);
        };
        let ahead = self.ahead(rule);
        if canonical == "FILTER" && self.filters_without_where(ahead) {
            return self.filter_of_aggregate(token);
        }
        // `FILTER` is a synonym of WHERE, but after an aggregate it is the clause of the aggregate.
        if canonical == "FILTER" && !self.state.expects && !self.is_aggregate_filter(ahead) {
            self.emit(sql::Token::make_word("WHERE", None), token.span, PrevToken::Keyword("WHERE"), true);
            return Ok(());
        }
        let is_frame = matches!(canonical, "ROWS" | "RANGE" | "GROUPS") && self.begins_offset();
        if !is_frame && !self.state.is_keyword(canonical, rule, ahead) {
            return self.plain_name(token, text);
        }
        if keywords::cannot_start_operand(canonical) && !self.state.allows(canonical) {
            return Err(self.unexpected_token(token).error(self.expected()));
        }
        // INTERVAL and TIME open a literal, or name the type of a cast.
        let is_type = matches!(canonical, "INTERVAL" | "TIME") && self.state.names_type();
        let expects = is_frame || !is_type && !keywords::ends_operand(canonical);
        self.emit(sql::Token::make_word(text, None), token.span, PrevToken::Keyword(canonical), expects);
        Ok(())
    }

    /// Whether the offset of a frame follows, such as `(n + 1) PRECEDING`: where a window may have a frame, and up to a word that ends
    /// one.
    fn begins_offset(&self) -> bool {
        let opens_window = self.state.last == PrevToken::Symbol(Symbol::LParen)
            && matches!(self.state.before, PrevToken::Keyword("OVER" | "AS"));
        if self.state.bracket() != Bracket::Paren || self.state.expects && !opens_window {
            return false;
        }
        let mut lexer = self.lexer;
        let mut depth = 0usize;
        let mut is_first = true;
        while let Ok(token) = lexer.next_token() {
            match token.kind {
                TokenKind::End | TokenKind::Bad(_) => return false,
                TokenKind::Symbol(Symbol::LParen | Symbol::LBracket) => depth += 1,
                TokenKind::Symbol(Symbol::RParen | Symbol::RBracket | Symbol::Comma) if depth == 0 => {
                    return false;
                }
                TokenKind::Symbol(Symbol::RParen | Symbol::RBracket) => depth -= 1,
                TokenKind::Word if depth == 0 => {
                    let word = token.span.text(self.source);
                    let is = |other: &str| word.eq_ignore_ascii_case(other);
                    if is_first && ["BETWEEN", "UNBOUNDED", "CURRENT"].into_iter().any(is) {
                        return false;
                    }
                    if is("PRECEDING") || is("FOLLOWING") {
                        return !is_first;
                    }
                }
                _ => {}
            }
            is_first = false;
        }
        false
    }

    /// `ROWS(ZEROS [3])`: the prefix form as the call that it is, `ROWS(ZEROS([3]))`. Queries have no other prefix forms.
    fn rows_of_prefix_form(&mut self, name: Token) -> Result<bool, SyntaxError> {
        let mut lexer = self.lexer;
        let Ok(open) = lexer.next_token() else { return Ok(false) };
        let Some(reader) = self.prefix_form.filter(|_| open.kind == TokenKind::Symbol(Symbol::LParen)) else {
            return Ok(false);
        };
        let Some((call, end)) = reader(open.span.end) else { return Ok(false) };
        let form_span = Span::new(open.span.end, end);
        let (mut inner, _) =
            Converter::new(&call, Lexer::new(&call, Span::new(0, call.len())), &[], false).run()?;
        for token in &mut inner.tokens {
            token.span = sql_span(form_span);
        }
        self.emit(name_token(name.span.text(self.source)), name.span, PrevToken::Name, false);
        self.emit(sql::Token::LParen, open.span, PrevToken::Symbol(Symbol::LParen), true);
        self.state.open(Bracket::Paren);
        self.out.append(inner);
        self.state.advance(PrevToken::Name, false);
        self.lexer.seek(end);
        Ok(true)
    }

    /// Whether MATERIALIZED or NOT MATERIALIZED stands between AS and a query. The hint is dropped: the
    /// planner decides how a CTE is computed.
    fn is_hint_of_cte(&mut self) -> bool {
        let mut lexer = self.lexer;
        let is_query = lexer.next_token().is_ok_and(|next| next.kind == TokenKind::Symbol(Symbol::LParen));
        match self.state.last {
            PrevToken::Keyword("AS") => is_query,
            PrevToken::Keyword("NOT") if is_query && self.ends_with_words(&["AS", "NOT"]) => {
                self.out.tokens.pop();
                self.state.advance(PrevToken::Keyword("AS"), true);
                true
            }
            _ => false,
        }
    }

    /// Whether the converted tokens end with these words.
    fn ends_with_words(&self, words: &[&str]) -> bool {
        let last = self.out.tokens.iter().rev().zip(words.iter().rev());
        self.out.tokens.len() >= words.len()
            && last.into_iter().all(|(token, word)| {
                matches!(&token.token, sql::Token::Word(found) if found.value.eq_ignore_ascii_case(word))
            })
    }

    /// What is expected in place of an operand.
    fn expected(&self) -> &'static str {
        match self.state.last {
            PrevToken::Keyword("AS") => "a name after AS",
            PrevToken::Keyword("OVER" | "WINDOW") => "a window",
            _ if self.is_table_position() => "a table",
            _ => "an expression",
        }
    }

    fn plain_name(&mut self, token: Token, text: &str) -> Result<(), SyntaxError> {
        self.emit(name_token(text), token.span, PrevToken::Name, false);
        Ok(())
    }

    fn is_aggregate_filter(&self, ahead: Lookahead<'_>) -> bool {
        self.state.last == PrevToken::Symbol(Symbol::RParen)
            && ahead.text == "("
            && ahead.second.eq_ignore_ascii_case("WHERE")
    }

    /// Whether `FILTER (e)` without a WHERE belongs to the aggregate before it: among the items, in HAVING, QUALIFY or ORDER BY.
    /// In the other clauses, and behind a FROM that begins the query, it is a synonym of WHERE.
    fn filters_without_where(&self, ahead: Lookahead<'_>) -> bool {
        self.state.last == PrevToken::Symbol(Symbol::RParen)
            && ahead.text == "("
            && !ahead.second.eq_ignore_ascii_case("WHERE")
            && self.is_among_aggregates()
    }

    /// Whether the innermost open clause may have aggregates.
    fn is_among_aggregates(&self) -> bool {
        let mut depth = 0usize;
        let mut clause = None;
        let mut tokens = self.out.tokens.iter().rev().peekable();
        while let Some(token) = tokens.next() {
            match &token.token {
                sql::Token::RParen | sql::Token::RBracket => depth += 1,
                sql::Token::LParen | sql::Token::LBracket if depth == 0 => break,
                sql::Token::LParen | sql::Token::LBracket => depth -= 1,
                sql::Token::Word(word) if depth == 0 => match word.keyword {
                    Keyword::HAVING | Keyword::QUALIFY | Keyword::ORDER => return true,
                    Keyword::WHERE | Keyword::GROUP => return false,
                    Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT => break,
                    Keyword::SELECT => clause = clause.or(Some(true)),
                    // That of `a IS DISTINCT FROM b`.
                    Keyword::FROM if tokens.peek().is_some_and(|before| is_distinct(before)) => {}
                    // Before a SELECT it begins the query, whose clauses come in any order.
                    Keyword::FROM => return false,
                    _ => {}
                },
                _ => {}
            }
        }
        clause.unwrap_or(false)
    }

    /// `FILTER (e)` of an aggregate as `FILTER (WHERE e)`.
    fn filter_of_aggregate(&mut self, token: Token) -> Result<(), SyntaxError> {
        self.emit(keyword("FILTER"), token.span, PrevToken::Keyword("FILTER"), true);
        let open = self.lexer.next_token()?;
        self.symbol(open, Symbol::LParen)?;
        self.emit(keyword("WHERE"), Span::at(open.span.end), PrevToken::Keyword("WHERE"), true);
        Ok(())
    }

    /// Whether a table is expected: a string is a path there.
    fn is_table_position(&self) -> bool {
        matches!(self.state.last, PrevToken::Keyword("FROM" | "JOIN"))
            && !matches!(self.state.before, PrevToken::Keyword("DISTINCT"))
            && self.state.bracket() != Bracket::Index
            && !self.in_call_with_from()
    }

    /// `EXTRACT(year FROM d)`, `TRIM(' ' FROM s)` and `SUBSTRING(s FROM 2)` have a FROM that names no table.
    fn in_call_with_from(&self) -> bool {
        let begins_query = self.state.before == PrevToken::Symbol(Symbol::LParen);
        self.state.last == PrevToken::Keyword("FROM")
            && !begins_query
            && !self.state.is_closed()
            && !self.has_select_inside()
    }

    /// Whether the innermost open parenthesis contains a SELECT.
    fn has_select_inside(&self) -> bool {
        let mut depth = 0usize;
        for token in self.out.tokens.iter().rev() {
            match &token.token {
                sql::Token::RParen => depth += 1,
                sql::Token::LParen if depth == 0 => return false,
                sql::Token::LParen => depth -= 1,
                sql::Token::Word(word) if depth == 0 && word.keyword == Keyword::SELECT => return true,
                _ => {}
            }
        }
        false
    }

    /// The lookahead of the current word; only rules that need it pay for it.
    fn ahead(&self, rule: Rule) -> Lookahead<'a> {
        let nothing = Lookahead { text: "", is_word: false, is_string: false, is_number: false, second: "" };
        // A clause may follow the comma that ends a list.
        let is_plain = rule == Rule::Clause && self.state.last != PrevToken::Symbol(Symbol::Comma);
        if is_plain || matches!(rule, Rule::Always | Rule::After(_) | Rule::Unit | Rule::Case) {
            return nothing;
        }
        let mut lexer = self.lexer;
        let Ok(next) = lexer.next_token() else {
            return nothing;
        };
        let second = lexer.next_token().map_or("", |token| token.span.text(self.source));
        Lookahead {
            text: next.span.text(self.source),
            is_word: next.is_name(),
            is_string: next.kind == TokenKind::Str,
            is_number: next.is_number(),
            second,
        }
    }

    pub(super) fn emit(&mut self, token: sql::Token, span: Span, role: PrevToken, expects: bool) {
        self.out.push(token, span);
        self.state.advance(role, expects);
    }

    pub(super) fn unexpected_token(&self, token: Token) -> UnexpectedToken<'a> {
        UnexpectedToken { source: self.source, token, previous: self.previous, next: next_span(self.lexer) }
    }
}

fn next_span(mut lexer: Lexer<'_>) -> Span {
    lexer.next_token().map_or(Span::default(), |token| token.span)
}

fn is_distinct(token: &sql::TokenWithSpan) -> bool {
    matches!(&token.token, sql::Token::Word(word) if word.keyword == Keyword::DISTINCT)
}

/// A word that is a name.
fn name_token(text: &str) -> sql::Token {
    sql::Token::Word(sql::Word { value: text.to_owned(), quote_style: None, keyword: Keyword::NoKeyword })
}

/// A keyword that does not stand in the text.
pub(crate) fn keyword(keyword: &str) -> sql::Token {
    sql::Token::make_word(keyword, None)
}

pub(super) fn too_deep(span: Span) -> SyntaxError {
    SyntaxError::new(Code::NestingTooDeep, span, "the query nests too deep")
        .with_help("name parts of it with WITH or DATASET")
}
