"""Aggregates, groups, order, limits and DISTINCT."""

import fixtures


def aggregates(s):
    """Aggregates without groups: NULLs, no rows, DISTINCT, FILTER."""
    fixtures.values(s)
    fixtures.sales(s)
    fixtures.small(s)
    s.table("none", "i Int?, x Float?, s String?, b Bool?", [])
    s.queries("""
        SELECT AVG(x) FROM t
        SELECT SUM(price) FROM t
        SELECT COUNT(*) FROM t WHERE id = 99
        SELECT SUM(CASE WHEN price > 5 THEN 1 ELSE 0 END) FROM t
        SELECT COUNT(*) FROM v
        SELECT COUNT(a) FROM v
        SELECT COUNT(1) FROM v
        SELECT COUNT(NULL) FROM v
        SELECT COUNT(DISTINCT a) FROM v
        SELECT COUNT(DISTINCT s) FROM v
        SELECT COUNT(DISTINCT p) FROM v
        SELECT SUM(a) FROM v
        SELECT SUM(x) FROM v
        SELECT SUM(a + b) FROM v
        SELECT SUM(a) + SUM(b) FROM v
        SELECT SUM(DISTINCT a) FROM v
        SELECT AVG(a) FROM v
        SELECT AVG(b) FROM v
        SELECT AVG(DISTINCT b) FROM v
        SELECT MIN(a), MAX(a) FROM v
        SELECT MIN(x), MAX(x) FROM v
        SELECT MIN(s), MAX(s) FROM v
        SELECT MIN(p), MAX(p) FROM v
        SELECT MIN(a + b), MAX(a * 2) FROM v
        SELECT MAX(a) - MIN(a) FROM v
        SELECT SUM(a) / COUNT(a) FROM v
        SELECT SUM(a) * 2 + 1 FROM v
        SELECT AVG(a) = SUM(a) / COUNT(a) FROM v
        SELECT COUNT(*) - COUNT(a) FROM v
        SELECT SUM(1) FROM v
        SELECT SUM(2.5) FROM v
        SELECT MIN(5), MAX('c') FROM v
        SELECT MEAN(b) FROM v
        SELECT ROUND(STDDEV(b), 6) FROM v
        SELECT ROUND(STDEV(b), 6) FROM v
        SELECT ROUND(STDDEV_SAMP(b), 6) FROM v
        SELECT ROUND(STDDEV_POP(b), 6) FROM v
        SELECT ROUND(VAR_SAMP(b), 6) FROM v
        SELECT ROUND(VAR_POP(b), 6) FROM v
        SELECT ROUND(CORR(qty, amount), 6) FROM sales
        SELECT ROUND(COVAR_POP(qty, amount), 6) FROM sales
        SELECT ROUND(COVAR_SAMP(qty, amount), 6) FROM sales
        SELECT ROUND(REGR_SLOPE(amount, qty), 6) FROM sales
        SELECT MEDIAN(amount) FROM sales
        SELECT MEDIAN(x) FROM t
        SELECT BOOL_AND(p), BOOL_OR(p) FROM v
        SELECT BOOL_AND(p) FROM v WHERE p
        SELECT BOOL_OR(p) FROM v WHERE NOT p
        SELECT BIT_AND(b), BIT_OR(b), BIT_XOR(b) FROM v WHERE b > 0
        SELECT STRING_AGG(s, ',' ORDER BY s) FROM v
        SELECT STRING_AGG(s, '' ORDER BY s DESC) FROM v WHERE s <> ''
        SELECT STRING_AGG(region, '-' ORDER BY id) FROM sales
        SELECT COUNT(*) FILTER (WHERE a > 0) FROM v
        SELECT COUNT(*) FILTER (WHERE a IS NULL) FROM v
        SELECT SUM(a) FILTER (WHERE p) FROM v
        SELECT SUM(a) FILTER (WHERE a > 10000000000) FROM v
        SELECT COUNT(a) FILTER (WHERE p OR q) FROM v
        SELECT AVG(x) FILTER (WHERE x > 0), AVG(x) FILTER (WHERE x <= 0) FROM v
        SELECT COUNT(DISTINCT a) FILTER (WHERE b > 0) FROM v
        SELECT MAX(s) FILTER (WHERE s < 'b') FROM v
        SELECT SUM(qty) FILTER (WHERE region = 'north') - SUM(qty) FILTER (WHERE region = 'east') FROM sales
        SELECT COUNT(*), COUNT(i), SUM(i), AVG(i), MIN(i), MAX(i) FROM none
        SELECT SUM(x), AVG(x), MIN(x), MAX(x) FROM none
        SELECT MIN(s), MAX(s), COUNT(s) FROM none
        SELECT BOOL_AND(b), BOOL_OR(b) FROM none
        SELECT STDDEV(x), VAR_POP(x), CORR(x, x) FROM none
        SELECT STRING_AGG(s, ',') FROM none
        SELECT COUNT(DISTINCT i) FROM none
        SELECT SUM(i) + 1, COALESCE(SUM(i), 0) FROM none
        SELECT COUNT(*) FILTER (WHERE true) FROM none
        SELECT SUM(a) FROM v WHERE a IS NULL
        SELECT COUNT(a), COUNT(*) FROM v WHERE a IS NULL
        SELECT AVG(a) FROM v WHERE false
        SELECT STDDEV(a) FROM v WHERE id = 1
        SELECT STDDEV_POP(a) FROM v WHERE id = 1
        SELECT SUM(9223372036854775807) FROM t WHERE id = 1
        SELECT COUNT(*) FROM (SELECT DISTINCT a, b FROM v) q
        SELECT COUNT(*) FROM v WHERE a > (SELECT AVG(a) FROM v WHERE a < 1000)
        SELECT SUM(n) FROM (SELECT COUNT(*) AS n FROM v GROUP BY a) q
        SELECT COUNT(*) HAVING COUNT(*) > 0
        SELECT COUNT(*) FROM v HAVING COUNT(*) > 5
        SELECT COUNT(*) FROM v HAVING COUNT(*) > 50
        SELECT SUM(a) FROM v ORDER BY SUM(a)
        SELECT SUM(a) FROM v LIMIT 1
        SELECT COUNT(*) FROM v LIMIT 0
        SELECT COUNT(*)
        SELECT SUM(3), MAX(4)
        SELECT MIN(day), MAX(day) FROM sales
        SELECT UPPER(MAX(s)) FROM v
        SELECT CASE WHEN COUNT(*) > 3 THEN 'many' ELSE 'few' END FROM v
        SELECT COUNT(*) FROM v, t
    """)
    s.query("SELECT MEDIAN(price) FROM t WHERE g = 'a'", expect=[[7.0]], why="the mean of the middle two is a Float")
    s.query("SELECT VARIANCE(b) FROM v WHERE id < 4", duck="SELECT var_samp(b) FROM v WHERE id < 4")
    s.query("SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) FROM sales")
    s.query("SELECT PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY qty) FROM sales", duck="SELECT quantile_cont(qty, 0.25) FROM sales")
    s.error("SELECT SUM(9223372036854775807) FROM t", "(?i)overflow", duck=False, why="the sum of Ints is an Int; DuckDB has a wider type")
    s.errors("""
        SELECT SUM(s) FROM v
        SELECT AVG(s) FROM v
        SELECT id, COUNT(*) FROM v
        SELECT SUM(COUNT(*)) FROM v
        SELECT SUM(MAX(a)) FROM v
        SELECT id FROM v WHERE COUNT(*) > 1
        SELECT SUM() FROM v
        SELECT SUM(a, b) FROM v
        SELECT COUNT(nosuch) FROM v
    """)


def groups(s):
    """GROUP BY and HAVING."""
    fixtures.small(s)
    fixtures.sales(s)
    fixtures.values(s)
    s.queries("""
        SELECT COUNT(*) AS n, g FROM t GROUP BY g
        SELECT g, SUM(price) FROM t GROUP BY g HAVING SUM(price) > 10
        SELECT g FROM t GROUP BY g
        SELECT g, COUNT(*) FROM t GROUP BY 1
        SELECT region, COUNT(*) FROM sales GROUP BY region
        SELECT region, SUM(qty), AVG(amount) FROM sales GROUP BY region
        SELECT region, MIN(day), MAX(day) FROM sales GROUP BY region
        SELECT region, product, SUM(qty) FROM sales GROUP BY region, product
        SELECT product, region, COUNT(*) FROM sales GROUP BY 2, 1
        SELECT COUNT(*) FROM sales GROUP BY region
        SELECT COUNT(qty) FROM sales GROUP BY region, product
        SELECT region AS r, COUNT(*) FROM sales GROUP BY r
        SELECT UPPER(region) AS r, COUNT(*) FROM sales GROUP BY UPPER(region)
        SELECT UPPER(region), COUNT(*) FROM sales GROUP BY UPPER(region)
        SELECT LENGTH(product) AS n, SUM(qty) FROM sales GROUP BY n
        SELECT qty % 2 AS odd, COUNT(*) FROM sales GROUP BY qty % 2
        SELECT qty % 2, COUNT(*) FROM sales GROUP BY 1
        SELECT qty > 4, COUNT(*) FROM sales GROUP BY qty > 4
        SELECT qty DIV 5 * 5 AS bucket, COUNT(*) FROM sales GROUP BY bucket
        SELECT EXTRACT(MONTH FROM day) AS m, SUM(amount) FROM sales GROUP BY m
        SELECT day, COUNT(*) FROM sales GROUP BY day
        SELECT region IS NULL, COUNT(*) FROM sales GROUP BY region IS NULL
        SELECT COALESCE(region, 'none') AS r, COUNT(*) FROM sales GROUP BY r
        SELECT CASE WHEN qty > 5 THEN 'big' ELSE 'small' END AS size, COUNT(*) FROM sales GROUP BY size
        SELECT region, COUNT(DISTINCT product) FROM sales GROUP BY region
        SELECT region, COUNT(DISTINCT product), SUM(DISTINCT qty) FROM sales GROUP BY region
        SELECT region, COUNT(*) FILTER (WHERE product = 'pen') FROM sales GROUP BY region
        SELECT region, SUM(qty) FILTER (WHERE qty > 5) FROM sales GROUP BY region
        SELECT region, STRING_AGG(product, ',' ORDER BY id) FROM sales GROUP BY region
        SELECT region, SUM(qty) * 2 + 1 FROM sales GROUP BY region
        SELECT region, SUM(qty) / COUNT(qty), AVG(qty) FROM sales GROUP BY region
        SELECT region, MAX(amount) - MIN(amount) FROM sales GROUP BY region
        SELECT region || '!', COUNT(*) FROM sales GROUP BY region
        SELECT region, region, COUNT(*) FROM sales GROUP BY region
        SELECT a + 1, COUNT(*) FROM v GROUP BY a
        SELECT a + 1, COUNT(*) FROM v GROUP BY a + 1
        SELECT p, q, COUNT(*) FROM v GROUP BY p, q
        SELECT x, COUNT(*) FROM v GROUP BY x
        SELECT s, COUNT(*) FROM v GROUP BY s
        SELECT region, SUM(amount) FROM sales WHERE qty > 2 GROUP BY region
        SELECT region, COUNT(*) FROM sales WHERE region IS NOT NULL GROUP BY region
        SELECT region, COUNT(*) FROM sales WHERE false GROUP BY region
        SELECT region, COUNT(*) FROM sales GROUP BY region HAVING COUNT(*) > 2
        SELECT region, COUNT(*) AS n FROM sales GROUP BY region HAVING COUNT(*) BETWEEN 2 AND 3
        SELECT region FROM sales GROUP BY region HAVING SUM(qty) > 10
        SELECT region FROM sales GROUP BY region HAVING region IS NOT NULL
        SELECT region FROM sales GROUP BY region HAVING MAX(amount) > 20 AND MIN(qty) < 5
        SELECT region, SUM(qty) FROM sales GROUP BY region HAVING AVG(amount) > 10 OR region = 'east'
        SELECT region FROM sales GROUP BY region HAVING COUNT(*) = (SELECT COUNT(*) FROM sales WHERE region = 'east')
        SELECT product, COUNT(*) FROM sales GROUP BY product HAVING SUM(amount) IS NOT NULL
        SELECT region, SUM(qty) FROM sales GROUP BY region ORDER BY region
        SELECT region, SUM(qty) FROM sales GROUP BY region ORDER BY SUM(qty) DESC
        SELECT region, SUM(qty) AS total FROM sales GROUP BY region ORDER BY total
        SELECT region, SUM(qty) FROM sales GROUP BY region ORDER BY 2 DESC, 1
        SELECT region FROM sales GROUP BY region ORDER BY COUNT(*) DESC, region LIMIT 2
        SELECT region, COUNT(*) FROM sales GROUP BY region ORDER BY MAX(amount), region DESC
        SELECT DISTINCT COUNT(*) FROM sales GROUP BY region
        SELECT q.r, q.n * 2 FROM (SELECT region AS r, COUNT(*) AS n FROM sales GROUP BY region) q
        SELECT region, COUNT(*) FROM (SELECT * FROM sales WHERE qty > 1) q GROUP BY region
        SELECT g, BOOL_AND(active), BOOL_OR(active) FROM t GROUP BY g
        SELECT g, AVG(x), COUNT(x), COUNT(*) FROM t GROUP BY g
        SELECT region, product, COUNT(*) FROM sales GROUP BY ROLLUP (region, product)
        SELECT region, SUM(qty) FROM sales GROUP BY ROLLUP (region)
        SELECT region, product, SUM(qty) FROM sales GROUP BY CUBE (region, product)
        SELECT region, product, SUM(qty) FROM sales GROUP BY GROUPING SETS ((region, product), (region), ())
        SELECT region, product, COUNT(*) FROM sales GROUP BY GROUPING SETS ((region), (product))
        SELECT region, GROUPING(region), COUNT(*) FROM sales GROUP BY ROLLUP (region)
        SELECT region, product, GROUPING(region), GROUPING(product), SUM(qty) FROM sales GROUP BY CUBE (region, product)
        SELECT region, SUM(qty) FROM sales GROUP BY ROLLUP (region) HAVING SUM(qty) > 15
        SELECT g, active, SUM(price) FROM t GROUP BY ROLLUP (g, active)
        SELECT COUNT(*) FROM sales GROUP BY ()
        SELECT COUNT(*) FROM sales WHERE false GROUP BY ()
        SELECT COUNT(*) FROM sales WHERE false GROUP BY ROLLUP (region)
        SELECT product, region, COUNT(*) FROM sales GROUP BY product, ROLLUP (region)
        SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM sales GROUP BY product) q
        SELECT region, COUNT(*) FROM sales GROUP BY sales.region
        SELECT o.region, SUM(o.qty) FROM sales o GROUP BY o.region
        SELECT 'all', COUNT(*) FROM sales GROUP BY 1
        SELECT g, SUM(price) FROM t group by g having count(*) > 1
    """)
    s.error("SELECT id, COUNT(*) FROM t GROUP BY g", "id")
    s.error("SELECT * FROM t GROUP BY g")
    s.error("SELECT g, price + 1 FROM t GROUP BY g", "price")
    s.error("SELECT g FROM t GROUP BY g HAVING price > 1", "price")
    s.error("SELECT g FROM t GROUP BY nosuch", "nosuch")
    s.error("SELECT g FROM t GROUP BY 5")
    s.error("SELECT g, COUNT(*) FROM t GROUP BY 2")
    s.error("SELECT g FROM t GROUP BY COUNT(*)")
    s.error("SELECT g FROM t GROUP BY g ORDER BY price", "price")


def ordering(s):
    """ORDER BY, LIMIT and OFFSET."""
    fixtures.small(s)
    fixtures.sales(s)
    fixtures.values(s)
    s.queries("""
        SELECT id FROM t ORDER BY id
        SELECT id FROM t ORDER BY id DESC
        SELECT id FROM t ORDER BY price * -1
        SELECT id FROM t ORDER BY -price
        SELECT id, x FROM t ORDER BY x
        SELECT id, x FROM t ORDER BY x DESC
        SELECT id, x FROM t ORDER BY x ASC
        SELECT id, x FROM t ORDER BY x NULLS FIRST
        SELECT id, x FROM t ORDER BY x NULLS LAST
        SELECT id, x FROM t ORDER BY x DESC NULLS LAST
        SELECT id, x FROM t ORDER BY x DESC NULLS FIRST
        SELECT id, x FROM t ORDER BY x ASC NULLS FIRST
        SELECT id, a FROM v ORDER BY a, id
        SELECT id, a FROM v ORDER BY a DESC, id
        SELECT id, a FROM v ORDER BY a, id DESC
        SELECT id, a, b FROM v ORDER BY a, b, id
        SELECT id, a, b FROM v ORDER BY a DESC, b DESC, id
        SELECT id, a, b FROM v ORDER BY a NULLS FIRST, b DESC NULLS LAST, id
        SELECT id, s FROM v ORDER BY s, id
        SELECT id, s FROM v ORDER BY s DESC, id
        SELECT id, s FROM v ORDER BY LOWER(s), id
        SELECT id, s FROM v ORDER BY LENGTH(s) DESC, id
        SELECT id, p FROM v ORDER BY p, id
        SELECT id, p FROM v ORDER BY p DESC, id
        SELECT id, x FROM v ORDER BY x, id
        SELECT id, x FROM v ORDER BY ABS(x), id
        SELECT id FROM v ORDER BY a + b, id
        SELECT id FROM v ORDER BY a IS NULL, a, id
        SELECT id FROM v ORDER BY CASE WHEN a > 0 THEN 0 ELSE 1 END, id DESC
        SELECT id FROM v ORDER BY COALESCE(a, 0), id
        SELECT a AS k, id FROM v ORDER BY k, id
        SELECT -a AS k, id FROM v ORDER BY k, id
        SELECT id AS a, b FROM v ORDER BY a
        SELECT id, a FROM v ORDER BY 2, 1
        SELECT id, a FROM v ORDER BY 2 DESC, 1 DESC
        SELECT a, b, id FROM v ORDER BY 1 NULLS FIRST, 3
        SELECT g, id FROM t ORDER BY g DESC, id
        SELECT id FROM t ORDER BY price
        SELECT id FROM t ORDER BY t.price DESC
        SELECT o.id FROM t o ORDER BY o.price
        SELECT id FROM sales ORDER BY day, id
        SELECT id FROM sales ORDER BY day DESC, id
        SELECT id FROM sales ORDER BY region, product, day, id
        SELECT id FROM sales ORDER BY amount / qty, id
        SELECT * FROM t ORDER BY id
        SELECT id FROM t ORDER BY active, id
        SELECT id FROM t ORDER BY (SELECT 1), id
        SELECT id FROM t WHERE id > 1 ORDER BY id
        SELECT id FROM t ORDER BY id LIMIT 2
        SELECT id FROM t ORDER BY id DESC LIMIT 1
        SELECT id FROM t ORDER BY id LIMIT 0
        SELECT id FROM t ORDER BY id LIMIT 100
        SELECT id FROM t ORDER BY id LIMIT 1 OFFSET 1
        SELECT id FROM t ORDER BY id OFFSET 1
        SELECT id FROM t ORDER BY id OFFSET 0
        SELECT id FROM t ORDER BY id OFFSET 3
        SELECT id FROM t ORDER BY id LIMIT 2 OFFSET 2
        SELECT id FROM t ORDER BY id LIMIT 1 + 1
        SELECT id FROM t ORDER BY x LIMIT 1
        SELECT id FROM t ORDER BY x DESC LIMIT 1
        SELECT id FROM t LIMIT 0
        SELECT id FROM t LIMIT 100
        SELECT id FROM v ORDER BY a, id LIMIT 3
        SELECT id FROM v ORDER BY a DESC, id LIMIT 3
        SELECT id FROM v ORDER BY a DESC NULLS LAST, id LIMIT 3
        SELECT id FROM v ORDER BY s, id LIMIT 4 OFFSET 2
        SELECT id FROM sales ORDER BY amount DESC NULLS LAST, id LIMIT 3
        SELECT id FROM sales WHERE region = 'north' ORDER BY qty DESC LIMIT 2
        SELECT COUNT(*) FROM (SELECT id FROM sales LIMIT 5) q
        SELECT SUM(id) FROM (SELECT id FROM sales ORDER BY id LIMIT 3) q
        SELECT id FROM (SELECT id FROM t ORDER BY id DESC LIMIT 2) q ORDER BY id
        SELECT region, SUM(qty) FROM sales GROUP BY region ORDER BY 2 DESC LIMIT 1
        SELECT id, RANK() OVER (ORDER BY price) FROM t ORDER BY id LIMIT 2
    """)
    s.section("DISTINCT")
    s.queries("""
        SELECT DISTINCT g FROM t
        SELECT DISTINCT g FROM t ORDER BY g LIMIT 2
        SELECT COUNT(*) FROM (SELECT DISTINCT g FROM t LIMIT 2) q
        SELECT COUNT(*) FROM (SELECT DISTINCT region FROM sales LIMIT 3) q
        SELECT DISTINCT g FROM t LIMIT 2
        SELECT DISTINCT g FROM t LIMIT 5
        SELECT DISTINCT price / 100 FROM t
        SELECT DISTINCT price > 5 FROM t
        SELECT DISTINCT region FROM sales
        SELECT DISTINCT region, product FROM sales
        SELECT DISTINCT a FROM v
        SELECT DISTINCT a, b FROM v
        SELECT DISTINCT s FROM v
        SELECT DISTINCT p FROM v
        SELECT DISTINCT x FROM v
        SELECT DISTINCT a % 2 FROM v
        SELECT DISTINCT 1 FROM v
        SELECT DISTINCT NULL FROM v
        SELECT DISTINCT region FROM sales ORDER BY region
        SELECT DISTINCT region FROM sales ORDER BY region DESC
        SELECT DISTINCT region FROM sales ORDER BY region LIMIT 2
        SELECT DISTINCT region FROM sales ORDER BY region LIMIT 2 OFFSET 1
        SELECT DISTINCT LENGTH(region) AS n FROM sales ORDER BY n
        SELECT DISTINCT region, LENGTH(region) FROM sales ORDER BY 2, 1
        SELECT DISTINCT * FROM (SELECT g, active FROM t) q
        SELECT DISTINCT COUNT(*) FROM sales GROUP BY product
        SELECT COUNT(DISTINCT region) FROM sales
        SELECT DISTINCT g, active FROM t WHERE active
        SELECT DISTINCT ON (g) g, id FROM t ORDER BY g, id
        SELECT DISTINCT ON (g) g, id FROM t ORDER BY g, id DESC
        SELECT ALL g FROM t
    """)
    s.error("SELECT id FROM t ORDER BY 5")
    s.error("SELECT id FROM t ORDER BY 0")
    s.error("SELECT id FROM t ORDER BY nosuch", "nosuch")
    s.error("SELECT id FROM t LIMIT -1")
    s.error("SELECT id FROM t LIMIT 'a'")
    s.error("SELECT id FROM t LIMIT price")
    s.error("SELECT id FROM t OFFSET -1")
    s.error("SELECT id FROM t ORDER id")
    s.error("SELECT id FROM t LIMIT")
    s.error("SELECT DISTINCT g FROM t ORDER BY price", "", duck=False, why="as in PostgreSQL: the keys of SELECT DISTINCT must be in its list")


def special(s):
    """NaN, infinities and -0.0 as values and as keys."""
    s.table("f", "id Int, x Float?", """
        1, 0.0
        2, CAST('-0.0' AS DOUBLE)
        3, CAST('NaN' AS DOUBLE)
        4, CAST('inf' AS DOUBLE)
        5, CAST('-inf' AS DOUBLE)
        6, NULL
        7, 1.5
        8, CAST('NaN' AS DOUBLE)
        9, -1.5
        10, CAST('-NaN' AS DOUBLE)
    """)
    s.table("k", "x Float?, name String", """
        CAST('-0.0' AS DOUBLE), 'zero'
        CAST('NaN' AS DOUBLE), 'nan'
        NULL, 'null'
        CAST('inf' AS DOUBLE), 'inf'
    """)
    s.queries("""
        SELECT * FROM f
        SELECT id, x FROM f ORDER BY x, id
        SELECT id, x FROM f ORDER BY x DESC, id
        SELECT id FROM f ORDER BY x NULLS FIRST, id
        SELECT id FROM f ORDER BY -x, id
        SELECT id FROM f WHERE x = 0
        SELECT id FROM f WHERE x = -0.0
        SELECT id FROM f WHERE x <> 0
        SELECT id FROM f WHERE x = x
        SELECT id FROM f WHERE x <> x
        SELECT id FROM f WHERE x = CAST('NaN' AS Double)
        SELECT id FROM f WHERE x <> CAST('NaN' AS Double)
        SELECT id FROM f WHERE x > 1e308
        SELECT id FROM f WHERE x >= CAST('NaN' AS Double)
        SELECT id FROM f WHERE x < CAST('NaN' AS Double)
        SELECT id FROM f WHERE x > CAST('inf' AS Double)
        SELECT id FROM f WHERE x <= 0
        SELECT id FROM f WHERE x < 0
        SELECT id FROM f WHERE x BETWEEN -10 AND 10
        SELECT id FROM f WHERE x NOT BETWEEN -10 AND 10
        SELECT id FROM f WHERE x IN (0)
        SELECT id FROM f WHERE x IN (CAST('NaN' AS Double), 1.5)
        SELECT id FROM f WHERE x NOT IN (0, 1.5)
        SELECT id FROM f WHERE ISNAN(x)
        SELECT id FROM f WHERE x IS DISTINCT FROM CAST('NaN' AS Double)
        SELECT id FROM f WHERE NOT (x > 0)
        SELECT id, x = 0 FROM f
        SELECT id, x > 0 FROM f
        SELECT id, x IS NULL FROM f
        SELECT id, x + 1 FROM f WHERE id <> 2
        SELECT id, x * 0 FROM f WHERE id > 2
        SELECT id, x - x FROM f
        SELECT id, 1 / x FROM f WHERE id > 2
        SELECT id, ABS(x) FROM f
        SELECT CAST('inf' AS Double) - CAST('inf' AS Double)
        SELECT CAST('inf' AS Double) > 1e308
        SELECT CAST('NaN' AS Double) = CAST('NaN' AS Double)
        SELECT CAST('NaN' AS Double) < CAST('inf' AS Double)
        SELECT CAST('NaN' AS Double) > CAST('inf' AS Double)
        SELECT CAST('NaN' AS Double) IS NULL
        SELECT COALESCE(CAST('NaN' AS Double), 1.0)
        SELECT -0.0 = 0.0
        SELECT 0.0 * -1
        SELECT 1 / CAST('inf' AS Double)
        SELECT x = 0, COUNT(*) FROM f GROUP BY x = 0
        SELECT COUNT(*) FROM (SELECT DISTINCT x FROM f) q
        SELECT COUNT(DISTINCT x) FROM f
        SELECT COUNT(*) FROM f GROUP BY x
        SELECT x + 0.0, COUNT(*) FROM f GROUP BY x + 0.0
        SELECT COUNT(*) FROM (SELECT x FROM f GROUP BY x) q
        SELECT MIN(x), MAX(x) FROM f
        SELECT MAX(x) FROM f WHERE NOT ISNAN(x)
        SELECT MIN(x) FROM f WHERE ISNAN(x)
        SELECT SUM(x) FROM f
        SELECT SUM(x) FROM f WHERE id IN (4, 7)
        SELECT SUM(x) FROM f WHERE id IN (4, 5)
        SELECT AVG(x) FROM f WHERE id IN (7, 9)
        SELECT COUNT(x) FROM f
        SELECT f.id, k.name FROM f JOIN k ON f.x = k.x
        SELECT f.id, k.name FROM f LEFT JOIN k ON f.x = k.x
        SELECT k.name, f.id FROM k LEFT JOIN f ON k.x = f.x
        SELECT f.id, k.name FROM f FULL JOIN k ON f.x = k.x
        SELECT a.id, b.id FROM f a JOIN f b ON a.x = b.x
        SELECT f.id FROM f WHERE f.x IN (SELECT x FROM k)
        SELECT f.id FROM f WHERE f.x NOT IN (SELECT x FROM k WHERE x IS NOT NULL)
        SELECT f.id FROM f WHERE EXISTS (SELECT 1 FROM k WHERE k.x = f.x)
        SELECT f.id FROM f WHERE NOT EXISTS (SELECT 1 FROM k WHERE k.x = f.x)
        SELECT COUNT(*) FROM (SELECT x FROM f UNION SELECT x FROM k) q
        SELECT COUNT(*) FROM (SELECT x FROM f INTERSECT SELECT x FROM k) q
        SELECT x FROM f EXCEPT SELECT x FROM k
        SELECT id, RANK() OVER (ORDER BY x) FROM f
        SELECT id, RANK() OVER (ORDER BY x DESC) FROM f
        SELECT id, DENSE_RANK() OVER (ORDER BY x) FROM f
        SELECT id, COUNT(*) OVER (PARTITION BY x) FROM f
        SELECT id, CASE x WHEN 0 THEN 'zero' WHEN CAST('NaN' AS Double) THEN 'nan' ELSE 'other' END FROM f
        SELECT id, NULLIF(x, CAST('NaN' AS Double)) FROM f WHERE id <> 2
        SELECT id, GREATEST(x, 0.5) FROM f
        SELECT id, LEAST(x, -0.5) FROM f
        SELECT id FROM f ORDER BY x DESC, id LIMIT 3
        SELECT id FROM f ORDER BY x, id LIMIT 4
    """)
    s.query("SELECT CAST('-0.0' AS Double)")
    s.query("SELECT -0.0 * 1, 0.0 - 0.0")


FILES = {
    "aggregate/aggregates": aggregates,
    "aggregate/groups": groups,
    "order/order_by": ordering,
    "order/special_floats": special,
}
