//! Messages and spans of errors in expressions.

use crate::support::{check_error, expression};
use linal_lang::Code;

#[track_caller]
fn error(text: &str, expected: &str) {
    let error = expression(text).expect_err(text);
    check_error(text, &error, expected);
}

#[test]
fn operators() {
    error(
        "a < b < c",
        "E0113 chained_comparison: comparisons cannot be chained @ < | write `a < b AND b < c`",
    );
    error(
        "a + 1 = b = c",
        "E0113 chained_comparison: comparisons cannot be chained @ = | write `a + 1 = b AND b = c`",
    );
    error(
        "a//b",
        "E0115 double_slash: `//` is not an operator @ // | write `a / b` to divide, or a blank before `//` for a comment",
    );
    error(
        "a +",
        "E0102 unexpected_end: expected an expression after `+`, found the end of the statement @  | the statement is unfinished; indent its next line deeper, or begin that line with a word that opens no statement",
    );
    error("a * / b", "E0101 unexpected_token: expected an expression after `*`, found `/` @ /");
    error(
        "a = NOT b",
        "E0101 unexpected_token: expected an operand, found `NOT` @ NOT | NOT binds weaker than this operator: write `(NOT ...)`",
    );
    error("a && b", "E0117 trailing_text: expected the end of the statement, found `&` @ & | write AND");
    error("!a", "E0101 unexpected_token: expected an expression, found `!` @ ! | write NOT");
    error("a b", "E0117 trailing_text: expected the end of the statement, found `b` @ b");
    error("a + FROM", "E0101 unexpected_token: expected an expression after `+`, found `FROM` @ FROM");
}

#[test]
fn numbers() {
    let range =
        "integers run from -9223372036854775808 to 9223372036854775807; write a decimal point for a float";
    error(
        "9223372036854775808",
        &format!(
            "E0108 integer_literal_overflow: the integer 9223372036854775808 does not fit 64 bits @ 9223372036854775808 | {range}"
        ),
    );
    error(
        "-9223372036854775809",
        &format!(
            "E0108 integer_literal_overflow: the integer 9223372036854775809 does not fit 64 bits @ 9223372036854775809 | {range}"
        ),
    );
    error(
        "-9223372036854775808 ^ 2",
        &format!(
            "E0108 integer_literal_overflow: the integer 9223372036854775808 does not fit 64 bits @ 9223372036854775808 | {range}"
        ),
    );
    error(
        "0xFFFFFFFFFFFFFFFF",
        "E0108 integer_literal_overflow: the integer 0xFFFFFFFFFFFFFFFF does not fit 64 bits @ 0xFFFFFFFFFFFFFFFF | the greatest integer is 0x7FFF_FFFF_FFFF_FFFF",
    );
    error(
        "1e400",
        "E0109 float_overflow: the number 1e400 is greater than the greatest 64-bit float @ 1e400 | the greatest is 1.7976931348623157e308; `inf` may stand in a list",
    );
    for text in ["1__0", "1_", "1e", "1e+", "0x", "0xg", "1.2.3", "1..2", "1._5"] {
        let error = expression(text).expect_err(text);
        assert_eq!(error.code, Code::BadNumber, "of `{text}`");
    }
}

#[test]
fn open_ends() {
    error(
        "'abc",
        "E0104 unterminated_string: this string has no closing ' @ 'abc | write '' for a ' within it; backslash is an ordinary character",
    );
    error("f(\"it\\\"s\")", "E0101 unexpected_token: expected `,` or `)`, found `s` @ s");
    error("a /* b", "E0105 unterminated_comment: this `/*` has no `*/` @ /*");
    error("a /* /* */", "E0105 unterminated_comment: this `/*` has no `*/` @ /*");
    error(
        "`abc",
        "E0106 bad_identifier: this quoted name has no closing ` @ `abc | write `` for a ` within it; backslash is an ordinary character",
    );
    error("``", "E0106 bad_identifier: a name in backticks cannot be empty @ ``");
    error("(a + b", "E0102 unexpected_end: expected `)`, found the end of the statement @ ");
    error("a[0", "E0102 unexpected_end: expected `,` or `]`, found the end of the statement @ ");
    error("a[]", "E0101 unexpected_token: expected an index, a range, or `*`, found `]` @ ]");
    error(
        "(SELECT (1)",
        "E0102 unexpected_end: expected `)` after the query, found the end of the statement @ ",
    );
    error("a.", "E0102 unexpected_end: expected a name after `.`, found the end of the statement @ ");
    error("a\u{1}", "E0103 unexpected_character: the character \"\\u{1}\" has no meaning here @ \u{1}");
    error("☃", "E0103 unexpected_character: the character \"☃\" has no meaning here @ ☃");
}
