//! Lists of number literals, parsed in one pass into flat memory.
//!
//! Commas between elements may be omitted: `[1 -2 3]` has three. In a row with commas, ` -2` after an element
//! is a subtraction, so that the list contains an expression and the general parser takes it.

use super::MAX_DEPTH;
use super::cursor::{Parsed, too_deep};
use crate::ast::{Element, NumberArray, Numbers};
use crate::lexer::{self, Lexer};
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError};

/// The result of parsing a list.
pub(super) enum Attempt {
    /// Number literals only; the token is the closing bracket.
    Numbers(NumberArray, Token),
    /// Something else.
    Mixed {
        /// Starts of the brackets that were open, outermost first.
        open: Vec<usize>,
        /// The token that is no number literal.
        found: Token,
    },
}

/// Parses the list that `open` opens; `lexer` stands after it. Between the rows of a declaration commas may
/// be omitted, too; elsewhere `[..] [..]` is indexing.
pub(super) fn read_numbers(lexer: Lexer<'_>, open: Token, declaration: bool) -> Parsed<Attempt> {
    read(lexer, open, declaration, false)
}

/// Parses the list of an expression, whose elements are separated by commas as those of any other list.
pub(super) fn read_numbers_with_commas(lexer: Lexer<'_>, open: Token) -> Parsed<Attempt> {
    read(lexer, open, false, true)
}

fn read(lexer: Lexer<'_>, open: Token, declaration: bool, needs_commas: bool) -> Parsed<Attempt> {
    Reader {
        lexer,
        declaration,
        needs_commas,
        rows: Vec::new(),
        shape: Vec::new(),
        leaf: None,
        data: Numbers::Int(Vec::new()),
        ragged_row: None,
    }
    .read(open)
}

/// An open bracket.
#[derive(Default)]
struct Row {
    start: usize,
    count: usize,
    commas: bool,
    /// An element began with a sign after a blank instead of a comma.
    signed: bool,
    after_comma: bool,
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    declaration: bool,
    needs_commas: bool,
    rows: Vec<Row>,
    /// The length of the rows at each depth, once one is closed.
    shape: Vec<Option<usize>>,
    /// The depth of the elements, once known.
    leaf: Option<usize>,
    data: Numbers,
    /// The first row of another length. It is an error only when the whole list is numbers: in `[[1, 2], [3]
    /// + b]` the short row is an operand.
    ragged_row: Option<SyntaxError>,
}

impl Reader<'_> {
    fn read(mut self, open: Token) -> Parsed<Attempt> {
        self.open(open)?;
        loop {
            let token = self.lexer.next_token()?;
            let fits = match token.kind {
                TokenKind::Symbol(Symbol::LBracket) => self.nested(token)?,
                TokenKind::Symbol(Symbol::Comma) => self.comma(),
                TokenKind::Symbol(Symbol::RBracket) => {
                    let closed = self.close(token);
                    if closed && self.rows.is_empty() {
                        return self.array().map(|array| Attempt::Numbers(array, token));
                    }
                    closed
                }
                _ => self.element(token)?,
            };
            if !fits {
                let open = self.rows.iter().map(|row| row.start).collect();
                return Ok(Attempt::Mixed { open, found: token });
            }
        }
    }

    fn open(&mut self, token: Token) -> Parsed<()> {
        if self.rows.len() >= MAX_DEPTH {
            return Err(too_deep(token.span));
        }
        self.rows.push(Row { start: token.span.start, ..Row::default() });
        if self.shape.len() < self.rows.len() {
            self.shape.push(None);
        }
        Ok(())
    }

    fn nested(&mut self, token: Token) -> Parsed<bool> {
        let Some(row) = self.rows.last_mut() else {
            return Ok(false);
        };
        if row.count > 0 && !row.after_comma && !(self.declaration && token.blank_before) {
            return Ok(false);
        }
        row.count += 1;
        row.after_comma = false;
        if self.leaf.is_some_and(|leaf| self.rows.len() >= leaf) {
            self.mixed_depth(token.span, "a row", "a number");
        }
        self.open(token).map(|()| true)
    }

    fn comma(&mut self) -> bool {
        match self.rows.last_mut() {
            Some(row) if row.count > 0 && !row.after_comma && !row.signed => {
                row.commas = true;
                row.after_comma = true;
                true
            }
            _ => false,
        }
    }

    /// Closes the innermost row and compares its length with that of the other rows at its depth.
    fn close(&mut self, token: Token) -> bool {
        if self.rows.last().is_none_or(|row| row.after_comma) {
            return false;
        }
        let depth = self.rows.len();
        let Some(row) = self.rows.pop() else {
            return false;
        };
        if row.count == 0 && *self.leaf.get_or_insert(depth) != depth {
            self.ragged(&row, token, "no elements where rows are expected");
        }
        let expected = *self.shape[depth - 1].get_or_insert(row.count);
        if expected != row.count {
            let lengths = format!("{} where {} expected", elements(row.count), are(expected));
            self.ragged(&row, token, &lengths);
        }
        true
    }

    fn element(&mut self, first: Token) -> Parsed<bool> {
        let sign = first.is(Symbol::Minus) || first.is(Symbol::Plus);
        if !self.may_begin_element(first, sign) {
            return Ok(false);
        }
        let token = if sign { self.lexer.token(false)? } else { first };
        let Some(element) = self.value(token, first.is(Symbol::Minus), sign)? else {
            return Ok(false);
        };
        if let Some(row) = self.rows.last_mut() {
            row.signed |= sign && row.count > 0 && !row.after_comma;
            row.count += 1;
            row.after_comma = false;
        }
        let depth = self.rows.len();
        if *self.leaf.get_or_insert(depth) != depth {
            self.mixed_depth(first.span.to(token.span), "a number", "a row");
        }
        Ok(self.data.push(element))
    }

    /// A sign after an element begins the next element only after a blank and in a row without commas.
    fn may_begin_element(&self, first: Token, sign: bool) -> bool {
        self.rows.last().is_some_and(|row| {
            row.count == 0
                || row.after_comma
                || !self.needs_commas && first.blank_before && !(sign && row.commas)
        })
    }

    fn value(&self, token: Token, negative: bool, signed: bool) -> Parsed<Option<Element>> {
        let text = self.lexer.text();
        let toggle = |value: f64| if negative { -value } else { value };
        Ok(match token.kind {
            TokenKind::Int | TokenKind::Hex => {
                let magnitude = lexer::integer(text, token)?;
                match (negative, i64::try_from(magnitude)) {
                    (true, _) => Some(Element::Int(0i64.wrapping_sub_unsigned(magnitude))),
                    (false, Ok(value)) => Some(Element::Int(value)),
                    (false, Err(_)) => return Err(lexer::overflow(token.span.text(text), token)),
                }
            }
            TokenKind::Float => Some(Element::Float(toggle(lexer::float(text, token)?))),
            TokenKind::Word => match token.span.text(text) {
                word if word.eq_ignore_ascii_case("inf") => Some(Element::Float(toggle(f64::INFINITY))),
                word if word.eq_ignore_ascii_case("nan") => Some(Element::Float(toggle(f64::NAN))),
                word if word.eq_ignore_ascii_case("true") && !signed => Some(Element::Bool(true)),
                word if word.eq_ignore_ascii_case("false") && !signed => Some(Element::Bool(false)),
                _ => None,
            },
            _ => None,
        })
    }

    fn array(mut self) -> Parsed<NumberArray> {
        self.data.shrink();
        let shape = self.shape.into_iter().map(|length| length.unwrap_or(0)).collect();
        match self.ragged_row {
            Some(ragged_row) => Err(ragged_row),
            None => Ok(NumberArray { shape, data: self.data }),
        }
    }

    fn mixed_depth(&mut self, span: Span, found: &str, expected: &str) {
        let index = self.index();
        let message = format!("found {found} at {index} where {expected} is expected, as before it");
        self.ragged_row.get_or_insert_with(|| SyntaxError::new(Code::RaggedLiteral, span, message));
    }

    fn ragged(&mut self, row: &Row, close: Token, what: &str) {
        let index = self.index();
        let span = Span::new(row.start, close.span.end);
        self.ragged_row.get_or_insert_with(|| {
            SyntaxError::new(Code::RaggedLiteral, span, format!("row {index} has {what}"))
                .with_help("all rows must have the same length; rows are counted from 0")
        });
    }

    /// The index of the newest element, as text.
    fn index(&self) -> String {
        let skipped = self.rows.len().saturating_sub(8);
        let indices = self.rows.iter().skip(skipped).map(|row| row.count.saturating_sub(1).to_string());
        let cut = if skipped > 0 { "..., " } else { "" };
        format!("[{cut}{}]", indices.collect::<Vec<_>>().join(", "))
    }
}

fn elements(count: usize) -> String {
    match count {
        0 => "no elements".to_owned(),
        1 => "1 element".to_owned(),
        _ => format!("{count} elements"),
    }
}

fn are(count: usize) -> String {
    match count {
        1 => "1 is".to_owned(),
        _ => format!("{count} are"),
    }
}
