//! The table of errors: the number, name, sentence and example of each code.
//!
//! `docs/src/errors.md` is generated from it, and a test of `linal-tests` runs every example. A new code
//! takes an unused number. These numbers are retired and must not be reused: E0201 and E0202 (never
//! released), E0317 (now E0604), E0703 (now E0303), E0711 (now E0206).

use crate::define::codes;

/// How an error is raised in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    /// A script, run in the root of the workspace, whose last statement fails with the code.
    Fails(&'static str),
    /// The reason why no script can raise it in a test.
    Untested(&'static str),
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number(), self.name())
    }
}

codes! {
    // E01: syntax.
    /// A token stands where another was expected.
    UnexpectedToken = 101 "unexpected_token" fails "SHOW [1,, 2]";
    /// The text ends where more was expected.
    UnexpectedEnd = 102 "unexpected_end" fails "SHOW 1 +";
    /// A character that starts no token.
    UnexpectedCharacter = 103 "unexpected_character" fails "SHOW 1 § 2";
    /// A string without its closing quote.
    UnterminatedString = 104 "unterminated_string" fails "SHOW 'never closed";
    /// A `/*` without its `*/`.
    UnterminatedComment = 105 "unterminated_comment" fails "SHOW 1 /* never closed";
    /// A backtick name without its closing backtick, or an empty one.
    BadIdentifier = 106 "bad_identifier" fails "SHOW ``";
    /// An invalid number, such as `1__0` or `2x`.
    BadNumber = 107 "bad_number" fails "SHOW 2x";
    /// An integer literal outside of 64 bits.
    IntegerLiteralOverflow = 108 "integer_literal_overflow" fails "SHOW 9223372036854775808";
    /// A float literal beyond the greatest 64-bit float.
    FloatOverflow = 109 "float_overflow" fails "SHOW 1e400";
    /// An unbalanced bracket.
    UnbalancedBracket = 110 "unbalanced_bracket" fails "SHOW (1 + 2))";
    /// A reserved word where a name is needed.
    ReservedName = 111 "reserved_name" fails "LET from = 5";
    /// Rows of a number literal that differ in length or depth.
    RaggedLiteral = 112 "ragged_literal" fails "MATRIX m = [[1, 2], [3]]";
    /// A chain of comparisons, such as `a < b < c`.
    ChainedComparison = 113 "chained_comparison" fails "SHOW 1 < 2 < 3";
    /// An unknown statement keyword.
    UnknownStatement = 114 "unknown_statement" fails "LTE x = 1";
    /// `a//b`, which is neither a division nor a comment.
    DoubleSlash = 115 "double_slash" fails "SHOW 4//2";
    /// A prefix form without one of its operands or keywords.
    MissingOperand = 116 "missing_operand" fails "SHOW SCALE [1, 2]";
    /// Text after the end of a statement on the same line.
    TrailingText = 117 "trailing_text" fails "LET x = 1 2";
    /// Brackets, operators or queries nested beyond the limit.
    NestingTooDeep = 118 "nesting_too_deep" untested "it takes hundreds of brackets";
    /// A declaration whose literal has the wrong rank, or contains something other than number literals.
    BadDeclaration = 119 "bad_declaration" fails "VECTOR v = [1, x]";
    /// A `${name}` without a script variable of that name, or without its closing brace.
    UnknownVariable = 120 "unknown_variable" fails "SHOW ${nosuch}";
    /// A named or keyword argument that is given twice, or a positional one after it.
    MisplacedArgument = 121 "misplaced_argument" fails "SHOW SCALE(s => 2, [1, 2])";
    /// A text or an expression larger than the syntax tree can number.
    TooLarge = 122 "too_large" untested "it takes a text of gigabytes";
    /// A parameter `$1` or `$name` of a statement that was run without a value for it.
    MissingParameter = 123 "missing_parameter" fails "SHOW $1 + 1";

    // E02: shapes, dtypes, indices, axes, arguments of operations.
    /// Incompatible shapes of operands.
    ShapeMismatch = 203 "shape_mismatch" fails "SHOW [1, 2, 3] + [1, 2]";
    /// An operand of a rank or size that the operation does not support.
    BadShape = 204 "bad_shape" fails "SHOW INVERSE [1, 2]";
    /// A STRICT tensor that would be broadcast.
    StrictBroadcast = 205 "strict_broadcast"
        fails "DEFINE s AS STRICT TENSOR [2] VALUES [1, 2]; SHOW s + [[1, 2], [3, 4]]";
    /// A type that the operation does not support, or two types without a common operator.
    DTypeMismatch = 206 "dtype_mismatch" fails "SHOW [1, 2] AND TRUE";
    /// An index out of bounds.
    IndexOutOfRange = 207 "index_out_of_range" fails "VECTOR v = [1, 2]; SHOW v[2]";
    /// A range out of bounds.
    RangeOutOfRange = 208 "range_out_of_range" fails "VECTOR v = [1, 2]; SHOW v[0:3]";
    /// More indices than axes.
    TooManyIndices = 209 "too_many_indices" fails "VECTOR v = [1, 2]; SHOW v[0, 0]";
    /// An axis that the shape does not have.
    AxisOutOfRange = 210 "axis_out_of_range" fails "VECTOR v = [1, 2]; SHOW SUM v AXIS 1";
    /// An argument value that the operation does not accept.
    BadArgument = 211 "bad_argument" fails "SHOW RESHAPE [1, 2, 3] TO [2, 2]";

    // E03: names, values, settings, arithmetic errors.
    /// A computation without a result for these values.
    UndefinedResult = 301 "undefined_result" fails "SHOW INVERSE [[1, 2], [2, 4]]";
    /// An integer that does not fit 64 bits.
    IntegerOverflow = 302 "integer_overflow" fails "SELECT 9223372036854775807 + 1";
    /// `DIV` or `%` of integers or decimals by zero.
    DivisionByZero = 303 "division_by_zero" fails "SHOW 1 DIV 0";
    /// No tensor, dataset, column of a query, database, index or pipeline has the name.
    UnknownName = 304 "unknown_name" fails "SHOW nosuch";
    /// An alias that leads back to itself.
    CircularAlias = 305 "circular_alias" fails "LET v = 1; BIND v TO v";
    /// A column of something that is not a dataset.
    NotADataset = 306 "not_a_dataset" fails "LET v = 1; SHOW v.x";
    /// A value that is not a tensor or number where one is expected.
    NotATensor = 307 "not_a_tensor" fails "SHOW 1 + 'x'";
    /// A value of the right kind that the type or the column does not hold.
    ValueOutOfRange = 308 "value_out_of_range" fails "SELECT CAST(300 AS TINYINT)";
    /// An index that is not an integer, range or Boolean mask.
    BadIndex = 309 "bad_index" fails "VECTOR v = [1, 2]; SHOW v[1.5]";
    /// Arguments that the function does not accept.
    WrongArguments = 310 "wrong_arguments" fails "SHOW SCALE([1, 2], factor => 2)";
    /// No function has the name.
    UnknownFunction = 311 "unknown_function" fails "SHOW NOSUCH(1)";
    /// No setting has the name.
    UnknownSetting = 312 "unknown_setting" fails "SET nosuch = 1";
    /// A value that the setting does not accept.
    BadSetting = 313 "bad_setting" fails "SET memory_limit = 'lots'";
    /// No dtype has the name.
    UnknownDType = 314 "unknown_dtype" fails "VECTOR f16 v = [1]";
    /// The name is already in use; case is ignored.
    NameExists = 315 "name_exists" fails "DATASET d COLUMNS (id: Int); DATASET D COLUMNS (id: Int)";
    /// A database that always exists or is in use.
    CannotDrop = 316 "cannot_drop" fails "DROP DATABASE default";
    /// A statement that cannot be part of a transaction.
    TransactionOpen = 318 "transaction_open" fails "BEGIN; BEGIN";
    /// A COMMIT or ROLLBACK without its BEGIN.
    NoTransaction = 319 "no_transaction" fails "COMMIT";
    /// A sequence without CYCLE that has given its last value.
    SequenceExhausted = 320 "sequence_exhausted"
        fails "CREATE SEQUENCE s MAXVALUE 1; SELECT nextval('s'); SELECT nextval('s')";
    /// An object that others use; CASCADE drops them, too.
    InUse = 321 "in_use"
        fails "CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW w AS SELECT a FROM v; DROP VIEW v";
    /// A view or a macro whose definition leads back to itself.
    RecursiveDefinition = 322 "recursive_definition"
        fails "CREATE MACRO f(x) AS x; CREATE MACRO g(x) AS f(x); CREATE OR REPLACE MACRO f(x) AS g(x)";
    /// A statement that needs a dataset, for a view.
    IsAView = 323 "is_a_view" fails "CREATE VIEW v AS SELECT 1 AS a; INSERT INTO v VALUES (2)";

    // E04: files.
    /// There is no such file.
    FileNotFound = 401 "file_not_found" fails "SHOW READ_NPY('nosuch.npy')";
    /// A file that cannot be read or written.
    Io = 402 "io" fails "SHOW READ_NPY('examples/data')";
    /// A file that is damaged, or not of its format.
    BadFormat = 403 "bad_format" fails "SHOW READ_NPY('examples/data/small.h5')";
    /// A file that has no array, dataset or column of the name.
    NameNotFound = 404 "name_not_found" fails "SHOW READ_NPZ('examples/data/small.npz', 'nosuch')";
    /// A format, or a feature of one, that this version does not support.
    Unsupported = 405 "unsupported" fails "IMPORT DATASET FROM 'README.md' AS d";
    /// Text in a file where numbers are expected.
    NotNumeric = 406 "not_numeric" fails "SHOW READ_CSV('examples/data/seattle-weather.csv')";
    /// Another process writes to the database directory.
    DatabaseLocked = 407 "database_locked" untested "it takes two processes";
    /// A change of a database directory that is open for reading only.
    ReadOnly = 408 "read_only" untested "it takes an option of the command line";
    /// A file of a database directory that is missing, or whose contents are not those that were written.
    DamagedDatabase = 409 "damaged_database" untested "it takes a damaged file";
    /// A database directory that a newer version of linal has written.
    NewerFormat = 410 "newer_format" untested "it takes a directory of a newer version";
    /// A change after a failure that left open what is on disk; opening the directory again continues.
    WritesRefused = 411 "writes_refused" untested "it takes a failing disk";

    /// Versions and saved objects live in a database directory, and the engine has none.
    NoDirectory = 412 "no_directory" fails "CHECKPOINT";

    // E05: limits.
    /// The statement needs more memory than its limit leaves.
    MemoryLimit = 501 "memory_limit" fails "SET memory_limit = '10MB'; LET a = RANDOM [2000000] SEED 1";
    /// The statement took longer than its time limit.
    Timeout = 502 "timeout" untested "a clock decides";
    /// The statement was cancelled from outside.
    Cancelled = 503 "cancelled" untested "somebody interrupts it";

    /// The result has more rows than may be returned.
    RowLimit = 504 "row_limit" untested "it takes a limit of a server";

    /// The rows that a query writes to disk, because they do not fit its memory, are more than the limit allows.
    SpillLimit = 505 "spill_limit" untested "it takes a limit of the engine";
    /// The disk has no room.
    DiskFull = 506 "disk_full" untested "it takes a full disk";

    // E06: datasets. The errors of values give the row of the statement, counted from 1, and the column.
    /// A value of another type, a fraction for an Int, a text that is not a date.
    TypeMismatch = 601 "type_mismatch" fails "DATASET d COLUMNS (id: Int); INSERT INTO d VALUES (1.5)";
    /// NULL or no value for a NOT NULL column.
    NotNull = 602 "not_null" fails "DATASET d COLUMNS (id: Int NOT NULL); INSERT INTO d VALUES (NULL)";
    /// The dataset has no such column.
    UnknownColumn = 603 "unknown_column" fails "DATASET d COLUMNS (id: Int); SHOW d.nosuch";
    /// Too few or too many values or columns.
    WrongCount = 604 "wrong_count" fails "DEFINE t AS TENSOR [2, 2] VALUES [1, 2, 3]";
    /// Another session changed the dataset in the meantime; nothing was changed.
    Conflict = 605 "conflict" untested "it takes two sessions";
    /// A duplicate column in a dataset or in a list of columns.
    DuplicateColumn = 606 "duplicate_column" fails "DATASET d COLUMNS (a: Int, A: Int)";
    /// A list whose shape differs from the column's.
    WrongLength = 607 "wrong_length" fails "DATASET d COLUMNS (v: Vector(2)); INSERT INTO d VALUES ([1, 2, 3])";
    /// No type has the name.
    UnknownType = 609 "unknown_type" fails "DATASET d COLUMNS (id: Itn)";
    /// A type with arguments that it does not accept.
    InvalidType = 610 "invalid_type" fails "DATASET d COLUMNS (v: Vector)";
    /// A value for a computed column.
    GeneratedColumn = 611 "generated_column"
        fails "DATASET d COLUMNS (n: Int); ALTER DATASET d ADD COLUMN m = n * 2; UPDATE d SET m = 1";
    /// A new column whose number of rows differs from that of the dataset.
    RowCount = 612 "row_count" fails "DATASET d COLUMNS (id: Int); ATTACH [1, 2, 3] TO d.c";
    /// A column with NULL, or without numbers, where a tensor is expected.
    NoTensor = 613 "no_tensor" fails "DATASET d COLUMNS (name: String); SHOW d.name";
    /// A value that must be constant and is not, such as a default or a shape.
    NotConstant = 614 "not_constant" fails "DATASET d COLUMNS (a: Int DEFAULT b + 1)";
    /// A column that another one is computed from cannot be dropped or renamed.
    ColumnInUse = 615 "column_in_use"
        fails "DATASET d COLUMNS (n: Int); ALTER DATASET d ADD COLUMN m = n * 2; ALTER DATASET d DROP COLUMN n";
    /// A version of a dataset that never was, or that has expired.
    UnknownVersion = 616 "unknown_version" untested "it takes a database directory";
    /// A row that a constraint does not allow: a key that another row has, a condition that is false, a reference to no row.
    ConstraintViolated = 617 "constraint_violated"
        fails "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1), (1)";
    /// A dataset, a column or an index that a constraint needs cannot be dropped.
    NeededByConstraint = 618 "needed_by_constraint"
        fails "CREATE TABLE t (a INT, b INT, UNIQUE (a, b)); ALTER TABLE t DROP COLUMN a";
    /// A constraint that no dataset can have, such as a second primary key or a reference to columns that are no key.
    BadConstraint = 619 "bad_constraint" fails "CREATE TABLE t (a INT PRIMARY KEY, b INT PRIMARY KEY)";

    // E07: queries.
    /// A column that more than one table of a query has.
    AmbiguousName = 701 "ambiguous_name" fails "SELECT a FROM (SELECT 1 AS a) x, (SELECT 2 AS a) y";
    /// A duplicate name in a query.
    DuplicateName = 702 "duplicate_name" fails "WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a";
    /// A result that does not fit its type.
    Overflow = 704 "overflow" fails "SELECT CAST(REPEAT('9', 38) AS DECIMAL(38, 0)) + 1";
    /// A value that cannot be converted to the type, or types without a common type.
    BadCast = 705 "bad_cast" fails "SELECT CAST('x' AS DATE)";
    /// A query that cannot be planned.
    BadQuery = 706 "bad_query" fails "SELECT 1 UNION SELECT 1, 2";
    /// A query that failed while it ran.
    QueryFailed = 707 "query_failed" fails "SELECT (SELECT x FROM (VALUES (1), (2)) t(x))";
    /// A metric other than cosine, l2 and dot.
    UnknownMetric = 710 "unknown_metric"
        fails "DATASET d COLUMNS (v: Vector(2)); SEARCH d ON v QUERY [1, 2] METRIC hamming LIMIT 1";
    /// An index on a column that does not support it, or with an unknown option.
    BadIndexDefinition = 712 "bad_index_definition"
        fails "DATASET d COLUMNS (n: Int); CREATE VECTOR INDEX i ON d(n)";

    // E08: requests to a server, and jobs.
    /// A request without a token, or with one that is unknown, expired or revoked.
    Unauthenticated = 801 "unauthenticated" untested "it takes a server";
    /// A right, a database or a directory that the token does not have.
    Forbidden = 802 "forbidden" untested "it takes a server";
    /// No route, session, query, database or dataset of a path.
    NotFound = 803 "not_found" untested "it takes a server";
    /// A method that the route does not have.
    MethodNotAllowed = 804 "method_not_allowed" untested "it takes a server";
    /// No format of the Accept header is one that the route answers in.
    NotAcceptable = 805 "not_acceptable" untested "it takes a server";
    /// A Content-Type that the route does not read.
    UnsupportedMediaType = 806 "unsupported_media_type" untested "it takes a server";
    /// A body larger than the limit of the server.
    BodyTooLarge = 807 "body_too_large" untested "it takes a server";
    /// Headers larger than the limit of the server.
    HeadersTooLarge = 808 "headers_too_large" untested "it takes a server";
    /// As many statements as may wait are waiting already.
    QueueFull = 809 "queue_full" untested "it takes a server";
    /// As many requests as may wait for a session are waiting already.
    SessionBusy = 810 "session_busy" untested "it takes a server";
    /// The server is about to stop, or its store refuses changes.
    Unavailable = 811 "unavailable" untested "it takes a server";
    /// Malformed JSON, or a malformed header or parameter of a request.
    BadRequest = 812 "bad_request" untested "it takes a server";
    /// A limit of a request that is above the limit of the server.
    LimitTooHigh = 813 "limit_too_high" untested "it takes a server";
    /// The token has sent more requests than its rate allows.
    RateLimited = 814 "rate_limited" untested "it takes a server";

    /// A job that has ended cannot be cancelled.
    JobEnded = 820 "job_ended" untested "it takes a job that has run";
    /// The result of a job is not kept any more.
    ResultExpired = 821 "result_expired" untested "it takes a job that has run";
    /// The process that ran the job ended before the job did.
    Interrupted = 822 "interrupted" untested "it takes a process that ends";
    /// The job has not ended, or not well.
    NoResult = 823 "no_result" untested "it takes a job";

    // E09: linal itself.
    /// A bug of linal; the session is as it was before the statement.
    InternalError = 900 "internal_error" untested "it is a bug";
    /// A feature of the language that this version does not implement.
    NotSupported = 901 "not_supported"
        fails "PRAGMA cache_size = 100";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variant's name in snake case: `DTypeMismatch` is `dtype_mismatch`.
    fn snake(code: Code) -> String {
        let variant = format!("{code:?}").replace("DType", "Dtype");
        let mut name = String::new();
        for c in variant.chars() {
            if c.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(c.to_lowercase());
        }
        name
    }

    #[test]
    fn names_are_those_of_the_variants() {
        for &code in Code::ALL {
            assert_eq!(code.name(), snake(code));
        }
    }

    #[test]
    fn numbers_rise_and_are_written_in_full() {
        for pair in Code::ALL.windows(2) {
            assert!(pair[0] < pair[1], "{} and {}", pair[0], pair[1]);
        }
        for &code in Code::ALL {
            assert_eq!(code.number(), format!("E{:04}", code as u16));
        }
    }

    #[test]
    fn every_code_has_a_sentence() {
        for &code in Code::ALL {
            assert!(code.sentence().ends_with('.'), "{code}");
        }
    }
}
