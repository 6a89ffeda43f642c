"""DuckDB with the extensions `ducklake` and `sqlite_scanner` from their Python packages, without a network."""

import glob
import importlib
import os

import duckdb

EXTENSIONS = ("sqlite_scanner", "ducklake")


def extension_file(name):
    package = importlib.import_module(f"duckdb_extension_{name}")
    pattern = os.path.join(os.path.dirname(package.__file__), "extensions", "*", "*.duckdb_extension")
    return glob.glob(pattern)[0]


def connect():
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    for name in EXTENSIONS:
        connection.execute(f"LOAD '{extension_file(name)}'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET python_enable_replacements = false")  # names of tables never mean variables of Python
    return connection


def attach(directory, options="READ_ONLY", name="db", connection=None):
    """A connection that has attached the catalog of `directory` as `name`."""
    connection = connection or connect()
    catalog = os.path.join(directory, "catalog.sqlite").replace("'", "''")
    connection.execute(f"ATTACH 'ducklake:sqlite:{catalog}' AS {name} ({options})")
    return connection


def texts(connection, query):
    """The rows of a query, each value as DuckDB's text for it, or None."""
    return connection.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({query})").fetchall()
