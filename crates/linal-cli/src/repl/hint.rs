//! Hints after the cursor: the last statement with this prefix, otherwise the pattern of the function just
//! typed.

use linal::{FunctionDef, Session};
use nu_ansi_term::{Color, Style};
use reedline::{DefaultHinter, Hinter, History};

/// History first, patterns second. Only history can be accepted with a key, since a pattern is no statement.
pub struct FormHinter {
    history: DefaultHinter,
    functions: Vec<&'static FunctionDef>,
    style: Style,
}

impl Default for FormHinter {
    fn default() -> FormHinter {
        let style = Color::DarkGray.normal();
        FormHinter {
            history: DefaultHinter::default().with_style(style),
            functions: Session::functions(),
            style,
        }
    }
}

impl FormHinter {
    /// The pattern of the function that the line ends with, after its name.
    fn pattern(&self, line: &str) -> Option<&'static str> {
        let word = line.strip_suffix(' ')?.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        let mut functions = self.functions.iter();
        let function =
            functions.find(|function| !word.is_empty() && function.name.eq_ignore_ascii_case(word))?;
        function.pattern.strip_prefix(function.name)?.strip_prefix(' ')
    }
}

impl Hinter for FormHinter {
    fn handle(&mut self, line: &str, pos: usize, history: &dyn History, colours: bool, cwd: &str) -> String {
        let hint = self.history.handle(line, pos, history, colours, cwd);
        match self.pattern(line) {
            Some(form) if hint.is_empty() && pos == line.len() => {
                if colours {
                    self.style.paint(form).to_string()
                } else {
                    form.to_owned()
                }
            }
            _ => hint,
        }
    }

    fn complete_hint(&self) -> String {
        self.history.complete_hint()
    }

    fn next_hint_token(&self) -> String {
        self.history.next_hint_token()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_functions() {
        let hinter = FormHinter::default();
        assert_eq!(hinter.pattern("LET x = matmul "), Some("a b"));
        assert_eq!(hinter.pattern("LET x = MATMUL"), None);
        assert_eq!(hinter.pattern("LET x = nothing "), None);
        assert_eq!(hinter.pattern(" "), None);
    }
}
