"""Joins, subqueries, common table expressions and set operations."""

import fixtures


def keys(s):
    fixtures.keyed(s)
    s.table("b", "id Int, k Int?, x Float?, s String?", """
        1, 10, 10.0, 'x'
        2, 20, 20.5, 'x'
        3, NULL, NULL, 'y'
        4, 40, 20.0, NULL
        5, 10, 50.0, 'w'
    """)


def joins(s):
    """Joins of every kind."""
    keys(s)
    fixtures.people(s)
    fixtures.small(s)
    s.table("nothing", "id Int, k Int?", [])
    for kind in ("JOIN", "INNER JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "RIGHT JOIN", "RIGHT OUTER JOIN", "FULL JOIN", "FULL OUTER JOIN"):
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k = b.k")
    for kind in ("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"):
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON b.k = a.k")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k = b.k AND a.s = b.s")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k = b.k AND b.id > 1")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k = b.k AND a.id > 1")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k = b.x")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.s = b.s WHERE a.id < 4 OR a.id IS NULL")
        s.query(f"SELECT a.id, n.id FROM a {kind} nothing n ON a.k = n.k")
        s.query(f"SELECT n.id, a.id FROM nothing n {kind} a ON a.k = n.k")
        s.query(f"SELECT id, a.s, b.s FROM a {kind} b USING (id)")
        s.query(f"SELECT k FROM a {kind} b USING (k)")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k IS NOT DISTINCT FROM b.k")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k + 10 = b.k * 2")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON true WHERE a.id = b.id")
    for kind in ("JOIN", "LEFT JOIN"):
        for op in ("<", ">=", "<>"):
            s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k {op} b.k")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k < b.k AND a.s = b.s")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k BETWEEN b.k AND b.k + 10")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON a.k = b.k OR a.s = b.s")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON false")
        s.query(f"SELECT a.id, b.id FROM a {kind} b ON NULL")
    s.queries("""
        SELECT COUNT(*) FROM a CROSS JOIN b
        SELECT COUNT(*) FROM a, b
        SELECT a.id, b.id FROM a, b WHERE a.k = b.k
        SELECT a.id, b.id FROM a CROSS JOIN b WHERE a.id = 1
        SELECT COUNT(*) FROM a CROSS JOIN nothing
        SELECT COUNT(*) FROM a, b, t
        SELECT p.id, q.id FROM t p JOIN t q ON p.id = q.id - 1
        SELECT p.id, q.id FROM t p JOIN t q ON p.id < q.id
        SELECT p.id, q.id FROM t p JOIN t q ON p.g = q.g AND p.id <> q.id
        SELECT p.id, q.id FROM t p LEFT JOIN t q ON p.id = q.id + 1
        SELECT * FROM a JOIN b ON a.k = b.k
        SELECT a.*, b.x FROM a JOIN b ON a.k = b.k
        SELECT b.*, a.id FROM a JOIN b ON a.k = b.k
        SELECT e.name, d.name FROM emp e JOIN dept d ON e.dept_id = d.id
        SELECT e.name, d.name FROM emp e LEFT JOIN dept d ON e.dept_id = d.id
        SELECT e.name, d.name FROM emp e RIGHT JOIN dept d ON e.dept_id = d.id
        SELECT e.name, d.name FROM emp e FULL JOIN dept d ON e.dept_id = d.id
        SELECT e.name, m.name FROM emp e JOIN emp m ON e.boss = m.id
        SELECT e.name, m.name FROM emp e LEFT JOIN emp m ON e.boss = m.id
        SELECT e.name, m.name, d.name FROM emp e JOIN emp m ON e.boss = m.id JOIN dept d ON m.dept_id = d.id
        SELECT e.name, m.name, d.name FROM emp e LEFT JOIN emp m ON e.boss = m.id LEFT JOIN dept d ON m.dept_id = d.id
        SELECT e.name FROM emp e LEFT JOIN dept d ON e.dept_id = d.id WHERE d.id IS NULL
        SELECT d.name FROM dept d LEFT JOIN emp e ON e.dept_id = d.id WHERE e.id IS NULL
        SELECT d.name, COUNT(e.id) FROM dept d LEFT JOIN emp e ON e.dept_id = d.id GROUP BY d.name
        SELECT d.name, COUNT(*) FROM dept d LEFT JOIN emp e ON e.dept_id = d.id GROUP BY d.name
        SELECT d.name, SUM(e.salary) FROM dept d JOIN emp e ON e.dept_id = d.id GROUP BY d.name HAVING SUM(e.salary) > 80
        SELECT e.name FROM emp e JOIN emp m ON e.boss = m.id AND e.salary > m.salary
        SELECT e.name, m.name FROM emp e JOIN emp m ON e.hired = m.hired AND e.id < m.id
        SELECT e.name, o.name FROM emp e JOIN emp o ON e.salary < o.salary WHERE o.name = 'Ada'
        SELECT e.name, d.budget FROM emp e JOIN dept d ON e.dept_id = d.id WHERE d.budget > 600
        SELECT e.name, d.name FROM emp e LEFT JOIN dept d ON e.dept_id = d.id AND d.budget > 600
        SELECT e.name, d.name FROM emp e LEFT JOIN dept d ON e.dept_id = d.id WHERE d.budget > 600
        SELECT e.name FROM emp e JOIN dept d ON e.dept_id = d.id ORDER BY d.name, e.name LIMIT 3
        SELECT e.name, q.n FROM emp e JOIN (SELECT dept_id, COUNT(*) AS n FROM emp GROUP BY dept_id) q ON e.dept_id = q.dept_id
        SELECT a.id, b.id, t.id FROM a JOIN b ON a.k = b.k JOIN t ON t.id = b.id
        SELECT a.id, b.id, t.id FROM a LEFT JOIN b ON a.k = b.k LEFT JOIN t ON t.id = b.id
        SELECT a.id, b.id, t.id FROM a LEFT JOIN (b JOIN t ON t.id = b.id) ON a.k = b.k
        SELECT a.id, b.id FROM (a JOIN b ON a.k = b.k)
        SELECT x.id, y.id FROM (SELECT * FROM a WHERE k IS NOT NULL) x LEFT JOIN (SELECT * FROM b WHERE id > 2) y ON x.k = y.k
        SELECT COUNT(*) FROM a FULL JOIN b ON a.k = b.k
        SELECT COALESCE(a.k, b.k) AS k, a.id, b.id FROM a FULL JOIN b ON a.k = b.k
        SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k ORDER BY a.id, b.id
        SELECT a.id, b.id FROM a RIGHT JOIN b ON a.k = b.k ORDER BY b.id, a.id
        SELECT a.k, COUNT(b.id) FROM a LEFT JOIN b ON a.k = b.k GROUP BY a.k
        SELECT a.id FROM a JOIN b ON UPPER(a.s) = UPPER(b.s) AND a.k = b.k
        SELECT a.id, b.id FROM a JOIN b ON a.k = CAST(b.x AS Int) AND b.x = 20.0
        SELECT a.id, v.n FROM a JOIN (VALUES (10, 'ten'), (20, 'twenty')) AS v(k, n) ON a.k = v.k
        SELECT a.id, b.id FROM a JOIN b ON a.k = b.k AND a.k IN (10, 40)
        SELECT a.id, b.id FROM a JOIN b ON CASE WHEN a.id = 1 THEN a.k ELSE 0 END = b.k
        SELECT id, k, a.s, b.s FROM a JOIN b USING (id, k)
        SELECT id FROM a NATURAL JOIN (SELECT 1 AS id UNION ALL SELECT 4) q
    """)
    s.section("Equal names of a join come out qualified.")
    s.query("SELECT q.`a.id`, q.`b.id` FROM (SELECT a.id, b.id FROM a JOIN b ON a.k = b.k) q", duck="SELECT a.id, b.id FROM a JOIN b ON a.k = b.k")
    s.error("SELECT id FROM a JOIN b ON a.k = b.k", "(?i)ambig")
    s.error("SELECT a.id FROM a JOIN b ON k = 1", "(?i)ambig")
    s.error("SELECT a.id FROM a JOIN b ON a.k = b.nosuch", "nosuch")
    s.error("SELECT a.id FROM a JOIN nosuch ON a.k = nosuch.k", "nosuch")
    s.error("SELECT a.id FROM a JOIN b USING (x)", "x")
    s.error("SELECT a.id FROM a JOIN a ON a.k = a.k")
    s.error("SELECT a.id FROM a JOIN b")
    s.error("SELECT a.id FROM a LEFT JOIN b WHERE a.k = b.k")
    s.error("SELECT c.id FROM a JOIN b ON a.k = c.k", "c")


def subqueries(s):
    """Subqueries: scalar, IN, EXISTS, ANY, ALL, correlated, in FROM."""
    keys(s)
    fixtures.people(s)
    fixtures.small(s)
    s.table("nothing", "id Int, k Int?", [])
    s.queries("""
        SELECT (SELECT 1)
        SELECT (SELECT MAX(price) FROM t)
        SELECT (SELECT price FROM t WHERE id = 99)
        SELECT (SELECT k FROM nothing)
        SELECT id, (SELECT MAX(price) FROM t) FROM t
        SELECT id, price - (SELECT AVG(price) FROM t WHERE g = 'a') FROM t
        SELECT id FROM t WHERE price = (SELECT MAX(price) FROM t)
        SELECT id FROM t WHERE price > (SELECT AVG(price) FROM t)
        SELECT id FROM t WHERE price > (SELECT k FROM nothing)
        SELECT id FROM t WHERE (SELECT COUNT(*) FROM nothing) = 0
        SELECT (SELECT COUNT(*) FROM a) + (SELECT COUNT(*) FROM b)
        SELECT (SELECT MIN(id) FROM a), (SELECT MAX(id) FROM b)
        SELECT id FROM a WHERE k IN (SELECT k FROM b)
        SELECT id FROM a WHERE k NOT IN (SELECT k FROM b)
        SELECT id FROM a WHERE k NOT IN (SELECT k FROM b WHERE k IS NOT NULL)
        SELECT id FROM a WHERE k IN (SELECT x FROM b)
        SELECT id FROM a WHERE k NOT IN (SELECT x FROM b WHERE x IS NOT NULL)
        SELECT id FROM a WHERE k IN (SELECT k FROM nothing)
        SELECT id FROM a WHERE k NOT IN (SELECT k FROM nothing)
        SELECT id FROM a WHERE NOT k IN (SELECT k FROM b WHERE id < 3)
        SELECT id FROM a WHERE k IN (SELECT k FROM b) OR s = 'z'
        SELECT id FROM a WHERE k IN (SELECT k FROM b) AND s IN (SELECT s FROM b)
        SELECT id, k IN (SELECT k FROM b) FROM a
        SELECT id, k NOT IN (SELECT k FROM b) FROM a
        SELECT id, k IN (SELECT k FROM b WHERE k IS NOT NULL) FROM a
        SELECT id, k IN (SELECT k FROM nothing) FROM a
        SELECT id FROM a WHERE s IN (SELECT s FROM b WHERE b.k = a.k)
        SELECT id FROM a WHERE k + 10 IN (SELECT k FROM b)
        SELECT 1 IN (SELECT id FROM a), 9 IN (SELECT id FROM a)
        SELECT NULL IN (SELECT id FROM a)
        SELECT NULL IN (SELECT k FROM nothing)
        SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k)
        SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k)
        SELECT id FROM a WHERE EXISTS (SELECT * FROM b WHERE b.k = a.k AND b.s = a.s)
        SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k > a.k)
        SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k > a.k)
        SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k <> a.k AND b.s = a.s)
        SELECT id FROM a WHERE EXISTS (SELECT 1 FROM nothing)
        SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM nothing)
        SELECT id FROM a WHERE EXISTS (SELECT NULL)
        SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE false) OR id = 2
        SELECT EXISTS (SELECT 1 FROM a), EXISTS (SELECT 1 FROM nothing)
        SELECT id, EXISTS (SELECT 1 FROM b WHERE b.k = a.k) FROM a
        SELECT id, NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k) FROM a
        SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k) AND NOT EXISTS (SELECT 1 FROM b WHERE b.s = a.s AND b.id = 2)
        SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND EXISTS (SELECT 1 FROM t WHERE t.id = b.id))
        SELECT id, (SELECT COUNT(*) FROM b WHERE b.k = a.k) FROM a
        SELECT id, (SELECT MAX(b.id) FROM b WHERE b.k = a.k) FROM a
        SELECT id, (SELECT SUM(x) FROM b WHERE b.s = a.s) FROM a
        SELECT id, (SELECT COUNT(*) FROM b WHERE b.k = a.k) + 1 FROM a
        SELECT id, COALESCE((SELECT MAX(b.id) FROM b WHERE b.k = a.k), 0) FROM a
        SELECT id, (SELECT COUNT(*) FROM b WHERE b.k < a.k) FROM a
        SELECT id FROM a WHERE (SELECT COUNT(*) FROM b WHERE b.k = a.k) = 2
        SELECT id FROM a WHERE (SELECT COUNT(*) FROM b WHERE b.k = a.k) = 0
        SELECT id FROM a WHERE id > (SELECT AVG(b.id) FROM b WHERE b.s = a.s)
        SELECT name FROM emp e WHERE salary > (SELECT AVG(salary) FROM emp WHERE dept_id = e.dept_id)
        SELECT name FROM emp e WHERE salary = (SELECT MAX(salary) FROM emp m WHERE m.dept_id = e.dept_id)
        SELECT name, (SELECT d.name FROM dept d WHERE d.id = e.dept_id) FROM emp e
        SELECT name, (SELECT COUNT(*) FROM emp s WHERE s.boss = e.id) AS reports FROM emp e
        SELECT name FROM dept d WHERE NOT EXISTS (SELECT 1 FROM emp e WHERE e.dept_id = d.id)
        SELECT name FROM dept d WHERE (SELECT SUM(salary) FROM emp e WHERE e.dept_id = d.id) > 100
        SELECT name FROM dept d WHERE id IN (SELECT dept_id FROM emp GROUP BY dept_id HAVING COUNT(*) > 1)
        SELECT name FROM emp WHERE dept_id IN (SELECT id FROM dept WHERE budget > (SELECT AVG(budget) FROM dept))
        SELECT name FROM emp WHERE (SELECT budget FROM dept WHERE dept.id = emp.dept_id) IS NULL
        SELECT name FROM emp e ORDER BY (SELECT d.name FROM dept d WHERE d.id = e.dept_id), name
        SELECT CASE WHEN EXISTS (SELECT 1 FROM emp WHERE salary > 100) THEN 'rich' ELSE 'poor' END
        SELECT id, CASE WHEN id IN (SELECT id FROM b WHERE id < 3) THEN 'low' ELSE 'high' END FROM a
        SELECT dept_id, COUNT(*) FROM emp GROUP BY dept_id HAVING COUNT(*) >= (SELECT COUNT(*) FROM emp WHERE dept_id = 1)
        SELECT g, SUM(price) FROM t GROUP BY g HAVING SUM(price) > (SELECT AVG(price) FROM t)
        SELECT id FROM a WHERE k > ANY (SELECT k FROM b WHERE k IS NOT NULL)
        SELECT id FROM a WHERE k >= ALL (SELECT k FROM b WHERE k IS NOT NULL)
        SELECT id FROM a WHERE k = ANY (SELECT k FROM b)
        SELECT id FROM a WHERE k <> ALL (SELECT k FROM b WHERE k IS NOT NULL)
        SELECT id FROM a WHERE k > ALL (SELECT k FROM nothing)
        SELECT id FROM a WHERE k > ANY (SELECT k FROM nothing)
        SELECT * FROM (SELECT id, price FROM t) q WHERE price > 5
        SELECT q.id FROM (SELECT id FROM (SELECT id FROM t WHERE id > 1) p WHERE id < 3) q
        SELECT x.id, y.id FROM (SELECT id FROM t) x, (SELECT id FROM t) y WHERE x.id = y.id + 1
        SELECT q.total FROM (SELECT SUM(price) AS total FROM t) q
        SELECT AVG(n) FROM (SELECT g, COUNT(*) AS n FROM t GROUP BY g) q
        SELECT id FROM (SELECT id, RANK() OVER (ORDER BY price DESC) AS r FROM t) q WHERE r = 1
        SELECT m.g, t.id FROM t JOIN (SELECT g, MAX(price) AS top FROM t GROUP BY g) m ON t.g = m.g AND t.price = m.top
        SELECT MAX(id) FROM (SELECT id FROM a UNION ALL SELECT id FROM t) q
        SELECT id FROM a WHERE k = (SELECT MIN(k) FROM b) OR k = (SELECT MAX(k) FROM a)
        SELECT id FROM a WHERE k BETWEEN (SELECT MIN(k) FROM b) AND (SELECT AVG(x) FROM b)
        SELECT id FROM t WHERE price IN (4, (SELECT MAX(price) FROM t))
        SELECT id FROM a WHERE (k, s) IN (SELECT k, s FROM b)
        SELECT (SELECT (SELECT MAX(id) FROM t) + 1) + 1
        SELECT e.name, q.top FROM emp e LEFT JOIN LATERAL (SELECT MAX(salary) AS top FROM emp m WHERE m.dept_id = e.dept_id) q ON true
        SELECT id FROM a WHERE EXISTS (SELECT k FROM b WHERE b.k = a.k GROUP BY k HAVING COUNT(*) > 1)
        SELECT id FROM a WHERE id = (SELECT id FROM b ORDER BY id DESC LIMIT 1)
        SELECT id FROM a WHERE k IN (SELECT k FROM b ORDER BY id LIMIT 1)
        SELECT id FROM a WHERE NOT (k IN (SELECT k FROM b WHERE k < 20) AND s = 'x')
        SELECT (SELECT id FROM t ORDER BY price DESC LIMIT 1)
    """)
    s.section("Correlated by more than equality, and wherever they stand")
    s.queries("""
        SELECT id, (SELECT COUNT(*) FROM b WHERE b.k > a.k AND b.id <> a.id) FROM a
        SELECT id, (SELECT MAX(x) FROM b WHERE b.k >= a.k) FROM a
        SELECT id, (SELECT b.id FROM b WHERE b.k > a.k ORDER BY b.id DESC LIMIT 1) FROM a
        SELECT id, (SELECT b.id FROM b WHERE b.k <= a.k ORDER BY b.id LIMIT 1 OFFSET 1) FROM a
        SELECT id, (SELECT SUM(n) FROM (SELECT COUNT(*) AS n FROM b WHERE b.k < a.k GROUP BY b.s) q) FROM a
        SELECT id, EXISTS (SELECT 1 FROM b WHERE b.k < a.k) FROM a
        SELECT id, a.k IN (SELECT k + 10 FROM b WHERE b.id > a.id) FROM a
        SELECT id, a.k NOT IN (SELECT k FROM b WHERE b.id > a.id) FROM a
        SELECT id, (SELECT COUNT(DISTINCT b.s) FROM b WHERE b.k < a.k) + (SELECT COUNT(*) FROM b WHERE b.id > a.id) FROM a
        SELECT id FROM a WHERE (SELECT COUNT(*) FROM b WHERE b.k < a.k) > 1
        SELECT id FROM a WHERE (SELECT COUNT(*) FROM b WHERE b.id > a.id) = a.id OR a.id IN (SELECT id FROM t WHERE price > 10)
        SELECT s, SUM((SELECT COUNT(*) FROM b WHERE b.k < a.k)) FROM a GROUP BY s
        SELECT id, (SELECT MAX(m.salary) FROM emp m JOIN dept d ON d.id = m.dept_id WHERE m.id < e.id) FROM emp e
    """)
    s.error("SELECT id, (SELECT b.id FROM b WHERE b.k = a.k) FROM a", "(?i)(row|one)")
    s.section("Names of an inner query are its own")
    s.queries("""
        SELECT k FROM a FULL JOIN b USING (k) WHERE EXISTS (SELECT 1 FROM emp JOIN (SELECT 10 AS k) q ON true WHERE k = 10)
        SELECT k, (SELECT MAX(k) FROM (SELECT 7 AS k) q) FROM a RIGHT JOIN b USING (k)
        WITH p AS (SELECT 1 AS n) SELECT x.n, x.m, p.n FROM (WITH p AS (SELECT 2 AS n) SELECT y.n, p.n AS m FROM (WITH p AS (SELECT 3 AS n) SELECT n FROM p) y, p) x, p
    """)
    s.error("SELECT (SELECT id FROM t)", "(?i)(row|one)")
    s.error("SELECT id FROM t WHERE price = (SELECT price FROM t)", "(?i)(row|one)")
    s.error("SELECT (SELECT id, price FROM t WHERE id = 1)", "(?i)column", duck="SELECT 1 IN (SELECT id, price FROM t)")
    s.error("SELECT id FROM t WHERE id IN (SELECT id, price FROM t)", "(?i)column")
    s.error("SELECT id FROM t WHERE id IN (SELECT nosuch FROM a)", "nosuch")
    s.error("SELECT * FROM (SELECT id FROM t) q WHERE price > 1", "price")
    s.error("SELECT (SELECT id FROM t WHERE)")


def ctes(s):
    """WITH: shadowing, several, nested, recursive."""
    fixtures.small(s)
    fixtures.people(s)
    s.table("edge", "a Int, b Int", """
        1, 2
        2, 3
        3, 4
        2, 5
        5, 1
    """)
    s.queries("""
        WITH q AS (SELECT 1 AS n) SELECT n FROM q
        WITH q AS (SELECT id, price FROM t) SELECT * FROM q
        WITH t AS (SELECT id + 100 AS id FROM t) SELECT id FROM t
        WITH t AS (SELECT 1 AS one) SELECT * FROM t
        WITH T AS (SELECT 1 AS one) SELECT one FROM t
        WITH q AS (SELECT id FROM t WHERE price > 5) SELECT COUNT(*) FROM q
        WITH q AS (SELECT g, SUM(price) AS total FROM t GROUP BY g) SELECT g FROM q WHERE total > 15
        WITH a AS (SELECT 1 AS x), b AS (SELECT 2 AS y) SELECT x, y FROM a, b
        WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT y FROM b
        WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a), c AS (SELECT x + y AS z FROM a, b) SELECT * FROM c
        WITH q(n) AS (SELECT id FROM t) SELECT n FROM q
        WITH q(n, m) AS (SELECT id, price FROM t) SELECT n + m FROM q
        WITH q AS (SELECT id FROM t) SELECT x.id, y.id FROM q x JOIN q y ON x.id < y.id
        WITH q AS (SELECT id FROM t) SELECT id FROM q UNION ALL SELECT id FROM q
        WITH q AS (SELECT MAX(price) AS top FROM t) SELECT id FROM t, q WHERE price = top
        WITH q AS (SELECT MAX(price) AS top FROM t) SELECT id FROM t WHERE price = (SELECT top FROM q)
        WITH q AS (SELECT id FROM t WHERE g = 'a') SELECT id FROM t WHERE id IN (SELECT id FROM q)
        WITH q AS (SELECT id FROM t WHERE g = 'a') SELECT id FROM t WHERE id NOT IN (SELECT id FROM q)
        WITH q AS (SELECT id FROM t) SELECT (SELECT COUNT(*) FROM q)
        WITH q AS (SELECT id FROM t ORDER BY id DESC LIMIT 2) SELECT id FROM q ORDER BY id
        WITH q AS (SELECT 1 AS n UNION ALL SELECT 2) SELECT SUM(n) FROM q
        WITH q AS (VALUES (1, 'a'), (2, 'b')) SELECT COUNT(*) FROM q
        WITH q(n, s) AS (VALUES (1, 'a'), (2, 'b')) SELECT s FROM q WHERE n = 2
        WITH q AS (WITH p AS (SELECT 5 AS n) SELECT n + 1 AS n FROM p) SELECT n FROM q
        WITH p AS (SELECT 1 AS n), q AS (WITH p AS (SELECT 2 AS n) SELECT n FROM p) SELECT p.n, q.n FROM p, q
        SELECT * FROM (WITH q AS (SELECT 3 AS n) SELECT n FROM q) x
        SELECT id FROM t WHERE id IN (WITH q AS (SELECT 2 AS n) SELECT n FROM q)
        SELECT (WITH q AS (SELECT 4 AS n) SELECT n FROM q)
        WITH q AS (SELECT id, RANK() OVER (ORDER BY price DESC) AS r FROM t) SELECT id FROM q WHERE r <= 2
        WITH d AS (SELECT dept_id, AVG(salary) AS mean FROM emp GROUP BY dept_id) SELECT e.name FROM emp e JOIN d ON e.dept_id = d.dept_id WHERE e.salary > d.mean
        WITH q AS (SELECT id FROM t WHERE false) SELECT COUNT(*), MAX(id) FROM q
        WITH `odd name` AS (SELECT 1 AS n) SELECT n FROM `odd name`
        WITH q AS MATERIALIZED (SELECT 1 AS n) SELECT n FROM q
        WITH unused AS (SELECT 1 AS n) SELECT 2
        WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT SUM(i), COUNT(*) FROM n
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i * 2 FROM n WHERE i < 100) SELECT i FROM n
        WITH RECURSIVE fact(n, f) AS (SELECT 1, 1 UNION ALL SELECT n + 1, f * (n + 1) FROM fact WHERE n < 10) SELECT n, f FROM fact
        WITH RECURSIVE fib(a, b) AS (SELECT 0, 1 UNION ALL SELECT b, a + b FROM fib WHERE b < 100) SELECT a FROM fib
        WITH RECURSIVE up AS (SELECT id, name, boss FROM emp WHERE name = 'Dee' UNION ALL SELECT e.id, e.name, e.boss FROM emp e JOIN up ON e.id = up.boss) SELECT name FROM up
        WITH RECURSIVE tree AS (SELECT id, name, 0 AS depth FROM emp WHERE boss IS NULL UNION ALL SELECT e.id, e.name, tree.depth + 1 FROM emp e JOIN tree ON e.boss = tree.id) SELECT name, depth FROM tree
        WITH RECURSIVE tree AS (SELECT id, 0 AS depth FROM emp WHERE boss IS NULL UNION ALL SELECT e.id, tree.depth + 1 FROM emp e JOIN tree ON e.boss = tree.id) SELECT depth, COUNT(*) FROM tree GROUP BY depth
        WITH RECURSIVE reach(n) AS (SELECT 1 UNION SELECT e.b FROM edge e JOIN reach r ON e.a = r.n) SELECT n FROM reach
        WITH RECURSIVE reach(n) AS (SELECT 3 UNION SELECT e.b FROM edge e JOIN reach r ON e.a = r.n) SELECT n FROM reach
        WITH RECURSIVE walk(n, steps) AS (SELECT 1, 0 UNION ALL SELECT e.b, w.steps + 1 FROM edge e JOIN walk w ON e.a = w.n WHERE w.steps < 4) SELECT n, steps FROM walk
        WITH RECURSIVE s(i, t) AS (SELECT 1, 'a' UNION ALL SELECT i + 1, t || 'a' FROM s WHERE i < 4) SELECT t FROM s
        WITH RECURSIVE n(i) AS (SELECT 1 WHERE false UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT COUNT(*) FROM n
        WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i - 1 FROM n WHERE i > 0) SELECT i FROM n ORDER BY i LIMIT 3
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3), m AS (SELECT i * 10 AS j FROM n) SELECT j FROM m
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT t.id, n.i FROM t JOIN n ON t.id = n.i
        WITH RECURSIVE q AS (SELECT 1 AS n) SELECT n FROM q
        WITH RECURSIVE n(i) AS (SELECT id FROM t UNION ALL SELECT i + 3 FROM n WHERE i < 7) SELECT i FROM n
        WITH RECURSIVE n(x) AS (SELECT 1.0 UNION ALL SELECT x / 2 FROM n WHERE x > 0.1) SELECT x FROM n
    """)
    s.errors("""
        WITH q AS (SELECT 1 AS n), q AS (SELECT 2 AS n) SELECT n FROM q
        WITH q AS (SELECT nosuch FROM t) SELECT * FROM q
        WITH a AS (SELECT * FROM b), b AS (SELECT 1 AS n) SELECT * FROM a
        WITH q AS (SELECT 1 AS n) SELECT m FROM q
        WITH q AS SELECT 1 SELECT * FROM q
        WITH q AS (SELECT 1)
        SELECT * FROM q
    """)
    s.error("WITH q(a, b) AS (SELECT 1) SELECT * FROM q", "", duck=False, why="as in PostgreSQL: more names than columns; DuckDB leaves b out")


def setops(s):
    """UNION, INTERSECT and EXCEPT, with ALL and without."""
    fixtures.small(s)
    s.table("l", "n Int?, s String?", """
        1, 'a'
        1, 'a'
        2, 'b'
        3, NULL
        NULL, 'n'
        NULL, 'n'
        2, 'b'
    """)
    s.table("r", "n Int?, s String?", """
        1, 'a'
        2, 'b'
        2, 'x'
        4, NULL
        NULL, 'n'
    """)
    s.table("z", "n Int?, s String?", [])
    s.table("fl", "x Float?", """
        1.0
        2.5
        NULL
    """)
    for op in ("UNION", "UNION ALL", "UNION DISTINCT", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL"):
        duck = op.replace(" DISTINCT", "")
        for columns in ("n", "s", "n, s"):
            s.query(f"SELECT {columns} FROM l {op} SELECT {columns} FROM r", duck=f"SELECT {columns} FROM l {duck} SELECT {columns} FROM r")
        s.query(f"SELECT n FROM r {op} SELECT n FROM l", duck=f"SELECT n FROM r {duck} SELECT n FROM l")
        s.query(f"SELECT n FROM l {op} SELECT n FROM z", duck=f"SELECT n FROM l {duck} SELECT n FROM z")
        s.query(f"SELECT n FROM z {op} SELECT n FROM l", duck=f"SELECT n FROM z {duck} SELECT n FROM l")
        s.query(f"SELECT n FROM l {op} SELECT n FROM l", duck=f"SELECT n FROM l {duck} SELECT n FROM l")
        s.query(f"SELECT 1, 'a' {op} SELECT 1, 'a'", duck=f"SELECT 1, 'a' {duck} SELECT 1, 'a'")
        s.query(f"SELECT n FROM l {op} SELECT x FROM fl", duck=f"SELECT n FROM l {duck} SELECT x FROM fl")
    s.queries("""
        SELECT 1 UNION SELECT 2 UNION SELECT 1
        SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 1
        SELECT 1 UNION ALL SELECT 1 UNION SELECT 1
        SELECT 1 UNION SELECT 1 UNION ALL SELECT 1
        SELECT 1 UNION SELECT 2 INTERSECT SELECT 2
        (SELECT 1 UNION SELECT 2) INTERSECT SELECT 2
        SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)
        SELECT 2 INTERSECT SELECT 2 UNION SELECT 1
        SELECT 1 EXCEPT SELECT 1 UNION SELECT 1
        SELECT 1 EXCEPT (SELECT 1 UNION SELECT 2)
        SELECT n FROM l EXCEPT SELECT n FROM r EXCEPT SELECT 3
        SELECT n FROM l EXCEPT (SELECT n FROM r EXCEPT SELECT 1)
        SELECT n FROM l UNION SELECT n FROM r INTERSECT SELECT n FROM r
        SELECT NULL UNION SELECT NULL
        SELECT NULL UNION ALL SELECT 1
        SELECT 1 UNION SELECT NULL
        SELECT NULL INTERSECT SELECT NULL
        SELECT NULL EXCEPT SELECT NULL
        SELECT 1 AS a UNION SELECT 2 AS b
        SELECT q.a FROM (SELECT 1 AS a UNION SELECT 2 AS b) q
        SELECT 1 UNION SELECT 1.0
        SELECT 1 UNION ALL SELECT 2.5
        SELECT true UNION SELECT false
        SELECT DATE '2024-01-01' UNION SELECT DATE '2024-01-01'
        SELECT n FROM l UNION SELECT n FROM r ORDER BY n
        SELECT n FROM l UNION SELECT n FROM r ORDER BY n DESC
        SELECT n FROM l UNION ALL SELECT n FROM r ORDER BY n LIMIT 3
        SELECT n FROM l UNION ALL SELECT n FROM r ORDER BY n DESC LIMIT 3
        SELECT n FROM l UNION ALL SELECT n FROM r ORDER BY n LIMIT 3 OFFSET 2
        SELECT n FROM l UNION ALL SELECT n FROM r ORDER BY 1 OFFSET 8
        SELECT n AS k FROM l UNION SELECT n FROM r ORDER BY k LIMIT 2
        SELECT n, s FROM l UNION SELECT n, s FROM r ORDER BY s, n
        SELECT n FROM l INTERSECT SELECT n FROM r ORDER BY n DESC LIMIT 1
        SELECT n FROM l EXCEPT SELECT n FROM r ORDER BY n
        (SELECT n FROM l ORDER BY n LIMIT 2) UNION ALL (SELECT n FROM r ORDER BY n LIMIT 2)
        (SELECT n FROM l ORDER BY n LIMIT 1) UNION ALL (SELECT n FROM r ORDER BY n DESC LIMIT 2) ORDER BY n
        (SELECT 1) UNION (SELECT 2)
        ((SELECT 1) UNION (SELECT 2)) EXCEPT SELECT 1
        SELECT COUNT(*) FROM (SELECT n FROM l UNION SELECT n FROM r) q
        SELECT COUNT(*) FROM (SELECT n FROM l UNION ALL SELECT n FROM r) q
        SELECT n, COUNT(*) FROM (SELECT n FROM l UNION ALL SELECT n FROM r) q GROUP BY n
        SELECT n FROM (SELECT n FROM l EXCEPT SELECT n FROM r) q WHERE n > 0
        SELECT id FROM t WHERE id IN (SELECT n FROM l UNION SELECT 3)
        SELECT id FROM t WHERE id IN (SELECT n FROM l INTERSECT SELECT n FROM r)
        SELECT g, price FROM t UNION ALL SELECT 'total', SUM(price) FROM t
        SELECT g, COUNT(*) FROM t GROUP BY g UNION SELECT s, n FROM l
        SELECT DISTINCT n FROM l UNION ALL SELECT DISTINCT n FROM r
        SELECT 'l' AS side, n FROM l EXCEPT SELECT 'r', n FROM r
        SELECT n FROM l WHERE n > 1 UNION SELECT n FROM r WHERE n > 1
        SELECT n + 1 FROM l UNION SELECT n FROM r
        SELECT * FROM l UNION SELECT * FROM r
        SELECT * FROM l INTERSECT SELECT * FROM r
        VALUES (1), (2) UNION VALUES (2), (3)
        SELECT n FROM l UNION ALL VALUES (7)
    """)
    s.section("Errors")
    s.error("SELECT id FROM t UNION SELECT g, price FROM t", "(?i)column")
    s.error("SELECT id, g FROM t UNION SELECT id FROM t", "(?i)column")
    s.error("SELECT 1, 2 INTERSECT SELECT 1", "(?i)column")
    s.error("SELECT 1 EXCEPT SELECT 1, 2", "(?i)column")
    s.error("SELECT price FROM t UNION SELECT g FROM t", "", duck=False, why="as in PostgreSQL, Int and String have no common type; DuckDB makes texts of both")
    s.error("SELECT id FROM t UNION SELECT id FROM t ORDER BY price", "price")
    s.error("SELECT 1 UNION")
    s.error("SELECT id FROM t ORDER BY id UNION SELECT id FROM t")
    s.error("SELECT id FROM t LIMIT 1 UNION SELECT id FROM t")


FILES = {
    "join/joins": joins,
    "subquery/subqueries": subqueries,
    "subquery/ctes": ctes,
    "setops/setops": setops,
}
