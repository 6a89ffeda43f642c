//! UUIDs and binary values as text.

/// Appends bytes as DuckDB writes them: printable ASCII as it is, other bytes as `\xAA`.
pub fn push_blob(out: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        let is_plain = matches!(byte, 32..=126) && !matches!(byte, b'\\' | b'\'' | b'"');
        if is_plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("\\x{byte:02X}"));
        }
    }
}

/// The bytes of a text with `\xAA` for those that are no printable ASCII; `None` for other characters and for incomplete escapes.
pub fn parse_blob(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'\\' {
            let (escape, after) = after.split_at_checked(3)?;
            let digits = std::str::from_utf8(escape).ok()?.strip_prefix(['x', 'X'])?;
            bytes.push(hex(digits)?);
            rest = after;
        } else {
            if !first.is_ascii() {
                return None;
            }
            bytes.push(first);
            rest = after;
        }
    }
    Some(bytes)
}

fn hex(digits: &str) -> Option<u8> {
    let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if are_digits { u8::from_str_radix(digits, 16).ok() } else { None }
}

/// A UUID in lower case: `0e3ab2c1-....`.
pub fn uuid_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// The bytes of a UUID: 32 hexadecimal digits in either case, with hyphens or without, in braces or without.
pub fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let digits: String = text.chars().filter(|&c| c != '-').collect();
    let hyphens = text.len() - digits.len();
    if digits.len() != 32 || !digits.is_ascii() || text.starts_with('-') || text.ends_with('-') || hyphens > 7
    {
        return None;
    }
    let mut bytes = [0; 16];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = hex(&digits[2 * at..2 * at + 2])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_and_uuids_read_back() {
        let all: Vec<u8> = (0..=255).collect();
        let mut text = String::new();
        push_blob(&mut text, &all);
        assert_eq!(parse_blob(&text), Some(all));
        for bad in ["\\", "\\x", "\\xA", "\\xAG", "ä"] {
            assert_eq!(parse_blob(bad), None, "{bad}");
        }
        let uuid = "0e3ab2c1-7d55-4a3c-9f10-00ff00ff00ff";
        let bytes = parse_uuid(uuid).unwrap();
        assert_eq!(uuid_text(&bytes), uuid);
        assert_eq!(parse_uuid("{0E3AB2C17D554A3C9F1000FF00FF00FF}"), Some(bytes));
        for bad in ["", "0e3a", "0e3ab2c1-7d55-4a3c-9f10-00ff00ff00fg", "äe3ab2c1-7d55-4a3c-9f10-00ff00ff00"]
        {
            assert_eq!(parse_uuid(bad), None, "{bad}");
        }
    }
}
