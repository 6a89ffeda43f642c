"""SQLite, in this process."""

import sqlite3
import time

from ...engine import Answer


class Sqlite:
    """A database in memory with the tables of a database."""

    dialect = "sqlite"

    def __init__(self, setup, seconds=5.0):
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute("PRAGMA case_sensitive_like = 1")
        for statement in setup:
            self.connection.execute(statement)
        self.seconds = seconds
        self.deadline = 0.0
        self.connection.set_progress_handler(lambda: int(time.monotonic() > self.deadline), 100_000)

    def ask(self, text):
        self.deadline = time.monotonic() + self.seconds
        try:
            cursor = self.connection.execute(text)
            names = [column[0] for column in cursor.description]
            return Answer("rows", rows=cursor.fetchall(), names=names)
        except (sqlite3.Error, OverflowError) as error:
            return Answer("unsupported", message=str(error))

    def close(self):
        self.connection.close()
