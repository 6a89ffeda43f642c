//! The number of threads changes no bit of a result.

use linal_engine::Session;
use linal_tensor::Tensor;

use crate::session_with_threads;
use crate::views::same;

/// Over the size from which work is shared out, in contiguous, reversed, transposed and broadcast layouts.
const DEFINITIONS: &[&str] = &[
    "x = RANDN [1500, 1100] SEED 1",
    "y = RANDOM [1500, 1100] SEED 2",
    "f = CAST(x AS f32)",
    "k = CAST(x * 1000 AS i64)",
    "z = COMPLEX(x, y)",
    "t = TRANSPOSE x",
    "s = x[::-1, 3::2]",
    "b = y[0] + ZEROS [1500, 1100]",
];

const EXPRESSIONS: &[&str] = &[
    "(x * y + b) / (y + 1) - EXP(-ABS x)",
    "SIN(t) * t - TRANSPOSE y",
    "WHERE(x > 0, f, -f)",
    "k * 3 - k DIV 7",
    "z * z + 1",
    "SUM x",
    "SUM t",
    "SUM s",
    "SUM f",
    "SUM k",
    "SUM z",
    "SUM x AXIS 0",
    "SUM x AXIS 1",
    "SUM t AXIS 0",
    "SUM s AXIS 1",
    "PROD(1 + x * 0.001)",
    "MEAN f AXIS 0",
    "VARIANCE x",
    "STDEV t AXIS 1",
    "L2_NORM s",
    "L2_NORM x AXIS 0",
    "MIN x AXIS 0",
    "MAX t",
    "ARGMAX x",
    "ARGMIN s AXIS 1",
    "ANY(x > 4)",
    "ALL(x < 9) ",
    "SORT(FLATTEN x)",
    "SORT s",
    "ARGSORT(FLATTEN(ROUND(x)))",
    "UNIQUE k",
    "CUMSUM x",
    "CUMSUM t AXIS 0",
    "CUMSUM x AXIS 1",
    "DIFF x",
    "QUANTILE x [0.01, 0.5, 0.99]",
    "HISTOGRAM x BINS 50",
    "x[x > 1]",
    "NORMALIZE x",
    "NORMALIZE t AXIS 0",
    "DOT (FLATTEN x) (FLATTEN y)",
    "DISTANCE x TO y",
    "SIMILARITY x WITH y",
    "CORRELATE t WITH (TRANSPOSE y)",
    "CONCAT x s AXIS 1",
    "STACK f f",
    "CAST(t AS f32)",
    "RANDN [1200, 1000] SEED 9",
    "LINSPACE 0, 1, 1200001",
    "x @ t",
    "t @ x",
    "f @ TRANSPOSE f",
    "k[:300] @ TRANSPOSE k[:300]",
    "x @ y[7]",
    "z[:200] @ TRANSPOSE z[:200]",
    "EINSUM('ij,ij->i', x, y)",
    "EINSUM('ij,kj->ik', x[:400], y[:300])",
];

#[test]
fn one_thread_and_two_give_the_same_bits() {
    let (mut one, mut two) = (session_with_threads(1), session_with_threads(2));
    for session in [&mut one, &mut two] {
        for definition in DEFINITIONS {
            session.execute(&format!("LET {definition}")).unwrap();
        }
    }
    let differing: Vec<&str> = EXPRESSIONS
        .iter()
        .copied()
        .filter(|text| !same(&value(&mut one, text), &value(&mut two, text)))
        .collect();
    assert!(differing.is_empty(), "these depend on the number of threads: {differing:#?}");
}

fn value(session: &mut Session, text: &str) -> Tensor {
    let run = session.execute(&format!("LET r = {text}")).and_then(|_| session.tensor("r"));
    run.unwrap_or_else(|error| panic!("{text}: {}", error.message()))
}
