"""IN, ANY and ALL: of subqueries and of lists, as conditions and as values, with NULLs on both sides."""

# Where a condition may stand. `@` is the condition.
PLACES = (
    "SELECT id, @ FROM t",
    "SELECT id FROM t WHERE @",
    "SELECT id FROM t WHERE NOT (@)",
    "SELECT id FROM t WHERE @ OR id = 6",
    "SELECT id, CASE WHEN @ THEN 'yes' ELSE 'no' END FROM t",
    "SELECT id FROM t ORDER BY @ DESC, id",
)


def tables(s):
    """A table whose subqueries look into itself, one with the same names, and an empty one."""
    s.table("t", "id Int, k Int?, m Int?, s String?, f Float?", """
        1, 1, 3, 'a', 1.0
        2, 3, 1, 'b', NULL
        3, 5, NULL, 'a', 3.5
        4, NULL, 5, NULL, 1.0
        5, 1, 8, 'c', -2.0
        6, 7, 3, 'b', 5.0
    """)
    s.table("u", "id Int, k Int?, m Int?, s String?, f Float?", """
        1, 3, 1, 'a', 3.0
        2, 1, 2, 'a', 1.5
        3, NULL, 1, 'b', NULL
        4, 7, NULL, NULL, 7.0
        5, 5, 3, 'c', 5.0
    """)
    s.table("nothing", "id Int, k Int?, s String?", [])


def everywhere(s, conditions, places=PLACES):
    for condition in (line.strip() for line in conditions.strip().splitlines()):
        for place in places:
            s.query(place.replace("@", condition))


def values(s):
    """IN and NOT IN of subqueries as values: most look into the table of the query itself."""
    tables(s)
    everywhere(s, """
        k IN (SELECT m FROM t)
        k NOT IN (SELECT m FROM t)
        k IN (SELECT m FROM t WHERE m IS NOT NULL)
        k NOT IN (SELECT m FROM t WHERE m IS NOT NULL)
        t.k IN (SELECT t.m FROM t)
        t.k NOT IN (SELECT t.m FROM t WHERE t.m > 2)
        k IN (SELECT k FROM t WHERE k > 2)
        k NOT IN (SELECT k FROM t WHERE k > 2)
        t.k IN (SELECT t.k FROM t WHERE t.id < 3)
        t.k NOT IN (SELECT i.k FROM t i WHERE i.id > 4)
        k IN (SELECT k FROM t WHERE false)
        k NOT IN (SELECT k FROM t WHERE false)
        s IN (SELECT s FROM t WHERE id > 3)
        s NOT IN (SELECT s FROM t WHERE id > 4)
        f IN (SELECT m FROM t WHERE m IS NOT NULL)
        k + 2 IN (SELECT k FROM t)
        NULL IN (SELECT k FROM t)
        5 NOT IN (SELECT k FROM t)
        k NOT IN (SELECT k FROM nothing)
        k IN (SELECT k FROM u WHERE u.id > 1)
    """)
    s.section("In keys and conditions of groups")
    s.queries("""
        SELECT k IN (SELECT m FROM t) AS g, COUNT(*) FROM t GROUP BY k IN (SELECT m FROM t)
        SELECT k IN (SELECT m FROM t WHERE m > 1) AS g, COUNT(*), SUM(id) FROM t GROUP BY g
        SELECT t.k NOT IN (SELECT t.k FROM t WHERE t.id > 4) AS g, MIN(id) FROM t GROUP BY g
        SELECT k IN (SELECT k FROM t WHERE k > 2) AS g, s, COUNT(*) FROM t GROUP BY g, s
        SELECT s, COUNT(*) FROM t GROUP BY s HAVING COUNT(*) IN (SELECT id FROM t WHERE id > 1)
        SELECT s, COUNT(*) FROM t GROUP BY s HAVING COUNT(*) NOT IN (SELECT k FROM t WHERE k > 1)
        SELECT s FROM t GROUP BY s HAVING MAX(k) IN (SELECT k FROM t WHERE id = 6) OR s = 'c'
        SELECT s FROM t GROUP BY s HAVING s IN (SELECT s FROM t WHERE id < 3)
        SELECT s FROM t GROUP BY s HAVING s NOT IN (SELECT s FROM t WHERE k = 1) OR COUNT(*) = 2
        SELECT s, MAX(k) IN (SELECT m FROM t WHERE m IS NOT NULL) FROM t GROUP BY s
        SELECT s, s IN (SELECT s FROM t WHERE id = 5) FROM t GROUP BY s
        SELECT COUNT(*) FILTER (WHERE k IN (SELECT m FROM t WHERE m < 4)) FROM t
        SELECT SUM(CASE WHEN k IN (SELECT m FROM t) THEN 1 ELSE 0 END) FROM t
        SELECT s, SUM(CASE WHEN k IN (SELECT k FROM t WHERE id < 3) THEN 1 ELSE 10 END) FROM t GROUP BY s
    """)
    s.section("Several of them, and one within another")
    s.queries("""
        SELECT id, k IN (SELECT m FROM t), m IN (SELECT k FROM t) FROM t
        SELECT id, k IN (SELECT m FROM t) AND m IN (SELECT k FROM t) FROM t
        SELECT id, k IN (SELECT m FROM t WHERE m < 4) OR m IN (SELECT k FROM t WHERE k < 4) FROM t
        SELECT id, (k IN (SELECT m FROM t)) = (m IN (SELECT k FROM t)) FROM t
        SELECT id, k IN (SELECT m FROM t) IS NULL FROM t
        SELECT id FROM t WHERE (k IN (SELECT m FROM t)) IS NOT TRUE
        SELECT id FROM t WHERE k IN (SELECT m FROM t) OR m NOT IN (SELECT k FROM t WHERE k IS NOT NULL)
        SELECT id FROM t WHERE k IN (SELECT m FROM t) AND (s = 'a' OR s IN (SELECT s FROM t WHERE id = 2))
        SELECT id, COALESCE(k IN (SELECT m FROM t), false) FROM t
        SELECT id, k IN (SELECT m FROM t WHERE m IN (SELECT k FROM t)) FROM t
        SELECT id FROM t WHERE k IN (SELECT m FROM t WHERE m IN (SELECT k FROM t WHERE id = 2)) OR id = 3
        SELECT id, CASE WHEN k IN (SELECT m FROM t) THEN 'm' WHEN s IN (SELECT s FROM t WHERE id > 4) THEN 's' ELSE 'none' END FROM t
        SELECT a.id, b.id, a.k IN (SELECT m FROM t) FROM t a JOIN t b ON a.k = b.k AND a.id < b.id
        SELECT a.id, b.id, b.k IN (SELECT k FROM t WHERE id > 2) FROM t a LEFT JOIN t b ON a.m = b.k
        SELECT id FROM t a WHERE a.k IN (SELECT b.k FROM t b WHERE b.id <> 1) OR a.id = 1
        SELECT q.id, q.hit FROM (SELECT id, k IN (SELECT m FROM t) AS hit FROM t) q WHERE q.hit OR q.id = 4
        SELECT id, RANK() OVER (ORDER BY k IN (SELECT m FROM t), id) FROM t
        SELECT id, k IN (SELECT m FROM t UNION SELECT 7) FROM t
        SELECT id, k IN (SELECT MAX(m) - 1 FROM t) FROM t
        SELECT id, k IN (SELECT m FROM t ORDER BY id LIMIT 2) FROM t
        SELECT id, (k, m) IN (SELECT k, m FROM t WHERE id < 3) FROM t WHERE k IS NOT NULL AND m IS NOT NULL
        SELECT id, id, k IN (SELECT m FROM t), id FROM t
        SELECT id, t.id, k IN (SELECT m FROM t) FROM t
    """)


def quantified(s):
    """ANY, SOME and ALL of subqueries, as conditions and as values."""
    tables(s)
    everywhere(s, """
        k = ANY (SELECT m FROM t)
        k = ANY (SELECT k FROM t WHERE k > 2)
        k <> ANY (SELECT k FROM t)
        k <> ANY (SELECT k FROM t WHERE id IN (2, 4))
        k <> ALL (SELECT m FROM t)
        k <> ALL (SELECT m FROM t WHERE m IS NOT NULL)
        k = ALL (SELECT k FROM t WHERE k = 1)
        k = ALL (SELECT k FROM t WHERE k = 1 OR k IS NULL)
        k > ANY (SELECT k FROM t)
        k > ALL (SELECT m FROM t WHERE m < 4)
        k > ALL (SELECT m FROM t)
        k >= ALL (SELECT k FROM t WHERE k IS NOT NULL)
        t.k < ANY (SELECT t.m FROM t)
        t.k < ALL (SELECT i.m FROM t i WHERE i.id > 4)
        k <= ANY (SELECT m FROM t WHERE m IS NULL)
        k <= ALL (SELECT m FROM t WHERE m IS NULL)
        k = ANY (SELECT k FROM t WHERE false)
        k <> ANY (SELECT k FROM t WHERE false)
        k > ALL (SELECT k FROM t WHERE false)
        k = ALL (SELECT k FROM nothing)
        k < ANY (SELECT k FROM nothing)
        s = ANY (SELECT s FROM t WHERE id > 3)
        s > ALL (SELECT s FROM t WHERE s < 'c')
        f >= ANY (SELECT m FROM t WHERE m > 3)
        k * 2 <> ALL (SELECT m FROM t WHERE m <> 3)
        k = SOME (SELECT m FROM t WHERE m IS NOT NULL)
        5 > ALL (SELECT k FROM u)
        NULL = ANY (SELECT k FROM t)
    """)
    s.section("In groups, joins and one beside another")
    s.queries("""
        SELECT s, MAX(k) >= ALL (SELECT k FROM t WHERE k IS NOT NULL) FROM t GROUP BY s
        SELECT s FROM t GROUP BY s HAVING MAX(k) >= ALL (SELECT k FROM t WHERE k IS NOT NULL)
        SELECT s FROM t GROUP BY s HAVING COUNT(*) = ANY (SELECT id FROM t WHERE id < 2)
        SELECT s FROM t GROUP BY s HAVING MIN(k) < ANY (SELECT m FROM t WHERE m < 4) OR s IS NULL
        SELECT k > ANY (SELECT m FROM t) AS g, COUNT(*) FROM t GROUP BY g
        SELECT k > ALL (SELECT m FROM t WHERE m < 4) AS g, COUNT(*) FROM t GROUP BY k > ALL (SELECT m FROM t WHERE m < 4)
        SELECT id FROM t WHERE k > ANY (SELECT m FROM t) AND k < ALL (SELECT m FROM t WHERE m > 5)
        SELECT id, k > ANY (SELECT m FROM t), k > ALL (SELECT m FROM t) FROM t
        SELECT id, k = ANY (SELECT m FROM t) OR k > ALL (SELECT m FROM t) FROM t
        SELECT id, NOT k = ANY (SELECT m FROM t) FROM t
        SELECT id, (k = ANY (SELECT m FROM t)) IS NULL FROM t
        SELECT id FROM t WHERE (k > ALL (SELECT m FROM t)) IS NOT FALSE
        SELECT a.id, b.id FROM t a JOIN t b ON a.id = b.id AND a.k > ANY (SELECT m FROM t WHERE m < 4)
        SELECT id, CASE WHEN k = ANY (SELECT m FROM t) THEN 1 WHEN k > ALL (SELECT m FROM t WHERE m < 4) THEN 2 ELSE 3 END FROM t
        SELECT q.id FROM (SELECT id, k > ANY (SELECT m FROM t) AS big FROM t) q WHERE q.big IS NULL OR q.big
        SELECT 3 = ANY (SELECT k FROM t), 3 <> ALL (SELECT k FROM t), 9 = ANY (SELECT k FROM t), 9 <> ALL (SELECT m FROM t)
        SELECT 0 < ALL (SELECT k FROM t), 1 <= ALL (SELECT k FROM t WHERE k IS NOT NULL), 2 <= ALL (SELECT k FROM t)
        SELECT SUM(CASE WHEN k >= ALL (SELECT k FROM u WHERE k < 4) THEN 1 ELSE 0 END) FROM t
        SELECT id FROM t ORDER BY k = ANY (SELECT m FROM t WHERE m > 1), k > ALL (SELECT m FROM t WHERE m < 3) DESC, id
    """)
    s.section("Correlated")
    s.queries("""
        SELECT id FROM t WHERE k = ANY (SELECT u.k FROM u WHERE u.s = t.s)
        SELECT id FROM t WHERE k <> ALL (SELECT u.k FROM u WHERE u.s = t.s)
        SELECT id FROM t WHERE k > ANY (SELECT u.k FROM u WHERE u.s = t.s)
        SELECT id FROM t WHERE k >= ALL (SELECT u.k FROM u WHERE u.s = t.s)
        SELECT id, k = ANY (SELECT u.k FROM u WHERE u.s = t.s) FROM t
        SELECT id, k <> ALL (SELECT u.k FROM u WHERE u.s = t.s) FROM t
        SELECT id, k > ALL (SELECT u.m FROM u WHERE u.id < t.id) FROM t
        SELECT id, k <= ANY (SELECT i.k FROM t i WHERE i.s = t.s AND i.id <> t.id) FROM t
        SELECT id FROM t WHERE k >= ALL (SELECT i.k FROM t i WHERE i.s = t.s) OR id = 3
        SELECT id FROM t o WHERE k < ANY (SELECT i.k FROM t i WHERE i.s = o.s)
    """)


def lists(s):
    """IN and NOT IN of lists whose items are columns and expressions."""
    tables(s)
    everywhere(s, """
        k IN (m, 7)
        k NOT IN (m, 7)
        k IN (m, NULL)
        k NOT IN (m, NULL)
        k IN (m, id, 7)
        k NOT IN (m, id - 1, 7)
        k IN (CASE WHEN id = 1 THEN 1 ELSE 5 END)
        k NOT IN (CASE WHEN id = 1 THEN 1 ELSE 5 END)
        k IN (CASE WHEN id < 3 THEN 1 END, CASE WHEN id > 4 THEN m END)
        k NOT IN (CASE WHEN id < 3 THEN 1 END, CASE WHEN id > 4 THEN m END)
        k IN (CASE id WHEN 1 THEN 1 WHEN 2 THEN NULL ELSE m END, 7, 8, 9, 10)
        k NOT IN (CASE id WHEN 1 THEN 1 WHEN 2 THEN NULL ELSE 0 END, 11, 12, 13, 14)
        s IN (CASE WHEN k > 2 THEN 'a' ELSE 'c' END, 'x')
        s NOT IN (CASE WHEN k > 2 THEN 'a' ELSE 'c' END, 'x')
        CASE WHEN id > 3 THEN k ELSE m END IN (1, 3, NULL)
        CASE WHEN id > 3 THEN k ELSE m END NOT IN (1, 3)
        k IN (f, 3.0)
        f NOT IN (k, m)
        5 IN (k, m)
        5 NOT IN (k, m)
        NULL IN (k, m)
        k IN (k)
        k NOT IN (k, m)
        k IN (COALESCE(m, 5), m + 2)
        k IN ((SELECT MAX(k) FROM t), m)
        k NOT IN ((SELECT MIN(k) FROM t), (SELECT k FROM t WHERE id = 4))
    """)
    s.queries("""
        SELECT k IN (m, 7) AS g, COUNT(*) FROM t GROUP BY g
        SELECT s FROM t GROUP BY s HAVING MAX(k) IN (CASE WHEN s = 'a' THEN 5 ELSE 7 END, 0)
        SELECT s FROM t GROUP BY s HAVING COUNT(*) NOT IN (MIN(id), MAX(id))
        SELECT a.id, b.id FROM t a JOIN t b ON a.k IN (b.k, b.m)
        SELECT a.id, b.id FROM t a LEFT JOIN t b ON a.id = b.id AND a.k IN (b.m, CASE WHEN b.id = 1 THEN 1 END)
        SELECT a.id, b.id FROM t a JOIN t b ON a.id = b.id + 1 AND a.k NOT IN (b.k, b.m)
        SELECT 1 IN (CASE WHEN true THEN 1 END), 1 NOT IN (CASE WHEN false THEN 1 END)
    """)


def correlated(s):
    """Correlated IN and NOT IN: NULL keys, empty sets, several conditions."""
    tables(s)
    everywhere(s, """
        k IN (SELECT u.k FROM u WHERE u.s = t.s)
        k NOT IN (SELECT u.k FROM u WHERE u.s = t.s)
        k NOT IN (SELECT u.k FROM u WHERE u.s = t.s AND u.k IS NOT NULL)
        k NOT IN (SELECT u.m FROM u WHERE u.s = t.s AND u.id < t.id)
        k NOT IN (SELECT u.k FROM u WHERE u.m < t.m)
        k IN (SELECT u.k FROM u WHERE u.m < t.m AND u.s <> t.s)
        k NOT IN (SELECT u.k FROM u WHERE u.m = t.m AND u.s = t.s)
        k NOT IN (SELECT u.k FROM u WHERE u.s IS NOT DISTINCT FROM t.s)
        k NOT IN (SELECT n.k FROM nothing n WHERE n.s = t.s)
        k NOT IN (SELECT u.k FROM u WHERE u.s = t.s AND false)
        s NOT IN (SELECT u.s FROM u WHERE u.k = t.k)
        s IN (SELECT u.s FROM u WHERE u.k = t.k OR u.m = t.m)
        t.k NOT IN (SELECT i.k FROM t i WHERE i.s = t.s AND i.id <> t.id)
        t.k IN (SELECT i.m FROM t i WHERE i.id > t.id)
        k + 0 NOT IN (SELECT u.k + u.m FROM u WHERE u.id >= t.id)
        f NOT IN (SELECT u.k FROM u WHERE u.s = t.s)
        7 NOT IN (SELECT u.k FROM u WHERE u.id <= t.id)
        NULL NOT IN (SELECT u.k FROM u WHERE u.s = t.s)
    """)
    s.queries("""
        SELECT id FROM t WHERE k NOT IN (SELECT u.k FROM u WHERE u.s = t.s) AND m NOT IN (SELECT u.m FROM u WHERE u.s = t.s)
        SELECT id FROM t WHERE k NOT IN (SELECT u.k FROM u WHERE u.s = t.s) OR k IN (SELECT k FROM t WHERE id > 4)
        SELECT id, k NOT IN (SELECT u.k FROM u WHERE u.s = t.s), k IN (SELECT u.k FROM u WHERE u.id = t.id) FROM t
        SELECT id FROM t WHERE k NOT IN (SELECT u.k FROM u WHERE u.s = t.s AND u.k NOT IN (SELECT i.k FROM t i WHERE i.m = u.m))
        SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND u.s = t.s) AND k NOT IN (SELECT k FROM u WHERE k > 5)
        SELECT s, COUNT(*) FROM t WHERE k NOT IN (SELECT u.m FROM u WHERE u.id = t.id) GROUP BY s
        SELECT a.id FROM t a JOIN u b ON a.id = b.id WHERE a.k NOT IN (SELECT c.k FROM u c WHERE c.s = b.s AND c.id <> b.id)
    """)


def changes(s):
    """DELETE and UPDATE whose conditions look into the table that they change."""
    tables(s)
    number = 0

    def step(statement):
        nonlocal number
        number += 1
        name = f"c{number}"
        s.ok(f"CREATE TABLE {name} AS SELECT * FROM t")
        s.ok(statement.replace("@", name))
        s.query(f"SELECT id, k, m, s FROM {name}")

    for statement in """
        DELETE FROM @ WHERE k IN (SELECT m FROM @)
        DELETE FROM @ WHERE k IN (SELECT m FROM @) OR id = 5
        DELETE FROM @ WHERE k IN (SELECT k FROM @ WHERE id > 4) OR s IS NULL
        DELETE FROM @ WHERE k NOT IN (SELECT m FROM @ WHERE m IS NOT NULL) OR s = 'c'
        DELETE FROM @ WHERE k NOT IN (SELECT m FROM @) OR id = 6
        DELETE FROM @ WHERE k NOT IN (SELECT m FROM @)
        DELETE FROM @ WHERE @.k IN (SELECT @.m FROM @) OR @.m IN (SELECT @.k FROM @ WHERE @.id < 3)
        DELETE FROM @ WHERE @.k IN (SELECT i.m FROM @ i WHERE i.id > @.id) OR s = 'b'
        DELETE FROM @ WHERE k > ALL (SELECT m FROM @ WHERE m < 4) OR k IS NULL
        DELETE FROM @ WHERE k = ANY (SELECT m FROM @) OR m = ANY (SELECT k FROM @ WHERE k < 2)
        DELETE FROM @ WHERE id = (SELECT MAX(id) FROM @) OR k IN (SELECT k FROM @ WHERE false)
        DELETE FROM @ WHERE k IN (m, 7) OR k IN (CASE WHEN id = 1 THEN 1 ELSE 5 END)
        DELETE FROM @ WHERE EXISTS (SELECT 1 FROM @ i WHERE i.k = @.k AND i.id <> @.id) OR id = 2
        DELETE FROM @ WHERE (k IN (SELECT m FROM @)) IS NULL
        UPDATE @ SET s = 'hit' WHERE k IN (SELECT m FROM @) OR id = 5
        UPDATE @ SET s = 'hit' WHERE k IN (SELECT k FROM @ WHERE id > 4) OR s IS NULL
        UPDATE @ SET s = 'hit' WHERE k NOT IN (SELECT m FROM @ WHERE m IS NOT NULL) OR s = 'c'
        UPDATE @ SET s = 'hit' WHERE k NOT IN (SELECT m FROM @) OR id = 6
        UPDATE @ SET k = m, m = k WHERE @.k IN (SELECT @.m FROM @) OR @.id = 6
        UPDATE @ SET k = k + 100 WHERE k IN (SELECT u.k FROM u WHERE u.s = @.s) OR k NOT IN (SELECT m FROM @ WHERE m > 2)
        UPDATE @ SET s = CASE WHEN k IN (SELECT m FROM @) THEN 'yes' ELSE 'no' END
        UPDATE @ SET s = CASE WHEN k > ANY (SELECT m FROM @) THEN 'big' ELSE s END WHERE id IN (SELECT id FROM @ WHERE id > 2) OR id = 1
        UPDATE @ SET m = (SELECT COUNT(*) FROM @) WHERE k > ANY (SELECT m FROM @ WHERE m < 4) OR k IS NULL
        UPDATE @ SET m = 0 WHERE m NOT IN (k, 3) OR m IN (SELECT id FROM @ WHERE id > 7)
    """.strip().splitlines():
        step(statement.strip())
    s.section("The source is as it was.")
    s.query("SELECT id, k, m, s FROM t")


FILES = {
    "subquery/values": values,
    "subquery/quantified": quantified,
    "subquery/correlated": correlated,
    "scalar/in_lists": lists,
    "change/subqueries": changes,
}
