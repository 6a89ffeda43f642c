//! The operators of expressions with their precedence, in one table.

/// An operator with one operand, written before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-a`. Of a number literal it is folded into the literal: `-2` is the literal -2.
    Neg,
    /// `NOT a`.
    Not,
}

/// An operator with two operands.
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
    /// `*`, element by element
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

/// To which side a row of equal operators groups.
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

    /// Binding strength on the scale of [`BinaryOp::precedence`].
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

    /// Binding strength; a greater number binds tighter. `NOT` is 3 and unary minus 7.
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

    /// How a row of operators of this strength groups.
    pub const fn assoc(self) -> Assoc {
        match self {
            BinaryOp::Pow => Assoc::Right,
            op if op.is_comparison() => Assoc::None,
            _ => Assoc::Left,
        }
    }

    /// Whether the result is a truth value made by comparing the operands.
    pub const fn is_comparison(self) -> bool {
        matches!(
            self,
            BinaryOp::Eq | BinaryOp::NotEq | BinaryOp::Lt | BinaryOp::LtEq | BinaryOp::Gt | BinaryOp::GtEq
        )
    }
}
