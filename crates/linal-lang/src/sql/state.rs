//! The state of the conversion: enough of the previous tokens to tell keywords from names, and a bound of the
//! depth of the tree before it is built.

use super::interval;
use super::keywords::{self, Rule};
use crate::token::Symbol;

/// The role of the previous token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PrevToken {
    /// Start of the text.
    Start,
    /// A keyword, in upper case.
    Keyword(&'static str),
    /// A name.
    Name,
    /// A number or a string.
    Literal,
    /// An operator or another symbol.
    Symbol(Symbol),
    /// The `*` that means all columns or a whole axis.
    Star,
}

/// The innermost open bracket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    /// None.
    Top,
    /// `(`.
    Paren,
    /// `(` of DISTINCT ON, behind which the items of the SELECT begin.
    Keys,
    /// `[` that begins a list.
    List,
    /// `[` after a value.
    Index,
    /// `{`.
    Brace,
}

/// An open bracket, and the depth so far of the tree within it.
#[derive(Debug, Clone, Copy)]
struct Frame {
    bracket: Bracket,
    cases: usize,
    chain: usize,
    inner: usize,
    deepest: usize,
    /// Set operations, whose tree is left-deep.
    joined: usize,
}

impl Frame {
    fn new(bracket: Bracket) -> Self {
        Self { bracket, cases: 0, chain: 0, inner: 0, deepest: 0, joined: 0 }
    }

    fn depth(&self) -> usize {
        self.deepest + self.joined + 1
    }

    /// Ends a clause or an item: the depth of the next one starts at zero.
    fn settle(&mut self) {
        self.deepest = self.deepest.max(self.chain + self.inner);
        (self.chain, self.inner) = (0, 0);
    }
}

/// The tokens after the current word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lookahead<'a> {
    /// The next token's text.
    pub text: &'a str,
    /// Whether the next token is a word.
    pub is_word: bool,
    /// Whether the next token is a string.
    pub is_string: bool,
    /// Whether the next token is a number.
    pub is_number: bool,
    /// The text of the token after that one.
    pub second: &'a str,
}

impl Lookahead<'_> {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn any(&self, words: &[&str]) -> bool {
        self.is_word && words.iter().any(|word| self.is(word))
    }
}

/// The state of the conversion.
#[derive(Debug)]
pub(super) struct State {
    /// Whether an operand is expected.
    pub expects: bool,
    /// The previous token.
    pub last: PrevToken,
    /// The token before that.
    pub before: PrevToken,
    frames: Vec<Frame>,
}

impl State {
    pub fn new() -> Self {
        Self {
            expects: true,
            last: PrevToken::Start,
            before: PrevToken::Start,
            frames: vec![Frame::new(Bracket::Top)],
        }
    }

    /// Advances over a token.
    pub fn advance(&mut self, token: PrevToken, expects: bool) {
        (self.before, self.last, self.expects) = (self.last, token, expects);
        match token {
            PrevToken::Keyword("CASE") => self.frame().cases += 1,
            PrevToken::Keyword("UNION" | "EXCEPT" | "INTERSECT") => self.frame().joined += 1,
            PrevToken::Keyword("END") => {
                let frame = self.frame();
                frame.cases = frame.cases.saturating_sub(1);
            }
            _ => {}
        }
        match token {
            PrevToken::Keyword(word) if keywords::separates(word) => self.frame().settle(),
            PrevToken::Symbol(Symbol::Comma) => self.frame().settle(),
            PrevToken::Keyword(word) if !keywords::ends_operand(word) => self.frame().chain += 1,
            PrevToken::Symbol(_) => self.frame().chain += 1,
            _ => {}
        }
    }

    pub fn open(&mut self, bracket: Bracket) {
        self.frames.push(Frame::new(bracket));
    }

    /// Closes the innermost bracket; returns whether there was one.
    pub fn close(&mut self) -> bool {
        if self.frames.len() < 2 {
            return false;
        }
        if let Some(mut frame) = self.frames.pop() {
            frame.settle();
            let outer = self.frame();
            outer.inner = outer.inner.max(frame.depth());
        }
        true
    }

    pub fn bracket(&self) -> Bracket {
        self.frames.last().map_or(Bracket::Top, |frame| frame.bracket)
    }

    /// Whether no bracket and no CASE is open.
    pub fn at_top(&self) -> bool {
        self.frames.len() == 1 && !self.in_case()
    }

    /// The number of open brackets.
    pub fn brackets(&self) -> usize {
        self.frames.len() - 1
    }

    /// Whether all brackets are closed.
    pub fn is_closed(&self) -> bool {
        self.frames.len() == 1
    }

    /// An upper bound of the depth of the tree.
    pub fn depth(&mut self) -> usize {
        for frame in &mut self.frames {
            frame.settle();
        }
        self.frames.iter().map(Frame::depth).sum()
    }

    fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(Bracket::Top));
        }
        let at = self.frames.len() - 1;
        &mut self.frames[at]
    }

    fn in_case(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.cases > 0)
    }

    fn after(&self, words: &[&str]) -> bool {
        matches!(self.last, PrevToken::Keyword(last) if words.contains(&last))
    }

    /// Whether a word is a keyword here.
    pub fn is_keyword(&self, word: &str, rule: Rule, ahead: Lookahead<'_>) -> bool {
        match rule {
            Rule::Never => false,
            Rule::Always => true,
            Rule::Clause => !self.expects || self.after_comma() && ends_list(word, ahead),
            Rule::Call => ahead.is("("),
            Rule::Before(words) => ahead.any(words),
            Rule::After(words) => self.after(words),
            Rule::Type => {
                ahead.is_string
                    || self.after(&["AS", "DOUBLE"])
                    || self.last == PrevToken::Symbol(Symbol::Colon)
                    || word == "TIMESTAMP" && is_time_zone(ahead)
            }
            Rule::Unit => !self.expects || self.opens_call_of("EXTRACT"),
            Rule::Case => self.in_case() && (!self.expects || word == "WHEN" && self.after(&["CASE"])),
            Rule::Special => self.special(word, ahead),
        }
    }

    /// Whether a keyword that begins no operand may stand here. Elsewhere sqlparser would take it for a name.
    pub fn allows(&self, word: &str) -> bool {
        let opens = self.last == PrevToken::Symbol(Symbol::LParen);
        !self.expects
            || match word {
                "VALUES" if self.after(&["FROM", "JOIN"]) => true,
                "SELECT" | "VALUES" | "WITH" => {
                    opens
                        || self.last == PrevToken::Start
                        || self.after(&["AS", "DISTINCT", "EXCEPT", "INTERSECT", "UNION"])
                }
                "IN" | "LIKE" | "ILIKE" | "BETWEEN" => self.after(&["NOT"]),
                "WHEN" => self.after(&["CASE"]),
                "BY" => self.after(&["GROUP", "ORDER", "PARTITION", "UNION", "DISTINCT"]),
                "ORDER" => opens || self.after_comma(),
                "PARTITION" => opens,
                "GROUP" => self.after_comma() || self.last == PrevToken::Start,
                "HAVING" | "QUALIFY" | "UNION" | "EXCEPT" | "INTERSECT" => {
                    self.after_comma() || self.last == PrevToken::Start
                }
                "WHERE" => self.opens_call_of("FILTER") || self.after_comma(),
                "ON" => self.after(&["DISTINCT"]),
                "FROM" => {
                    let is_distinct = matches!(self.before, PrevToken::Keyword("IS" | "NOT"));
                    self.after(&["DISTINCT"]) && is_distinct
                        || self.after(&["BOTH", "LEADING", "TRAILING", "UNION", "EXCEPT", "INTERSECT"])
                        || opens
                        || self.after_comma()
                        || self.last == PrevToken::Start
                }
                _ => self.last == PrevToken::Start,
            }
    }

    fn special(&self, word: &str, ahead: Lookahead<'_>) -> bool {
        const FRAME_STARTS: &[&str] = &["BETWEEN", "UNBOUNDED", "CURRENT", "INTERVAL", "ONLY"];
        match word {
            "ALL" => {
                self.after(&["UNION", "EXCEPT", "INTERSECT", "LIMIT", "BY"])
                    || self.after(&["SELECT"]) && !ahead.is("(")
                    || self.after_comparison() && ahead.is("(")
            }
            "ANTI" | "SEMI" => !self.expects && ahead.is("JOIN"),
            "ANY" | "SOME" => self.after_comparison() && ahead.is("("),
            "ARRAY" => ahead.is("[") || ahead.is("(") && ahead.second.eq_ignore_ascii_case("SELECT"),
            "BOTH" | "LEADING" | "TRAILING" => self.opens_call_of("TRIM"),
            "DISTINCT" => {
                self.after(&["SELECT", "UNION", "EXCEPT", "INTERSECT", "IS", "NOT"])
                    || self.last == PrevToken::Symbol(Symbol::LParen) && !(ahead.is(")") || ahead.is(","))
            }
            "EXCLUDE" => self.last == PrevToken::Star,
            // After EXCLUDE, too.
            "REPLACE" => self.last == PrevToken::Star || !self.expects && ahead.is("("),
            "FILTER" => !self.expects && self.last == PrevToken::Symbol(Symbol::RParen) && ahead.is("("),
            "GROUP" => ahead.any(&["BY"]) || self.after(&["WITHIN"]),
            "INTERVAL" => {
                self.names_type() || (self.expects || self.after(&["RANGE"])) && opens_interval(ahead)
            }
            "LATERAL" => self.expects && (ahead.is("(") || ahead.is_word),
            "NULLS" => ahead.any(&["FIRST", "LAST"]) || self.after(&["IGNORE", "RESPECT"]),
            "ON" => !self.expects || self.after(&["DISTINCT"]),
            "ROWS" | "ROW" if self.after_row_count() => true,
            "ROWS" | "RANGE" | "GROUPS" => ahead.any(FRAME_STARTS) || ahead.is_number || ahead.is_string,
            "ROW" => self.after(&["CURRENT"]) || ahead.any(&["ONLY"]),
            "TIME" => ahead.is_string || self.names_type() || self.after(&["WITH", "WITHOUT", "AT"]),
            "WHERE" => self.opens_call_of("FILTER") || !self.expects || !ahead.is("("),
            "WINDOW" => !self.expects && ahead.is_word && ahead.second.eq_ignore_ascii_case("AS"),
            _ => false,
        }
    }

    /// Whether a type is expected, as in a cast.
    pub fn names_type(&self) -> bool {
        self.after(&["AS"]) || self.last == PrevToken::Symbol(Symbol::Colon)
    }

    /// After the number of `OFFSET n` or `FETCH FIRST n`.
    fn after_row_count(&self) -> bool {
        !self.expects && matches!(self.before, PrevToken::Keyword("OFFSET" | "FIRST" | "NEXT"))
    }

    /// After a comma, which may end a list.
    fn after_comma(&self) -> bool {
        self.last == PrevToken::Symbol(Symbol::Comma)
    }

    fn opens_call_of(&self, word: &str) -> bool {
        self.last == PrevToken::Symbol(Symbol::LParen)
            && matches!(self.before, PrevToken::Keyword(before) if before == word)
    }

    fn after_comparison(&self) -> bool {
        use Symbol::{Eq, EqEq, Gt, GtEq, Lt, LtEq, LtGt, NotEq};
        matches!(self.last, PrevToken::Symbol(Eq | EqEq | NotEq | LtGt | Lt | LtEq | Gt | GtEq))
    }
}

/// Whether a clause follows the last comma of a list, so that the word before it is no name.
fn ends_list(word: &str, ahead: Lookahead<'_>) -> bool {
    let begins_operand = ahead.is_word && !keywords::cannot_start_operand(&ahead.text.to_ascii_uppercase());
    match word {
        "HAVING" | "QUALIFY" => begins_operand || ahead.text == "(",
        "UNION" | "EXCEPT" | "INTERSECT" => ahead.any(&["SELECT", "ALL", "BY", "VALUES"]),
        _ => false,
    }
}

/// Whether `WITH TIME ZONE` or `WITHOUT TIME ZONE` follows.
fn is_time_zone(ahead: Lookahead<'_>) -> bool {
    ahead.any(&["WITH", "WITHOUT"]) && ahead.second.eq_ignore_ascii_case("TIME")
}

/// Whether the value of an interval follows: a literal, a parenthesis, or a name before a unit.
fn opens_interval(ahead: Lookahead<'_>) -> bool {
    let is_name = ahead.is_word && keywords::rule(ahead.text).is_none();
    ahead.is_string
        || ahead.is_number
        || matches!(ahead.text, "(" | "-")
        || is_name && interval::is_unit(ahead.second)
}
