//! The settings of a session, in one table.

use std::time::Duration;

use linal_error::Code;
use linal_lang::Dialect;
use linal_lang::ast::SettingValue;
use linal_store::ColumnType;
use linal_store::temporal::Zone;
use linal_tensor::DType;

use linal_dataset::{Cell, Error, Result, RowSet};

/// The values of the settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Rows in a batch of a query.
    pub batch_size: usize,
    /// The dtype of tensors whose statement names none.
    pub default_dtype: DType,
    /// The meaning of `"x"`.
    pub dialect: Dialect,
    /// Bytes; `usize::MAX` for no limit.
    pub memory_limit: usize,
    /// The time that a statement may take; `None` for no limit.
    pub timeout: Option<Duration>,
    /// The time zone of timestamps without one.
    pub timezone: Zone,
    /// Bytes that queries may write to disk; `None` for no limit of the session.
    pub spill_limit: Option<u64>,
    /// Threads that one statement may use.
    pub threads: usize,
    /// Rows of a table or matrix that are printed before it is abridged.
    pub max_rows: usize,
    /// Rows that a result may have; `None` for no limit.
    pub max_rows_returned: Option<u64>,
    /// Columns of text that a printed line may take.
    pub max_width: usize,
}

/// One setting.
struct SettingDef {
    name: &'static str,
    doc: &'static str,
    get: fn(&Settings) -> String,
    set: fn(&mut Settings, &SettingValue) -> Result<()>,
}

const SETTINGS: &[SettingDef] = &[
    SettingDef {
        name: "batch_size",
        doc: "Rows that the operators of a query work on at once",
        get: |s| s.batch_size.to_string(),
        set: |s, value| {
            let wanted = "a whole number from 1 to 1000000";
            s.batch_size = count(value)
                .filter(|n| (1..=1_000_000).contains(n))
                .ok_or_else(|| bad("batch_size", wanted))?;
            Ok(())
        },
    },
    SettingDef {
        name: "default_dtype",
        doc: "Dtype of tensors whose statement names none: f64 or f32",
        get: |s| s.default_dtype.to_string(),
        set: |s, value| {
            s.default_dtype = match word(value).as_deref().map(str::parse) {
                Some(Ok(dtype @ (DType::F32 | DType::F64))) => dtype,
                _ => return Err(bad("default_dtype", "f64 or f32")),
            };
            Ok(())
        },
    },
    SettingDef {
        name: "dialect",
        doc: "What \"x\" is: a string ('linal') or a name ('ansi')",
        get: |s| if s.dialect == Dialect::Ansi { "ansi".into() } else { "linal".into() },
        set: |s, value| {
            s.dialect = match word(value).map(|word| word.to_lowercase()).as_deref() {
                Some("linal") => Dialect::Linal,
                Some("ansi") => Dialect::Ansi,
                _ => return Err(bad("dialect", "'linal' or 'ansi'")),
            };
            Ok(())
        },
    },
    SettingDef {
        name: "max_rows",
        doc: "Rows of a table or matrix that are printed before it is abridged",
        get: |s| s.max_rows.to_string(),
        set: |s, value| {
            s.max_rows =
                count(value).filter(|&n| n > 0).ok_or_else(|| bad("max_rows", "a whole number from 1 on"))?;
            Ok(())
        },
    },
    SettingDef {
        name: "max_rows_returned",
        doc: "Rows that a result may have; a larger one is an error. none for no limit",
        get: |s| s.max_rows_returned.map_or("none".into(), |rows| rows.to_string()),
        set: |s, value| {
            let is_none = word(value).is_some_and(|word| word.eq_ignore_ascii_case("none"));
            s.max_rows_returned = match count(value) {
                _ if is_none => None,
                Some(rows) if rows > 0 => Some(rows as u64),
                _ => return Err(bad("max_rows_returned", "a whole number from 1 on, or none")),
            };
            Ok(())
        },
    },
    SettingDef {
        name: "max_width",
        doc: "Columns of text that a printed line may take",
        get: |s| s.max_width.to_string(),
        set: |s, value| {
            let wanted = "a whole number from 20 on";
            s.max_width = count(value).filter(|&n| n >= 20).ok_or_else(|| bad("max_width", wanted))?;
            Ok(())
        },
    },
    SettingDef {
        name: "memory_limit",
        doc: "Memory that the session's tensors and running statement may take: '64MB', or none",
        get: |s| bytes_text(s.memory_limit),
        set: |s, value| {
            s.memory_limit =
                limit(value).ok_or_else(|| bad("memory_limit", "a size such as '64MB', or none"))?;
            Ok(())
        },
    },
    SettingDef {
        name: "spill_limit",
        doc: "Disk that the session's sorts, joins and aggregates may take: '10GB', or none",
        get: |s| s.spill_limit.map_or("none".into(), |bytes| bytes_text(bytes as usize)),
        set: |s, value| {
            let bytes = limit(value).ok_or_else(|| bad("spill_limit", "a size such as '10GB', or none"))?;
            s.spill_limit = (bytes != usize::MAX).then_some(bytes as u64);
            Ok(())
        },
    },
    SettingDef {
        name: "threads",
        doc: "Threads that one statement may use",
        get: |s| s.threads.to_string(),
        set: |s, value| {
            let most = "a whole number from 1 to 1024";
            s.threads =
                count(value).filter(|n| (1..=1024).contains(n)).ok_or_else(|| bad("threads", most))?;
            Ok(())
        },
    },
    SettingDef {
        name: "timeout",
        doc: "Time that a statement may take: '2s', '500ms', or none",
        get: |s| s.timeout.map_or("none".into(), duration_text),
        set: |s, value| {
            s.timeout =
                time_limit(value).ok_or_else(|| bad("timeout", "a time such as '2s' or '500ms', or none"))?;
            Ok(())
        },
    },
    SettingDef {
        name: "timezone",
        doc: "The zone of timestamps without one: 'Europe/Berlin', 'UTC', '+02:00'",
        get: |s| s.timezone.to_string(),
        set: |s, value| {
            let zone = match value {
                SettingValue::Word(text) | SettingValue::Str(text) => Zone::parse(text),
                _ => None,
            };
            s.timezone = zone.ok_or_else(|| bad("timezone", "a zone such as 'Europe/Berlin' or '+02:00'"))?;
            Ok(())
        },
    },
];

impl Settings {
    /// The defaults, with the memory limit in bytes and the number of threads of the engine.
    pub fn new(memory_limit: usize, threads: usize) -> Settings {
        Settings {
            batch_size: 8192,
            default_dtype: DType::F64,
            dialect: Dialect::Linal,
            memory_limit,
            timeout: None,
            timezone: Zone::utc(),
            spill_limit: None,
            threads,
            max_rows: 40,
            max_rows_returned: None,
            max_width: 100,
        }
    }

    /// All names, for completion and suggestions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SETTINGS.iter().map(|setting| setting.name)
    }

    /// The value of a setting as text.
    pub fn get(&self, name: &str) -> Option<String> {
        SETTINGS.iter().find(|s| s.name.eq_ignore_ascii_case(name)).map(|s| (s.get)(self))
    }

    /// The description of a setting.
    pub fn doc(name: &str) -> Option<(&'static str, &'static str)> {
        SETTINGS.iter().find(|s| s.name.eq_ignore_ascii_case(name)).map(|s| (s.name, s.doc))
    }

    /// Changes a setting.
    pub fn set(&mut self, name: &str, value: &SettingValue) -> Result<()> {
        match SETTINGS.iter().find(|s| s.name.eq_ignore_ascii_case(name)) {
            Some(setting) => (setting.set)(self, value),
            None => Err(unknown(name)),
        }
    }

    /// All settings as rows.
    pub fn rows(&self) -> RowSet {
        let cells =
            |setting: &SettingDef| [setting.name.to_string(), (setting.get)(self), setting.doc.to_string()];
        let rows: Vec<Vec<Cell>> =
            SETTINGS.iter().map(|setting| cells(setting).map(Cell::String).to_vec()).collect();
        RowSet::from_rows(&["name", "value", "description"].map(|name| (name, ColumnType::String)), &rows)
    }
}

/// Settings of other systems, and what does the same here.
const FOREIGN: [(&str, &str); 15] = [
    ("search_path", "USE d changes the database"),
    ("schema", "USE d changes the database"),
    ("statement_timeout", "SET timeout = .. limits the time of a statement"),
    ("work_mem", "SET memory_limit = .. limits the memory of the session"),
    ("max_memory", "SET memory_limit = .. limits the memory of the session"),
    ("worker_threads", "SET threads = .. limits the threads of a statement"),
    ("default_null_order", "NULLs come last in ascending order; write NULLS FIRST in the ORDER BY"),
    ("null_order", "NULLs come last in ascending order; write NULLS FIRST in the ORDER BY"),
    ("default_order", "write DESC in the ORDER BY"),
    ("default_collation", "write COLLATE NOCASE where texts are compared"),
    ("preserve_insertion_order", "rows always keep the order of their table"),
    ("temp_directory", "queries spill to the temporary folder of the system"),
    ("enable_progress_bar", "there is no progress bar"),
    ("enable_profiling", "EXPLAIN ANALYZE shows where the time goes"),
    ("client_encoding", "texts are UTF-8"),
];

fn unknown(name: &str) -> Error {
    if let Some((_, help)) = FOREIGN.iter().find(|(foreign, _)| name.eq_ignore_ascii_case(foreign)) {
        return Error::new(Code::UnknownSetting, format!("no setting has the name `{name}`"))
            .with_help(*help);
    }
    Error::unknown(Code::UnknownSetting, "setting", name, Settings::names())
        .or_help("SHOW SETTINGS lists them")
}

fn bad(name: &str, wanted: &str) -> Error {
    Error::new(Code::BadSetting, format!("{name} takes {wanted}"))
}

fn word(value: &SettingValue) -> Option<String> {
    match value {
        SettingValue::Word(text) | SettingValue::Str(text) => Some(text.to_ascii_lowercase()),
        _ => None,
    }
}

fn count(value: &SettingValue) -> Option<usize> {
    match value {
        SettingValue::Int(n) => usize::try_from(*n).ok(),
        SettingValue::Str(text) | SettingValue::Word(text) => text.parse().ok(),
        _ => None,
    }
}

fn is_none(value: &SettingValue) -> bool {
    matches!(value, SettingValue::Null) || word(value).is_some_and(|w| w == "none")
}

fn limit(value: &SettingValue) -> Option<usize> {
    match value {
        value if is_none(value) => Some(usize::MAX),
        SettingValue::Int(n) => usize::try_from(*n).ok(),
        SettingValue::Str(text) | SettingValue::Word(text) => parse_bytes(text),
        _ => None,
    }
}

fn time_limit(value: &SettingValue) -> Option<Option<Duration>> {
    match value {
        value if is_none(value) => Some(None),
        SettingValue::Int(n) => Some(Some(Duration::from_secs(u64::try_from(*n).ok()?))),
        SettingValue::Float(x) => Some(Some(Duration::try_from_secs_f64(*x).ok()?)),
        SettingValue::Str(text) | SettingValue::Word(text) => Some(Some(parse_duration(text)?)),
        _ => None,
    }
}

/// Parses a size: `64MB` (10^6), `64MiB` (2^20), `1.5 GB`, `1000`.
pub fn parse_bytes(text: &str) -> Option<usize> {
    let (number, unit) = split_unit(text)?;
    let factor: f64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        _ => return None,
    };
    let bytes = number * factor;
    (bytes >= 0.0 && bytes < usize::MAX as f64).then_some(bytes as usize)
}

/// Parses a duration: `2s`, `500ms`, `1.5 min`, `2` (seconds).
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    let seconds = match unit.to_ascii_lowercase().as_str() {
        "us" => 1e-6,
        "ms" => 1e-3,
        "" | "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number * seconds).ok()
}

fn split_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    Some((number, text[end..].trim()))
}

fn bytes_text(bytes: usize) -> String {
    if bytes == usize::MAX { "none".into() } else { linal_tensor::Bytes(bytes).to_string() }
}

fn duration_text(duration: Duration) -> String {
    if duration.as_millis().is_multiple_of(1000) {
        format!("{}s", duration.as_secs())
    } else {
        format!("{}ms", duration.as_secs_f64() * 1000.0)
    }
}
