//! Byte ranges of the original text, and their lines and columns.

/// A half-open byte range of the whole original script, never of substituted or rewritten text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    /// Byte offset of the first byte.
    pub start: usize,
    /// Byte offset after the last byte.
    pub end: usize,
}

impl Span {
    /// A span from `start` up to, not including, `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// An empty span at an offset, such as the end of the text.
    pub const fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Number of bytes.
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether no byte is covered.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The text under the span; empty when the span does not fit the text.
    pub fn text(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or("")
    }
}

/// A position as editors show it: both numbers start at 1, and columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// Line number, from 1.
    pub line: usize,
    /// Character number within the line, from 1.
    pub column: usize,
}

/// Maps byte offsets to lines and columns: built once per text, each look-up is a binary search.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
    length: usize,
}

impl LineIndex {
    /// Finds the line starts of a text. A line ends after `\n`.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1));
        Self { starts, length: text.len() }
    }

    /// Number of lines; an empty text has one.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The line (from 1) that contains a byte offset. Offsets beyond the text are on its last line.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// Byte range of a line (from 1), without its `\n` or `\r\n`; `None` when there is no such line.
    pub fn range(&self, line: usize, text: &str) -> Option<Span> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).map_or(self.length, |next| next - 1);
        let body = text.get(start..end)?;
        Some(Span::new(start, start + body.strip_suffix('\r').unwrap_or(body).len()))
    }

    /// Line and column of a byte offset; `text` is the text that the index was built from.
    pub fn position(&self, offset: usize, text: &str) -> Position {
        let line = self.line(offset);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let rest = text.get(start..).unwrap_or("");
        let before = rest.char_indices().take_while(|(at, _)| start + at < offset).count();
        Position { line, column: before + 1 }
    }
}
