//! The page of the book that lists all errors, made from the table of their codes.

use std::fmt::Write;

use linal_error::{Code, Example};

/// The hundreds of the numbers, and what their errors are about.
const FAMILIES: &[(u16, &str)] = &[
    (1, "The text"),
    (2, "Shapes, dtypes, indices, axes, arguments of operations"),
    (3, "Names, values, settings, arithmetic without an answer"),
    (4, "Files"),
    (5, "Limits"),
    (6, "Datasets"),
    (7, "Queries"),
    (8, "Requests to a server"),
    (9, "linal itself"),
];

const INTRODUCTION: &str = "# Errors

An error has a stable code and name, a sentence, and the place in the text:

```
error[E0203] shape_mismatch: + of shapes [3] and [2]: sizes must be equal or 1, axis by axis from the last
 --> script.lnl:3:9
  |
3 | LET c = a + s
  |         ^^^^^
```

A statement that fails changes nothing. The lists below are made from the definitions of the codes; the last statement of each
example fails with the code beside it. Errors of values name the row of the statement, counted from 1, and the column.
";

/// The text of `docs/src/errors.md`.
pub fn error_reference() -> String {
    let mut page = String::from(INTRODUCTION);
    for &(hundreds, title) in FAMILIES {
        // Writing to a String cannot fail, here and below.
        let _ = write!(page, "\n## E0{hundreds}: {title}\n\n");
        page.push_str("| code | name | when | example |\n| --- | --- | --- | --- |\n");
        for &code in Code::ALL.iter().filter(|&&code| code as u16 / 100 == hundreds) {
            let (number, name, sentence) = (code.number(), code.name(), in_cell(code.sentence()));
            let _ = writeln!(page, "| {number} | {name} | {sentence} | {} |", example(code));
        }
    }
    page
}

fn example(code: Code) -> String {
    match code.example() {
        Example::Fails(script) => in_cell(&as_code(script)),
        Example::Untested(why) => format!("none: {why}"),
    }
}

/// A text between more backticks than it has in a row.
fn as_code(text: &str) -> String {
    if text.contains('`') { format!("``` {text} ```") } else { format!("`{text}`") }
}

/// A text that does not end the cell of its table.
fn in_cell(text: &str) -> String {
    text.replace('|', "\\|")
}
