//! Finds the end of an object in a text that arrives in blocks.

/// Greatest nesting that is followed; what is nested deeper is an error anyway.
const MAX_DEPTH: u32 = 127;

/// The state within an object.
#[derive(Debug, Default)]
pub(super) struct ObjectEnd {
    /// The open brackets, innermost last: a set bit for `[`, a clear one for `{`.
    brackets: u128,
    depth: u32,
    in_string: bool,
    /// Whether the last byte was a backslash within a string.
    escaped: bool,
}

impl ObjectEnd {
    /// The number of bytes up to and with the closing bracket, if it is in the block. A text that cannot be
    /// continued to an object ends at the byte that tells, so that a parser fails on it.
    pub(super) fn find(&mut self, block: &[u8]) -> Option<usize> {
        for (at, &byte) in block.iter().enumerate() {
            let ended = if self.in_string { self.string_byte(byte) } else { self.byte(byte) };
            if ended {
                return Some(at + 1);
            }
        }
        None
    }

    #[inline]
    fn string_byte(&mut self, byte: u8) -> bool {
        if self.escaped {
            self.escaped = false;
            return false;
        }
        match byte {
            b'"' => self.in_string = false,
            b'\\' => self.escaped = true,
            _ => return byte < b' ',
        }
        false
    }

    #[inline]
    fn byte(&mut self, byte: u8) -> bool {
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => {
                self.brackets = self.brackets << 1 | u128::from(byte == b'[');
                self.depth += 1;
                return self.depth > MAX_DEPTH;
            }
            b'}' | b']' => {
                let matches = (self.brackets & 1 == 1) == (byte == b']');
                self.brackets >>= 1;
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0 || !matches;
            }
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(ObjectEnd::default().find(text.as_bytes()).map(|end| &text[..end]), expected);
        // The same when each byte is a block.
        let mut state = ObjectEnd::default();
        let single = text.bytes().position(|byte| state.find(&[byte]).is_some());
        assert_eq!(single.map(|at| &text[..=at]), expected);
    }

    #[test]
    fn objects_end_at_their_bracket() {
        check(r#"{"a":1}{"b":2}"#, Some(r#"{"a":1}"#));
        check(r#"{"a":[{"b":"}]\"}"}]} x"#, Some(r#"{"a":[{"b":"}]\"}"}]}"#));
        check(r#"{"a":"\\"}"#, Some(r#"{"a":"\\"}"#));
        check(r#"{"a":{"#, None);
        check(r#"{"a":[1}, 2"#, Some(r#"{"a":[1}"#));
        check("{\"a\":\"x\ny\"}", Some("{\"a\":\"x\n"));
        check(&"[".repeat(200), Some(&"[".repeat(128)));
    }
}
