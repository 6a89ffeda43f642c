//! The options of `linal serve`: one for each key of the configuration, made from its table.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use linal_server::config::{Config, ConfigError, Layers, keys};

use crate::args::Options;

/// The name of the option that names the configuration's file.
const FILE: &str = "config";

/// The options that were given.
#[derive(Clone, Debug, Default)]
pub struct ServeOptions {
    file: Option<PathBuf>,
    /// Names of keys, and their values.
    given: Vec<(&'static str, Vec<String>)>,
}

/// The names of the options, as `--memory-limit`.
static NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| keys().iter().map(|key| key.name.replace('_', "-")).collect());

impl ServeOptions {
    /// The configuration: these options over the environment over the file over the defaults.
    ///
    /// # Errors
    /// A file that cannot be read; an unknown key; a value that a key does not accept.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let environment = |name: &str| std::env::var(name).ok();
        let layers = match self.file.clone().or_else(|| environment("LINAL_CONFIG").map(PathBuf::from)) {
            Some(file) => Layers::new().file(&file)?,
            None => Layers::new(),
        };
        layers.environment(environment)?.options(&self.given)?.finish()
    }

    /// These options, with those that stand before the command where they mean the same.
    pub fn or(mut self, before: &Options) -> ServeOptions {
        let path = |path: &PathBuf| path.display().to_string();
        let values = [
            ("data", before.data.as_ref().map(path)),
            ("memory_limit", before.memory_limit.map(|bytes| bytes.to_string())),
            ("timeout", before.timeout.clone()),
        ];
        for (name, value) in values {
            if let Some(value) = value.filter(|_| self.given.iter().all(|(known, _)| *known != name)) {
                self.given.push((name, vec![value]));
            }
        }
        self
    }
}

impl Args for ServeOptions {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new(FILE).long(FILE).value_name("FILE").help("The configuration, as TOML");
        let options = keys().iter().zip(NAMES.iter()).map(|(key, name)| {
            let action = if key.separator.is_some() { ArgAction::Append } else { ArgAction::Set };
            Arg::new(key.name).long(name.as_str()).value_name("VALUE").action(action).help(key.doc)
        });
        command.arg(file).args(options)
    }

    fn augment_args_for_update(command: Command) -> Command {
        ServeOptions::augment_args(command)
    }
}

impl FromArgMatches for ServeOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<ServeOptions, clap::Error> {
        let mut options = ServeOptions::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.file = matches.get_one::<String>(FILE).map(PathBuf::from);
        let given = keys().iter().filter_map(|key| {
            let values = matches.get_many::<String>(key.name)?;
            Some((key.name, values.cloned().collect()))
        });
        self.given = given.collect();
        Ok(())
    }
}
