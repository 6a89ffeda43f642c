//! A case of the protocol.

use serde_json::Value;

use crate::Result;

/// What is run, and how often.
pub(crate) struct Case {
    pub setup: Vec<String>,
    /// The statements that are timed together; at least one.
    pub run: Vec<String>,
    /// Statements after the first run, each of which gives its result.
    pub checks: Vec<String>,
    pub repeat: u64,
    /// Runs between two readings of the clock.
    pub batch: u64,
    /// Whether the result of the first run is wanted.
    pub rows: bool,
    /// Whether the first run is timed, too.
    pub cold: bool,
    /// Whether each run opens the directory, and the time has that in it.
    pub opens: bool,
    /// How many sessions run the batch at once.
    pub sessions: u64,
    /// Whether `{i}` in the statements stands for a number that grows with each run.
    pub numbered: bool,
}

impl Case {
    pub fn read(value: &Value) -> Result<Case> {
        let run = texts(&value["run"])?;
        if run.is_empty() {
            return Err("`run` is missing".into());
        }
        let count = |key: &str| value[key].as_u64().unwrap_or(1).max(1);
        let flag = |key: &str| value[key].as_bool().unwrap_or(false);
        Ok(Case {
            setup: texts(&value["setup"])?,
            run,
            checks: texts(&value["check"])?,
            repeat: value["repeat"].as_u64().unwrap_or(1),
            batch: count("batch"),
            rows: flag("rows"),
            cold: flag("cold"),
            opens: flag("open"),
            sessions: count("sessions"),
            numbered: flag("numbered"),
        })
    }

    /// The statements of `runs` runs, the first of which has the number `first`.
    pub fn statements(&self, first: u64, runs: u64) -> Vec<String> {
        let numbers = first..first + runs;
        let text = |statement: &String, number: u64| statement.replace("{i}", &number.to_string());
        numbers.flat_map(|number| self.run.iter().map(move |statement| text(statement, number))).collect()
    }
}

/// One text or a list of texts; empty when the key is missing.
fn texts(value: &Value) -> Result<Vec<String>> {
    let text =
        |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| "a statement is a text".into());
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(values) => values.iter().map(text).collect(),
        _ => Err("statements are a text or a list of texts".into()),
    }
}
