//! How an error is shown: a sentence, the place, the line of the original text, and a caret under the span.
//!
//! ```text
//! error[E0113] chained_comparison: comparisons cannot be chained
//!  --> script.lnl:3:15
//!   |
//! 3 | LET x = a < b < c
//!   |               ^
//! help: write `a < b AND b < c`
//! ```

use crate::{Code, LineIndex, Span};
use std::fmt::Write;
use unicode_width::UnicodeWidthChar;

/// Widest piece of a line that is shown, in terminal columns.
const WIDTH: usize = 100;
/// How much of a longer line is shown before the span.
const LEAD: usize = 50;
/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// The parts of an error message, whichever part of the engine it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Diagnostic<'a> {
    /// What kind of mistake it is.
    pub code: Code,
    /// One sentence without a full stop.
    pub message: &'a str,
    /// The whole original text that the span counts in.
    pub source: &'a str,
    /// Where it happened, when that is known.
    pub span: Option<Span>,
    /// The name of the file or other source.
    pub file: Option<&'a str>,
    /// What to do instead.
    pub help: Option<&'a str>,
}

/// Writes a diagnostic over several lines, the last one ended too; `color` adds ANSI colours.
pub fn render(diagnostic: &Diagnostic<'_>, color: bool) -> String {
    let paint = Paint { color };
    let mut out = String::new();
    let Diagnostic { code, message, .. } = *diagnostic;
    let head = paint.red(&format!("error[{}]", code.number()));
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{head} {}: {}", code.name(), paint.bold(message));
    if let Some(span) = diagnostic.span {
        excerpt(&mut out, diagnostic, span, paint);
    } else if let Some(file) = diagnostic.file {
        let _ = writeln!(out, " {} {file}", paint.blue("-->"));
    }
    if let Some(help) = diagnostic.help {
        let _ = writeln!(out, "{} {help}", paint.cyan("help:"));
    }
    out
}

fn excerpt(out: &mut String, diagnostic: &Diagnostic<'_>, span: Span, paint: Paint) {
    let source = diagnostic.source;
    let lines = LineIndex::new(source);
    let position = lines.position(span.start, source);
    let number = position.line.to_string();
    let margin = " ".repeat(number.len());
    let file = diagnostic.file.map(|file| format!("{file}:")).unwrap_or_default();
    let _ = writeln!(out, "{margin}{} {file}{}:{}", paint.blue("-->"), position.line, position.column);
    let Some(line) = lines.range(position.line, source) else {
        return;
    };
    let window = Window::new(
        line.text(source),
        span.start.saturating_sub(line.start),
        span.end.saturating_sub(line.start),
    );
    let bar = paint.blue("|");
    let carets = paint.red(&"^".repeat(window.carets));
    let _ = writeln!(out, "{margin} {bar}");
    let _ = writeln!(out, "{} {bar} {}", paint.blue(&number), window.text);
    let _ = writeln!(out, "{margin} {bar} {}{carets}", " ".repeat(window.indent));
}

/// The part of a line that is shown, and the underline below it.
struct Window {
    text: String,
    /// Columns before the carets.
    indent: usize,
    carets: usize,
}

impl Window {
    /// `start` and `end` are byte offsets into the line; an end beyond it stands for its end.
    fn new(line: &str, start: usize, end: usize) -> Self {
        let begin = window_start(line, start);
        let mut window = Window { text: String::new(), indent: 0, carets: 0 };
        let mut column = 0;
        if begin > 0 {
            window.text.push_str("...");
            column = 3;
        }
        window.indent = column;
        for (at, c) in line[begin..].char_indices().map(|(at, c)| (begin + at, c)) {
            if column >= WIDTH {
                window.text.push_str("...");
                break;
            }
            let width = push_char(&mut window.text, c, column);
            column += width;
            if at < start {
                window.indent = column;
            } else if at < end {
                window.carets += width;
            }
        }
        window.carets = window.carets.max(1);
        window
    }
}

/// Where to begin so that the span is seen: at the line's start when the line is short.
fn window_start(line: &str, start: usize) -> usize {
    let short = line.len() <= WIDTH || line.len() <= WIDTH * 4 && columns(line) <= WIDTH;
    let before = line.get(..start).unwrap_or(line);
    if short || before.len() <= LEAD {
        return 0;
    }
    let mut columns = 0;
    let lead = before.char_indices().rev().take_while(|(_, c)| {
        columns += width(*c, 0);
        columns <= LEAD
    });
    lead.last().map_or(before.len(), |(at, _)| at)
}

fn columns(line: &str) -> usize {
    line.chars().fold(0, |column, c| column + width(c, column))
}

/// Columns that a character takes; control characters are shown as one replacement sign.
fn width(c: char, column: usize) -> usize {
    match c {
        '\t' => TAB - column % TAB,
        _ => c.width().unwrap_or(1),
    }
}

fn push_char(text: &mut String, c: char, column: usize) -> usize {
    let width = width(c, column);
    match c {
        '\t' => text.extend(std::iter::repeat_n(' ', width)),
        c if c.is_control() => text.push('\u{fffd}'),
        c => text.push(c),
    }
    width
}

#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    fn blue(self, text: &str) -> String {
        self.wrap("1;34", text)
    }

    fn cyan(self, text: &str) -> String {
        self.wrap("1;36", text)
    }

    fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
