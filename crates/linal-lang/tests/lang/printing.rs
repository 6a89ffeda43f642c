//! The canonical text of expressions.

use crate::support::{expression, tree};

/// Checks the text of an expression, and that it parses to the same tree.
#[track_caller]
fn check(text: &str, printed: &str) {
    let expr = expression(text).expect(text);
    assert_eq!(expr.to_string(), printed, "of `{text}`");
    let again = expression(printed).expect(printed);
    assert_eq!(tree(&again), tree(&expr), "of `{printed}`");
}

#[test]
fn parentheses_only_where_needed() {
    check("((a) + ((b * c)))", "a + b * c");
    check("(a + b) * c", "(a + b) * c");
    check("a - (b - c)", "a - (b - c)");
    check("(a - b) - c", "a - b - c");
    check("(a ^ b) ^ c", "(a ^ b) ^ c");
    check("a ^ (b ^ c)", "a ^ b ^ c");
    check("(-a) ^ b", "(-a) ^ b");
    check("-(a ^ b)", "-a ^ b");
    check("(-2) ^ 2", "(-2) ^ 2");
    check("a ^ (-2)", "a ^ -2");
    check("-(a * b)", "-(a * b)");
    check("a * (-b)", "a * -b");
    check("-(-a)", "--a");
    check("a - (-(-b))", "a - --b");
    check("(a < b) < c", "(a < b) < c");
    check("NOT (a AND b)", "NOT (a AND b)");
    check("NOT (a = b)", "NOT a = b");
    check("(NOT a) = b", "(NOT a) = b");
    check("a = (NOT b)", "a = (NOT b)");
    check("(a OR b) AND c", "(a OR b) AND c");
    check("-(a[0])", "-a[0]");
    check("(-a)[0]", "(-a)[0]");
    check("(-5)[0]", "(-5)[0]");
}

#[test]
fn parts() {
    check("SCALE a BY 2", "SCALE(a, s => 2)");
    check("f ( a,b )", "f(a, b)");
    check("m[ : , 1:2 , ::3, a>0 ]", "m[*, 1:2, ::3, a > 0]");
    check("\"it's\"", "'it''s'");
    check("`odd name`", "`odd name`");
    check("`inf` + `from`", "`inf` + `from`");
    check("1e21", "1e21");
    check("1e-21", "1e-21");
    check("1.0", "1.0");
    check("[1, 2.5, nan, -inf]", "[1.0, 2.5, nan, -inf]");
    check("[[1,2] , [3,4]][0]", "[[1, 2], [3, 4]][0]");
    check("[[[], []], [[], []]]", "[[[], []], [[], []]]");
    check("[a, [1, 2], 'x']", "[a, [1, 2], 'x']");
    check("( SELECT 1 )", "(SELECT 1)");
}
