//! Syntax highlighting of the input.

use linal::{TokenClass, tokens};
use nu_ansi_term::{Color, Style};
use reedline::{Highlighter, StyledText};

use super::vocabulary::Vocabulary;

/// Colours tokens by their class, and functions as such.
pub struct SyntaxHighlighter {
    vocabulary: Vocabulary,
}

impl SyntaxHighlighter {
    pub fn new(vocabulary: Vocabulary) -> SyntaxHighlighter {
        SyntaxHighlighter { vocabulary }
    }

    fn style(&self, class: TokenClass, text: &str) -> Style {
        match class {
            TokenClass::Keyword | TokenClass::Name if self.vocabulary.is_function(text) => {
                Color::Cyan.normal()
            }
            TokenClass::Keyword => Color::Blue.bold(),
            TokenClass::Comment => Color::DarkGray.normal(),
            TokenClass::String => Color::Green.normal(),
            TokenClass::Number => Color::Purple.normal(),
            TokenClass::Error => Color::Red.underline(),
            TokenClass::Name | TokenClass::Operator | TokenClass::Bracket | TokenClass::Punctuation => {
                Style::new()
            }
        }
    }
}

impl Highlighter for SyntaxHighlighter {
    fn highlight(&self, line: &str, _: usize) -> StyledText {
        let mut styled = StyledText::new();
        let mut at = 0;
        for (span, class) in tokens(line) {
            let (Some(blank), Some(text)) = (line.get(at..span.start), line.get(span.start..span.end)) else {
                continue;
            };
            styled.push((Style::new(), blank.to_owned()));
            styled.push((self.style(class, text), text.to_owned()));
            at = span.end;
        }
        styled.push((Style::new(), line.get(at..).unwrap_or_default().to_owned()));
        styled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        let vocabulary = Vocabulary::of(&[("SUM", "SUM a"), ("LET", "")], &[]);
        let highlighter = SyntaxHighlighter::new(vocabulary);
        for line in ["LET x = sum v -- note", "  LET é = 'open", "SHOW $ `x", "a\n  b /* c", ""] {
            let styled = highlighter.highlight(line, 0).buffer;
            assert_eq!(styled.iter().map(|(_, text)| text.as_str()).collect::<String>(), line);
        }
        let styled = highlighter.highlight("LET x = sum v", 0).buffer;
        let style = |word: &str| styled.iter().find(|(_, text)| text == word).map(|(style, _)| *style);
        assert_eq!(style("LET"), Some(Color::Blue.bold()));
        assert_eq!(style("sum"), Some(Color::Cyan.normal()));
        assert_eq!(style("x"), Some(Style::new()));
    }
}
