//! Tokens with classes for the prompt.

use linal_lang::{TokenClass, keywords, tokens};

fn check(text: &str, expected: &[(&str, TokenClass)]) {
    let found: Vec<_> = tokens(text).map(|(span, class)| (span.text(text), class)).collect();
    assert_eq!(found, expected, "of {text:?}");
}

#[test]
fn classes() {
    use TokenClass::*;
    check(
        "LET x = 1.5 # why",
        &[("LET", Keyword), ("x", Name), ("=", Operator), ("1.5", Number), ("# why", Comment)],
    );
    check(
        "f('a', `b`)[0:2]",
        &[
            ("f", Name),
            ("(", Bracket),
            ("'a'", String),
            (",", Punctuation),
            ("`b`", Name),
            (")", Bracket),
            ("[", Bracket),
            ("0", Number),
            (":", Punctuation),
            ("2", Number),
            ("]", Bracket),
        ],
    );
    check("SHOW 'open", &[("SHOW", Keyword), ("'open", String)]);
    check("SHOW /* open", &[("SHOW", Keyword), ("/* open", Comment)]);
    check("2x \u{1}", &[("2x", Error), ("\u{1}", Error)]);
    check("", &[]);
}

#[test]
fn keywords_are_sorted() {
    assert!(keywords::all().is_sorted());
    assert!(keywords::all().contains(&"LET") && keywords::is_keyword("shape"));
}
