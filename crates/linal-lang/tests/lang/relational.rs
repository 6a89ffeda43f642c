//! Statements over datasets parse, print, and parse again.

use crate::corpus::statements;
use crate::support::statement;
use linal_lang::ast::Statement;

/// The text of a tree without spans. The texts of a projection keep their source formatting, so `items` says
/// whether to include them.
fn shape(statement: &Statement, items: bool) -> String {
    let mut text = format!("{statement:?}");
    // The SELECT node keeps the text of its keyword.
    strip(&mut text, "_token: TokenWithSpan", ")");
    strip(&mut text, "Span { start: ", "}");
    strip(&mut text, "Span(", "..");
    strip(&mut text, "Location(", ")");
    if !items {
        strip(&mut text, "items: [", "] }");
    }
    text
}

fn strip(text: &mut String, open: &str, close: &str) {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(open) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        rest = tail.find(close).map_or("", |end| &tail[end + close.len()..]);
    }
    out.push_str(rest);
    *text = out;
}

/// The first difference of two texts.
fn difference(one: &str, other: &str) -> String {
    let at = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let part = |text: &str| text.chars().skip(at.saturating_sub(60)).take(160).collect::<String>();
    format!("    {}\n    {}", part(one), part(other))
}

#[test]
fn the_corpus_is_read() {
    let mut wrong = Vec::new();
    let all = statements();
    assert!(all.len() > 190, "{}", all.len());
    for text in all {
        if let Err(error) = statement(&text) {
            let place = error.span.text(&text);
            wrong.push(format!("{text}\n    {error} @ `{place}` {:?}", error.help));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_corpus_prints_as_what_reads_back() {
    let mut wrong = Vec::new();
    for text in statements() {
        let Ok(tree) = statement(&text) else {
            continue;
        };
        let printed = tree.to_string();
        match statement(&printed) {
            Err(error) => wrong.push(format!("{text}\n    {printed}\n    {error}")),
            Ok(again) if shape(&again, false) != shape(&tree, false) => {
                let places = difference(&shape(&tree, false), &shape(&again, false));
                wrong.push(format!("{text}\n    {printed}\n{places}"));
            }
            Ok(again) if again.to_string() != printed => {
                wrong.push(format!("{text}\n    {printed}\n    {again}"));
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
