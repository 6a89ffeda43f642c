//! `ALTER DATABASE d SET name = value`: limits of all sessions of a database.

use std::sync::Arc;

use linal_bind::settings::Settings;
use linal_dataset::{Error, Result};
use linal_error::{Code, suggest};
use linal_lang::ast::{Ident, Set, SettingValue};

use crate::outcome::Outcome;
use crate::session::Session;

/// The limits that a database may have.
const LIMITS: [&str; 6] = [CONCURRENCY, "max_rows_returned", "memory_limit", QUEUE, "spill_limit", "timeout"];

/// Statements of a service that run at once in a database.
pub(crate) const CONCURRENCY: &str = "concurrency";

/// Statements of a service that wait for a place in a database.
pub(crate) const QUEUE: &str = "queue";

pub(super) fn run(session: &mut Session, name: &Ident, set: &Set) -> Result<Outcome> {
    let setting = set.name.name.to_lowercase();
    if !LIMITS.contains(&setting.as_str()) {
        let message = format!("a database has no limit `{setting}`");
        let error = Error::new(Code::UnknownSetting, message).at(set.name.span);
        let help = suggest::did_you_mean(&setting, LIMITS);
        return Err(error.with_help(help.unwrap_or_else(|| format!("it has {}", LIMITS.join(", ")))));
    }
    let text = checked(session, &setting, &set.value).map_err(|error| error.at(set.value_span))?;
    let is_none = matches!(&set.value, SettingValue::Null) || text == "none";
    let database = session.engine.catalog.snapshot();
    let database = database.database(&name.name).map_err(|error| error.at(name.span))?.name.clone();
    let value = (!is_none).then(|| Arc::new(written(&set.value)));
    session.change_catalog(|catalog| catalog.put_setting(&database, &setting, value))?;
    Ok(Outcome::Done(format!("{setting} of {database} = {text}")))
}

/// The text of a limit that is valid.
///
/// # Errors
/// `E0313 bad_setting`.
fn checked(session: &Session, setting: &str, value: &SettingValue) -> Result<String> {
    let least = match setting {
        CONCURRENCY => 1,
        QUEUE => 0,
        _ => {
            let mut settings: Settings = session.settings.clone();
            settings.set(setting, value)?;
            return Ok(settings.get(setting).unwrap_or_default());
        }
    };
    let text = written(value);
    let is_valid = text.eq_ignore_ascii_case("none") || text.parse().is_ok_and(|count: usize| count >= least);
    if !is_valid {
        let message = format!("{setting} takes a whole number from {least} on, or none");
        return Err(Error::new(Code::BadSetting, message));
    }
    Ok(text.to_lowercase())
}

/// A value as a text that the setting takes.
fn written(value: &SettingValue) -> String {
    match value {
        SettingValue::Int(value) => value.to_string(),
        SettingValue::Float(value) => format!("{value:?}"),
        SettingValue::Bool(value) => value.to_string(),
        SettingValue::Null => "none".to_owned(),
        SettingValue::Str(text) | SettingValue::Word(text) => text.to_string(),
    }
}
