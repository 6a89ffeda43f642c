"""INSERT, UPDATE, DELETE, ALTER, CREATE and DROP."""

import fixtures


def insert(s):
    """INSERT: forms, defaults, NOT NULL, types, and that a statement that fails changes nothing."""
    s.ok("DATASET d COLUMNS (id: Int, name: String?, score: Float NULL, n: Int DEFAULT 7)", duck="CREATE TABLE d (id BIGINT NOT NULL, name VARCHAR, score DOUBLE, n BIGINT NOT NULL DEFAULT 7)")
    look = "SELECT * FROM d"

    def step(statement, duck=None):
        s.ok(statement, duck)
        s.query(look)

    s.query(look)
    step("INSERT INTO d VALUES (1, 'one', 1.5, 10)")
    step("INSERT INTO d VALUES (2, NULL, NULL, 20), (3, 'three', 3.0, 30)")
    step("INSERT INTO d (id, name) VALUES (4, 'four')")
    step("INSERT INTO d (n, id) VALUES (50, 5)")
    step("INSERT INTO d (id) VALUES (6), (7)")
    step("INSERT INTO d (id = 8, name = 'eight')", duck="INSERT INTO d (id, name) VALUES (8, 'eight')")
    step("INSERT INTO d (id = 9, score = 2.5, n = 1)", duck="INSERT INTO d (id, score, n) VALUES (9, 2.5e0, 1)")
    step("INSERT INTO d VALUES (5 + 5, UPPER('ten'), 1 / 4, 2 * 3)")
    step("INSERT INTO d (id, score) VALUES (11, 3)")
    step("INSERT INTO d (id, n) VALUES (12, DEFAULT)")
    step("INSERT INTO d SELECT id + 100, name, score, n FROM d WHERE id < 3")
    step("INSERT INTO d (id, name) SELECT id + 200, name FROM d WHERE id = 4")
    step("INSERT INTO d SELECT 300, 'x', NULL, 1 WHERE false")
    step("INSERT INTO d (id, name) VALUES (13, '')")
    step("insert into D (ID, Name) values (14, 'it''s')")
    s.queries("""
        SELECT COUNT(*), SUM(n) FROM d
        SELECT id FROM d WHERE name IS NULL
        SELECT id FROM d WHERE name = ''
    """)
    s.section("Errors; each leaves the dataset as it was.")
    s.error("INSERT INTO d VALUES (1)")
    s.error("INSERT INTO d VALUES (1, 'a', 1.0, 1, 1)")
    s.error("INSERT INTO d (id, nosuch) VALUES (1, 2)", "nosuch")
    s.error("INSERT INTO d (id = 1, nosuch = 2)", "nosuch", duck="INSERT INTO d (id, nosuch) VALUES (1, 2)")
    s.error("INSERT INTO d (name) VALUES ('no id')", "id")
    s.error("INSERT INTO d VALUES (NULL, 'a', 1.0, 1)", "id")
    s.error("INSERT INTO d (id, n) VALUES (1, NULL)", "n")
    s.error("INSERT INTO d (id) VALUES ('abc')", "id", duck="INSERT INTO d (id) VALUES ('abc')")
    s.error("INSERT INTO d (id) VALUES (3.7)", "id", duck=False, why="3.7 is no Int; DuckDB rounds it")
    s.error("INSERT INTO d (id, id) VALUES (1, 2)", "id")
    s.error("INSERT INTO d (id, name) VALUES (1)")
    s.error("INSERT INTO d (id) VALUES (1, 2)")
    s.error("INSERT INTO nosuch VALUES (1)", "nosuch")
    s.error("INSERT INTO d (id) SELECT id, name FROM d")
    s.error("INSERT INTO d VALUES (400, 'a', 1.0, 1), (NULL, 'b', 2.0, 2)", "id")
    s.error("INSERT INTO d (id) SELECT CASE WHEN id = 2 THEN NULL ELSE id + 500 END FROM d", "id")
    s.error("INSERT INTO d (id, score) VALUES (401, 'abc')", "score")
    s.query(look)
    s.section("Types")
    s.ok("CREATE TABLE e (i Int, f Float, s String, b Bool, d Date, ts Timestamp)")
    s.ok("INSERT INTO e VALUES (9007199254740993, 1, 'x', TRUE, DATE '2024-02-29', TIMESTAMP '2024-02-29 10:00:00')")
    s.ok("INSERT INTO e VALUES (NULL, NULL, NULL, NULL, NULL, NULL)")
    s.ok("INSERT INTO e VALUES (2.0, 2, 'y', false, '2024-03-01', '2024-03-01 00:00:00')")
    s.ok("INSERT INTO e (i, f) VALUES (-5, -0.5), (0, 1e10)")
    s.queries("""
        SELECT * FROM e
        SELECT i FROM e WHERE i = 9007199254740993
        SELECT COUNT(*), COUNT(i), COUNT(b) FROM e
        SELECT i, f FROM e ORDER BY i
        SELECT s FROM e WHERE b
    """)
    s.error("INSERT INTO e (i) VALUES (9223372036854775808)")
    s.error("INSERT INTO e (d) VALUES ('2024-02-30')", "d")
    s.error("INSERT INTO e (b) VALUES ('maybe')", "b")
    s.error("INSERT INTO e (f) VALUES ('x')", "f")
    s.query("SELECT COUNT(*) FROM e")


def update(s):
    """UPDATE and DELETE: right sides see the old row, and a statement that fails changes nothing."""
    fixtures.small(s)
    fixtures.people(s)
    s.table("p", "id Int, a Int?, b Int?, s String?, ok Bool?", """
        1, 10, 100, 'x', true
        2, 20, 200, 'y', false
        3, NULL, 300, NULL, NULL
        4, 40, NULL, 'z', true
    """, dataset=True)
    steps = """
        UPDATE p SET a = b, b = a
        UPDATE p SET a = a + 1
        UPDATE p SET a = a + 1 WHERE id = 1
        UPDATE p SET a = 0 WHERE a IS NULL
        UPDATE p SET s = UPPER(s)
        UPDATE p SET s = CASE WHEN a > 100 THEN 'big' ELSE 'small' END
        UPDATE p SET s = s || '-' || id
        UPDATE p SET ok = a > 100
        UPDATE p SET ok = NOT ok WHERE id < 3
        UPDATE p SET a = NULL WHERE id = 2
        UPDATE p SET a = b * 2, b = NULL WHERE b > 20
        UPDATE p SET a = COALESCE(a, -1)
        UPDATE p SET a = 1, b = 2, s = 'all'
        UPDATE p SET a = id * 10, b = id * 100
        UPDATE p SET a = a WHERE false
        UPDATE p SET a = 5 WHERE NULL
        UPDATE p SET a = b DIV 7, b = b % 7
        UPDATE p SET a = (SELECT MAX(price) FROM t) WHERE id = 1
        UPDATE p SET b = (SELECT COUNT(*) FROM t WHERE t.id <= p.id)
        UPDATE p SET s = 'in' WHERE id IN (SELECT id FROM t WHERE g = 'a')
        UPDATE p SET s = 'none' WHERE NOT EXISTS (SELECT 1 FROM t WHERE t.id = p.id)
        UPDATE p SET a = CAST(2.0 * id AS Int)
        UPDATE P SET A = 99 where ID = 4
        UPDATE p SET a = -a, s = REVERSE(s)
        UPDATE p SET ok = NULL WHERE ok
    """
    for statement in (line.strip() for line in steps.strip().splitlines()):
        s.ok(statement)
        s.query("SELECT * FROM p")
    s.section("Errors; the dataset stays as it was.")
    s.error("UPDATE p SET nosuch = 1", "nosuch")
    s.error("UPDATE p SET a = nosuch", "nosuch")
    s.error("UPDATE p SET a = 1 WHERE nosuch = 1", "nosuch")
    s.error("UPDATE p SET id = NULL", "id")
    s.error("UPDATE p SET id = CASE WHEN id = 3 THEN NULL ELSE id END", "id")
    s.error("UPDATE p SET a = 'abc'", "a")
    s.error("UPDATE p SET a = 3.7", "a", duck=False, why="3.7 is no Int; DuckDB rounds it")
    s.error("UPDATE p SET a = 1 DIV (id - 2)", "(?i)zero")
    s.error("UPDATE p SET a = id * 9223372036854775807", "(?i)overflow")
    s.error("UPDATE nosuch SET a = 1", "nosuch")
    s.error("UPDATE p SET a = 1, a = 2", "a")
    s.error("UPDATE p SET a = (SELECT price FROM t)")
    s.error("UPDATE p a = 1")
    s.query("SELECT * FROM p")
    s.section("DELETE")
    deletes = """
        DELETE FROM t WHERE NOT (price * 2 > 10)
        DELETE FROM t WHERE x IS NULL
        DELETE FROM t WHERE NULL
        DELETE FROM t WHERE id = 99
        DELETE FROM t WHERE g = 'b'
    """
    for statement in (line.strip() for line in deletes.strip().splitlines()):
        s.ok(statement)
        s.query("SELECT * FROM t")
    people = """
        DELETE FROM emp WHERE salary < 60
        DELETE FROM emp WHERE dept_id NOT IN (SELECT id FROM dept)
        DELETE FROM emp WHERE name LIKE 'E%' OR hired > DATE '2022-01-01'
        DELETE FROM emp WHERE salary = (SELECT MIN(salary) FROM emp)
        DELETE FROM emp WHERE EXISTS (SELECT 1 FROM dept WHERE dept.id = emp.dept_id AND budget < 600)
        DELETE FROM emp
        DELETE FROM emp
    """
    for statement in (line.strip() for line in people.strip().splitlines()):
        s.ok(statement)
        s.query("SELECT id, name FROM emp")
    s.error("DELETE FROM p WHERE typo IS NULL", "typo")
    s.error("DELETE FROM nosuch", "nosuch")
    s.error("DELETE FROM p WHERE 1 DIV (id - 2) = 1", "(?i)zero")
    s.error("DELETE p")
    s.query("SELECT COUNT(*) FROM p")


def alter(s):
    """CREATE, ALTER and DROP of datasets."""
    fixtures.small(s)

    def step(statement, duck=None, look="SELECT * FROM t"):
        s.ok(statement, duck)
        s.query(look)

    step("ALTER DATASET t ADD COLUMN n: Int DEFAULT 5", duck="ALTER TABLE t ADD COLUMN n BIGINT DEFAULT 5")
    step("ALTER DATASET t ADD COLUMN note String?", duck="ALTER TABLE t ADD COLUMN note VARCHAR")
    step("INSERT INTO t (id, g, price, active) VALUES (4, 'c', 1, false)")
    step("UPDATE t SET note = 'cheap' WHERE price < 5")
    step("ALTER DATASET t RENAME COLUMN note TO remark", duck="ALTER TABLE t RENAME COLUMN note TO remark")
    s.query("SELECT id FROM t WHERE remark IS NOT NULL")
    s.error("SELECT note FROM t", "note")
    step("ALTER DATASET t DROP COLUMN remark", duck="ALTER TABLE t DROP COLUMN remark")
    step("ALTER DATASET t RENAME COLUMN n TO N2", duck='ALTER TABLE t RENAME COLUMN n TO "N2"')
    s.section("Computed columns: later rows have them, too.")
    again = "UPDATE t SET twice = price * 2, dear = price > 5, up = upper(g)"
    step("ALTER DATASET t ADD COLUMN twice = price * 2", duck=["ALTER TABLE t ADD COLUMN twice BIGINT", "UPDATE t SET twice = price * 2"])
    step("ALTER DATASET t ADD COLUMN dear = price > 5", duck=["ALTER TABLE t ADD COLUMN dear BOOLEAN", "UPDATE t SET dear = price > 5"])
    step("ALTER DATASET t ADD COLUMN up = UPPER(g)", duck=["ALTER TABLE t ADD COLUMN up VARCHAR", again])
    step("INSERT INTO t (id, g, price, active) VALUES (5, 'd', 50, true)", duck=["INSERT INTO t (id, g, price, active) VALUES (5, 'd', 50, true)", again])
    step("UPDATE t SET price = price + 1", duck=["UPDATE t SET price = price + 1", again])
    s.queries("""
        SELECT id FROM t WHERE dear
        SELECT up, SUM(twice) FROM t GROUP BY up
    """)
    s.error("UPDATE t SET twice = 0", "twice", duck=False, why="a computed column is not set by hand")
    s.error("INSERT INTO t (id, g, price, active, twice) VALUES (6, 'e', 1, true, 0)", "twice", duck=False, why="a computed column is not set by hand")
    s.query("SELECT * FROM t")
    step("ALTER DATASET t DROP COLUMN twice", duck="ALTER TABLE t DROP COLUMN twice")
    s.section("Errors")
    s.error("ALTER DATASET t ADD COLUMN id: Int", "id", duck="ALTER TABLE t ADD COLUMN id BIGINT")
    s.error("ALTER DATASET t ADD COLUMN ID: Int?", "(?i)id", duck="ALTER TABLE t ADD COLUMN ID BIGINT")
    s.error("ALTER DATASET t DROP COLUMN nosuch", "nosuch", duck="ALTER TABLE t DROP COLUMN nosuch")
    s.error("ALTER DATASET t RENAME COLUMN nosuch TO x2", "nosuch", duck="ALTER TABLE t RENAME COLUMN nosuch TO x2")
    s.error("ALTER DATASET t RENAME COLUMN id TO g", "g", duck="ALTER TABLE t RENAME COLUMN id TO g")
    s.error("ALTER DATASET t ADD COLUMN c = nosuch + 1", "nosuch", duck="SELECT nosuch + 1 FROM t")
    s.error("ALTER DATASET nosuch ADD COLUMN c: Int?", "nosuch", duck="ALTER TABLE nosuch ADD COLUMN c BIGINT")
    step("ALTER DATASET t ADD COLUMN c: Int", duck="ALTER TABLE t ADD COLUMN c BIGINT")
    s.query("SELECT COUNT(c) FROM t")
    step("ALTER DATASET t DROP COLUMN c", duck="ALTER TABLE t DROP COLUMN c")
    s.query("SELECT * FROM t")
    s.section("CREATE and DROP")
    s.ok("CREATE TABLE u (id INT NOT NULL, s VARCHAR, x DOUBLE DEFAULT 1.5)")
    s.ok("INSERT INTO u (id) VALUES (1)")
    s.query("SELECT * FROM u")
    s.error("CREATE TABLE u (id INT)", "u")
    s.error("DATASET U COLUMNS (id: Int)", "(?i)u", duck="CREATE TABLE U (id INT)")
    s.ok("CREATE TABLE IF NOT EXISTS u (other INT)")
    s.query("SELECT * FROM u")
    s.ok("DATASET IF NOT EXISTS u COLUMNS (other: Int)", duck=False)
    s.query("SELECT * FROM u")
    s.ok("CREATE OR REPLACE DATASET u COLUMNS (a: Int, b: Int?)", duck="CREATE OR REPLACE TABLE u (a BIGINT NOT NULL, b BIGINT)")
    s.query("SELECT COUNT(*) FROM u")
    s.ok("INSERT INTO u VALUES (1, NULL)")
    s.query("SELECT a, b FROM u")
    s.ok("DROP DATASET u", duck="DROP TABLE u")
    s.error("SELECT * FROM u", "u")
    s.error("DROP DATASET u", "u", duck="DROP TABLE u")
    s.ok("DROP DATASET u IF EXISTS", duck="DROP TABLE IF EXISTS u")
    s.ok("CREATE TABLE u AS SELECT id, price FROM t WHERE price > 5")
    s.query("SELECT * FROM u")
    s.ok("DROP TABLE u")
    s.error("DATASET bad COLUMNS (a: Int, A: Int)", "(?i)a", duck="CREATE TABLE bad (a INT, A INT)")
    s.error("DATASET bad COLUMNS (a: nosuch)", "nosuch", duck="CREATE TABLE bad (a nosuch)")
    s.error("SELECT * FROM bad", "bad")
    s.section("DATASET ... FROM")
    forms = [
        ("WHERE price > 5", "SELECT * FROM t WHERE price > 5"),
        ("FILTER price > 5 SELECT id, price", "SELECT id, price FROM t WHERE price > 5"),
        ("SELECT id, price * 2 AS twice", "SELECT id, price * 2 AS twice FROM t"),
        ("SELECT g, SUM(price) AS total GROUP BY g", "SELECT g, SUM(price) AS total FROM t GROUP BY g"),
        ("SELECT g, COUNT(*) AS n GROUP BY g HAVING COUNT(*) > 1", "SELECT g, COUNT(*) AS n FROM t GROUP BY g HAVING COUNT(*) > 1"),
        ("ORDER BY price DESC LIMIT 2", "SELECT * FROM t ORDER BY price DESC LIMIT 2"),
        ("SELECT id ORDER BY id LIMIT 2 OFFSET 1", "SELECT id FROM t ORDER BY id LIMIT 2 OFFSET 1"),
        ("FILTER active SELECT id ORDER BY price LIMIT 1", "SELECT id FROM t WHERE active ORDER BY price LIMIT 1"),
        ("", "SELECT * FROM t"),
    ]
    for number, (tail, duck) in enumerate(forms):
        s.ok(f"DATASET m{number} FROM t {tail}".rstrip(), duck=f"CREATE TABLE m{number} AS {duck}")
        s.query(f"SELECT * FROM m{number}")
    s.section("It is a copy: later changes of its source do not reach it.")
    s.ok("DELETE FROM t")
    s.query("SELECT COUNT(*) FROM m8")


FILES = {"change/insert": insert, "change/update_delete": update, "change/alter": alter}
