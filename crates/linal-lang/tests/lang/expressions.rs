//! Operators, names, calls, indexing and their precedence.

use crate::support::check;

#[test]
fn precedence() {
    check("1 + 2 * 3", "(+ 1 (* 2 3))");
    check("(1 + 2) * 3", "(* (+ 1 2) 3)");
    check("a - b - c", "(- (- a b) c)");
    check("a / b * c % d DIV e", "(DIV (% (* (/ a b) c) d) e)");
    check("a @ b + c", "(+ (@ a b) c)");
    check("a @ b * c", "(* (@ a b) c)");
    check("a ^ b ^ c", "(^ a (^ b c))");
    check("a ** b ** c", "(^ a (^ b c))");
    check("-2 ^ 2", "(- (^ 2 2))");
    check("-2 ** 2", "(- (^ 2 2))");
    check("2 ^ -1", "(^ 2 -1)");
    check("2 ^ -a ^ b", "(^ 2 (- (^ a b)))");
    check("-a * b", "(* (- a) b)");
    check("a * -b", "(* a (- b))");
    check("a - -b", "(- a (- b))");
    check("5--3", "(- 5 -3)");
    check("5 -- 3", "5");
    check("a + b > c - d", "(> (+ a b) (- c d))");
    check("a OR b AND c", "(OR a (AND b c))");
    check("NOT a = b", "(NOT (= a b))");
    check("NOT a AND b", "(AND (NOT a) b)");
    check("a AND NOT b", "(AND a (NOT b))");
    check("NOT NOT a", "(NOT (NOT a))");
    check("a and not b or c div 2", "(OR (AND a (NOT b)) (DIV c 2))");
    check("a == b", "(= a b)");
    check("a <> b", "(!= a b)");
    check("a != b", "(!= a b)");
    check("a <= b", "(<= a b)");
    check("a >= b", "(>= a b)");
    check("(a < b) = c", "(= (< a b) c)");
    check("+a", "a");
    check("a > 0 AND b > 0", "(AND (> a 0) (> b 0))");
}

#[test]
fn signs_join_literals() {
    check("-2", "-2");
    check("- 2.5", "-2.5");
    check("-(2)", "-2");
    check("--2", "2");
    check("-0.0", "-0.0");
    check("-9223372036854775808", "-9223372036854775808");
    check("--9223372036854775808", "(- -9223372036854775808)");
    check("1 - -9223372036854775808", "(- 1 -9223372036854775808)");
    check("-2[0]", "(- ([] 2 0))");
    check("(-2) ^ 2", "(^ -2 2)");
}

#[test]
fn literals_and_names() {
    check("1_000", "1000");
    check(".5", "0.5");
    check("1.", "1.0");
    check("1e-5", "1e-5");
    check("1E+5", "100000.0");
    check("1.e3", "1000.0");
    check("0x1F", "31");
    check("0xff_ff", "65535");
    check("'it''s'", r#""it's""#);
    check(r#""it""s""#, r#""it\"s""#);
    check(r"'a\n'", r#""a\\n""#);
    check("''", "\"\"");
    check("true", "true");
    check("FALSE", "false");
    check("Null", "null");
    check("`odd name`", "odd name");
    check("`a``b`", "a`b");
    check("inf", "inf");
    check("größe", "größe");
    check("ds.column", "ds.column");
    check("db.ds.column", "db.ds.column");
    check("ds.from", "ds.from");
    check("`a b`.`c d`", "a b.c d");
    for name in ["count", "total", "rank", "label", "index", "data", "rate", "window", "query", "sum", "max"]
    {
        check(&format!("{name} + 1"), &format!("(+ {name} 1)"));
    }
}

#[test]
fn calls() {
    check("F()", "(F!)");
    check("f(a, b)", "(f! a b)");
    check("f (a)", "(f! a)");
    check("SUM(a, axis => 0)", "(SUM! a axis:0)");
    check("SUM(a, 0)", "(SUM! a 0)");
    check("WHERE(a > 0, a, 0)", "(WHERE! (> a 0) a 0)");
    check("EINSUM('ij,jk->ik', a, b)", "(EINSUM! \"ij,jk->ik\" a b)");
    check("CAST(a AS f32)", "(CAST! a dtype:f32)");
    check("CAST(a + 1 AS MATRIX(2, 3))", "(CAST! (+ a 1) dtype:(MATRIX! 2 3))");
    check("PI()", "(PI!)");
    check("f(g(h(1)))", "(f! (g! (h! 1)))");
    check("dataset(\"x\")", "(dataset! \"x\")");
    check("f(a)[0]", "([] (f! a) 0)");
}

#[test]
fn indexing() {
    check("m[0, *]", "([] m 0 *)");
    check("m[0, 1:3]", "([] m 0 1:3)");
    check("m[:, 1]", "([] m * 1)");
    check("t[0:2, :, *]", "([] t 0:2 * *)");
    check("m[-1]", "([] m -1)");
    check("a[::2]", "([] a ::2)");
    check("a[::]", "([] a *)");
    check("a[1:]", "([] a 1:)");
    check("a[:2]", "([] a :2)");
    check("a[1::2]", "([] a 1::2)");
    check("a[:5:-1]", "([] a :5:-1)");
    check("a[a > 0]", "([] a (> a 0))");
    check("a [0]", "([] a 0)");
    check("a[0][1]", "([] ([] a 0) 1)");
    check("a[n - 1:n * 2]", "([] a (- n 1):(* n 2))");
    check("ds.v[0]", "([] ds.v 0)");
    check("(a + b)[0]", "([] (+ a b) 0)");
    check("a[0] ^ 2", "(^ ([] a 0) 2)");
    check("a[[0, 1]]", "([] a #[2][0, 1])");
    check("a[nan]", "([] a nan)");
}

#[test]
fn subqueries() {
    check("(SELECT a FROM t)", "(query SELECT a FROM t)");
    check("(WITH x AS (SELECT 1) SELECT * FROM x) + 1", "(+ (query WITH x AS (SELECT 1) SELECT * FROM x) 1)");
    check("(select ')' from t)", "(query select ')' from t)");
}

#[test]
fn comments_are_blanks() {
    check("a /* b /* c */ d */ + 1", "(+ a 1)");
    check("a # b", "a");
    check("a // b", "a");
    check("a -- b", "a");
    check("a + -- rest\n b", "(+ a b)");
    check("'# -- // /*'", "\"# -- // /*\"");
}
