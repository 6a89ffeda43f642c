//! Hexadecimal, binary, base 64 and percent encodings, and hashes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use linal_dataset::{Error, Result};
use linal_error::Code;
use md5::Md5;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::kind::Kind::{Bytes, Int, Text};
use super::output::{Output, Value};
use super::row::Row;
use super::row_function::{RowFunction, of};
use crate::udf::error::wrong_arguments;

pub(super) const FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        name: "hex",
        aliases: &["to_hex"],
        overloads: &[
            of(&[Text], Output::Text, |row| Ok(hex(row.bytes(0)).into())),
            of(&[Bytes], Output::Text, |row| Ok(hex(row.bytes(0)).into())),
            of(&[Int], Output::Text, |row| Ok(format!("{:X}", row.int(0)).into())),
        ],
    },
    RowFunction { name: "unhex", aliases: &["from_hex"], overloads: &[of(&[Text], Output::Bytes, unhex)] },
    RowFunction {
        name: "bin",
        aliases: &["to_binary"],
        overloads: &[
            of(&[Text], Output::Text, |row| Ok(binary(row.bytes(0)).into())),
            of(&[Bytes], Output::Text, |row| Ok(binary(row.bytes(0)).into())),
            of(&[Int], Output::Text, |row| Ok(format!("{:b}", row.int(0)).into())),
        ],
    },
    RowFunction { name: "unbin", aliases: &["from_binary"], overloads: &[of(&[Text], Output::Bytes, unbin)] },
    RowFunction {
        name: "base64",
        aliases: &["to_base64"],
        overloads: &[
            of(&[Bytes], Output::Text, |row| Ok(STANDARD.encode(row.bytes(0)).into())),
            of(&[Text], Output::Text, |row| Ok(STANDARD.encode(row.bytes(0)).into())),
        ],
    },
    // ENCODE and DECODE without a format; with one they are DataFusion's.
    RowFunction {
        name: "__encode",
        aliases: &[],
        overloads: &[of(&[Text], Output::Bytes, |row| Ok(row.bytes(0).to_vec().into()))],
    },
    RowFunction { name: "__decode", aliases: &[], overloads: &[of(&[Bytes], Output::Text, decoded)] },
    RowFunction { name: "from_base64", aliases: &[], overloads: &[of(&[Text], Output::Bytes, from_base64)] },
    RowFunction {
        name: "to_base",
        aliases: &[],
        overloads: &[of(&[Int, Int, Int], Output::Text, to_base).optional(1)],
    },
    RowFunction {
        name: "url_encode",
        aliases: &[],
        overloads: &[of(&[Text], Output::Text, |row| {
            Ok(percent_encode(row.bytes(0), &RESERVED).to_string().into())
        })],
    },
    RowFunction {
        name: "url_decode",
        aliases: &[],
        overloads: &[of(&[Text], Output::Text, |row| {
            match percent_encoding::percent_decode(row.bytes(0)).decode_utf8() {
                Ok(text) => Ok(text.into_owned().into()),
                Err(_) => Err(wrong_arguments(format!("'{}' does not decode to a text", row.text(0)))),
            }
        })],
    },
    RowFunction {
        name: "md5",
        aliases: &[],
        overloads: &[
            of(&[Text], Output::Text, |row| Ok(lower_hex(&Md5::digest(row.bytes(0))).into())),
            of(&[Bytes], Output::Text, |row| Ok(lower_hex(&Md5::digest(row.bytes(0))).into())),
        ],
    },
    RowFunction {
        name: "sha1",
        aliases: &[],
        overloads: &[
            of(&[Text], Output::Text, |row| Ok(lower_hex(&Sha1::digest(row.bytes(0))).into())),
            of(&[Bytes], Output::Text, |row| Ok(lower_hex(&Sha1::digest(row.bytes(0))).into())),
        ],
    },
    RowFunction {
        name: "sha256",
        aliases: &[],
        overloads: &[
            of(&[Text], Output::Text, |row| Ok(lower_hex(&Sha256::digest(row.bytes(0))).into())),
            of(&[Bytes], Output::Text, |row| Ok(lower_hex(&Sha256::digest(row.bytes(0))).into())),
        ],
    },
    RowFunction {
        name: "bit_count",
        aliases: &[],
        overloads: &[of(&[Int], Output::Int, |row| Ok(Value::Int(i64::from(row.int(0).count_ones()))))],
    },
    RowFunction {
        name: "octet_length",
        aliases: &[],
        overloads: &[
            of(&[Bytes], Output::Int, |row| Ok(Value::Int(row.bytes(0).len() as i64))),
            of(&[Text], Output::Int, |row| Ok(Value::Int(row.bytes(0).len() as i64))),
        ],
    },
];

/// What a URL has encoded: all but letters, digits, `_`, `-`, `.` and `~`.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.').remove(b'~');

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn binary(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:08b}")).collect()
}

/// Bytes of groups of digits, where the first group may be shorter.
fn digits(name: &str, text: &str, radix: u32, group: usize) -> Result<Value> {
    let digits = text
        .chars()
        .map(|digit| digit.to_digit(radix).ok_or_else(|| not_a_digit(name, digit)))
        .collect::<Result<Vec<u32>>>()?;
    let first = digits.len() % group;
    let (head, tail) = digits.split_at(first);
    let byte = |digits: &[u32]| digits.iter().fold(0, |sum, digit| sum * radix + digit) as u8;
    let head = (!head.is_empty()).then(|| byte(head));
    Ok(Value::Bytes(head.into_iter().chain(tail.chunks(group).map(byte)).collect()))
}

fn not_a_digit(name: &str, digit: char) -> Error {
    wrong_arguments(format!("{name}: `{digit}` is no digit"))
}

fn unhex(row: &Row<'_>) -> Result<Value> {
    digits("UNHEX", row.text(0), 16, 2)
}

fn unbin(row: &Row<'_>) -> Result<Value> {
    digits("UNBIN", row.text(0), 2, 8)
}

fn decoded(row: &Row<'_>) -> Result<Value> {
    match std::str::from_utf8(row.bytes(0)) {
        Ok(text) => Ok(text.into()),
        Err(_) => Err(wrong_arguments("DECODE: the bytes are no text in UTF-8".to_string())),
    }
}

fn from_base64(row: &Row<'_>) -> Result<Value> {
    match STANDARD.decode(row.bytes(0)) {
        Ok(bytes) => Ok(Value::Bytes(bytes)),
        Err(_) => Err(wrong_arguments(format!("'{}' is no base64", row.text(0)))),
    }
}

/// Digits of the longest number in another base.
const DIGITS: i64 = 64;

fn to_base(row: &Row<'_>) -> Result<Value> {
    let (number, radix) = (row.int(0), row.int(1));
    let least = if row.has(2) { row.int(2) } else { 0 };
    if number < 0 {
        return Err(Error::new(Code::ValueOutOfRange, format!("TO_BASE takes numbers from 0, not {number}")));
    }
    if !(2..=36).contains(&radix) {
        return Err(Error::new(
            Code::ValueOutOfRange,
            format!("TO_BASE takes a base from 2 to 36, not {radix}"),
        ));
    }
    if !(0..=DIGITS).contains(&least) {
        let message = format!("TO_BASE takes a least length from 0 to {DIGITS}, not {least}");
        return Err(Error::new(Code::ValueOutOfRange, message));
    }
    let mut digits = Vec::new();
    let mut rest = number;
    while rest > 0 || digits.is_empty() {
        let digit = u32::try_from(rest % radix).unwrap_or(0);
        digits.push(char::from_digit(digit, 36).unwrap_or('0').to_ascii_uppercase());
        rest /= radix;
    }
    while (digits.len() as i64) < least {
        digits.push('0');
    }
    Ok(digits.into_iter().rev().collect::<String>().into())
}
