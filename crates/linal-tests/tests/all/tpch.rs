//! The 22 queries of TPC-H over generated data at scale factor 0.01, against the answers of another engine.

use std::fmt::{Display, Write as _};
use std::fs;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use libtest_mimic::{Failed, Trial};
use linal::{Engine, EngineOptions, Outcome, Session};
use tpchgen::csv::{
    CustomerCsv, LineItemCsv, NationCsv, OrderCsv, PartCsv, PartSuppCsv, RegionCsv, SupplierCsv,
};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

use crate::harness::test;

const FOLDER: &str = "crates/linal-tests/tpch";
const SCALE: f64 = 0.01;

pub fn trials() -> Vec<Trial> {
    let serial = (1..=22).map(|number| test(format!("tpch::q{number:02}"), move || check(number, &SERIAL)));
    let parallel =
        (1..=22).map(|number| test(format!("tpch::parallel_q{number:02}"), move || check(number, &PARALLEL)));
    serial.chain(parallel).collect()
}

/// A session with the data, created once.
type Database = OnceLock<Result<Mutex<Session>, String>>;

/// One thread, so that sums of floats have one order.
static SERIAL: Database = OnceLock::new();

/// Two threads, and join filters.
static PARALLEL: Database = OnceLock::new();

fn check(number: usize, database: &'static Database) -> Result<(), Failed> {
    let query = fs::read_to_string(Path::new(FOLDER).join(format!("q{number:02}.sql")))?;
    let answer = fs::read_to_string(Path::new(FOLDER).join(format!("answers/q{number:02}.csv")))?;
    let mut session = opened(database)?.lock().unwrap_or_else(PoisonError::into_inner);
    // The second run uses the cached plan.
    let mut run = || session.execute(query.trim().trim_end_matches(';')).map_err(|error| error.to_string());
    run()?;
    let outcome = run()?;
    let Outcome::Rows(rows) = outcome else { return Err("no rows".into()) };
    let columns = rows.schema.fields().len();
    let cell = |row: usize, column: usize| rows.text(row, column).unwrap_or_default();
    let mut found: Vec<Vec<String>> =
        (0..rows.num_rows()).map(|row| (0..columns).map(|column| cell(row, column)).collect()).collect();
    let mut expected: Vec<Vec<String>> = answer.lines().skip(1).map(cells).collect();
    // Where sort keys are equal, any order is right.
    found.sort_by_key(|row| sort_key(row));
    expected.sort_by_key(|row| sort_key(row));
    if found.len() != expected.len() {
        return Err(format!("{} rows and not {}", found.len(), expected.len()).into());
    }
    for (found, expected) in found.iter().zip(&expected) {
        let same = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| equal(a, b));
        if !same {
            return Err(format!("found {found:?}\nand not {expected:?}").into());
        }
    }
    Ok(())
}

/// Rounds numbers to their first digits, so that rows match whatever the last ones are.
fn sort_key(row: &[String]) -> Vec<String> {
    row.iter().map(|cell| cell.parse::<f64>().map_or_else(|_| cell.clone(), |x| format!("{x:.3e}"))).collect()
}

fn equal(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => a == b,
    }
}

/// The cells of a CSV line.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => {
                if let Some(last) = cells.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    cells
}

fn opened(database: &'static Database) -> Result<&'static Mutex<Session>, Failed> {
    let is_parallel = std::ptr::eq(database, &raw const PARALLEL);
    database.get_or_init(|| load(is_parallel)).as_ref().map_err(|error| error.as_str().into())
}

fn load(is_parallel: bool) -> Result<Mutex<Session>, String> {
    let folder = std::env::temp_dir().join(format!("linal-tpch-{}-{is_parallel}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let threads = Some(if is_parallel { 2 } else { 1 });
    let partition_above = is_parallel.then_some(0);
    let options = EngineOptions { threads, partition_above, ..EngineOptions::default() };
    let engine = Engine::new(options);
    let mut session = engine.session();
    for (name, text) in tables() {
        let path = folder.join(format!("{name}.csv"));
        fs::write(&path, text).map_err(|error| error.to_string())?;
        session
            .execute(&format!("USE DATASET FROM '{}' AS {name}", path.display()))
            .map_err(|error| format!("{name}: {error}"))?;
    }
    fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(Mutex::new(session))
}

fn tables() -> Vec<(&'static str, String)> {
    let nation = NationGenerator::new(SCALE, 1, 1);
    let region = RegionGenerator::new(SCALE, 1, 1);
    let part = PartGenerator::new(SCALE, 1, 1);
    let supplier = SupplierGenerator::new(SCALE, 1, 1);
    let customer = CustomerGenerator::new(SCALE, 1, 1);
    let part_supplier = PartSuppGenerator::new(SCALE, 1, 1);
    let orders = OrderGenerator::new(SCALE, 1, 1);
    let line_items = LineItemGenerator::new(SCALE, 1, 1);
    vec![
        ("nation", csv(NationCsv::header(), nation.iter().map(NationCsv::new))),
        ("region", csv(RegionCsv::header(), region.iter().map(RegionCsv::new))),
        ("part", csv(PartCsv::header(), part.iter().map(PartCsv::new))),
        ("supplier", csv(SupplierCsv::header(), supplier.iter().map(SupplierCsv::new))),
        ("customer", csv(CustomerCsv::header(), customer.iter().map(CustomerCsv::new))),
        ("partsupp", csv(PartSuppCsv::header(), part_supplier.iter().map(PartSuppCsv::new))),
        ("orders", csv(OrderCsv::header(), orders.iter().map(OrderCsv::new))),
        ("lineitem", csv(LineItemCsv::header(), line_items.iter().map(LineItemCsv::new))),
    ]
}

fn csv<T: Display>(header: &str, rows: impl Iterator<Item = T>) -> String {
    let mut text = format!("{header}\n");
    for row in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{row}");
    }
    text
}
