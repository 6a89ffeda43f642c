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
        test("durable::processes::a_transaction_of_a_reader_outlives_what_it_reads", reading_what_expires),
        test("durable::processes::readers_beside_a_writer_that_expires_see_whole_versions", expiring),
        test("durable::processes::readers_of_other_processes_see_whole_versions", other_readers)
            .with_ignored_flag(missing),
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

/// Rows in segments, all with the same number, and vectors.
const EQUAL: &str = "CREATE TABLE t AS SELECT row AS id, 0 AS n, [row, 1] AS v FROM ROWS(ARANGE 0, 5000)";

/// Whether all rows of a version have the same number. No version has others.
const WHOLE: &str = "SELECT COUNT(*), MAX(n) - MIN(n), SUM(id), SUM(v[1]) > 0 FROM t";

const IS_WHOLE: &str = "5000 0 12497500 true";

/// A version after which nothing of the one before is left.
const NEXT: &str = "UPDATE t SET n = n + 1\nCHECKPOINT\nEXPIRE VERSIONS t KEEP 1";

fn whole(session: &mut linal::Session) -> Result<(), Failed> {
    let found = words(session, WHOLE)?;
    ensure(found == IS_WHOLE, || format!("{found} instead of {IS_WHOLE}"))
}

fn words(session: &mut linal::Session, query: &str) -> Result<String, Failed> {
    Ok(rows(session, query)?.iter().map(|row| row.join(" ")).collect::<Vec<_>>().join("; "))
}

/// The files of segments.
fn segments(directory: &Directory) -> usize {
    let folders = std::fs::read_dir(directory.path().join("data")).into_iter().flatten().flatten();
    folders.map(|folder| std::fs::read_dir(folder.path()).map_or(0, |files| files.count())).sum()
}

fn reading_what_expires() -> Result<(), Failed> {
    let directory = Directory::new();
    let mut writer = directory.open()?.session();
    run(&mut writer, &format!("{EQUAL}\nCREATE TABLE small (x INT)\nINSERT INTO small VALUES (1), (2)"))?;
    let mut reader = directory.open_to_read()?.session();
    run(&mut reader, "BEGIN")?;
    for _ in 0..3 {
        run(&mut writer, NEXT)?;
    }
    run(
        &mut writer,
        "UPDATE small SET x = x + 5\nEXPIRE VERSIONS small KEEP 1\nDROP TABLE small\nCREATE TABLE other (y INT)",
    )?;
    let all = "SELECT COUNT(*), MIN(n), MAX(n), SUM(id) FROM t";
    let found = words(&mut reader, all)?;
    ensure(found == "5000 0 0 12497500", || format!("{found} inside"))?;
    let found = words(&mut reader, "SELECT SUM(x) FROM small")?;
    ensure(found == "3", || format!("{found} of what was dropped"))?;
    whole(&mut reader)?;
    run(&mut reader, "COMMIT")?;
    let found = words(&mut reader, all)?;
    ensure(found == "5000 3 3 12497500", || format!("{found} after"))?;
    // Nobody reads them any more.
    run(&mut writer, "EXPIRE VERSIONS t KEEP 1")?;
    let left = segments(&directory);
    // That of `t`, and that of the dropped `small`, which UNDROP would give back.
    ensure(left == 2, || format!("{left} files are left"))?;
    drop((reader, writer));
    directory.check()
}

/// Threads of this process, through the engine that writes and through another one, which is as another process to it.
fn expiring() -> Result<(), Failed> {
    let directory = Directory::new();
    let engine = directory.open()?;
    let mut writer = engine.session();
    run(&mut writer, EQUAL)?;
    let apart = directory.open_to_read()?;
    let is_done = std::sync::atomic::AtomicBool::new(false);
    let read = |mut session: linal::Session| {
        let mut count = 0;
        while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
            whole(&mut session).map_err(|failed| failed.message().unwrap_or_default().to_string())?;
            count += 1;
        }
        Ok::<usize, String>(count)
    };
    let counts = std::thread::scope(|scope| {
        let sessions = [engine.session(), engine.session(), apart.session(), apart.session()];
        let readers: Vec<_> = sessions.into_iter().map(|session| scope.spawn(|| read(session))).collect();
        let written = (0..25).try_for_each(|_| run(&mut writer, NEXT).map(drop));
        is_done.store(true, std::sync::atomic::Ordering::Relaxed);
        let joined = readers.into_iter().map(|reader| reader.join().map_err(|_| "a panic".to_string())?);
        let counts: Result<Vec<usize>, String> = joined.collect();
        written.map(|()| counts)
    })?;
    let counts = counts?;
    ensure(counts.iter().all(|count| *count > 0), || format!("{counts:?}"))?;
    drop((apart, writer, engine));
    directory.check()
}

fn other_readers() -> Result<(), Failed> {
    let directory = Directory::new();
    let mut writer = directory.open()?.session();
    run(&mut writer, EQUAL)?;
    let path = directory.path().display().to_string();
    let script = std::env::temp_dir().join(format!("linal-readers-{}.lnl", std::process::id()));
    // Both what one statement reads and what a transaction reads.
    let mut text = format!("{WHOLE}\n").repeat(20);
    text.push_str(&format!("BEGIN\n{WHOLE}\n{WHOLE}\nCOMMIT\n").repeat(10));
    std::fs::write(&script, text)?;
    let script_path = script.display().to_string();
    let arguments = ["run", "--read-only", "--format", "csv", "--data", &path, &script_path];
    let outputs = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2).map(|_| scope.spawn(|| linal(&arguments))).collect();
        let mut written = Ok(());
        while written.is_ok() && readers.iter().any(|reader| !reader.is_finished()) {
            written = run(&mut writer, NEXT).map(drop);
        }
        let joined = readers.into_iter().map(|reader| reader.join().map_err(|_| "a panic".into()).flatten());
        let outputs: Result<Vec<_>, Failed> = joined.collect();
        written.map_err(Failed::from).and(outputs)
    });
    std::fs::remove_file(&script)?;
    for output in outputs? {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let answers = text.lines().filter(|line| *line == IS_WHOLE.replace(' ', ",")).count();
        ensure(output.status.success() && answers == 40, || {
            format!("{answers} right answers: {text} {}", String::from_utf8_lossy(&output.stderr))
        })?;
    }
    drop(writer);
    directory.check()
}
