//! Lists: flat number literals, and lists of expressions.

use crate::support::{check, check_error, expression};

#[test]
fn number_lists() {
    check("[]", "#[0][]");
    check("[1, 2, 3]", "#[3][1, 2, 3]");
    check("[-1, -2.5, +3]", "#[3][-1.0, -2.5, 3.0]");
    check("[[1, 2], [3, 4]]", "#[2, 2][[1, 2], [3, 4]]");
    check("[[], []]", "#[2, 0][[], []]");
    check("[[[1], [2]], [[3], [4]]]", "#[2, 2, 1][[[1], [2]], [[3], [4]]]");
    check("[true, FALSE]", "#[2][true, false]");
    check("[inf, -inf, nan, -nan]", "#[4][inf, -inf, nan, nan]");
    check("[1, NaN]", "#[2][1.0, nan]");
    check("[-9223372036854775808]", "#[1][-9223372036854775808]");
    check("[0x10, 1_0]", "#[2][16, 10]");
    check("[1, # one\n 2]", "#[2][1, 2]");
    check("[9007199254740993]", "#[1][9007199254740993]");
    check("[1, 2][0]", "([] #[2][1, 2] 0)");
}

#[test]
fn lists_of_expressions() {
    check("[1 - 2, 3]", "(list (- 1 2) 3)");
    check("[1 -2, 3]", "(list (- 1 2) 3)");
    check("[1, 2 -3]", "(list 1 (- 2 3))");
    check("[a, -inf]", "(list a -inf)");
    check("[a, b + 1, SUM(c)]", "(list a (+ b 1) (SUM! c))");
    check("[[1, 2], a]", "(list #[2][1, 2] a)");
    check("[[1, 2], [3] + b]", "(list #[2][1, 2] (+ #[1][3] b))");
    check("[[1, 2], 3 + b]", "(list #[2][1, 2] (+ 3 b))");
    check("['a', 'b']", "(list \"a\" \"b\")");
    check("[1, true]", "(list 1 true)");
    check("[[1], [true]]", "(list #[1][1] #[1][true])");
    check("[NULL]", "(list null)");
    check("[[a]]", "(list (list a))");
    check("[[[1, 2]], [[a, 2]]]", "(list #[1, 2][[1, 2]] (list (list a 2)))");
    check("[`inf`]", "(list inf)");
    check("[(inf)]", "(list inf)");
    check("[SUM [1, 2], 3]", "(list (SUM! #[2][1, 2]) 3)");
    check("[1, 2] + [3, 4]", "(+ #[2][1, 2] #[2][3, 4])");
    check("[[1, 2] [0, 1]]", "(list ([] #[2][1, 2] 0 1))");
}

#[test]
fn lists_that_turn_out_to_be_numbers() {
    check("[(1), - 2]", "#[2][1, -2]");
    check("[[1], [(2)]]", "#[2, 1][[1], [2]]");
    check("[(true)]", "#[1][true]");
}

#[track_caller]
fn error(text: &str, expected: &str) {
    let error = expression(text).expect_err(text);
    check_error(text, &error, expected);
}

#[test]
fn ragged_lists() {
    let help = "all rows must have the same length; rows are counted from 0";
    error(
        "[[1, 2], [3]]",
        &format!("E0112 ragged_literal: row [1] has 1 element where 2 are expected @ [3] | {help}"),
    );
    error(
        "[[1], [2], [3, 4, 5], [6, 7]]",
        &format!("E0112 ragged_literal: row [2] has 3 elements where 1 is expected @ [3, 4, 5] | {help}"),
    );
    error(
        "[[[1, 2], [3, 4]], [[5, 6], [7]]]",
        &format!("E0112 ragged_literal: row [1, 1] has 1 element where 2 are expected @ [7] | {help}"),
    );
    error(
        "[[1], []]",
        &format!("E0112 ragged_literal: row [1] has no elements where 1 is expected @ [] | {help}"),
    );
    error(
        "[1, [2]]",
        "E0112 ragged_literal: found a row at [1] where a number is expected, as before it @ [",
    );
    error(
        "[[1], 2]",
        "E0112 ragged_literal: found a number at [1] where a row is expected, as before it @ 2",
    );
    error(
        "[(1), [2]]",
        "E0112 ragged_literal: found a row at [1] where a number is expected, as before it @ [2]",
    );
    error("[[1], [(2), 3]]", "E0112 ragged_literal: row [1] has shape [2], expected [1] @ [(2), 3]");
}

#[test]
fn wrong_lists() {
    error("[1, 2", "E0102 unexpected_end: expected `,` or `]`, found the end of the statement @ ");
    error("[1,, 2]", "E0101 unexpected_token: expected an expression, found `,` @ ,");
    error("[1, 2,]", "E0101 unexpected_token: expected an expression, found `]` @ ]");
    error(
        "[a b]",
        "E0101 unexpected_token: expected `,` or `]`, found `b` @ b | commas may be left out in VECTOR, MATRIX and DEFINE only",
    );
    error(
        "[1, 2x]",
        "E0107 bad_number: `2x` is not a number @ 2x | a name cannot begin with a digit; write `'2x'` for a string",
    );
}
