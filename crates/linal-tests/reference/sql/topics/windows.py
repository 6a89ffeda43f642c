"""Window functions."""

import fixtures


def base(s):
    s.table("w", "id Int, g String?, n Int?, x Float?", """
        1, 'a', 10, 1.5
        2, 'a', 20, 2.5
        3, 'a', 20, NULL
        4, 'b', 5, 4.0
        5, 'b', NULL, 0.5
        6, NULL, 7, 8.0
        7, 'b', 5, -1.0
        8, NULL, 9, 2.25
    """)


def ranking(s):
    """Rankings, LAG, LEAD, FIRST_VALUE, LAST_VALUE, NTH_VALUE, and aggregates over partitions."""
    base(s)
    fixtures.small(s)
    s.section("right-answers.md")
    s.queries("""
        SELECT SUM(price) OVER (PARTITION BY g) FROM t
        SELECT COUNT(*) OVER () FROM t
        SELECT id, SUM(price) OVER (ORDER BY id) FROM t
    """)
    for name in ("RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST"):
        s.query(f"SELECT id, {name}() OVER (ORDER BY n) FROM w")
        s.query(f"SELECT id, {name}() OVER (ORDER BY n DESC) FROM w")
        s.query(f"SELECT id, {name}() OVER (PARTITION BY g ORDER BY n) FROM w")
        s.query(f"SELECT id, {name}() OVER (PARTITION BY g ORDER BY n DESC) FROM w")
        s.query(f"SELECT id, {name}() OVER (ORDER BY n NULLS FIRST) FROM w")
        s.query(f"SELECT id, {name}() OVER (ORDER BY g, n) FROM w")
        s.query(f"SELECT id, {name}() OVER () FROM w")
    for over in ("ORDER BY id", "ORDER BY id DESC", "PARTITION BY g ORDER BY id", "ORDER BY n, id", "ORDER BY n DESC, id", "PARTITION BY g ORDER BY x DESC, id", "PARTITION BY n ORDER BY id"):
        s.query(f"SELECT id, ROW_NUMBER() OVER ({over}) FROM w")
    for k in (1, 2, 3, 5, 10):
        s.query(f"SELECT id, NTILE({k}) OVER (ORDER BY id) FROM w")
    s.query("SELECT id, NTILE(2) OVER (PARTITION BY g ORDER BY id) FROM w")
    for name in ("LAG", "LEAD"):
        for arguments in ("n", "n, 2", "n, 0", "n, 1, -1", "x, 2, 0.0", "g", "g, 1, 'none'", "n * 2"):
            s.query(f"SELECT id, {name}({arguments}) OVER (ORDER BY id) FROM w")
        s.query(f"SELECT id, {name}(n) OVER (PARTITION BY g ORDER BY id) FROM w")
        s.query(f"SELECT id, {name}(n, 1, 0) OVER (PARTITION BY g ORDER BY id DESC) FROM w")
    for name in ("FIRST_VALUE(n)", "LAST_VALUE(n)", "NTH_VALUE(n, 2)", "NTH_VALUE(id, 3)", "FIRST_VALUE(g)", "NTH_VALUE(n, 20)"):
        s.query(f"SELECT id, {name} OVER (ORDER BY id) FROM w")
        s.query(f"SELECT id, {name} OVER (PARTITION BY g ORDER BY id) FROM w")
        s.query(f"SELECT id, {name} OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM w")
    for aggregate in ("SUM(n)", "COUNT(n)", "COUNT(*)", "AVG(n)", "MIN(n)", "MAX(n)", "SUM(x)", "MIN(g)"):
        s.query(f"SELECT id, {aggregate} OVER () FROM w")
        s.query(f"SELECT id, {aggregate} OVER (PARTITION BY g) FROM w")
        s.query(f"SELECT id, {aggregate} OVER (ORDER BY id) FROM w")
        s.query(f"SELECT id, {aggregate} OVER (ORDER BY n) FROM w")
        s.query(f"SELECT id, {aggregate} OVER (PARTITION BY g ORDER BY n) FROM w")
    s.query("SELECT id, SUM(n) FILTER (WHERE n > 5) OVER (ORDER BY id) FROM w")
    s.query("SELECT id, BOOL_OR(n > 15) OVER (ORDER BY id) FROM w")
    s.query("SELECT id, ROUND(STDDEV(n) OVER (PARTITION BY g), 6) FROM w")


def frames(s):
    """Frames of ROWS, RANGE and GROUPS."""
    base(s)
    rows = (
        "UNBOUNDED PRECEDING AND CURRENT ROW",
        "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
        "CURRENT ROW AND UNBOUNDED FOLLOWING",
        "1 PRECEDING AND 1 FOLLOWING",
        "2 PRECEDING AND CURRENT ROW",
        "CURRENT ROW AND 2 FOLLOWING",
        "2 PRECEDING AND 1 PRECEDING",
        "1 FOLLOWING AND 2 FOLLOWING",
        "CURRENT ROW AND CURRENT ROW",
        "UNBOUNDED PRECEDING AND 1 PRECEDING",
        "1 FOLLOWING AND UNBOUNDED FOLLOWING",
        "3 PRECEDING AND 1 FOLLOWING",
    )
    for frame in rows:
        s.query(f"SELECT id, SUM(n) OVER (ORDER BY id ROWS BETWEEN {frame}) FROM w")
        s.query(f"SELECT id, COUNT(*) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN {frame}) FROM w")
        s.query(f"SELECT id, MAX(x) OVER (ORDER BY id ROWS BETWEEN {frame}) FROM w")
        s.query(f"SELECT id, AVG(n) OVER (PARTITION BY g ORDER BY id DESC ROWS BETWEEN {frame}) FROM w")
    ranges = (
        "UNBOUNDED PRECEDING AND CURRENT ROW",
        "CURRENT ROW AND UNBOUNDED FOLLOWING",
        "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
        "CURRENT ROW AND CURRENT ROW",
        "2 PRECEDING AND 2 FOLLOWING",
        "5 PRECEDING AND CURRENT ROW",
        "1 PRECEDING AND 10 FOLLOWING",
        "3 PRECEDING AND 1 PRECEDING",
    )
    for frame in ranges:
        s.query(f"SELECT id, SUM(id) OVER (ORDER BY n RANGE BETWEEN {frame}) FROM w")
        s.query(f"SELECT id, COUNT(*) OVER (ORDER BY n DESC RANGE BETWEEN {frame}) FROM w")
        s.query(f"SELECT id, SUM(n) OVER (PARTITION BY g ORDER BY n RANGE BETWEEN {frame}) FROM w")
    for frame in ("CURRENT ROW AND CURRENT ROW", "1 PRECEDING AND CURRENT ROW", "1 PRECEDING AND 1 FOLLOWING", "UNBOUNDED PRECEDING AND 1 FOLLOWING"):
        s.query(f"SELECT id, SUM(id) OVER (ORDER BY n GROUPS BETWEEN {frame}) FROM w")
    s.queries("""
        SELECT id, SUM(n) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) FROM w
        SELECT id, SUM(n) OVER (ORDER BY id ROWS 1 PRECEDING) FROM w
        SELECT id, SUM(id) OVER (ORDER BY n RANGE UNBOUNDED PRECEDING) FROM w
        SELECT id, FIRST_VALUE(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM w
        SELECT id, LAST_VALUE(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM w
        SELECT id, NTH_VALUE(id, 2) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM w
        SELECT id, MIN(n) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING) FROM w
        SELECT id, SUM(x) OVER (ORDER BY x RANGE BETWEEN 1.0 PRECEDING AND 1.0 FOLLOWING) FROM w
        SELECT id, COUNT(*) OVER (ORDER BY x RANGE BETWEEN 0.5 PRECEDING AND CURRENT ROW) FROM w
    """)
    s.errors("""
        SELECT SUM(n) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM w
        SELECT SUM(n) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW) FROM w
        SELECT SUM(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND UNBOUNDED PRECEDING) FROM w
        SELECT SUM(n) OVER (ORDER BY id ROWS BETWEEN -1 PRECEDING AND CURRENT ROW) FROM w
        SELECT SUM(n) OVER (ORDER BY g, id RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM w
        SELECT SUM(n) OVER (ORDER BY g RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM w
    """)


def clauses(s):
    """Named windows, QUALIFY, and windows beside the other clauses."""
    base(s)
    fixtures.sales(s)
    s.queries("""
        SELECT id, SUM(n) OVER win FROM w WINDOW win AS (PARTITION BY g ORDER BY id)
        SELECT id, SUM(n) OVER win, COUNT(*) OVER win FROM w WINDOW win AS (ORDER BY id)
        SELECT id, RANK() OVER a, RANK() OVER b FROM w WINDOW a AS (ORDER BY n), b AS (ORDER BY n DESC)
        SELECT id, SUM(n) OVER (win ORDER BY id) FROM w WINDOW win AS (PARTITION BY g)
        SELECT id, SUM(n) OVER (win ROWS 1 PRECEDING) FROM w WINDOW win AS (ORDER BY id)
        SELECT id, RANK() OVER win FROM w WHERE id > 2 WINDOW win AS (ORDER BY n) ORDER BY id
        SELECT id FROM w QUALIFY ROW_NUMBER() OVER (ORDER BY id) <= 3
        SELECT id FROM w QUALIFY ROW_NUMBER() OVER (PARTITION BY g ORDER BY id) = 1
        SELECT id, g FROM w QUALIFY RANK() OVER (PARTITION BY g ORDER BY n DESC) = 1
        SELECT id, RANK() OVER (ORDER BY n) AS r FROM w QUALIFY r <= 2
        SELECT id, COUNT(*) OVER (PARTITION BY g) AS c FROM w QUALIFY c = 3
        SELECT id FROM w QUALIFY n = MAX(n) OVER (PARTITION BY g)
        SELECT id FROM w WHERE n IS NOT NULL QUALIFY LAG(n) OVER (ORDER BY id) < n
        SELECT id FROM w QUALIFY ROW_NUMBER() OVER (ORDER BY id DESC) = 1 OR id = 1
        SELECT id FROM w QUALIFY COUNT(*) OVER () = 8 ORDER BY id LIMIT 2
        SELECT id, SUM(n) OVER win FROM w WINDOW win AS (ORDER BY id) QUALIFY SUM(n) OVER win > 50
        SELECT g, COUNT(*) FROM w GROUP BY g QUALIFY RANK() OVER (ORDER BY COUNT(*) DESC) = 1
        SELECT id, RANK() OVER (ORDER BY n DESC) FROM w ORDER BY id LIMIT 3
        SELECT id, COUNT(*) OVER () FROM w ORDER BY id LIMIT 2
        SELECT id, COUNT(*) OVER () FROM w WHERE id < 4
        SELECT id, SUM(n) OVER () FROM w ORDER BY id OFFSET 6
        SELECT id, ROW_NUMBER() OVER (ORDER BY id DESC) AS r FROM w ORDER BY r LIMIT 3
        SELECT id FROM w ORDER BY RANK() OVER (ORDER BY n), id
        SELECT id FROM w ORDER BY SUM(n) OVER (PARTITION BY g), id
        SELECT DISTINCT COUNT(*) OVER (PARTITION BY g) FROM w
        SELECT DISTINCT g, SUM(n) OVER (PARTITION BY g) FROM w
        SELECT id, n - AVG(n) OVER () FROM w
        SELECT id, n * 100 / SUM(n) OVER (PARTITION BY g) FROM w
        SELECT id, SUM(n) OVER (ORDER BY id) - n FROM w
        SELECT id, n - LAG(n) OVER (ORDER BY id) AS diff FROM w
        SELECT id, COALESCE(LAG(n) OVER (ORDER BY id), 0) FROM w
        SELECT id, CASE WHEN RANK() OVER (ORDER BY n) = 1 THEN 'least' ELSE 'more' END FROM w
        SELECT id, SUM(n + 1) OVER (PARTITION BY COALESCE(g, 'none')) FROM w
        SELECT id, SUM(n) OVER (PARTITION BY n > 8) FROM w
        SELECT id, COUNT(*) OVER (PARTITION BY id % 2 ORDER BY id) FROM w
        SELECT id, RANK() OVER (ORDER BY -n) FROM w
        SELECT id, RANK() OVER (ORDER BY ABS(x)) FROM w
        SELECT id, RANK() OVER (ORDER BY n, x) FROM w
        SELECT id, MAX(id) OVER (PARTITION BY g, n) FROM w
        SELECT g, SUM(n), RANK() OVER (ORDER BY SUM(n) DESC) FROM w GROUP BY g
        SELECT g, SUM(SUM(n)) OVER (ORDER BY g) FROM w GROUP BY g
        SELECT g, COUNT(*), SUM(COUNT(*)) OVER () FROM w GROUP BY g
        SELECT g, COUNT(*) * 100.0 / SUM(COUNT(*)) OVER () FROM w GROUP BY g
        SELECT id, r FROM (SELECT id, RANK() OVER (ORDER BY n) AS r FROM w) q WHERE r > 3
        SELECT MAX(r) FROM (SELECT DENSE_RANK() OVER (ORDER BY n) AS r FROM w) q
        SELECT r, COUNT(*) FROM (SELECT RANK() OVER (ORDER BY n) AS r FROM w) q GROUP BY r
        SELECT a.id, a.r FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS r FROM w) a JOIN w b ON a.r = b.id WHERE b.g = 'a'
        WITH q AS (SELECT id, SUM(n) OVER (ORDER BY id) AS total FROM w) SELECT id FROM q WHERE total > 40
        SELECT id FROM w WHERE id IN (SELECT ROW_NUMBER() OVER (ORDER BY id) FROM w WHERE g = 'b')
        SELECT region, day, SUM(amount) OVER (PARTITION BY region ORDER BY day, id) FROM sales
        SELECT id, SUM(qty) OVER (ORDER BY day RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW) FROM sales
        SELECT id, day - LAG(day) OVER (ORDER BY day, id) FROM sales
        SELECT region, product, RANK() OVER (PARTITION BY region ORDER BY SUM(qty) DESC) FROM sales GROUP BY region, product
        SELECT region, COUNT(*) OVER (PARTITION BY region) FROM sales UNION SELECT 'x', 0
        SELECT id, FIRST_VALUE(product) OVER (PARTITION BY region ORDER BY qty DESC, id) FROM sales
        SELECT id, SUM(qty) OVER (PARTITION BY region ORDER BY id) AS running FROM sales ORDER BY running, id LIMIT 4
    """)
    s.errors("""
        SELECT id FROM w WHERE RANK() OVER (ORDER BY n) = 1
        SELECT g FROM w GROUP BY RANK() OVER (ORDER BY n)
        SELECT SUM(RANK() OVER (ORDER BY n)) FROM w
        SELECT RANK() OVER (ORDER BY RANK() OVER (ORDER BY n)) FROM w
        SELECT RANK() FROM w
        SELECT ROW_NUMBER() OVER nosuch FROM w
        SELECT RANK() OVER (ORDER BY nosuch) FROM w
        SELECT LAG() OVER (ORDER BY id) FROM w
        SELECT NTILE(0) OVER (ORDER BY id) FROM w
        SELECT UPPER(g) OVER () FROM w
        SELECT id FROM w QUALIFY nosuch = 1
    """)


def arithmetic(s):
    """Arithmetic on what ranks: the results are Ints, which may become negative."""
    base(s)
    ranks = {
        "ROW_NUMBER() OVER (ORDER BY id)": "ROW_NUMBER() OVER (ORDER BY id DESC)",
        "RANK() OVER (ORDER BY n, g)": "RANK() OVER (ORDER BY x)",
        "DENSE_RANK() OVER (PARTITION BY g ORDER BY n)": "ROW_NUMBER() OVER (PARTITION BY g ORDER BY id)",
        "NTILE(3) OVER (ORDER BY id)": "NTILE(2) OVER (ORDER BY id DESC)",
    }
    for rank, other in ranks.items():
        s.section(rank)
        for expression in ("# - 5", "# + id", "# - n", "n - #", "-#", "# * -2", "# * 0.5", "# / 2", "# % 3", "# DIV 2", "(# - 4) DIV 2", "(# - 4) % 3", "7 DIV #", "# - @", "# + @ * 2", "# - x", "ABS(# - 3)", "COALESCE(n, # - 10)", "CASE WHEN # > 2 THEN # ELSE -1 END"):
            s.query(f"SELECT id, {expression} FROM w".replace("#", rank).replace("@", other))
        for condition in ("# = id", "# > n", "n <= #", "# < x", "# - 5 < 0", "# = @", "# < @ - 2", "# IN (1, -1, 3)", "# NOT IN (n, id)", "# BETWEEN -1 AND 2", "# <> -1", "# = 2.0", "# - 2 IN (SELECT id - 3 FROM w)"):
            s.query(f"SELECT id, {condition} FROM w".replace("#", rank).replace("@", other))
        for order in ("# - 3", "3 - #", "# % 3, id", "-# * id", "# - @ DESC"):
            s.query(f"SELECT id FROM w ORDER BY {order}, id".replace("#", rank).replace("@", other))
        for condition in ("# - 5 < -2", "# > n", "# - @ < 0", "# % 2 = 1"):
            s.query(f"SELECT id FROM w QUALIFY {condition}".replace("#", rank).replace("@", other))
    s.section("Around it")
    s.queries("""
        SELECT MIN(r - 5), MAX(5 - r), SUM(r - 5) FROM (SELECT ROW_NUMBER() OVER (ORDER BY id) AS r FROM w) q
        SELECT r - 3 AS d, COUNT(*) FROM (SELECT RANK() OVER (ORDER BY n) AS r FROM w) q GROUP BY r - 3
        SELECT id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS r FROM w) q WHERE r - 5 = -1
        SELECT a.id, b.id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS r FROM w) a JOIN w b ON a.r - 2 = b.id
        SELECT a.id, b.id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS r FROM w) a JOIN w b ON a.r = b.n
        SELECT id, ROW_NUMBER() OVER (ORDER BY id) FROM w UNION ALL SELECT id, -id FROM w
        SELECT id FROM w INTERSECT SELECT ROW_NUMBER() OVER (ORDER BY id) - 4 FROM w
        SELECT -1 UNION SELECT RANK() OVER (ORDER BY n) FROM w WHERE id < 3
        SELECT id, LAG(r - 5) OVER (ORDER BY id) FROM (SELECT id, RANK() OVER (ORDER BY id) AS r FROM w) q
        SELECT id, SUM(r - 5) OVER (ORDER BY id) FROM (SELECT id, RANK() OVER (ORDER BY id) AS r FROM w) q
        SELECT id, n - MIN(n) OVER (PARTITION BY g) - RANK() OVER (ORDER BY id) FROM w
        SELECT g, COUNT(*) - RANK() OVER (ORDER BY COUNT(*) DESC, g) FROM w GROUP BY g
        SELECT id, GREATEST(ROW_NUMBER() OVER (ORDER BY id) - 3, 0), LEAST(RANK() OVER (ORDER BY id), -1) FROM w
        SELECT id, COALESCE(NULLIF(ROW_NUMBER() OVER (ORDER BY id), 3), -1) FROM w
        SELECT id, CAST(ROW_NUMBER() OVER (ORDER BY id) AS Float) - 0.5 FROM w
        SELECT id, id - ROW_NUMBER() OVER (PARTITION BY g ORDER BY id) AS island FROM w
        SELECT g, MIN(id), MAX(id) FROM (SELECT id, g, id - ROW_NUMBER() OVER (PARTITION BY g ORDER BY id) AS island FROM w) q GROUP BY g, island
        SELECT id FROM w WHERE id IN (SELECT ROW_NUMBER() OVER (ORDER BY id) - 3 FROM w)
        SELECT id FROM w WHERE id > ALL (SELECT ROW_NUMBER() OVER (ORDER BY id) - 4 FROM w)
        SELECT id, CASE WHEN id > 4 THEN RANK() OVER (ORDER BY id) ELSE -id END FROM w
    """)
    s.section("Kept in a dataset they are Ints like any other.")
    s.ok("CREATE TABLE kept AS SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS r, NTILE(3) OVER (ORDER BY id) AS t FROM w")
    s.ok("UPDATE kept SET r = r - 5, t = -t")
    s.ok("INSERT INTO kept VALUES (9, -9, -9)")
    s.query("SELECT * FROM kept")


FILES = {"window/ranking": ranking, "window/frames": frames, "window/clauses": clauses, "window/arithmetic": arithmetic}
