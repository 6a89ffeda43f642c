-- The catalog of a database directory: `catalog.sqlite`, format version 3. `docs/format.md` describes each table.
--
-- Shape: as DuckLake 1.0 has it. A commit is one row of `linal_snapshot`; everything that a snapshot sees has the snapshot from which it
-- is seen (`begin_snapshot`) and the first one that does not see it any more (`end_snapshot`, NULL while it lives). A row is visible in
-- snapshot s when begin_snapshot <= s AND (end_snapshot IS NULL OR s < end_snapshot). Rows are added and ended, not changed; what is
-- changed in place is named at its table.
--
-- `lake.sql` publishes these tables as DuckLake 1.0. Nothing here depends on it.
--
-- Tables are STRICT (SQLite 3.37), so that a value of a wrong type is an error when it is written. Tables of inline rows are made by the
-- program, one for each dataset and schema:
--
--   CREATE TABLE linal_inline_<dataset_id>_<schema_version> (
--       row_id INTEGER NOT NULL, begin_snapshot INTEGER NOT NULL, end_snapshot INTEGER,
--       checksum INTEGER,                                       -- of the values; missing in older tables, NULL for unknown
--       c<column_id> <INTEGER | TEXT | BLOB>, ...,              -- top-level columns only
--       PRIMARY KEY (row_id, begin_snapshot)
--   ) STRICT, WITHOUT ROWID;
--
-- The values of inline rows (docs/format.md, "Inline values"); DuckDB reads them through the views of lake.sql, so that the encodings
-- cannot be changed there or here alone:
--   INTEGER  Booleans (0, 1), i8..i64, u8..u32; dates, times, timestamps, durations: the integer of the Arrow value in its own unit
--   TEXT     u64, decimals, text; floats (f16, f32, f64) as the shortest decimal that reads back as the same float, or `nan`, `inf`,
--            `-inf`, `-0.0`: SQLite has no NaN, and no conversion of REAL to text in SQL is exact, so DuckDB could not read REAL;
--            intervals `1 months 2 days 3 nanoseconds`; tensors and lists of numbers or Booleans `[1, 2.5, NULL]`
--   BLOB     binary of any kind
-- A dataset with a column of another nested type (struct, map, list of text, ...) has no inline rows: its rows go to segments.

CREATE TABLE linal_info (
    key TEXT NOT NULL PRIMARY KEY,      -- format_version, created_by, created_us, lake_root
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;                -- changed in place

-- One row for each commit. Snapshot 0 makes the database `default`.
CREATE TABLE linal_snapshot (
    snapshot_id INTEGER NOT NULL PRIMARY KEY CHECK (snapshot_id >= 0),
    time_us INTEGER NOT NULL UNIQUE,    -- microseconds since 1970-01-01 UTC; greater than those of all snapshots before
    catalog_version INTEGER NOT NULL CHECK (catalog_version BETWEEN 0 AND snapshot_id),
        -- the last snapshot, this one included, that changed a database, a dataset's name, schema or table of inline rows.
        -- DuckDB caches a catalog under this number: what changes without it is not noticed.
    statement TEXT                      -- as it was written; NULL for work in the background
) STRICT;

CREATE TABLE linal_database (
    database_id INTEGER NOT NULL CHECK (database_id >= 0),
    begin_snapshot INTEGER NOT NULL REFERENCES linal_snapshot,
    end_snapshot INTEGER REFERENCES linal_snapshot CHECK (end_snapshot > begin_snapshot),
    name TEXT NOT NULL CHECK (name <> ''),
    metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata)),
    PRIMARY KEY (database_id, begin_snapshot)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX linal_database_live ON linal_database (database_id) WHERE end_snapshot IS NULL;
CREATE UNIQUE INDEX linal_database_name ON linal_database (name COLLATE NOCASE) WHERE end_snapshot IS NULL;

-- A dataset under a name. A rename ends a row and adds one with the same dataset_id; RESTORE of a dropped dataset adds one.
CREATE TABLE linal_dataset (
    dataset_id INTEGER NOT NULL REFERENCES linal_dataset_head,
    begin_snapshot INTEGER NOT NULL REFERENCES linal_snapshot,
    end_snapshot INTEGER REFERENCES linal_snapshot CHECK (end_snapshot > begin_snapshot),
    database_id INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata)),
    PRIMARY KEY (dataset_id, begin_snapshot)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX linal_dataset_live ON linal_dataset (dataset_id) WHERE end_snapshot IS NULL;
CREATE UNIQUE INDEX linal_dataset_name ON linal_dataset (database_id, name COLLATE NOCASE) WHERE end_snapshot IS NULL;

-- What is known of a dataset beside its history: one row, changed in place by each commit that changes the dataset.
CREATE TABLE linal_dataset_head (
    dataset_id INTEGER NOT NULL PRIMARY KEY CHECK (dataset_id > 0),  -- also the id of the table in the lake
    next_row_id INTEGER NOT NULL DEFAULT 0 CHECK (next_row_id >= 0),
    next_column_id INTEGER NOT NULL DEFAULT 1 CHECK (next_column_id > 0),
    version INTEGER NOT NULL DEFAULT 0,             -- of the last commit that changed it
    schema_version INTEGER NOT NULL DEFAULT 0,      -- of the live schema
    rows INTEGER NOT NULL DEFAULT 0 CHECK (rows >= 0),
    changed_snapshot INTEGER NOT NULL REFERENCES linal_snapshot,
    altered_snapshot INTEGER NOT NULL REFERENCES linal_snapshot,     -- the last change that was not an append
    oldest_snapshot INTEGER NOT NULL DEFAULT 0
        -- EXPIRE VERSIONS: snapshots before this one have lost files of the dataset and must not be read; the lake does not show it there
) STRICT;

CREATE TABLE linal_dataset_version (
    dataset_id INTEGER NOT NULL REFERENCES linal_dataset_head,
    version INTEGER NOT NULL CHECK (version > 0),
    snapshot_id INTEGER NOT NULL REFERENCES linal_snapshot,
    rows INTEGER NOT NULL CHECK (rows >= 0),
    change TEXT NOT NULL,               -- create, insert, update, delete, alter, rename, restore, drop, ...
    statement TEXT,                     -- NULL where it is that of the snapshot
    lineage TEXT CHECK (lineage IS NULL OR json_valid(lineage)),
    PRIMARY KEY (dataset_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX linal_dataset_version_snapshot ON linal_dataset_version (snapshot_id, dataset_id);

-- The schemas that a dataset had, one row for each; the columns of a schema are those of linal_column that are visible in its
-- begin_snapshot. A schema has a table of inline rows (and a view ducklake_inlined_data_<dataset_id>_<schema_version> over it) or none.
CREATE TABLE linal_dataset_schema (
    dataset_id INTEGER NOT NULL REFERENCES linal_dataset_head,
    schema_version INTEGER NOT NULL CHECK (schema_version > 0),      -- grows in a dataset
    begin_snapshot INTEGER NOT NULL REFERENCES linal_snapshot,
    end_snapshot INTEGER REFERENCES linal_snapshot CHECK (end_snapshot > begin_snapshot),
    has_inline INTEGER NOT NULL CHECK (has_inline IN (0, 1)),
    PRIMARY KEY (dataset_id, schema_version)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX linal_dataset_schema_live ON linal_dataset_schema (dataset_id) WHERE end_snapshot IS NULL;

-- Columns, and the children of nested ones (`parent_column_id`), which have ids of their own from the same sequence.
-- column_id is the Parquet field id. A rename, a move or a change of type or default ends a row and adds one with the same id.
CREATE TABLE linal_column (
    dataset_id INTEGER NOT NULL REFERENCES linal_dataset_head,
    column_id INTEGER NOT NULL CHECK (column_id > 0),
    begin_snapshot INTEGER NOT NULL REFERENCES linal_snapshot,
    end_snapshot INTEGER REFERENCES linal_snapshot CHECK (end_snapshot > begin_snapshot),
    parent_column_id INTEGER CHECK (parent_column_id < column_id),
    position INTEGER NOT NULL,          -- order among the columns of the dataset, or among the children
    name TEXT NOT NULL,                 -- of children: `element`; `key`, `value`; the name of the field
    logical_type TEXT NOT NULL,         -- as the language writes it: `Vector(3)`, `Int`, ...
    arrow_schema BLOB,                  -- Arrow IPC schema message with the one field: exact type and metadata; NULL for children
    nullable INTEGER NOT NULL CHECK (nullable IN (0, 1)),
    initial_default TEXT,               -- value of rows that were written before the column was added, as DuckDB casts it from text.
                                        -- A text that it cannot cast to lake_type breaks ATTACH, and DuckLake has no such values of nested
                                        -- types: where there is no such text, the rows are rewritten with the value when the column is added
    default_value TEXT,                 -- expression of the language; NULL when there is none
    expression TEXT,                    -- of a generated or lazy column
    lazy INTEGER NOT NULL DEFAULT 0 CHECK (lazy IN (0, 1)),          -- computed when it is read: it has no values in segments
    metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata)),
    lake_type TEXT,                     -- type in the lake (docs/format.md, "Types"); NULL: the lake does not show the column
    lake_cast TEXT,                     -- DuckDB expression over `{}`, the column's quoted name, where the lake's type is not the
                                        -- column's own: `CAST({} AS FLOAT[3])`
    PRIMARY KEY (dataset_id, column_id, begin_snapshot)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX linal_column_live ON linal_column (dataset_id, column_id) WHERE end_snapshot IS NULL;
CREATE UNIQUE INDEX linal_column_name ON linal_column (dataset_id, name COLLATE NOCASE)
    WHERE end_snapshot IS NULL AND parent_column_id IS NULL;

-- Files of the directory other than this one. A file that is not here, in a folder that the store owns, is an orphan.
-- Files are separate from segments, since RESTORE names the files of an earlier version again in new segments.
CREATE TABLE linal_file (
    file_id INTEGER NOT NULL PRIMARY KEY CHECK (file_id > 0),
    path TEXT NOT NULL UNIQUE CHECK (path <> '' AND substr(path, 1, 1) <> '/'),  -- below the directory, `/` between names
    kind TEXT NOT NULL CHECK (kind IN ('segment', 'vectors', 'deletes', 'tensor', 'index', 'package', 'job')),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    created_snapshot INTEGER NOT NULL,
    block_checksums BLOB CHECK (length(block_checksums) % 8 = 0)
        -- XXH3-64 of each block of 256 KiB, in order, each as eight bytes, the least significant first; NULL in a file from format 1
) STRICT;

-- Rows of a dataset in a Parquet file. Rows ascend by row id, and live segments of a dataset do not overlap in row ids.
CREATE TABLE linal_segment (
    segment_id INTEGER NOT NULL PRIMARY KEY CHECK (segment_id > 0),  -- ids of segments and delete files are from one sequence
    dataset_id INTEGER NOT NULL REFERENCES linal_dataset_head,
    begin_snapshot INTEGER NOT NULL REFERENCES linal_snapshot,
    end_snapshot INTEGER REFERENCES linal_snapshot CHECK (end_snapshot > begin_snapshot),
    file_id INTEGER NOT NULL REFERENCES linal_file,
    footer_bytes INTEGER,               -- of the Parquet footer without its length and magic
    vectors_file_id INTEGER REFERENCES linal_file,                   -- Arrow IPC copy of the tensor columns; can be rebuilt
    schema_version INTEGER NOT NULL,
    rows INTEGER NOT NULL CHECK (rows > 0),
    row_id_start INTEGER NOT NULL CHECK (row_id_start >= 0),
    row_id_end INTEGER NOT NULL,        -- exclusive
    has_row_ids INTEGER NOT NULL CHECK (has_row_ids IN (0, 1)),      -- 0: row i has row id row_id_start + i; 1: stored in the file
    partial_max INTEGER,                -- the file stores the begin snapshot of each row, and this is the greatest; NULL: it does not.
                                        -- Version 1 writes none: inline rows that moved into such a file at once would be missed by
                                        -- a reader who has scanned the segments before and scans the inline rows after
    CHECK (row_id_end - row_id_start >= rows AND (has_row_ids = 1 OR row_id_end - row_id_start = rows))
) STRICT;
CREATE INDEX linal_segment_dataset ON linal_segment (dataset_id, begin_snapshot);
CREATE INDEX linal_segment_file ON linal_segment (file_id);

-- Statistics of a column (or of a leaf of a nested one) in a segment. Absent rows and NULLs mean unknown.
CREATE TABLE linal_segment_column (
    segment_id INTEGER NOT NULL REFERENCES linal_segment ON DELETE CASCADE,
    column_id INTEGER NOT NULL,
    bytes INTEGER,                      -- compressed
    value_count INTEGER,                -- without NULLs
    null_count INTEGER,
    min_value TEXT,                     -- bounds of the values that are not NaN, as DuckDB casts them from text; may be looser than the
    max_value TEXT,                     -- least and greatest value, never tighter. Segments with a text that DuckDB cannot cast are lost to
                                        -- filters: NULL for durations, binary and nested types, and outside of the years 1 to 9999
    contains_nan INTEGER,
    PRIMARY KEY (segment_id, column_id)
) STRICT, WITHOUT ROWID;

-- Rows of segments that were deleted. A deletion ends with its segment: to bring a row back, a new segment names the same file.
CREATE TABLE linal_inline_delete (
    segment_id INTEGER NOT NULL REFERENCES linal_segment ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0),                 -- of the row in the file, from 0
    row_id INTEGER NOT NULL,
    begin_snapshot INTEGER NOT NULL REFERENCES linal_snapshot,
    dataset_id INTEGER NOT NULL,
    PRIMARY KEY (segment_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX linal_inline_delete_dataset ON linal_inline_delete (dataset_id, begin_snapshot);

-- Deletions in a Parquet file of (file_path, pos). At most one is visible for a segment in a snapshot. Version 1 writes none.
CREATE TABLE linal_delete_file (
    delete_file_id INTEGER NOT NULL PRIMARY KEY CHECK (delete_file_id > 0),
    segment_id INTEGER NOT NULL REFERENCES linal_segment,
    begin_snapshot INTEGER NOT NULL REFERENCES linal_snapshot,
    end_snapshot INTEGER REFERENCES linal_snapshot CHECK (end_snapshot > begin_snapshot),
    file_id INTEGER NOT NULL REFERENCES linal_file,
    footer_bytes INTEGER,
    rows INTEGER NOT NULL CHECK (rows > 0)
) STRICT;
CREATE UNIQUE INDEX linal_delete_file_live ON linal_delete_file (segment_id) WHERE end_snapshot IS NULL;

-- Everything else that a database keeps under a name: saved tensors (lineage in the definition), lazies, pipelines, indexes, views,
-- macros, sequences, types, settings. Jobs and schedules (jobs.sql) and tokens have tables of their own, which are made when they are first used.
CREATE TABLE linal_object (
    object_id INTEGER NOT NULL,
    begin_snapshot INTEGER NOT NULL REFERENCES linal_snapshot,
    end_snapshot INTEGER REFERENCES linal_snapshot CHECK (end_snapshot > begin_snapshot),
    database_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    dataset_id INTEGER,                 -- of an index or a view over one dataset
    definition TEXT NOT NULL CHECK (json_valid(definition)),
    file_id INTEGER REFERENCES linal_file,
    PRIMARY KEY (object_id, begin_snapshot)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX linal_object_live ON linal_object (object_id) WHERE end_snapshot IS NULL;
CREATE UNIQUE INDEX linal_object_name ON linal_object (database_id, kind, name COLLATE NOCASE) WHERE end_snapshot IS NULL;
