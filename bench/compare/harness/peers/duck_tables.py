"""DuckDB's cases with tables or with a database on disk."""

import contextlib

from .. import disk
from ..stores import NEW, filled, new_folder
from .anew import Anew, Sessions


class DuckTables:
    """The half of `Duck` that cases of tables use."""

    def prepare_tables(self, case, source):
        text = case.run if case.same_text else case.duckdb_text
        if text is None:
            return super().prepare_tables(case, source)
        text = filled(text, source.tables)
        if source.store is not None and source.store is not NEW:
            return self.stored(case, text, source.store.duckdb_file(source.home))
        if case.cold:
            return Anew(lambda: self.loaded(source.tables), lambda database: database.execute(text).fetchall(), close)
        reads_files = "{" in (case.run if isinstance(case.run, str) else "")
        database = self.database() if reads_files else self.loaded(source.tables)
        return lambda: database.execute(text).fetchall()

    def loaded(self, tables):
        """A database in memory with the tables."""
        database = self.database()
        for name, path in tables.items():
            database.execute(f"CREATE TABLE {name} AS FROM '{path}'")
        return database

    def stored(self, case, text, path):
        """A query of a file; with the opening of the file in it when the case has that."""
        if not case.opens:
            database = self.database(file=str(path))
            return lambda: database.execute(text).fetchall()

        def run(_):
            with contextlib.closing(self.database(file=str(path))) as database:
                return database.execute(text).fetchall()

        return Anew(lambda: disk.evict(path) if case.evicts else None, run)

    def durable_insert(self, case, source):
        """Each session is a cursor of one database, as DuckDB has one process for all."""
        kept = contextlib.ExitStack()

        def make():
            folder = kept.enter_context(new_folder(source.home))
            database = kept.enter_context(contextlib.closing(self.database(file=str(folder / "one.duckdb"))))
            database.execute("CREATE TABLE t (id BIGINT, x DOUBLE, s VARCHAR)")
            cursors = [database.cursor() for _ in range(case.sessions)]
            return [lambda i, cursor=cursor: cursor.execute(f"INSERT INTO t VALUES ({i}, 2.5, 'a')") for cursor in cursors]

        return Sessions(make, kept.close)

    def bulk_load(self, case, source):
        kept = contextlib.ExitStack()

        def make():
            folder = kept.enter_context(new_folder(source.home))
            return kept.enter_context(contextlib.closing(self.database(file=str(folder / "one.duckdb"))))

        text = f"CREATE TABLE t AS SELECT id, x, s, v::FLOAT[64] AS v FROM '{source.tables['bulk']}'"
        return Anew(make, lambda database: database.execute(text), lambda _: kept.close())


def close(database):
    database.close()
