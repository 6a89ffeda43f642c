//! The sources of statements.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// A script and its name in errors.
#[derive(Debug)]
pub struct Script {
    /// The name before line and column in errors.
    pub name: Option<String>,
    /// The whole text.
    pub text: String,
}

impl Script {
    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    /// A message that names the file and says why it cannot be read.
    pub fn read(file: &Path) -> Result<Script, String> {
        if file == Path::new("-") {
            return Script::stdin();
        }
        let name = file.display().to_string();
        let bytes = fs::read(file).map_err(|error| unreadable(&name, &error))?;
        Script::decode(name, bytes)
    }

    /// Reads standard input to its end.
    ///
    /// # Errors
    /// As [`Script::read`].
    pub fn stdin() -> Result<Script, String> {
        let name = "<stdin>".to_owned();
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map_err(|error| unreadable(&name, &error))?;
        Script::decode(name, bytes)
    }

    /// The statements of `-c`.
    pub fn command(text: &str) -> Script {
        Script { name: Some("<command>".to_owned()), text: text.to_owned() }
    }

    /// The input of the prompt.
    pub fn typed(text: String) -> Script {
        Script { name: None, text }
    }

    fn decode(name: String, bytes: Vec<u8>) -> Result<Script, String> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Script { name: Some(name), text }),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let lines = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count();
                Err(format!("{name}: line {} is not UTF-8", lines + 1))
            }
        }
    }
}

fn unreadable(name: &str, error: &io::Error) -> String {
    // The number of the system error does not help the user.
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or(&text);
    format!("cannot read {name}: {reason}")
}
