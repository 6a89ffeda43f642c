"""Pipelines, TRANSFORM, and datasets whose columns are tensors."""

import numpy as np

import fixtures


def pipelines(s):
    """The steps of pipelines, and what APPLY and TRANSFORM do to their source."""
    fixtures.sales(s)
    fixtures.small(s)
    # Steps of a pipeline, and a query that does the same. Each step sees what the step before it gives.
    cases = [
        ("SELECT id, qty", "SELECT id, qty FROM sales"),
        ("SELECT id, qty * 2 AS twice", "SELECT id, qty * 2 AS twice FROM sales"),
        ("WHERE qty > 4", "SELECT * FROM sales WHERE qty > 4"),
        ("FILTER qty > 4", "SELECT * FROM sales WHERE qty > 4"),
        ("WHERE qty > 4 THEN WHERE region = 'north'", "SELECT * FROM sales WHERE qty > 4 AND region = 'north'"),
        ("WHERE region IS NULL THEN SELECT id", "SELECT id FROM sales WHERE region IS NULL"),
        ("SELECT id, qty AS n THEN WHERE n > 4", "SELECT * FROM (SELECT id, qty AS n FROM sales) q WHERE n > 4"),
        ("ORDER BY id DESC THEN LIMIT 3", "SELECT * FROM sales ORDER BY id DESC LIMIT 3"),
        ("ORDER BY qty DESC NULLS LAST, id THEN LIMIT 2 THEN SELECT id", "SELECT id FROM sales ORDER BY qty DESC NULLS LAST, id LIMIT 2"),
        ("ORDER BY id THEN OFFSET 9", "SELECT * FROM sales ORDER BY id OFFSET 9"),
        ("ORDER BY id THEN LIMIT 5 THEN OFFSET 3", "SELECT * FROM sales ORDER BY id LIMIT 2 OFFSET 3"),
        ("ORDER BY id THEN LIMIT 5 THEN WHERE qty > 5", "SELECT * FROM (SELECT * FROM sales ORDER BY id LIMIT 5) q WHERE qty > 5"),
        ("ORDER BY id THEN LIMIT 5 THEN ORDER BY id DESC THEN LIMIT 2", "SELECT * FROM (SELECT * FROM sales ORDER BY id LIMIT 5) q ORDER BY id DESC LIMIT 2"),
        ("SELECT region THEN DISTINCT", "SELECT DISTINCT region FROM sales"),
        ("SELECT region, product THEN DISTINCT", "SELECT DISTINCT region, product FROM sales"),
        ("SELECT region THEN DISTINCT THEN WHERE region IS NOT NULL", "SELECT DISTINCT region FROM sales WHERE region IS NOT NULL"),
        ("COMPUTE total = qty + amount THEN SELECT id, total", "SELECT id, qty + amount AS total FROM sales"),
        ("COMPUTE a = qty * 2 THEN COMPUTE b = a + 1 THEN SELECT id, a, b", "SELECT id, qty * 2 AS a, qty * 2 + 1 AS b FROM sales"),
        ("COMPUTE big = qty > 4 THEN WHERE big THEN SELECT id", "SELECT id FROM sales WHERE qty > 4"),
        ("COMPUTE up = UPPER(region) THEN SELECT id, up", "SELECT id, UPPER(region) AS up FROM sales"),
        ("GROUP BY region SELECT region, SUM(qty) AS total", "SELECT region, SUM(qty) AS total FROM sales GROUP BY region"),
        ("WHERE qty > 2 THEN GROUP BY region SELECT region, COUNT(*) AS n", "SELECT region, COUNT(*) AS n FROM sales WHERE qty > 2 GROUP BY region"),
        ("GROUP BY region SELECT region, SUM(qty) AS total THEN WHERE total > 15", "SELECT region, SUM(qty) AS total FROM sales GROUP BY region HAVING SUM(qty) > 15"),
        ("GROUP BY region, product SELECT region, product, AVG(amount) AS mean", "SELECT region, product, AVG(amount) AS m FROM sales GROUP BY region, product"),
        ("WHERE false", "SELECT * FROM sales WHERE false"),
        ("LIMIT 0", "SELECT * FROM sales LIMIT 0"),
        ("LIMIT 100", "SELECT * FROM sales"),
    ]
    for number, (steps, same) in enumerate(cases):
        s.ok(f"DEFINE PIPELINE p AS {steps}", duck=False)
        s.ok(f"APPLY PIPELINE p ON sales INTO u{number}", duck=f"CREATE TABLE u{number} AS {same}")
        s.query(f"SELECT * FROM u{number}")
    s.section("Without INTO the source is replaced; an INTO that is there is replaced, too.")
    s.ok("DEFINE PIPELINE shrink AS WHERE price > 5 THEN COMPUTE half = price / 2", duck=False)
    s.ok("APPLY PIPELINE shrink ON t", duck="CREATE OR REPLACE TABLE t AS SELECT *, price / 2 AS half FROM t WHERE price > 5")
    s.query("SELECT * FROM t")
    s.ok("APPLY PIPELINE p ON t INTO u0", duck="CREATE OR REPLACE TABLE u0 AS FROM t")
    s.query("SELECT * FROM u0")
    s.ok("TRANSFORM t SELECT id, price * 10 AS price WHERE id = 3 INTO v", duck="CREATE TABLE v AS SELECT id, price * 10 AS price FROM t WHERE id = 3")
    s.query("SELECT * FROM v")
    s.ok("TRANSFORM t SELECT id, g INTO v", duck="CREATE OR REPLACE TABLE v AS SELECT id, g FROM t")
    s.query("SELECT * FROM v")
    s.ok("TRANSFORM t SELECT id, price", duck="CREATE OR REPLACE TABLE t AS SELECT id, price FROM t")
    s.query("SELECT * FROM t")
    s.section("What fails changes nothing.")
    s.ok("DEFINE PIPELINE bad AS COMPUTE c = 1 DIV (price - 10)", duck=False)
    s.error("APPLY PIPELINE bad ON t", "(?i)zero", duck="SELECT 1 // (price - 10) FROM t")
    s.ok("DEFINE PIPELINE typo AS WHERE nosuch > 1", duck=False)
    s.error("APPLY PIPELINE typo ON t", "nosuch", duck="SELECT * FROM t WHERE nosuch > 1")
    s.error("APPLY PIPELINE nosuch ON t", "nosuch", duck="SELECT * FROM nosuch")
    s.error("APPLY PIPELINE p ON nosuch", "nosuch", duck="SELECT * FROM nosuch")
    s.error("TRANSFORM t SELECT nosuch", "nosuch", duck="SELECT nosuch FROM t")
    s.ok("DROP PIPELINE typo", duck=False)
    s.error("APPLY PIPELINE typo ON t", "typo", duck="SELECT * FROM typo")
    s.query("SELECT * FROM t")


def tensor_columns(s):
    """Datasets that are given tensors as columns, and columns that are read as tensors."""
    a, m = np.array([1, 2, 3.0]), np.array([[1, 2], [3, 4], [5, 6.0]])

    def say(statement):
        s.emit(f"statement ok\n{statement}")

    def fail(statement):
        s.emit(f"statement error\n{statement}")

    say("VECTOR a = [1, 2, 3]")
    say("MATRIX m = [[1, 2], [3, 4], [5, 6]]")
    say('LET ds = dataset("x")')
    say('ds.add_column("a", a)')
    s.computed("SELECT * FROM x", [[value] for value in a])
    say("ds.add_column(m, m)")
    s.computed("SELECT a, m FROM x", [[value, row] for value, row in zip(a, m)])
    say("LET b = a * 10")
    say("ATTACH b TO ds.b")
    s.computed("SELECT b FROM x WHERE a > 1", [[20.0], [30.0]])
    s.computed("SELECT SUM(a), SUM(b), COUNT(*) FROM x", [[6.0, 60.0, 3]])
    s.computed("SELECT SUM(m) FROM x", [[m.sum(0)]])
    s.computed("SELECT a, DOT(m, [1, 1]) FROM x", [[value, float(row.sum())] for value, row in zip(a, m)])
    s.computed("SELECT a + b FROM x ORDER BY a DESC", [[33.0], [22.0], [11.0]])
    s.section("A column is a tensor of the session: all its rows at once.")
    say("LET c = ds.a + ds.b")
    s.computed("SELECT c", [[np.array([11, 22, 33.0])]])
    say("LET s = SUM ds.m AXIS 0")
    s.computed("SELECT s", [[m.sum(0)]])
    s.computed("SELECT * FROM ROWS(c)", [[0, 11.0], [1, 22.0], [2, 33.0]])
    s.section("The column keeps what it was given when the name gets another value.")
    say("LET a = a + 100")
    s.computed("SELECT a FROM x", [[1.0], [2.0], [3.0]])
    s.section("A view becomes a column in its logical order.")
    say("MATRIX w = [[1, 2, 3], [4, 5, 6]]")
    say("LET tr = TRANSPOSE w")
    say("ATTACH tr TO ds.tr")
    s.computed("SELECT tr FROM x", [[np.array(row)] for row in ([1, 4.0], [2, 5.0], [3, 6.0])])
    say("VECTOR long = [0, 1, 2, 3, 4, 5]")
    say("LET even = long[::2]")
    say("ATTACH even TO ds.even")
    s.computed("SELECT even FROM x", [[0.0], [2.0], [4.0]])
    s.section("Tensors from queries")
    say("LET one = (SELECT b FROM x ORDER BY a)")
    s.computed("SELECT one", [[np.array([10, 20, 30.0])]])
    say("LET two = (SELECT a, b FROM x ORDER BY a)")
    s.computed("SELECT two", [[np.array([[1, 10], [2, 20], [3, 30.0]])]])
    say("LET three = (SELECT m FROM x ORDER BY a)")
    s.computed("SELECT three", [[m]])
    say("LET total = (SELECT SUM(b) FROM x)")
    s.computed("SELECT total + 1", [[61.0]])
    s.computed("SELECT a FROM x WHERE b > total / 2", [], types="R")
    s.section("BIND follows the dataset.")
    say("DATASET d COLUMNS (n: Int)")
    say("INSERT INTO d VALUES (1)")
    say("BIND alias TO d")
    say("INSERT INTO d VALUES (2)")
    s.computed("SELECT * FROM alias", [[1], [2]])
    s.section("Errors")
    fail("ATTACH long TO ds.other")
    fail("ATTACH nosuch TO ds.other")
    fail("ATTACH b TO nosuch.b")
    fail('ds.add_column("a", long)')
    fail("SELECT other FROM x")
    s.computed("SELECT COUNT(*) FROM x", [[3]])


FILES = {"pipeline/steps": pipelines, "vector/tensor_columns": tensor_columns}
