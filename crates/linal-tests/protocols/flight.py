"""ADBC through Arrow Flight SQL."""

import datetime
import sys
import tempfile

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager
import pyarrow as pa

from . import slt
from .server import Checks, running


def statements(checks, connection):
    """Statements, results, and what a session keeps."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (id Int, v Vector(2), s String, d Date)")
        cursor.execute("INSERT INTO t VALUES (1, [1, 2], 'a text of more than twelve bytes', DATE '2020-02-29'), (2, NULL, NULL, NULL)")
        cursor.execute("SELECT id, s, d FROM t ORDER BY id")
        rows = [(1, "a text of more than twelve bytes", datetime.date(2020, 2, 29)), (2, None, None)]
        checks.equal("rows", cursor.fetchall(), rows)
        cursor.execute("SELECT v FROM t ORDER BY id")
        table = cursor.fetch_arrow_table()
        checks.equal("vectors", table.column("v").to_pylist(), [[1.0, 2.0], None])
        checks.true("vectors are lists of one size", pa.types.is_fixed_size_list(table.schema.field("v").type))
        cursor.execute("VECTOR q = [3, 4]")
        cursor.execute("SHOW q + 1")
        checks.equal("a tensor", cursor.fetch_arrow_table().column(0).to_pylist(), [4.0, 5.0])
        message = checks.raises("an unknown name", lambda: cursor.execute("SELECT x FROM nowhere"))
        checks.true("its code is told", "E0304" in message)
        cursor.execute("SELECT COUNT(*) FROM t")
        checks.equal("the session goes on", cursor.fetchone(), (2,))


def prepared(checks, connection):
    """Statements with parameters: scalars and vectors."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM t WHERE id > $1 ORDER BY id", (1,))
        checks.equal("a parameter", cursor.fetchall(), [(2,)])
        cursor.execute("SELECT $1 AS a, $2 AS b", ("it's", 1.5))
        checks.equal("texts and floats", cursor.fetchall(), [("it's", 1.5)])
        cursor.executemany("INSERT INTO t (id, s) VALUES ($1, $2)", [(10, "x"), (11, None), (12, "z")])
        cursor.execute("SELECT COUNT(*), COUNT(s) FROM t WHERE id >= 10")
        checks.equal("many rows", cursor.fetchone(), (3, 2))
        vector = pa.record_batch({"q": pa.array([[1.0, 2.0]], pa.list_(pa.float32(), 2))})
        cursor.execute("SELECT id FROM t WHERE v IS NOT NULL ORDER BY DISTANCE(v, $1) LIMIT 1", vector)
        checks.equal("a vector", cursor.fetchone(), (1,))
        checks.raises("a missing parameter", lambda: cursor.execute("SELECT $1 + $2", (1,)))


def transactions(checks, uri):
    """Transactions of ADBC, which are off by default."""
    with flightsql.connect(uri) as one, flightsql.connect(uri, autocommit=True) as other:
        with one.cursor() as cursor:
            cursor.execute("CREATE TABLE tx (a Int)")
            one.commit()
            cursor.execute("INSERT INTO tx VALUES (1)")
            with other.cursor() as watching:
                watching.execute("SELECT COUNT(*) FROM tx")
                checks.equal("not committed", watching.fetchone(), (0,))
                one.commit()
                watching.execute("SELECT COUNT(*) FROM tx")
                checks.equal("committed", watching.fetchone(), (1,))
            cursor.execute("DELETE FROM tx")
            one.rollback()
            cursor.execute("SELECT COUNT(*) FROM tx")
            checks.equal("rolled back", cursor.fetchone(), (1,))
            one.commit()


def catalog(checks, connection):
    """What tools ask about databases and datasets."""
    objects = connection.adbc_get_objects(depth="columns").read_all().to_pylist()
    checks.equal("catalogs", [row["catalog_name"] for row in objects], ["linal"])
    schemas = {schema["db_schema_name"]: schema for schema in objects[0]["catalog_db_schemas"]}
    tables = {table["table_name"]: table for table in schemas["default"]["db_schema_tables"]}
    checks.equal("columns", [column["column_name"] for column in tables["t"]["table_columns"]], ["id", "v", "s", "d"])
    checks.true("table types", "BASE TABLE" in connection.adbc_get_table_types())
    schema = connection.adbc_get_table_schema("t", db_schema_filter="default")
    checks.equal("a schema", schema.names, ["id", "v", "s", "d"])
    checks.equal("the vendor", connection.adbc_get_info()["vendor_name"], "linal")


def ingestion(checks, connection):
    """Rows that a client sends."""
    table = pa.table({"id": [1, 2, 3], "name": ["a", None, "c"], "v": pa.array([[1.0, 2.0]] * 3, pa.list_(pa.float64(), 2))})
    with connection.cursor() as cursor:
        checks.equal("rows are sent", cursor.adbc_ingest("sent", table, mode="create"), 3)
        checks.raises("a dataset is there", lambda: cursor.adbc_ingest("sent", table, mode="create"))
        cursor.adbc_ingest("sent", table, mode="append")
        cursor.execute("SELECT COUNT(*), COUNT(name), SUM(id) FROM sent")
        checks.equal("rows are there", cursor.fetchone(), (6, 4, 12))


def access(checks, linal):
    """Tokens as bearers and as passwords."""
    import subprocess

    with tempfile.TemporaryDirectory() as data:
        make = [linal, "token", "create", "--data", data, "--name", "reader", "--rights", "read"]
        with running(linal, "--data", data, "--flight-bind", "127.0.0.1:0", protocols=2):
            pass
        token = subprocess.run(make, check=True, capture_output=True, text=True).stdout.split()[-1]
        with running(linal, "--data", data, "--flight-bind", "127.0.0.1:0", protocols=2) as server:
            uri = "grpc://" + server.address("grpc")
            header = adbc_driver_flightsql_option("AUTHORIZATION_HEADER")
            for options in [{header: "Bearer " + token}, {"username": "anybody", "password": token}]:
                with flightsql.connect(uri, db_kwargs=options, autocommit=True) as connection, connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                    checks.equal("with a token", cursor.fetchone(), (1,))
                    checks.raises("without the right", lambda: cursor.execute("CREATE TABLE x (a Int)"))
            for options in [{}, {header: "Bearer linal_wrong"}, {"username": "anybody", "password": "wrong"}]:

                def attempt():
                    with flightsql.connect(uri, db_kwargs=options, autocommit=True) as connection, connection.cursor() as cursor:
                        cursor.execute("SELECT 1")

                checks.raises(f"without a token: {sorted(options)}", attempt)


def adbc_driver_flightsql_option(name):
    """The key of an option of the driver."""
    from adbc_driver_flightsql import DatabaseOptions

    return getattr(DatabaseOptions, name).value


def records(checks, uri):
    """The records of `slt/`, each file in a database of its own."""
    known = slt.open_records()
    compared = 0
    for number, path in enumerate(sorted(slt.FOLDER.rglob("*.slt"))):
        name = str(path.relative_to(slt.FOLDER))
        with flightsql.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE d{number}")
            cursor.execute(f"USE d{number}")
            for record in slt.read(path):
                place = f"{name}:{record.line}"
                if place in known:
                    continue
                try:
                    cursor.execute(record.text)
                    table = cursor.fetch_arrow_table()
                except adbc_driver_manager.Error as error:
                    if not record.fails:
                        checks.failures.append(f"{place}: {error}")
                    continue
                if record.fails:
                    checks.failures.append(f"{place}: it did not fail")
                elif record.is_query and record.answer is not None:
                    difference = slt.compare(record, table)
                    if difference:
                        checks.failures.append(f"{place}: {difference}")
                    compared += difference is None
    checks.passed += compared
    print(f"flight: {compared} records were compared")
    checks.true("most records are compared", compared > 2000)


def main():
    linal = sys.argv[1]
    checks = Checks()
    with running(linal, "--flight-bind", "127.0.0.1:0", protocols=2) as server:
        uri = "grpc://" + server.address("grpc")
        with flightsql.connect(uri, autocommit=True) as connection:
            for check in (statements, prepared, catalog, ingestion):
                check(checks, connection)
        transactions(checks, uri)
        records(checks, uri)
    access(checks, linal)
    checks.end("flight")


if __name__ == "__main__":
    main()
