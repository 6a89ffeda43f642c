//! Random element-wise expressions over random dtypes and layouts equal an interpreter that knows one element at a
//! time, run at once, lazily, and in parts.

mod interpreter;
mod tree;

use linal_engine::{Code, Error, Session};
use linal_tensor::Tensor;
use proptest::prelude::*;

use crate::reference::{Tolerance, disagreement};
use crate::session;
use interpreter::{Variable, evaluate};
use tree::{Binary, Expr, numeric};

type Run = Result<Tensor, Error>;

/// Runs definitions, and gives the last one's value.
fn run(session: &mut Session, keyword: &str, definitions: &[String]) -> Run {
    for definition in definitions {
        session.execute(&format!("{keyword} {definition}"))?;
    }
    session.tensor("r")
}

fn shown(run: &Run) -> String {
    match run {
        Ok(tensor) => linal_tensor::dispatch!(tensor.dtype(), T => {
            format!("{} {} {:?}", tensor.dtype(), tensor.shape(), tensor.to_vec::<T>())
        }),
        Err(error) => format!("{}: {}", error.code().name(), error.message()),
    }
}

/// Whether an error is one of values, and not of the expression.
fn is_fault(error: &Error) -> bool {
    matches!(error.code(), Code::IntegerOverflow | Code::DivisionByZero | Code::UndefinedResult)
}

/// Whether two values of an expression are the same, to the last bit where it has no power: those are good to two units
/// in the last place, and short ways of some exponents give other ones than the general way. What is made of a power may
/// differ by anything, so its dtype and shape alone are compared.
fn same(a: &Tensor, b: &Tensor, expr: &Expr) -> bool {
    let powers = expr.to_string().matches('^').count();
    let tolerance = match (powers, expr) {
        (0, _) => Tolerance::Exact,
        (1, Expr::Binary(Binary::Pow, ..)) => Tolerance::Ulp(4),
        _ => return a.dtype() == b.dtype() && a.shape() == b.shape(),
    };
    disagreement(a, b, tolerance).is_none()
}

fn agree(a: &Run, b: &Run, expr: &Expr) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => same(a, b, expr),
        // Where two elements have no value, either may be met first.
        (Err(a), Err(b)) => is_fault(a) && is_fault(b),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn expressions_equal_the_interpreter(variables in interpreter::variables(), expr in numeric(4)) {
        let mut session = session();
        for variable in &variables {
            session.bind_tensor(variable.name, variable.tensor());
        }
        let definition = [format!("r = {expr}")];
        let eager = run(&mut session, "LET", &definition);
        check(&variables, &expr, &eager)?;
        let cached = run(&mut session, "LET", &definition);
        prop_assert!(agree(&cached, &eager, &expr), "{}\n cached {}\n first  {}", expr, shown(&cached), shown(&eager));
        let lazy = run(&mut session, "LAZY LET", &definition);
        prop_assert!(agree(&lazy, &eager, &expr), "{}\n lazy  {}\n eager {}", expr, shown(&lazy), shown(&eager));
        if let Some(parts) = parts(&expr) {
            let eager = run(&mut session, "LET", &parts);
            let lazy = run(&mut session, "LAZY LET", &parts);
            prop_assert!(agree(&lazy, &eager, &expr), "{:?}\n lazy  {}\n eager {}", parts, shown(&lazy), shown(&eager));
        }
    }
}

fn check(variables: &[Variable], expr: &Expr, found: &Run) -> Result<(), TestCaseError> {
    match (evaluate(expr, variables), found) {
        (Ok(expected), Ok(found)) => {
            let expected = expected.tensor();
            let equal = same(found, &expected, expr);
            prop_assert!(
                equal,
                "{}\n got      {}\n expected {}",
                expr,
                shown(&Ok(found.clone())),
                shown(&Ok(expected))
            );
        }
        (Err(_), Err(error)) => prop_assert!(is_fault(error), "{}: {}", expr, error.message()),
        // What is computed for no element need not be computed.
        (Err(fault), Ok(found)) => {
            prop_assert!(found.is_empty(), "{} is {} instead of {:?}", expr, shown(&Ok(found.clone())), fault)
        }
        (Ok(_), Err(error)) => prop_assert!(false, "{}: {}", expr, error.message()),
    }
    Ok(())
}

/// The operands of the outermost operation as definitions of their own.
fn parts(expr: &Expr) -> Option<[String; 3]> {
    match expr {
        Expr::Binary(op, a, b) => {
            let whole = Expr::Binary(*op, Box::new(Expr::Variable("p")), Box::new(Expr::Variable("q")));
            Some([format!("p = {a}"), format!("q = {b}"), format!("r = {whole}")])
        }
        _ => None,
    }
}
