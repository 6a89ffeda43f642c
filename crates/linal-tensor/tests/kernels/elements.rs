//! Integer arithmetic, comparisons, casts and selections against naive implementations: slices of any length
//! and offset, scalars, and views with every kind of stride.

use std::fmt::Debug;
use std::mem::MaybeUninit;

use linal_tensor::graph::{self, Node, NodeRef};
use linal_tensor::kernel::elementwise::{
    BinaryOp, Compare, CompareOp, LogicalOp, UnaryOp, binary, cast, compare, logical, not, select, unary,
};
use linal_tensor::kernel::{Arg, Register};
use linal_tensor::{Complex64, DType, Error, ExecutionContext, FromData, Result, Scalar, Tensor};
use proptest::prelude::*;

use crate::long::views;
use crate::vector;

const COMPARISONS: [CompareOp; 6] =
    [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];

/// Lengths around the boundaries of loops, blocks and SIMD registers.
const LENGTHS: [usize; 12] = [0, 1, 3, 7, 8, 9, 63, 65, 1023, 1024, 1025, 2051];

/// The `len` elements that a kernel writes.
fn written<T: Clone>(
    len: usize,
    kernel: impl for<'o> FnOnce(&'o mut [MaybeUninit<T>]) -> Result<&'o mut [T]>,
) -> Result<Vec<T>> {
    let mut out = Vec::with_capacity(len);
    kernel(&mut out.spare_capacity_mut()[..len]).map(|written| written.to_vec())
}

fn checked(op: BinaryOp, x: i64, y: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => x.checked_add(y),
        BinaryOp::Sub => x.checked_sub(y),
        BinaryOp::Mul => x.checked_mul(y),
        _ => unreachable!("not tested here"),
    }
}

/// Two operands, and the pairs of their elements.
type Operands<'a, T> = (Arg<'a, T>, Arg<'a, T>, Vec<(T, T)>);

/// Operands as slices and as scalars.
fn arguments<'a, T: Copy>(a: &'a [T], b: &'a [T]) -> Vec<Operands<'a, T>> {
    let pairs = |f: &dyn Fn(usize) -> (T, T)| (0..a.len()).map(f).collect::<Vec<_>>();
    let mut arguments = vec![(Arg::Slice(a), Arg::Slice(b), pairs(&|i| (a[i], b[i])))];
    if let (Some(&x), Some(&y)) = (a.first(), b.last()) {
        arguments.push((Arg::Slice(a), Arg::Splat(y), pairs(&|i| (a[i], y))));
        arguments.push((Arg::Splat(x), Arg::Slice(b), pairs(&|i| (x, b[i]))));
        arguments.push((Arg::Splat(x), Arg::Splat(y), pairs(&|_| (x, y))));
    }
    arguments
}

fn check_integers(a: &[i64], b: &[i64]) {
    for op in [BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul] {
        for (left, right, pairs) in arguments(a, b) {
            let found = written(pairs.len(), |out| binary(op, left, right, out));
            let expected: Option<Vec<i64>> = pairs.iter().map(|&(x, y)| checked(op, x, y)).collect();
            assert_eq!(found, expected.ok_or(Error::IntegerOverflow { operation: op.name() }), "{pairs:?}");
        }
    }
    for (op, naive) in
        [(UnaryOp::Neg, i64::checked_neg as fn(i64) -> Option<i64>), (UnaryOp::Abs, i64::checked_abs)]
    {
        let found = written(a.len(), |out| unary(op, Arg::Slice(a), out));
        let expected: Option<Vec<i64>> = a.iter().map(|&x| naive(x)).collect();
        assert_eq!(found, expected.ok_or(Error::IntegerOverflow { operation: op.name() }), "{a:?}");
    }
}

/// Integers of up to 64 bits, and those next to powers of two.
fn integers() -> impl Strategy<Value = Vec<i64>> {
    let beside = (0..64u32, -2..=2i64, any::<bool>()).prop_map(|(digits, apart, negative)| {
        let x = 1i64.wrapping_shl(digits).wrapping_add(apart);
        if negative { x.wrapping_neg() } else { x }
    });
    let element = prop_oneof![3 => any::<i64>(), 1 => beside];
    (prop::collection::vec(element, 1..70), 0..64u32)
        .prop_map(|(values, digits)| values.into_iter().map(|x| x >> digits).collect())
}

proptest! {
    #[test]
    fn sums_and_products_of_integers(a in integers(), b in integers(), skip in 0..4usize) {
        let len = a.len().min(b.len());
        let skip = skip.min(len);
        check_integers(&a[skip..len], &b[skip..len]);
    }

    #[test]
    fn floats_become_integers(a in prop::collection::vec(any::<f64>(), 1..40), digits in 0..70i32) {
        let scale = 2f64.powi(digits);
        let fitting: Vec<f64> = a.iter().map(|x| (x.to_bits() as f64 / 2f64.powi(63) - 1.0) * scale).collect();
        check_cast(&fitting);
        check_cast(&a);
    }
}

#[test]
fn an_overflow_is_found_at_every_index() {
    for len in LENGTHS {
        check_integers(&vec![1 << 30; len], &vec![-(1 << 32); len]);
        for place in [0, 1, 7, 8, 62, 64, 1022, 1023, 1024, 2050].into_iter().filter(|&place| place < len) {
            for (x, y) in [
                (i64::MAX, 1),
                (i64::MIN, -1),
                (i64::MIN, 1),
                (i64::MIN, 0),
                (i64::MAX, -1),
                (1 << 31, 1 << 31),
                (1 << 31, 1 << 32),
                (-(1 << 31), 1 << 32),
                (1 << 62, 2),
                (1 << 62, -2),
                (3_037_000_500, 3_037_000_500),
                (3_037_000_499, 3_037_000_499),
            ] {
                let (mut a, mut b) = (vec![5; len], vec![-3; len]);
                (a[place], b[place]) = (x, y);
                check_integers(&a, &b);
                check_integers(&b, &a);
            }
        }
    }
}

/// The definition of a cast to an integer: truncated, if it fits.
fn truncated(x: f64) -> Option<i64> {
    let whole = x.trunc();
    (-2f64.powi(63)..2f64.powi(63)).contains(&whole).then_some(whole as i64)
}

fn check_cast(a: &[f64]) {
    let found = written(a.len(), |out| cast::<f64, i64>(Arg::Slice(a), out));
    let expected: Option<Vec<i64>> = a.iter().map(|&x| truncated(x)).collect();
    match (found, expected) {
        (Ok(found), Some(expected)) => assert_eq!(found, expected, "{a:?}"),
        (Err(error), None) => {
            let first = a.iter().find(|x| truncated(**x).is_none()).unwrap();
            assert!(error.to_string().contains(&format!("{first:?} does not fit i64")), "{error}");
        }
        (found, expected) => panic!("{found:?} against {expected:?} of {a:?}"),
    }
}

const FLOATS: [f64; 22] = [
    0.0,
    -0.0,
    0.999,
    -0.999,
    1.5,
    -1.5,
    2_251_799_813_685_247.5,
    2_251_799_813_685_248.0,
    -2_251_799_813_685_248.5,
    -2_251_799_813_685_247.5,
    4_503_599_627_370_497.5,
    9_007_199_254_740_993.0,
    9_223_372_036_854_774_784.0,
    9_223_372_036_854_775_808.0,
    -9_223_372_036_854_775_808.0,
    -9_223_372_036_854_777_856.0,
    1e300,
    5e-324,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::MIN_POSITIVE,
];

#[test]
fn special_floats_become_integers() {
    for x in FLOATS {
        check_cast(&[x]);
        assert_eq!(
            written(1, |out| cast::<f64, i64>(Arg::Splat(x), out)).ok(),
            truncated(x).map(|x| vec![x])
        );
        let single = x as f32;
        let found = written(1, |out| cast::<f32, i64>(Arg::Slice(&[single]), out)).ok();
        assert_eq!(found, truncated(f64::from(single)).map(|x| vec![x]), "{single}");
        for len in LENGTHS.into_iter().filter(|&len| len > 0) {
            let mut a: Vec<f64> = (0..len).map(|i| i as f64 * 1.75 - 900.0).collect();
            a[len / 2] = x;
            check_cast(&a);
        }
    }
}

fn check_comparisons<T: Compare + PartialOrd + Debug>(a: &[T], b: &[T]) {
    for op in COMPARISONS {
        let naive = |(x, y): &(T, T)| match op {
            CompareOp::Eq => x == y,
            CompareOp::Ne => x != y,
            CompareOp::Lt => x < y,
            CompareOp::Le => x <= y,
            CompareOp::Gt => x > y,
            CompareOp::Ge => x >= y,
        };
        for (left, right, pairs) in arguments(a, b) {
            let found = written(pairs.len(), |out| compare(op, left, right, out)).unwrap();
            assert_eq!(found, pairs.iter().map(naive).collect::<Vec<_>>(), "{op:?} of {pairs:?}");
        }
    }
}

#[test]
fn comparisons_with_nan() {
    for len in LENGTHS {
        for skip in [0, 1, 3] {
            let a: Vec<f64> = (0..len + skip).map(|i| FLOATS[i * 7 % FLOATS.len()]).collect();
            let b: Vec<f64> = (0..len + skip).map(|i| FLOATS[i * 3 % FLOATS.len()]).collect();
            check_comparisons(&a[skip..], &b[skip..]);
            let singles = |a: &[f64]| a.iter().map(|&x| x as f32).collect::<Vec<_>>();
            check_comparisons(&singles(&a)[skip..], &singles(&b)[skip..]);
            let bits = |a: &[f64]| a.iter().map(|x| x.to_bits().cast_signed()).collect::<Vec<_>>();
            check_comparisons(&bits(&a)[skip..], &bits(&b)[skip..]);
            let truths = |a: &[f64]| a.iter().map(|x| x.is_sign_negative()).collect::<Vec<_>>();
            let (left, right) = (truths(&a), truths(&b));
            check_comparisons(&left[skip..], &right[skip..]);
            for (x, y, pairs) in arguments(&left[skip..], &right[skip..]) {
                for (op, naive) in [
                    (LogicalOp::And, (|x, y| x && y) as fn(bool, bool) -> bool),
                    (LogicalOp::Or, |x, y| x || y),
                ] {
                    let found = written(pairs.len(), |out| Ok(logical(op, x, y, out))).unwrap();
                    assert_eq!(found, pairs.iter().map(|&(x, y)| naive(x, y)).collect::<Vec<_>>());
                }
            }
            let found = written(left.len(), |out| Ok(not(Arg::Slice(&left), out))).unwrap();
            assert_eq!(found, left.iter().map(|x| !x).collect::<Vec<_>>());
        }
    }
}

fn check_select<T: Register + PartialEq + Debug>(a: &[T], b: &[T]) {
    let mask: Vec<bool> = (0..a.len()).map(|i| (i * 31 + i / 5) % 3 == 0).collect();
    for (left, right, pairs) in arguments(a, b) {
        let chosen = |condition: Arg<'_, bool>| {
            written(pairs.len(), |out| Ok(select(condition, left, right, out))).unwrap()
        };
        let expected = |mask: &dyn Fn(usize) -> bool| -> Vec<T> {
            pairs.iter().enumerate().map(|(i, &(x, y))| if mask(i) { x } else { y }).collect()
        };
        assert_eq!(chosen(Arg::Slice(&mask)), expected(&|i| mask[i]));
        assert_eq!(chosen(Arg::Splat(true)), expected(&|_| true));
        assert_eq!(chosen(Arg::Splat(false)), expected(&|_| false));
    }
}

#[test]
fn selections_of_every_dtype() {
    for len in LENGTHS {
        let a: Vec<i64> = (0..len as i64).collect();
        let b: Vec<i64> = a.iter().map(|x| -1 - x).collect();
        macro_rules! check {
            ($of:expr) => {
                check_select(&a.iter().map($of).collect::<Vec<_>>(), &b.iter().map($of).collect::<Vec<_>>())
            };
        }
        check_select(&a, &b);
        check!(|&x| x as f64);
        check!(|&x| x as f32);
        check!(|&x| x % 3 == 0);
        check!(|&x| Complex64::new(x as f64, 0.5));
    }
}

fn evaluated<T: FromData>(node: Result<NodeRef>) -> Vec<T> {
    graph::evaluate(&node.unwrap(), &ExecutionContext::unlimited()).unwrap().to_vec()
}

#[test]
fn views_with_every_step() {
    for len in LENGTHS.into_iter().filter(|&len| len > 0) {
        let x: Vec<i64> = (0..len as i64).map(|i| i * 37 % 101 - 50).collect();
        let y: Vec<i64> = (0..len as i64).map(|i| i * 53 % 97 - 48).collect();
        let leaf = |tensor: &Tensor, tag: u64| Node::leaf(tensor.clone(), tag as _);
        for (a, b) in views(&x).iter().zip(views(&y).iter().rev()) {
            let (a, b) = (leaf(a, 0), leaf(b, 1));
            let less: Vec<bool> = x.iter().zip(&y).map(|(x, y)| x < y).collect();
            let least: Vec<i64> = x.iter().zip(&y).map(|(x, y)| *x.min(y)).collect();
            let product: Vec<i64> = x.iter().zip(&y).map(|(x, y)| x * y).collect();
            let mask = graph::compare(CompareOp::Lt, &a, &b);
            assert_eq!(evaluated::<bool>(mask.clone()), less);
            assert_eq!(evaluated::<i64>(graph::select(&mask.unwrap(), &a, &b)), least);
            assert_eq!(evaluated::<i64>(graph::binary(BinaryOp::Mul, &a, &b)), product);
        }
        let quarters: Vec<f64> = x.iter().map(|&x| x as f64 / 4.0).collect();
        for a in views(&quarters) {
            let expected: Vec<i64> = quarters.iter().map(|x| x.trunc() as i64).collect();
            assert_eq!(evaluated::<i64>(graph::cast(&leaf(&a, 0), DType::I64)), expected);
        }
    }
}

/// Fused loops of two operations equal two loops, including scalar operands and the inner result as both
/// operands.
#[test]
fn fused_operations_equal_separate_operations() {
    use BinaryOp::{Add, Div, Max, Mul, Sub};
    let context = linal_tensor::ExecutionContext::unlimited();
    for dtype in [DType::F32, DType::F64] {
        let leaf = |from: f64, tag: u32| {
            let values: Vec<f64> = (0..5_003).map(|i| from + (i % 97) as f64 * 0.37 - 15.0).collect();
            let wide = Node::leaf(vector(&values), 0);
            Node::leaf(graph::evaluate(&graph::cast(&wide, dtype).unwrap(), &context).unwrap(), tag)
        };
        let (a, b, c) = (leaf(0.1, 0), leaf(-3.0, 1), leaf(20.0, 2));
        let one = Tensor::scalar(Scalar::F64(1.7));
        let one = graph::evaluate(&graph::cast(&Node::leaf(one, 0), dtype).unwrap(), &context).unwrap();
        let one = Node::leaf(one, 3);
        let now = |node: &graph::NodeRef| graph::evaluate(node, &context).unwrap();
        let check = |node: graph::NodeRef, stepwise: graph::NodeRef, what: &str| {
            let bits = |tensor: Tensor| -> Vec<u64> {
                let wide = graph::cast(&Node::leaf(tensor, 0), DType::F64).unwrap();
                now(&wide).to_vec::<f64>().into_iter().map(f64::to_bits).collect()
            };
            assert!(bits(now(&node)) == bits(now(&stepwise)), "{what} of {dtype}");
        };
        for first in [Add, Sub, Mul, Div, Max] {
            let inner = graph::binary(first, &a, &b).unwrap();
            let done = Node::leaf(now(&inner), 9);
            for second in [Add, Sub, Mul, Div, Max] {
                for other in [&c, &a, &one] {
                    let pair = |inner| {
                        [(inner, other), (other, inner)].map(|(x, y)| graph::binary(second, x, y).unwrap())
                    };
                    for (node, stepwise) in pair(&inner).into_iter().zip(pair(&done)) {
                        check(node.clone(), stepwise.clone(), &format!("{first:?} {second:?}"));
                        // After another operation, and with a later use of the inner result.
                        let longer = |x: &graph::NodeRef, inner| {
                            graph::binary(Sub, &graph::binary(Add, x, &b).unwrap(), inner).unwrap()
                        };
                        let (node, stepwise) = (longer(&node, &inner), longer(&stepwise, &done));
                        check(node, stepwise, &format!("{first:?} {second:?} and more"));
                    }
                }
                let twice = graph::binary(second, &inner, &inner).unwrap();
                check(
                    twice,
                    graph::binary(second, &done, &done).unwrap(),
                    &format!("{first:?} {second:?} of itself"),
                );
            }
        }
    }
}
