//! No error text contains the terms of DataFusion: its expressions, plans and types.

use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use linal_tests::scripts;

use crate::harness::{ensure, test};
use crate::workspace;

/// Terms of DataFusion and Arrow. The language has its own names of types.
const INTERNAL: [&str; 34] = [
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
    "Boolean",
    "Date32",
    "Decimal128",
    "FixedSizeList",
    "MonthDayNano",
    "type_coercion",
    "panicked",
    "__",
];

pub fn trials() -> Vec<Trial> {
    vec![test("wording::no_error_of_a_golden_names_datafusion", goldens)]
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
        // Text in backticks and quotes comes from the user.
        let told: String = line.split(['`', '\'']).step_by(2).collect();
        if INTERNAL.iter().any(|word| told.contains(word)) {
            found.push(format!("{}: {line}", path.display()));
        }
    }
    found
}
