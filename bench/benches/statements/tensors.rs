//! Statements over tensors.

use criterion::Criterion;

use crate::{random, statement, statements};

const LARGE: usize = 10_000_000;
const DTYPES: [&str; 2] = ["f64", "f32"];

/// The name of a case: `vector_add/128` for f64, `vector_add/128/f32` for other dtypes.
fn case(dtype: &str, n: usize) -> String {
    if dtype == "f64" { n.to_string() } else { format!("{n}/{dtype}") }
}

pub fn all(c: &mut Criterion) {
    vector_add(c);
    similarity(c);
    fused(c);
    math(c);
    reduce(c);
    matmul(c);
    views(c);
}

fn vector_add(c: &mut Criterion) {
    for dtype in DTYPES {
        for n in [128, 512, 4096, 100_000, LARGE] {
            let setup = random(dtype, &[("v1", &[n]), ("v2", &[n])]);
            statement(c, "vector_add", &case(dtype, n), &setup, "LET v3 = ADD v1 v2");
        }
    }
}

fn similarity(c: &mut Criterion) {
    let setup = random("f64", &[("v1", &[128]), ("v2", &[128])]);
    statement(c, "similarity", "128", &setup, "LET s = SIMILARITY v1 WITH v2");
}

/// Chains of elementwise operations, which should be fused to one pass over memory.
fn fused(c: &mut Criterion) {
    let five = ["a", "b", "c", "d", "e"];
    for (n, size) in [(1_000_000, "1M"), (LARGE, "10M")] {
        let dims = [n];
        let setup = random("f32", &five.map(|name| (name, dims.as_slice())));
        statement(c, "fused", &format!("five_arrays/{size}"), &setup, "LET y = (a * b + c) / d - e");
    }
    let steps = ["s * 1.01", "s + b", "ABS(s)", "s - 0.25", "s * a"].repeat(4);
    let steps: Vec<String> = ["LAZY LET s = a".to_owned()]
        .into_iter()
        .chain(steps.iter().map(|step| format!("LAZY LET s = {step}")))
        .chain(["LET y = s".to_owned()])
        .collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    statements(c, "fused", "lazy_20/10M", &random("f32", &[("a", &[LARGE]), ("b", &[LARGE])]), &steps);
}

fn math(c: &mut Criterion) {
    for dtype in DTYPES {
        let mut setup = random(dtype, &[("x", &[LARGE])]);
        setup.push("LET w = EXP(x)".to_owned());
        for (case, text) in [
            ("exp", "LET y = EXP(x)"),
            ("log", "LET y = LOG(w)"),
            ("sin", "LET y = SIN(x)"),
            ("tanh", "LET y = TANH(x)"),
        ] {
            statement(c, "math", &format!("{case}/{dtype}"), &setup, text);
        }
    }
}

fn reduce(c: &mut Criterion) {
    for dtype in DTYPES {
        let setup = random(dtype, &[("a", &[LARGE]), ("b", &[LARGE])]);
        for (case, text) in [
            ("sum", "LET y = SUM(a)"),
            ("mean", "LET y = MEAN(a)"),
            ("stdev", "LET y = STDEV(a)"),
            ("min", "LET y = MIN(a)"),
            ("argmax", "LET y = ARGMAX(a)"),
            ("dot", "LET y = DOT a b"),
            ("cosine", "LET y = SIMILARITY a WITH b"),
        ] {
            statement(c, "reduce", &format!("{case}/{dtype}"), &setup, text);
        }
    }
    let setup = random("f32", &[("m", &[4000, 4000])]);
    statement(c, "reduce", "axis_0", &setup, "LET y = SUM m AXIS 0");
    statement(c, "reduce", "axis_1", &setup, "LET y = SUM m AXIS 1");
    statement(c, "reduce", "strided", &setup, "LET y = SUM(m[::2, ::3])");
}

fn matmul(c: &mut Criterion) {
    for dtype in DTYPES {
        for n in [64, 100, 512, 1024, 2048] {
            let setup = random(dtype, &[("a", &[n, n]), ("b", &[n, n])]);
            statement(c, "matmul", &case(dtype, n), &setup, "LET c = MATMUL a b");
        }
        let setup = random(dtype, &[("a", &[1024, 1024]), ("b", &[1024, 1024])]);
        statement(c, "matmul", &format!("atb/{dtype}"), &setup, "LET c = TRANSPOSE(a) @ b");
        statement(c, "matmul", &format!("abt/{dtype}"), &setup, "LET c = a @ TRANSPOSE(b)");
    }
    let setup =
        random("f64", &[("a", &[1500, 300]), ("b", &[300, 1500]), ("c", &[1500, 200]), ("d", &[200, 100])]);
    statement(c, "matmul", "chain", &setup, "LET y = a @ b @ c @ d");
}

/// Views, whose cost does not depend on the size; and an operation that copies one.
fn views(c: &mut Criterion) {
    for (dims, to, size) in [([25, 40], "[40, 25]", "1k"), ([2500, 4000], "[4000, 2500]", "10M")] {
        let setup = random("f64", &[("a", &dims)]);
        statement(c, "views", &format!("reshape/{size}"), &setup, &format!("LET y = RESHAPE a TO {to}"));
        statement(c, "views", &format!("transpose/{size}"), &setup, "LET y = TRANSPOSE a");
        statement(c, "views", &format!("slice/{size}"), &setup, "LET y = a[5:20, 3]");
    }
    let setup = random("f32", &[("a", &[4000, 4000]), ("b", &[4000, 4000])]);
    statement(c, "views", "transpose_add", &setup, "LET y = TRANSPOSE(a) + b");
}
