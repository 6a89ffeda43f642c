"""Outer joins of tables whose columns have the same names."""

import fixtures

# Conditions on both sides, above the join.
CONDITIONS = """
    a.id IS NULL
    b.id IS NULL
    a.id IS NULL OR b.id IS NULL
    a.id IS NOT NULL AND b.id IS NOT NULL
    COALESCE(a.id, 5) <> b.id
    COALESCE(a.id, 5) <> COALESCE(b.id, 5)
    COALESCE(a.s, 'x') = COALESCE(b.s, 'x')
    a.s IS DISTINCT FROM b.s
    a.s IS NOT DISTINCT FROM b.s
    a.id IS DISTINCT FROM 1 AND b.id IS DISTINCT FROM 2
    a.id IS NULL AND b.k > 10
    b.id IS NULL AND a.k IS NULL
    a.id = b.id OR a.id IS NULL
    NOT (a.s = b.s)
    (a.id < b.id) IS NOT TRUE
    a.id + b.id IS NULL
    CASE WHEN a.id IS NULL THEN b.id ELSE a.id END > 2
    COALESCE(a.k, b.k) IN (20, 40)
    a.s = 'x' OR b.s = 'y'
    a.s = 'x' AND (b.s <> 'x' OR b.s IS NULL)
"""

# Conditions of the join: keys with a rest, and rests alone where there is a key.
RESIDUALS = """
    a.k = b.k AND a.s <> b.s
    a.k = b.k AND a.id < b.id
    a.k = b.k AND (a.s = b.s OR a.s IS NULL)
    a.k = b.k AND COALESCE(a.s, 'w') = COALESCE(b.s, 'w')
    a.k = b.k AND a.id + b.id > 3
    a.k = b.k AND a.id > 1 AND b.id > 1
    a.k = b.k AND b.s IS NULL
    a.k = b.k AND a.s IS DISTINCT FROM b.s
    a.k = b.k AND a.k IN (b.id * 10, b.k - 1)
    a.k = b.k AND CASE WHEN a.id = 1 THEN b.id = 5 ELSE true END
    a.id = b.id AND a.k <> b.k
    a.id = b.id AND a.k = b.k AND a.s = b.s
"""


def lines(block):
    return [line.strip() for line in block.strip().splitlines()]


def tables(s):
    fixtures.keyed(s)
    s.table("b", "id Int, k Int?, s String?", """
        1, 10, 'x'
        2, 20, 'x'
        3, NULL, 'y'
        4, 40, NULL
        5, 10, 'w'
    """)
    s.table("e", "id Int, k Int?, s String?, boss Int?", """
        1, 10, 'x', NULL
        2, 20, 'y', 1
        3, NULL, 'y', 1
        4, 20, NULL, 2
        5, 50, 'x', 9
        6, 10, 'z', 5
    """)
    s.table("nothing", "id Int, k Int?, s String?", [])


def conditions(s):
    """LEFT, RIGHT and FULL JOIN with conditions on both sides above them."""
    tables(s)
    for condition in lines(CONDITIONS):
        for kind in ("LEFT", "RIGHT", "FULL"):
            s.query(f"SELECT a.id, b.id FROM a {kind} JOIN b ON a.k = b.k WHERE {condition}")
    s.section("Other columns than those of the condition, all of them, none")
    s.queries("""
        SELECT b.s FROM a RIGHT JOIN b ON a.k = b.k WHERE a.id IS NULL
        SELECT a.s FROM a FULL JOIN b ON a.k = b.k WHERE b.id IS NULL
        SELECT a.s, b.s FROM a FULL JOIN b ON a.k = b.k WHERE COALESCE(a.id, 5) <> b.id
        SELECT * FROM a RIGHT JOIN b ON a.k = b.k WHERE COALESCE(a.id, 5) <> b.id
        SELECT * FROM a FULL JOIN b ON a.k = b.k WHERE a.s IS DISTINCT FROM b.s
        SELECT a.*, b.id FROM a FULL JOIN b ON a.k = b.k WHERE a.id IS NULL OR b.id IS NULL
        SELECT COUNT(*) FROM a RIGHT JOIN b ON a.k = b.k WHERE a.id IS NULL
        SELECT COUNT(*), COUNT(a.id), COUNT(b.id) FROM a FULL JOIN b ON a.k = b.k WHERE a.id IS NULL OR b.id IS NULL
        SELECT a.id IS NULL AS missing, COUNT(*) FROM a RIGHT JOIN b ON a.k = b.k GROUP BY a.id IS NULL
        SELECT COALESCE(a.k, b.k) AS k, COUNT(*) FROM a FULL JOIN b ON a.k = b.k WHERE a.id IS DISTINCT FROM b.id GROUP BY COALESCE(a.k, b.k)
        SELECT a.id, b.id FROM a FULL JOIN b ON a.k = b.k WHERE COALESCE(a.id, 5) <> b.id ORDER BY b.id, a.id
        SELECT a.id, b.id FROM a FULL JOIN b ON a.k = b.k WHERE a.id IS NULL OR b.id IS NULL ORDER BY COALESCE(a.id, b.id), a.id LIMIT 3
        SELECT a.id, b.id FROM b RIGHT JOIN a ON a.k = b.k WHERE b.id IS NULL OR a.id > b.id
        SELECT a.id, b.id FROM (SELECT * FROM a WHERE id > 1) a FULL JOIN (SELECT * FROM b WHERE id < 5) b ON a.k = b.k WHERE a.id IS DISTINCT FROM b.id
        SELECT id, a.s, b.s FROM a FULL JOIN b USING (id) WHERE a.s IS DISTINCT FROM b.s
        SELECT k, a.id, b.id FROM a FULL JOIN b USING (k) WHERE a.id IS NULL OR COALESCE(b.id, 5) <> a.id
        SELECT k, a.id, b.id FROM a RIGHT JOIN b USING (k) WHERE COALESCE(a.id, 5) <> b.id
        SELECT a.id, n.id FROM a FULL JOIN nothing n ON a.k = n.k WHERE COALESCE(n.id, 5) <> a.id
        SELECT a.id, n.id FROM nothing n RIGHT JOIN a ON a.k = n.k WHERE n.id IS NULL AND a.id > 2
        SELECT a.id, n.id FROM nothing n FULL JOIN a ON a.k = n.k WHERE n.s IS DISTINCT FROM a.s
        SELECT a.id, b.id, e.id FROM a RIGHT JOIN b ON a.k = b.k FULL JOIN e ON b.id = e.id WHERE a.id IS NULL OR COALESCE(b.id, 5) <> e.id
        SELECT a.id, b.id, e.id FROM a FULL JOIN b ON a.k = b.k LEFT JOIN e ON e.k = b.k WHERE e.id IS DISTINCT FROM a.id
        SELECT a.id, b.id FROM a FULL JOIN b ON a.k = b.k WHERE a.id IN (SELECT id FROM e WHERE k = 20) OR b.id IN (SELECT id FROM e WHERE k = 10)
        SELECT b.id FROM a RIGHT JOIN b ON a.k = b.k WHERE COALESCE(a.id, 5) NOT IN (SELECT id FROM a WHERE s = 'x')
    """)
    s.section("Equal keys of an outer join stay those of their side.")
    s.queries("""
        SELECT a.k, b.k FROM a FULL JOIN b ON a.k = b.k WHERE a.k IS NULL
        SELECT a.k, b.k FROM a FULL JOIN b ON a.k = b.k WHERE b.k IS NULL
        SELECT a.k, b.k FROM a RIGHT JOIN b ON a.k = b.k WHERE a.k IS NULL
        SELECT a.k, b.k FROM a LEFT JOIN b ON a.k = b.k WHERE b.k IS NULL
        SELECT a.k, b.k FROM a FULL JOIN b ON a.k = b.k WHERE a.k IS DISTINCT FROM b.k
        SELECT a.k, b.k FROM a FULL JOIN b ON a.k = b.k WHERE a.k = 20 OR b.k = 40
        SELECT a.k, b.k FROM a FULL JOIN b ON a.k = b.k WHERE COALESCE(a.k, 50) <> b.k
        SELECT a.k, b.k FROM a RIGHT JOIN b ON a.k = b.k WHERE COALESCE(a.k, 0) < b.k
    """)


def self_joins(s):
    """A table joined with itself."""
    tables(s)
    conditions = """
        w.id IS NULL
        m.id IS NULL
        w.id IS NULL OR m.id IS NULL
        COALESCE(w.id, 5) <> m.id
        COALESCE(m.id, 5) <> w.id
        w.s IS DISTINCT FROM m.s
        w.s IS NOT DISTINCT FROM m.s
        m.id IS NULL AND w.k > 10
        w.k < m.k OR m.k IS NULL
        COALESCE(w.s, m.s) = 'x'
    """
    for condition in lines(conditions):
        for kind in ("LEFT", "RIGHT", "FULL"):
            s.query(f"SELECT w.id, m.id FROM e w {kind} JOIN e m ON w.boss = m.id WHERE {condition}")
    s.queries("""
        SELECT e.id, m.id FROM e RIGHT JOIN e m ON e.boss = m.id WHERE e.id IS NULL
        SELECT e.id, m.id FROM e FULL JOIN e m ON e.boss = m.id WHERE COALESCE(e.id, 5) <> m.id
        SELECT w.id, m.id FROM e w FULL JOIN e m ON w.id = m.id WHERE w.id IS DISTINCT FROM m.id
        SELECT w.id, m.id FROM e w FULL JOIN e m ON w.k = m.k AND w.id <> m.id
        SELECT w.id, m.id FROM e w FULL JOIN e m ON w.k = m.k AND w.id < m.id WHERE w.s IS DISTINCT FROM m.s
        SELECT w.id, m.id FROM e w RIGHT JOIN e m ON w.k = m.k AND w.s <> m.s WHERE w.id IS NULL OR w.id > m.id
        SELECT w.id, m.id, t.id FROM e w FULL JOIN e m ON w.boss = m.id FULL JOIN e t ON m.boss = t.id WHERE t.id IS NULL OR w.id IS NULL
        SELECT w.*, m.id FROM e w RIGHT JOIN e m ON w.boss = m.id WHERE w.id IS NULL
    """)


def residuals(s):
    """Outer joins by keys and a rest."""
    tables(s)
    for residual in lines(RESIDUALS):
        for kind in ("LEFT", "RIGHT", "FULL"):
            s.query(f"SELECT a.id, b.id FROM a {kind} JOIN b ON {residual}")
    s.section("With a condition above")
    for kind in ("LEFT", "RIGHT", "FULL"):
        for condition in ("a.id IS NULL", "b.id IS NULL", "COALESCE(a.id, 5) <> b.id", "a.s IS DISTINCT FROM b.s"):
            s.query(f"SELECT a.id, b.id FROM a {kind} JOIN b ON a.k = b.k AND a.s <> b.s WHERE {condition}")
    s.section("Without rows on a side")
    for kind in ("LEFT", "RIGHT", "FULL"):
        s.query(f"SELECT a.id, n.id FROM a {kind} JOIN nothing n ON a.k = n.k AND a.s <> n.s")
        s.query(f"SELECT a.id, n.id FROM nothing n {kind} JOIN a ON a.k = n.k AND a.s <> n.s")


FILES = {"join/conditions": conditions, "join/self_joins": self_joins, "join/residuals": residuals}
