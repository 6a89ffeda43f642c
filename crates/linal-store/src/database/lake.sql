-- The catalog as DuckLake 1.0, in views over the tables of schema.sql, so that
--   ATTACH 'ducklake:sqlite:DIR/catalog.sqlite' AS db (READ_ONLY)
-- in DuckDB sees what linal sees. Views refuse every INSERT, UPDATE and DELETE, so that no other writer can change the catalog.
-- Written after the public specification of DuckLake 1.0; tested with DuckDB 1.5.5 (crates/linal-tests/lake).
--
-- DuckDB does not let SQLite evaluate these views: its SQLite reader parses the text of a view and runs it in DuckDB over scans of the
-- tables. The text must therefore parse in SQLite (from 3.38 on, which DuckDB contains) and run in DuckDB. Integers are not divided, and
-- scalar min and max, strftime, GLOB and json_ functions are not used, since they differ or are missing there.
--
-- What the program must do:
--   * run this file when a directory is made, and after a drop of all views of it when its text has changed: they hold no data;
--   * set `lake_root` in linal_info to `<absolute path of DIR>/lake/` and make that folder: at creation, and at each opening for writing
--     whose path differs, since the directory was moved. See "Paths" below;
--   * add, in the transaction that makes a dataset, a view of its deletions:
--       CREATE VIEW ducklake_inlined_delete_7 AS
--         SELECT segment_id AS file_id, position AS row_id, begin_snapshot FROM linal_inline_delete WHERE dataset_id = 7;
--   * add, in the transaction that makes a schema with has_inline = 1, its table of inline rows and the view over it, whose columns are
--     those that the lake shows, in their order, with the names that they have in this schema:
--       CREATE VIEW ducklake_inlined_data_7_3 AS
--         SELECT row_id, begin_snapshot, end_snapshot, c1 AS "id", c2 AS "name", <value of c4> AS "day" FROM linal_inline_7_3;
--     where the value of a column is `cN`, except
--       date32                      CAST('1970-01-01' AS DATE) + CAST(cN AS INTEGER)
--       date64 (ms)                 CAST(make_timestamp(cN * 1000) AS DATE)
--       time32(s), (ms)             CAST(make_timestamp(cN * 1000000) AS TIME), CAST(make_timestamp(cN * 1000) AS TIME)
--       time64(us), (ns)            CAST(make_timestamp(cN) AS TIME), CAST(make_timestamp_ns(cN) AS TIME)
--       timestamp(s), (ms), (us)    make_timestamp(cN * 1000000), make_timestamp(cN * 1000), make_timestamp(cN)
--       timestamp(ns)               make_timestamp_ns(cN)
--       timestamp(.., zone)         the same in parentheses, then `|| '+00'`
--       interval                    regexp_replace(cN, '^(-?[0-9]+) months (-?[0-9]+) days (-?[0-9]+) nanoseconds$',
--                                       '{''months'': \1, ''days'': \2, ''nanoseconds'': \3}')
--     has_inline is 0 where a column has no inline form, or is called row_id, begin_snapshot or end_snapshot (in any case), which the view
--     would have twice. The tables and views must be there when the schema is: DuckDB keeps the list of them with the catalog;
--   * set linal_snapshot.catalog_version to the snapshot's own id when it adds or ends a row of linal_database, linal_dataset,
--     linal_dataset_schema or linal_column, or makes or drops a table of inline rows, and to that of the snapshot before otherwise;
--   * rewrite the rows of a dataset when a column of a nested type (a tensor, list, struct, map or interval) with a default is added:
--     DuckLake has initial defaults of scalars only;
--   * give min_value, max_value and initial_default only as text that DuckDB casts to lake_type (schema.sql);
--   * leave the catalog without a WAL at a clean close (`PRAGMA journal_mode = DELETE`; it fails while others read, which does no harm):
--     a reader who may not write to the folder cannot open a WAL database that has no `-shm` file.
--   * never change or remove what a snapshot needs that has not expired, but end it. Each scan of DuckDB opens a connection of its own, so
--     that those of one transaction may see later commits; they are right because every row is filtered by the snapshot that was read first.
--     A query that begins while a new schema is committed may fail with `ducklake_inlined_data_.. does not exist`, since names are looked up
--     in the state before; run again, it finds them.
--
-- Names: the database `default` is the schema `main`, which DuckDB looks into first; a database `main`, `main_`, ... is `main_`,
-- `main__`, ... A dataset with a column whose type the lake lacks (linal_column.lake_cast) is a table `<name>__storage`, and under its own
-- name a view that casts; a dataset whose own name ends in `__storage` gets one more `_`. AT (VERSION => n) works behind both names.
-- A dataset whose columns are all hidden (lake_type NULL) is hidden, since the lake has no tables without columns.
--
-- Paths: data_path is DIR/lake/, an empty folder, and files are at `../data/...`. ducklake_delete_orphaned_files removes each `.parquet`
-- below data_path that the catalog does not name, which would include a segment that is about to be committed. Until linal has opened a
-- moved directory, ATTACH needs (READ_ONLY, DATA_PATH 'DIR/lake', OVERRIDE_DATA_PATH true).

CREATE VIEW ducklake_metadata AS
SELECT 'version' AS "key", '1.0' AS value, CAST(NULL AS TEXT) AS scope, CAST(NULL AS BIGINT) AS scope_id
UNION ALL SELECT 'encrypted', 'false', NULL, NULL
UNION ALL SELECT 'created_by', value, NULL, NULL FROM linal_info WHERE "key" = 'created_by'
UNION ALL SELECT 'data_path', value, NULL, NULL FROM linal_info WHERE "key" = 'lake_root';

-- DuckDB keeps a catalog under schema_version and statistics under next_file_id, so that the latter grows with each snapshot. No ids are
-- given to anybody through these views. EXPIRE VERSIONS hides a dataset before its oldest_snapshot, which changes the catalog there, too.
CREATE VIEW ducklake_snapshot AS
SELECT snapshot_id, CAST(make_timestamp(time_us) AS TEXT) || '+00' AS snapshot_time,
    CASE WHEN oldest > catalog_version THEN oldest ELSE catalog_version END AS schema_version,
    snapshot_id + 1 AS next_catalog_id, snapshot_id + 1 AS next_file_id
FROM (
    SELECT s.snapshot_id, s.time_us, s.catalog_version,
        (SELECT max(h.oldest_snapshot) FROM linal_dataset_head h WHERE h.oldest_snapshot <= s.snapshot_id) AS oldest
    FROM linal_snapshot s
) x;

CREATE VIEW ducklake_snapshot_changes AS
SELECT s.snapshot_id, v.changes AS changes_made, CAST(NULL AS TEXT) AS author, s.statement AS commit_message,
    CAST(NULL AS TEXT) AS commit_extra_info
FROM linal_snapshot s
LEFT JOIN (
    SELECT snapshot_id, group_concat(CASE change
            WHEN 'insert' THEN 'inserted_into_table:'
            WHEN 'delete' THEN 'deleted_from_table:'
            WHEN 'drop' THEN 'dropped_table:'
            ELSE 'altered_table:' END || CAST(dataset_id AS TEXT), ',') AS changes
    FROM linal_dataset_version GROUP BY snapshot_id
) v ON v.snapshot_id = s.snapshot_id;

CREATE VIEW ducklake_schema AS
SELECT database_id AS schema_id,
    '00000000-0000-4000-8000-' || substr('00000000000' || CAST(database_id AS TEXT), -12) AS schema_uuid,
    begin_snapshot, end_snapshot,
    CASE WHEN name = 'default' THEN 'main' WHEN lower(rtrim(name, '_')) = 'main' THEN name || '_' ELSE name END AS schema_name,
    CAST(NULL AS TEXT) AS path, 0 AS path_is_relative
FROM linal_database;

-- A dataset under one name in one schema: what the views of tables are made from. What lies before `oldest_snapshot` has lost files; it
-- keeps its columns (DuckDB looks them up to read rows that are still inline) but not its name, so that nobody reads a part of it.
CREATE VIEW linal_lake_dataset AS
SELECT x.*,
    CASE WHEN lower(rtrim(name, '_')) LIKE '%$_$_storage' ESCAPE '$' THEN name || '_' ELSE name END AS plain_name,
    EXISTS (SELECT 1 FROM linal_column c WHERE c.dataset_id = x.dataset_id AND c.lake_cast IS NOT NULL AND c.lake_type IS NOT NULL
        AND c.begin_snapshot <= x.schema_snapshot AND (c.end_snapshot IS NULL OR x.schema_snapshot < c.end_snapshot)) AS has_cast
FROM (
    SELECT d.dataset_id, d.database_id, d.name, s.begin_snapshot AS schema_snapshot, e.expired,
        CASE WHEN d.begin_snapshot >= s.begin_snapshot AND d.begin_snapshot >= e.begin_snapshot THEN d.begin_snapshot
            WHEN s.begin_snapshot >= e.begin_snapshot THEN s.begin_snapshot ELSE e.begin_snapshot END AS begin_snapshot,
        CASE WHEN d.end_snapshot <= coalesce(s.end_snapshot, d.end_snapshot) AND d.end_snapshot <= coalesce(e.end_snapshot, d.end_snapshot)
            THEN d.end_snapshot
            WHEN s.end_snapshot <= coalesce(e.end_snapshot, s.end_snapshot) THEN s.end_snapshot
            ELSE e.end_snapshot END AS end_snapshot
    FROM linal_dataset d
    JOIN linal_dataset_schema s ON s.dataset_id = d.dataset_id
    JOIN (
        SELECT dataset_id, 0 AS expired, oldest_snapshot AS begin_snapshot, CAST(NULL AS BIGINT) AS end_snapshot FROM linal_dataset_head
        UNION ALL SELECT dataset_id, 1, 0, oldest_snapshot FROM linal_dataset_head WHERE oldest_snapshot > 0
    ) e ON e.dataset_id = d.dataset_id
) x
WHERE end_snapshot IS NULL OR begin_snapshot < end_snapshot;

CREATE VIEW ducklake_table AS
SELECT dataset_id AS table_id,
    '00000000-0000-4000-8001-' || substr('00000000000' || CAST(dataset_id AS TEXT), -12) AS table_uuid,
    begin_snapshot, end_snapshot, database_id AS schema_id,
    CASE WHEN expired = 1 THEN '__expired_' || CAST(dataset_id AS TEXT) || '__storage'
        WHEN has_cast THEN name || '__storage' ELSE plain_name END AS table_name,
    CAST(NULL AS TEXT) AS path, 0 AS path_is_relative
FROM linal_lake_dataset x
WHERE EXISTS (SELECT 1 FROM linal_column c WHERE c.dataset_id = x.dataset_id AND c.lake_type IS NOT NULL
    AND c.begin_snapshot <= x.schema_snapshot AND (c.end_snapshot IS NULL OR x.schema_snapshot < c.end_snapshot));

CREATE VIEW ducklake_column AS
SELECT column_id, begin_snapshot, end_snapshot, dataset_id AS table_id, position AS column_order, name AS column_name,
    lake_type AS column_type, initial_default, 'NULL' AS default_value, nullable AS nulls_allowed, parent_column_id AS parent_column,
    'literal' AS default_value_type, 'duckdb' AS default_value_dialect
FROM linal_column WHERE lake_type IS NOT NULL;

-- The views that cast. REPLACE keeps the order of the columns, so that the order of the casts does not matter.
CREATE VIEW ducklake_view AS
SELECT 1099511627776 + d.dataset_id AS view_id,
    '00000000-0000-4000-8002-' || substr('00000000000' || CAST(d.dataset_id AS TEXT), -12) AS view_uuid,
    CASE WHEN d.begin_snapshot >= b.begin_snapshot THEN d.begin_snapshot ELSE b.begin_snapshot END AS begin_snapshot,
    CASE WHEN d.end_snapshot IS NULL OR b.end_snapshot < d.end_snapshot THEN b.end_snapshot ELSE d.end_snapshot END AS end_snapshot,
    d.database_id AS schema_id, d.plain_name AS view_name, 'duckdb' AS dialect,
    'SELECT * REPLACE (' || (
        SELECT group_concat(replace(c.lake_cast, '{}', '"' || replace(c.name, '"', '""') || '"')
            || ' AS "' || replace(c.name, '"', '""') || '"', ', ')
        FROM linal_column c
        WHERE c.dataset_id = d.dataset_id AND c.lake_cast IS NOT NULL AND c.lake_type IS NOT NULL
            AND c.begin_snapshot <= d.schema_snapshot AND (c.end_snapshot IS NULL OR d.schema_snapshot < c.end_snapshot)
    ) || ') FROM {DUCKLAKE_CATALOG}."' || replace(b.schema_name, '"', '""') || '"."' || replace(d.name, '"', '""') || '__storage"' AS "sql",
    '' AS column_aliases
FROM linal_lake_dataset d
JOIN ducklake_schema b ON b.schema_id = d.database_id
    AND (d.end_snapshot IS NULL OR b.begin_snapshot < d.end_snapshot)
    AND (b.end_snapshot IS NULL OR d.begin_snapshot < b.end_snapshot)
WHERE d.has_cast AND d.expired = 0;

CREATE VIEW ducklake_data_file AS
SELECT s.segment_id AS data_file_id, s.dataset_id AS table_id, s.begin_snapshot, s.end_snapshot, CAST(NULL AS BIGINT) AS file_order,
    '../' || f.path AS path, 1 AS path_is_relative, 'parquet' AS file_format, s.rows AS record_count, f.bytes AS file_size_bytes,
    s.footer_bytes AS footer_size, CASE WHEN s.has_row_ids = 0 THEN s.row_id_start END AS row_id_start, CAST(NULL AS BIGINT) AS partition_id,
    CAST(NULL AS TEXT) AS encryption_key, CAST(NULL AS BIGINT) AS mapping_id, s.partial_max
FROM linal_segment s JOIN linal_file f ON f.file_id = s.file_id;

CREATE VIEW ducklake_file_column_stats AS
SELECT c.segment_id AS data_file_id, s.dataset_id AS table_id, c.column_id, c.bytes AS column_size_bytes, c.value_count, c.null_count,
    c.min_value, c.max_value, c.contains_nan, CAST(NULL AS TEXT) AS extra_stats
FROM linal_segment_column c JOIN linal_segment s ON s.segment_id = c.segment_id;

CREATE VIEW ducklake_delete_file AS
SELECT d.delete_file_id, s.dataset_id AS table_id, d.begin_snapshot, d.end_snapshot, d.segment_id AS data_file_id,
    '../' || f.path AS path, 1 AS path_is_relative, 'parquet' AS format, d.rows AS delete_count, f.bytes AS file_size_bytes,
    d.footer_bytes AS footer_size, CAST(NULL AS TEXT) AS encryption_key, CAST(NULL AS BIGINT) AS partial_max
FROM linal_delete_file d JOIN linal_segment s ON s.segment_id = d.segment_id JOIN linal_file f ON f.file_id = d.file_id;

-- A schema_version of DuckLake is one of the whole catalog, and DuckDB looks a schema up by that number alone: it must be the
-- catalog_version of the snapshot in which the schema of the dataset begins, which is that snapshot.
CREATE VIEW ducklake_schema_versions AS
SELECT begin_snapshot, begin_snapshot AS schema_version, dataset_id AS table_id FROM linal_dataset_schema;

CREATE VIEW ducklake_inlined_data_tables AS
SELECT dataset_id AS table_id,
    'ducklake_inlined_data_' || CAST(dataset_id AS TEXT) || '_' || CAST(schema_version AS TEXT) AS table_name,
    begin_snapshot AS schema_version
FROM linal_dataset_schema WHERE has_inline = 1;

-- The statistics of whole tables are those of all snapshots together in DuckLake. Only what cannot be wrong for an old one is given.
CREATE VIEW ducklake_table_stats AS
SELECT dataset_id AS table_id, rows AS record_count, next_row_id, 0 AS file_size_bytes FROM linal_dataset_head;

CREATE VIEW ducklake_table_column_stats AS
SELECT 0 AS table_id, 0 AS column_id, 0 AS contains_null, 0 AS contains_nan, '' AS min_value, '' AS max_value, '' AS extra_stats WHERE 1 = 0;

-- What linal has none of.
CREATE VIEW ducklake_tag AS
SELECT 0 AS object_id, 0 AS begin_snapshot, 0 AS end_snapshot, '' AS "key", '' AS value WHERE 1 = 0;
CREATE VIEW ducklake_column_tag AS
SELECT 0 AS table_id, 0 AS column_id, 0 AS begin_snapshot, 0 AS end_snapshot, '' AS "key", '' AS value WHERE 1 = 0;
CREATE VIEW ducklake_file_variant_stats AS
SELECT 0 AS data_file_id, 0 AS table_id, 0 AS column_id, '' AS variant_path, '' AS shredded_type, 0 AS column_size_bytes, 0 AS value_count,
    0 AS null_count, '' AS min_value, '' AS max_value, 0 AS contains_nan, '' AS extra_stats WHERE 1 = 0;
CREATE VIEW ducklake_partition_info AS
SELECT 0 AS partition_id, 0 AS table_id, 0 AS begin_snapshot, 0 AS end_snapshot WHERE 1 = 0;
CREATE VIEW ducklake_partition_column AS
SELECT 0 AS partition_id, 0 AS table_id, 0 AS partition_key_index, 0 AS column_id, '' AS "transform" WHERE 1 = 0;
CREATE VIEW ducklake_file_partition_value AS
SELECT 0 AS data_file_id, 0 AS table_id, 0 AS partition_key_index, '' AS partition_value WHERE 1 = 0;
CREATE VIEW ducklake_files_scheduled_for_deletion AS
SELECT 0 AS data_file_id, '' AS path, 0 AS path_is_relative, '' AS schedule_start WHERE 1 = 0;
CREATE VIEW ducklake_column_mapping AS
SELECT 0 AS mapping_id, 0 AS table_id, '' AS "type" WHERE 1 = 0;
CREATE VIEW ducklake_name_mapping AS
SELECT 0 AS mapping_id, 0 AS column_id, '' AS source_name, 0 AS target_field_id, 0 AS parent_column, 0 AS is_partition WHERE 1 = 0;
CREATE VIEW ducklake_macro AS
SELECT 0 AS schema_id, 0 AS macro_id, '' AS macro_name, 0 AS begin_snapshot, 0 AS end_snapshot WHERE 1 = 0;
CREATE VIEW ducklake_macro_impl AS
SELECT 0 AS macro_id, 0 AS impl_id, '' AS dialect, '' AS "sql", '' AS "type" WHERE 1 = 0;
CREATE VIEW ducklake_macro_parameters AS
SELECT 0 AS macro_id, 0 AS impl_id, 0 AS column_id, '' AS parameter_name, '' AS parameter_type, '' AS default_value,
    '' AS default_value_type WHERE 1 = 0;
CREATE VIEW ducklake_sort_info AS
SELECT 0 AS sort_id, 0 AS table_id, 0 AS begin_snapshot, 0 AS end_snapshot WHERE 1 = 0;
CREATE VIEW ducklake_sort_expression AS
SELECT 0 AS sort_id, 0 AS table_id, 0 AS sort_key_index, '' AS expression, '' AS dialect, '' AS sort_direction, '' AS null_order WHERE 1 = 0;
