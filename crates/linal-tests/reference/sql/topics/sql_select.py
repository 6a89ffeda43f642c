"""SQL that people write: aliases of other items, FROM-first, stars, set operations by name, literals."""

import fixtures


def aliases(s):
    """Aliases of items in other items and in other clauses."""
    fixtures.small(s)
    fixtures.people(s)
    s.queries("""
        SELECT id, price * 2 AS y, y + 1 AS z FROM t
        SELECT price AS a, a + 1 AS b, b * a AS c, c - b AS d FROM t
        SELECT price * 2 AS y FROM t WHERE y > 10
        SELECT price * 2 AS y, y / 4 AS q FROM t WHERE q > 3 AND y < 30
        SELECT g AS k, COUNT(*) AS n, SUM(price) AS total, total / n AS mean FROM t GROUP BY k
        SELECT g AS k, SUM(price) AS total, total * 2 AS twice FROM t GROUP BY g HAVING total > 14
        SELECT g AS k, SUM(price) AS total FROM t GROUP BY k HAVING total > 14 AND k = 'b'
        SELECT SUM(price) AS s, s + 1 AS h FROM t
        SELECT SUM(price) AS s, COUNT(*) AS n, s / n AS m, m * 2 AS mm FROM t WHERE price > 100
        SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS rn, rn * 10 AS ten FROM t
        SELECT id, price * 2 AS y, SUM(y) OVER (ORDER BY id) AS w, w + 1 AS v FROM t
        SELECT id, price % 3 AS m, RANK() OVER (PARTITION BY m ORDER BY price DESC) AS r FROM t QUALIFY r = 1
        SELECT id, price AS p, LAG(p) OVER (ORDER BY id) AS before, p - before AS change FROM t QUALIFY change > 5
        SELECT id, price + 1 AS id2, id2 + id AS all2 FROM t ORDER BY all2 DESC
        SELECT price + 1 AS id, id + 1 AS c FROM t
        SELECT id AS a, (SELECT MAX(u.price) FROM t u WHERE u.id <= a) AS top FROM t
        SELECT price AS p, EXISTS (SELECT 1 FROM t u WHERE u.price = p + 6) AS has FROM t
        SELECT 1 AS a, a + 1 AS b, b + 1 AS c
        SELECT 1 AS a, (SELECT a + 1) AS b
        SELECT CASE WHEN price > 5 THEN 'much' ELSE 'little' END AS size, size || '!' AS loud FROM t
        SELECT x AS v, v IS NULL AS missing, COALESCE(v, 0) + 1 AS w FROM t
        SELECT UPPER(g) AS u, u || id AS label FROM t WHERE u = 'A'
        SELECT e.name AS who, who || '?' AS asked FROM emp e JOIN dept d ON e.dept_id = d.id WHERE who < 'C'
        SELECT salary AS s, s * 2 AS d FROM emp WHERE d > 150 ORDER BY d, s
        SELECT k, twice FROM (SELECT g AS k, SUM(price) AS p, p * 2 AS twice FROM t GROUP BY g) q
        WITH c AS (SELECT id, price * 2 AS y, y + 1 AS z FROM t) SELECT z - y, id FROM c
        SELECT y FROM (SELECT price * 2 AS y, y + 1 AS z FROM t WHERE z > 9) q ORDER BY y
        SELECT price AS y, y + 1 AS z FROM t UNION ALL SELECT id AS q, q * 2 AS r FROM t
        SELECT DISTINCT g AS k, k || k AS kk FROM t
        SELECT COUNT(*) AS n, n > 2 AS many FROM t WHERE false
        SELECT id AS a, a AS b, b AS c FROM t ORDER BY c
        SELECT 1 AS a, 2 AS a, a + 1 AS b
        SELECT MAX(price) AS m, MIN(price) AS k, (m - k) AS spread, spread * 1.0 / m AS part FROM t
        SELECT LENGTH(g) AS l, g AS s FROM t ORDER BY LENGTH(s), s, id
    """)
    s.query(
        "SELECT price * 2 AS y, (SELECT COUNT(*) FROM t u WHERE u.price < y) AS n, n + y AS s FROM t",
        duck="SELECT price * 2 AS y, (SELECT COUNT(*) FROM t u WHERE u.price < y) AS n, "
        "(SELECT COUNT(*) FROM t u WHERE u.price < y) + y AS s FROM t",
    )
    s.errors("""
        SELECT z + 1 AS y, price AS z FROM t
        SELECT a + 1 AS a FROM t
        SELECT y AS z, z AS y FROM t
        SELECT SUM(price) AS s FROM t WHERE s > 1
        SELECT ROW_NUMBER() OVER () AS r FROM t WHERE r > 1
    """)


def from_first(s):
    """FROM before SELECT or without it, VALUES and TABLE."""
    fixtures.small(s)
    s.queries("""
        FROM t
        FROM t SELECT id
        FROM t SELECT id, price * 2 AS y WHERE y > 10
        FROM t WHERE price > 5
        FROM t ORDER BY id DESC
        FROM t WHERE price > 5 ORDER BY id LIMIT 1
        FROM t SELECT g, COUNT(*) AS n GROUP BY g HAVING n > 1
        FROM t u JOIN t v ON u.id = v.id + 1 SELECT u.id, v.price
        FROM (FROM t WHERE active) SELECT id
        FROM (SELECT id FROM t) q WHERE id > 1
        SELECT id FROM t WHERE price IN (FROM t SELECT MAX(price))
        SELECT (FROM t SELECT MAX(price)) AS top
        WITH c AS (FROM t SELECT id) FROM c WHERE id < 3
        WITH c AS (FROM t) SELECT id FROM c
        FROM t SELECT id UNION ALL FROM t SELECT price
        SELECT id FROM t UNION ALL FROM t SELECT price
        TABLE t
        TABLE t ORDER BY id DESC LIMIT 2
        SELECT id FROM (TABLE t) q
        WITH c AS (SELECT 1 AS a) TABLE c
        VALUES (1), (2)
        VALUES (1, 'a'), (2, NULL)
        VALUES (1), (2) ORDER BY 1 DESC
        SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(n, s)
        SELECT * FROM VALUES (1, 'a'), (2, 'b') AS v(n, s)
        SELECT v.n + 1 FROM VALUES (1), (2) v(n) WHERE n > 1
        SELECT a.n, b.n FROM VALUES (1), (2) a(n) JOIN (VALUES (2), (3)) b(n) ON a.n = b.n
        SELECT id FROM t WHERE (id, price) IN (VALUES (1, 4), (2, 11))
    """)
    s.ok("CREATE TABLE named (a, b) AS SELECT id, g FROM t")
    s.queries("""
        SELECT a, b FROM named
        SELECT a FROM named WHERE b = 'b'
    """)
    s.ok("CREATE TABLE one (k) AS VALUES (1), (2), (NULL)")
    s.queries("""
        SELECT k FROM one
        SELECT id FROM t WHERE id IN (SELECT k FROM one)
    """)


def commas(s):
    """Commas behind the last item, ALL where it is the default, keys in parentheses."""
    fixtures.small(s)
    s.queries("""
        SELECT id, price, FROM t
        SELECT id, FROM t, WHERE id = 1
        SELECT id FROM t WHERE id IN (1, 2,)
        SELECT g, COUNT(*), FROM t GROUP BY g, ORDER BY g
        SELECT ALL id FROM t
        SELECT ALL g, SUM(ALL price) FROM t GROUP BY g
        SELECT COUNT(ALL x) FROM t
        SELECT g, active FROM t GROUP BY (g, active)
        SELECT g, active FROM t GROUP BY ((g), active)
        SELECT g, COUNT(*) FROM t GROUP BY ALL
        SELECT g, active, SUM(price) FROM t GROUP BY ALL
        SELECT price % 2 AS odd, COUNT(*) FROM t GROUP BY ALL
        SELECT SUM(price) FROM t GROUP BY ALL
        SELECT g, id FROM t ORDER BY ALL
        SELECT g, id FROM t ORDER BY ALL DESC
        SELECT g, -id FROM t ORDER BY ALL
        SELECT g, price * 2 AS y FROM t ORDER BY ALL
        SELECT * FROM t ORDER BY ALL
        SELECT x FROM t ORDER BY ALL NULLS FIRST
        SELECT g, COUNT(*) + 1 FROM t GROUP BY ALL ORDER BY ALL
        SELECT id FROM t UNION ALL SELECT price FROM t ORDER BY ALL
        SELECT DISTINCT ON (g) g, id FROM t ORDER BY g, id
        SELECT DISTINCT ON (g) g, id FROM t ORDER BY g, id DESC
        SELECT DISTINCT ON (g) g AS k, id FROM t ORDER BY k, price DESC
    """)


def limits(s):
    """LIMIT in all forms."""
    fixtures.small(s)
    s.queries("""
        SELECT id FROM t ORDER BY id LIMIT 1 + 1
        SELECT id FROM t ORDER BY id LIMIT 34%
        SELECT id FROM t ORDER BY id LIMIT 67 PERCENT
        SELECT id FROM t ORDER BY id LIMIT 10%
        SELECT id FROM t ORDER BY id LIMIT 0%
        SELECT id FROM t ORDER BY id LIMIT 100%
        SELECT id FROM t ORDER BY id LIMIT 70% OFFSET 1
        SELECT id FROM t WHERE active ORDER BY id LIMIT 50%
        SELECT g, COUNT(*) FROM t GROUP BY g ORDER BY g LIMIT 50%
        SELECT id FROM t UNION ALL SELECT price FROM t ORDER BY 1 LIMIT 50%
        WITH c AS (SELECT id FROM t) SELECT id FROM c ORDER BY id LIMIT 67%
        SELECT * FROM (SELECT id FROM t ORDER BY id DESC LIMIT 67%) q ORDER BY id
        SELECT id FROM t ORDER BY id OFFSET 1
        SELECT id FROM t ORDER BY id OFFSET 1 LIMIT 1
        SELECT id FROM t ORDER BY id FETCH FIRST 2 ROWS ONLY
        SELECT id FROM t ORDER BY id OFFSET 1 ROWS FETCH NEXT ROW ONLY
    """)
    why = "DuckDB has no WITH TIES; PostgreSQL's answer."
    s.query("SELECT g, id FROM t ORDER BY g FETCH FIRST 1 ROW WITH TIES", expect=[("a", 1), ("a", 2)], types="TI", why=why)
    s.query("SELECT g FROM t ORDER BY g FETCH FIRST 2 ROWS WITH TIES", expect=[("a",), ("a",)], why=why)
    s.query("SELECT id FROM t ORDER BY id FETCH FIRST 2 ROWS WITH TIES", expect=[(1,), (2,)], why=why)
    s.query("SELECT g FROM t ORDER BY 1 OFFSET 1 FETCH FIRST 1 ROW WITH TIES", expect=[("a",)], why=why)
    s.query("SELECT *, 0 AS z FROM (SELECT g, id FROM t) ORDER BY 1, 3 FETCH FIRST 1 ROW WITH TIES",
            expect=[("a", 1, 0), ("a", 2, 0)], types="TII", why=why)
    s.query("SELECT g FROM t UNION ALL SELECT g FROM t ORDER BY 1 DESC FETCH FIRST 1 ROW WITH TIES",
            expect=[("b",), ("b",)], why=why)
    s.query("SELECT DISTINCT ON (g) g, id FROM t ORDER BY g DESC, id DESC FETCH FIRST 1 ROW WITH TIES",
            expect=[("b", 3)], types="TI", why=why)
    s.error("SELECT * FROM t ORDER BY 9 FETCH FIRST 1 ROW WITH TIES", "there is no column 9", duck=False, why=why)
    s.query("SELECT g AS k, id FROM t ORDER BY k DESC, active FETCH FIRST 1 ROW WITH TIES", expect=[("b", 3)], why=why)
    s.query("SELECT DISTINCT g FROM t ORDER BY g FETCH FIRST 1 ROW WITH TIES", expect=[("a",)], why=why)
    s.query("SELECT g FROM t UNION ALL SELECT g FROM t ORDER BY g DESC FETCH FIRST 1 ROW WITH TIES", expect=[("b",), ("b",)], why=why)
    s.query("SELECT g, COUNT(*) AS n FROM t GROUP BY g ORDER BY n DESC FETCH FIRST 1 ROW WITH TIES", expect=[("a", 2)], why=why)
    s.query("SELECT g FROM t WHERE id > 99 ORDER BY g FETCH FIRST 1 ROW WITH TIES", expect=[], types="T", why=why)
    s.errors("""
        SELECT id FROM t LIMIT 101%
        SELECT id FROM t LIMIT -1%
    """)


def stars(s):
    """`*` with options, and COLUMNS."""
    fixtures.small(s)
    fixtures.people(s)
    s.queries("""
        SELECT * EXCLUDE (x, active) FROM t
        SELECT * EXCLUDE id FROM t
        SELECT * REPLACE (price + 1 AS price) FROM t
        SELECT * RENAME (price AS cost) FROM t
        SELECT * RENAME price AS cost FROM t
        SELECT * RENAME (price AS cost, g AS k) FROM t
        SELECT * EXCLUDE (x) RENAME (price AS cost) FROM t
        SELECT * EXCLUDE x REPLACE (price + 1 AS price) RENAME (g AS k) FROM t
        SELECT t.* RENAME (id AS n) FROM t
        SELECT cost FROM (SELECT * RENAME (price AS cost) FROM t) q
        SELECT * LIKE '%i%' FROM t
        SELECT * NOT LIKE '%i%' FROM t
        SELECT * ILIKE 'ID' FROM t
        SELECT * SIMILAR TO 'id|g' FROM t
        SELECT * GLOB 'p*' FROM t
        SELECT t.* LIKE 'p%' FROM t
        SELECT id, * LIKE 'p%' FROM t
        SELECT COLUMNS('i') FROM t
        SELECT COLUMNS('^(id|price)$') + 1 FROM t
        SELECT COLUMNS(*) FROM t
        SELECT COLUMNS(* EXCLUDE (g, active, x)) * 2 FROM t
        SELECT MIN(COLUMNS(* EXCLUDE (active))) FROM t
        SELECT MIN(COLUMNS('id|price')), MAX(COLUMNS('id|price')) FROM t
        SELECT COLUMNS(* EXCLUDE (g, active, x)) + COLUMNS(* EXCLUDE (g, active, x)) FROM t
        SELECT COLUMNS(['id', 'price']) FROM t
        SELECT COLUMNS(['id', 'price']) % 2 = 0 FROM t
        SELECT id FROM t WHERE COLUMNS(['id', 'price']) > 2
        SELECT id FROM t ORDER BY COLUMNS(['g', 'price']) DESC
        SELECT GREATEST(*COLUMNS(['id', 'price'])) FROM t
        SELECT COALESCE(*COLUMNS('x|price')) FROM t
        SELECT COLUMNS('(.*)_id') FROM emp
        SELECT COUNT(COLUMNS(*)) FROM emp
        SELECT COLUMNS(e.*) FROM emp e JOIN dept d ON e.dept_id = d.id
        SELECT g, SUM(COLUMNS('id|price')) FROM t GROUP BY g
        SELECT s_id FROM (SELECT COLUMNS('(.*)id') AS 's_id' FROM t) q
        SELECT c_price FROM (SELECT COLUMNS('(pri).*') AS "c_\\0" FROM t) q
    """)
    s.errors("""
        SELECT COLUMNS('zz') FROM t
        SELECT COLUMNS('i') + COLUMNS('p') FROM t
        SELECT COLUMNS(['nosuch']) FROM t
    """)
    s.error("SELECT * RENAME (nosuch AS y) FROM t", duck=False, why="DuckDB ignores it; a misspelt name is an error here.")


def by_name(s):
    """UNION BY NAME, and IN of lists and tables."""
    fixtures.small(s)
    s.queries("""
        SELECT id, price FROM t UNION BY NAME SELECT price, id FROM t
        SELECT id, price FROM t UNION ALL BY NAME SELECT price, id FROM t
        SELECT id, g FROM t UNION ALL BY NAME SELECT 9 AS id, 1.5e0 AS x
        SELECT id, g FROM t UNION BY NAME SELECT price, g FROM t
        SELECT id FROM t UNION ALL BY NAME SELECT g FROM t ORDER BY id, g
        SELECT 1 AS a UNION ALL BY NAME SELECT 2 AS b UNION ALL BY NAME SELECT 3 AS a ORDER BY ALL
        SELECT n, COUNT(*) FROM (SELECT id AS n FROM t UNION ALL BY NAME SELECT 7 AS m) q GROUP BY n
        WITH c AS (SELECT 1 AS a UNION ALL BY NAME SELECT 2 AS b) SELECT a, b FROM c
        SELECT id FROM t WHERE id IN [1, 3]
        SELECT id FROM t WHERE id NOT IN [1, 3]
        SELECT 2 IN [1, 2], 3 IN [1, 2], NULL IN [1, 2]
        SELECT 1 = ANY([1, 2]), 3 > ALL([1, 2]), 1 <> ALL([1, 2])
        SELECT id FROM t WHERE price = ANY(SELECT 4)
        SELECT id FROM t WHERE price >= ALL(SELECT price FROM t)
    """)
    s.ok("CREATE TABLE few (k) AS SELECT id FROM t WHERE id < 3")
    s.query("SELECT id FROM t WHERE id IN few", duck="SELECT id FROM t WHERE id IN (FROM few)")
    s.query("SELECT id FROM t WHERE id NOT IN few", duck="SELECT id FROM t WHERE id NOT IN (FROM few)")
    s.query("SELECT id FROM t WHERE id IN ()", expect=[], types="I", why="DuckDB has no empty list; SQLite's answer.")
    s.query("SELECT NULL IN (), 1 NOT IN ()", expect=[(False, True)], why="DuckDB has no empty list; SQLite's answer.")


def operators(s):
    """Bits, GLOB, LIKE as operators, collations and strings of other forms."""
    fixtures.small(s)
    s.values("""
        5 & 3
        5 | 3
        1 << 3
        8 >> 1
        ~5
        ~(-1)
        1 + 1 << 2
        6 & 3 = 2
        1 | 2 | 4
        5 & NULL
        'abc' GLOB 'a*'
        'abc' GLOB 'a?c'
        'abc' GLOB '[!a]*'
        'abc' GLOB '[a-c]bc'
        'a*c' GLOB 'A*'
        NULL GLOB 'a'
        'abc' ~~ 'a%'
        'abc' !~~ 'a%'
        'ABC' ~~* 'a%'
        'ABC' !~~* 'a%'
        'abc' ~~~ 'a?c'
        'a' = 'A' COLLATE NOCASE
        'a' COLLATE NOCASE = 'A'
        'b' > 'A' COLLATE NOCASE
        'a' = 'A' COLLATE C
        'a' COLLATE NOCASE IN ('B', 'A')
        INTEGER '5'
        DOUBLE '1e3'
        BOOLEAN 'true'
        DATE '2020-01-01'
        $$it's$$
        $tag$a $$ b$tag$
    """)
    s.query(r"SELECT LENGTH(E'a\tb\\c\'d\x41')", duck=r"SELECT length('a' || chr(9) || 'b\c''dA')")
    s.queries("""
        SELECT g FROM t WHERE g = 'A' COLLATE NOCASE
        SELECT id FROM t WHERE id & 1 = 1
        SELECT id, price << 1 FROM t
        SELECT g FROM t ORDER BY g COLLATE NOCASE DESC, id
    """)


def typed(s):
    """Texts where another type is known."""
    s.ok("CREATE TABLE v (i INTEGER, f DOUBLE, s VARCHAR, b BOOLEAN, d DATE, ts TIMESTAMP, n DECIMAL(10, 2))")
    s.ok("INSERT INTO v VALUES ('5', '1.5', 2, 'true', '2024-01-02', '2024-01-02 03:04:05', '1.50')")
    s.ok("INSERT INTO v VALUES ('-7', 'inf', 'x', 'f', NULL, NULL, 3)")
    s.ok("INSERT INTO v (i, s) SELECT '12', 34")
    s.ok("INSERT INTO v (i) VALUES (1 + 1)")
    s.queries("""
        SELECT i, f, s, b FROM v
        SELECT i FROM v WHERE i > '3'
        SELECT i FROM v WHERE i = '5'
        SELECT i FROM v WHERE i <> '5'
        SELECT i FROM v WHERE '5' = i
        SELECT i FROM v WHERE f > '1'
        SELECT i FROM v WHERE b = 'true'
        SELECT i FROM v WHERE d = '2024-01-02'
        SELECT i FROM v WHERE ts > '2024-01-01'
        SELECT i FROM v WHERE ts < '2024-01-01'
        SELECT i FROM v WHERE i IN ('5', '12')
        SELECT i FROM v WHERE i BETWEEN '2' AND '6'
        SELECT i FROM v WHERE n = '1.5'
        SELECT CASE WHEN i = '5' THEN 'five' ELSE 'other' END FROM v
        SELECT '10' = 10, '1.5' > 1, TRUE = 'true'
    """)
    s.ok("UPDATE v SET i = '9' WHERE i = '5'")
    s.queries("""
        SELECT i FROM v
    """)
    s.errors("""
        SELECT i FROM v WHERE i = 'five'
        INSERT INTO v (i) VALUES ('five')
        INSERT INTO v (f) VALUES ('x')
    """)


FILES = {
    "sql/select_aliases": aliases,
    "sql/select_from_first": from_first,
    "sql/select_commas": commas,
    "sql/select_limits": limits,
    "sql/select_stars": stars,
    "sql/select_by_name": by_name,
    "sql/select_operators": operators,
    "sql/select_typed": typed,
}
