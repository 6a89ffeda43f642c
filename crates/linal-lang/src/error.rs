//! The one error type of this crate: a stable code, a sentence, a place, and often a way out.

use crate::Span;

/// What is wrong with a text, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Which mistake it is; gives the stable code.
    pub kind: SyntaxErrorKind,
    /// What was expected and what was found, as one sentence without a full stop.
    pub message: String,
    /// The offending text.
    pub span: Span,
    /// What to write instead, when that can be said.
    pub help: Option<String>,
}

impl SyntaxError {
    /// An error without help.
    pub fn new(kind: SyntaxErrorKind, span: Span, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), span, help: None }
    }

    /// The same error with a line of help.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The stable code, such as `E0101`.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.code(), self.kind.name(), self.message)
    }
}

impl std::error::Error for SyntaxError {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $name:literal;)*) => {
        /// The kinds of mistakes that a text can have. Codes and names never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum SyntaxErrorKind {
            $($(#[$doc])* $variant,)*
        }

        impl SyntaxErrorKind {
            /// Every kind, in the order of the codes.
            pub const ALL: &[SyntaxErrorKind] = &[$(SyntaxErrorKind::$variant,)*];

            /// The stable code, such as `E0101`.
            pub const fn code(self) -> &'static str {
                match self { $(SyntaxErrorKind::$variant => $code,)* }
            }

            /// The name in snake case, such as `unexpected_token`.
            pub const fn name(self) -> &'static str {
                match self { $(SyntaxErrorKind::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// A token stands where another was expected.
    UnexpectedToken = "E0101" "unexpected_token";
    /// The text ends where more was expected.
    UnexpectedEnd = "E0102" "unexpected_end";
    /// A character that no token begins with.
    UnexpectedCharacter = "E0103" "unexpected_character";
    /// A string without its closing quote.
    UnterminatedString = "E0104" "unterminated_string";
    /// A `/*` without its `*/`.
    UnterminatedComment = "E0105" "unterminated_comment";
    /// A backtick name without its closing backtick, or an empty one.
    BadIdentifier = "E0106" "bad_identifier";
    /// Digits that are no number, such as `1__0` or `2x`.
    BadNumber = "E0107" "bad_number";
    /// An integer literal outside i64.
    IntegerOverflow = "E0108" "integer_overflow";
    /// A float literal beyond the largest f64.
    FloatOverflow = "E0109" "float_overflow";
    /// A bracket that is never closed, or closed without having been opened.
    UnbalancedBracket = "E0110" "unbalanced_bracket";
    /// A reserved word where a name is needed.
    ReservedName = "E0111" "reserved_name";
    /// Rows of a number literal that differ in length or depth.
    RaggedLiteral = "E0112" "ragged_literal";
    /// `a < b < c`.
    ChainedComparison = "E0113" "chained_comparison";
    /// A statement that begins with no known word.
    UnknownStatement = "E0114" "unknown_statement";
    /// `a//b`, which is neither a division nor a comment.
    DoubleSlash = "E0115" "double_slash";
    /// A prefix form without one of its operands or keywords.
    MissingOperand = "E0116" "missing_operand";
    /// Something after the end of a statement on the same line.
    TrailingText = "E0117" "trailing_text";
    /// Brackets or operators nested beyond the limit.
    NestingTooDeep = "E0118" "nesting_too_deep";
    /// A declaration whose literal has another rank, or holds something besides number literals.
    BadDeclaration = "E0119" "bad_declaration";
    /// A `${name}` that no script variable has, or one without its brace.
    UnknownVariable = "E0120" "unknown_variable";
    /// A named or keyword argument that is given twice, or a positional one after it.
    BadArgument = "E0121" "bad_argument";
    /// A text or an expression larger than the tree can number.
    TooLarge = "E0122" "too_large";
}
