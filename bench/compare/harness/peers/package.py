"""The cases of Python's packages: linal's own, which stands here as a peer of its name, and the halves of the others."""

import importlib
import pathlib
import sys
import zipfile

import polars as pl
import pyarrow.parquet as pq

from . import Peer

ALL = "SELECT * FROM t"
ONE = "SELECT c0 FROM t WHERE c0 >= 0"


class Package(Peer):
    """The package `linal`: installed, or of a wheel or a folder. `module` is None where there is none."""

    name = "linal"

    def __init__(self, where, home, threads):
        self.threads = threads
        if where is not None:
            sys.path.insert(0, str(unpacked(where, home)))
        try:
            self.module = importlib.import_module("linal")
        except ImportError:
            self.module = None

    def prepare_tables(self, case, source):
        return super().prepare_tables(case, source) if case.kind.startswith("python-") and self.module else None

    def database(self):
        return self.module.connect(threads=self.threads)

    def filled(self, source):
        database = self.database()
        database["t"] = pq.read_table(source.tables["t"])
        return database

    def python_overhead(self, case, source):
        database = self.filled(source)
        return lambda: database.execute(ONE)

    def python_fetchall(self, case, source):
        database = self.filled(source)
        return lambda: database.sql(ALL).fetchall()

    def python_in(self, case, source):
        database, value = self.database(), values(source)[form(case)]

        def run():
            database["t"] = value

        return run

    def python_out(self, case, source):
        database = self.filled(source)
        method = {"arrow": "arrow", "polars": "pl", "numpy": "numpy"}[form(case)]
        return lambda: getattr(database.sql(ALL), method)()


class DuckInPython:
    """DuckDB's half. A frame that comes in becomes a table, as in linal."""

    def filled(self, source):
        database = self.database()
        database.execute(f"CREATE TABLE t AS FROM '{source.tables['t']}'")
        return database

    def python_overhead(self, case, source):
        database = self.filled(source)
        return lambda: database.execute(ONE)

    def python_fetchall(self, case, source):
        database = self.filled(source)
        return lambda: database.sql(ALL).fetchall()

    def python_in(self, case, source):
        database = self.database()
        database.register("value", values(source)[form(case)])
        return lambda: database.execute("CREATE OR REPLACE TABLE t AS FROM value")

    def python_out(self, case, source):
        database = self.filled(source)
        method = {"arrow": "to_arrow_table", "polars": "pl", "numpy": "fetchnumpy"}[form(case)]
        return lambda: getattr(database.sql(ALL), method)()


class PolarsInPython:
    """Polars' half: its own SQL, and frames of other memory."""

    def context(self, source):
        return pl.SQLContext(t=pl.read_parquet(source.tables["t"]), eager=True)

    def python_overhead(self, case, source):
        context = self.context(source)
        return lambda: context.execute(ONE)

    def python_fetchall(self, case, source):
        context = self.context(source)
        return lambda: context.execute(ALL).rows()

    def python_in(self, case, source):
        """There is nothing to do for a frame of its own."""
        value, make = values(source)[form(case)], {"arrow": pl.from_arrow, "numpy": pl.DataFrame}.get(form(case))
        return (lambda: make(value)) if make else None

    def python_out(self, case, source):
        context = self.context(source)
        change = {
            "arrow": lambda frame: frame.to_arrow(),
            "numpy": lambda frame: {name: frame[name].to_numpy() for name in frame.columns},
        }.get(form(case))
        return (lambda: change(context.execute(ALL))) if change else None


def form(case):
    return case.name.split("/")[1]


def values(source):
    """The table in the forms in which it may come in."""
    table = pq.read_table(source.tables["t"])
    arrays = {name: table[name].to_numpy() for name in table.column_names}
    return {"arrow": table, "polars": pl.from_arrow(table), "numpy": arrays}


def unpacked(where, home):
    """The folder to import from: a wheel's content, or the folder itself."""
    where = pathlib.Path(where).resolve()
    if where.suffix != ".whl":
        return where
    folder = home / "wheel" / f"{where.stem}-{where.stat().st_mtime_ns}"
    if not folder.exists():
        with zipfile.ZipFile(where) as wheel:
            wheel.extractall(folder)
    return folder
