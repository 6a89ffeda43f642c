"""psycopg, SQLAlchemy and psql through the PostgreSQL protocol."""

import datetime
import decimal
import shutil
import subprocess
import sys
import tempfile

import psycopg
import sqlalchemy as sa

from .server import Checks, running


def drivers(checks, info):
    """psycopg: parameters, results as text and in binary form, transactions, cursors."""
    with psycopg.connect(info, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id Int NOT NULL, v Vector(2, f64), s String, d Date, at Timestamp, x Float)")
        insert = "INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s)"
        day, time = datetime.date(2020, 2, 29), datetime.datetime(2020, 2, 29, 12, 30, 0, 500000)
        row = (1, [1.0, 2.5], "it's \"quoted\"", day, time, 1.5)
        checks.equal("an insert is counted", connection.execute(insert, row).rowcount, 1)
        connection.execute(insert, (2, None, None, None, None, None))
        for binary in (False, True):
            with connection.cursor(binary=binary) as cursor:
                found = cursor.execute("SELECT id, v, s, d, at, x FROM t ORDER BY id").fetchall()
                checks.equal(f"values, binary {binary}", found, [row, (2, None, None, None, None, None)])
                cursor.execute("SELECT CAST('-12.30' AS Decimal(10, 2)), TRUE, ['a', NULL, 'b\"']")
                expected = (decimal.Decimal("-12.30"), True, ["a", None, 'b"'])
                checks.equal(f"more values, binary {binary}", cursor.fetchone(), expected)
        checks.equal("a parameter", connection.execute("SELECT id FROM t WHERE id > %s", (1,)).fetchall(), [(2,)])
        nearest = "SELECT id FROM t WHERE v IS NOT NULL ORDER BY DISTANCE(v, %s) LIMIT 1"
        checks.equal("a vector", connection.execute(nearest, ([1.0, 2.0],)).fetchone(), (1,))
        error = checks.raises("an unknown name", lambda: connection.execute("SELECT x FROM nowhere"))
        checks.true("its code is told", "E0304" in error)
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO t (id) VALUES (%s)", [(number,) for number in range(10, 20)])
            checks.equal("many rows", cursor.execute("SELECT COUNT(*) FROM t").fetchone(), (12,))
        checks.equal("the version", connection.info.server_version, 160006)
    with psycopg.connect(info) as connection:
        connection.execute("DELETE FROM t WHERE id >= 10")
        connection.rollback()
        checks.equal("rolled back", connection.execute("SELECT COUNT(*) FROM t").fetchone(), (12,))
        checks.raises("a mistake", lambda: connection.execute("SELECT nothing FROM t"))
        checks.raises("until the transaction ends", lambda: connection.execute("SELECT 1"))
        connection.rollback()
        connection.execute("DELETE FROM t WHERE id >= 10")
        connection.commit()
        checks.equal("committed", connection.execute("SELECT COUNT(*) FROM t").fetchone(), (2,))


def reflection(checks, url):
    """SQLAlchemy: reflection, and its own statements."""
    engine = sa.create_engine(url)
    inspector = sa.inspect(engine)
    checks.true("schemas", {"default", "information_schema"} <= set(inspector.get_schema_names()))
    checks.equal("tables", inspector.get_table_names(), ["t"])
    checks.true("has_table", inspector.has_table("t") and not inspector.has_table("nowhere"))
    columns = {column["name"]: column for column in inspector.get_columns("t")}
    checks.equal("columns", list(columns), ["id", "v", "s", "d", "at", "x"])
    checks.true("a type", isinstance(columns["id"]["type"], sa.BigInteger))
    checks.true("an array", isinstance(columns["v"]["type"], sa.ARRAY))
    checks.equal("nullable", (columns["id"]["nullable"], columns["s"]["nullable"]), (False, True))
    checks.equal("no keys", inspector.get_pk_constraint("t")["constrained_columns"], [])
    checks.equal("no foreign keys", inspector.get_foreign_keys("t"), [])
    checks.equal("no indexes", inspector.get_indexes("t"), [])
    checks.equal("no views", inspector.get_view_names(), [])
    metadata = sa.MetaData()
    table = sa.Table("t", metadata, autoload_with=engine)
    with engine.begin() as connection:
        found = connection.execute(sa.select(table.c.id, table.c.s).order_by(table.c.id)).fetchall()
        checks.equal("a select", [tuple(row) for row in found], [(1, "it's \"quoted\""), (2, None)])
        connection.execute(table.insert(), [{"id": 3, "s": "three"}, {"id": 4, "s": "four"}])
        changed = connection.execute(table.update().where(table.c.id == 3).values(s="3"))
        checks.equal("an update", changed.rowcount, 1)
    with engine.connect() as connection:
        checks.equal("a value", connection.execute(sa.select(table.c.s).where(table.c.id == 3)).scalar(), "3")
    engine.dispose()


def psql(checks, address):
    """psql: its commands."""
    if shutil.which("psql") is None:
        return print("pg: psql is not installed")
    host, port = address.rsplit(":", 1)

    def run(command):
        arguments = ["psql", "-X", "-A", "-t", "-h", host, "-p", port, "-d", "default", "-c", command]
        ended = subprocess.run(arguments, capture_output=True, text=True)
        return ended.stdout.strip() if ended.returncode == 0 else "failed: " + ended.stderr.strip()

    checks.equal("psql select", run("SELECT id FROM t ORDER BY id LIMIT 2"), "1\n2")
    checks.equal("\\d", run("\\d"), "default|t|table|linal")
    checks.equal("\\dt", run("\\dt"), "default|t|table|linal")
    lines = run("\\d t").splitlines()
    checks.equal("\\d t", [line.split("|")[:2] for line in lines][:3], [["id", "bigint"], ["v", "double precision[]"], ["s", "text"]])
    checks.true("\\dn", "default" in run("\\dn"))
    checks.true("\\l", "linal" in run("\\l"))
    checks.true("\\du", "linal" in run("\\du"))
    checks.equal("\\df", run("\\df"), "")
    checks.equal("\\di", run("\\di"), "")


def access(checks, linal):
    """The token is the password."""
    with tempfile.TemporaryDirectory() as data:
        with running(linal, "--data", data, "--pg-bind", "127.0.0.1:0", protocols=2):
            pass
        make = [linal, "token", "create", "--data", data, "--name", "reader", "--rights", "read"]
        token = subprocess.run(make, check=True, capture_output=True, text=True).stdout.split()[-1]
        with running(linal, "--data", data, "--pg-bind", "127.0.0.1:0", protocols=2) as server:
            host, port = server.address("postgresql").rsplit(":", 1)
            info = f"host={host} port={port} dbname=default user=anybody"
            with psycopg.connect(f"{info} password={token}", autocommit=True) as connection:
                checks.equal("with a token", connection.execute("SELECT 1").fetchone(), (1,))
                checks.raises("without the right", lambda: connection.execute("CREATE TABLE x (a Int)"))
            for password in ("", " password=wrong"):
                checks.raises("without a token", lambda: psycopg.connect(info + password))


def main():
    linal = sys.argv[1]
    checks = Checks()
    with running(linal, "--pg-bind", "127.0.0.1:0", protocols=2) as server:
        address = server.address("postgresql")
        host, port = address.rsplit(":", 1)
        drivers(checks, f"host={host} port={port} dbname=default user=anybody")
        reflection(checks, f"postgresql+psycopg://anybody@{address}/default")
        psql(checks, address)
    access(checks, linal)
    checks.end("pg")


if __name__ == "__main__":
    main()
