//! Rows and queries. Columns come from tensors of the session, so that setup is fast.

use criterion::Criterion;

use crate::statement;

pub fn all(c: &mut Criterion) {
    dataset_scan(c);
    dataset_group(c);
    insert(c);
    search(c);
}

fn dataset_scan(c: &mut Criterion) {
    for (n, size) in [(1_000, "1k"), (1_000_000, "1M")] {
        let half = n / 2;
        statement(
            c,
            "dataset_scan",
            &format!("half/{size}"),
            &rows(n),
            &format!("SELECT id, x FROM t WHERE id > {half}"),
        );
    }
    let setup = rows(1_000_000);
    statement(c, "dataset_scan", "few/1M", &setup, "SELECT id, x FROM t WHERE x > 0.999");
    statement(c, "dataset_scan", "count/1M", &setup, "SELECT COUNT(*) AS n FROM t WHERE x > 0.5");
    statement(c, "dataset_scan", "top/1M", &setup, "SELECT id, x FROM t ORDER BY x DESC LIMIT 10");
}

fn dataset_group(c: &mut Criterion) {
    let text = "SELECT k, SUM(x) AS s, COUNT(*) AS n FROM t GROUP BY k";
    statement(c, "dataset_group", "sum/1M", &rows(1_000_000), text);
    statement(
        c,
        "dataset_group",
        "centroid/200k",
        &vectors(),
        "SELECT g, AVG(v) AS centre FROM e GROUP BY g",
    );
}

/// The dataset grows with each run.
fn insert(c: &mut Criterion) {
    let setup = ["CREATE TABLE t (id INT, x DOUBLE, s VARCHAR)".to_owned()];
    statement(c, "insert", "row", &setup, "INSERT INTO t VALUES (1, 2.5, 'a')");
}

fn search(c: &mut Criterion) {
    let text = "SELECT g, COSINE_SIM(v, q) AS score FROM e ORDER BY score DESC LIMIT 10";
    statement(c, "search", "order_by/200k", &vectors(), text);
    statement(c, "search", "search/200k", &vectors(), "SEARCH e ON v QUERY q LIMIT 10");
}

/// A dataset `t` of an id, a key of 1,000 and a number between 0 and 1.
fn rows(n: usize) -> Vec<String> {
    let setup = [
        &format!("LET id = ARANGE(0, {n})"),
        "LET k = id % 1000",
        &format!("LET x = RANDOM [{n}] SEED 1"),
        "LET made = dataset(\"t\")",
        "made.add_column(\"id\", id)",
        "made.add_column(\"k\", k)",
        "made.add_column(\"x\", x)",
    ];
    setup.map(str::to_owned).to_vec()
}

/// A dataset `e` of 200,000 vectors of 384 f32 in 100 groups, and a query vector `q`.
fn vectors() -> Vec<String> {
    let setup = [
        "SET default_dtype = f32",
        "LET g = ARANGE(0, 200000) % 100",
        "LET v = RANDN [200000, 384] SEED 1",
        "LET q = RANDN [384] SEED 2",
        "LET made = dataset(\"e\")",
        "made.add_column(\"g\", g)",
        "made.add_column(\"v\", v)",
    ];
    setup.map(str::to_owned).to_vec()
}
