//! What tools ask the catalog.

use crate::support::TestServer;

#[test]
fn datasets_columns_and_types_are_found() {
    let server = TestServer::start();
    let mut client = server.client();
    client.run("CREATE TABLE t (id Int NOT NULL, v Vector(2), s String DEFAULT 'x')");
    let mut text = |query: &str| client.run(query).text();
    assert_eq!(text("SELECT current_database(), current_schema(), current_user"), "linal|default|linal");
    assert!(text("SELECT version()").starts_with("PostgreSQL 16.6"));
    let tables = "SELECT n.nspname, c.relname, c.relkind FROM pg_catalog.pg_class c \
        LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE c.relkind IN ('r','p','v','m','S','f','') AND n.nspname <> 'pg_catalog' \
        AND n.nspname !~ '^pg_toast' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1,2";
    assert_eq!(text(tables), "default|t|r");
    let columns = "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, \
        (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d \
        WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef) \
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = 't'::regclass AND a.attnum > 0 AND NOT a.attisdropped \
        ORDER BY a.attnum";
    assert_eq!(text(columns), "id|bigint|t|NULL\nv|real[]|f|NULL\ns|text|f|'x'");
    assert_eq!(text("SELECT 't'::regclass::oid = c.oid FROM pg_class c WHERE relname = 't'"), "t");
    assert_eq!(text("SELECT relname FROM pg_class WHERE relname = ANY('{t,u}')"), "t");
    assert_eq!(text("SELECT typname FROM pg_type WHERE oid = 701"), "float8");
    // A query over other tables is none for the catalog.
    assert_eq!(text("SELECT COUNT(*) AS pg_count FROM t"), "0");
}
