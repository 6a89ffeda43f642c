//! Our tokens to sqlparser's, one after another.

use super::state::{Ahead, Bracket, Seen, State};
use super::words::{self, Rule};
use super::{numbers, sql_span};
use crate::lexer::{self, Lexer};
use crate::place::Place;
use crate::token::{Symbol, Token, TokenKind};
use crate::{Span, SyntaxError, SyntaxErrorKind};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer as sql;

/// How deep the tree of a query may be. Its parts are walked and dropped by recursion, here and in the engine.
const MAX_TREE: usize = 2_000;

/// A piece of text as sqlparser's tokens.
#[derive(Debug, Default, Clone)]
pub(crate) struct Converted {
    /// The tokens; each has its place.
    pub tokens: Vec<sql::TokenWithSpan>,
    /// The strings that stand where a table may, which sqlparser would lose the places of.
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

/// Reads a text up to its end or to a word that stops it.
pub(crate) struct Converter<'a> {
    pub(super) source: &'a str,
    pub(super) lexer: Lexer<'a>,
    pub(super) state: State,
    pub(super) out: Converted,
    /// Words that end the text where a clause may begin.
    stops: &'a [&'a str],
    /// Whether a comma outside brackets ends the text.
    single: bool,
    /// The token before.
    previous: Span,
    /// Starts of lists that are known to hold something besides numbers, innermost first.
    pub(super) mixed: Vec<usize>,
    /// Reads the prefix form that begins at a place, for ROWS.
    prefix_form: Option<&'a PrefixForm<'a>>,
}

/// What reads a prefix form at a place: the form as a call, and where it ends; `None` for what is none.
pub(crate) type PrefixForm<'a> = dyn Fn(usize) -> Option<(String, usize)> + 'a;

impl<'a> Converter<'a> {
    pub(crate) fn new(source: &'a str, lexer: Lexer<'a>, stops: &'a [&'a str], single: bool) -> Self {
        let previous = Span::at(lexer.offset());
        Self {
            source,
            lexer,
            state: State::new(),
            out: Converted::default(),
            stops,
            single,
            previous,
            mixed: Vec::new(),
            prefix_form: None,
        }
    }

    /// The same with a reader of prefix forms.
    pub(crate) fn with_prefix_forms(mut self, reader: &'a PrefixForm<'a>) -> Self {
        self.prefix_form = Some(reader);
        self
    }

    /// The same as if a FROM stood before the text.
    pub(crate) fn behind_from(mut self) -> Self {
        self.emit(word("FROM"), Span::at(self.lexer.offset()), Seen::Keyword("FROM"), true);
        self
    }

    /// Converts to the end or to a stop; yields the tokens and the place of what was not read.
    ///
    /// # Errors
    ///
    /// What is no token, a number out of range, a tree that would be too deep.
    pub(crate) fn run(mut self) -> Result<(Converted, usize), SyntaxError> {
        loop {
            let mut ahead = self.lexer;
            let token = ahead.next_token()?;
            if token.kind == TokenKind::End || self.stops_at(token) {
                self.refuse_depth(token.span)?;
                return Ok((self.out, token.span.start));
            }
            self.lexer = ahead;
            self.token(token)?;
            self.previous = token.span;
        }
    }

    fn stops_at(&self, token: Token) -> bool {
        if !self.state.at_top() {
            return false;
        }
        match token.kind {
            TokenKind::Word if !self.state.expects => {
                let word = token.span.text(self.source);
                self.stops.iter().any(|stop| stop.eq_ignore_ascii_case(word))
            }
            TokenKind::Symbol(Symbol::Comma) => self.single,
            TokenKind::Symbol(Symbol::RParen) => self.single && self.state.is_closed(),
            _ => false,
        }
    }

    fn refuse_depth(&mut self, span: Span) -> Result<(), SyntaxError> {
        match self.state.depth() > MAX_TREE {
            true => Err(too_deep(span)),
            false => Ok(()),
        }
    }

    pub(super) fn token(&mut self, token: Token) -> Result<(), SyntaxError> {
        if self.state.brackets() > MAX_TREE {
            return Err(too_deep(token.span));
        }
        let text = token.span.text(self.source);
        match token.kind {
            TokenKind::Word => self.word(token, text),
            TokenKind::QuotedName => {
                let quote = text.chars().next();
                let value = lexer::unquote_doubled(text).into_owned();
                let word = sql::Word { value, quote_style: quote, keyword: Keyword::NoKeyword };
                self.emit(sql::Token::Word(word), token.span, Seen::Name, false);
                Ok(())
            }
            TokenKind::Str => {
                if self.is_table_position() {
                    self.out.paths.push(token.span);
                }
                let value = lexer::unquote_doubled(text).into_owned();
                self.emit(sql::Token::SingleQuotedString(value), token.span, Seen::Literal, false);
                Ok(())
            }
            TokenKind::Int | TokenKind::Hex | TokenKind::Float => {
                let negative = self.state.last == Seen::Sign(Symbol::Minus);
                let number = numbers::text(self.source, token, negative, self.lexer)?;
                self.emit(sql::Token::Number(number, false), token.span, Seen::Literal, false);
                Ok(())
            }
            TokenKind::Symbol(symbol) => self.sign(token, symbol),
            TokenKind::Bad(_) | TokenKind::End => Err(self.place(token).unexpected("more of the statement")),
        }
    }

    fn word(&mut self, token: Token, text: &str) -> Result<(), SyntaxError> {
        let number = ["inf", "nan"].iter().any(|word| text.eq_ignore_ascii_case(word));
        if number && self.state.bracket() == Bracket::List && self.state.expects {
            let value = text.to_ascii_lowercase();
            self.emit(sql::Token::Number(value, false), token.span, Seen::Literal, false);
            return Ok(());
        }
        if text.eq_ignore_ascii_case("materialized") && self.is_hint_of_cte() {
            return Ok(());
        }
        if self.state.last == Seen::Sign(Symbol::Dot) {
            self.emit(name(text), token.span, Seen::Name, false);
            return Ok(());
        }
        if let Some(after) = self.after_ordered_join(text) {
            self.lexer = after;
            self.emit(word("STRAIGHT_JOIN"), token.span, Seen::Keyword("JOIN"), true);
            return Ok(());
        }
        if text.eq_ignore_ascii_case("rows") && self.is_table_position() && self.rows_of_form(token)? {
            return Ok(());
        }
        let Some((canonical, rule)) = words::rule(text) else {
            return self.plain_name(token, text);
        };
        let ahead = self.ahead(rule);
        // `FILTER` stands wherever WHERE may, but behind an aggregate it is the aggregate's own clause.
        if canonical == "FILTER" && !self.state.expects && !self.is_aggregate_filter(ahead) {
            self.emit(sql::Token::make_word("WHERE", None), token.span, Seen::Keyword("WHERE"), true);
            return Ok(());
        }
        let is_frame = matches!(canonical, "ROWS" | "RANGE" | "GROUPS") && self.begins_offset();
        if !is_frame && !self.state.is_keyword(canonical, rule, ahead) {
            return self.plain_name(token, text);
        }
        if words::begins_nothing(canonical) && !self.state.allows(canonical) {
            return Err(self.place(token).unexpected(self.expected()));
        }
        // INTERVAL and TIME begin a literal, or are the type of a cast.
        let is_type = matches!(canonical, "INTERVAL" | "TIME") && self.state.names_type();
        let expects = is_frame || !is_type && !words::completes(canonical);
        self.emit(sql::Token::make_word(text, None), token.span, Seen::Keyword(canonical), expects);
        Ok(())
    }

    /// Whether the offset of a frame follows, such as `(n + 1) PRECEDING`: where a window may have a frame, and up to a word that ends
    /// one.
    fn begins_offset(&self) -> bool {
        let opens_window = self.state.last == Seen::Sign(Symbol::LParen)
            && matches!(self.state.before, Seen::Keyword("OVER" | "AS"));
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
    fn rows_of_form(&mut self, name: Token) -> Result<bool, SyntaxError> {
        let mut lexer = self.lexer;
        let Ok(open) = lexer.next_token() else { return Ok(false) };
        let Some(reader) = self.prefix_form.filter(|_| open.kind == TokenKind::Symbol(Symbol::LParen)) else {
            return Ok(false);
        };
        let Some((call, end)) = reader(open.span.end) else { return Ok(false) };
        let place = Span::new(open.span.end, end);
        let (mut inner, _) =
            Converter::new(&call, Lexer::new(&call, Span::new(0, call.len())), &[], false).run()?;
        for token in &mut inner.tokens {
            token.span = sql_span(place);
        }
        self.emit(self::name(name.span.text(self.source)), name.span, Seen::Name, false);
        self.emit(sql::Token::LParen, open.span, Seen::Sign(Symbol::LParen), true);
        self.state.open(Bracket::Paren);
        self.out.append(inner);
        self.state.see(Seen::Name, false);
        self.lexer.seek(end);
        Ok(true)
    }

    /// What follows `ASOF JOIN`, `ASOF LEFT JOIN` or `POSITIONAL JOIN`, which the grammar has a node of another name for.
    fn after_ordered_join(&self, text: &str) -> Option<Lexer<'a>> {
        let opens = ["ASOF", "POSITIONAL"].iter().any(|word| text.eq_ignore_ascii_case(word));
        if !opens || self.state.expects {
            return None;
        }
        let mut lexer = self.lexer;
        loop {
            let token = lexer.next_token().ok().filter(|token| token.kind == TokenKind::Word)?;
            let word = token.span.text(self.source).to_ascii_uppercase();
            match word.as_str() {
                "JOIN" => return Some(lexer),
                "INNER" | "LEFT" | "RIGHT" | "FULL" | "OUTER" => {}
                _ => return None,
            }
        }
    }

    /// Whether MATERIALIZED or NOT MATERIALIZED stands between AS and a query: every CTE is computed as is best, so
    /// that nothing is left of it.
    fn is_hint_of_cte(&mut self) -> bool {
        let mut lexer = self.lexer;
        let is_query = lexer.next_token().is_ok_and(|next| next.kind == TokenKind::Symbol(Symbol::LParen));
        match self.state.last {
            Seen::Keyword("AS") => is_query,
            Seen::Keyword("NOT") if is_query && self.is_behind(&["AS", "NOT"]) => {
                self.out.tokens.pop();
                self.state.see(Seen::Keyword("AS"), true);
                true
            }
            _ => false,
        }
    }

    /// Whether the tokens so far end with these words.
    fn is_behind(&self, words: &[&str]) -> bool {
        let last = self.out.tokens.iter().rev().zip(words.iter().rev());
        self.out.tokens.len() >= words.len()
            && last.into_iter().all(|(token, word)| {
                matches!(&token.token, sql::Token::Word(found) if found.value.eq_ignore_ascii_case(word))
            })
    }

    /// What stands where an operand is expected.
    fn expected(&self) -> &'static str {
        match self.state.last {
            Seen::Keyword("AS") => "a name after AS",
            Seen::Keyword("OVER" | "WINDOW") => "a window",
            _ if self.is_table_position() => "a table",
            _ => "an expression",
        }
    }

    fn plain_name(&mut self, token: Token, text: &str) -> Result<(), SyntaxError> {
        if text.eq_ignore_ascii_case("dual") && self.is_lone_dual() {
            self.out.tokens.pop();
            (self.state.last, self.state.expects) = (Seen::Name, false);
            return Ok(());
        }
        self.emit(name(text), token.span, Seen::Name, false);
        Ok(())
    }

    /// `FROM dual` with nothing joined to it is as good as no FROM.
    fn is_lone_dual(&self) -> bool {
        let mut lexer = self.lexer;
        let Ok(next) = lexer.next_token() else {
            return false;
        };
        let ends = match next.kind {
            TokenKind::End => true,
            TokenKind::Symbol(Symbol::RParen) => true,
            TokenKind::Word => words::begins_nothing(&next.span.text(self.source).to_ascii_uppercase()),
            _ => false,
        };
        let word = next.span.text(self.source);
        let joins = [
            "ANTI",
            "AS",
            "ASOF",
            "CROSS",
            "FULL",
            "INNER",
            "JOIN",
            "LEFT",
            "NATURAL",
            "POSITIONAL",
            "RIGHT",
            "SEMI",
        ];
        self.state.last == Seen::Keyword("FROM")
            && ends
            && !joins.iter().any(|join| join.eq_ignore_ascii_case(word))
    }

    fn is_aggregate_filter(&self, ahead: Ahead<'_>) -> bool {
        self.state.last == Seen::Sign(Symbol::RParen)
            && ahead.text == "("
            && ahead.second.eq_ignore_ascii_case("WHERE")
    }

    /// Whether a table is expected: a string is a path there.
    fn is_table_position(&self) -> bool {
        matches!(self.state.last, Seen::Keyword("FROM" | "JOIN"))
            && !matches!(self.state.before, Seen::Keyword("DISTINCT"))
            && self.state.bracket() != Bracket::Index
            && !self.in_call_with_from()
    }

    /// `EXTRACT(year FROM d)`, `TRIM(' ' FROM s)` and `SUBSTRING(s FROM 2)` have a FROM of another kind.
    fn in_call_with_from(&self) -> bool {
        self.state.last == Seen::Keyword("FROM") && !self.state.is_closed() && !self.has_select_inside()
    }

    /// Whether a SELECT stands in the innermost open bracket.
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

    /// What follows the current word; only rules that ask for it pay for the look.
    fn ahead(&self, rule: Rule) -> Ahead<'a> {
        let nothing = Ahead { text: "", is_word: false, is_string: false, is_number: false, second: "" };
        if matches!(rule, Rule::Always | Rule::Clause | Rule::After(_) | Rule::Unit | Rule::Case) {
            return nothing;
        }
        let mut lexer = self.lexer;
        let Ok(next) = lexer.next_token() else {
            return nothing;
        };
        let second = lexer.next_token().map_or("", |token| token.span.text(self.source));
        Ahead {
            text: next.span.text(self.source),
            is_word: next.is_name(),
            is_string: next.kind == TokenKind::Str,
            is_number: next.is_number(),
            second,
        }
    }

    pub(super) fn emit(&mut self, token: sql::Token, span: Span, seen: Seen, expects: bool) {
        self.out.push(token, span);
        self.state.see(seen, expects);
    }

    pub(super) fn place(&self, token: Token) -> Place<'a> {
        Place { source: self.source, token, previous: self.previous, next: next_span(self.lexer) }
    }
}

fn next_span(mut lexer: Lexer<'_>) -> Span {
    lexer.next_token().map_or(Span::default(), |token| token.span)
}

/// A word that is a name.
fn name(text: &str) -> sql::Token {
    sql::Token::Word(sql::Word { value: text.to_owned(), quote_style: None, keyword: Keyword::NoKeyword })
}

/// A keyword that no text stands for.
pub(crate) fn word(keyword: &str) -> sql::Token {
    sql::Token::make_word(keyword, None)
}

pub(super) fn too_deep(span: Span) -> SyntaxError {
    SyntaxError::new(SyntaxErrorKind::NestingTooDeep, span, "the query nests too deep")
        .with_help("give parts of it names of their own with WITH or DATASET")
}
