//! Chains of views written in the language equal the same chains on copies, and so does what is computed from them.

use linal_engine::Session;
use linal_tensor::Tensor;
use proptest::prelude::*;

use crate::arrays::{Array, Layout, layout};
use crate::reference::{Tolerance, disagreement};
use crate::session;

/// One view, with numbers that are brought into the range of the axes it meets.
#[derive(Clone, Debug)]
enum Step {
    Transpose,
    Flatten,
    /// The sizes in another grouping.
    Reshape(u32),
    /// A range of an axis; its ends may be left out or counted from the end.
    Slice {
        axis: usize,
        start: usize,
        stop: usize,
        step: i64,
        spelling: u8,
    },
    Row(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let slice =
        (0..4usize, 0..8usize, 0..8usize, prop::sample::select(vec![-3i64, -2, -1, 1, 2, 3]), any::<u8>());
    prop_oneof![
        2 => Just(Step::Transpose),
        1 => Just(Step::Flatten),
        2 => any::<u32>().prop_map(Step::Reshape),
        4 => slice.prop_map(|(axis, start, stop, step, spelling)| Step::Slice { axis, start, stop, step, spelling }),
        1 => (0..8usize).prop_map(Step::Row),
    ]
}

/// The view's text over `v`, and the copy that it must equal. `None` where the array has no such view.
fn apply(array: &Array<f64>, step: &Step) -> Option<(String, Array<f64>)> {
    let dims = &array.dims;
    match *step {
        Step::Transpose => Some(("TRANSPOSE v".into(), array.transpose())),
        Step::Flatten => Some(("FLATTEN v".into(), array.reshape(&[array.values.len()]))),
        Step::Reshape(choice) => {
            let sizes = regrouped(array.values.len(), choice);
            Some((format!("RESHAPE v TO {sizes:?}"), array.reshape(&sizes)))
        }
        Step::Row(row) if dims.first().is_some_and(|&size| size > 0) => {
            let row = row % dims[0];
            let spelled = if row.is_multiple_of(2) { row as i64 } else { row as i64 - dims[0] as i64 };
            Some((format!("v[{spelled}]"), array.row(row)))
        }
        Step::Slice { axis, start, stop, step, spelling } if !dims.is_empty() => {
            let axis = axis % dims.len();
            Some(sliced(array, axis, start % (dims[axis] + 1), stop % (dims[axis] + 1), step, spelling))
        }
        _ => None,
    }
}

fn sliced(
    array: &Array<f64>,
    axis: usize,
    start: usize,
    stop: usize,
    step: i64,
    spelling: u8,
) -> (String, Array<f64>) {
    let size = array.dims[axis];
    let left_out = (spelling & 1 > 0, spelling & 2 > 0);
    let (first, last) = match (step > 0, left_out) {
        (true, (no_start, no_stop)) => {
            (if no_start { 0 } else { start as i64 }, if no_stop { size } else { stop } as i64)
        }
        // Downwards, a start behind the end begins at the end, and without a stop the first place is taken, too.
        (false, (no_start, no_stop)) => (
            if no_start { size as i64 - 1 } else { (start as i64).min(size as i64 - 1) },
            if no_stop { -1 } else { stop as i64 },
        ),
    };
    let places: Vec<i64> = if step > 0 {
        (first..last).step_by(step as usize).collect()
    } else {
        (last + 1..=first).rev().step_by(-step as usize).collect()
    };
    // An end may be counted from the back, but the size itself has no such spelling.
    let spell = |place: usize, out: bool, back: bool| match (out, back && place < size) {
        (true, _) => String::new(),
        (_, true) => (place as i64 - size as i64).to_string(),
        _ => place.to_string(),
    };
    let range = format!(
        "{}:{}:{step}",
        spell(start, left_out.0, spelling & 4 > 0),
        spell(stop, left_out.1, spelling & 8 > 0)
    );
    let text = format!("v[{}{range}]", ":, ".repeat(axis));
    (text, array.slice(axis, first, step, places.len()))
}

/// Sizes of a product, chosen by the bits of a number.
fn regrouped(len: usize, mut choice: u32) -> Vec<usize> {
    if len == 0 {
        return vec![choice as usize % 3, 0, 2];
    }
    let mut sizes = vec![1];
    let (mut rest, mut prime) = (len, 2);
    while rest > 1 {
        if rest % prime > 0 {
            prime += 1;
            continue;
        }
        rest /= prime;
        if choice & 1 > 0 {
            sizes.push(1);
        }
        if let Some(last) = sizes.last_mut() {
            *last *= prime;
        }
        choice >>= 1;
    }
    sizes
}

fn array() -> impl Strategy<Value = Array<f64>> {
    prop::collection::vec(0..6usize, 0..4).prop_flat_map(|dims| {
        let len = dims.iter().product::<usize>();
        // Small whole numbers: sums and products are exact in any order.
        prop::collection::vec((-9i64..10).prop_map(|x| x as f64), len)
            .prop_map(move |values| Array::new(&dims, values))
    })
}

/// Expressions that must not see how `v` lies in memory. Those that a shape does not have fail for both.
const USES: &[&str] = &[
    "v",
    "-v",
    "v * 2 + 1",
    "v > 0",
    "v + v[::-1]",
    "FLATTEN v",
    "SUM v",
    "SUM v AXIS 0",
    "MAX v AXIS -1",
    "MEAN v AXIS 0",
    "ARGMIN v AXIS 0",
    "STDEV v AXIS -1",
    "L2_NORM v AXIS 0",
    "PROD v AXIS -1",
    "SORT v",
    "ARGSORT v",
    "CUMSUM v",
    "CUMSUM v AXIS 0",
    "DIFF v",
    "UNIQUE v",
    "QUANTILE v 0.4",
    "HISTOGRAM v BINS 3",
    "v @ TRANSPOSE v",
    "TRANSPOSE v @ v",
    "STACK v v",
    "CONCAT v v[1:]",
    "NORMALIZE v AXIS 0",
    "CAST(v AS i64)",
    "v[v > 0]",
    "EINSUM('...i->...', v)",
    "EINSUM('ij,kj->ki', v, v)",
    "DISTANCE v TO v[::-1]",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_chain_of_views_equals_the_chain_on_copies(
        start in array(),
        layout in layout(),
        repeated in prop::option::weighted(0.3, 1..4usize),
        steps in prop::collection::vec(step(), 0..6),
    ) {
        let mut session = session();
        let (copy, texts) = chain(&mut session, start, layout, repeated, &steps)?;
        for used in USES {
            session.bind_tensor("c", copy.tensor());
            let of_view = session.execute(&format!("LET r = {used}")).and_then(|_| session.tensor("r"));
            let of_copy = session.execute(&format!("LET r = {}", of_copy(used))).and_then(|_| session.tensor("r"));
            match (of_view, of_copy) {
                (Ok(a), Ok(b)) => prop_assert!(agree(used, &a, &b), "{used} of {texts:?}: {a:?} instead of {b:?}"),
                (Err(a), Err(b)) => prop_assert_eq!(a.message(), b.message(), "{} of {:?}", used, texts),
                (a, b) => prop_assert!(false, "{used} of {texts:?}: {a:?} instead of {b:?}"),
            }
        }
    }
}

/// Makes the chain in the session, step by step, and on a copy; both must agree all the way.
fn chain(
    session: &mut Session,
    start: Array<f64>,
    layout: Layout,
    repeated: Option<usize>,
    steps: &[Step],
) -> Result<(Array<f64>, Vec<String>), TestCaseError> {
    let mut dims = start.dims.clone();
    dims.splice(0..0, repeated);
    session.bind_tensor("v", start.laid_out(layout).broadcast_to(&dims.clone().into()).unwrap());
    let (mut copy, mut texts) = (start.broadcast(&dims), Vec::new());
    for step in steps {
        let Some((text, next)) = apply(&copy, step) else { continue };
        let run = session.execute(&format!("LET v = {text}")).and_then(|_| session.tensor("v"));
        let view = run.map_err(|error| {
            TestCaseError::fail(format!("{text} of {:?}: {}", copy.dims, error.message()))
        })?;
        prop_assert_eq!(view.shape().dims(), &next.dims[..], "{} of {:?}", text, copy.dims);
        prop_assert_eq!(view.to_vec::<f64>(), next.values.clone(), "{} of {:?}", text, copy);
        copy = next;
        texts.push(text);
    }
    Ok((copy, texts))
}

/// The expression with the name of the copy instead of the view's.
fn of_copy(used: &str) -> String {
    let words = used.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    words
        .map(|word| {
            word.strip_prefix('v')
                .filter(|rest| !rest.starts_with(char::is_alphanumeric))
                .map_or(word.into(), |rest| format!("c{rest}"))
        })
        .collect()
}

/// The same bits, but for variances, and that a product of matrices may add its zeros in another order, and has 0 or -0.
fn agree(used: &str, a: &Tensor, b: &Tensor) -> bool {
    let is_product = used.contains('@') || used.starts_with("EINSUM");
    // Lanes side by side take two passes, others one, whose last digits differ.
    let is_spread = used.starts_with("STDEV") || used.starts_with("VARIANCE");
    let tolerance = match (is_product, is_spread) {
        (true, _) => Tolerance::Equal,
        (_, true) => Tolerance::Relative(1e-13),
        _ => Tolerance::Exact,
    };
    disagreement(a, b, tolerance).is_none()
}

/// The same dtype, shape and bits.
pub fn same(a: &Tensor, b: &Tensor) -> bool {
    disagreement(a, b, Tolerance::Exact).is_none()
}
