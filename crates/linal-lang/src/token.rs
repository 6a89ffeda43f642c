//! Tokens, which the lexer yields. They carry a kind and a span but no value, so that scanning is cheap.

use crate::{Code, Span};

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Its kind.
    pub kind: TokenKind,
    /// Its span.
    pub span: Span,
    /// Whether a blank, a comment or the start of the text precedes it.
    pub blank_before: bool,
}

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A bare word: a keyword or a name.
    Word,
    /// `` `odd name` ``.
    QuotedName,
    /// `'text'` or `"text"`.
    Str,
    /// Decimal digits without a fraction.
    Int,
    /// `0x1F`.
    Hex,
    /// A number with a fraction or an exponent.
    Float,
    /// A symbol.
    Symbol(Symbol),
    /// An invalid token; the parser reports it when it consumes it.
    Bad(Code),
    /// The end of the text.
    End,
}

macro_rules! symbols {
    ($($variant:ident $text:literal)*) => {
        /// The symbols of the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Symbol {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
            /// Any other symbol; only relational statements may use it.
            Other,
        }

        impl Symbol {
            /// The symbol as written; empty for [`Symbol::Other`].
            pub const fn text(self) -> &'static str {
                match self { $(Symbol::$variant => $text,)* Symbol::Other => "" }
            }
        }
    };
}

symbols! {
    LParen "(" RParen ")" LBracket "[" RBracket "]" LBrace "{" RBrace "}"
    Comma "," Semicolon ";" Colon ":" Dot "."
    Plus "+" Minus "-" Star "*" Slash "/" DoubleSlash "//" Percent "%" Caret "^" StarStar "**" At "@"
    Eq "=" EqEq "==" NotEq "!=" LtGt "<>" Lt "<" LtEq "<=" Gt ">" GtEq ">=" Arrow "=>"
}

impl Token {
    /// Whether this is the given symbol.
    pub fn is(&self, symbol: Symbol) -> bool {
        self.kind == TokenKind::Symbol(symbol)
    }

    /// Whether this is a number literal without a sign.
    pub fn is_number(&self) -> bool {
        matches!(self.kind, TokenKind::Int | TokenKind::Hex | TokenKind::Float)
    }

    /// Whether this is a bare or a quoted name.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::QuotedName)
    }
}
