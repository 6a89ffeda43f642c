//! Measures the size from which two threads are faster than one, and prints the table of `docs/kernels.md`.
//!
//! `cargo run --release -p linal-tensor --example thresholds [NAME]` takes two minutes on an idle machine.
//! Runs on one thread and on two alternate, and the lower quartile of each is reported, so that other work
//! affects both alike.

use std::time::{Duration, Instant};

use linal_tensor::graph::{self, Kernel, NodeRef, Program};
use linal_tensor::kernel::distance::DistanceOp;
use linal_tensor::kernel::elementwise::{BinaryOp, CompareOp, UnaryOp};
use linal_tensor::kernel::generate::Generator;
use linal_tensor::kernel::reduce::ReduceOp;
use linal_tensor::kernel::threads::{CostClass, PARALLEL_THRESHOLD};
use linal_tensor::{DType, ExecutionContext, Result, Shape, Tensor};

/// A measurement of a cost class, for a number of elements.
struct Case {
    name: &'static str,
    class: CostClass,
    /// The cost of a unit of work, in picoseconds.
    cost: usize,
    /// The largest size, as an exponent of 2.
    last: u32,
    build: fn(usize) -> Result<NodeRef>,
    /// Units of work: elements by default.
    work: fn(usize) -> usize,
}

const CASES: [Case; 21] = [
    case("a + b (f64)", CostClass::Simple, |n| graph::binary(BinaryOp::Add, &numbers(n), &numbers(n))),
    Case {
        cost: CostClass::Simple.cost_of(DType::F32),
        ..case("a + b (f32)", CostClass::Simple, |n| graph::binary(BinaryOp::Add, &singles(n)?, &singles(n)?))
    },
    case("CONCAT", CostClass::Copy, |n| {
        graph::kernel(Kernel::Concat { axis: 0 }, &[numbers(n / 2), numbers(n / 2)])
    }),
    case("a / b", CostClass::Division, |n| graph::binary(BinaryOp::Div, &numbers(n), &numbers(n))),
    case("EXP", CostClass::Function, |n| graph::unary(UnaryOp::Exp, &numbers(n))),
    Case {
        cost: CostClass::Function.cost_of(DType::F32),
        ..case("EXP (f32)", CostClass::Function, |n| graph::unary(UnaryOp::Exp, &singles(n)?))
    },
    case("SIN", CostClass::Function, |n| graph::unary(UnaryOp::Sin, &numbers(n))),
    case("a ^ b", CostClass::Power, |n| graph::binary(BinaryOp::Pow, &numbers(n), &numbers(n))),
    case("EXP (c128)", CostClass::Scalar, |n| {
        graph::unary(UnaryOp::Exp, &graph::complex(&numbers(n), &numbers(n))?)
    }),
    Case {
        cost: CostClass::Simple.cost() + CostClass::Gather.cost(),
        ..case("a + transposed b", CostClass::Gather, |n| {
            graph::binary(BinaryOp::Add, &square(n), &graph::transpose(&square(n))?)
        })
    },
    case("SUM", CostClass::Reduction, |n| graph::reduce(ReduceOp::Sum, &numbers(n), None)),
    case("SUM along rows", CostClass::Reduction, |n| graph::reduce(ReduceOp::Sum, &square(n), Some(1))),
    case("SUM along columns", CostClass::Reduction, |n| graph::reduce(ReduceOp::Sum, &square(n), Some(0))),
    case("VARIANCE", CostClass::Variance, |n| {
        graph::reduce(ReduceOp::Variance { population: true }, &numbers(n), None)
    }),
    case("DOT", CostClass::Distance, |n| graph::distance(DistanceOp::Dot, &numbers(n), &numbers(n))),
    case("CUMSUM along rows", CostClass::Scan, |n| {
        graph::kernel(Kernel::CumSum { axis: Some(1) }, &[square(n)])
    }),
    Case {
        work: |n| n * (n.ilog2() as usize + 1),
        ..case("SORT", CostClass::Sort, |n| graph::kernel(Kernel::Sort, &[numbers(n)]))
    },
    case("HISTOGRAM", CostClass::Histogram, |n| {
        graph::kernel(Kernel::Histogram { bins: 100 }, &[numbers(n)])
    }),
    case("RANDOM", CostClass::Random, |n| random(Shape::new(&[n]))),
    Case {
        cost: 3 * CostClass::Simple.cost(),
        ..case("a * b + c < d", CostClass::Simple, |n| {
            let product = graph::binary(BinaryOp::Mul, &numbers(n), &numbers(n))?;
            let sum = graph::binary(BinaryOp::Add, &product, &numbers(n))?;
            graph::compare(CompareOp::Lt, &sum, &numbers(n))
        })
    },
    Case {
        // Square matrices of `n` elements: 2^18 elements are 512 by 512.
        last: 18,
        work: |n| side(n).pow(3),
        ..case("MATMUL", CostClass::MatMul, |n| graph::matmul(&square(n), &square(n)))
    },
];

const FIRST: u32 = 12;
const LAST: u32 = 21;

const fn case(name: &'static str, class: CostClass, build: fn(usize) -> Result<NodeRef>) -> Case {
    Case { name, class, cost: class.cost(), last: LAST, build, work: |n| n }
}

/// Unsorted numbers between 0.5 and 1.5.
fn tensor(shape: Shape) -> Tensor {
    let half = graph::literal(linal_tensor::Scalar::F64(0.5));
    let numbers = random(shape).and_then(|numbers| graph::binary(BinaryOp::Add, &numbers, &half));
    let tensor = numbers.and_then(|numbers| graph::evaluate(&numbers, &ExecutionContext::unlimited()));
    tensor.unwrap_or_else(|error| panic!("random numbers: {error}"))
}

fn random(shape: Shape) -> Result<NodeRef> {
    graph::kernel(Kernel::Generate(Generator::Random { shape, seed: 1, dtype: DType::F64 }), &[])
}

fn numbers(n: usize) -> NodeRef {
    graph::Node::leaf(tensor(Shape::new(&[n])), 0)
}

fn singles(n: usize) -> Result<NodeRef> {
    let singles = graph::evaluate(&graph::cast(&numbers(n), DType::F32)?, &ExecutionContext::unlimited())?;
    Ok(graph::Node::leaf(singles, 0))
}

/// A square matrix of about `n` elements.
fn square(n: usize) -> NodeRef {
    graph::Node::leaf(tensor(Shape::new(&[side(n), side(n)])), 0)
}

fn side(n: usize) -> usize {
    n.isqrt()
}

/// The lower quartiles of the times on one thread and on two.
fn measure(program: &Program, inputs: &[&Tensor]) -> Result<[Duration; 2]> {
    let one = ExecutionContext::unlimited().with_threads(1);
    let two = ExecutionContext::unlimited().with_threads(2).force_parallel();
    let mut times = [Vec::new(), Vec::new()];
    let end = Instant::now() + Duration::from_millis(200);
    while times[0].len() < 12 || (Instant::now() < end && times[0].len() < 2000) {
        for (context, times) in [&one, &two].into_iter().zip(&mut times) {
            let start = Instant::now();
            std::hint::black_box(program.run(inputs, context)?);
            times.push(start.elapsed());
        }
    }
    Ok(times.map(|mut times| {
        times.sort();
        times[times.len() / 4]
    }))
}

fn print_row(case: &Case) -> Result<()> {
    print!("| {} | {:?} |", case.name, case.class);
    let (mut faster_from, mut cells, mut cost) = (None, Vec::new(), 0.0);
    for exponent in FIRST..=case.last {
        let n = 1usize << exponent;
        let program = graph::compile(&(case.build)(n)?);
        let inputs: Vec<&Tensor> = program.inputs().iter().map(|leaf| &leaf.tensor).collect();
        let [one, two] = measure(&program, &inputs)?;
        let work = (case.work)(n);
        let ratio = one.as_secs_f64() / two.as_secs_f64();
        if ratio < 1.1 {
            faster_from = None;
        } else {
            faster_from = faster_from.or(Some(work));
        }
        if exponent == 14 {
            cost = one.as_secs_f64() * 1e12 / work as f64;
        }
        let shared = if work * case.cost >= PARALLEL_THRESHOLD { "**" } else { "" };
        cells.push(format!(
            "{shared}{:.1} / {:.1}{shared}",
            one.as_secs_f64() * 1e6,
            two.as_secs_f64() * 1e6
        ));
    }
    let faster_from = faster_from.map_or("-".into(), |work| work.to_string());
    println!(
        " {cost:.0} | {} | {} | {faster_from} | {} |",
        case.cost,
        PARALLEL_THRESHOLD.div_ceil(case.cost),
        cells.join(" | ")
    );
    Ok(())
}

fn main() -> Result<()> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let sizes: Vec<String> = (FIRST..=LAST).map(|exponent| format!("2^{exponent}")).collect();
    println!("| kernel | class | ps / element | cost | shared from | faster from | {} |", sizes.join(" | "));
    println!("|{}", " --- |".repeat(6 + sizes.len()));
    CASES.iter().filter(|case| case.name.contains(&wanted)).try_for_each(print_row)
}
