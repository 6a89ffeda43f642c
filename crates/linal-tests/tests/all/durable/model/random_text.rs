//! Random values and conditions, as statements and as results show them.

use rand::RngExt;
use rand::rngs::StdRng;

use super::world::{Column, Kind, Row};

/// A value as a literal, and as results show it.
pub struct Text {
    pub literal: String,
    pub shown: String,
}

/// A value, or NULL.
pub fn value(kind: Kind, random: &mut StdRng) -> Text {
    if random.random_range(0..6) == 0 {
        return Text { literal: "NULL".to_string(), shown: "NULL".to_string() };
    }
    present(kind, random)
}

/// A value other than NULL.
pub fn present(kind: Kind, random: &mut StdRng) -> Text {
    let number: i64 = random.random_range(-99..100);
    match kind {
        Kind::Int => plain(number.to_string()),
        Kind::Vector => plain(format!("[{number}, {}.5]", random.random_range(0..9))),
        Kind::Text => {
            let shown = format!("{number}'s ä\u{1F9EE}\t{}", "x".repeat(random.random_range(0..30)));
            Text { literal: format!("'{}'", shown.replace('\'', "''")), shown }
        }
    }
}

fn plain(text: String) -> Text {
    Text { literal: text.clone(), shown: text }
}

/// A row for INSERT, and as results show it.
pub fn row(columns: &[Column], id: i64, random: &mut StdRng) -> (String, Row) {
    let mut literals = vec![id.to_string()];
    let mut shown = vec![id.to_string()];
    for column in &columns[1..] {
        let value = value(column.kind, random);
        literals.push(value.literal);
        shown.push(value.shown);
    }
    (format!("({})", literals.join(", ")), shown)
}

/// A condition on `id`.
pub enum Condition {
    Remainder(i64, i64),
    Below(i64),
    All,
}

impl Condition {
    pub fn new(next_id: i64, random: &mut StdRng) -> Condition {
        match random.random_range(0..12) {
            0 => Condition::All,
            1..=3 => Condition::Below(random.random_range(0..next_id.max(1))),
            _ => {
                let divisor = [2, 3, 10, 100][random.random_range(0..4)];
                Condition::Remainder(divisor, random.random_range(0..divisor))
            }
        }
    }

    /// The clause of a statement.
    pub fn clause(&self) -> String {
        match self {
            Condition::Remainder(divisor, rest) => format!(" WHERE id % {divisor} = {rest}"),
            Condition::Below(id) => format!(" WHERE id < {id}"),
            Condition::All => String::new(),
        }
    }

    /// Whether a row has an `id` that meets it.
    pub fn holds(&self, row: &Row) -> bool {
        let id: i64 = row[0].parse().expect("an id is a number");
        match self {
            Condition::Remainder(divisor, rest) => id % divisor == *rest,
            Condition::Below(bound) => id < *bound,
            Condition::All => true,
        }
    }
}
