//! Latency of one statement, from its text to the bound result, through `Session::execute`.
//!
//! Before timing, the bytes that one statement allocates are counted and printed, so that a copy in a view or
//! an intermediate result shows.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use linal_bench::{Counting, allocations};
use linal_engine::{Engine, Session};

mod datasets;
mod tensors;

// Counting costs one addition per allocation, which the times include.
#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn session(setup: &[String]) -> Session {
    let mut session = Engine::default().session();
    for statement in setup {
        run(&mut session, statement);
    }
    session
}

fn run(session: &mut Session, statement: &str) {
    if let Err(error) = session.execute(statement) {
        panic!("{statement}: {error}");
    }
}

/// Times one statement after its setup, as `group/case`.
fn statement(c: &mut Criterion, group: &str, case: &str, setup: &[String], text: &str) {
    statements(c, group, case, setup, &[text]);
}

/// Times several statements together, such as the definitions of a lazy graph and its use.
fn statements(c: &mut Criterion, group: &str, case: &str, setup: &[String], texts: &[&str]) {
    let mut session = session(setup);
    let mut all = || texts.iter().for_each(|text| run(&mut session, text));
    all();
    let (bytes, calls, ()) = allocations(&mut all);
    println!("{group}/{case}: {bytes} bytes in {calls} allocations");
    c.benchmark_group(group).bench_function(BenchmarkId::from_parameter(case), |b| b.iter(&mut all));
}

/// A setup that creates random tensors of one dtype from names and dims.
fn random(dtype: &str, tensors: &[(&str, &[usize])]) -> Vec<String> {
    let tensors = tensors.iter().enumerate();
    let tensors = tensors.map(|(seed, (name, dims))| format!("LET {name} = RANDN {dims:?} SEED {seed}"));
    [format!("SET default_dtype = {dtype}")].into_iter().chain(tensors).collect()
}

criterion_group!(benches, tensors::all, datasets::all);
criterion_main!(benches);
