//! Several processes and one directory.

use libtest_mimic::{Failed, Trial};
use linal::Code;

use super::Directory;
use super::directory::{linal, program, rows};
use crate::harness::{ensure, run, test};

pub fn trials() -> Vec<Trial> {
    let missing = program().is_none();
    vec![
        test("durable::processes::a_second_writer_learns_the_holder", second_writer),
        test("durable::processes::a_writer_of_another_process_learns_the_holder", other_writer)
            .with_ignored_flag(missing),
        test("durable::processes::a_reader_sees_commits_at_its_next_statement", reader),
        test("durable::processes::a_reader_of_another_process_reads_beside_a_writer", other_reader)
            .with_ignored_flag(missing),
        test("durable::processes::a_transaction_of_a_reader_sees_one_snapshot", reading_transaction),
        test("durable::processes::a_reader_writes_variables_and_files_alone", refusals),
    ]
}

fn second_writer() -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let Err(error) = directory.open() else { return Err("two engines write".into()) };
    ensure(error.code() == Code::DatabaseLocked, || error.to_string())?;
    let holder = format!("process {} ", std::process::id());
    ensure(error.to_string().contains(&holder), || error.to_string())?;
    drop(engine);
    // A session keeps the directory, too.
    let session = directory.open()?.session();
    ensure(directory.open().is_err(), || "a session does not hold it".into())?;
    drop(session);
    directory.open()?;
    Ok(())
}

fn other_writer() -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let path = directory.path().display().to_string();
    let arguments = ["-c", "CREATE DATABASE mine", "--data", &path];
    let refused = linal(&arguments)?;
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    let holder = format!("process {} ", std::process::id());
    let is_named = message.contains("E0407") && message.contains(&holder) && message.contains("since 2");
    ensure(refused.status.code() == Some(1) && is_named, || format!("{:?}: {message}", refused.status))?;
    drop(engine);
    let accepted = linal(&arguments)?;
    ensure(accepted.status.success(), || String::from_utf8_lossy(&accepted.stderr).into_owned())?;
    let names = rows(&mut directory.open()?.session(), "SHOW DATABASES")?;
    ensure(names.iter().any(|row| row[0] == "mine"), || format!("{names:?}"))
}

fn reader() -> Result<(), Failed> {
    let directory = Directory::new();
    let mut writer = directory.open()?.session();
    run(&mut writer, "DATASET t COLUMNS (id: Int)\nINSERT INTO t VALUES (1)")?;
    let mut reader = directory.open_to_read()?.session();
    let see = |session: &mut linal::Session, query: &str, expected: &str| {
        let now = rows(session, query).map(|rows| format!("{rows:?}"))?;
        ensure(now == expected, || format!("{query}: {now}"))
    };
    see(&mut reader, "SELECT id FROM t", "[[\"1\"]]")?;
    run(&mut writer, "INSERT INTO t VALUES (2)\nUPDATE t SET id = 10 WHERE id = 1")?;
    see(&mut reader, "SELECT id FROM t", "[[\"10\"], [\"2\"]]")?;
    run(&mut writer, "BEGIN\nDELETE FROM t")?;
    see(&mut reader, "SELECT id FROM t", "[[\"10\"], [\"2\"]]")?;
    run(&mut writer, "COMMIT\nALTER DATASET t ADD COLUMN n: Int DEFAULT 5\nINSERT INTO t VALUES (3, 6)")?;
    see(&mut reader, "SELECT * FROM t", "[[\"3\", \"6\"]]")?;
    see(&mut reader, "SELECT id FROM t AT VERSION 2", "[[\"1\"]]")?;
    run(&mut writer, "CHECKPOINT\nALTER DATASET t RENAME TO u\nDATASET t COLUMNS (other: String)")?;
    see(&mut reader, "SELECT n FROM u", "[[\"6\"]]")?;
    see(&mut reader, "SELECT * FROM t", "[]")?;
    run(
        &mut writer,
        "CREATE DATABASE lab\nDATASET lab.x COLUMNS (seven: Int)\nINSERT INTO lab.x VALUES (7)\nDROP DATASET u",
    )?;
    see(&mut reader, "SELECT * FROM lab.x", "[[\"7\"]]")?;
    let gone = reader.execute("SELECT * FROM u").err().map(|error| error.code());
    ensure(gone == Some(Code::UnknownName), || format!("{gone:?}"))?;
    let writes = [
        "INSERT INTO t VALUES ('a')",
        "DROP DATASET t",
        "CREATE DATABASE y",
        "DROP DATABASE lab",
        "CHECKPOINT",
        "RESTORE DATASET t TO VERSION 1",
        "EXPIRE VERSIONS t KEEP 1",
        "DATASET w COLUMNS (id: Int)",
    ];
    for statement in writes {
        let code = reader.execute(statement).err().map(|error| error.code());
        ensure(code == Some(Code::ReadOnly), || format!("{statement}: {code:?}"))?;
    }
    see(&mut reader, "SELECT * FROM t", "[]")
}

fn other_reader() -> Result<(), Failed> {
    let directory = Directory::new();
    let mut writer = directory.open()?.session();
    run(&mut writer, "DATASET t COLUMNS (id: Int)")?;
    let path = directory.path().display().to_string();
    for number in 1..=2 {
        run(&mut writer, &format!("INSERT INTO t VALUES ({number})"))?;
        let query = "SELECT COUNT(*) AS n FROM t";
        let read = linal(&["-c", query, "--data", &path, "--read-only", "--format", "csv"])?;
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        ensure(text.trim_end().ends_with(&format!("\n{number}")), || format!("{text:?} {read:?}"))?;
    }
    Ok(())
}

fn reading_transaction() -> Result<(), Failed> {
    let directory = Directory::new();
    let mut writer = directory.open()?.session();
    run(&mut writer, "DATASET t COLUMNS (id: Int)\nINSERT INTO t VALUES (1)")?;
    let mut reader = directory.open_to_read()?.session();
    run(&mut reader, "BEGIN")?;
    run(&mut writer, "INSERT INTO t VALUES (2)")?;
    let count = "SELECT COUNT(*) FROM t";
    let inside = rows(&mut reader, count)?.concat();
    run(&mut reader, "COMMIT")?;
    let after = rows(&mut reader, count)?.concat();
    ensure(inside == ["1"] && after == ["2"], || format!("{inside:?} inside, {after:?} after"))
}

fn refusals() -> Result<(), Failed> {
    let directory = Directory::new();
    let written = Directory::new();
    let start = "DATASET t COLUMNS (id: Int)\nINSERT INTO t VALUES (1)\nLET m = [1, 2]\nSAVE TENSOR m\nDEFINE PIPELINE p AS LIMIT 1";
    run(&mut directory.open()?.session(), start)?;
    let mut reader = directory.open_to_read()?.session();
    reader.set_variable("out", &written.path().to_string_lossy());
    let accepted = [
        "LET ds = dataset(\"t\")",
        "LET x = MATMUL [1, 2] [3, 4]",
        "LOAD TENSOR m",
        "SAVE DATASET t TO '${out}/package'",
        "DELIVER t TO '${out}/delivered'",
        "EXPORT t TO '${out}/t.csv'",
        "SAVE TENSOR m TO '${out}/m.npy'",
        "SAVE PIPELINE p TO '${out}/p.lnl'",
        "LOAD TENSOR n FROM '${out}/m.npy'",
        "LIST DATASET VERSIONS t",
        "DIFF DATASET t VERSION 1 2",
        "AUDIT DATASET t",
    ];
    for statement in accepted {
        run(&mut reader, statement).map_err(|error| format!("{statement}: {error:?}"))?;
    }
    let refused = [
        "INSERT INTO t VALUES (2)",
        "DELETE FROM t",
        "LET other = dataset(\"new\")",
        "SAVE TENSOR x",
        "SAVE DATASET t",
        "DELIVER t",
        "LOAD DATASET u FROM '${out}/package'",
        "LOAD PIPELINE q FROM '${out}/p.lnl'",
        "DEFINE PIPELINE p AS LIMIT 2",
        "RESTORE DATASET t TO VERSION 1",
        "EXPIRE VERSIONS t KEEP 1",
        "CREATE DATABASE d",
        "CHECKPOINT",
        "BEGIN\nINSERT INTO t VALUES (2)\nCOMMIT",
    ];
    for statement in refused {
        let Err(error) = run(&mut reader, statement) else { return Err(format!("{statement} runs").into()) };
        let text = error.to_string();
        ensure(text.contains("E0408"), || format!("{statement}: {text}"))?;
    }
    Ok(())
}
