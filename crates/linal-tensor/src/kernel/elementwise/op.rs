//! The element-wise operations by name.

use crate::DType;
use crate::kernel::threads::CostClass;

/// Operations of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the operation of its name")]
pub enum UnaryOp {
    Neg,
    Not,
    Abs,
    Sqrt,
    Exp,
    Log,
    Log2,
    Log10,
    Sin,
    Cos,
    Tan,
    Tanh,
    Sigmoid,
    Relu,
    Floor,
    Ceil,
    Round,
    Sign,
    IsNan,
    Real,
    Imag,
    Conj,
    Phase,
}

/// Operations of two operands of one dtype, with a result of that dtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the operation of its name")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    IntDiv,
    Rem,
    Pow,
    Min,
    Max,
}

/// Comparisons of two operands of one dtype. As in IEEE 754, NaN is unequal to everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the operation of its name")]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// Logical operations of two Booleans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the operation of its name")]
pub enum LogicalOp {
    And,
    Or,
}

impl UnaryOp {
    /// The name in the language.
    pub fn name(self) -> &'static str {
        use UnaryOp::*;
        match self {
            Neg => "-",
            Not => "NOT",
            Abs => "ABS",
            Sqrt => "SQRT",
            Exp => "EXP",
            Log => "LOG",
            Log2 => "LOG2",
            Log10 => "LOG10",
            Sin => "SIN",
            Cos => "COS",
            Tan => "TAN",
            Tanh => "TANH",
            Sigmoid => "SIGMOID",
            Relu => "RELU",
            Floor => "FLOOR",
            Ceil => "CEIL",
            Round => "ROUND",
            Sign => "SIGN",
            IsNan => "ISNAN",
            Real => "REAL",
            Imag => "IMAG",
            Conj => "CONJ",
            Phase => "PHASE",
        }
    }
}

impl UnaryOp {
    /// The cost of an element, for operands of a dtype.
    pub fn class(self, dtype: DType) -> CostClass {
        use UnaryOp::*;
        match self {
            Neg | Not | Real | Imag | Conj | IsNan => CostClass::Simple,
            Phase => CostClass::Scalar,
            _ if dtype.is_complex() => CostClass::Scalar,
            Abs | Relu | Floor | Ceil | Round | Sign => CostClass::Simple,
            Sqrt => CostClass::Division,
            Exp | Log | Log2 | Log10 | Sin | Cos | Tan | Tanh | Sigmoid => CostClass::Function,
        }
    }
}

impl BinaryOp {
    /// The cost of an element, for operands of a dtype.
    pub fn class(self, dtype: DType) -> CostClass {
        use BinaryOp::*;
        match self {
            Add | Sub | Mul | Min | Max => CostClass::Simple,
            Div | Pow if dtype.is_complex() => CostClass::Scalar,
            Div | IntDiv if dtype == DType::I64 => CostClass::Power,
            Div | IntDiv => CostClass::Division,
            Rem | Pow => CostClass::Power,
        }
    }

    /// The name in the language.
    pub fn name(self) -> &'static str {
        use BinaryOp::*;
        match self {
            Add => "+",
            Sub => "-",
            Mul => "*",
            Div => "/",
            IntDiv => "DIV",
            Rem => "%",
            Pow => "^",
            Min => "MINIMUM",
            Max => "MAXIMUM",
        }
    }
}

impl CompareOp {
    /// The name in the language.
    pub fn name(self) -> &'static str {
        use CompareOp::*;
        match self {
            Eq => "=",
            Ne => "!=",
            Lt => "<",
            Le => "<=",
            Gt => ">",
            Ge => ">=",
        }
    }
}

impl LogicalOp {
    /// The name in the language.
    pub fn name(self) -> &'static str {
        match self {
            LogicalOp::And => "AND",
            LogicalOp::Or => "OR",
        }
    }
}
