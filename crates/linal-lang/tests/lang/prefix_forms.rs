//! Prefix forms, and the call patterns that describe them.

use crate::support::{check, check_error, expression};
use linal_lang::CallPattern;

#[test]
fn operands() {
    check("ADD a b", "(ADD! a b)");
    check("add A b", "(add! A b)");
    check("ADD a 1", "(ADD! a 1)");
    check("ADD a -1", "(ADD! a -1)");
    check("POW a -2.5", "(POW! a -2.5)");
    check("ADD ds.x db.ds.y", "(ADD! ds.x db.ds.y)");
    check("ADD a[0] b[1, *]", "(ADD! ([] a 0) ([] b 1 *))");
    check("ADD f(x) (b + 1)", "(ADD! (f! x) (+ b 1))");
    check("ADD a [1, 2]", "(ADD! a #[2][1, 2])");
    check("ADD [1, 2] [3, 4]", "(ADD! #[2][1, 2] #[2][3, 4])");
    check("ADD `a b` c", "(ADD! a b c)");
    check("STACK a b c d", "(STACK! a b c d)");
    check("STACK tr tr", "(STACK! tr tr)");
    check("CONCAT a b c AXIS 1", "(CONCAT! a b c axis:1)");
    check("CONCAT axis b", "(CONCAT! axis b)");
    check("ARANGE 0, 10", "(ARANGE! 0 10)");
    check("ARANGE 0, 10, -2", "(ARANGE! 0 10 -2)");
    check("ZEROS [2, 3]", "(ZEROS! #[2][2, 3])");
    check("QUANTILE a 0.5", "(QUANTILE! a 0.5)");
    check("STACK a WHERE(c, a, b)", "(STACK! a (WHERE! c a b))");
}

#[test]
fn clauses() {
    check("SCALE a BY s", "(SCALE! a s:s)");
    check("SCALE a BY -2", "(SCALE! a s:-2)");
    check("SCALE a BY (n + 1)", "(SCALE! a s:(+ n 1))");
    check("SIMILARITY a WITH b", "(SIMILARITY! a b:b)");
    check("RESHAPE a TO [2, -1]", "(RESHAPE! a dims:#[2][2, -1])");
    check("SUM a", "(SUM! a)");
    check("SUM a AXIS 0", "(SUM! a axis:0)");
    check("SUM axis AXIS 0", "(SUM! axis axis:0)");
    check("RANDOM [2, 2] SEED 7", "(RANDOM! #[2][2, 2] seed:7)");
    check("PSD a WINDOW 8", "(PSD! a n:8)");
    check("PSD a WINDOW 8 RATE 4096 TAPER 'none'", "(PSD! a n:8 hz:4096 taper:\"none\")");
    check("BANDPASS a FROM 35 TO 350 WITH RATE 4096 ORDER 4", "(BANDPASS! a lo:35 hi:350 rate:4096 order:4)");
}

#[test]
fn the_expression_goes_on() {
    check("a - MEAN a", "(- a (MEAN! a))");
    check("SUM a + 1", "(+ (SUM! a) 1)");
    check("SUM a AXIS 0 * 2", "(* (SUM! a axis:0) 2)");
    check("SUM a -1", "(- (SUM! a) 1)");
    check("SCALE a BY 2 + b", "(+ (SCALE! a s:2) b)");
    check("-SUM a ^ 2", "(- (^ (SUM! a) 2))");
    check("SUM a > MAX b AND c", "(AND (> (SUM! a) (MAX! b)) c)");
    check("f(SUM a, MEAN b AXIS 0)", "(f! (SUM! a) (MEAN! b axis:0))");
    check("m[ABS i]", "([] m (ABS! i))");
}

#[test]
fn parentheses() {
    check("NORMALIZE(a)", "(NORMALIZE! a)");
    check("NORMALIZE (a)", "(NORMALIZE! a)");
    check("DISTANCE (a) TO b", "(DISTANCE! a b:b)");
    check("DISTANCE(a) TO (b)", "(DISTANCE! a b:b)");
    check("ADD (a) b", "(ADD! a b)");
    check("ADD(a) b", "(ADD! a b)");
    check("ADD (a) (b)", "(ADD! a b)");
    check("ADD (a, b)", "(ADD! a b)");
    check("MATMUL (a+b) c", "(MATMUL! (+ a b) c)");
    check("SUM(a) AXIS 0", "(SUM! a axis:0)");
    check("SUM(a)[0]", "([] (SUM! a) 0)");
    check("STACK (a) b c", "(STACK! a b c)");
    check("GATHER (a)", "(GATHER! a)");
    check("GATHER (a) (a)", "(GATHER! a a)");
    check("GATHER(a) (b) c", "(GATHER! a b c)");
    check("GATHER (a) [1, 2]", "(GATHER! a #[2][1, 2])");
    check("GATHER(a) [0]", "([] (GATHER! a) 0)");
    check("GATHER (a) (b) AXIS 1", "(GATHER! a b axis:1)");
    check("GATHER (a) AXIS (1)", "(GATHER! a axis:1)");
    check("GATHER (a) - 1", "(- (GATHER! a) 1)");
    check("SUM GATHER (a) (b)", "(SUM! (GATHER! a b))");
    check("ARANGE (0), (10)", "(ARANGE! 0 10)");
    check("ARANGE (0), 10, (-2)", "(ARANGE! 0 10 -2)");
    check("f(ARANGE(0, 10), 3)", "(f! (ARANGE! 0 10) 3)");
    check("f(ARANGE(n), 3)", "(f! (ARANGE! n) 3)");
    check("ADD (SUM a) b", "(ADD! (SUM! a) b)");
    check("ADD(a)", "(ADD! a)");
}

#[test]
fn forms_within_forms() {
    check("SUM ABS a", "(SUM! (ABS! a))");
    check("SUM ABS a AXIS 0", "(SUM! (ABS! a) axis:0)");
    check("ADD a MEAN b", "(ADD! a (MEAN! b))");
    check("SCALE ABS a BY MEAN a", "(SCALE! (ABS! a) s:(MEAN! a))");
    check("SCALE max BY 2", "(SCALE! max s:2)");
    check("ABS SUM (a)", "(ABS! (SUM! a))");
    check("ABS SUM(a)", "(ABS! (SUM! a))");
    check("NORMALIZE TRANSPOSE m[0]", "(NORMALIZE! (TRANSPOSE! ([] m 0)))");
}

#[test]
fn function_words_are_names_too() {
    check("sum + 1", "(+ sum 1)");
    check("max", "max");
    check("max[0]", "([] max 0)");
    check("MAX [1, 2, 3]", "(MAX! #[3][1, 2, 3])");
    check("a * max", "(* a max)");
    check("sum - 1", "(- sum 1)");
    check("sum -1", "(- sum 1)");
    check("ADD max sum", "(ADD! max sum)");
    check("[sum, max]", "(list sum max)");
}

#[track_caller]
fn error(text: &str, expected: &str) {
    let error = expression(text).expect_err(text);
    check_error(text, &error, expected);
}

#[test]
fn wrong_forms() {
    error(
        "ADD a",
        "E0116 missing_operand: expected the operand `b`, found the end of the statement @  | the function is written `ADD a b`",
    );
    error(
        "ADD a - b",
        "E0116 missing_operand: expected the operand `b`, found `-` @ - | the function is written `ADD a b`; an operand with a sign stands in parentheses: `(-b)`",
    );
    error(
        "SCALE a",
        "E0116 missing_operand: expected `BY s` of SCALE, found the end of the statement @  | the function is written `SCALE a BY s`",
    );
    error(
        "SUM a AXIS",
        "E0116 missing_operand: expected a value for `axis`, found the end of the statement @  | the function is written `SUM a [AXIS axis]`",
    );
    error(
        "ARANGE 0 10",
        "E0116 missing_operand: expected `,`, found `10` @ 10 | the function is written `ARANGE start, stop [, step]`",
    );
    error(
        "CLIP a 0 1",
        "E0117 trailing_text: expected the end of the statement, found `a` @ a | the function is written `CLIP(a, lo, hi)`",
    );
    error(
        "SUMM a",
        "E0117 trailing_text: expected the end of the statement, found `a` @ a | did you mean `SUM`?",
    );
    error("SUM a AXIS 0 AXIS 1", "E0121 misplaced_argument: the argument `axis` is given twice @ AXIS 1");
    error(
        "SUM(a, axis => 0, axis => 1)",
        "E0121 misplaced_argument: the argument `axis` is given twice @ axis => 1",
    );
    error(
        "SUM(axis => 0, a)",
        "E0121 misplaced_argument: expected `name => value`, found `a` after a named argument @ a | put positional arguments before named ones",
    );
    error("f(a,)", "E0101 unexpected_token: expected an expression, found `)` @ )");
    error("f(a b)", "E0101 unexpected_token: expected `,` or `)`, found `b` @ b");
}

#[test]
fn patterns() {
    let pattern = CallPattern::parse("BANDPASS a FROM lo WITH RATE rate [ORDER order]").expect("a pattern");
    assert_eq!(pattern.name(), "BANDPASS");
    let params =
        pattern.params().iter().map(|param| (param.name.as_str(), param.keyword.as_deref(), param.optional));
    let expected = [
        ("a", None, false),
        ("lo", Some("FROM"), false),
        ("rate", Some("WITH RATE"), false),
        ("order", Some("ORDER"), true),
    ];
    assert!(params.eq(expected));
    let pattern = CallPattern::parse("ARANGE start, stop [, step]").expect("a pattern");
    assert!(pattern.has_commas() && pattern.required_operands() == 2 && pattern.operand_limit() == Some(3));
    let pattern = CallPattern::parse("EINSUM(subscripts, operands...)").expect("a pattern");
    assert!(pattern.is_call_only() && pattern.operand_limit().is_none() && pattern.params()[1].variadic);
}

#[test]
fn wrong_patterns() {
    let wrong = [
        ("", "it must begin with a name in upper case"),
        ("add a", "it must begin with a name in upper case"),
        ("SUM a [AXIS axis", "`]` is missing"),
        ("CLIP(a", "`)` is missing"),
        ("SCALE a BY", "a keyword must be followed by a parameter"),
        ("F a BY b c", "operands must come before keyword clauses"),
        ("F a ... b", "only the last operand may repeat"),
        ("F [a] b", "optional operands must come last"),
        ("F a a", "the parameter `a` is repeated"),
        ("F ... a", "`...` must follow a parameter"),
        ("F a )", "`)` was not expected"),
    ];
    for (pattern, problem) in wrong {
        assert_eq!(CallPattern::parse(pattern), Err(format!("pattern `{pattern}`: {problem}")));
    }
}
