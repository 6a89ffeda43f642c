"""The same expressions in every place where an expression may stand: there they must mean the same."""

import fixtures
from dialect import to_duckdb

# An expression over the table `t` of right-answers.md, with its kind.
EXPRESSIONS = """
int     price
int     -price
int     price + id
int     price * 2 - 1
int     price DIV 3
int     price % 3
int     CASE WHEN active THEN price ELSE -price END
int     LENGTH(g || 'é')
int     ABS(id - 2)
int     COALESCE(CAST(x AS Int), id)
float   x
float   price / 3
float   x + price
float   x * 0.5
float   IFNULL(x, 0.25)
float   price / (id - 2)
text    g
text    UPPER(g)
text    g || id
text    CASE WHEN x IS NULL THEN NULL ELSE g END
bool    active
bool    NOT active
bool    price > 5
bool    x < 5
bool    price + x IS NULL
bool    g IN ('a', 'c') AND price >= 10
bool    price BETWEEN 4 AND 10
bool    active OR x > 100
"""
TESTS = {"int": "> 5", "float": "> 2", "text": "> 'a'", "bool": "IS TRUE"}
MAXIMA = {"int": "MAX", "float": "MAX", "text": "MAX", "bool": "BOOL_OR"}
TYPES = {"int": ("Int", "BIGINT"), "float": ("Float", "DOUBLE"), "text": ("String", "VARCHAR"), "bool": ("Bool", "BOOLEAN")}


def expressions():
    return [line.split(maxsplit=1) for line in EXPRESSIONS.strip().splitlines()]


def duck_of(expression):
    """What DuckDB is asked for: its cast rounds, ours drops the fraction."""
    return expression.replace("CAST(x AS Int)", "CAST(TRUNC(x) AS Int)")


def queries(s):
    """Expressions in the clauses of SELECT."""
    fixtures.small(s)

    def ask(template, expression):
        s.query(template.replace("@", expression), duck=to_duckdb(template.replace("@", duck_of(expression))))

    for kind, expression in expressions():
        s.section(expression)
        test, maximum = TESTS[kind], MAXIMA[kind]
        ask("SELECT id, @ FROM t", expression)
        ask(f"SELECT id FROM t WHERE (@) {test}", expression)
        ask(f"SELECT id, CASE WHEN (@) {test} THEN 'yes' ELSE 'no' END FROM t", expression)
        ask("SELECT id FROM t ORDER BY @, id", expression)
        ask("SELECT @ AS k, COUNT(*) FROM t GROUP BY @", expression)
        ask(f"SELECT g FROM t GROUP BY g HAVING {maximum}(@) {test}", expression)
        ask(f"SELECT id, {maximum}(@) OVER (PARTITION BY g) FROM t", expression)
        ask(f"SELECT p.id, q.id FROM t p JOIN (SELECT id, @ AS k FROM t) q ON p.id = q.id AND q.k {test}", expression)


def changes(s):
    """Expressions in UPDATE, DELETE and computed columns."""
    fixtures.small(s)
    s.ok("CREATE TABLE u (id Int, i Int, f Float, s String, b Bool)")
    for kind, expression in expressions():
        s.section(expression)
        name, duck_name = TYPES[kind]
        duck = to_duckdb(duck_of(expression))
        s.ok(f"ALTER DATASET t ADD COLUMN c = {expression}", duck=[f"ALTER TABLE t ADD COLUMN c {duck_name}", f"UPDATE t SET c = {duck}"])
        s.query("SELECT id, c FROM t")
        s.ok("ALTER DATASET t DROP COLUMN c", duck="ALTER TABLE t DROP COLUMN c")
        s.ok(f"ALTER DATASET t ADD COLUMN c: {name}?", duck=f"ALTER TABLE t ADD COLUMN c {duck_name}")
        s.ok(f"UPDATE t SET c = {expression} WHERE id > 1", duck=f"UPDATE t SET c = {duck} WHERE id > 1")
        s.query("SELECT id, c FROM t")
        s.ok("ALTER DATASET t DROP COLUMN c", duck="ALTER TABLE t DROP COLUMN c")


def pipelines(s):
    """Expressions in steps of pipelines."""
    fixtures.small(s)
    for number, (kind, expression) in enumerate(expressions()):
        s.section(expression)
        test = TESTS[kind]
        duck = to_duckdb(duck_of(expression))
        s.ok(f"DEFINE PIPELINE p AS COMPUTE c = {expression} THEN WHERE c {test} THEN SELECT id, c", duck=False)
        s.ok(f"APPLY PIPELINE p ON t INTO u{number}", duck=f"CREATE TABLE u{number} AS SELECT id, c FROM (SELECT id, {duck} AS c FROM t) q WHERE c {test}")
        s.query(f"SELECT * FROM u{number}")
        s.ok(f"DEFINE PIPELINE p AS FILTER ({expression}) {test} THEN ORDER BY id DESC THEN LIMIT 1 THEN SELECT id, g", duck=False)
        s.ok(f"APPLY PIPELINE p ON t INTO w{number}", duck=f"CREATE TABLE w{number} AS SELECT id, g FROM t WHERE ({duck}) {test} ORDER BY id DESC LIMIT 1")
        s.query(f"SELECT * FROM w{number}")


FILES = {"places/queries": queries, "places/changes": changes, "places/pipelines": pipelines}
