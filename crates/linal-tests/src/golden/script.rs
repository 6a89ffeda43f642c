//! The text of a golden script apart from its expected output, and both woven together again.

use super::Variant;

/// What a line of expected output begins with.
const OUTPUT: &str = "#>";

/// What a line of instructions to the harness begins with.
const DIRECTIVE: &str = "#!";

/// A golden script, read.
#[derive(Clone, Debug)]
pub struct Script {
    /// `<feature>/<case>.lnl`, which errors name.
    pub name: String,
    /// The whole file with its lines of expected output left blank, so that errors name the lines of the file.
    pub text: String,
    /// Whether each line of the file is one of expected output.
    is_output: Vec<bool>,
    skipped: Vec<Variant>,
    /// Script variables, which `${name}` stands for.
    pub(super) variables: Vec<(String, String)>,
}

/// What one statement printed, and the line of the file below which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Printed {
    /// Counted from 1; 0 stands for the beginning of the file.
    pub line: usize,
    pub text: String,
}

impl Script {
    /// Reads the content of a script file.
    ///
    /// # Errors
    /// A sentence about a directive that the harness does not know.
    pub fn parse(name: &str, content: &str) -> Result<Script, String> {
        let mut script = Script {
            name: name.to_string(),
            text: String::new(),
            is_output: Vec::new(),
            skipped: Vec::new(),
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
            _ => Err(format!("{}: `{DIRECTIVE} {text}` is no directive: there are skip and set", self.name)),
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

    /// Whether the script says that a variant would rightly print something else.
    pub fn skips(&self, variant: Variant) -> bool {
        self.skipped.contains(&variant)
    }

    /// The content of the file with this output in place of the one that it has.
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
