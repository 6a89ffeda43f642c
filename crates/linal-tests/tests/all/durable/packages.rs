//! Packages of datasets, and tensors and pipelines in files.

use std::fs;

use libtest_mimic::{Failed, Trial};
use linal::{Code, Engine, EngineOptions, Outcome, Session, directory};

use super::Directory;
use crate::harness::{ensure, run, test, value};

pub fn trials() -> Vec<Trial> {
    vec![
        test("durable::packages::come_back_as_they_were", come_back),
        test("durable::packages::damage_is_found", damage),
        test("durable::packages::backups_have_those_of_their_database", backups),
        test("durable::packages::names_stay_in_their_folder", names),
        test("durable::packages::tensors_and_pipelines_have_files", files),
    ]
}

const DOCS: &str =
    "DATASET docs COLUMNS (id: Int, name: Varchar(5) DEFAULT 'x', v: Vector(2)?, p: Decimal(10,2)?)
INSERT INTO docs VALUES (1, 'a', [1, 2], 1.5), (2, 'b', NULL, NULL)
ALTER DATASET docs ADD COLUMN twice = id * 2
ALTER DATASET docs ADD COLUMN thrice = id * 3 LAZY
SET DATASET docs METADATA author = 'me'";

fn session() -> Session {
    Engine::default().session()
}

/// The cells of a result, row by row.
fn cells(session: &mut Session, query: &str) -> Result<Vec<Vec<Option<String>>>, Failed> {
    match session.execute(query) {
        Ok(Outcome::Rows(rows)) => {
            let columns = rows.schema.fields().len();
            Ok((0..rows.num_rows())
                .map(|row| (0..columns).map(|column| rows.text(row, column)).collect())
                .collect())
        }
        Ok(other) => Err(format!("{query}: {other:?}").into()),
        Err(error) => Err(format!("{query}: {error}").into()),
    }
}

fn come_back() -> Result<(), Failed> {
    let folder = Directory::new();
    let place = folder.path().join("docs");
    let mut one = session();
    run(&mut one, &format!("{DOCS}\nSAVE DATASET docs TO '{}'", place.display()))?;
    let mut other = session();
    run(&mut other, &format!("LOAD DATASET docs FROM '{}'", place.display()))?;
    for query in ["SELECT * FROM docs", "SHOW SCHEMA docs", "SHOW DATASET METADATA docs"] {
        let (here, there) = (cells(&mut one, query)?, cells(&mut other, query)?);
        ensure(here == there, || format!("{query}: {here:?} and {there:?}"))?;
    }
    run(&mut other, "INSERT INTO docs (id) VALUES (7)")?;
    let last = cells(&mut other, "SELECT name, twice, thrice FROM docs WHERE id = 7")?;
    ensure(last == [["x", "14", "21"].map(|text| Some(text.to_string()))], || format!("{last:?}"))?;
    // A package replaces the one before, and no other folder.
    run(&mut other, &format!("SAVE DATASET docs TO '{}'", place.display()))?;
    run(&mut one, &format!("LOAD DATASET docs FROM '{}'", place.display()))?;
    ensure(cells(&mut one, "SELECT id FROM docs")?.len() == 3, || "the old package is there".into())?;
    let refused = one.execute(&format!("SAVE DATASET docs TO '{}'", folder.path().display()));
    ensure(refused.is_err_and(|error| error.is(Code::BadFormat)), || "a folder was replaced".into())
}

fn damage() -> Result<(), Failed> {
    let folder = Directory::new();
    let place = folder.path().join("docs");
    let mut session = session();
    let save = format!("SAVE DATASET docs TO '{}'", place.display());
    run(&mut session, DOCS)?;
    for name in ["data.parquet", "schema.json", "stats.json", "lineage.json", "manifest.json", "SHA256SUMS"] {
        run(&mut session, &save)?;
        let file = place.join(name);
        let mut bytes = fs::read(&file)?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, &bytes)?;
        let load = format!("LOAD DATASET again FROM '{}'", place.display());
        ensure(session.execute(&load).is_err(), || format!("a flipped bit in {name} was not found"))?;
        fs::remove_file(&file)?;
        ensure(session.execute(&load).is_err(), || format!("{name} is missing"))?;
        fs::remove_dir_all(&place)?;
    }
    Ok(())
}

fn backups() -> Result<(), Failed> {
    let folder = Directory::new();
    let (place, copy) = (folder.path().join("d"), folder.path().join("copy"));
    let mut session = Engine::open(&place, EngineOptions::default())?.session();
    run(
        &mut session,
        "DATASET one COLUMNS (id: Int)\nINSERT INTO one VALUES (1)\nSAVE DATASET one\nDEFINE PIPELINE p AS LIMIT 1
SAVE PIPELINE p\nCREATE DATABASE other\nUSE other\nDATASET two COLUMNS (id: Int)\nSAVE DATASET two",
    )?;
    run(&mut session, &format!("BACKUP DATABASE other TO '{}'", copy.display()))?;
    ensure(!copy.join("packages/default").exists(), || {
        "the copy has the packages of another database".into()
    })?;
    ensure(directory::check(&copy)?.is_empty(), || "the copy has faults".into())?;
    let mut copied = Engine::open(&copy, EngineOptions::default())?.session();
    run(&mut copied, "USE other")?;
    let listed = cells(&mut copied, "LIST DATASET PACKAGES")?;
    ensure(listed.len() == 1 && listed[0][0].as_deref() == Some("two"), || format!("{listed:?}"))?;
    // The pipeline that was saved has a checksum beside it.
    let pipeline = place.join("packages/default/pipelines/p.lnl");
    let text = fs::read_to_string(&pipeline)?;
    fs::write(&pipeline, text.replace('1', "3"))?;
    let faults = directory::check(&place)?;
    ensure(faults.iter().any(|fault| fault.contains("p.lnl")), || format!("{faults:?}"))
}

fn names() -> Result<(), Failed> {
    let folder = Directory::new();
    let mut session = Engine::open(&folder.path().join("d"), EngineOptions::default())?.session();
    run(&mut session, "DATASET `../../x` COLUMNS (id: Int)\nSAVE DATASET `../../x`")?;
    let packages = folder.path().join("d/packages/default/datasets");
    let names: Vec<String> = fs::read_dir(&packages)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<std::io::Result<_>>()?;
    ensure(names == ["%2e%2e%2f%2e%2e%2fx"], || format!("{names:?}"))?;
    let listed = cells(&mut session, "LIST DATASET PACKAGES")?;
    ensure(listed.len() == 1 && listed[0][0].as_deref() == Some("../../x"), || format!("{listed:?}"))
}

fn files() -> Result<(), Failed> {
    let folder = Directory::new();
    fs::create_dir_all(folder.path())?;
    let (tensor, pipeline) = (folder.path().join("m.npy"), folder.path().join("p.lnl"));
    let mut one = session();
    run(
        &mut one,
        "MATRIX m = [[1, 2], [3, 4]]\nLET t = TRANSPOSE m\nDEFINE PIPELINE p AS WHERE id > 1 THEN SELECT id",
    )?;
    run(
        &mut one,
        &format!("SAVE TENSOR t TO '{}'\nSAVE PIPELINE p TO '{}'", tensor.display(), pipeline.display()),
    )?;
    let mut other = session();
    run(
        &mut other,
        &format!("LOAD TENSOR a FROM '{}'\nLOAD PIPELINE q FROM '{}'", tensor.display(), pipeline.display()),
    )?;
    ensure(value(&mut other, "a")?.to_vec::<f64>() == [1.0, 3.0, 2.0, 4.0], || "other elements".into())?;
    let steps = cells(&mut other, "SHOW PIPELINES")?;
    ensure(steps[0][0].as_deref() == Some("q"), || format!("{steps:?}"))
}
