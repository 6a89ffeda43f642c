//! The words that the prompt knows: keywords, functions, and the names of the session.

use std::sync::{Arc, PoisonError, RwLock};

use linal::{Session, keywords};

/// A word and its description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it is written.
    pub text: String,
    /// The pattern of a function, the type of a name.
    pub note: String,
}

/// Shared by completion and highlighting, and refreshed after each statement.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    fixed: Arc<[Word]>,
    names: Arc<RwLock<Vec<Word>>>,
}

impl Vocabulary {
    /// The words of a session.
    pub fn new(session: &Session) -> Vocabulary {
        let functions = Session::functions().into_iter().flat_map(|function| {
            let names = std::iter::once(&function.name).chain(function.aliases);
            names.map(|name| word(name, function.pattern))
        });
        let settings = session.settings_names().into_iter().map(|name| word(name, "setting"));
        let mut fixed: Vec<Word> = functions.chain(settings).collect();
        for function in Session::query_functions() {
            for name in function.names().map(str::to_uppercase) {
                if !fixed.iter().any(|known| known.text == name) {
                    let note = function.form.replacen(function.name, &function.name.to_uppercase(), 1);
                    fixed.push(word(&name, &note));
                }
            }
        }
        for keyword in keywords::all() {
            if !fixed.iter().any(|known| known.text == keyword) {
                fixed.push(word(keyword, ""));
            }
        }
        fixed.sort_by(|a, b| a.text.cmp(&b.text));
        let vocabulary = Vocabulary { fixed: fixed.into(), names: Arc::default() };
        vocabulary.learn(session);
        vocabulary
    }

    /// Refreshes the names in scope.
    pub fn learn(&self, session: &Session) {
        let names = session.names().into_iter().map(|(text, note)| Word { text, note }).collect();
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = names;
    }

    /// The words with a prefix, case-insensitive, names first.
    pub fn beginning(&self, prefix: &str) -> Vec<Word> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.iter().chain(self.fixed.iter()).filter(|word| begins(&word.text, prefix)).cloned().collect()
    }

    /// Whether a word is a function.
    pub fn is_function(&self, text: &str) -> bool {
        self.fixed.iter().any(|word| word.text.eq_ignore_ascii_case(text) && is_pattern(&word.note))
    }

    #[cfg(test)]
    pub fn of(fixed: &[(&str, &str)], names: &[(&str, &str)]) -> Vocabulary {
        let words =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(text, note)| word(text, note)).collect::<Vec<_>>();
        Vocabulary { fixed: words(fixed).into(), names: Arc::new(RwLock::new(words(names))) }
    }
}

fn word(text: &str, note: &str) -> Word {
    Word { text: text.to_owned(), note: note.to_owned() }
}

/// A pattern begins with the name of the function, in upper case.
fn is_pattern(note: &str) -> bool {
    note.starts_with(|c: char| c.is_ascii_uppercase())
}

fn begins(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
