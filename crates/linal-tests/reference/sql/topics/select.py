"""SELECT lists, names, literals and layout."""

import fixtures


def projection(s):
    """Projections, aliases, stars and selects without a table."""
    fixtures.small(s)
    fixtures.people(s)
    s.queries("""
        SELECT * FROM t
        SELECT id FROM t
        SELECT g, id FROM t
        SELECT id, id FROM t
        SELECT id AS a, id AS b FROM t
        SELECT id x FROM t
        SELECT o.id FROM t o
        SELECT o.id FROM t AS o
        SELECT o.* FROM t AS o
        SELECT t.* FROM t
        SELECT t.id, t.g FROM t
        SELECT o.*, o.id + 1 AS next FROM t o
        SELECT id, t.* FROM t
        SELECT *, price * 2 AS double_price FROM t
        SELECT -price FROM t
        SELECT +price FROM t
        SELECT - -price FROM t
        SELECT price + id AS total FROM t
        SELECT price * 2 + id * 3 - 1 FROM t
        SELECT (price + id) * 2 FROM t
        SELECT price > 5 FROM t
        SELECT NOT active FROM t
        SELECT x IS NULL FROM t
        SELECT x + price FROM t
        SELECT 1
        SELECT 1, 2, 3
        SELECT 1 + 1 AS two
        SELECT 'a', 'b'
        SELECT NULL
        SELECT true, false
        SELECT 'text' AS s, 1 AS i, 2.5 AS f, true AS b, NULL AS n
        SELECT 1 FROM t
        SELECT 'c', id FROM t
        SELECT NULL, id FROM t
        SELECT 1 FROM dual
        SELECT 1 + 2 FROM DUAL
        SELECT 'x' AS v FROM dual WHERE true
        SELECT 1 WHERE true
        SELECT 1 WHERE false
        SELECT 1 WHERE NULL
        SELECT * FROM t WHERE id = 1
        SELECT * FROM t where id = 1
        SELECT * FROM t WHERE id = 99
        SELECT id FROM t WHERE active
        SELECT id FROM t WHERE NOT active
        SELECT id FROM t WHERE active = TRUE
        SELECT id FROM t WHERE active = false
        SELECT id FROM t WHERE true
        SELECT id FROM t WHERE false
        SELECT id FROM t WHERE NULL
        SELECT id FROM t WHERE x < 5
        SELECT id FROM t WHERE price + x IS NULL
        SELECT id FROM t WHERE price >= 4 AND price <= 10
        SELECT id FROM t WHERE price = 4 OR price = 20
        SELECT id FROM t FILTER price > 5
        SELECT id FROM t FILTER (price > 5)
        SELECT id FROM t FILTER (price > 5) AND active
        SELECT g, SUM(price) FROM t FILTER id > 1 GROUP BY g
        SELECT SUM(price) FILTER (WHERE active) FROM t FILTER id > 0
        SELECT id FROM t filter g = 'a' ORDER BY id DESC
        SELECT id, CASE WHEN active THEN 'yes' ELSE 'no' END AS answer FROM t
        SELECT a.id, a.p FROM (SELECT id, price AS p FROM t) AS a
        SELECT a.n FROM (SELECT 1 AS n) a
        SELECT * FROM (SELECT 1 AS n, 'x' AS s) a
        SELECT column_a, column_b FROM (VALUES (1, 'a'), (2, 'b')) AS v(column_a, column_b)
        SELECT v.a + v.b FROM (VALUES (1, 2), (3, 4)) AS v(a, b)
        SELECT n FROM (SELECT id AS n FROM t) WHERE n > 1
        SELECT e.name FROM emp e WHERE e.salary > 90
        SELECT name, salary * 12 AS yearly FROM emp
        SELECT emp.name FROM emp WHERE emp.dept_id = 1
        SELECT name, hired FROM emp WHERE hired < DATE '2021-01-01'
        SELECT UPPER(name) FROM emp WHERE id <= 2
        SELECT name AS n FROM emp WHERE name = 'Ada'
        SELECT COUNT(*) FROM emp
        SELECT count(*) AS n FROM t
        SELECT COUNT(*) AS count FROM t
    """)
    s.section("The name of a result column is its text.")
    s.query("SELECT `SUM(price)` FROM (SELECT SUM(price) FROM t) AS q")
    s.query("SELECT `COUNT(*)` FROM (SELECT COUNT(*) FROM t) AS q", expect=[[3]], why="DuckDB names it count_star()")
    s.query("SELECT `price + 1` FROM (SELECT price + 1 FROM t) AS q", expect=[[5], [11], [21]], why="DuckDB names it (price + 1)")
    s.query("SELECT q.price FROM (SELECT price FROM t) AS q")
    s.query("SELECT q.price FROM (SELECT t.price FROM t) AS q")
    s.section("What does not exist is an error.")
    s.error("SELECT nosuch FROM t", "nosuch")
    s.error("SELECT id FROM nosuch", "nosuch")
    s.error("SELECT t.nosuch FROM t", "nosuch")
    s.error("SELECT z.id FROM t", "z")
    s.error("SELECT t.id FROM t o", "t")
    s.error("SELECT id FROM t WHERE typo IS NULL", "typo")
    s.error("SELECT id FROM t WHERE price > typo", "typo")
    s.error("SELECT id FROM t ORDER BY typo", "typo")
    s.error("SELECT nosuch(id) FROM t", "NOSUCH")
    s.query("SELECT id AS a FROM t WHERE a > 1")
    s.error("SELECT * WHERE true")
    s.error("SELECT id FROM t WHERE SUM(price) > 1")
    s.error("SELECT FROM WHERE")
    s.error("SELECT id FROM t WHERE")
    s.error("SELECT id, FROM t ORDER BY", "")
    s.error("SELECT (id FROM t")
    s.error("SELECT id) FROM t")
    s.error("SELECT id FROM t GROUP id")
    s.error("SELEC id FROM t")


def names(s):
    """Names: their case, quotes, and words that are no keywords where a name stands."""
    s.table(
        "Odd",
        "Id Int, MixedCase String, `odd name` Int?, `select` Int?, count Int, total Float, rank Int",
        """
        1, 'one', 10, 100, 5, 1.5, 3
        2, 'two', NULL, 200, 6, 2.5, 2
        3, 'three', 30, NULL, 7, 3.5, 1
        """,
    )
    s.table("words", "label String, `index` Int, data Float, rate Float, `window` Int, query String, value Int, day Int, time Int, type Int, key Int, year Int, status String, date Date", """
        'l', 1, 2.0, 0.5, 4, 'q', 6, 7, 8, 9, 10, 11, 's', DATE '2024-01-01'
    """)
    s.queries("""
        SELECT Id FROM Odd
        SELECT id FROM odd
        SELECT ID FROM ODD
        SELECT iD, mixedcase FROM oDD
        SELECT MIXEDCASE FROM Odd WHERE mixedCase = 'one'
        SELECT `Id` FROM `Odd`
        SELECT `id` FROM `odd`
        SELECT `odd name` FROM Odd
        SELECT `ODD NAME` FROM odd
        SELECT Odd.`odd name` + 1 FROM Odd
        SELECT o.`odd name` FROM Odd AS o
        SELECT `select` FROM Odd
        SELECT `select` + `odd name` FROM Odd
        SELECT count FROM Odd
        SELECT total FROM Odd
        SELECT rank FROM Odd
        SELECT count, COUNT(*) OVER () FROM Odd
        SELECT COUNT(count) FROM Odd
        SELECT SUM(total) AS total FROM Odd
        SELECT SUM(count) AS sum FROM Odd
        SELECT rank, RANK() OVER (ORDER BY rank) AS r FROM Odd
        SELECT MAX(rank) AS max, MIN(rank) AS min FROM Odd
        SELECT count AS `a b`, rank AS `order` FROM Odd
        SELECT q.`a b` FROM (SELECT count AS `a b` FROM Odd) q
        SELECT Q.A FROM (SELECT id AS a FROM Odd) q
        SELECT X.id FROM Odd x
        SELECT x.ID FROM Odd X
        SELECT `with``tick` FROM (SELECT 1 AS `with``tick`) q
        SELECT `é` FROM (SELECT 2 AS é) q
        SELECT größe FROM (SELECT 3 AS größe) q
        SELECT _a1 FROM (SELECT 4 AS _a1) q
        SELECT label FROM words
        SELECT `index` FROM words
        SELECT index FROM words
        SELECT data, rate FROM words
        SELECT data * rate FROM words
        SELECT value, day, time, type, key, year FROM words
        SELECT status, query FROM words
        SELECT date FROM words
        SELECT words.date, words.`window` FROM words
        SELECT query AS q, data AS d FROM words WHERE label = 'l'
        SELECT value + day + time + type + key + year FROM words
        SELECT label AS data, data AS label FROM words
        SELECT 1 AS label, 2 AS data, 3 AS rate
        SELECT 1 AS value, 2 AS day, 3 AS status
        SELECT 1 AS x, 2 AS y, 3 AS z
        SELECT MAX(value) AS value FROM words
        SELECT SUM(data) AS rate FROM words
    """)
    s.query("SELECT window FROM words", duck='SELECT "window" FROM words')
    s.query("SELECT 1 AS `1`, 2 AS `2 `")
    s.section("Both kinds of quotes make a text.")
    s.queries("""
        SELECT 'x', "x"
        SELECT 'x' = "x"
        SELECT "it""s"
        SELECT 'it''s'
        SELECT "it's"
        SELECT 'say "hi"'
        SELECT ''
        SELECT ""
        SELECT '', 'a', ''
        SELECT 'back\\slash'
        SELECT 'a\\n'
        SELECT LENGTH('a\\n')
        SELECT '# no comment'
        SELECT '-- no comment'
        SELECT '/* no comment */'
        SELECT 'a;b'
        SELECT 'a // b'
        SELECT ';'
        SELECT '('
        SELECT "a ) b"
        SELECT '[', ']'
        SELECT 'é', '日本', '😀'
        SELECT 'NULL', NULL
        SELECT 'true', true
        SELECT id FROM Odd WHERE MixedCase = "two"
        SELECT id, "Id" FROM Odd
    """)
    s.query('SELECT "say ""hi"""')
    s.section("Names that are not there.")
    s.errors("""
        SELECT `nosuch` FROM Odd
        SELECT `odd  name` FROM Odd
        SELECT odd_name FROM Odd
        SELECT `Id FROM Odd
        SELECT 'open FROM Odd
    """)


def literals(s):
    """Numbers, comments and how a statement may be laid out."""
    fixtures.small(s)
    s.section("Numbers")
    s.queries("""
        SELECT 1, 1_000, 1_000_000
        SELECT 0x1F, 0xff, 0X10
        SELECT 0x1F + 1
        SELECT .5, 1., 1.0, 0.5
        SELECT 1e-5, 1E3, 1e3, 2.5e-3, 1.5E+2
        SELECT 1e0, 1e-21, 1e21, 1e16, 1e15
        SELECT 123456789.125
        SELECT 0.1, 0.2, 0.1 + 0.2
        SELECT 1.0, 100.0, -1.0
        SELECT -0.0
        SELECT 1_000.5
        SELECT 1_0 + 1_0
        SELECT 9223372036854775807
        SELECT -9223372036854775807
        SELECT 0, -0, +0
        SELECT 1e300, -1e300, 1e-300
        SELECT 5e-324, 1.7976931348623157e308
        SELECT 0.0001, 0.001, 0.01
        SELECT 1234567.0, 1e7, 12345678901234.5
        SELECT 3.14159265358979
        SELECT 007
        SELECT 1e-7
        SELECT 1000000000000000000
        SELECT 2147483647, 2147483648
        SELECT 4294967296, -2147483649
    """)
    s.query("SELECT -9223372036854775808")
    s.error("SELECT 9223372036854775808", "(?i)(range|overflow|large|i64|64)", duck=False, why="an integer out of i64; DuckDB has a wider type")
    s.error("SELECT 123456789012345678901234567890", "", duck=False, why="an integer out of i64; DuckDB has a wider type")
    s.error("SELECT 1__e", "")
    s.error("SELECT 0xZZ", "", duck=False, why="no hexadecimal digits; DuckDB reads 0 AS xZZ")
    s.section("Comments")
    s.queries("""
        SELECT 1 # a comment
        SELECT 1 -- a comment
        SELECT 1 // a comment
        SELECT /* a comment */ 1
        SELECT 1 /* one */ + /* two */ 2
        SELECT 5--3
        SELECT 5 - -3
        SELECT 5 -- 3
        SELECT id FROM t -- WHERE id = 1
        SELECT id # , g FROM nothing
          FROM t
        SELECT id -- the key
          FROM t // the table
          WHERE id > 1 # not the first
        SELECT /* over
          two lines */ id FROM t
        SELECT '/*' || id || '*/' FROM t
    """)
    s.section("Layout")
    s.queries("""
        SELECT id
          FROM t
        SELECT
          id,
          g
          FROM t
          WHERE price > 4
        SELECT id FROM t WHERE price IN (
            4,
            20
          )
        SELECT id, price +
          1 FROM t
        SELECT COUNT(
            *
          ) FROM t
        SELECT id FROM t;
        select ID from T
        SeLeCt Id FrOm t WhErE aCtIvE
        SELECT    id    FROM    t
        SELECT(id)FROM t
        SELECT id,g,price FROM t WHERE id=1
        SELECT CASE
            WHEN id = 1 THEN 'one'
            ELSE 'more'
          END
          FROM t
    """)
    for text in (
        "SELECT id\nFROM t",
        "SELECT id\nFROM t\nWHERE id > 1",
        "SELECT g, SUM(price)\nFROM t\nGROUP BY g\nHAVING SUM(price) > 1\nORDER BY g\nLIMIT 5",
        "SELECT id FROM t\nWHERE id = 1\nOR id = 3",
        "SELECT id FROM t\nWHERE id >= 1\nAND id < 3",
        "SELECT a.id FROM t a\nJOIN t b\nON a.id = b.id",
        "SELECT id\n# a comment between\nFROM t",
        "SELECT 1\n+ 2",
        "SELECT 1 +\n2",
        "SELECT id,\ng\nFROM t",
        "SELECT id FROM t\nUNION ALL\nSELECT id FROM t",
        "SELECT\n  id\nFROM\n  t",
    ):
        s.query(text)
    s.section("true, false and NULL in any case")
    s.queries("""
        SELECT TRUE, True, tRuE
        SELECT FALSE, False
        SELECT NULL, null, Null
        SELECT id FROM t WHERE x IS null
        SELECT id FROM t WHERE active IS TRUE
        SELECT id FROM t WHERE active IS NOT true
        SELECT id FROM t WHERE active IS FALSE
    """)


FILES = {"select/projection": projection, "select/names": names, "select/literals": literals}
