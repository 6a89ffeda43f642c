//! Statements over datasets that must parse, print, and parse again.

/// One statement per line; an indented line continues the one before.
pub const CORPUS: &str = r#"
SELECT 1
SELECT * FROM t
select a, b as c, t.a from t where a > 1 and not b = 2
SELECT DISTINCT g FROM t LIMIT 2
SELECT DISTINCT ON (g) g, x FROM t ORDER BY g
SELECT ALL a FROM t
SELECT count(*) AS n, g FROM t GROUP BY g HAVING count(*) > 1 ORDER BY n DESC NULLS LAST LIMIT 10 OFFSET 5
SELECT a FROM t OFFSET 3
SELECT a FROM t FILTER a > 1
SELECT a FROM t FILTER (a > 1) AND b = 2
SELECT SUM(x) FILTER (WHERE x > 0) FROM t
SELECT SUM(x) FILTER (WHERE x > 0) FROM t FILTER y > 0
SELECT a FROM t WHERE filter > 1
SELECT filter FROM t
SELECT count, total, rank, label, index, data, rate, window, query, row, value, score FROM t
SELECT limit, offset, "group" FROM t
SELECT t.group, t.order, t.select FROM t
SELECT a AS order, b AS limit FROM t
SELECT sum, avg, min, max, date, text, time, timestamp, year, day, left, right, first, last, end FROM t
SELECT key, name, type, level, user, role, path, position, format, set, top, sample, map, struct FROM t
SELECT position, interval, cast, extract, exists, trim FROM t
SELECT columns.data FROM columns
SELECT a total FROM t data
SELECT * FROM t AS value JOIN u score ON value.id = score.id
SELECT t.* FROM t
SELECT * EXCLUDE (a) FROM t
SELECT a.id, b.id FROM a, b WHERE a.id = b.id
SELECT * FROM a JOIN b ON a.id = b.id LEFT JOIN c USING (id) CROSS JOIN d
SELECT * FROM a NATURAL JOIN b
SELECT * FROM a FULL OUTER JOIN b ON a.x < b.y AND COSINE_SIM(a.v, b.v) > 0.8
SELECT * FROM a LEFT SEMI JOIN b ON a.x = b.x
SELECT * FROM (SELECT a FROM t) AS s
SELECT * FROM (SELECT a FROM t) s WHERE s.a IN (SELECT b FROM u)
SELECT * FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id)
SELECT (SELECT max(x) FROM u) AS m FROM t
SELECT * FROM t WHERE x > ALL (SELECT y FROM u)
SELECT * FROM t WHERE x = ANY (SELECT y FROM u)
SELECT * FROM t, LATERAL (SELECT * FROM u WHERE u.id = t.id) l
WITH a AS (SELECT 1 AS x), b (y) AS (SELECT x FROM a) SELECT * FROM b
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT * FROM n
SELECT a FROM t UNION SELECT b FROM u
SELECT a FROM t UNION ALL SELECT b FROM u ORDER BY a LIMIT 3
(SELECT a FROM t) INTERSECT (SELECT b FROM u) EXCEPT SELECT c FROM w
((SELECT 1))
VALUES (1, 'a'), (2, 'b')
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v (id, name)
SELECT CASE WHEN a > 1 THEN 'x' WHEN a < 0 THEN 'y' ELSE 'z' END AS c FROM t
SELECT CASE a WHEN 1 THEN 2 END FROM t
SELECT CAST(a AS INT), TRY_CAST(b AS Float), CAST(v AS MATRIX(2, 3)), CAST(v AS VECTOR(128, f64)) FROM t
SELECT CAST(a AS DECIMAL(10, 2)), CAST(b AS DOUBLE PRECISION), CAST(c AS String), CAST(d AS TIMESTAMP WITH TIME ZONE)
SELECT a::int, b::vector(3) FROM t
SELECT x BETWEEN 1 AND 2, y NOT BETWEEN 1 AND 2, z IN (1, 2), z NOT IN (3), s LIKE 'a%', s NOT LIKE 'b_' ESCAPE '!' FROM t
SELECT s ILIKE 'a%' FROM t
SELECT a IS NULL, b IS NOT NULL, c IS TRUE, d IS NOT FALSE, e IS DISTINCT FROM f, g IS NOT DISTINCT FROM h FROM t
SELECT SUM(x) OVER (PARTITION BY g ORDER BY d ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t
SELECT AVG(x) OVER (ORDER BY d ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS m FROM t
SELECT SUM(x) OVER w, COUNT(*) OVER () FROM t WINDOW w AS (PARTITION BY g ORDER BY d RANGE BETWEEN INTERVAL '1' day PRECEDING AND CURRENT ROW)
SELECT ROW_NUMBER() OVER (PARTITION BY g ORDER BY x DESC) AS rn FROM t QUALIFY rn = 1
SELECT LAG(x, 1) IGNORE NULLS OVER (ORDER BY d) FROM t
SELECT STACK(v ORDER BY id) FROM t
SELECT COUNT(DISTINCT g), SUM(ALL) FROM t
SELECT g, h, SUM(x) FROM t GROUP BY GROUPING SETS ((g), (h), ())
SELECT g, h, SUM(x) FROM t GROUP BY ROLLUP (g, h)
SELECT g, h, SUM(x) FROM t GROUP BY CUBE (g, h)
SELECT DATE '1994-01-01' + INTERVAL '1' year, INTERVAL '3 days', TIMESTAMP '2020-01-01 00:00:00'
SELECT EXTRACT(year FROM d), EXTRACT(epoch FROM d), SUBSTRING(s FROM 1 FOR 2), SUBSTRING(s, 1, 2), TRIM(s), TRIM(BOTH ' ' FROM s), POSITION('a' IN s) FROM t
SELECT CEIL(x), FLOOR(x), ROUND(x, 2), LEFT(s, 2), RIGHT(s, 3), IFNULL(a, 0), COALESCE(a, b, 1) FROM t
SELECT CURRENT_DATE, CURRENT_TIMESTAMP
SELECT a || 'x' || b FROM t
SELECT -a, - -a, +b, -2 ^ 2, 2 ^ -1, 2 ** 3 ^ 2, a DIV 2, a % 3, m @ v, (a + b) * c FROM t
SELECT NOT a = b OR c AND d FROM t
SELECT -9223372036854775808, 1_000, 0x1F, 1., .5, 1e-5, 1.e3
SELECT 'it''s', "it""s", 'a\b', ''
SELECT `odd name`, `a``b` FROM `my table`
SELECT [1, 2, 3], [1 -2 3], [[1, 2], [3, 4]], [[1 2], [3 4]], [a, b + 1], [], [inf, -inf, nan]
SELECT v[0], m[0, 1], v[0:2, *], a[::2], m[:, 1], m[*, -1], t.v[1:], f(x)[0], [1, 2][0] FROM t
SELECT v[i + 1][j], (a + b)[0] ^ 2, -v[0] FROM t
SELECT COSINE_SIM(v, [0.1, 0.2]) AS s FROM t ORDER BY s DESC LIMIT 3
SELECT f(x, axis => 1), QUANTILE(a, q => 0.5) FROM t
SELECT WHERE(a > 0, a, 0) FROM t WHERE (a > 1)
SELECT RESHAPE(x, [2, 3]) FROM t
SELECT * FROM ROWS(m)
SELECT * FROM UNNEST([1, 2, 3]) AS u(x)
SELECT * FROM "file.parquet"
SELECT a FROM 'data/file.csv' AS f JOIN "g.csv" g ON f.id = g.id WHERE a = 'x'
SELECT * FROM db.t JOIN other.u ON t.id = u.id
SELECT 1 FROM dual
SELECT (SELECT 1 FROM dual) + 1 FROM dual WHERE 1 = 1
SELECT a == 1, b != 2, c <> 3 FROM t
SELECT * FROM t WHERE v ~= [1, 2]
SELECT a FROM t FETCH FIRST 3 ROWS ONLY
SELECT price/100 AS p, SUM(price) FROM t GROUP BY ALL
SELECT a FROM t -- comment
SELECT /* one */ a # two
  FROM t // three
  WHERE a > 1
SELECT $1, ? FROM t
SELECT EXISTS (SELECT 1), NOT EXISTS (SELECT 1 FROM t)
SELECT ARRAY[1, 2], any(x), all(x) FROM t
DATASET d COLUMNS (id: Int, region String, score: Float?, n: Int DEFAULT 7, features: Vector(128), m: Matrix(2, 2), x Float NULL, y Int NOT NULL)
DATASET IF NOT EXISTS d COLUMNS (id Int)
DATASET d COLUMNS (t3: TENSOR(2, 2, 2), v: Vector(3, f64)?)
CREATE DATASET d COLUMNS (id Int)
CREATE OR REPLACE DATASET d FROM t
CREATE TABLE t (id INT NOT NULL, name VARCHAR(20) NOT NULL DEFAULT 'x', p DOUBLE PRECISION, d DECIMAL(10, 2), ts TIMESTAMP WITH TIME ZONE)
CREATE TABLE IF NOT EXISTS t (id INT)
CREATE OR REPLACE TABLE t AS SELECT 1 AS a
CREATE TABLE u AS SELECT * FROM t WHERE a > 1
DATASET d FROM t
DATASET d FROM t FILTER x > 1 SELECT a, SUM(b) AS s GROUP BY a HAVING SUM(b) > 2 ORDER BY s DESC LIMIT 3 OFFSET 1
DATASET d FROM t SELECT a, b WHERE a > 1
DATASET d FROM t SELECT DISTINCT a LIMIT 5
DATASET d FROM (SELECT a FROM t) SELECT a + 1 AS b
DATASET d FROM "file.csv" WHERE a = 1
DATASET d FROM t JOIN u ON t.id = u.id SELECT t.id
DATASET d FROM db.t FILTER filter > 1
DROP DATASET t IF EXISTS
DROP TABLE IF EXISTS t
DROP DATASET db.t
INSERT INTO t VALUES (1, 'a', 2.5)
INSERT INTO t VALUES (1, 'a', -2.5, NULL, true, DEFAULT), (2, "b", 1e3, null, FALSE, default)
INSERT INTO t VALUES (1, [1, 2, 3]), (2, [1 -2 3])
INSERT INTO t (a, b) VALUES (1, [[1, 2], [3, 4]])
INSERT INTO t (a = 1, b = [1, 2])
INSERT INTO t (a = 1 + 1, b = v[0])
INSERT INTO t VALUES (1 + 1, 'a'), (v, LOWER('X'))
INSERT INTO t (a) SELECT a FROM u WHERE a > 1
INSERT INTO t (SELECT a FROM u)
INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x
INSERT INTO db.t VALUES (1)
INSERT INTO t (a, b) SELECT a, b FROM u UNION ALL SELECT 1, 2
UPDATE t SET a = b, b = a WHERE id = 1
UPDATE t SET a = a * 2 + 1, v = [1, 2], s = 'x' FILTER a IN (SELECT b FROM u)
UPDATE t SET a = CASE WHEN b > 1 THEN 2 ELSE 3 END
DELETE FROM t
DELETE FROM t WHERE NOT (price * 2 > 10)
DELETE FROM t FILTER a IS NULL
UPDATE t AS u SET a = DEFAULT, b = u.a WHERE u.id = 1
UPDATE t u SET a = 1
DELETE FROM t AS u
DELETE FROM t u WHERE u.a = 1
INSERT INTO t DEFAULT VALUES
SELECT a FROM t ORDER BY a OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY
SELECT a FROM t FETCH FIRST ROW ONLY
ALTER DATASET t ADD COLUMN c: Int DEFAULT 3
ALTER DATASET t ADD c Float?
ALTER TABLE t ADD COLUMN c = a + b LAZY
ALTER DATASET t ADD COLUMN c = COSINE_SIM(v, [1, 0])
ALTER DATASET t DROP COLUMN c
ALTER DATASET t DROP c
ALTER DATASET t RENAME COLUMN a TO b
ALTER TABLE t RENAME a TO b
ALTER TABLE t RENAME TO u
MATERIALIZE t
LET ds = dataset("name")
ds.add_column("c", tensor)
ds.add_column(c, a + NORMALIZE b)
ATTACH tensor TO ds.c
ATTACH TRANSPOSE m TO db.ds.c
SET DATASET t METADATA owner = "me"
SET DATASET t version = 3
SHOW DATASET METADATA t
SHOW SCHEMA t
SHOW ALL DATASETS
SHOW DATASETS
SHOW TABLES
DESCRIBE t
DESCRIBE TABLE t
AUDIT DATASET t
CREATE INDEX ON t(col)
CREATE INDEX i ON t(col)
CREATE VECTOR INDEX v ON t(col) METRIC cosine WITH (lists = 10, name = 'x')
CREATE VECTOR INDEX IF NOT EXISTS v ON db.t(col) WITH (m = 16) METRIC l2
DROP INDEX i
DROP INDEX i IF EXISTS
SHOW INDEXES
SHOW INDEXES t
SEARCH t ON col QUERY [1, 2] LIMIT 3
SEARCH t ON col QUERY v METRIC l2 WHERE a > 1 AND b = 'x' LIMIT k + 1 INTO u
SEARCH t WHERE col ~= [1, 2] AND a > 1 AND b < 2 LIMIT 3
SEARCH t WHERE col ~= q LIMIT 3
SEARCH target FROM t QUERY [1, 0] ON col K=5
DEFINE PIPELINE p AS SELECT a, b THEN WHERE a > 1 THEN ORDER BY a DESC, b THEN LIMIT 10 THEN OFFSET 2 THEN DISTINCT
DEFINE PIPELINE p AS NORMALIZE v THEN COMPUTE c = a + CASE WHEN b THEN 1 ELSE 2 END THEN FILTER c > 1
DEFINE PIPELINE p AS GROUP BY g SELECT g, SUM(x) AS s HAVING SUM(x) > 1 THEN SELECT g
APPLY PIPELINE p ON t
APPLY PIPELINE p ON t INTO u
SHOW PIPELINES
DESCRIBE PIPELINE p
DROP PIPELINE p
SAVE PIPELINE p
SAVE PIPELINE p TO "p.txt"
LOAD PIPELINE p FROM "p.txt"
LIST PIPELINES
TRANSFORM t SELECT a, b * 2 AS c
TRANSFORM t SELECT a WHERE a > 1 INTO u
USE DATASET FROM "f.h5" AS d
USE DATASET FROM "f.h5"
IMPORT DATASET FROM "f.h5" AS d FIELDS (a, b)
IMPORT CSV FROM "f.csv" AS n
IMPORT CSV FROM "f.csv" AS n WITH (header => true, delimiter => ';')
EXPORT CSV n TO "f.csv"
EXPORT n TO "f.parquet"
COPY t TO 'f.csv'
COPY t FROM 'f.csv'
COPY t (a, b) FROM 'f.csv'
COPY t (a, b) TO 'f.csv'
COPY db.t (a) TO 'f.csv'
COPY (SELECT a FROM t WHERE b > 1) TO 'f.csv'
SAVE DATASET n
SAVE DATASET n TO "dir"
LOAD DATASET n FROM "dir"
SAVE TENSOR x TO "x.npy"
LOAD TENSOR x
LIST DATASETS
LIST TENSORS
LIST DATASET PACKAGES
LIST DATASET VERSIONS n
SHOW DATASET VERSIONS n
DELIVER n
DELIVER n TO "dir"
EXPLAIN SELECT 1
EXPLAIN ANALYZE PLAN SELECT a FROM t
EXPLAIN PLAN t
EXPLAIN db.t
EXPLAIN SEARCH t ON col QUERY [1, 2] LIMIT 3
EXPLAIN INSERT INTO t VALUES (1)
EXPLAIN DATASET d FROM t SELECT a
EXPLAIN ANALYZE SHOW a + 1
EXPLAIN SHOW ALL
EXPLAIN BEGIN
EXPLAIN USE default
EXPLAIN INSERT INTO t DEFAULT VALUES
"#;

/// The statements.
pub fn statements() -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    for line in CORPUS.lines().filter(|line| !line.trim().is_empty()) {
        match (line.starts_with(' '), statements.last_mut()) {
            (true, Some(last)) => {
                last.push('\n');
                last.push_str(line);
            }
            _ => statements.push(line.to_owned()),
        }
    }
    statements
}
