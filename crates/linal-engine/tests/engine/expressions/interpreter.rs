//! The meaning of an expression, one element at a time: promotion, broadcasting, IEEE arithmetic, errors of integers.

use std::fmt;

use linal_tensor::graph::{self, Node};
use linal_tensor::kernel::elementwise::UnaryOp;
use linal_tensor::{DType, ExecutionContext, Scalar, Tensor};
use proptest::prelude::*;

use super::tree::{Binary, Expr, NUMBERS, Unary};
use crate::arrays::{Array, Layout, layout, places};

/// Why an expression has no value.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Overflow,
    Zero,
    Misfit,
}

/// The value of a part of an expression.
#[derive(Clone, Debug)]
pub struct Value {
    dtype: DType,
    /// Made of numbers of the text alone: gives way to the dtype of what it meets.
    weak: bool,
    dims: Vec<usize>,
    elements: Vec<Scalar>,
}

/// A tensor of the session.
#[derive(Clone)]
pub struct Variable {
    pub name: &'static str,
    value: Value,
    layout: Layout,
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Value { dims, elements, .. } = &self.value;
        write!(f, "{} = {:?} {dims:?} {elements:?}", self.name, self.layout)
    }
}

impl Variable {
    pub fn tensor(&self) -> Tensor {
        macro_rules! array {
            ($variant:ident) => {{
                let elements = self.value.elements.iter().map(|x| match x {
                    Scalar::$variant(x) => *x,
                    other => panic!("{other:?}"),
                });
                Array::new(&self.value.dims, elements.collect()).laid_out(self.layout)
            }};
        }
        match self.value.dtype {
            DType::Bool => array!(Bool),
            DType::I64 => array!(I64),
            DType::F32 => array!(F32),
            _ => array!(F64),
        }
    }
}

impl Value {
    pub fn tensor(self) -> Tensor {
        Variable { name: "", value: self, layout: Layout::Contiguous }.tensor()
    }
}

/// A tensor of each dtype, whose shapes broadcast with one another.
pub fn variables() -> impl Strategy<Value = Vec<Variable>> {
    let small = prop::collection::vec(0..5usize, 0..4);
    // Longer than one block of a pass.
    let long = prop::sample::select(vec![vec![2100], vec![3, 900], vec![900, 3]]);
    prop_oneof![9 => small, 1 => long].prop_flat_map(|dims| {
        let dtypes = [DType::F64, DType::F32, DType::I64, DType::I64, DType::Bool];
        let of = |i: usize| variable(NUMBERS[i], dtypes[i], i == 3, dims.clone());
        (of(0), of(1), of(2), of(3), of(4)).prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e])
    })
}

/// A variable of the shape, or of one that broadcasts to it.
fn variable(
    name: &'static str,
    dtype: DType,
    huge: bool,
    dims: Vec<usize>,
) -> impl Strategy<Value = Variable> {
    let narrowed = (prop::collection::vec(prop::bool::weighted(0.2), dims.len()), 0..=dims.len());
    (narrowed, layout(), any::<u64>()).prop_map(move |((ones, missing), layout, seed)| {
        let missing = if seed.is_multiple_of(3) { missing } else { 0 };
        let kept = dims.iter().zip(ones).map(|(&size, one)| if one { 1 } else { size });
        let dims: Vec<usize> = kept.skip(missing).collect();
        let mut state = seed;
        let elements = (0..dims.iter().product()).map(|_| element(dtype, huge, &mut state)).collect();
        Variable { name, value: Value { dtype, weak: false, dims, elements }, layout }
    })
}

/// A number that is often a special one. The generator is a linear congruential one: values need no shrinking.
fn element(dtype: DType, huge: bool, state: &mut u64) -> Scalar {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    let bits = *state >> 33;
    const SPECIAL: [f64; 10] =
        [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -5e-324, 1.0, -1.0, 1e-30];
    let x = match bits % 3 {
        0 => SPECIAL[(bits / 3 % 10) as usize],
        1 => (bits / 3 % 17) as f64 - 8.0,
        _ => (bits % 100_000) as f64 / 1234.5 - 40.0,
    };
    match dtype {
        DType::Bool => Scalar::Bool(bits.is_multiple_of(2)),
        DType::I64 if huge => Scalar::I64([i64::MAX, i64::MIN, 1 << 40, -3, 0, 7][(bits % 6) as usize]),
        DType::I64 => Scalar::I64((bits % 19) as i64 - 6),
        DType::F32 => Scalar::F32(x as f32),
        _ => Scalar::F64(x),
    }
}

/// The value of an expression over the variables.
pub fn evaluate(expr: &Expr, variables: &[Variable]) -> Result<Value, Fault> {
    let of = |expr: &Expr| evaluate(expr, variables);
    let literal = |x: Scalar| Value { dtype: x.dtype(), weak: true, dims: vec![], elements: vec![x] };
    Ok(match expr {
        Expr::Variable(name) => match variables.iter().find(|variable| variable.name == *name) {
            Some(variable) => variable.value.clone(),
            None => panic!("no variable {name}"),
        },
        // A negative number is a minus and a number.
        Expr::Int(x) => literal(Scalar::I64(*x)),
        Expr::Float(x) => literal(Scalar::F64(*x)),
        Expr::Unary(op, a) => of(a)?.unary(*op)?,
        Expr::Binary(op, a, b) => binary(*op, of(a)?, of(b)?)?,
        Expr::Where(condition, a, b) => select(of(condition)?, of(a)?, of(b)?)?,
        Expr::Cast(a, dtype) => match of(a)? {
            value if value.dtype == *dtype => value,
            value => Value { weak: false, ..value.cast(*dtype)? },
        },
    })
}

impl Value {
    fn map(self, dtype: DType, f: impl Fn(Scalar) -> Result<Scalar, Fault>) -> Result<Value, Fault> {
        let elements = self.elements.into_iter().map(f).collect::<Result<_, _>>()?;
        Ok(Value { dtype, weak: self.weak, dims: self.dims, elements })
    }

    fn cast(self, dtype: DType) -> Result<Value, Fault> {
        self.map(dtype, |x| cast(x, dtype))
    }

    fn unary(self, op: Unary) -> Result<Value, Fault> {
        let operand = match op {
            Unary::Not | Unary::IsNan => self.dtype,
            Unary::Sqrt | Unary::Exp => self.dtype.to_inexact(),
            _ => self.dtype.to_number(),
        };
        let result = if op == Unary::IsNan { DType::Bool } else { operand };
        self.cast(operand)?.map(result, |x| match x {
            Scalar::Bool(x) => Ok(Scalar::Bool(op == Unary::Not && !x)),
            Scalar::I64(x) => whole_unary(op, x),
            Scalar::F32(x) => Ok(narrow_unary(op, x)),
            Scalar::F64(x) => Ok(wide_unary(op, x)),
            other => panic!("{other:?}"),
        })
    }

    /// The element at a place of a broader shape.
    fn at(&self, place: &[usize]) -> Scalar {
        let lead = place.len() - self.dims.len();
        let own = place[lead..].iter().zip(&self.dims);
        self.elements[own.fold(0, |flat, (&i, &size)| flat * size + if size == 1 { 0 } else { i })]
    }
}

fn cast(x: Scalar, dtype: DType) -> Result<Scalar, Fault> {
    let wide = match x {
        Scalar::Bool(x) => f64::from(u8::from(x)),
        Scalar::I64(x) => x as f64,
        Scalar::F32(x) => f64::from(x),
        Scalar::F64(x) => x,
        other => panic!("{other:?}"),
    };
    Ok(match (x, dtype) {
        (x, dtype) if x.dtype() == dtype => x,
        (_, DType::Bool) => Scalar::Bool(wide != 0.0),
        (Scalar::Bool(x), DType::I64) => Scalar::I64(i64::from(x)),
        (_, DType::I64) if wide.trunc() >= -(2f64.powi(63)) && wide.trunc() < 2f64.powi(63) => {
            Scalar::I64(wide as i64)
        }
        (_, DType::I64) => return Err(Fault::Misfit),
        // Rounded once: a detour over f64 would round twice.
        (Scalar::I64(x), DType::F32) => Scalar::F32(x as f32),
        (_, DType::F32) => Scalar::F32(wide as f32),
        _ => Scalar::F64(wide),
    })
}

fn whole_unary(op: Unary, x: i64) -> Result<Scalar, Fault> {
    let value = match op {
        Unary::IsNan => return Ok(Scalar::Bool(false)),
        Unary::Neg => x.checked_neg(),
        Unary::Abs => x.checked_abs(),
        Unary::Sign => Some(x.signum()),
        Unary::Relu => Some(x.max(0)),
        Unary::Floor | Unary::Round => Some(x),
        other => panic!("{other:?} of a whole number"),
    };
    value.map(Scalar::I64).ok_or(Fault::Overflow)
}

/// The exponential of one number by the kernel. It is good to a unit in the last place and not rounded as another one is,
/// so that what is made of it can differ by anything; how near it is to the right number is tested where kernels are.
fn exponential(x: Scalar) -> Scalar {
    let node =
        graph::unary(UnaryOp::Exp, &Node::leaf(Tensor::scalar(x), 0)).expect("an exponential of a float");
    let value = graph::evaluate(&node, &ExecutionContext::unlimited()).expect("an exponential has a value");
    value.item().expect("one number")
}

macro_rules! float {
    ($unary:ident, $binary:ident, $type:ty, $variant:ident) => {
        fn $unary(op: Unary, x: $type) -> Scalar {
            Scalar::$variant(match op {
                Unary::IsNan => return Scalar::Bool(x.is_nan()),
                Unary::Neg => -x,
                Unary::Abs => x.abs(),
                Unary::Sqrt => x.sqrt(),
                Unary::Exp => return exponential(Scalar::$variant(x)),
                Unary::Floor => x.floor(),
                Unary::Round => x.round_ties_even(),
                Unary::Sign if x > 0.0 => 1.0,
                Unary::Sign if x < 0.0 => -1.0,
                Unary::Sign if x == 0.0 => 0.0,
                Unary::Relu if x < 0.0 => 0.0,
                Unary::Sign | Unary::Relu => x,
                Unary::Not => panic!("NOT of a number"),
            })
        }

        fn $binary(op: Binary, x: $type, y: $type) -> Scalar {
            Scalar::$variant(match op {
                Binary::Add => x + y,
                Binary::Sub => x - y,
                Binary::Mul => x * y,
                Binary::Div => x / y,
                Binary::IntDiv => (x / y).trunc(),
                Binary::Rem => x % y,
                Binary::Pow => x.powf(y),
                Binary::Min if x.is_nan() || x < y => x,
                Binary::Max if x.is_nan() || x > y => x,
                Binary::Min | Binary::Max => y,
                other => panic!("{other:?} is no arithmetic"),
            })
        }
    };
}

float!(narrow_unary, narrow, f32, F32);
float!(wide_unary, wide, f64, F64);

fn whole(op: Binary, x: i64, y: i64) -> Result<Scalar, Fault> {
    let value = match op {
        Binary::IntDiv | Binary::Rem if y == 0 => return Err(Fault::Zero),
        Binary::Add => x.checked_add(y),
        Binary::Sub => x.checked_sub(y),
        Binary::Mul => x.checked_mul(y),
        Binary::IntDiv => x.checked_div(y),
        Binary::Rem => Some(x.wrapping_rem(y)),
        Binary::Min => Some(x.min(y)),
        Binary::Max => Some(x.max(y)),
        other => panic!("{other:?} is no arithmetic of whole numbers"),
    };
    value.map(Scalar::I64).ok_or(Fault::Overflow)
}

fn compare(op: Binary, x: Scalar, y: Scalar) -> bool {
    let order = match (x, y) {
        (Scalar::Bool(x), Scalar::Bool(y)) => x.partial_cmp(&y),
        (Scalar::I64(x), Scalar::I64(y)) => x.partial_cmp(&y),
        (Scalar::F32(x), Scalar::F32(y)) => x.partial_cmp(&y),
        (Scalar::F64(x), Scalar::F64(y)) => x.partial_cmp(&y),
        other => panic!("{other:?}"),
    };
    match op {
        Binary::Eq => order.is_some_and(|order| order.is_eq()),
        Binary::Ne => !order.is_some_and(|order| order.is_eq()),
        Binary::Lt => order.is_some_and(|order| order.is_lt()),
        Binary::Le => order.is_some_and(|order| order.is_le()),
        Binary::Gt => order.is_some_and(|order| order.is_gt()),
        _ => order.is_some_and(|order| order.is_ge()),
    }
}

fn is_comparison(op: Binary) -> bool {
    matches!(op, Binary::Eq | Binary::Ne | Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge)
}

/// The dtype in which two values meet: as NumPy promotes arrays, but a number of the text keeps the other's precision.
fn common(a: &Value, b: &Value) -> DType {
    let (weak, strong) = match (a.weak, b.weak) {
        (true, false) => (a.dtype, b.dtype),
        (false, true) => (b.dtype, a.dtype),
        _ => return a.dtype.promote(b.dtype),
    };
    match (weak, strong) {
        (DType::I64, DType::Bool) => DType::I64,
        (DType::F64, DType::Bool | DType::I64) => DType::F64,
        _ => strong,
    }
}

fn broadcast(a: &[usize], b: &[usize]) -> Vec<usize> {
    let rank = a.len().max(b.len());
    let size = |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).map_or(1, |i| dims[i]);
    (0..rank).map(|axis| if size(a, axis) == 1 { size(b, axis) } else { size(a, axis) }).collect()
}

fn binary(op: Binary, a: Value, b: Value) -> Result<Value, Fault> {
    let dtype = match op {
        Binary::And | Binary::Or => DType::Bool,
        Binary::Div | Binary::Pow => common(&a, &b).to_inexact(),
        _ if is_comparison(op) => common(&a, &b),
        _ => common(&a, &b).to_number(),
    };
    let (a, b) = (a.cast(dtype)?, b.cast(dtype)?);
    let dims = broadcast(&a.dims, &b.dims);
    let elements = places(&dims).map(|place| match (a.at(&place), b.at(&place)) {
        (x, y) if is_comparison(op) => Ok(Scalar::Bool(compare(op, x, y))),
        (Scalar::Bool(x), Scalar::Bool(y)) => {
            Ok(Scalar::Bool(if op == Binary::And { x && y } else { x || y }))
        }
        (Scalar::I64(x), Scalar::I64(y)) => whole(op, x, y),
        (Scalar::F32(x), Scalar::F32(y)) => Ok(narrow(op, x, y)),
        (Scalar::F64(x), Scalar::F64(y)) => Ok(wide(op, x, y)),
        other => panic!("{other:?}"),
    });
    let result = if is_comparison(op) { DType::Bool } else { dtype };
    let elements = elements.collect::<Result<_, _>>()?;
    Ok(Value { dtype: result, weak: a.weak && b.weak, dims, elements })
}

fn select(condition: Value, a: Value, b: Value) -> Result<Value, Fault> {
    let dtype = common(&a, &b);
    let weak = condition.weak && a.weak && b.weak;
    let (a, b) = (a.cast(dtype)?, b.cast(dtype)?);
    let dims = broadcast(&condition.dims, &broadcast(&a.dims, &b.dims));
    let chosen = |place: Vec<usize>| {
        let chosen = if condition.at(&place) == Scalar::Bool(true) { &a } else { &b };
        chosen.at(&place)
    };
    let elements = places(&dims).map(chosen).collect();
    Ok(Value { dtype, weak, dims, elements })
}
