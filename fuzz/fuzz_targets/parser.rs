//! Any text is split and parsed without a panic, and what parses prints as text that reads back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use linal_lang::ast::Statement;
use linal_lang::{CallPattern, CallPatterns, Code, Span, diagnostic, is_complete, parse_statement, split, substitute, tokens};
use std::sync::LazyLock;

/// One pattern of each shape that patterns have.
const PATTERNS: &[&str] = &[
    "ADD a b",
    "ABS a",
    "SUM a [AXIS axis]",
    "SCALE a BY s",
    "STACK a b ...",
    "CONCAT a b ... [AXIS axis]",
    "ARANGE start, stop [, step]",
    "BANDPASS a FROM lo TO hi WITH RATE rate [ORDER order]",
    "CAST(a AS dtype)",
    "WHERE(condition, a, b)",
];

struct Table(Vec<CallPattern>);

impl CallPatterns for Table {
    fn pattern(&self, name: &str) -> Option<&CallPattern> {
        self.0.iter().find(|pattern| pattern.name().eq_ignore_ascii_case(name))
    }

    fn names(&self) -> Vec<&str> {
        self.0.iter().map(CallPattern::name).collect()
    }
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table(PATTERNS.iter().map(|pattern| CallPattern::parse(pattern).expect("a pattern")).collect()));

fuzz_target!(|text: &str| {
    is_complete(text);
    assert!(tokens(text).all(|(span, _)| text.get(span.start..span.end).is_some()));
    let lookup = |name: &str| (name == "n").then(|| "7".to_owned());
    let Ok(script) = substitute(text, &lookup, &["n"]) else {
        return;
    };
    for fragment in split(&script.text) {
        let parsed = fragment.and_then(|fragment| parse_statement(&script.text, fragment.span, &*TABLE));
        match parsed {
            Ok(Statement::Relational { .. }) => {}
            Ok(statement) => reads_back(&statement),
            Err(error) => show(text, script.original(error.span), &error.message),
        }
    }
});

fn reads_back(statement: &Statement) {
    let printed = statement.to_string();
    let again = parse_statement(&printed, Span::new(0, printed.len()), &*TABLE)
        .unwrap_or_else(|error| panic!("`{printed}`: {error}"));
    assert_eq!(again.to_string(), printed);
}

fn show(source: &str, span: Span, message: &str) {
    let shown = diagnostic::Diagnostic {
        code: Code::UnexpectedToken,
        message,
        source,
        span: Some(span),
        file: None,
        help: None,
    };
    assert!(diagnostic::render(&shown, false).contains('^'));
}
