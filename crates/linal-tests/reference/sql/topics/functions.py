"""Casts, texts, patterns, dates and mathematical functions."""

import fixtures


def cast(s):
    """CAST and TRY_CAST: toward zero, exact, or an error."""
    fixtures.values(s)
    s.values("""
        CAST(1 AS Float)
        CAST(-7 AS Float)
        CAST(1 AS String)
        CAST(-12 AS Text)
        CAST(1.5 AS String)
        CAST(100.0 AS String)
        CAST(0.1 AS VARCHAR)
        CAST(true AS String)
        CAST(false AS String)
        CAST('5' AS Int)
        CAST('-5' AS Int)
        CAST('+5' AS Int)
        CAST('2.5' AS Float)
        CAST('1e3' AS Double)
        CAST('-0.5' AS Float)
        CAST('true' AS Bool)
        CAST('false' AS Bool)
        CAST('t' AS Bool)
        CAST('f' AS Bool)
        CAST(1 AS Bool)
        CAST(0 AS Bool)
        CAST(true AS Int)
        CAST(false AS Int)
        CAST(NULL AS Int)
        CAST(NULL AS Float)
        CAST(NULL AS String)
        CAST(NULL AS Bool)
        CAST(NULL AS Date)
        CAST('2024-02-29' AS Date)
        CAST('2024-02-29 10:30:00' AS Timestamp)
        CAST(DATE '2024-02-29' AS String)
        CAST(DATE '2024-02-29' AS Timestamp)
        CAST(TIMESTAMP '2024-02-29 23:59:59' AS Date)
        CAST('NaN' AS Double) = CAST('NaN' AS Double)
        CAST('inf' AS Double)
        CAST('-inf' AS Double)
        CAST('NaN' AS Double)
        CAST(9007199254740993 AS String)
        CAST('9007199254740993' AS Int)
        CAST(0.1 AS REAL)
        CAST(CAST(0.1 AS REAL) AS Double)
        CAST(16777217 AS REAL)
        CAST(1 AS Double) / 4
        CAST('5' AS Int) + 1
        CAST(CAST(5 AS String) AS Int)
        CAST(1 + 1 AS String) || 'x'
        CAST(2.0 AS Int)
        CAST(-3.0 AS Int)
        CAST('' AS String)
        CAST('abc' AS VARCHAR)
        CAST(9223372036854775807 AS String)
        TRY_CAST('5' AS Int)
        TRY_CAST('abc' AS Int)
        TRY_CAST('' AS Int)
        TRY_CAST('abc' AS Float)
        TRY_CAST('1.5' AS Float)
        TRY_CAST('maybe' AS Bool)
        TRY_CAST('2024-13-01' AS Date)
        TRY_CAST('2024-02-30' AS Date)
        TRY_CAST('2024-02-28' AS Date)
        TRY_CAST('99999999999999999999' AS Int)
        TRY_CAST(1e300 AS Int)
        TRY_CAST(-1e300 AS Int)
        TRY_CAST(NULL AS Int)
        TRY_CAST(1 AS String)
        COALESCE(TRY_CAST('x' AS Int), -1)
    """)
    s.section("A Float becomes an Int by dropping its fraction; DuckDB rounds, so it is asked for trunc().")
    for text in ("2.7", "-2.7", "2.5", "3.5", "-2.5", "0.9", "-0.9", "1e15", "9007199254740992.0", "1234567.875"):
        s.query(f"SELECT CAST({text} AS Int)", duck=f"SELECT CAST(trunc({text}{'' if 'e' in text else 'e0'}) AS BIGINT)")
    s.query("SELECT TRY_CAST(2.7 AS Int)", duck="SELECT TRY_CAST(trunc(2.7e0) AS BIGINT)")
    s.query("SELECT id, CAST(x AS Int) FROM v", duck="SELECT id, CAST(trunc(x) AS BIGINT) FROM v")
    s.query("SELECT id, CAST(y AS Int) FROM v", duck="SELECT id, CAST(trunc(y) AS BIGINT) FROM v")
    s.query("SELECT id FROM v WHERE CAST(x AS Int) = 1", duck="SELECT id FROM v WHERE CAST(trunc(x) AS BIGINT) = 1")
    s.queries("""
        SELECT id, CAST(a AS Float) FROM v
        SELECT id, CAST(a AS String) FROM v
        SELECT id, CAST(p AS String) FROM v
        SELECT id, CAST(p AS Int) FROM v
        SELECT id, TRY_CAST(s AS Int) FROM v
        SELECT SUM(CAST(p AS Int)) FROM v
        SELECT id FROM v WHERE CAST(a AS String) = '5'
        SELECT id FROM v WHERE TRY_CAST(u AS Int) IS NULL AND u IS NOT NULL
    """)
    s.section("What does not fit is an error.")
    for text in ("'abc' AS Int", "'' AS Int", "'1x' AS Int", "'abc' AS Float", "'maybe' AS Bool", "'2024-13-01' AS Date", "'2024-02-30' AS Date", "'yesterday' AS Timestamp", "1e300 AS Int", "-1e300 AS Int", "'99999999999999999999' AS Int"):
        s.error(f"SELECT CAST({text})")
    s.error("SELECT CAST(s AS Int) FROM v")
    s.error("SELECT CAST('2.7' AS Int)", "", duck=False, why="as in PostgreSQL the text is no integer; DuckDB rounds it")
    s.error("SELECT CAST(1 AS nosuch)", "nosuch")
    s.error("SELECT CAST(1)")
    s.error("SELECT CAST(CAST('NaN' AS Double) AS Int)")
    s.error("SELECT CAST(CAST('inf' AS Double) AS Int)")


def strings(s):
    """Functions of texts, which count characters."""
    fixtures.values(s)
    s.values("""
        'a' || 'b'
        'a' || 'b' || 'c'
        'a' || NULL
        'a' || ''
        'n' || 1
        CONCAT('a', 'b')
        CONCAT('a', 1)
        CONCAT('a', 1.5, true)
        CONCAT('a', NULL, 'b')
        CONCAT_WS(',', 'a', 'b', 'c')
        CONCAT_WS(',', 'a', NULL, 'c')
        LENGTH('hello')
        LENGTH('')
        LENGTH('é')
        LENGTH('😀')
        LENGTH('日本語')
        LENGTH('naïve')
        LENGTH(NULL)
        CHARACTER_LENGTH('é😀')
        CHAR_LENGTH('añb')
        UPPER('hello')
        UPPER('éa')
        UPPER('straße') = UPPER('STRAßE')
        LOWER('HELLO')
        LOWER('ÉA')
        LOWER(NULL)
        TRIM('  a b  ')
        LTRIM('  a') || '|'
        '|' || RTRIM('a  ') || '|'
        '|' || LTRIM('  a ') || '|'
        TRIM('xxaxx', 'x')
        LTRIM('xxaxx', 'x')
        RTRIM('xxaxx', 'x')
        BTRIM('xyaxy', 'xy')
        BTRIM('  a  ')
        TRIM(BOTH 'x' FROM 'xax')
        TRIM(LEADING 'x' FROM 'xax')
        TRIM(TRAILING 'x' FROM 'xax')
        SUBSTR('hello', 2)
        SUBSTR('hello', 2, 3)
        SUBSTR('hello', 1, 100)
        SUBSTR('hello', 10)
        SUBSTR('hello', 2, 0)
        SUBSTR('héllo', 2, 1)
        SUBSTR('a😀b', 2, 1)
        SUBSTR('日本語', 3)
        SUBSTR(NULL, 1)
        SUBSTR('hello', NULL)
        SUBSTRING('hello', 2, 2)
        SUBSTRING('hello' FROM 2 FOR 3)
        SUBSTRING('hello' FROM 3)
        LEFT('hello', 2)
        LEFT('hello', 0)
        LEFT('hello', 100)
        LEFT('hello', -2)
        LEFT('éa', 1)
        RIGHT('hello', 2)
        RIGHT('hello', 100)
        RIGHT('hello', -2)
        RIGHT('aé', 1)
        REPLACE('banana', 'a', 'o')
        REPLACE('banana', 'an', '')
        REPLACE('banana', 'x', 'y')
        REPLACE('aé', 'é', 'e')
        REPLACE(NULL, 'a', 'b')
        REVERSE('abc')
        REVERSE('né😀')
        REVERSE('')
        REPEAT('ab', 3)
        REPEAT('ab', 0)
        REPEAT('é', 2)
        REPEAT(CAST(NULL AS String), 2)
        LPAD('7', 3, '0')
        LPAD('é', 3, 'x')
        LPAD('hello', 3, 'x')
        LPAD('a', 5, 'xy')
        RPAD('7', 3, '0')
        RPAD('é', 3, 'x')
        RPAD('hello', 3, 'x')
        STRPOS('hello', 'l')
        STRPOS('hello', 'x')
        STRPOS('aéb', 'b')
        STRPOS('hello', '')
        POSITION('l' IN 'hello')
        POSITION('z' IN 'hello')
        STARTS_WITH('hello', 'he')
        STARTS_WITH('hello', 'lo')
        ENDS_WITH('hello', 'lo')
        ENDS_WITH('hello', 'he')
        SPLIT_PART('a,b,c', ',', 2)
        SPLIT_PART('a,b,c', ',', 4)
        SPLIT_PART('a,b,c', ',', -1)
        SPLIT_PART('abc', ',', 1)
        SPLIT_PART('aéb', 'é', 2)
        TRANSLATE('abc', 'ab', 'xy')
        TRANSLATE('abcabc', 'ab', 'x')
        ASCII('A')
        ASCII('é')
        CHR(65)
        CHR(233)
        CHR(128512)
        MD5('a')
        MD5('')
        LEVENSHTEIN('kitten', 'sitting')
        LEVENSHTEIN('', 'abc')
        UPPER(CONCAT('a', 'b')) || LOWER('C')
        LENGTH(CONCAT('é', '😀', 'a'))
        LENGTH(REPEAT('日', 10))
    """)
    s.section("Functions that DuckDB has not, or with another meaning")
    s.query("SELECT OCTET_LENGTH('é')", duck="SELECT strlen('é')")
    s.query("SELECT OCTET_LENGTH('😀')", duck="SELECT strlen('😀')")
    s.query("SELECT BIT_LENGTH('é')", duck="SELECT bit_length('é')")
    s.query("SELECT INITCAP('hello wORLD')", expect=[["Hello World"]], why="DuckDB has no initcap()")
    s.query("SELECT INITCAP('élan vital')", expect=[["Élan Vital"]], why="DuckDB has no initcap()")
    s.query("SELECT TO_HEX(255)")
    s.query("SELECT OVERLAY('abcdef' PLACING 'XX' FROM 2 FOR 3)")
    s.query("SELECT REGEXP_REPLACE('abcabc', 'b', 'X')")
    s.query("SELECT REGEXP_REPLACE('abcabc', 'b', 'X', 'g')")
    s.query("SELECT REGEXP_REPLACE('a1b22', '[0-9]+', '#', 'g')")
    s.query("SELECT REGEXP_LIKE('abc', '^a.c$')", duck="SELECT regexp_matches('abc', '^a.c$')")
    s.query("SELECT REGEXP_LIKE('abc', '^b')", duck="SELECT regexp_matches('abc', '^b')")
    s.query("SELECT SUBSTR('hello', 0, 3)")
    s.query("SELECT SUBSTR('hello', -1, 4)")
    s.query("SELECT SUBSTR('hello', -2)")
    s.query("SELECT SUBSTR('hello', 3, -1)")
    s.queries("""
        SELECT id, LENGTH(s) FROM v
        SELECT id, UPPER(s) FROM v
        SELECT id, s || u FROM v
        SELECT id, s || '-' || a FROM v
        SELECT id, CONCAT(s, u) FROM v WHERE id <> 8
        SELECT id, SUBSTR(s, 1, 1) FROM v
        SELECT id, LEFT(s, 3) FROM v
        SELECT id, RIGHT(u, 2) FROM v
        SELECT id, REPLACE(s, 'a', '4') FROM v
        SELECT id, REVERSE(s) FROM v
        SELECT id, STRPOS(s, 'a') FROM v
        SELECT id, LPAD(s, 7, '*') FROM v
        SELECT id, REPEAT(s, 2) FROM v
        SELECT id, SPLIT_PART(u, '_', 2) FROM v
        SELECT id FROM v WHERE LENGTH(s) > 5
        SELECT id FROM v WHERE UPPER(s) = UPPER(u)
        SELECT id FROM v WHERE STARTS_WITH(s, 'a')
        SELECT LENGTH(s) AS n, COUNT(*) FROM v GROUP BY LENGTH(s)
        SELECT MAX(LENGTH(s)), MIN(LENGTH(s)) FROM v
        SELECT s FROM v WHERE s IS NOT NULL ORDER BY LENGTH(s), s
        SELECT STRING_AGG(s, ',' ORDER BY id) FROM v
        SELECT STRING_AGG(UPPER(s), '' ORDER BY id DESC) FROM v WHERE id < 3
    """)
    s.error("SELECT UPPER()")
    s.error("SELECT UPPER('a', 'b')")
    s.error("SELECT SUBSTR()")
    s.error("SELECT LENGTH('a', 'b', 'c')")
    s.error("SELECT REPLACE('a')")


def like(s):
    """LIKE, NOT LIKE, ILIKE and ESCAPE."""
    s.table("w", "id Int, s String?", """
        1, 'apple'
        2, 'Apple'
        3, 'banana'
        4, ''
        5, NULL
        6, '100%'
        7, 'a_b'
        8, 'axb'
        9, 'éa'
        10, '😀'
        11, 'a.b*c'
        12, 'ab'
    """)
    patterns = ("apple", "a%", "%a", "%an%", "_", "__", "%", "", "A%", "a_b", "%.%", "a%b", "_pple", "%_", "____%", "é_", "a.b*c", "%%", "b_n_n_")
    for pattern in patterns:
        s.query(f"SELECT id FROM w WHERE s LIKE '{pattern}'")
        s.query(f"SELECT id FROM w WHERE s NOT LIKE '{pattern}'")
    for pattern in ("APPLE", "a%", "%AN%", "_PPLE", "Éa"):
        s.query(f"SELECT id FROM w WHERE s ILIKE '{pattern}'")
        s.query(f"SELECT id FROM w WHERE s NOT ILIKE '{pattern}'")
    s.values("""
        'abc' LIKE 'abc'
        'abc' LIKE 'ABC'
        'abc' LIKE 'a'
        'abc' LIKE NULL
        NULL LIKE 'a'
        NULL NOT LIKE 'a'
        'a%' LIKE 'a!%' ESCAPE '!'
        'ab' LIKE 'a!%' ESCAPE '!'
        'a_b' LIKE 'a!_b' ESCAPE '!'
        'axb' LIKE 'a!_b' ESCAPE '!'
        'a!b' LIKE 'a!!b' ESCAPE '!'
        'abc' LIKE 'a' || '%'
        'abc' LIKE '%b%' AND true
        NOT 'abc' LIKE 'x%'
        'aXb' LIKE 'a_b'
        'a😀b' LIKE 'a_b'
        'hello world' LIKE 'hello%world'
        'hello world' LIKE '%o%o%'
        'aaa' LIKE '%a%a%a%'
        'aa' LIKE '%a%a%a%'
        '(a)' LIKE '(_)'
        '[a]' LIKE '[a]'
        'a+b' LIKE 'a+b'
    """)
    s.query("SELECT id FROM w WHERE s LIKE '100!%' ESCAPE '!'")
    s.query("SELECT id FROM w WHERE s LIKE LEFT(s, 1) || '%'")
    s.query("SELECT id, s LIKE '%a' FROM w")
    s.query("SELECT CASE WHEN s LIKE 'a%' THEN 'a' ELSE 'other' END AS k, COUNT(*) FROM w GROUP BY k")


def dates(s):
    """Dates and timestamps."""
    s.table("e", "id Int, d Date?, ts Timestamp?", """
        1, DATE '2024-01-15', TIMESTAMP '2024-01-15 10:30:00'
        2, DATE '2024-02-29', TIMESTAMP '2024-02-29 23:59:59'
        3, DATE '2023-12-31', TIMESTAMP '2023-12-31 00:00:00'
        4, NULL, NULL
        5, DATE '1999-07-04', TIMESTAMP '1999-07-04 12:00:00.5'
        6, DATE '1969-12-31', TIMESTAMP '1969-12-31 23:59:59.25'
        7, DATE '2024-12-30', TIMESTAMP '2024-12-30 06:07:08.125'
    """)
    s.queries("""
        SELECT * FROM e
        SELECT id, d FROM e ORDER BY d, id
        SELECT id, ts FROM e ORDER BY ts DESC, id
        SELECT id FROM e WHERE d > DATE '2024-01-01'
        SELECT id FROM e WHERE d = DATE '2024-02-29'
        SELECT id FROM e WHERE d BETWEEN DATE '2023-01-01' AND DATE '2024-01-31'
        SELECT id FROM e WHERE d IN (DATE '2024-01-15', DATE '1999-07-04')
        SELECT id FROM e WHERE ts < TIMESTAMP '2000-01-01 00:00:00'
        SELECT id FROM e WHERE ts >= TIMESTAMP '2024-02-29 23:59:59'
        SELECT id FROM e WHERE ts > d
        SELECT id FROM e WHERE CAST(ts AS Date) = d
        SELECT MIN(d), MAX(d) FROM e
        SELECT MIN(ts), MAX(ts) FROM e
        SELECT COUNT(d), COUNT(*) FROM e
        SELECT COUNT(DISTINCT d) FROM e
        SELECT DATE '2024-03-15'
        SELECT TIMESTAMP '2024-03-15 10:30:00'
        SELECT TIMESTAMP '2024-03-15 10:30:00.125'
        SELECT TIMESTAMP '2024-03-15 10:30:00.123456'
        SELECT CAST('2024-03-15' AS Date)
        SELECT CAST('2024-03-15 10:30:00' AS Timestamp)
        SELECT CAST('2024-03-15T10:30:00' AS Timestamp)
        SELECT DATE '2024-03-15' - DATE '2024-01-01'
        SELECT DATE '2024-01-01' - DATE '2024-03-15'
        SELECT DATE '2024-03-01' - DATE '2024-02-28'
        SELECT DATE '2024-03-15' + 1
        SELECT DATE '2024-03-01' - 1
        SELECT CAST(DATE '2024-01-31' + INTERVAL '1 month' AS Date)
        SELECT CAST(DATE '2024-02-29' + INTERVAL '1 year' AS Date)
        SELECT CAST(DATE '2024-01-15' + INTERVAL '10 days' AS Date)
        SELECT CAST(DATE '2024-01-15' - INTERVAL '15' DAY AS Date)
        SELECT CAST(DATE '1998-12-01' - INTERVAL '90' DAY AS Date)
        SELECT TIMESTAMP '2024-01-15 10:00:00' + INTERVAL '1 hour'
        SELECT TIMESTAMP '2024-01-15 10:00:00' + INTERVAL '90 minutes'
        SELECT TIMESTAMP '2024-01-15 00:00:00' - INTERVAL '1 second'
        SELECT TIMESTAMP '2024-01-31 10:00:00' + INTERVAL '1 month'
        SELECT TIMESTAMP '2024-12-31 23:00:00' + INTERVAL '2 hours'
        SELECT id, d - DATE '2024-01-01' FROM e
        SELECT id FROM e WHERE d + INTERVAL '30 days' > DATE '2024-03-01'
        SELECT id, CAST(d AS String) FROM e
        SELECT id, CAST(d AS Timestamp) FROM e
        SELECT id, CAST(ts AS Date) FROM e
        SELECT d, COUNT(*) FROM e GROUP BY d
        SELECT id, COALESCE(d, DATE '2000-01-01') FROM e
        SELECT id, CASE WHEN d < DATE '2000-01-01' THEN 'old' ELSE 'new' END FROM e
        SELECT GREATEST(DATE '2024-01-01', DATE '2023-01-01')
        SELECT NULLIF(DATE '2024-01-01', DATE '2024-01-01')
        SELECT MAKE_DATE(2024, 2, 29)
        SELECT DATE '2024-02-29' = CAST('2024-02-29' AS Date)
        SELECT id, LAG(d) OVER (ORDER BY id) FROM e
        SELECT a.id, b.id FROM e a JOIN e b ON a.d < b.d AND b.d < DATE '2024-02-01'
    """)
    for field in ("YEAR", "MONTH", "DAY", "QUARTER", "WEEK", "DOY", "DOW"):
        s.query(f"SELECT id, EXTRACT({field} FROM d) FROM e")
        s.query(f"SELECT id, DATE_PART('{field.lower()}', ts) FROM e")
    for field in ("HOUR", "MINUTE"):
        s.query(f"SELECT id, EXTRACT({field} FROM ts) FROM e")
    s.query("SELECT EXTRACT(SECOND FROM TIMESTAMP '2024-01-15 10:30:45')")
    s.query("SELECT CAST(EXTRACT(EPOCH FROM TIMESTAMP '2024-01-15 00:00:01') AS Int)")
    s.query("SELECT CAST(EXTRACT(EPOCH FROM TIMESTAMP '1969-12-31 23:59:59') AS Int)")
    for unit in ("second", "minute", "hour", "day", "week", "month", "quarter", "year"):
        s.query(f"SELECT id, DATE_TRUNC('{unit}', ts) FROM e")
    s.queries("""
        SELECT CAST(DATE_TRUNC('month', d) AS Date) AS m, COUNT(*) FROM e GROUP BY m
        SELECT EXTRACT(YEAR FROM d) AS y, COUNT(*) FROM e GROUP BY y ORDER BY y
        SELECT EXTRACT(YEAR FROM d) AS y, MAX(d) FROM e GROUP BY EXTRACT(YEAR FROM d) HAVING COUNT(*) > 1
        SELECT id FROM e WHERE EXTRACT(MONTH FROM d) = 12
        SELECT DATE_TRUNC('day', ts) = CAST(d AS Timestamp) FROM e WHERE id = 1
    """)
    s.errors("""
        SELECT DATE '2024-13-01'
        SELECT DATE '2023-02-29'
        SELECT DATE 'abc'
        SELECT TIMESTAMP '2024-01-01 25:00:00'
        SELECT EXTRACT(nosuch FROM d) FROM e
        SELECT d + d FROM e
        SELECT d * 2 FROM e
        INSERT INTO e VALUES (8, 'not a date', NULL)
    """)


def mathematics(s):
    """Mathematical functions; irrational results are rounded."""
    fixtures.values(s)
    s.values("""
        ABS(-5)
        ABS(5)
        ABS(-2.5)
        ABS(NULL)
        CEIL(2.1)
        CEIL(-2.1)
        CEIL(2.0)
        FLOOR(2.9)
        FLOOR(-2.1)
        FLOOR(-0.5)
        ROUND(2.4)
        ROUND(2.6)
        ROUND(-2.6)
        ROUND(-2.4)
        ROUND(2.346, 2)
        ROUND(-2.346, 1)
        ROUND(1234.567, -2)
        TRUNC(2.7)
        TRUNC(-2.7)
        SQRT(16.0)
        SQRT(2.25)
        SQRT(0.0)
        SQRT(-1.0)
        LN(1.0)
        LN(0.0)
        LN(-1.0)
        LOG10(1000.0)
        LOG2(8.0)
        EXP(0.0)
        ROUND(EXP(1.0), 6)
        ROUND(LN(10.0), 6)
        POWER(2.0, 10.0)
        POWER(2.0, -1.0)
        POWER(4.0, 0.5)
        POWER(0.0, 0.0)
        POWER(2, 3)
        SIN(0.0)
        COS(0.0)
        TAN(0.0)
        ROUND(SIN(1.0), 6)
        ROUND(COS(1.0), 6)
        ROUND(TAN(1.0), 6)
        ROUND(ASIN(1.0), 6)
        ROUND(ACOS(0.0), 6)
        ROUND(ATAN(1.0), 6)
        ROUND(ATAN2(1.0, -1.0), 6)
        ROUND(SINH(1.0), 6)
        ROUND(TANH(0.5), 6)
        ROUND(PI(), 6)
        ROUND(DEGREES(PI()), 6)
        ROUND(RADIANS(180.0), 6)
        ROUND(CBRT(27.0), 6)
        GCD(12, 18)
        LCM(4, 6)
        ISNAN(CAST('NaN' AS Double))
        ISNAN(1.0)
        SQRT(NULL)
        POWER(NULL, 2)
        ABS(-0.0)
        EXP(1000.0)
        EXP(-1000.0)
    """)
    s.query("SELECT SIGN(-2.5), SIGN(0.0), SIGN(7.5)", duck="SELECT sign(-2.5)::DOUBLE, 0.0::DOUBLE, 1.0::DOUBLE")
    s.query("SELECT MOD(7, 3), MOD(-7, 3), MOD(7, -3)")
    s.queries("""
        SELECT id, ABS(a) FROM v
        SELECT id, ABS(x) FROM v
        SELECT id, FLOOR(x) FROM v
        SELECT id, CEIL(x) FROM v
        SELECT id, SQRT(ABS(x)) FROM v WHERE id <> 7 AND id <> 5 AND id <> 1 AND id <> 6
        SELECT id, ROUND(x * 0.1, 3) FROM v
        SELECT id, POWER(x, 2.0) FROM v
        SELECT id, ROUND(EXP(y), 4) FROM v
        SELECT id FROM v WHERE ABS(a) > 5
        SELECT SUM(ABS(a)) FROM v
        SELECT ABS(a) AS m, COUNT(*) FROM v GROUP BY m
    """)
    s.errors("""
        SELECT SQRT('a')
        SELECT ABS()
        SELECT ABS(1, 2)
        SELECT POWER(1)
    """)


def counted(s):
    """Arithmetic on what LENGTH, EXTRACT and their like count: Ints, which may become negative."""
    s.table("c", "id Int, s String?, u String?, d Date?, ts Timestamp?", """
        1, 'apple', 'a', DATE '2024-03-15', TIMESTAMP '2024-03-15 10:30:00'
        2, '', 'banana', DATE '1999-12-31', TIMESTAMP '1999-12-31 23:59:59'
        3, 'éclair', NULL, NULL, NULL
        4, NULL, 'xy', DATE '2000-02-29', TIMESTAMP '2000-02-29 00:00:00'
        5, 'a b c', 'a b c', DATE '2024-01-01', TIMESTAMP '2024-01-01 01:02:03'
    """)
    counts = {
        "LENGTH(s)": "LENGTH(u)",
        "CHAR_LENGTH(u)": "id",
        "STRPOS(s, 'a')": "LENGTH(s)",
        "ASCII(u)": "LENGTH(u)",
        "EXTRACT(MONTH FROM d)": "EXTRACT(DAY FROM d)",
        "EXTRACT(YEAR FROM d)": "EXTRACT(HOUR FROM ts)",
    }
    expressions = ("# - 100", "# - id", "id - #", "# - @", "-#", "# * -3", "# % 4", "# DIV 3", "(# - 6) DIV 4", "(# - 6) % 4", "# / 2", "# * 0.5", "1000 DIV (# + 1)", "ABS(# - 4)", "# - LENGTH('abc') - 3")
    conditions = ("# = id", "# < id - 3", "# - 7 < 0", "# > @", "# - @ < -1", "# IN (-1, 5, 3)", "# NOT IN (id, @)", "# BETWEEN -5 AND 5", "# IS DISTINCT FROM @")
    for count, other in counts.items():
        s.section(count)
        for text in expressions + conditions:
            s.query(f"SELECT id, {text} FROM c".replace("#", count).replace("@", other))
        for order in ("# - 10", "-#", "# - @", "# % 3"):
            s.query(f"SELECT id FROM c ORDER BY {order}, id".replace("#", count).replace("@", other))
        s.query("SELECT id FROM c WHERE # - @ < 0 OR # = id".replace("#", count).replace("@", other))
    s.section("Around it")
    s.queries("""
        SELECT SUM(LENGTH(s) - 5), MIN(LENGTH(s) - 5), MAX(3 - LENGTH(u)) FROM c
        SELECT LENGTH(s) - 5 AS n, COUNT(*) FROM c GROUP BY LENGTH(s) - 5
        SELECT id, CASE WHEN s IS NULL THEN -1 ELSE LENGTH(s) END FROM c
        SELECT id, COALESCE(LENGTH(s), -1), COALESCE(NULLIF(LENGTH(s), 5), id) FROM c
        SELECT id, GREATEST(LENGTH(s) - 3, 0), LEAST(LENGTH(u), -id) FROM c
        SELECT a.id, b.id FROM c a JOIN c b ON LENGTH(a.s) - 4 = b.id
        SELECT a.id, b.id FROM c a JOIN c b ON LENGTH(a.s) = LENGTH(b.u) - 1
        SELECT LENGTH(s) FROM c UNION ALL SELECT -id FROM c
        SELECT id FROM c WHERE LENGTH(s) IN (SELECT id FROM c) OR LENGTH(u) - 7 IN (SELECT -id FROM c)
        SELECT id FROM c WHERE LENGTH(s) - 4 >= ALL (SELECT LENGTH(u) - 6 FROM c WHERE u IS NOT NULL)
        SELECT id, LENGTH(s) - LAG(LENGTH(s)) OVER (ORDER BY id) FROM c
        SELECT id, RANK() OVER (ORDER BY LENGTH(s) - 10) - LENGTH(s) FROM c
        SELECT id, EXTRACT(YEAR FROM d) * 100 + EXTRACT(MONTH FROM d) - 200000 FROM c
        SELECT EXTRACT(YEAR FROM d) - 2000 AS y, COUNT(*) FROM c GROUP BY EXTRACT(YEAR FROM d) - 2000
        SELECT id, '[' || SUBSTR(s, LENGTH(s) - 1) || ']' FROM c WHERE LENGTH(s) > 2
        SELECT id, '[' || LEFT(u, LENGTH(u) - 1) || ']', '[' || RIGHT(s, LENGTH(s) DIV 2) || ']' FROM c WHERE LENGTH(u) > 0
        SELECT COUNT(*) - 10, COUNT(s) - COUNT(*), COUNT(DISTINCT u) - 9 FROM c
    """)


FILES = {
    "scalar/cast": cast,
    "scalar/counted": counted,
    "scalar/strings": strings,
    "scalar/like": like,
    "scalar/dates": dates,
    "scalar/mathematics": mathematics,
}
