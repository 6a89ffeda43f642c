"""Constructs that a user of DuckDB or PostgreSQL writes every day."""

import fixtures


def selects(s):
    """DISTINCT ON in any order, shorter lists of aliases, stars of structs, quantified VALUES, ARRAY of a query."""
    fixtures.small(s)
    s.queries("""
        SELECT DISTINCT ON (g) * FROM t ORDER BY g, price DESC
        SELECT DISTINCT ON (g) g, price FROM t ORDER BY price DESC
        SELECT DISTINCT ON (g) * FROM t ORDER BY price DESC
        SELECT DISTINCT ON (g) g AS k, price + 1 AS p FROM t ORDER BY p DESC
        SELECT DISTINCT ON (g, active) g, active, price FROM t ORDER BY price
        SELECT DISTINCT ON (price % 2) id FROM t ORDER BY id DESC
        SELECT DISTINCT ON (g) id, price FROM t ORDER BY 2 DESC
        SELECT DISTINCT ON (g, active) id FROM t ORDER BY active, g DESC
        SELECT DISTINCT ON (g, active) id FROM t ORDER BY active, active, g
        SELECT DISTINCT ON (2) * FROM t ORDER BY 2, 3 DESC
        SELECT DISTINCT ON (g) * FROM t ORDER BY 3 DESC
        SELECT DISTINCT ON (2, 5) *, id + 1 AS n FROM t ORDER BY 5, 2, 6
        SELECT DISTINCT ON (1) g, price FROM t ORDER BY g, price DESC
        SELECT a, b, price FROM t AS u(a, b) ORDER BY a
        SELECT u.a, u.price FROM t u(a) WHERE u.price > 4 ORDER BY u.a
        SELECT a, g FROM (SELECT id, g FROM t) q(a) ORDER BY a
        WITH c(a) AS (SELECT id, g FROM t) SELECT a, g FROM c ORDER BY a
        SELECT v.a, w.price FROM t v(a) JOIN t w ON v.a = w.id ORDER BY v.a
        SELECT s.* FROM (SELECT {'a': 1, 'b': 'x'} AS s)
        SELECT id, s.* FROM (SELECT id, {'p': price, 'h': g} AS s FROM t) ORDER BY id
        SELECT s.* EXCLUDE (a) FROM (SELECT {'a': 1, 'b': 'x'} AS s)
        SELECT 1 = ANY(VALUES (1), (2)), 3 = ANY(VALUES (1), (2))
        SELECT 3 <> ALL(VALUES (1), (2)), 1 > ALL(VALUES (1), (2))
        SELECT id FROM t WHERE price = ANY(VALUES (4), (20)) ORDER BY id
        SELECT 1 IN (VALUES (1), (2)), EXISTS (VALUES (1))
        SELECT id FROM t ORDER BY id LIMIT 1.5
        SELECT id FROM t ORDER BY id LIMIT 1.2 OFFSET 0.6
        SELECT g, SUM(price), FROM t GROUP BY g, HAVING SUM(price) > 14 ORDER BY g
        SELECT * EXCLUDE (a.id) FROM t a JOIN t b ON a.id = b.id ORDER BY a.price
        SELECT * EXCLUDE (a.id, b.id, a.g, b.g, a.x, b.x, a.active, b.active) FROM t a JOIN t b ON a.id = b.id ORDER BY a.price
    """)
    s.queries("""
        SELECT ARRAY(SELECT price FROM t ORDER BY price DESC)::VARCHAR
        SELECT ARRAY(SELECT price FROM t WHERE price > 100)::VARCHAR
        SELECT len(ARRAY(SELECT price FROM t))
        SELECT id, ARRAY(SELECT u.price FROM t u WHERE u.price < t.price ORDER BY u.price)::VARCHAR FROM t ORDER BY id
        SELECT ARRAY(SELECT price * 2 FROM t ORDER BY id LIMIT 2)::VARCHAR
        SELECT ARRAY(SELECT DISTINCT g FROM t ORDER BY g)::VARCHAR
        SELECT ARRAY(SELECT DISTINCT g FROM t ORDER BY g DESC)::VARCHAR
        SELECT ARRAY(SELECT DISTINCT u.g FROM t u ORDER BY g DESC)::VARCHAR
        SELECT ARRAY(SELECT DISTINCT price % 7 FROM t ORDER BY price % 7 DESC)::VARCHAR
        SELECT ARRAY(SELECT price * 2 FROM t ORDER BY id DESC)::VARCHAR
        SELECT ARRAY(SELECT price * 2 AS p FROM t ORDER BY p + 1 DESC)::VARCHAR
        SELECT ARRAY(SELECT upper(g) || id FROM t ORDER BY price DESC, id)::VARCHAR
        SELECT ARRAY(SELECT SUM(price) FROM t GROUP BY g ORDER BY MAX(id) DESC)::VARCHAR
        SELECT ARRAY(SELECT g FROM t GROUP BY g ORDER BY g DESC)::VARCHAR
        SELECT ARRAY(SELECT DISTINCT ON (g) price FROM t ORDER BY g DESC, price DESC)::VARCHAR
        SELECT ARRAY(SELECT price * 2 FROM t ORDER BY price DESC LIMIT 2)::VARCHAR
        SELECT ARRAY(SELECT id FROM t UNION ALL SELECT 9 ORDER BY 1 DESC)::VARCHAR
        SELECT ARRAY(SELECT id FROM t UNION ALL SELECT 9 ORDER BY ALL DESC)::VARCHAR
        SELECT ARRAY(SELECT * FROM (SELECT price FROM t) ORDER BY price DESC)::VARCHAR
        SELECT ARRAY(SELECT * FROM (SELECT price FROM t) ORDER BY -price)::VARCHAR
    """)
    s.errors("""
        SELECT ARRAY(SELECT id, price FROM t)
        SELECT ARRAY(SELECT id, price FROM t UNION ALL SELECT 1, 2)
        SELECT ARRAY(SELECT id FROM t ORDER BY 2)
        SELECT DISTINCT ON (9) * FROM t ORDER BY 1
    """)
    s.error("SELECT ARRAY(SELECT * FROM t)", "one column, not of 5", duck=False,
            why="DuckDB takes the first column of a star, and refuses several that are written.")
    s.error("SELECT ARRAY(SELECT * FROM t ORDER BY price + 1)", "one column, not of 5", duck=False,
            why="DuckDB takes the first column of a star, and refuses several that are written.")
    s.queries("""
        SELECT SUM(price::DOUBLE), SUM(price) FROM t
        SELECT g, MAX(price::VARCHAR), MAX(price), MAX(price::VARCHAR) FROM t GROUP BY g HAVING MAX(price::VARCHAR) > '1' ORDER BY MAX(price) DESC
        SELECT id, MAX(price::VARCHAR) OVER (ORDER BY id) AS a, MAX(price) OVER (ORDER BY id) AS b FROM t ORDER BY id
    """)
    for statement in [
        "SELECT COUNT(*) FILTER (price > 4), SUM(price) FILTER (active) FROM t",
        "SELECT g, COUNT(*) FILTER (price > 4) AS n FROM t GROUP BY g ORDER BY g",
        "SELECT g FROM t GROUP BY g HAVING COUNT(*) FILTER (price > 4) > 0 ORDER BY g",
    ]:
        s.query(statement, duck=statement.replace("FILTER (", "FILTER (WHERE "))


def unnested(s):
    """Lists of columns that a FROM opens."""
    s.table("p", "a Int, b Int", "1, 2\n3, 4")
    s.queries("""
        SELECT a, x FROM p, unnest([a, b]) u(x) ORDER BY a, x
        SELECT a, x FROM p, LATERAL unnest([a, b * 10]) AS u(x) ORDER BY a, x
        SELECT a, x FROM p CROSS JOIN unnest([a, b]) u(x) ORDER BY a, x
        SELECT SUM(x) FROM p, unnest([a, b]) u(x)
        SELECT a, x FROM p, unnest([p.b, NULL, a]) u(x) ORDER BY a, x NULLS FIRST
        SELECT a, (SELECT MAX(x) FROM unnest([a, b]) u(x)) AS m FROM p ORDER BY a
        SELECT a, (SELECT [p.a, p.b]::VARCHAR) AS l FROM p ORDER BY a
    """)
    s.query("SELECT list_transform([a, b], x -> [x, a + x])::VARCHAR AS l FROM p ORDER BY a",
            duck="SELECT list_transform([a, b], lambda x: [x, a + x])::VARCHAR AS l FROM p ORDER BY a")


def shown(s):
    """SHOW and DESCRIBE in a FROM, and the functions that list the catalog."""
    s.table("a", "id Int, name String?", "1, 'x'")
    s.table("b", "k Int", "1")
    s.queries("""
        SELECT name FROM (SHOW TABLES) ORDER BY name
        SELECT COUNT(*) FROM (SHOW TABLES) WHERE name = 'a'
        SELECT table_name, column_count FROM duckdb_tables() WHERE schema_name = current_schema() ORDER BY table_name
        SELECT column_name FROM duckdb_columns() WHERE table_name = 'a' AND schema_name = current_schema() ORDER BY column_index
        SELECT name FROM pragma_table_info('a') ORDER BY cid
        SELECT COUNT(*) > 10 FROM duckdb_settings()
        SELECT COUNT(*) > 100 FROM duckdb_functions()
    """)
    s.query("SELECT `column`, `nullable` FROM (DESCRIBE a)", expect=[("id", False), ("name", True)],
            why="The columns of DESCRIBE have linal's names.")


def aggregates(s):
    """Sums of Booleans and of NULL, spreads of distinct values, the number of a grouping set."""
    fixtures.small(s)
    s.table("n", "a Int?, k Int", "1, 1\n1, 1\n4, 1\n7, 2\nNULL, 2")
    s.queries("""
        SELECT SUM(active) FROM t
        SELECT g, SUM(active) FROM t GROUP BY g ORDER BY g
        SELECT SUM(price > 4) FROM t
        SELECT SUM(NULL), AVG(NULL), COUNT(NULL)
        SELECT stddev(DISTINCT a), variance(DISTINCT a), stddev_pop(DISTINCT a), var_pop(DISTINCT a) FROM n
        SELECT k, stddev(DISTINCT a) FROM n GROUP BY k ORDER BY k
        SELECT avg(DISTINCT a), sum(DISTINCT a), median(DISTINCT a) FROM n
        SELECT k, a, COUNT(*), grouping_id(k, a) AS i FROM n GROUP BY ROLLUP (k, a) ORDER BY k, a, i
    """)


def json_parts(s):
    """json_each and json_tree."""
    s.table("j", "id Int, v String", """1, '{"a": 1, "b": [2, 3]}'\n2, '[10, "x", null]'\n3, '5'""")
    s.queries("""
        SELECT key, value::VARCHAR, type FROM json_each('{"a": 1, "b": [2, 3]}') ORDER BY id
        SELECT key, value::VARCHAR, type, atom::VARCHAR, fullkey, path FROM json_each('[10, "x", null, {"c": 1}]') ORDER BY id
        SELECT key, type, id, parent, fullkey FROM json_tree('{"a": 1, "b": [2, {"c": null}]}') ORDER BY id
        SELECT key, value::VARCHAR FROM json_each('{"a": {"x": 5, "y": 6}}', '$.a') ORDER BY key
        SELECT j.id, e.key, e.value::VARCHAR FROM j, json_each(j.v) e ORDER BY j.id, e.id
        SELECT j.id, COUNT(*) FROM j, json_tree(v) GROUP BY j.id ORDER BY j.id
        SELECT COUNT(*) FROM json_each('[]')
        SELECT COUNT(*) FROM json_each(NULL)
        SELECT key, value::VARCHAR FROM json_each('7')
        SELECT COUNT(*) FROM json_tree(repeat('[', 200) || repeat(']', 200))
        SELECT from_json('5', '{"a": "INT"}') IS NULL, from_json('5', '{"a": "INT"}').a IS NULL
        SELECT from_json('5', '["INT"]') IS NULL
        SELECT json_extract(repeat('[', 300) || repeat(']', 300), '$[0]') IS NULL
    """)
    s.errors("""
        SELECT * FROM json_each('{')
    """)
    why = "The paths of all parts would take memory in the square of the depth, and other functions the stack."
    for call in ["json_structure({})", "json_pretty({})", "json_contains({}, '1')"]:
        deep = call.format("repeat('[', 201) || repeat(']', 201)")
        s.error(f"SELECT {deep}", "nested more than 200 levels", duck=False, why=why)
    for call in ["json_each", "json_tree"]:
        s.error(f"SELECT COUNT(*) FROM {call}(repeat('[', 100000) || repeat(']', 100000))",
                "nested more than 200 levels", duck=False, why=why)


def enums(s):
    """Enum types that are written where they are used, and columns that become enums."""
    s.ok("CREATE TABLE shirts (id INT, size ENUM ('small', 'large'))")
    s.ok("INSERT INTO shirts VALUES (1, 'large'), (2, 'small'), (3, NULL)")
    s.queries("""
        SELECT id, size FROM shirts ORDER BY id
        SELECT id FROM shirts WHERE size = 'large'
        SELECT 'y'::ENUM ('x', 'y'), TRY_CAST('z' AS ENUM ('x', 'y'))
        SELECT 'b'::ENUM ('b', 'a') < 'a'::ENUM ('b', 'a')
    """)
    s.error("INSERT INTO shirts VALUES (4, 'huge')")
    s.error("SELECT 'z'::ENUM ('x', 'y')")
    s.error("CREATE TABLE twice (a ENUM ('x', 'x'))")
    s.ok("CREATE TYPE mood AS ENUM ('sad', 'ok')")
    s.ok("CREATE TABLE people (name VARCHAR, m VARCHAR)")
    s.ok("INSERT INTO people VALUES ('a', 'ok'), ('b', 'sad'), ('c', NULL)")
    s.ok("ALTER TABLE people ALTER COLUMN m TYPE mood")
    s.queries("""
        SELECT name, m FROM people ORDER BY name
        SELECT name FROM people WHERE m IS NOT NULL ORDER BY m
    """)
    s.error("INSERT INTO people VALUES ('d', 'none')")
    s.ok("CREATE SCHEMA s1")
    s.ok("CREATE TYPE s1.loud AS ENUM ('low', 'high')")
    s.ok("CREATE TABLE alarms (a s1.loud)")
    s.ok("INSERT INTO alarms VALUES ('high')")
    s.queries("""
        SELECT a FROM alarms
    """)


def definitions(s):
    """CREATE, ALTER and EXECUTE in the forms of DuckDB and PostgreSQL."""
    s.ok("CREATE TABLE a (id INT, name VARCHAR,)")
    s.ok("INSERT INTO a VALUES (1, 'x')")
    s.ok("CREATE TABLE none AS SELECT id, name FROM a WITH NO DATA")
    s.ok("CREATE TABLE same AS (SELECT id FROM a) WITH DATA")
    s.ok("CREATE LOCAL TEMPORARY TABLE tmp (k INT)")
    s.ok("ALTER TABLE IF EXISTS nowhere ADD COLUMN c INT")
    s.ok("ALTER TABLE IF EXISTS a ADD COLUMN c INT DEFAULT 5")
    s.queries("""
        FROM a
        SELECT COUNT(*) FROM none
        SELECT id FROM same
        SELECT COUNT(*) FROM tmp
    """)
    s.error("ALTER TABLE nowhere ADD COLUMN c INT")
    s.ok("CREATE RECURSIVE VIEW counted(n) AS SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 4")
    s.queries("""
        SELECT n FROM counted ORDER BY n
    """)
    s.ok("CREATE TABLE checked (a INT CHECK (a > 0), b INT, c INT AS (a * 2))", duck="CREATE TABLE checked (a INT CHECK (a > 0), b INT, c INT AS (a * 2))")
    s.ok("ALTER TABLE checked RENAME COLUMN b TO d")
    s.ok("INSERT INTO checked (a, d) VALUES (1, 2)")
    s.queries("""
        SELECT a, d, c FROM checked
    """)
    s.ok("CREATE MACRO plus(a INTEGER, b INTEGER := 2) AS a + b")
    s.queries("""
        SELECT plus(1), plus(1, b := 5)
    """)
    s.ok("PREPARE p AS SELECT $a + $b AS s")
    s.query("EXECUTE p(a := 5, b := 6)", duck="SELECT 11 AS s")
    s.ok("CREATE TABLE excluded (k INT PRIMARY KEY, v INT)")
    s.ok("INSERT INTO excluded VALUES (1, 1)")
    s.queries("""
        SELECT excluded.k FROM excluded
    """)


def merges(s):
    """MERGE with USING of a column."""
    s.table("stock", "id Int, n Int", "1, 1\n2, 2")
    s.table("news", "id Int, n Int", "2, 20\n3, 30")
    s.ok("MERGE INTO stock USING news USING (id) WHEN MATCHED THEN UPDATE SET n = news.n WHEN NOT MATCHED THEN INSERT VALUES (news.id, news.n)")
    s.queries("""
        SELECT id, n FROM stock ORDER BY id
    """)


def functions(s):
    """Functions with fewer arguments than PostgreSQL's, and parts of dates as a struct."""
    s.queries("""
        SELECT decode(encode('abé'))
        SELECT octet_length(encode('é'))
        SELECT date_part(['year', 'month'], DATE '2024-03-05').year
        SELECT date_part(['year', 'month'], DATE '2024-03-05')::VARCHAR
    """)


FILES = {
    "sql/everyday_selects": selects,
    "sql/everyday_unnest": unnested,
    "sql/everyday_catalog": shown,
    "sql/everyday_aggregates": aggregates,
    "sql/everyday_json": json_parts,
    "sql/everyday_enums": enums,
    "sql/everyday_definitions": definitions,
    "sql/everyday_merge": merges,
    "sql/everyday_functions": functions,
}
