//! Statements, checked by their printed text: the printer writes every part of the tree.

use crate::support::{check_error, statement};
use linal_lang::ast::{Show, Statement};

#[track_caller]
fn check(text: &str, printed: &str) {
    match statement(text) {
        Ok(statement) => assert_eq!(statement.to_string(), printed, "of `{text}`"),
        Err(error) => panic!("`{text}`: {error} at {:?}", error.span),
    }
}

#[test]
fn declarations() {
    check("vector v = [1, 2, 3]", "VECTOR v = [1, 2, 3]");
    check("VECTOR f32 v = [1 -2 3]", "VECTOR f32 v = [1, -2, 3]");
    check("VECTOR f32 = [1]", "VECTOR f32 = [1]");
    check("VECTOR v = []", "VECTOR v = []");
    check("VECTOR bool v = [true false]", "VECTOR bool v = [true, false]");
    check("VECTOR v=[inf, nan]", "VECTOR v = [inf, nan]");
    check("MATRIX m = [[1, 2], [3, 4]]", "MATRIX m = [[1, 2], [3, 4]]");
    check("MATRIX i64 m = [[1 2]\n [3 4]]", "MATRIX i64 m = [[1, 2], [3, 4]]");
    check("MATRIX m = [[]]", "MATRIX m = [[]]");
    check("VECTOR `odd name` = [1]", "VECTOR `odd name` = [1]");
    check("DEFINE t AS TENSOR [2, 2] VALUES [1 2 3 4]", "DEFINE t AS TENSOR [2, 2] VALUES [1, 2, 3, 4]");
    check(
        "define t as strict tensor f32 [2, 1] values [[1], [2]]",
        "DEFINE t AS STRICT TENSOR f32 [2, 1] VALUES [[1], [2]]",
    );
    check("DEFINE t AS TENSOR [] VALUES [5]", "DEFINE t AS TENSOR [] VALUES [5]");
    check("DEFINE pipeline AS TENSOR [1] VALUES [5]", "DEFINE pipeline AS TENSOR [1] VALUES [5]");
}

#[test]
fn definitions() {
    check("let x = a+b", "LET x = a + b");
    check("LAZY LET x = a", "LAZY LET x = a");
    check("LET LAZY x = a", "LAZY LET x = a");
    check("LET lazy = 1", "LET lazy = 1");
    check("LET LAZY lazy = 1", "LAZY LET lazy = 1");
    check("LET v3 = ADD v1 v2", "LET v3 = ADD(v1, v2)");
    check("LET s = (SELECT a FROM t)", "LET s = (SELECT a FROM t)");
    check("LET `from` = 1", "LET `from` = 1");
    check("BIND alias TO name", "BIND alias TO name");
    check("BIND v TO ds.c", "BIND v TO ds.c");
    check("DERIVE x FROM a * 2", "DERIVE x FROM a * 2");
    check("EXPLAIN LET x = a", "EXPLAIN LET x = a");
    check("EXPLAIN ANALYZE LET x = a", "EXPLAIN ANALYZE LET x = a");
    check("EXPLAIN ANALYZE PLAN LAZY LET x = a", "EXPLAIN ANALYZE LAZY LET x = a");
    check("DROP TENSOR x", "DROP TENSOR x");
    check("DROP TENSOR x IF EXISTS", "DROP TENSOR IF EXISTS x");
    check("DROP TENSOR IF EXISTS x", "DROP TENSOR IF EXISTS x");
    check("DROP TENSOR if", "DROP TENSOR if");
}

#[test]
fn show() {
    check("SHOW x", "SHOW x");
    check("SHOW a + b", "SHOW a + b");
    check("SHOW m[0, *]", "SHOW m[0, *]");
    check("SHOW SUM m AXIS 0", "SHOW SUM(m, axis => 0)");
    check("SHOW 'a ( b'", "SHOW 'a ( b'");
    check("SHOW \"text\"", "SHOW 'text'");
    check("SHOW ('text')", "SHOW ('text')");
    check("SHOW SHAPE x", "SHOW SHAPE x");
    check("SHOW SHAPE SUM a", "SHOW SHAPE SUM(a)");
    check("SHOW SHAPE [1, 2]", "SHOW SHAPE [1, 2]");
    check("SHOW SHAPE (-x)", "SHOW SHAPE (-x)");
    check("SHOW shape", "SHOW shape");
    check("SHOW shape[0]", "SHOW shape[0]");
    check("SHOW shape + 1", "SHOW shape + 1");
    check("SHOW LINEAGE x", "SHOW LINEAGE x");
    check("SHOW lineage", "SHOW lineage");
    check("SHOW ALL", "SHOW ALL");
    check("SHOW ALL TENSORS", "SHOW ALL TENSORS");
    check("SHOW ALL x", "SHOW ALL(x)");
    check("SHOW ALL tensors AXIS 0", "SHOW ALL(tensors, axis => 0)");
    check("SHOW `all`", "SHOW `all`");
    check("SHOW SETTINGS", "SHOW SETTINGS");
    check("SHOW settings + 1", "SHOW settings + 1");
    check("SHOW databases", "SHOW DATABASES");
    assert!(matches!(statement("SHOW shape"), Ok(Statement::Show(Show::Value(_)))));
    assert!(matches!(statement("SHOW SHAPE (a)"), Ok(Statement::Show(Show::Shape(_)))));
}

#[test]
fn session() {
    check("SET memory_limit = '64MB'", "SET memory_limit = '64MB'");
    check("SET default_dtype = f32", "SET default_dtype = f32");
    check("SET max_rows = -1", "SET max_rows = -1");
    check("SET ratio TO 1.5", "SET ratio = 1.5");
    check("SET x = true", "SET x = true");
    check("SET x = null", "SET x = NULL");
    check("SET x = on", "SET x = on");
    check("RESET SESSION", "RESET SESSION");
    check("HELP", "HELP");
    check("HELP SUM", "HELP SUM");
    check("HELP SHOW SHAPE", "HELP SHOW SHAPE");
    check("HELP @", "HELP '@'");
    check("HELP 'SUM'", "HELP SUM");
    check("CREATE DATABASE d", "CREATE DATABASE d");
    check("CREATE DATABASE IF NOT EXISTS d", "CREATE DATABASE IF NOT EXISTS d");
    check("DROP DATABASE d", "DROP DATABASE d");
    check("DROP DATABASE IF EXISTS d", "DROP DATABASE IF EXISTS d");
    check("USE d", "USE d");
    check("USE dataset", "USE dataset");
    check("begin transaction", "BEGIN");
    check("start transaction", "BEGIN");
    check("end", "COMMIT");
    check("END TRANSACTION", "COMMIT");
    check("abort work", "ROLLBACK");
    check("COMMIT", "COMMIT");
    check("ROLLBACK WORK", "ROLLBACK");
    check("PREPARE p AS SELECT $1, $name FROM t;", "PREPARE p AS SELECT $1, $name FROM t");
    check("prepare p AS LET x = SUM $1 + $2", "PREPARE p AS LET x = SUM $1 + $2");
    check("EXECUTE p", "EXECUTE p");
    check("EXECUTE p()", "EXECUTE p");
    check("EXECUTE p(1, 'a', [1, 2], x + 1)", "EXECUTE p(1, 'a', [1, 2], x + 1)");
    check("EXECUTE p(k => 5)", "EXECUTE p(k => 5)");
    check("DEALLOCATE p", "DEALLOCATE p");
    check("DEALLOCATE PREPARE p", "DEALLOCATE p");
    check("DEALLOCATE ALL", "DEALLOCATE ALL");
    check("KILL 3-17", "KILL '3-17'");
    check("alter database d set memory_limit = '2GB'", "ALTER DATABASE d SET memory_limit = '2GB'");
    check("KILL 'a b'", "KILL 'a b'");
    check("SHOW QUERIES", "SHOW QUERIES");
    check("SHOW $1 + $x", "SHOW $1 + $x");
}

#[track_caller]
fn error(text: &str, expected: &str) {
    let error = statement(text).expect_err(text);
    check_error(text, &error, expected);
}

#[test]
fn wrong_declarations() {
    error(
        "VECTOR v = [[1]]",
        "E0119 bad_declaration: VECTOR takes a flat list, found a literal of rank 2 @ [[1]] | write `VECTOR v = [1, 2]`, or MATRIX for a list of rows",
    );
    error(
        "MATRIX m = [1]",
        "E0119 bad_declaration: MATRIX takes a list of rows, found a literal of rank 1 @ [1] | write `MATRIX m = [[1, 2], [3, 4]]`, or VECTOR for a flat list",
    );
    error(
        "VECTOR v = [1, a]",
        "E0119 bad_declaration: expected a number literal, found `a` @ a | VECTOR takes number literals only; LET takes expressions: `LET x = [...]`",
    );
    error(
        "VECTOR v = [1, 2 -3]",
        "E0119 bad_declaration: expected a number literal, found `-` @ - | with commas in a list ` -` subtracts: put a comma before each element, or before none",
    );
    error("VECTOR v = 5", "E0101 unexpected_token: expected `[`, found `5` @ 5");
    error("VECTOR v [1]", "E0101 unexpected_token: expected `=` after `VECTOR v`, found `[` @ [");
    error("VECTOR = [1]", "E0101 unexpected_token: expected a name after VECTOR, found `=` @ =");
    error("VECTOR v = [1, 2", "E0102 unexpected_end: this list is never closed @ ");
    error(
        "DEFINE t AS TENSOR [2, -1] VALUES [1]",
        "E0119 bad_declaration: a dimension cannot be negative, found -1 @ [2, -1]",
    );
    error("DEFINE t AS [2] VALUES [1]", "E0101 unexpected_token: expected `TENSOR`, found `[` @ [");
}

#[test]
fn wrong_statements() {
    error(
        "LTE x = 3",
        "E0114 unknown_statement: expected a statement, found `LTE` @ LTE | did you mean `LET`?",
    );
    error(
        "x = 3",
        "E0114 unknown_statement: expected a statement, found `x` @ x | write `LET x = ...` to define a name",
    );
    error(
        "ADD a b",
        "E0114 unknown_statement: expected a statement, found `ADD` @ ADD | write `LET x = ADD a b` to keep the result or `SHOW ADD a b` to see it",
    );
    error(
        "v",
        "E0114 unknown_statement: expected a statement, found `v` @ v | write `SHOW v` to see a value",
    );
    error(
        "1 + 2",
        "E0114 unknown_statement: expected a statement, found `1` @ 1 | statements begin with a word, such as `LET x = ...` or `SHOW ...`",
    );
    error("LET = 3", "E0101 unexpected_token: expected a name after LET, found `=` @ =");
    error("LET x 3", "E0101 unexpected_token: expected `=` after `LET x`, found `3` @ 3");
    error(
        "LET x =",
        "E0102 unexpected_end: expected an expression after `=`, found the end of the statement @  | the statement is unfinished; indent its next line deeper, or begin that line with a word that opens no statement",
    );
    error(
        "LET from = 3",
        "E0111 reserved_name: expected a name after LET, found the reserved word `from` @ from | write it in backticks to use it as a name: `from`",
    );
    error(
        "LET x = 1 LET y = 2",
        "E0117 trailing_text: expected the end of the statement, found `LET` @ LET | put `;` or a line end between two statements",
    );
    error(
        "LET x = 1\n  LET y = 2",
        "E0117 trailing_text: expected the end of the statement, found `LET` @ LET | a line that is indented deeper continues the statement above: indent both equally",
    );
    error("LET x = 1 2", "E0117 trailing_text: expected the end of the statement, found `2` @ 2");
    error("BIND a b", "E0101 unexpected_token: expected `TO`, found `b` @ b");
    error("RESET", "E0102 unexpected_end: expected `SESSION`, found the end of the statement @ ");
    error(
        "SET timeout = 2s",
        "E0107 bad_number: `2s` is not a number @ 2s | a name cannot begin with a digit; write `'2s'` for a string",
    );
    error("SHOW", "E0102 unexpected_end: expected an expression, found the end of the statement @ ");
}
