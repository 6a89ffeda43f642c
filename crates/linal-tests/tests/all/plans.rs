//! Plans that are kept: with other values of parameters, no plan is made from the text.

use libtest_mimic::{Failed, Trial};
use linal::{Outcome, Parameter, Parameters, Session, render};

use crate::harness::{ensure, run, session, test};

pub fn trials() -> Vec<Trial> {
    vec![
        test("plans::values_change_and_the_plan_stays", values),
        test("plans::execute_keeps_the_plan", execute),
        test("plans::tensors_as_parameters", tensors),
        test("plans::plans_that_depend_on_values_are_made_anew", not_kept),
        test("plans::a_changed_dataset_ends_a_plan", changed),
        test("plans::an_index_is_used_with_each_value", index),
        test("plans::a_mistake_in_a_value_has_its_place", mistakes),
    ]
}

fn table() -> Result<(linal::Engine, Session), Failed> {
    let (engine, mut session) = session();
    run(
        &mut session,
        "CREATE TABLE t (id Int NOT NULL, s String, x Float, d Date)\n\
         INSERT INTO t SELECT row, 'text ' || CAST(row % 10 AS String), row * 0.5, CAST(DATE '2024-01-01' + INTERVAL '1 day' * (row % 30) AS Date) FROM ROWS(ARANGE 0, 3000)",
    )?;
    Ok((engine, session))
}

/// The result as text, with the names and types of its columns.
fn shown(outcome: Outcome) -> String {
    let mut text = Vec::new();
    let options = render::RenderOptions::default();
    match render::render(&outcome, render::Format::Json, &options, &mut text) {
        Ok(()) => format!("{:?} {}", schema(&outcome), String::from_utf8_lossy(&text)),
        Err(error) => error.to_string(),
    }
}

fn schema(outcome: &Outcome) -> Option<arrow::datatypes::SchemaRef> {
    match outcome {
        Outcome::Rows(rows) => Some(rows.schema.clone()),
        _ => None,
    }
}

/// Plans that were made from texts so far.
fn made(session: &Session) -> u64 {
    session.plan_counts().from_text
}

/// A query, and several lists of values with the same types, each with the query that has them as literals.
type Case = (&'static str, &'static [(&'static [Given], &'static str)]);

#[derive(Clone, Copy)]
enum Given {
    Int(i64),
    Float(f64),
    Text(&'static str),
}

fn parameters(values: &[Given]) -> Parameters {
    let value = |value: &Given| match value {
        Given::Int(value) => Parameter::Int(*value),
        Given::Float(value) => Parameter::Float(*value),
        Given::Text(text) => Parameter::Text((*text).into()),
    };
    Parameters::Positional(values.iter().map(value).collect())
}

use Given::{Float, Int, Text};

const CASES: &[Case] = &[
    (
        "SELECT id, s FROM t WHERE id = $1",
        &[
            (&[Int(5)], "SELECT id, s FROM t WHERE id = 5"),
            (&[Int(7)], "SELECT id, s FROM t WHERE id = 7"),
            (&[Int(2999)], "SELECT id, s FROM t WHERE id = 2999"),
            (&[Int(-1)], "SELECT id, s FROM t WHERE id = -1"),
        ],
    ),
    (
        "SELECT s, SUM(x * $1) AS y FROM t WHERE x < $2 GROUP BY s ORDER BY s",
        &[
            (
                &[Float(2.0), Float(100.0)],
                "SELECT s, SUM(x * 2.0) AS y FROM t WHERE x < 100.0 GROUP BY s ORDER BY s",
            ),
            (
                &[Float(3.5), Float(5.5)],
                "SELECT s, SUM(x * 3.5) AS y FROM t WHERE x < 5.5 GROUP BY s ORDER BY s",
            ),
            (
                &[Float(-1.0), Float(1e9)],
                "SELECT s, SUM(x * -1.0) AS y FROM t WHERE x < 1e9 GROUP BY s ORDER BY s",
            ),
        ],
    ),
    (
        "SELECT s, id + $1 AS y FROM t WHERE s = $2 ORDER BY id LIMIT $3",
        &[
            (
                &[Int(1), Text("text 3"), Int(2)],
                "SELECT s, id + 1 AS y FROM t WHERE s = 'text 3' ORDER BY id LIMIT 2",
            ),
            (
                &[Int(10), Text("text 4"), Int(3)],
                "SELECT s, id + 10 AS y FROM t WHERE s = 'text 4' ORDER BY id LIMIT 3",
            ),
            (
                &[Int(0), Text("it's; none"), Int(1)],
                "SELECT s, id + 0 AS y FROM t WHERE s = 'it''s; none' ORDER BY id LIMIT 1",
            ),
        ],
    ),
    (
        "SELECT a.id, b.x FROM t a JOIN t b ON a.id = b.id + $1 WHERE a.s LIKE $2 ORDER BY a.id LIMIT 4",
        &[
            (
                &[Int(1), Text("%1")],
                "SELECT a.id, b.x FROM t a JOIN t b ON a.id = b.id + 1 WHERE a.s LIKE '%1' ORDER BY a.id LIMIT 4",
            ),
            (
                &[Int(5), Text("text 2%")],
                "SELECT a.id, b.x FROM t a JOIN t b ON a.id = b.id + 5 WHERE a.s LIKE 'text 2%' ORDER BY a.id LIMIT 4",
            ),
            (
                &[Int(0), Text("%")],
                "SELECT a.id, b.x FROM t a JOIN t b ON a.id = b.id + 0 WHERE a.s LIKE '%' ORDER BY a.id LIMIT 4",
            ),
        ],
    ),
    (
        "SELECT id FROM t WHERE id IN ($1, $2) AND EXISTS (SELECT 1 FROM t u WHERE u.id = t.id AND u.x >= $3)",
        &[
            (
                &[Int(1), Int(2), Float(0.0)],
                "SELECT id FROM t WHERE id IN (1, 2) AND EXISTS (SELECT 1 FROM t u WHERE u.id = t.id AND u.x >= 0.0)",
            ),
            (
                &[Int(8), Int(9), Float(4.25)],
                "SELECT id FROM t WHERE id IN (8, 9) AND EXISTS (SELECT 1 FROM t u WHERE u.id = t.id AND u.x >= 4.25)",
            ),
            (
                &[Int(8), Int(8), Float(9.0)],
                "SELECT id FROM t WHERE id IN (8, 8) AND EXISTS (SELECT 1 FROM t u WHERE u.id = t.id AND u.x >= 9.0)",
            ),
        ],
    ),
];

fn values() -> Result<(), Failed> {
    let (_engine, mut session) = table()?;
    for (text, runs) in CASES {
        for (at, (values, literal)) in runs.iter().enumerate() {
            let expected = shown(session.execute(literal)?);
            let before = made(&session);
            let found = shown(session.execute_with(text, &parameters(values))?);
            ensure(found == expected, || format!("{text}: {found} instead of {expected}"))?;
            let new = made(&session) - before;
            // The second time it is planned without its values as well.
            ensure(new == u64::from(at < 2), || format!("{text}: {new} plans for the values {at}"))?;
        }
        for (values, _) in *runs {
            session.execute_with(text, &parameters(values))?;
        }
        let counts = session.plan_counts();
        ensure(counts.with_values >= runs.len() as u64, || format!("{counts:?}"))?;
    }
    Ok(())
}

fn execute() -> Result<(), Failed> {
    let (_engine, mut session) = table()?;
    run(&mut session, "PREPARE p AS SELECT x FROM t WHERE id = $lo\nEXECUTE p(lo => 1)\nEXECUTE p(lo => 2)")?;
    let before = made(&session);
    for id in 3..40 {
        let Outcome::Rows(rows) = session.execute(&format!("EXECUTE p(lo => {id})"))? else {
            return Err("no rows".into());
        };
        ensure(rows.num_rows() == 1, || format!("{} rows for {id}", rows.num_rows()))?;
    }
    ensure(made(&session) == before, || format!("{} plans were made", made(&session) - before))?;
    // Another type is another plan.
    session.execute("EXECUTE p(lo => 1.5)")?;
    ensure(made(&session) == before + 1, || "a number of another type has the plan of an Int".to_owned())
}

fn tensors() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    run(
        &mut session,
        "CREATE TABLE docs (id Int, v Vector(3), w Vector(40))\n\
         INSERT INTO docs SELECT row, [row, 1, 2] * 1.0, ONES(40) * row FROM ROWS(ARANGE 0, 200)\nLET q = [1.0, 2.0, 3.0]",
    )?;
    for (text, shape) in [
        ("SELECT id FROM docs ORDER BY DISTANCE(v, $1), id LIMIT 3", 3),
        ("SELECT id, v * 2 + $1 AS y FROM docs WHERE DOT(v, $1) > 20 ORDER BY id LIMIT 2", 3),
        ("SELECT id FROM docs ORDER BY DISTANCE(w, $1), id LIMIT 3", 40),
    ] {
        let mut plans = Vec::new();
        for seed in 0..5 {
            let literal: Vec<String> =
                (0..shape).map(|at| format!("{}.5", (seed * 37 + at * 11) % 90)).collect();
            let literal = format!("[{}]", literal.join(", "));
            session.execute(&format!("LET p = {literal}"))?;
            let value = crate::harness::value(&mut session, "p")?;
            let expected = shown(session.execute(&text.replace("$1", "p"))?);
            let before = made(&session);
            let found =
                shown(session.execute_with(text, &Parameters::Positional(vec![Parameter::Tensor(value)]))?);
            ensure(found == expected, || format!("{text} with {literal}: {found} instead of {expected}"))?;
            plans.push(made(&session) - before);
        }
        ensure(plans == [1, 1, 0, 0, 0], || format!("{text}: {plans:?}"))?;
    }
    Ok(())
}

/// Values that say what a query means, and not only with which values it runs.
fn not_kept() -> Result<(), Failed> {
    let (_engine, mut session) = table()?;
    for (text, runs) in [
        (
            "SELECT id, d FROM t WHERE d = $1 ORDER BY id LIMIT 2",
            vec![Text("2024-01-05"), Text("2024-01-09"), Text("2024-01-02")],
        ),
        (
            "SELECT date_trunc($1, d) AS y FROM t ORDER BY y LIMIT 1",
            vec![Text("month"), Text("year"), Text("day")],
        ),
        ("SELECT id FROM t WHERE x = $1", vec![Text("1.5"), Text("2"), Text("7.5")]),
        ("SELECT * FROM t AT VERSION $1 LIMIT 0", vec![Int(1), Int(1), Int(1)]),
    ] {
        for value in runs {
            let literal = match value {
                Text(value) => format!("'{value}'"),
                Int(value) => value.to_string(),
                Float(value) => format!("{value:?}"),
            };
            let expected = session.execute(&text.replace("$1", &literal)).map(shown);
            let found = session.execute_with(text, &parameters(&[value])).map(shown);
            let (found, expected) =
                (found.map_err(|error| error.code()), expected.map_err(|error| error.code()));
            ensure(found == expected, || {
                format!("{text} with {literal}: {found:?} instead of {expected:?}")
            })?;
        }
    }
    Ok(())
}

fn changed() -> Result<(), Failed> {
    let (_engine, mut session) = table()?;
    let text = "SELECT * FROM t WHERE id = $1";
    let columns = |session: &mut Session, id: i64| -> Result<usize, Failed> {
        match session.execute_with(text, &parameters(&[Int(id)]))? {
            Outcome::Rows(rows) => Ok(rows.schema.fields().len()),
            other => Err(format!("{other:?}").into()),
        }
    };
    for id in 0..3 {
        ensure(columns(&mut session, id)? == 4, || "four columns".to_owned())?;
    }
    session.execute("ALTER DATASET t ADD COLUMN y: Int DEFAULT 3")?;
    for id in 0..3 {
        ensure(columns(&mut session, id)? == 5, || "a column is missing".to_owned())?;
    }
    run(&mut session, "DROP DATASET t\nCREATE TABLE t (id Int)\nINSERT INTO t VALUES (1)")?;
    ensure(columns(&mut session, 1)? == 1, || "another dataset".to_owned())?;
    // In another database the name is another dataset, or none.
    run(&mut session, "CREATE DATABASE other\nUSE other")?;
    ensure(columns(&mut session, 1).is_err(), || "a dataset of another database".to_owned())
}

fn index() -> Result<(), Failed> {
    let (_engine, mut session) = table()?;
    session.execute("CREATE INDEX i ON t (id)")?;
    let text = "SELECT x FROM t WHERE id = $1";
    for id in [3, 4, 5, 600] {
        let found = shown(session.execute_with(text, &parameters(&[Int(id)]))?);
        let expected = shown(session.execute(&text.replace("$1", &id.to_string()))?);
        ensure(found == expected, || format!("{found} instead of {expected}"))?;
    }
    let planned = session.execute_with(&format!("EXPLAIN {text}"), &parameters(&[Int(9)]))?;
    ensure(shown(planned).contains("index=i(id = 9)"), || "the index is not used".to_owned())
}

fn mistakes() -> Result<(), Failed> {
    let (_engine, mut session) = table()?;
    let text = "SELECT id FROM t ORDER BY id LIMIT $1";
    for count in [1, 2, 3] {
        session.execute_with(text, &parameters(&[Int(count)]))?;
    }
    let expected = session.execute("SELECT id FROM t ORDER BY id LIMIT -1").map_err(|error| error.code());
    let found = session.execute_with(text, &parameters(&[Int(-1)])).map_err(|error| error.code());
    ensure(found.is_err() && found.as_ref().err() == expected.as_ref().err(), || {
        format!("{found:?}, {expected:?}")
    })?;
    session.execute_with(text, &parameters(&[Int(2)]))?;
    Ok(())
}
