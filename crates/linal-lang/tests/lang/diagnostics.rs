//! Rendering of errors.

use linal_lang::diagnostic::{Diagnostic, render};
use linal_lang::{Code, LineIndex, Span};

fn show(source: &str, span: Span, color: bool) -> String {
    let diagnostic = Diagnostic {
        code: Code::UnexpectedToken,
        message: "no",
        source,
        span: Some(span),
        file: Some("a.lnl"),
        help: Some("yes"),
    };
    render(&diagnostic, color)
}

/// The excerpt below the arrow line, without header and help.
fn excerpt(source: &str, span: Span) -> String {
    let shown = show(source, span, false);
    let lines: Vec<_> = shown.lines().skip(1).collect();
    lines[..lines.len() - 1].join("\n")
}

#[test]
fn whole() {
    let source = "SHOW a\nLET x = a < b\n";
    let expected = "\
error[E0101] unexpected_token: no
 --> a.lnl:2:11
  |
2 | LET x = a < b
  |           ^
help: yes
";
    assert_eq!(show(source, Span::new(17, 18), false), expected);
    assert!(show(source, Span::new(17, 18), true).contains("\x1b[1;31merror[E0101]\x1b[0m"));
}

#[test]
fn tabs_and_wide_characters() {
    assert_eq!(excerpt("\tab", Span::new(2, 3)), " --> a.lnl:1:3\n  |\n1 |     ab\n  |      ^");
    assert_eq!(
        excerpt("'日本' + x", Span::new(11, 12)),
        " --> a.lnl:1:8\n  |\n1 | '日本' + x\n  |          ^"
    );
    assert_eq!(excerpt("日本", Span::new(3, 6)), " --> a.lnl:1:2\n  |\n1 | 日本\n  |   ^^");
    assert_eq!(excerpt("a\u{1}b", Span::new(1, 2)), " --> a.lnl:1:2\n  |\n1 | a\u{fffd}b\n  |  ^");
}

#[test]
fn ends_and_several_lines() {
    assert_eq!(excerpt("LET x =", Span::at(7)), " --> a.lnl:1:8\n  |\n1 | LET x =\n  |        ^");
    assert_eq!(excerpt("[1,\r\n2]", Span::new(0, 7)), " --> a.lnl:1:1\n  |\n1 | [1,\n  | ^^^");
    assert_eq!(excerpt("", Span::at(0)), " --> a.lnl:1:1\n  |\n1 | \n  | ^");
    assert_eq!(excerpt("a", Span::new(50, 60)), " --> a.lnl:1:2\n  |\n1 | a\n  |  ^");
    let tenth = "\n".repeat(9) + "xy";
    assert_eq!(excerpt(&tenth, Span::new(10, 11)), "  --> a.lnl:10:2\n   |\n10 | xy\n   |  ^");
}

#[test]
fn long_lines_are_windowed() {
    let source = format!("{}X{}", "a".repeat(1_000_000), "b".repeat(1_000_000));
    let shown = excerpt(&source, Span::new(1_000_000, 1_000_001));
    let lines: Vec<_> = shown.lines().collect();
    assert!(shown.len() < 400, "{}", shown.len());
    let caret = lines[3].find('^').expect("a caret");
    assert_eq!(&lines[2][caret..=caret], "X");
    assert!(lines[2].contains("| ...aaa") && lines[2].ends_with("b..."));
}

#[test]
fn every_place_of_odd_texts() {
    for source in ["a\tb\n日本語\r\nü", "\r\n\n", "x".repeat(300).as_str()] {
        let index = LineIndex::new(source);
        for start in 0..=source.len() + 1 {
            for end in start..=source.len() + 2 {
                assert!(show(source, Span::new(start, end), true).contains('^'));
                assert!(index.position(start, source).line <= index.lines());
            }
        }
    }
}
