//! The help texts of statements and of names known only in queries.

/// The help of statements, by their keywords.
pub(super) const STATEMENTS: &[(&str, &str, &str)] = &[
    ("VECTOR", "VECTOR [dtype] v = [1, 2, 3]", "Declares a vector."),
    ("MATRIX", "MATRIX [dtype] m = [[1, 2], [3, 4]]", "Declares a matrix."),
    (
        "DEFINE",
        "DEFINE t AS [STRICT] TENSOR [dtype] [2, 2, 2] VALUES [...]",
        "Declares a tensor of any rank; STRICT forbids broadcasting it.",
    ),
    ("LET", "LET x = expression", "Computes a tensor now and names it."),
    ("LAZY", "LAZY LET x = expression", "Keeps the graph of an expression; it runs once, at its first use."),
    ("BIND", "BIND alias TO name", "An alias that follows its target."),
    ("DERIVE", "DERIVE x FROM expression", "LET, with a lineage that is kept for persistence."),
    (
        "SHOW",
        "SHOW x | \"text\" | SHAPE x | LINEAGE x | ALL | SETTINGS | DATABASES",
        "Shows a value, a shape, where a tensor came from, or what there is.",
    ),
    (
        "EXPLAIN",
        "EXPLAIN [ANALYZE] [VERBOSE] statement",
        "Shows the graph and the program of an expression, the plan of a query; with ANALYZE what they take.",
    ),
    (
        "DROP",
        "DROP TENSOR x [IF EXISTS]",
        "Takes a name away; the session's, or else that of a tensor that was saved in the database.",
    ),
    (
        "DATASET",
        "DATASET d COLUMNS (id: Int, v: Vector(3)?, ...) | DATASET d FROM t [FILTER e] [SELECT ...]",
        "Makes a dataset, empty or of the rows of a query. A column with ? may be NULL.",
    ),
    (
        "CREATE",
        "CREATE TABLE [IF NOT EXISTS] t (id INT PRIMARY KEY, v VECTOR(3) CHECK (e), ...) | AS SELECT ...",
        "Makes a dataset, as in SQL.",
    ),
    (
        "INSERT",
        "INSERT [OR REPLACE | OR IGNORE] INTO t [(columns)] [BY NAME] VALUES (...), ... | SELECT ... | DEFAULT VALUES [ON CONFLICT ...] [RETURNING ...]",
        "Adds rows; all of them or none.",
    ),
    (
        "SELECT",
        "SELECT items FROM t [JOIN u ON e] [WHERE e] [GROUP BY ...] [HAVING e] [ORDER BY ...] [LIMIT n]",
        "A query. Columns of tensors take operators and functions; names that are no columns are tensors of the session.",
    ),
    (
        "UPDATE",
        "UPDATE t [AS u] SET c = e | DEFAULT, ... [FROM s] [WHERE e] [RETURNING ...]",
        "Changes rows; columns that it does not name are shared.",
    ),
    ("DELETE", "DELETE FROM t [AS u] [USING s] [WHERE e] [RETURNING ...]", "Takes rows away."),
    (
        "MERGE",
        "MERGE INTO t [AS u] USING s ON e WHEN [NOT] MATCHED [BY SOURCE] [AND e] THEN UPDATE ... | INSERT ... | DELETE | DO NOTHING",
        "Updates, deletes and inserts rows by those of a source; the first clause that applies to a row is taken.",
    ),
    (
        "ALTER",
        "ALTER DATASET t ADD COLUMN c: type | c = e [LAZY] | ADD constraint | ALTER COLUMN c ... | DROP COLUMN c | DROP CONSTRAINT c | RENAME ...",
        "Changes the columns or the name of a dataset.",
    ),
    (
        "DROP",
        "DROP DATASET t [IF EXISTS] | DROP INDEX i",
        "Takes a dataset with its indexes away, or an index.",
    ),
    (
        "ATTACH",
        "ATTACH tensor TO d.column",
        "Makes a tensor a column over the same memory; its first axis is the row.",
    ),
    (
        "SEARCH",
        "SEARCH t ON column QUERY v [METRIC cosine | l2 | dot] [WHERE e] LIMIT k [INTO d]",
        "The k rows whose vectors are nearest, with their distance.",
    ),
    (
        "CREATE",
        "CREATE INDEX i ON t (column) | CREATE VECTOR INDEX i ON t (column) [METRIC m]",
        "An order of the rows by a column for = and ranges, or the metric of searches.",
    ),
    (
        "TRANSFORM",
        "TRANSFORM t SELECT items [WHERE e] [INTO u]",
        "Replaces a dataset by the rows of a query over it, or makes another of them.",
    ),
    ("APPLY", "APPLY PIPELINE p ON t [INTO u]", "Runs the steps that DEFINE PIPELINE p AS ... keeps."),
    ("USE", "USE DATASET FROM \"path\" [AS d] [FIELDS (a, b)]", "Reads a file as a dataset of this session."),
    (
        "IMPORT",
        "IMPORT DATASET FROM \"path\" [AS d] [FIELDS (a, b)] [WITH (filename => true)]",
        "Copies a file, or those of a glob or a folder, into the database as a dataset.",
    ),
    ("EXPORT", "EXPORT t TO \"path\"", "Writes a dataset to a file, by its extension."),
    ("COPY", "COPY t [(columns)] | (SELECT ...) TO 'path'", "Writes rows to a file, by its extension."),
    (
        "LIST",
        "LIST DATASETS | TENSORS | INDEXES | PIPELINES | DATASET PACKAGES | DATASET VERSIONS t",
        "What there is, as rows; the versions of a dataset with their times and statements.",
    ),
    (
        "SAVE",
        "SAVE DATASET d | TENSOR x | PIPELINE p [TO \"path\"]",
        "Writes a package to the path, or into the database.",
    ),
    (
        "LOAD",
        "LOAD DATASET d | TENSOR x | PIPELINE p [FROM \"path\"]",
        "Reads a package that SAVE wrote; one that is loaded already is read again.",
    ),
    ("DELIVER", "DELIVER d [TO \"path\"]", "Writes a dataset as a package for others."),
    (
        "RESTORE",
        "RESTORE DATASET t TO VERSION 3 | TO TIMESTAMP '...' | RESTORE DATASET t",
        "Makes the rows of an old version the newest version; without TO, takes a DROP back.",
    ),
    (
        "DIFF DATASET",
        "DIFF DATASET t VERSION 2 5",
        "The rows that were added or removed between two versions, with their change.",
    ),
    (
        "EXPIRE",
        "EXPIRE VERSIONS t KEEP 10 | OLDER THAN '30d'",
        "Removes old versions, and frees what no other version needs.",
    ),
    (
        "SUBMIT",
        "SUBMIT JOB [KEY 'k'] [PRIORITY 0-9] [RETRIES n] [TIMEOUT '10s'] DO ( statements )",
        "Keeps statements to be run later, by the server or by `linal jobs run`; gives the id of the job.",
    ),
    (
        "SHOW JOBS",
        "SHOW JOBS | JOB 'id' | SCHEDULES | SCHEDULE RUNS name",
        "The jobs, the schedules, and the moments at which one has fired.",
    ),
    ("CANCEL", "CANCEL JOB 'id'", "Cancels a job that waits or runs."),
    (
        "CREATE",
        "CREATE [OR REPLACE] SCHEDULE s EVERY '5m' | CRON '0 3 * * *' [ZONE 'Europe/Berlin'] [MISSED skip | once | all] DO ( statements )",
        "Submits a job at each moment, while a server runs; MISSED says what becomes of moments at which none did.",
    ),
    ("ALTER", "ALTER SCHEDULE s PAUSE | RESUME", "Stops a schedule from firing, or lets it fire again."),
    ("DROP", "DROP SCHEDULE [IF EXISTS] s", "Takes a schedule away; its jobs stay."),
    ("AUDIT", "AUDIT DATASET t", "Checks a dataset, with a hash of each column."),
    ("SET", "SET name = value", "Changes a setting of the session; SHOW SETTINGS lists them."),
    ("RESET", "RESET SESSION", "Takes all names of the session away."),
    (
        "BEGIN",
        "BEGIN",
        "Opens a transaction: what the session changes from here on is kept or taken back as one.",
    ),
    ("START", "START TRANSACTION", "BEGIN, as other databases write it."),
    ("END", "END [TRANSACTION]", "COMMIT, as other databases write it, after a semicolon."),
    ("ABORT", "ABORT [TRANSACTION]", "ROLLBACK, as other databases write it."),
    ("COMMIT", "COMMIT", "Keeps what the session changed since BEGIN."),
    ("ROLLBACK", "ROLLBACK", "Takes back what the session changed since BEGIN."),
    ("CREATE", "CREATE DATABASE [IF NOT EXISTS] d", "Makes a database."),
    (
        "CREATE",
        "CREATE [OR REPLACE] [TEMP] VIEW [IF NOT EXISTS] v [(names)] AS query",
        "Keeps a query under a name, which queries read like a dataset; a TEMP one is the session's alone.",
    ),
    (
        "CREATE",
        "CREATE [OR REPLACE] [TEMP] MACRO f(a, b := 1) AS expression | AS TABLE query",
        "Keeps an expression or a query with parameters; f(x) stands for it in queries, and in a LET.",
    ),
    (
        "CREATE",
        "CREATE [OR REPLACE] [TEMP] SEQUENCE s [START n] [INCREMENT n] [MINVALUE n] [MAXVALUE n] [CYCLE]",
        "Numbers that are each given once, by NEXTVAL('s').",
    ),
    (
        "CREATE",
        "CREATE [OR REPLACE] TYPE t AS ENUM ('a', 'b') | AS type",
        "A type of columns whose values are these texts, in this order, or another name of a type.",
    ),
    ("CREATE", "CREATE TEMP TABLE t (...) | AS query", "A dataset that this session alone sees."),
    ("CREATE", "CREATE SCHEMA [IF NOT EXISTS] s", "Makes a database: a schema is one."),
    (
        "DROP",
        "DROP VIEW | MACRO | MACRO TABLE | SEQUENCE | TYPE [IF EXISTS] name [CASCADE]",
        "Takes an object away; CASCADE takes what uses it as well.",
    ),
    (
        "DROP",
        "DROP SCHEMA [IF EXISTS] s [CASCADE]",
        "Drops a database, which is empty unless CASCADE is said.",
    ),
    ("ALTER", "ALTER VIEW | MACRO | SEQUENCE | TYPE name RENAME TO other", "Gives an object another name."),
    (
        "COMMENT",
        "COMMENT ON TABLE t | COLUMN t.c | VIEW v | MACRO f | SEQUENCE s | TYPE t IS 'text' | NULL",
        "Keeps a remark on something, which DESCRIBE and information_schema.comments show.",
    ),
    (
        "SHOW VIEWS",
        "SHOW VIEWS | MACROS | SEQUENCES | TYPES",
        "The objects of a kind with their definitions.",
    ),
    ("USE", "USE d", "Makes a database the session's."),
    (
        "BACKUP",
        "BACKUP DATABASE d TO 'path'",
        "Writes a copy that opens as a database, while other statements run.",
    ),
    (
        "EXPORT",
        "EXPORT DATABASE d TO DUCKLAKE 'path'",
        "Writes a database as a DuckLake, whose tables others may change.",
    ),
    ("CHECKPOINT", "CHECKPOINT", "Folds small changes into segments, and truncates the write-ahead log."),
    ("HELP", "HELP [name]", "Help on everything, or on a function, a setting or a statement."),
];

/// Names known only in queries: the name, the syntax, and the description.
pub(super) const OF_QUERIES: &[(&str, &str, &str)] = &[
    (
        "MAT_SHAPE",
        "MAT_SHAPE(m)",
        "The shape of each row's tensor as text, such as '2x3'; of a stack, with its rows.",
    ),
    ("STACK", "STACK(v [ORDER BY ...])", "An aggregate: the tensors of a group one below the other."),
    (
        "SUM_VEC",
        "SUM_VEC(v)",
        "An aggregate: the sum of a group's tensors, element by element; SUM does the same.",
    ),
    (
        "AVG_VEC",
        "AVG_VEC(v)",
        "An aggregate: the mean of a group's tensors, element by element; AVG does the same.",
    ),
    (
        "ROWS",
        "FROM ROWS(m)",
        "A tensor of the session as rows: (row, c0, c1, ...) of a matrix, (row, value) of a vector.",
    ),
    (
        "NEXTVAL",
        "NEXTVAL('s')",
        "The next number of a sequence, which no other call gets; ROLLBACK does not give it back.",
    ),
    ("CURRVAL", "CURRVAL('s')", "The number that a sequence has given last."),
    ("ENUM_RANGE", "ENUM_RANGE(NULL::mood)", "The labels of an enum type, in their order, as a list."),
    ("ENUM_FIRST", "ENUM_FIRST(NULL::mood)", "The first label of an enum type."),
    ("ENUM_LAST", "ENUM_LAST(NULL::mood)", "The last label of an enum type."),
    ("ENUM_CODE", "ENUM_CODE(x)", "The place of a label among those of its enum type, from 0."),
    (
        "ENUM_RANGE_BOUNDARY",
        "ENUM_RANGE_BOUNDARY(a, b)",
        "The labels of an enum type from one to another; NULL stands for the first or the last.",
    ),
    (
        "AT",
        "FROM t AT VERSION 3 [AS a] | FROM t AT (TIMESTAMP '2026-11-29 12:00:00') [AS a]",
        "The dataset as it was in a version or at a time.",
    ),
];
