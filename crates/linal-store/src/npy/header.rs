//! Parses the header of a NumPy array: magic, version, and a Python dictionary with `descr`, `fortran_order`,
//! `shape`.

use std::io::Read;

use crate::elements::{Encoding, Format};
use crate::error::{ReadError, Result};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Greatest length of a header. Those of plain arrays have about 120 bytes; longer ones describe records.
const MAX_LENGTH: usize = 1 << 20;

/// Greatest number of axes, as in NumPy.
const MAX_AXES: usize = 64;

/// The contents of a header.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) format: Format,
    pub(crate) fortran_order: bool,
    pub(crate) shape: Vec<usize>,
}

/// Parses a header; afterwards the reader stands at the first element.
///
/// `place` names the file, and the member of an archive, in errors.
pub(crate) fn read(place: &str, reader: &mut impl Read) -> Result<Header> {
    let io = |error: &std::io::Error| ReadError::from_io(place, error);
    let mut start = [0; 8];
    let found = read_up_to(reader, &mut start).map_err(|error| io(&error))?;
    if found < 8 || !start.starts_with(MAGIC) {
        return Err(ReadError::bad_format(format!(
            "{place} is not a NumPy array: it does not begin with the bytes \\x93NUMPY"
        )));
    }
    let length = match start[6] {
        1 => {
            let mut bytes = [0; 2];
            reader.read_exact(&mut bytes).map_err(|error| io(&error))?;
            usize::from(u16::from_le_bytes(bytes))
        }
        2 | 3 => {
            let mut bytes = [0; 4];
            reader.read_exact(&mut bytes).map_err(|error| io(&error))?;
            u32::from_le_bytes(bytes) as usize
        }
        version => {
            return Err(ReadError::unsupported(format!(
                "{place} is a NumPy array file of version {version}, and versions 1 to 3 are known"
            )));
        }
    };
    if length > MAX_LENGTH {
        return Err(ReadError::bad_format(format!("{place} declares a header of {length} bytes")));
    }
    let mut text = Vec::new();
    reader.take(length as u64).read_to_end(&mut text).map_err(|error| io(&error))?;
    if text.len() < length {
        return Err(ReadError::bad_format(format!(
            "{place} ends after {} of the {length} bytes of its header",
            text.len()
        )));
    }
    parse(place, &text)
}

fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// Parses the dictionary.
fn parse(place: &str, text: &[u8]) -> Result<Header> {
    let mut cursor = Cursor { text, at: 0 };
    let mut fields = Fields::default();
    match cursor.dictionary(&mut fields) {
        Ok(()) => {}
        Err(DictError::Syntax(what)) => {
            return Err(ReadError::bad_format(format!(
                "{place}: its header has no {what} at byte {}",
                cursor.at
            )));
        }
        Err(DictError::Records) => {
            return Err(ReadError::unsupported(format!(
                "{place} holds records (a structured dtype), and a tensor has one number an element"
            )));
        }
        Err(DictError::TooLarge) => {
            return Err(ReadError::bad_format(format!("{place}, field `shape`: an axis is too long")));
        }
    }
    let missing = |field: &str| ReadError::bad_format(format!("{place}: its header has no field `{field}`"));
    let shape = fields.shape.ok_or_else(|| missing("shape"))?;
    if shape.len() > MAX_AXES {
        return Err(ReadError::bad_format(format!("{place}, field `shape`: {} axes", shape.len())));
    }
    Ok(Header {
        format: format(place, &fields.descr.ok_or_else(|| missing("descr"))?)?,
        fortran_order: fields.fortran_order.ok_or_else(|| missing("fortran_order"))?,
        shape,
    })
}

/// Parses a type string such as `<f8`.
pub(crate) fn format(place: &str, descr: &str) -> Result<Format> {
    let (order, kind) = match descr.as_bytes() {
        [order @ (b'<' | b'>' | b'=' | b'|'), rest @ ..] => (*order, rest),
        rest => (b'=', rest),
    };
    let kind = match kind {
        b"b1" | b"?" => Encoding::Bool,
        b"i1" => Encoding::I8,
        b"i2" => Encoding::I16,
        b"i4" => Encoding::I32,
        b"i8" => Encoding::I64,
        b"u1" => Encoding::U8,
        b"u2" => Encoding::U16,
        b"u4" => Encoding::U32,
        b"u8" => Encoding::U64,
        b"f2" => Encoding::F16,
        b"f4" => Encoding::F32,
        b"f8" => Encoding::F64,
        b"c8" => Encoding::C64,
        b"c16" => Encoding::C128,
        _ => return Err(unsupported(place, descr, kind)),
    };
    Ok(Format { kind, big_endian: order == b'>' })
}

fn unsupported(place: &str, descr: &str, kind: &[u8]) -> ReadError {
    let what = match kind.first() {
        Some(b'O') => "Python objects",
        Some(b'U' | b'S' | b'a') => "text",
        Some(b'M') => "dates",
        Some(b'm') => "durations",
        Some(b'V') => "raw bytes",
        Some(b'f' | b'c') => "a float wider than 64 bits",
        _ => "no number that is known",
    };
    let shown: String = descr.chars().take(40).flat_map(char::escape_default).collect();
    ReadError::unsupported(format!("{place} has the dtype `{shown}`: {what}, which a tensor does not hold"))
}

#[derive(Default)]
struct Fields {
    descr: Option<String>,
    fortran_order: Option<bool>,
    shape: Option<Vec<usize>>,
}

/// Why a dictionary was rejected.
enum DictError {
    /// What was expected at the cursor.
    Syntax(&'static str),
    /// The dtype is a list of fields: a record.
    Records,
    /// A number beyond the address space.
    TooLarge,
}

/// A cursor over the dictionary.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> std::result::Result<(), DictError> {
        if self.take(byte) { Ok(()) } else { Err(DictError::Syntax(what)) }
    }

    fn dictionary(&mut self, fields: &mut Fields) -> std::result::Result<(), DictError> {
        self.expect(b'{', "dictionary")?;
        while !self.take(b'}') {
            let key = self.string()?;
            self.expect(b':', "`:`")?;
            match key.as_str() {
                "descr" if self.peek() == Some(b'[') => return Err(DictError::Records),
                "descr" => fields.descr = Some(self.string()?),
                "fortran_order" => fields.fortran_order = Some(self.truth()?),
                "shape" => fields.shape = Some(self.shape()?),
                _ => return Err(DictError::Syntax("field `descr`, `fortran_order` or `shape`")),
            }
            if !self.take(b',') && self.peek() != Some(b'}') {
                return Err(DictError::Syntax("`,` or `}`"));
            }
        }
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(DictError::Syntax("end")),
        }
    }

    fn string(&mut self) -> std::result::Result<String, DictError> {
        let quote = match self.peek() {
            Some(quote @ (b'\'' | b'"')) => quote,
            _ => return Err(DictError::Syntax("string")),
        };
        let rest = &self.text[self.at + 1..];
        let length =
            rest.iter().position(|byte| *byte == quote).ok_or(DictError::Syntax("string that ends"))?;
        self.at += length + 2;
        Ok(String::from_utf8_lossy(&rest[..length]).into_owned())
    }

    fn truth(&mut self) -> std::result::Result<bool, DictError> {
        self.peek();
        for (word, value) in [(b"True".as_slice(), true), (b"False".as_slice(), false)] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(DictError::Syntax("`True` or `False`"))
    }

    fn shape(&mut self) -> std::result::Result<Vec<usize>, DictError> {
        self.expect(b'(', "tuple")?;
        let mut shape = Vec::new();
        while !self.take(b')') {
            shape.push(self.number()?);
            // Python 2 wrote long integers with a suffix.
            self.take(b'L');
            if !self.take(b',') && self.peek() != Some(b')') {
                return Err(DictError::Syntax("`,` or `)`"));
            }
        }
        Ok(shape)
    }

    fn number(&mut self) -> std::result::Result<usize, DictError> {
        self.peek();
        let digits = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return Err(DictError::Syntax("number"));
        }
        let number = self.text[self.at..self.at + digits]
            .iter()
            .try_fold(0usize, |n, digit| n.checked_mul(10)?.checked_add(usize::from(digit - b'0')))
            .ok_or(DictError::TooLarge)?;
        self.at += digits;
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Result<Header> {
        parse("`a.npy`", text.as_bytes())
    }

    #[test]
    fn reads_what_numpy_writes() {
        let read = header("{'descr': '>f8', 'fortran_order': True, 'shape': (3, 4), }     \n").unwrap();
        assert_eq!(read.format, Format { kind: Encoding::F64, big_endian: true });
        assert!(read.fortran_order);
        assert_eq!(read.shape, [3, 4]);
        let scalar = header("{'descr': '|b1', 'fortran_order': False, 'shape': ()}").unwrap();
        assert_eq!(scalar.shape, [] as [usize; 0]);
        assert_eq!(header("{'descr':'<i2','fortran_order':False,'shape':(3L,)}").unwrap().shape, [3]);
    }

    #[test]
    fn says_what_is_wrong() {
        let wrong = |text: &str| header(text).unwrap_err().to_string();
        assert_eq!(
            wrong("{'descr': '<f8', 'shape': (3,)}"),
            "`a.npy`: its header has no field `fortran_order`"
        );
        assert_eq!(
            wrong("{'descr': '|O', 'fortran_order': False, 'shape': (3,)}"),
            "`a.npy` has the dtype `|O`: Python objects, which a tensor does not hold"
        );
        assert_eq!(
            wrong("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (3,)}"),
            "`a.npy` holds records (a structured dtype), and a tensor has one number an element"
        );
        assert_eq!(wrong("{'descr': '<f8', 'shape': (-1,)}"), "`a.npy`: its header has no number at byte 27");
        assert_eq!(
            wrong("{'descr': '<f8', 'shape': (99999999999999999999,)}"),
            "`a.npy`, field `shape`: an axis is too long"
        );
    }
}
