//! Statements over datasets.

use crate::corpus::statements;
use crate::support::statement;

#[test]
fn the_corpus_is_read() {
    let mut wrong = Vec::new();
    for text in statements() {
        if let Err(error) = statement(&text) {
            wrong.push(format!(
                "{text}\n    {error} @ {:?} `{}` {:?}",
                error.span,
                error.span.text(&text),
                error.help
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
