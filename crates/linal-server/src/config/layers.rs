//! The layers of a configuration: defaults, then the file, the environment and the command line.

use std::fmt;
use std::path::Path;

use linal_error::suggest::did_you_mean;
use toml::{Table, Value};

use super::Config;
use super::keys::{Key, keys};

/// A configuration that cannot be used: a sentence, with help where there is any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> ConfigError {
        ConfigError(message.into())
    }
}

/// The name of a key in the environment.
pub fn environment_name(key: &str) -> String {
    format!("LINAL_{}", key.to_uppercase())
}

/// A configuration that layers are added to, the weakest first.
#[derive(Clone, Debug, Default)]
pub struct Layers(Config);

impl Layers {
    /// The defaults.
    pub fn new() -> Layers {
        Layers::default()
    }

    /// Adds a file of TOML.
    ///
    /// # Errors
    /// A file that cannot be read or is no TOML; an unknown key, with the nearest one; a value that a key does
    /// not accept.
    pub fn file(self, path: &Path) -> Result<Layers, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::new(format!("cannot read {}: {error}", path.display())))?;
        self.toml(&text, &path.display().to_string())
    }

    /// Adds a text of TOML; `place` names it in errors.
    ///
    /// # Errors
    /// As [`Layers::file`].
    pub fn toml(mut self, text: &str, place: &str) -> Result<Layers, ConfigError> {
        let table: Table =
            text.parse().map_err(|error| ConfigError::new(format!("{place} is no TOML: {error}")))?;
        for (name, value) in &table {
            let key = find(name).ok_or_else(|| unknown(name, place))?;
            let texts = texts(value).ok_or_else(|| bad(key, place, "a text, a number or a list of these"))?;
            self.set(key, &texts, place)?;
        }
        Ok(self)
    }

    /// Adds the variables of the environment that are named after keys; the values of a list of paths are separated
    /// by colons, others by commas.
    ///
    /// # Errors
    /// A value that a key does not accept.
    pub fn environment(mut self, get: impl Fn(&str) -> Option<String>) -> Result<Layers, ConfigError> {
        for key in keys() {
            let name = environment_name(key.name);
            let Some(text) = get(&name) else { continue };
            let texts = key.separator.map_or_else(|| vec![text.clone()], |separator| split(&text, separator));
            self.set(key, &texts, &name)?;
        }
        Ok(self)
    }

    /// Adds the options of the command line, each the name of a key and its values.
    ///
    /// # Errors
    /// A value that a key does not accept.
    pub fn options(mut self, options: &[(&str, Vec<String>)]) -> Result<Layers, ConfigError> {
        for (name, texts) in options {
            let place = format!("--{}", name.replace('_', "-"));
            let key = find(name).ok_or_else(|| unknown(name, &place))?;
            self.set(key, texts, &place)?;
        }
        Ok(self)
    }

    /// The configuration of all layers.
    ///
    /// # Errors
    /// A certificate without its key, or the other way round.
    pub fn finish(self) -> Result<Config, ConfigError> {
        if self.0.tls_cert.is_some() != self.0.tls_key.is_some() {
            return Err(ConfigError::new("TLS takes both: tls_cert and tls_key"));
        }
        Ok(self.0)
    }

    fn set(&mut self, key: &Key, texts: &[String], place: &str) -> Result<(), ConfigError> {
        (key.set)(&mut self.0, texts).map_err(|wanted| bad(key, place, wanted))
    }
}

fn find(name: &str) -> Option<&'static Key> {
    keys().iter().find(|key| key.name == name)
}

fn unknown(name: &str, place: &str) -> ConfigError {
    let names = keys().iter().map(|key| key.name);
    let help = did_you_mean(name, names).unwrap_or_else(|| "`linal config` prints all keys".to_owned());
    ConfigError::new(format!("{place} has an unknown key `{name}` ({help})"))
}

fn bad(key: &Key, place: &str, wanted: &str) -> ConfigError {
    ConfigError::new(format!("{place}: {} takes {wanted}", key.name))
}

fn split(text: &str, separator: char) -> Vec<String> {
    text.split(separator).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The texts of a TOML value; `None` for tables, dates and nested lists.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(values) => values.iter().map(scalar).collect(),
        value => Some(vec![scalar(value)?]),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

impl Config {
    /// The whole configuration as TOML, each key with what it decides. Keys that are not set are comments.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for key in keys() {
            text.push_str(&format!("# {}\n", key.doc));
            match (key.get)(self) {
                Some(value) => text.push_str(&format!("{} = {value}\n", key.name)),
                None => text.push_str(&format!("# {} is not set\n", key.name)),
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn toml(text: &str) -> Result<Config, ConfigError> {
        Layers::new().toml(text, "linal.toml")?.finish()
    }

    #[test]
    fn later_layers_win() {
        let layers = Layers::new().toml("timeout = '1s'\nqueue = 3\ndrain = 5", "linal.toml").unwrap();
        let environment = |name: &str| match name {
            "LINAL_TIMEOUT" => Some("2s".to_owned()),
            "LINAL_QUEUE" => Some("4".to_owned()),
            _ => None,
        };
        let layers = layers.environment(environment).unwrap();
        let config = layers.options(&[("queue", vec!["5".to_owned()])]).unwrap().finish().unwrap();
        assert_eq!(config.timeout, Some(Duration::from_secs(2)));
        assert_eq!((config.queue, config.drain), (5, Duration::from_secs(5)));
        assert_eq!(config.bind, Config::default().bind);
    }

    #[test]
    fn mistakes_are_named() {
        let check = |text: &str, expected: &str| {
            let message = toml(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        };
        check("timeuot = '1s'", "unknown key `timeuot` (did you mean `timeout`?)");
        check("timeout = 'soon'", "timeout takes a time such as 30s, or none");
        check("concurrency = 0", "concurrency takes an integer from 1 on");
        check("bind = '8080'", "bind takes host:port");
        check("timeout", "is no TOML");
        check("tls_cert = 'a.pem'", "TLS takes both");
        check("[timeout]\na = 1", "timeout takes a text");
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let text =
            "timeout = 'none'\nfiles = ['/a', 'b \"c']\nmemory_limit = '4GB'\nlog = 'json'\nmax_body = 1000";
        let config = toml(text).unwrap();
        assert_eq!(toml(&config.to_toml()).unwrap(), config);
        assert_eq!(config.memory_limit, Some(4_000_000_000));
        let default = Config::default();
        assert_eq!(toml(&default.to_toml()).unwrap(), default);
    }
}
