//! Functions that only queries have: their names, documentation and examples.
//!
//! The planner has their implementations (`linal-query/src/udf/`). HELP, the reference page, `information_schema` and a
//! test that runs each example are made from these tables.

mod calendar;
mod encoding;
mod number;
mod pattern;
mod session;
mod statistics;
mod text;
mod values;

/// A function of queries.
#[derive(Clone, Copy, Debug)]
pub struct QueryFunction {
    /// The name, in lower case.
    pub name: &'static str,
    /// Other names for the same function.
    pub aliases: &'static [&'static str],
    /// Its section of the reference.
    pub family: QueryFamily,
    /// Its syntax, with optional parts in square brackets.
    pub form: &'static str,
    /// Its documentation; one short paragraph.
    pub doc: &'static str,
    /// A query of one value.
    pub example: &'static str,
    /// The value of the example, as it is printed.
    pub output: &'static str,
}

/// The sections of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryFamily {
    /// Functions of texts.
    Texts,
    /// Regular expressions.
    Patterns,
    /// Functions of numbers.
    Numbers,
    /// Dates, times and intervals.
    Calendar,
    /// Encodings and hashes.
    Encodings,
    /// Conditions, types and the session.
    Session,
    /// Aggregates of values of any type.
    Values,
    /// Aggregates of numbers.
    Statistics,
}

impl QueryFamily {
    /// All sections in the order of the reference.
    pub const ALL: [QueryFamily; 8] = [
        QueryFamily::Texts,
        QueryFamily::Patterns,
        QueryFamily::Numbers,
        QueryFamily::Calendar,
        QueryFamily::Encodings,
        QueryFamily::Session,
        QueryFamily::Values,
        QueryFamily::Statistics,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            QueryFamily::Texts => "Texts",
            QueryFamily::Patterns => "Patterns",
            QueryFamily::Numbers => "Numbers",
            QueryFamily::Calendar => "Dates and times",
            QueryFamily::Encodings => "Encodings and hashes",
            QueryFamily::Session => "Conditions, types and the session",
            QueryFamily::Values => "Aggregates of values",
            QueryFamily::Statistics => "Aggregates of numbers",
        }
    }
}

impl QueryFunction {
    /// All functions, by family.
    pub fn all() -> impl Iterator<Item = &'static QueryFunction> {
        let families: [&'static [QueryFunction]; 8] = [
            text::FUNCTIONS,
            pattern::FUNCTIONS,
            number::FUNCTIONS,
            calendar::FUNCTIONS,
            encoding::FUNCTIONS,
            session::FUNCTIONS,
            values::FUNCTIONS,
            statistics::FUNCTIONS,
        ];
        families.into_iter().flatten()
    }

    /// The function of a name or alias, in any case.
    pub fn find(name: &str) -> Option<&'static QueryFunction> {
        QueryFunction::all().find(|function| function.names().any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// All names of the function.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// The documentation, as HELP shows it.
    pub fn help(&self) -> String {
        let mut text = format!("{}\n\n{}\n", self.form, self.doc);
        if !self.aliases.is_empty() {
            text.push_str(&format!("\nAlso: {}\n", self.aliases.join(", ")));
        }
        text.push_str(&format!("\nExample:\n  {}\n  -> {}", self.example, self.output));
        text
    }
}
