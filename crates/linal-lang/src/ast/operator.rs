//! The operators of expressions and their precedence, in one table.

/// A unary operator; it precedes its operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-a`. It is folded into a number literal: `-2` is the literal -2.
    Neg,
    /// `NOT a`.
    Not,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `OR`
    Or,
    /// `AND`
    And,
    /// `=`, also written `==`
    Eq,
    /// `!=`, also written `<>`
    NotEq,
    /// `<`
    Lt,
    /// `<=`
    LtEq,
    /// `>`
    Gt,
    /// `>=`
    GtEq,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`, elementwise
    Mul,
    /// `/`, true division
    Div,
    /// `%`
    Mod,
    /// `DIV`, division that truncates toward zero
    IntDiv,
    /// `@`, the matrix product
    MatMul,
    /// `^`, also written `**`
    Pow,
}

/// Associativity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Assoc {
    /// `a - b - c` is `(a - b) - c`.
    Left,
    /// `a ^ b ^ c` is `a ^ (b ^ c)`.
    Right,
    /// `a < b < c` is an error.
    None,
}

impl UnaryOp {
    /// The canonical spelling.
    pub const fn symbol(self) -> &'static str {
        match self {
            UnaryOp::Neg => "-",
            UnaryOp::Not => "NOT",
        }
    }

    /// Precedence on the scale of [`BinaryOp::precedence`].
    pub const fn precedence(self) -> u8 {
        match self {
            UnaryOp::Not => 3,
            UnaryOp::Neg => 7,
        }
    }
}

impl BinaryOp {
    /// The canonical spelling.
    pub const fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "OR",
            BinaryOp::And => "AND",
            BinaryOp::Eq => "=",
            BinaryOp::NotEq => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::LtEq => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::GtEq => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Mod => "%",
            BinaryOp::IntDiv => "DIV",
            BinaryOp::MatMul => "@",
            BinaryOp::Pow => "^",
        }
    }

    /// Precedence; a greater number binds tighter. `NOT` is 3 and unary minus 7.
    pub const fn precedence(self) -> u8 {
        match self {
            BinaryOp::Or => 1,
            BinaryOp::And => 2,
            op if op.is_comparison() => 4,
            BinaryOp::Add | BinaryOp::Sub => 5,
            BinaryOp::Pow => 8,
            _ => 6,
        }
    }

    /// The associativity of the operators of this precedence.
    pub const fn assoc(self) -> Assoc {
        match self {
            BinaryOp::Pow => Assoc::Right,
            op if op.is_comparison() => Assoc::None,
            _ => Assoc::Left,
        }
    }

    /// Whether it compares its operands.
    pub const fn is_comparison(self) -> bool {
        matches!(
            self,
            BinaryOp::Eq | BinaryOp::NotEq | BinaryOp::Lt | BinaryOp::LtEq | BinaryOp::Gt | BinaryOp::GtEq
        )
    }
}
