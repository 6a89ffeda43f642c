"""Arithmetic, comparisons, three-valued logic and conditionals."""

import itertools

import fixtures


def arithmetic(s):
    """Arithmetic: true division, DIV, %, overflow, mixed types."""
    fixtures.values(s)
    s.values("""
        1 + 2
        5 - 8
        6 * 7
        7 / 2
        -7 / 2
        7 / -2
        6 / 3
        1 / 3
        7 DIV 2
        -7 DIV 2
        7 DIV -2
        -7 DIV -2
        0 DIV 5
        7 % 2
        -7 % 3
        7 % -3
        -7 % -3
        0 % 3
        7.5 % 2
        -7.5 % 2
        5.5 % 0.25
        1 + 2 * 3
        (1 + 2) * 3
        10 - 4 - 3
        100 / 10 / 5
        2 * 3 % 4
        7 DIV 2 * 2 + 7 % 2
        -7 DIV 2 * 2 + -7 % 2
        10 - 2 * 3 + 4 / 2
        1 + 1.5
        1.5 + 1
        3 * 0.5
        1.0 + 1
        2.0 * 3
        0.1 + 0.2
        1.1 * 1.1
        1e308 * 10
        -1e308 * 10
        1 / 0
        -1 / 0
        0 / 0
        1.0 / 0
        -1.5 / 0
        0.0 / 0.0
        1.5 % 0.0
        1e-300 * 1e-300
        -(3)
        -(-3)
        - - 3
        -(1 + 2)
        +5
        5 + -3
        5 - -3
        5 * -3
        -5 * -3
        1 / 3.0
        2 / 3 * 3
        1000000 * 1000000.0
        9007199254740992.0 + 1
        9223372036854775806 + 1
        -9223372036854775807 - 1
        NULL + 1
        1 - NULL
        NULL * 0
        NULL / 0
        0 / NULL
        NULL % 2
        -CAST(NULL AS Int)
        1 + NULL * 2
    """)
    s.section("Values of an Int that DuckDB would hold in 32 bits")
    for text in ("3037000499 * 3037000499", "2147483647 + 1", "65536 * 65536", "1000000 * 1000000", "2147483647 * 2"):
        s.query(f"SELECT {text}", duck=f"SELECT CAST({text.replace('*', '::BIGINT *').replace('+', '::BIGINT +')} AS BIGINT)")
    s.section("^ and ** give a Float, bind tighter than the minus before them and go from right to left.")
    why = "DuckDB's ^ goes from left to right and binds looser than the unary minus"
    for text, value in (("2 ^ 3", 8.0), ("2 ^ 3 ^ 2", 512.0), ("-2 ^ 2", -4.0), ("(-2) ^ 2", 4.0), ("2 ^ -1", 0.5), ("4 ^ 0.5", 2.0), ("2 * 3 ^ 2", 18.0), ("2 ** 3", 8.0), ("2 ** 3 ** 2", 512.0), ("-2 ** 2", -4.0), ("0 ^ 0", 1.0)):
        s.query(f"SELECT {text}", expect=[[value]], why=why)
    s.query("SELECT NULL ^ 2", expect=[[None]], types="R", why=why)
    s.section("Over rows")
    s.queries("""
        SELECT id, a + b FROM v
        SELECT id, a - b FROM v
        SELECT id, a * b FROM v
        SELECT id, a / b FROM v
        SELECT id, a DIV b FROM v
        SELECT id, a % b FROM v
        SELECT id, a + x FROM v
        SELECT id, a * 1.0 FROM v
        SELECT id, a / 2 FROM v
        SELECT id, a DIV 2 FROM v
        SELECT id, a DIV -3 FROM v
        SELECT id, a % 3 FROM v
        SELECT id, -a FROM v
        SELECT id, - -a FROM v
        SELECT id, -x FROM v
        SELECT id, x + y FROM v
        SELECT id, x - y FROM v
        SELECT id, x * y FROM v
        SELECT id, x / y FROM v
        SELECT id, x / 0 FROM v
        SELECT id, a / 0 FROM v
        SELECT id, x * 0 FROM v
        SELECT id, (a DIV b) * b + a % b = a FROM v
        SELECT id, a * 2 + b * 3 FROM v
        SELECT id, (a + b) * (a - b) FROM v
        SELECT id, 1 - a FROM v
        SELECT id, 100 / a FROM v WHERE a <> 0
        SELECT id FROM v WHERE a + b > 0
        SELECT id FROM v WHERE a % 2 = 1
        SELECT id FROM v WHERE a % 2 = -1
        SELECT id FROM v WHERE -a > 0
        SELECT id FROM v WHERE x / 2 > 0.5
        SELECT id FROM v WHERE a / 2 = 2.5
        SELECT id FROM v WHERE NOT (a * 2 > 10)
        SELECT id, 0 * x FROM v
    """)
    s.section("Integer overflow and integer division by zero")
    s.error("SELECT 9223372036854775807 + 1", "(?i)overflow")
    s.error("SELECT 9223372036854775807 * 2", "(?i)overflow")
    s.error("SELECT -9223372036854775807 - 2", "(?i)overflow")
    s.error("SELECT a * 9223372036854775807 FROM v WHERE id = 1", "(?i)overflow")
    s.error("SELECT a + 9223372036854775807 FROM v WHERE id = 1", "(?i)overflow")
    s.error("SELECT b - 9223372036854775807 - 3 FROM v WHERE id = 7", "(?i)overflow")
    s.error("SELECT a * a * a FROM v WHERE id = 7", "(?i)overflow")
    s.error("SELECT -(-9223372036854775807 - 1)", "(?i)overflow", duck=False, why="DuckDB goes on with a wider type")
    s.error("SELECT ABS(-9223372036854775807 - 1)", "(?i)overflow")
    s.error("SELECT 1 DIV 0", "(?i)zero")
    s.error("SELECT 1 % 0", "(?i)zero")
    s.error("SELECT 0 DIV 0", "(?i)zero")
    s.error("SELECT b DIV a FROM v WHERE id = 3", "(?i)zero")
    s.error("SELECT b % a FROM v WHERE id = 3", "(?i)zero")
    s.error("SELECT 1 + 'abc'")
    s.error("SELECT 'a' * 2")
    s.error("SELECT 1 +")
    s.error("SELECT * 2")
    s.error("SELECT 1 ~~ 2 3")


def comparison(s):
    """Comparisons of numbers, texts, Booleans, dates and mixed types."""
    fixtures.values(s)
    numbers = [(1, 2), (2, 2), (3, 2), (1, "NULL"), ("1.5", 1), ("1.0", 1), ("-1", "0.5")]
    for (left, right), op in itertools.product(numbers, ("=", "<>", "<", "<=", ">", ">=")):
        s.query(f"SELECT {left} {op} {right}")
    s.values("""
        1 == 1
        1 != 2
        1 == 2
        'a' = 'a'
        'a' = 'A'
        'a' < 'b'
        'a' < 'B'
        'a' < 'ab'
        '' < 'a'
        'é' > 'z'
        'a' <> 'b'
        'abc' >= 'abc'
        '10' < '9'
        'a' = 'a '
        true = true
        true > false
        true <> false
        false < true
        true = NULL
        NULL = NULL
        NULL <> NULL
        NULL < 1
        'a' = NULL
        DATE '2024-01-01' < DATE '2024-01-02'
        DATE '2024-01-01' = DATE '2024-01-01'
        TIMESTAMP '2024-01-01 00:00:00' < TIMESTAMP '2024-01-01 00:00:01'
        TIMESTAMP '2024-01-01 10:00:00' > DATE '2024-01-01'
        0.1 + 0.2 = 0.3
        1 = 1.0
        0.0 = -0.0
        9007199254740993 = 9007199254740992
        9007199254740993 > 9007199254740992
        1 IS DISTINCT FROM 1
        1 IS DISTINCT FROM 2
        1 IS DISTINCT FROM NULL
        NULL IS DISTINCT FROM NULL
        1 IS NOT DISTINCT FROM 1
        1 IS NOT DISTINCT FROM NULL
        NULL IS NOT DISTINCT FROM NULL
        'a' IS DISTINCT FROM 'b'
        1 IS NULL
        NULL IS NULL
        NULL IS NOT NULL
        '' IS NULL
        0 IS NOT NULL
        (1 = 1) = (2 = 2)
        (1 < 2) = true
    """)
    s.queries("""
        SELECT id FROM v WHERE a = 5
        SELECT id FROM v WHERE a == 5
        SELECT id FROM v WHERE a <> 5
        SELECT id FROM v WHERE a != 5
        SELECT id FROM v WHERE a > b
        SELECT id FROM v WHERE a >= b
        SELECT id FROM v WHERE b > a
        SELECT id FROM v WHERE a = b
        SELECT id FROM v WHERE x > 1
        SELECT id FROM v WHERE x = 1.5
        SELECT id FROM v WHERE a < x
        SELECT id FROM v WHERE x <= y
        SELECT id FROM v WHERE 5 = a
        SELECT id FROM v WHERE 0 < a
        SELECT id FROM v WHERE s = 'apple'
        SELECT id FROM v WHERE s <> 'apple'
        SELECT id FROM v WHERE s > 'a'
        SELECT id FROM v WHERE s = u
        SELECT id FROM v WHERE LOWER(s) = LOWER(u)
        SELECT id FROM v WHERE s = ''
        SELECT id FROM v WHERE s IS NULL
        SELECT id FROM v WHERE s IS NOT NULL
        SELECT id FROM v WHERE p
        SELECT id FROM v WHERE p = q
        SELECT id FROM v WHERE p <> q
        SELECT id FROM v WHERE p IS NULL
        SELECT id FROM v WHERE a IS DISTINCT FROM b
        SELECT id FROM v WHERE a IS NOT DISTINCT FROM b
        SELECT id FROM v WHERE x IS DISTINCT FROM y
        SELECT id FROM v WHERE (a > 0) = (b > 0)
        SELECT id FROM v WHERE a = NULL
        SELECT id FROM v WHERE a <> NULL
        SELECT id, a = 5 FROM v
        SELECT id, a < b FROM v
        SELECT id, s >= 'b' FROM v
        SELECT id, a IS NULL, b IS NULL FROM v
        SELECT COUNT(*) FROM v WHERE a IS NULL AND b IS NULL
    """)
    s.error("SELECT 1 < 2 < 3", "(?i)AND", duck=False, why="a chain of comparisons suggests AND")
    s.error("SELECT id FROM v WHERE 0 < a < 10", "(?i)AND", duck=False, why="a chain of comparisons suggests AND")
    s.error("SELECT id FROM v WHERE a = = 1")
    s.error("SELECT id FROM v WHERE a >")


def logic(s):
    """Three-valued logic, IN, BETWEEN."""
    fixtures.values(s)
    three = ("true", "false", "NULL")
    for left, op, right in itertools.product(three, ("AND", "OR"), three):
        s.query(f"SELECT {left} {op} {right}")
    for value, test in itertools.product(three, ("IS NULL", "IS NOT NULL", "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN")):
        if "UNKNOWN" in test:
            s.query(f"SELECT CAST({value} AS Bool) {test}", duck=f"SELECT CAST({value} AS BOOLEAN) {test.replace('UNKNOWN', 'NULL')}")
        else:
            s.query(f"SELECT CAST({value} AS Bool) {test}")
    s.values("""
        NOT true
        NOT false
        NOT CAST(NULL AS Bool)
        NOT NOT true
        true OR false AND false
        (true OR false) AND false
        NOT true OR true
        NOT (true OR true)
        NOT 1 = 2
        NOT 1 < 2 AND true
        1 = 1 AND 2 = 2
        1 = 1 OR 1 / 0 > 1
        1 IN (1, 2)
        3 IN (1, 2)
        1 IN (1, NULL)
        3 IN (1, NULL)
        NULL IN (1, 2)
        NULL IN (NULL)
        1 NOT IN (1, 2)
        3 NOT IN (1, 2)
        1 NOT IN (1, NULL)
        3 NOT IN (1, NULL)
        NULL NOT IN (1, 2)
        1 IN (1.0, 2.5)
        1.5 IN (1, 2)
        'a' IN ('a', 'b')
        'A' IN ('a', 'b')
        1 IN (1)
        2 IN (1 + 1, 5)
        NOT 1 IN (1, 2)
        true IN (false, NULL)
        5 BETWEEN 1 AND 10
        5 BETWEEN 5 AND 5
        5 BETWEEN 10 AND 1
        5 NOT BETWEEN 1 AND 10
        5 NOT BETWEEN 6 AND 10
        5 BETWEEN NULL AND 10
        5 BETWEEN NULL AND 1
        5 NOT BETWEEN NULL AND 1
        5 BETWEEN 1 AND NULL
        NULL BETWEEN 1 AND 2
        1.5 BETWEEN 1 AND 2
        'b' BETWEEN 'a' AND 'c'
        'B' BETWEEN 'a' AND 'c'
        DATE '2024-02-01' BETWEEN DATE '2024-01-01' AND DATE '2024-12-31'
        5 BETWEEN 1 AND 10 AND true
        NOT 5 BETWEEN 1 AND 10
        5 BETWEEN 2 + 1 AND 2 * 4
    """)
    predicates = """
        a > 0
        a > 0 AND b > 0
        a > 0 OR b > 0
        NOT a > 0
        a IN (5, 8)
        a NOT IN (5, 8)
        a IN (5, NULL)
        a NOT IN (5, NULL)
        a IN (b, 8)
        a BETWEEN -7 AND 5
        a NOT BETWEEN -7 AND 5
        a BETWEEN b AND 10
        x BETWEEN y AND 3
        p AND q
        p OR q
        NOT p
        NOT (p AND q)
        NOT (p OR q)
        p AND NOT q
        p = q
        s IN ('apple', '')
        s NOT IN ('apple', '')
        s LIKE 'a%'
        s IS NULL OR a IS NULL
        x > 0 AND p
        x > y OR q
        a > 0 AND NULL
        a > 0 OR NULL
        a % 2 = 0
        a = b OR s = u
    """
    s.section("Each row is kept by exactly one of: the predicate, its negation, and the predicate that is NULL.")
    for predicate in (line.strip() for line in predicates.strip().splitlines()):
        s.query(f"SELECT id FROM v WHERE {predicate}")
        s.query(f"SELECT id FROM v WHERE NOT ({predicate})")
        s.query(f"SELECT id FROM v WHERE ({predicate}) IS NULL")


def conditional(s):
    """CASE, COALESCE, IFNULL, NULLIF, GREATEST and LEAST."""
    fixtures.values(s)
    s.values("""
        CASE WHEN true THEN 1 ELSE 2 END
        CASE WHEN false THEN 1 ELSE 2 END
        CASE WHEN NULL THEN 1 ELSE 2 END
        CASE WHEN false THEN 1 END
        CASE WHEN false THEN 1 WHEN true THEN 2 ELSE 3 END
        CASE WHEN true THEN 1 WHEN true THEN 2 END
        CASE 1 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END
        CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END
        CASE 3 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END
        CASE 3 WHEN 1 THEN 'one' END
        CASE NULL WHEN NULL THEN 'null' ELSE 'other' END
        CASE 'a' WHEN 'a' THEN 1 ELSE 0 END
        CASE WHEN 1 > 0 THEN 1 ELSE 1 DIV 0 END
        CASE WHEN true THEN 1 ELSE 2.5 END
        CASE WHEN false THEN 1 ELSE 2.5 END
        CASE WHEN true THEN NULL ELSE 1 END
        CASE WHEN true THEN 'x' ELSE NULL END
        CASE WHEN true THEN CASE WHEN false THEN 1 ELSE 2 END ELSE 3 END
        CASE WHEN 1 = 1 THEN 'a' ELSE 'b' END || '!'
        1 + CASE WHEN true THEN 1 ELSE 0 END
        COALESCE(1, 2)
        COALESCE(NULL, 2)
        COALESCE(NULL, NULL, 3)
        COALESCE(NULL, NULL)
        COALESCE(NULL, 'a')
        COALESCE(1, 2.5)
        COALESCE(NULL, 1, 2.5)
        COALESCE(1, 1 DIV 0)
        IFNULL(NULL, 5)
        IFNULL(1, 5)
        IFNULL('a', 'b')
        IFNULL(NULL, NULL)
        NULLIF(1, 1)
        NULLIF(1, 2)
        NULLIF(NULL, 1)
        NULLIF(1, NULL)
        NULLIF('a', 'a')
        NULLIF('a', 'b')
        NULLIF(0, 0.0)
        GREATEST(1, 2, 3)
        GREATEST(3, 1)
        GREATEST(1, NULL, 3)
        GREATEST(1, 2.5)
        GREATEST('a', 'b')
        LEAST(1, 2, 3)
        LEAST(1, NULL, 3)
        LEAST(1, 0.5)
        LEAST('b', 'a')
        LEAST(DATE '2024-01-01', DATE '2023-01-01')
        10 / NULLIF(0, 0)
        10 DIV NULLIF(0, 0)
    """)
    s.query("SELECT GREATEST(NULL, NULL)")
    s.queries("""
        SELECT id, CASE WHEN a > 0 THEN 'pos' WHEN a < 0 THEN 'neg' WHEN a = 0 THEN 'zero' ELSE 'none' END FROM v
        SELECT id, CASE a WHEN 5 THEN 'five' WHEN 8 THEN 'eight' ELSE 'other' END FROM v
        SELECT id, CASE WHEN a <> 0 THEN 100 DIV a ELSE -1 END FROM v
        SELECT id, CASE WHEN p THEN a ELSE b END FROM v
        SELECT id, CASE WHEN p THEN a ELSE x END FROM v
        SELECT id, CASE WHEN s IS NULL THEN 'nothing' ELSE s END FROM v
        SELECT id, CASE WHEN p AND q THEN 2 WHEN p OR q THEN 1 END FROM v
        SELECT id, COALESCE(a, b) FROM v
        SELECT id, COALESCE(a, b, -1) FROM v
        SELECT id, COALESCE(x, a) FROM v
        SELECT id, COALESCE(s, u, 'none') FROM v
        SELECT id, COALESCE(p, q) FROM v
        SELECT id, IFNULL(a, 0) FROM v
        SELECT id, IFNULL(s, '?') FROM v
        SELECT id, NULLIF(a, 5) FROM v
        SELECT id, NULLIF(a, b) FROM v
        SELECT id, NULLIF(s, '') FROM v
        SELECT id, GREATEST(a, b) FROM v
        SELECT id, LEAST(a, b) FROM v
        SELECT id, GREATEST(a, x) FROM v
        SELECT id FROM v WHERE CASE WHEN a > 0 THEN true ELSE false END
        SELECT id FROM v WHERE CASE WHEN a IS NULL THEN b ELSE a END = 5
        SELECT id FROM v WHERE COALESCE(a, 0) = 0
        SELECT id FROM v WHERE IFNULL(p, true)
        SELECT SUM(CASE WHEN a > 0 THEN 1 ELSE 0 END) FROM v
        SELECT SUM(CASE WHEN a > 0 THEN a END) FROM v
        SELECT COUNT(CASE WHEN a > 0 THEN 1 END) FROM v
        SELECT id FROM v ORDER BY CASE WHEN a IS NULL THEN 0 ELSE 1 END, id
        SELECT CASE WHEN a > 0 THEN 'p' ELSE 'n' END AS k, COUNT(*) FROM v GROUP BY k
    """)
    s.error("SELECT CASE WHEN 1 THEN END")
    s.error("SELECT CASE END")
    s.error("SELECT COALESCE()")
    s.error("SELECT NULLIF(1)")
    s.error("SELECT NULLIF(1, 2, 3)")
    s.error("SELECT CASE WHEN true THEN 1 ELSE 'abc' END", "", duck=False, why="as in PostgreSQL, 'abc' is no integer; DuckDB makes texts of both")


FILES = {
    "scalar/arithmetic": arithmetic,
    "scalar/comparison": comparison,
    "scalar/logic": logic,
    "scalar/conditional": conditional,
}
