//! Latency of one statement, from its text to the bound result, through `Session::execute`.
//!
//! Before timing, the bytes that one statement allocates are counted and printed, so that a view that copied or an
//! addition with an intermediate would show.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use linal_bench::{Counting, allocations};
use linal_engine::{Engine, Session};

// Counts cost an addition each; they are in the times below.
#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn session(setup: &[&str]) -> Session {
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

fn statement(c: &mut Criterion, group: &str, case: &str, setup: &[&str], text: &str) {
    let mut session = session(setup);
    run(&mut session, text);
    let (bytes, calls, ()) = allocations(|| run(&mut session, text));
    println!("{group}/{case}: {bytes} bytes in {calls} allocations a statement");
    c.benchmark_group(group)
        .bench_function(BenchmarkId::from_parameter(case), |b| b.iter(|| run(&mut session, text)));
}

fn vector_add(c: &mut Criterion) {
    for dtype in ["f64", "f32"] {
        for n in [128, 512, 4096, 100_000] {
            let set = format!("SET default_dtype = {dtype}");
            let v1 = format!("LET v1 = RANDN [{n}] SEED 1");
            let v2 = format!("LET v2 = RANDN [{n}] SEED 2");
            statement(c, "vector_add", &format!("{dtype}/{n}"), &[&set, &v1, &v2], "LET v3 = ADD v1 v2");
        }
    }
}

fn similarity(c: &mut Criterion) {
    let setup = ["LET v1 = RANDN [128] SEED 1", "LET v2 = RANDN [128] SEED 2"];
    statement(c, "similarity", "128", &setup, "LET s = SIMILARITY v1 WITH v2");
}

fn matmul(c: &mut Criterion) {
    let setup = ["LET a = RANDN [100, 100] SEED 1", "LET b = RANDN [100, 100] SEED 2"];
    statement(c, "matmul", "100", &setup, "LET c = MATMUL a b");
}

fn views(c: &mut Criterion) {
    let setup = ["LET a = RANDN [2500, 4000] SEED 1"];
    statement(c, "view_10M", "reshape", &setup, "LET r = RESHAPE a TO [4000, 2500]");
    statement(c, "view_10M", "transpose", &setup, "LET t = TRANSPOSE a");
    statement(c, "view_10M", "slice", &setup, "LET s = a[100:2000, 3]");
}

fn fused(c: &mut Criterion) {
    let n = 1_000_000;
    let setup: Vec<String> =
        "abcde".chars().enumerate().map(|(i, name)| format!("LET {name} = RANDN [{n}] SEED {i}")).collect();
    let setup: Vec<&str> = setup.iter().map(String::as_str).collect();
    statement(c, "fused_1M", "(a*b+c)/d-e", &setup, "LET y = (a * b + c) / d - e");
}

criterion_group!(benches, vector_add, similarity, matmul, views, fused);
criterion_main!(benches);
