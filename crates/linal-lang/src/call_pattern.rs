//! The pattern that says how a function may be written without parentheses: `SCALE a BY s`, parsed to a
//! [`CallPattern`].
//!
//! A pattern is the function's name followed by its parameters in lower case:
//!
//! | pattern | syntax |
//! | --- | --- |
//! | `ADD a b` | two operands after the name |
//! | `SCALE a BY s` | a required keyword clause; its argument is named `s` |
//! | `SUM a [AXIS axis]` | an optional clause; optional clauses come in any order |
//! | `BANDPASS a WITH RATE rate` | a clause with two keywords |
//! | `STACK a b ...` | `b` stands for one or more operands |
//! | `ARANGE start, stop [, step]` | operands separated by commas |
//! | `CLIP(a, lo, hi)`, `EINSUM(subscripts, operands...)` | no prefix pattern, only the call |
//! | `CAST(a AS dtype)` | a keyword clause within the call |

use std::iter::Peekable;
use std::vec::IntoIter;

/// One parameter of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The name in lower case, as in `name => value`.
    pub name: String,
    /// The keywords that introduce it, in upper case: `BY`, `WITH RATE`.
    pub keyword: Option<String>,
    /// Whether it is optional.
    pub optional: bool,
    /// Whether it stands for one or more operands.
    pub variadic: bool,
}

/// The syntax of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPattern {
    pattern: String,
    name: String,
    params: Vec<Param>,
    commas: bool,
    call_only: bool,
}

/// The functions that the parser may meet. Their owner implements this trait.
pub trait CallPatterns {
    /// The pattern of a function, case-insensitive; aliases count.
    fn pattern(&self, name: &str) -> Option<&CallPattern>;

    /// All names, the candidates for suggestions.
    fn names(&self) -> Vec<&str>;

    /// Whether the parser is to give up, since its statement is to stop. It is asked once in some thousand tokens.
    fn is_interrupted(&self) -> bool {
        false
    }
}

impl CallPattern {
    /// Parses a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with the pattern, for the test over all patterns.
    pub fn parse(pattern: &str) -> Result<Self, String> {
        let mut reader = Reader { words: words(pattern).into_iter().peekable() };
        reader.pattern(pattern).map_err(|problem| format!("pattern `{pattern}`: {problem}"))
    }

    /// The function's name, in upper case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters in the order of a call.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The pattern as given, for messages and help.
    pub fn text(&self) -> &str {
        &self.pattern
    }

    /// Whether the function has no prefix form.
    pub fn is_call_only(&self) -> bool {
        self.call_only
    }

    /// Whether commas separate the operands of the prefix form.
    pub fn has_commas(&self) -> bool {
        self.commas
    }

    /// The operands, which precede every keyword clause.
    pub fn operands(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| param.keyword.is_none())
    }

    /// The keyword clauses with their keywords.
    pub fn clauses(&self) -> impl Iterator<Item = (&Param, &str)> {
        self.params.iter().filter_map(|param| Some((param, param.keyword.as_deref()?)))
    }

    /// The smallest number of operands.
    pub fn required_operands(&self) -> usize {
        self.operands().filter(|param| !param.optional).count()
    }

    /// The greatest number of operands; `None` when it is unlimited.
    pub fn operand_limit(&self) -> Option<usize> {
        if self.operands().any(|param| param.variadic) { None } else { Some(self.operands().count()) }
    }
}

impl std::fmt::Display for CallPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.pattern)
    }
}

/// Splits a pattern into words and the symbols `[ ] ( ) , ...`.
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
    fn pattern(&mut self, pattern: &str) -> Result<CallPattern, String> {
        let name = self
            .words
            .next()
            .filter(|word| is_keyword(word))
            .ok_or("it must begin with a name in upper case")?;
        let call_only = self.take("(");
        let mut pattern = CallPattern {
            pattern: pattern.trim().to_owned(),
            name,
            params: Vec::new(),
            commas: false,
            call_only,
        };
        self.params(&mut pattern, false)?;
        if call_only && !self.take(")") {
            return Err("`)` is missing".to_owned());
        }
        match self.words.next() {
            Some(word) => Err(format!("`{word}` was not expected")),
            None => check(pattern),
        }
    }

    fn params(&mut self, pattern: &mut CallPattern, optional: bool) -> Result<(), String> {
        loop {
            if self.take("[") {
                self.params(pattern, true)?;
                if !self.take("]") {
                    return Err("`]` is missing".to_owned());
                }
            } else if self.take(",") {
                pattern.commas = true;
            } else if self.take("\u{2026}") {
                pattern.params.last_mut().ok_or("`...` must follow a parameter")?.variadic = true;
            } else if self.words.peek().is_some_and(|word| is_keyword(word) || is_param(word)) {
                let param = self.param(optional)?;
                pattern.params.push(param);
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

/// Checks the rules that let a pattern be parsed without backtracking.
fn check(pattern: CallPattern) -> Result<CallPattern, String> {
    let first_clause = pattern.params.iter().position(|param| param.keyword.is_some());
    let last_operand = pattern.params.iter().rposition(|param| param.keyword.is_none());
    if let (Some(clause), Some(operand)) = (first_clause, last_operand)
        && clause < operand
    {
        return Err("operands must come before keyword clauses".to_owned());
    }
    if pattern.operands().any(|param| param.variadic)
        && !pattern.operands().last().is_some_and(|param| param.variadic)
    {
        return Err("only the last operand may repeat".to_owned());
    }
    if pattern.operands().skip_while(|param| !param.optional).any(|param| !param.optional) {
        return Err("optional operands must come last".to_owned());
    }
    for (at, param) in pattern.params.iter().enumerate() {
        if pattern.params[..at].iter().any(|other| other.name == param.name) {
            return Err(format!("the parameter `{}` is repeated", param.name));
        }
    }
    Ok(pattern)
}

fn is_keyword(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn is_param(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
