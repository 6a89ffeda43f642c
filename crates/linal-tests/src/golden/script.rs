//! Separates a golden script from its expected output, and merges the two again.

use super::Variant;

/// The prefix of a line of expected output.
const OUTPUT: &str = "#>";

/// The prefix of a directive to the harness.
const DIRECTIVE: &str = "#!";

/// A parsed golden script.
#[derive(Clone, Debug)]
pub struct Script {
    /// `<feature>/<case>.lnl`, the name in errors.
    pub name: String,
    /// The whole file with its expected output replaced by blank lines, so that errors have the line numbers
    /// of the file.
    pub text: String,
    /// Whether each line of the file is expected output.
    is_output: Vec<bool>,
    skipped: Vec<Variant>,
    /// Whether it runs in a database directory in all variants.
    pub(super) has_directory: bool,
    /// Script variables, which `${name}` stands for.
    pub(super) variables: Vec<(String, String)>,
}

/// The output of one statement, and the line of the file below which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Printed {
    /// From 1; 0 is the start of the file.
    pub line: usize,
    pub text: String,
}

impl Script {
    /// Parses the content of a script file.
    ///
    /// # Errors
    /// An unknown directive.
    pub fn parse(name: &str, content: &str) -> Result<Script, String> {
        let mut script = Script {
            name: name.to_string(),
            text: String::new(),
            is_output: Vec::new(),
            skipped: Vec::new(),
            has_directory: false,
            variables: Vec::new(),
        };
        for line in content.lines() {
            let is_output = line.starts_with(OUTPUT);
            if !is_output {
                script.text.push_str(line);
            }
            script.text.push('\n');
            script.is_output.push(is_output);
            if let Some(directive) = line.strip_prefix(DIRECTIVE) {
                script.directive(directive.trim())?;
            }
        }
        Ok(script)
    }

    fn directive(&mut self, text: &str) -> Result<(), String> {
        match text.split_once(' ') {
            None if text == "data" => {
                self.has_directory = true;
                Ok(())
            }
            // It stands between statements, and is found when these run.
            None if text == "reopen" => Ok(()),
            Some(("skip", rest)) => self.skip(rest),
            Some(("set", rest)) => match rest.split_once('=') {
                Some((name, value)) => {
                    self.variables.push((name.trim().to_string(), value.trim().to_string()));
                    Ok(())
                }
                None => {
                    Err(format!("{}: a script variable is set with `{DIRECTIVE} set name=value`", self.name))
                }
            },
            _ => Err(format!(
                "{}: `{DIRECTIVE} {text}` is no directive: there are skip, set, data and reopen",
                self.name
            )),
        }
    }

    fn skip(&mut self, rest: &str) -> Result<(), String> {
        let Some((names, _reason)) = rest.split_once("--") else {
            return Err(format!("{}: a skipped variant needs its reason, after `--`", self.name));
        };
        for name in names.split_whitespace() {
            let variant = Variant::from_name(name);
            self.skipped.push(variant.ok_or_else(|| format!("{}: no variant `{name}`", self.name))?);
        }
        Ok(())
    }

    /// Whether it runs in a database directory in all variants.
    pub fn needs_directory(&self) -> bool {
        self.has_directory
    }

    /// Whether the script skips a variant.
    pub fn skips(&self, variant: Variant) -> bool {
        self.skipped.contains(&variant)
    }

    /// Whether the directory is to be opened again before a statement; `before` is the end of the one before.
    pub(super) fn reopens(&self, before: usize, start: usize) -> bool {
        let between = self.text.get(before..start).unwrap_or_default();
        between.lines().any(|line| line.strip_prefix(DIRECTIVE).is_some_and(|rest| rest.trim() == "reopen"))
    }

    /// The content of the file with new output.
    pub(super) fn weave(&self, printed: &[Printed]) -> String {
        let mut content = String::new();
        let mut printed = printed.iter().peekable();
        for (line, (text, is_output)) in self.text.lines().zip(&self.is_output).enumerate() {
            if !is_output {
                content.push_str(text);
                content.push('\n');
            }
            while let Some(output) = printed.next_if(|output| output.line <= line + 1) {
                push_output(&mut content, &output.text);
            }
        }
        content
    }
}

fn push_output(content: &mut String, text: &str) {
    for line in text.lines() {
        content.push_str(OUTPUT);
        if !line.is_empty() {
            content.push(' ');
            content.push_str(line);
        }
        content.push('\n');
    }
}
