//! No error text contains the terms of DataFusion: its expressions, plans and types.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use linal_tests::scripts;

use crate::harness::{ensure, session, test};
use crate::workspace;

/// Terms of DataFusion and Arrow. The language has its own names of types.
const INTERNAL: [&str; 33] = [
    "OuterReferenceColumn",
    "outer_ref(",
    "InSubquery",
    "ScalarSubquery",
    "SetComparison",
    "Subquery:",
    "TableScan",
    "Projection:",
    "Aggregate:",
    "LogicalPlan",
    "logical plan",
    "physical plan",
    "Physical plan",
    "DataFusion",
    "sqlparser",
    "ScalarUDF",
    "AggregateUDF",
    "BinaryExpr",
    "Expr::",
    "Some(",
    "Utf8",
    "Int64",
    "Int32",
    "UInt64",
    "Float64",
    "Float32",
    "Date32",
    "Decimal128",
    "FixedSizeList",
    "MonthDayNano",
    "type_coercion",
    "panicked",
    "__",
];

pub fn trials() -> Vec<Trial> {
    vec![
        test("wording::no_error_of_a_golden_names_datafusion", goldens),
        test("wording::no_error_of_a_conversion_names_types_of_arrow", conversions),
    ]
}

fn goldens() -> Result<(), Failed> {
    let root = workspace().join("crates/linal-tests/scripts");
    let found: Vec<String> = scripts(&root).iter().flat_map(|path| leaks(path)).collect();
    ensure(found.is_empty(), || format!("errors with words of DataFusion:\n{}", found.join("\n")))
}

/// The lines of a script that report an error in DataFusion's words. Text from the statement itself is
/// exempt.
fn leaks(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let is_told = |line: &&str| line.starts_with("#> error[") || line.starts_with("#> help:");
    let mut found = Vec::new();
    for line in text.lines().filter(is_told) {
        if is_leak(line) {
            found.push(format!("{}: {line}", path.display()));
        }
    }
    found
}

/// Whether a line has one of the words. What stands in backticks and quotes is the user's.
fn is_leak(line: &str) -> bool {
    let told: String = line.split(['`', '\'']).step_by(2).collect();
    INTERNAL.iter().any(|word| told.contains(word))
}

/// A value of each type, in a column of its own.
const VALUES: [(&str, &str); 15] = [
    ("bool", "true"),
    ("int", "7"),
    ("float", "1.5"),
    ("real", "CAST(1.5 AS REAL)"),
    ("decimal", "CAST(123.4 AS DECIMAL(38, 1))"),
    ("text", "'abc'"),
    ("date", "DATE '2024-01-01'"),
    ("time", "TIME '12:00:00'"),
    ("moment", "TIMESTAMP '2024-01-01 12:00:00'"),
    ("instant", "CAST('2024-01-01 12:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)"),
    ("span", "INTERVAL '1 day'"),
    ("vector", "[1.0, 2.0, 3.0]"),
    ("matrix", "[[1, 2], [3, 4]]"),
    ("list", "[1, NULL]"),
    ("texts", "['a', 'b']"),
];

/// The types that they are cast to.
const TYPES: [&str; 20] = [
    "Bool",
    "Int",
    "SMALLINT",
    "Float",
    "REAL",
    "DECIMAL(38, 1)",
    "DECIMAL(3, 1)",
    "String",
    "VARCHAR(2)",
    "Date",
    "Time",
    "Timestamp",
    "TIMESTAMP WITH TIME ZONE",
    "INTERVAL",
    "VECTOR(3)",
    "MATRIX(2, 3)",
    "Int[]",
    "DECIMAL(3, 1)[]",
    "VARCHAR(2)[]",
    "Date[]",
];

/// Casts, stores, compares and adds values of each pair of types, and reads the errors.
fn conversions() -> Result<(), Failed> {
    let (_engine, mut session) = session();
    let columns: Vec<String> = VALUES.iter().map(|(name, value)| format!("{value} AS {name}")).collect();
    session.execute(&format!("CREATE TABLE t AS SELECT {}", columns.join(", ")))?;
    let mut statements = Vec::new();
    for (name, value) in VALUES {
        for other in TYPES {
            statements.push(format!("SELECT CAST({name} AS {other}) FROM t"));
            statements.push(format!("SELECT CAST({value} AS {other})"));
        }
        for (other, _) in VALUES {
            statements.push(format!("INSERT INTO t ({name}) SELECT {other} FROM t LIMIT 1"));
            statements.push(format!("SELECT {name} + {other}, {name} FROM t"));
            statements.push(format!("SELECT {name} = {other} FROM t"));
            statements.push(format!("SELECT COALESCE({name}, {other}) FROM t"));
        }
        for function in
            ["SUM", "AVG", "MEDIAN", "ABS", "UPPER", "DATE_TRUNC", "L2_NORM", "ARRAY_LENGTH", "NOT", "-"]
        {
            statements.push(format!("SELECT {function}({name}) FROM t"));
        }
        statements.push(format!("LET x = (SELECT {name} FROM t)"));
    }
    let mut found = Vec::new();
    for statement in &statements {
        if let Err(error) = session.execute(statement) {
            let help = error.help().unwrap_or_default();
            if error.is(linal::Code::InternalError) || is_leak(error.message()) || is_leak(help) {
                found.push(format!("{statement}\n    {error}\n    {help}"));
            }
        }
    }
    ensure(found.is_empty(), || format!("{} errors with words of Arrow:\n{}", found.len(), found.join("\n")))
}
