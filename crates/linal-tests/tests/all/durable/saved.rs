//! Saved tensors: their lineage, their list, and how they are dropped; what the list of versions says of
//! transactions; the audit of lazy columns.

use libtest_mimic::{Failed, Trial};

use super::Directory;
use super::directory::rows;
use crate::harness::{ensure, run, test};

pub fn trials() -> Vec<Trial> {
    vec![
        test("durable::saved::lineage_keeps_its_inputs", lineage),
        test("durable::saved::tensors_are_listed_and_dropped", listed),
        test("durable::saved::versions_name_the_statements_of_a_transaction", statements),
        test("durable::saved::audits_of_lazy_columns_see_their_values", audit),
    ]
}

fn lineage() -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let mut session = engine.session();
    run(
        &mut session,
        "VECTOR a = [1, 2]\nDERIVE b FROM a * 2\nLET c = NORMALIZE (a + b)\nSAVE TENSOR c\nSAVE TENSOR a",
    )?;
    let before = rows(&mut session, "SHOW LINEAGE c")?;
    ensure(before.len() == 3 && before[0][4] == "2, 3", || format!("{before:?}"))?;
    drop((session, engine));
    let engine = directory.open()?;
    let mut session = engine.session();
    run(&mut session, "LOAD TENSOR c")?;
    let after = rows(&mut session, "SHOW LINEAGE c")?;
    ensure(before == after, || format!("{before:?} became {after:?}"))?;
    // What is made of it goes on from there, and is saved with it.
    run(&mut session, "LET d = c + 1\nSAVE TENSOR d\nLOAD TENSOR d")?;
    let longer = rows(&mut session, "SHOW LINEAGE d")?;
    ensure(longer.len() == 4, || format!("{longer:?}"))
}

fn listed() -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let mut session = engine.session();
    run(&mut session, "MATRIX m = [[1, 2], [3, 4]]\nVECTOR v = [1]\nSAVE TENSOR m")?;
    let list = |session: &mut linal::Session| rows(session, "LIST TENSORS");
    let here = [["m", "f64", "[2, 2]", "value", "true"], ["v", "f64", "[1]", "value", "false"]];
    let found = list(&mut session)?;
    ensure(found == here, || format!("{found:?}"))?;
    let mut other = engine.session();
    let found = list(&mut other)?;
    ensure(found == [["m", "f64", "[2, 2]", "saved", "true"]], || format!("{found:?}"))?;
    // The variable goes first: one that is dropped for its memory takes nothing durable with it.
    run(&mut session, "DROP TENSOR m\nLOAD TENSOR m\nDROP TENSOR m\nDROP TENSOR m")?;
    ensure(session.execute("LOAD TENSOR m").is_err(), || "it was dropped".into())?;
    ensure(session.execute("DROP TENSOR m").is_err(), || "it was dropped twice".into())?;
    run(&mut session, "DROP TENSOR m IF EXISTS")?;
    ensure(list(&mut other)?.is_empty(), || "it is listed".into())?;
    drop((session, other, engine));
    ensure(list(&mut directory.open()?.session())?.is_empty(), || "it is there again".into())?;
    directory.check()
}

fn statements() -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let mut session = engine.session();
    run(
        &mut session,
        "DATASET t COLUMNS (id: Int)\nBEGIN\nINSERT INTO t VALUES (1)\nSELECT * FROM t\nUPDATE t SET id = 2\nCOMMIT",
    )?;
    run(&mut session, "BEGIN\nINSERT INTO t VALUES (3)\nEND TRANSACTION;\nINSERT INTO t VALUES (4)")?;
    let versions = rows(&mut session, "LIST DATASET VERSIONS t")?;
    let texts: Vec<&str> = versions.iter().map(|version| version[5].as_str()).collect();
    let expected = [
        "DATASET t COLUMNS (id: Int)",
        "INSERT INTO t VALUES (1); UPDATE t SET id = 2",
        "INSERT INTO t VALUES (3)",
        "INSERT INTO t VALUES (4)",
    ];
    ensure(texts == expected, || format!("{texts:?}"))?;
    // A long transaction is cut, and says so.
    run(&mut session, "BEGIN")?;
    let row = format!("INSERT INTO t VALUES {}", vec!["(5)"; 2000].join(", "));
    for _ in 0..5 {
        session.execute(&row)?;
    }
    run(&mut session, "COMMIT")?;
    let last = rows(&mut session, "LIST DATASET VERSIONS t")?.pop().unwrap_or_default();
    ensure(last[5].ends_with("; ...") && last[5].len() < 17_000, || format!("{} bytes", last[5].len()))
}

fn audit() -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let mut session = engine.session();
    run(
        &mut session,
        "DATASET t COLUMNS (x: Int?)\nINSERT INTO t VALUES (1), (2), (NULL), (4)\nALTER DATASET t ADD COLUMN lz = x * 2 LAZY
ALTER DATASET t ADD COLUMN eager = x * 2",
    )?;
    let audit = rows(&mut session, "AUDIT DATASET t")?;
    let of = |name: &str| audit.iter().find(|row| row[0] == name).cloned().unwrap_or_default();
    let (lazy, eager) = (of("lz"), of("eager"));
    ensure(lazy[2..] == eager[2..] && lazy[3] == "1" && lazy[5] == "ok", || format!("{audit:?}"))
}
