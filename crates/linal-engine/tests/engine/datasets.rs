//! Datasets through sessions: shared memory, and transactions of several sessions.

use linal_engine::{Code, Engine, Outcome, Session};
use linal_tensor::Tensor;

fn run(session: &mut Session, statements: &[&str]) {
    for statement in statements {
        session.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

fn ids(session: &mut Session) -> Vec<i64> {
    run(session, &["LET seen = d.id"]);
    session.tensor("seen").unwrap().to_vec::<i64>()
}

#[test]
fn an_attached_tensor_a_column_and_a_tensor_of_it_are_one_memory() {
    let mut session = Engine::default().session();
    let m = Tensor::from_vec((0..6).map(f64::from).collect(), [3, 2]).unwrap();
    session.bind_tensor("m", m.clone());
    run(
        &mut session,
        &["LET ds = dataset(\"docs\")", "ATTACH m TO ds.v", "LET y = docs.v", "LET row = docs.v[1]"],
    );
    assert!(session.tensor("y").unwrap().shares_memory_with(&m));
    assert!(session.tensor("row").unwrap().shares_memory_with(&m));
    run(&mut session, &["BIND v TO ds.v"]);
    assert!(session.tensor("v").unwrap().shares_memory_with(&m));
}

/// Where the first element of a tensor lies.
fn start(tensor: &Tensor) -> usize {
    tensor.arrow_buffer().as_ptr().addr() + tensor.layout().offset() * tensor.dtype().size()
}

#[test]
fn a_tensor_of_a_query_is_the_memory_of_the_column_that_it_reads() {
    let mut session = Engine::default().session();
    let m = Tensor::from_vec((0..6).map(f64::from).collect(), [3, 2]).unwrap();
    session.bind_tensor("m", m.clone());
    let w = Tensor::from_vec(vec![1.5, 2.5, 3.5], [3]).unwrap();
    session.bind_tensor("w", w.clone());
    run(
        &mut session,
        &[
            "LET ds = dataset(\"docs\")",
            "ATTACH m TO ds.v",
            "LET s = (SELECT v FROM docs)",
            "LET r = (SELECT value FROM ROWS(w))",
            "DATASET d COLUMNS (id: Int)",
            "INSERT INTO d VALUES (1), (2)",
            "LET column = d.id",
            "LET read = (SELECT id FROM d)",
        ],
    );
    let mut start_of = |name: &str| start(&session.tensor(name).unwrap());
    assert_eq!(start_of("s"), start(&m));
    assert_eq!(start_of("r"), start(&w));
    assert_eq!(start_of("read"), start_of("column"));
}

/// The rows that a statement gives, as text.
fn rows(session: &mut Session, statement: &str) -> String {
    match session.execute(statement).unwrap() {
        Outcome::Rows(rows) => format!("{:?}", rows.batches),
        other => panic!("{statement}: {other:?}"),
    }
}

#[test]
fn norms_that_an_index_keeps_change_no_search() {
    let mut session = Engine::default().session();
    for dtype in ["f32", "f64"] {
        let create = format!("CREATE OR REPLACE DATASET d COLUMNS (id: Int, v: Vector(3, {dtype})?)");
        let update = "UPDATE d SET v = [0.1, 0.9, 0.3] WHERE id = 2";
        let mut found = Vec::new();
        for with_index in [false, true] {
            run(&mut session, &[&create, "VECTOR q = [0.3, -0.2, 0.7]", "VECTOR f32 p = [0.1, 0.2, 0.3]"]);
            run(&mut session, &["INSERT INTO d VALUES (1, [1, 2, 3]), (2, NULL), (3, [0, 0, 0])", "SHOW d"]);
            run(&mut session, &["INSERT INTO d VALUES (4, [-1e19, 1e19, 3]), (5, [0.1, 0.2, 0.3])"]);
            if with_index {
                run(&mut session, &["CREATE VECTOR INDEX near ON d(v)"]);
            }
            let mut searches = Vec::new();
            for change in ["SHOW d", update, "DELETE FROM d WHERE id = 1"] {
                session.execute(change).unwrap();
                for query in ["q", "p", "[0.3, -0.2, 0.7]", "[0, 0, 0]", "[1, 0, 2]"] {
                    for rest in ["LIMIT 10", "WHERE id <> 5 LIMIT 2"] {
                        let search = format!("SEARCH d ON v QUERY {query} {rest}");
                        searches.push(rows(&mut session, &search));
                        searches.push(rows(&mut session, &search));
                    }
                }
            }
            found.push(searches);
            run(&mut session, &["DROP DATASET d"]);
        }
        assert_eq!(found[0], found[1]);
    }
}

#[test]
fn rows_in_several_chunks_are_put_together_once() {
    let mut session = Engine::default().session();
    run(
        &mut session,
        &["DATASET d COLUMNS (id: Int)", "INSERT INTO d VALUES (1)", "SHOW d", "INSERT INTO d VALUES (2)"],
    );
    run(&mut session, &["LET a = d.id", "LET b = d.id"]);
    let (a, b) = (session.tensor("a").unwrap(), session.tensor("b").unwrap());
    assert!(a.shares_memory_with(&b));
    assert_eq!(b.to_vec::<i64>(), [1, 2]);
}

#[test]
fn a_transaction_sees_one_state_and_nobody_sees_it() {
    let engine = Engine::default();
    let (mut one, mut two) = (engine.session(), engine.session());
    run(&mut one, &["DATASET d COLUMNS (id: Int)", "INSERT INTO d VALUES (1)", "BEGIN"]);
    run(&mut two, &["INSERT INTO d VALUES (2)"]);
    assert_eq!(ids(&mut one), [1]);
    run(&mut one, &["COMMIT"]);
    assert_eq!(ids(&mut one), [1, 2]);
    run(&mut one, &["BEGIN", "INSERT INTO d VALUES (3)"]);
    assert_eq!(ids(&mut one), [1, 2, 3]);
    assert_eq!(ids(&mut two), [1, 2]);
    run(&mut one, &["COMMIT"]);
    assert_eq!(ids(&mut two), [1, 2, 3]);
}

#[test]
fn a_conflict_fails_the_later_commit_and_changes_nothing() {
    let engine = Engine::default();
    let (mut one, mut two) = (engine.session(), engine.session());
    run(
        &mut one,
        &["DATASET d COLUMNS (id: Int)", "DATASET e COLUMNS (id: Int)", "BEGIN", "INSERT INTO d VALUES (1)"],
    );
    run(&mut one, &["INSERT INTO e VALUES (1)", "LET x = 5"]);
    run(&mut two, &["INSERT INTO d VALUES (2)"]);
    let error = one.execute("COMMIT").unwrap_err();
    assert_eq!(error.code(), Code::Conflict);
    assert_eq!(error.message(), "the dataset `d` was changed by another session in the meantime");
    assert_eq!(ids(&mut one), [2]);
    assert!(one.tensor("x").is_err());
    run(&mut one, &["LET e_ids = e.id"]);
    assert_eq!(one.tensor("e_ids").unwrap().len(), 0);
    assert_eq!(one.execute("COMMIT").unwrap_err().code(), Code::NoTransaction);
}

#[test]
fn a_dataset_that_another_session_dropped_or_made_is_a_conflict() {
    let engine = Engine::default();
    let (mut one, mut two) = (engine.session(), engine.session());
    run(
        &mut one,
        &["DATASET d COLUMNS (id: Int)", "BEGIN", "INSERT INTO d VALUES (1)", "DATASET e COLUMNS (id: Int)"],
    );
    run(&mut two, &["DROP DATASET d"]);
    assert_eq!(one.execute("COMMIT").unwrap_err().code(), Code::Conflict);
    assert_eq!(two.execute("SHOW e").unwrap_err().code(), Code::UnknownName);
    run(&mut one, &["BEGIN", "DATASET e COLUMNS (id: Int)"]);
    run(&mut two, &["DATASET e COLUMNS (id: Int)"]);
    assert_eq!(one.execute("COMMIT").unwrap_err().code(), Code::Conflict);
}

#[test]
fn sessions_that_insert_side_by_side_lose_nothing() {
    let engine = Engine::default();
    run(&mut engine.session(), &["DATASET d COLUMNS (id: Int)"]);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let mut session = engine.session();
            scope.spawn(move || {
                for id in 0..200 {
                    session.execute(&format!("INSERT INTO d VALUES ({})", thread * 1000 + id)).unwrap();
                    if id % 50 == 0 {
                        session.execute("SHOW SHAPE d.id").unwrap();
                    }
                }
            });
        }
    });
    let mut session = engine.session();
    assert_eq!(ids(&mut session).len(), 800);
    assert!(matches!(session.execute("SHOW d").unwrap(), Outcome::Rows(rows) if rows.num_rows() == 800));
}

#[test]
fn memory_of_a_dropped_dataset_is_returned() {
    let engine = Engine::default();
    let mut session = engine.session();
    let before = engine.memory_used();
    run(
        &mut session,
        &[
            "DATASET d COLUMNS (id: Int)",
            "INSERT INTO d VALUES (1), (2)",
            "SHOW d",
            "INSERT INTO d VALUES (3)",
        ],
    );
    assert!(engine.memory_used() > before);
    run(&mut session, &["DROP DATASET d"]);
    assert_eq!(engine.memory_used(), before);
}
