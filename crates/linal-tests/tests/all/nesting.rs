//! Very deep and very long statements succeed or fail cleanly; none overflows the stack.

use libtest_mimic::{Failed, Trial};
use linal::Code;

use crate::harness::{ensure, session, test};

/// An expression, and what it gives: its first element, or the code of its error.
type Case = (&'static str, String, Result<f64, Code>);

pub fn trials() -> Vec<Trial> {
    cases().into_iter().map(|case| test(format!("nesting::{}", case.0), move || check(&case))).collect()
}

const DEEP: usize = 10_000;
const LONG: usize = 100_000;

fn cases() -> Vec<Case> {
    let wrapped =
        |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP));
    vec![
        ("brackets", wrapped("(", "1", ")"), Ok(1.0)),
        ("calls", wrapped("ABS(", "-1", ")"), Ok(1.0)),
        ("prefix_forms", wrapped("ABS (", "-1", ")"), Ok(1.0)),
        ("two_operands", wrapped("ADD(1, ", "0", ")"), Ok(DEEP as f64)),
        ("sums_in_brackets", wrapped("(1 + ", "0", ")"), Ok(DEEP as f64)),
        ("minus_signs", format!("{}1", "- ".repeat(DEEP)), Ok(1.0)),
        ("nots", format!("{}TRUE", "NOT ".repeat(DEEP)), Ok(1.0)),
        ("indices", format!("v{}", "[0:1]".repeat(DEEP)), Ok(1.0)),
        ("views", wrapped("TRANSPOSE(", "v", ")"), Ok(1.0)),
        ("long_sum", vec!["1"; LONG].join(" + "), Ok(LONG as f64)),
        ("long_sum_of_tensors", vec!["v"; LONG].join(" + "), Ok(LONG as f64)),
        ("long_conjunction", vec!["TRUE"; LONG].join(" AND "), Ok(1.0)),
        ("long_power", vec!["1"; DEEP].join(" ^ "), Ok(1.0)),
        ("long_matmul_chain", vec!["EYE(2)"; 300].join(" @ "), Ok(1.0)),
        ("long_concat", format!("CONCAT({})", vec!["v"; DEEP].join(", ")), Ok(1.0)),
        ("long_list", format!("[{}]", vec!["v"; DEEP].join(", ")), Ok(1.0)),
        ("nested_list", wrapped("[", "1", "]"), Ok(1.0)),
        ("nested_list_of_names", format!("{}w{}", "[".repeat(1000), "]".repeat(1000)), Ok(1.0)),
        ("subqueries", subqueries(8), Ok(8.0)),
        ("too_many_subqueries", subqueries(18), Err(Code::NestingTooDeep)),
        ("open_brackets", "(".repeat(DEEP), Err(Code::UnexpectedEnd)),
        ("open_square_brackets", "[".repeat(DEEP), Err(Code::UnexpectedEnd)),
        ("unknown_name_in_the_deep", wrapped("(1 + ", "nosuch", ")"), Err(Code::UnknownName)),
    ]
}

/// A subquery within a subquery, each of which adds one.
fn subqueries(levels: usize) -> String {
    (0..levels).fold("0".to_string(), |inner, _| format!("(SELECT {inner} + 1)"))
}

fn check((name, expression, expected): &Case) -> Result<(), Failed> {
    let (_engine, mut session) = session();
    session.execute("VECTOR v = [1]")?;
    session.execute("LET w = 1")?;
    let found = session.execute(&format!("LET x = {expression}")).map_err(|error| error.code());
    let found = match found {
        Ok(_) => Ok(first(&mut session)?),
        Err(code) => Err(code),
    };
    ensure(found == *expected, || format!("{name} gave {found:?}, not {expected:?}"))
}

fn first(session: &mut linal::Session) -> Result<f64, Failed> {
    let cast = crate::harness::value(session, "FLATTEN(CAST(x AS f64))[0]")?;
    cast.to_vec::<f64>().first().copied().ok_or_else(|| "it is empty".into())
}
