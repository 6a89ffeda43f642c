"""DuckDB, in this process."""

import threading

import duckdb

from ...engine import Answer


class Duck:
    """A database in memory with the tables of a database."""

    dialect = "duckdb"

    def __init__(self, setup, seconds=5.0):
        self.seconds = seconds
        self.connection = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
        # NULLs as in PostgreSQL.
        self.connection.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
        for statement in setup:
            self.connection.execute(statement)

    def ask(self, text):
        timer = threading.Timer(self.seconds, self.connection.interrupt)
        timer.start()
        try:
            cursor = self.connection.execute(text)
            names = [column[0] for column in cursor.description]
            return Answer("rows", rows=cursor.fetchall(), names=names)
        except (duckdb.Error, RuntimeError, OverflowError, ValueError) as error:
            message = str(error).split("\n")[0]
            kind = "unsupported" if unsupported(message) else "error"
            return Answer(kind, message=message)
        finally:
            timer.cancel()

    def close(self):
        self.connection.close()


def unsupported(message):
    return message.startswith(("Not implemented", "Binder", "Parser", "INTERRUPT", "INTERNAL", "Catalog", "Interrupt"))
