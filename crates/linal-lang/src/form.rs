//! How a function may be written without parentheses: the pattern `SCALE a BY s` read once into a [`Form`].
//!
//! A pattern is the function's name followed by its parameters in lower case:
//!
//! | pattern | reads |
//! | --- | --- |
//! | `ADD a b` | two operands after the name |
//! | `SCALE a BY s` | a keyword clause, here a required one; the argument is named `s` |
//! | `SUM a [AXIS axis]` | a clause that may be left out; such clauses come in any order |
//! | `BANDPASS a WITH RATE rate` | a clause of two words |
//! | `STACK a b ...` | `b` stands for one or more operands |
//! | `ARANGE start, stop [, step]` | operands with commas between |
//! | `CLIP(a, lo, hi)`, `EINSUM(subscripts, operands...)` | no prefix form at all, only the call |
//! | `CAST(a AS dtype)` | a keyword within the call |

use std::iter::Peekable;
use std::vec::IntoIter;

/// One parameter of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The name in lower case, as in `name => value`.
    pub name: String,
    /// The words that introduce it, in upper case: `BY`, `WITH RATE`.
    pub keyword: Option<String>,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether one or more operands may stand for it.
    pub variadic: bool,
}

/// The written form of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pattern: String,
    name: String,
    params: Vec<Param>,
    commas: bool,
    call_only: bool,
}

/// The functions that the parser may meet, as their owner knows them.
pub trait Forms {
    /// The form of a function, found without regard to case; aliases count.
    fn form(&self, name: &str) -> Option<&Form>;

    /// All names, for suggestions.
    fn names(&self) -> Vec<&str>;
}

impl Form {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the pattern, for the test of the one who wrote it.
    pub fn parse(pattern: &str) -> Result<Self, String> {
        let mut reader = Reader { words: words(pattern).into_iter().peekable() };
        reader.form(pattern).map_err(|problem| format!("pattern `{pattern}`: {problem}"))
    }

    /// The function's name, in upper case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters in the order of a call.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The pattern as it was given, for messages and help.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether the function has no prefix form.
    pub fn is_call_only(&self) -> bool {
        self.call_only
    }

    /// Whether commas stand between the operands of the prefix form.
    pub fn has_commas(&self) -> bool {
        self.commas
    }

    /// The operands, which come before every keyword clause.
    pub fn operands(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| param.keyword.is_none())
    }

    /// The keyword clauses with their words.
    pub fn clauses(&self) -> impl Iterator<Item = (&Param, &str)> {
        self.params.iter().filter_map(|param| Some((param, param.keyword.as_deref()?)))
    }

    /// How many operands must be there.
    pub fn required_operands(&self) -> usize {
        self.operands().filter(|param| !param.optional).count()
    }

    /// How many operands there may be; `None` without a limit.
    pub fn operand_limit(&self) -> Option<usize> {
        match self.operands().any(|param| param.variadic) {
            true => None,
            false => Some(self.operands().count()),
        }
    }
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.pattern)
    }
}

/// Splits a pattern into words and the signs `[ ] ( ) , ...`.
fn words(pattern: &str) -> Vec<String> {
    let spaced = pattern.replace("...", " \u{2026} ");
    let mut words = Vec::new();
    for piece in spaced.split_whitespace() {
        let mut rest = piece;
        while let Some(at) = rest.find(['[', ']', '(', ')', ',']) {
            words.push(rest[..at].to_owned());
            words.push(rest[at..=at].to_owned());
            rest = &rest[at + 1..];
        }
        words.push(rest.to_owned());
    }
    words.retain(|word| !word.is_empty());
    words
}

struct Reader {
    words: Peekable<IntoIter<String>>,
}

impl Reader {
    fn form(&mut self, pattern: &str) -> Result<Form, String> {
        let name = self
            .words
            .next()
            .filter(|word| is_keyword(word))
            .ok_or("it must begin with a name in upper case")?;
        let call_only = self.take("(");
        let mut form =
            Form { pattern: pattern.trim().to_owned(), name, params: Vec::new(), commas: false, call_only };
        self.params(&mut form, false)?;
        if call_only && !self.take(")") {
            return Err("`)` is missing".to_owned());
        }
        match self.words.next() {
            Some(word) => Err(format!("`{word}` was not expected")),
            None => check(form),
        }
    }

    fn params(&mut self, form: &mut Form, optional: bool) -> Result<(), String> {
        loop {
            if self.take("[") {
                self.params(form, true)?;
                if !self.take("]") {
                    return Err("`]` is missing".to_owned());
                }
            } else if self.take(",") {
                form.commas = true;
            } else if self.take("\u{2026}") {
                form.params.last_mut().ok_or("`...` must follow a parameter")?.variadic = true;
            } else if self.words.peek().is_some_and(|word| is_keyword(word) || is_param(word)) {
                let param = self.param(optional)?;
                form.params.push(param);
            } else {
                return Ok(());
            }
        }
    }

    fn param(&mut self, optional: bool) -> Result<Param, String> {
        let mut keyword = Vec::new();
        while let Some(word) = self.words.next_if(|word| is_keyword(word)) {
            keyword.push(word);
        }
        let name =
            self.words.next_if(|word| is_param(word)).ok_or("a keyword must be followed by a parameter")?;
        let keyword = (!keyword.is_empty()).then(|| keyword.join(" "));
        Ok(Param { name, keyword, optional, variadic: false })
    }

    fn take(&mut self, word: &str) -> bool {
        self.words.next_if(|next| next == word).is_some()
    }
}

/// The rules that make a form readable without looking back.
fn check(form: Form) -> Result<Form, String> {
    let first_clause = form.params.iter().position(|param| param.keyword.is_some());
    let last_operand = form.params.iter().rposition(|param| param.keyword.is_none());
    if let (Some(clause), Some(operand)) = (first_clause, last_operand)
        && clause < operand
    {
        return Err("operands must come before keyword clauses".to_owned());
    }
    if form.operands().any(|param| param.variadic)
        && !form.operands().last().is_some_and(|param| param.variadic)
    {
        return Err("only the last operand may repeat".to_owned());
    }
    if form.operands().skip_while(|param| !param.optional).any(|param| !param.optional) {
        return Err("optional operands must come last".to_owned());
    }
    for (at, param) in form.params.iter().enumerate() {
        if form.params[..at].iter().any(|other| other.name == param.name) {
            return Err(format!("the parameter `{}` is there twice", param.name));
        }
    }
    Ok(form)
}

fn is_keyword(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn is_param(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
