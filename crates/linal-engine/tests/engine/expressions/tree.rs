//! Expressions as trees, and how they are written.

use std::fmt;

use linal_tensor::DType;
use proptest::prelude::*;

#[derive(Clone)]
pub enum Expr {
    Variable(&'static str),
    Int(i64),
    Float(f64),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    Where(Box<Expr>, Box<Expr>, Box<Expr>),
    Cast(Box<Expr>, DType),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unary {
    Neg,
    Not,
    Abs,
    Sqrt,
    Exp,
    Floor,
    Round,
    Sign,
    Relu,
    IsNan,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    IntDiv,
    Rem,
    Pow,
    Min,
    Max,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Variable(name) => f.write_str(name),
            Expr::Int(x) => write!(f, "({x})"),
            Expr::Float(x) => write!(f, "({x:?})"),
            Expr::Unary(Unary::Neg, a) => write!(f, "(-{a})"),
            Expr::Unary(Unary::Not, a) => write!(f, "(NOT {a})"),
            Expr::Unary(op, a) => write!(f, "{}({a})", format!("{op:?}").to_uppercase()),
            Expr::Binary(op, a, b) => match op.symbol() {
                Ok(symbol) => write!(f, "({a} {symbol} {b})"),
                Err(name) => write!(f, "{name}({a}, {b})"),
            },
            Expr::Where(condition, a, b) => write!(f, "WHERE({condition}, {a}, {b})"),
            Expr::Cast(a, dtype) => write!(f, "CAST({a} AS {dtype})"),
        }
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Binary {
    /// The operator, or the name of the function.
    fn symbol(self) -> Result<&'static str, &'static str> {
        use Binary::*;
        Ok(match self {
            Add => "+",
            Sub => "-",
            Mul => "*",
            Div => "/",
            IntDiv => "DIV",
            Rem => "%",
            Pow => "^",
            Eq => "=",
            Ne => "!=",
            Lt => "<",
            Le => "<=",
            Gt => ">",
            Ge => ">=",
            And => "AND",
            Or => "OR",
            Min => return Err("MINIMUM"),
            Max => return Err("MAXIMUM"),
        })
    }
}

/// The names of variables by what they hold.
pub const NUMBERS: [&str; 5] = ["d", "f", "i", "h", "t"];

fn leaf() -> BoxedStrategy<Expr> {
    prop_oneof![
        5 => prop::sample::select(NUMBERS.to_vec()).prop_map(Expr::Variable),
        1 => (-3..4i64).prop_map(Expr::Int),
        1 => prop::sample::select(vec![0.5, -1.5, 2.0, 0.1, 0.0]).prop_map(Expr::Float),
    ]
    .boxed()
}

/// An expression whose value is a number, or a truth value that counts as one.
pub fn numeric(depth: u32) -> BoxedStrategy<Expr> {
    use {Binary::*, Unary::*};
    if depth == 0 {
        return leaf();
    }
    let unary = prop::sample::select(vec![Neg, Abs, Sqrt, Exp, Floor, Round, Sign, Relu]);
    let binary = prop::sample::select(vec![Add, Sub, Mul, Div, IntDiv, Rem, Pow, Min, Max]);
    let dtype = prop::sample::select(vec![DType::F64, DType::F32, DType::I64, DType::Bool]);
    let next = move || numeric(depth - 1);
    prop_oneof![
        1 => leaf(),
        2 => (unary, next()).prop_map(|(op, a)| Expr::Unary(op, Box::new(a))),
        5 => (binary, next(), next()).prop_map(|(op, a, b)| Expr::Binary(op, Box::new(a), Box::new(b))),
        1 => (truth(depth - 1), next(), next())
            .prop_map(|(condition, a, b)| Expr::Where(Box::new(condition), Box::new(a), Box::new(b))),
        1 => (next(), dtype).prop_map(|(a, dtype)| Expr::Cast(Box::new(a), dtype)),
        1 => truth(depth),
    ]
    .boxed()
}

/// An expression whose value is a truth value.
fn truth(depth: u32) -> BoxedStrategy<Expr> {
    use {Binary::*, Unary::*};
    if depth == 0 {
        return Just(Expr::Variable("t")).boxed();
    }
    let compare = prop::sample::select(vec![Eq, Ne, Lt, Le, Gt, Ge]);
    let logic = prop::sample::select(vec![And, Or]);
    prop_oneof![
        3 => (compare, numeric(depth - 1), numeric(depth - 1))
            .prop_map(|(op, a, b)| Expr::Binary(op, Box::new(a), Box::new(b))),
        1 => (logic, truth(depth - 1), truth(depth - 1))
            .prop_map(|(op, a, b)| Expr::Binary(op, Box::new(a), Box::new(b))),
        1 => truth(depth - 1).prop_map(|a| Expr::Unary(Not, Box::new(a))),
        1 => numeric(depth - 1).prop_map(|a| Expr::Unary(IsNan, Box::new(a))),
    ]
    .boxed()
}
