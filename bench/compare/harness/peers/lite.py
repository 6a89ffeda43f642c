"""SQLite, of Python's own module."""

import contextlib
import sqlite3

from ..stores import new_folder
from . import Peer
from .anew import Anew, Sessions

TABLE = "CREATE TABLE t (id INTEGER{key}, x REAL, s TEXT)"


class Sqlite(Peer):
    """Connections that sync each commit, as linal's directory does: WAL, synchronous=FULL."""

    name = "sqlite"

    def durable_insert(self, case, source):
        """Each session is a connection, in a thread; one waits for another as long as it takes."""
        kept = contextlib.ExitStack()

        def make():
            path = kept.enter_context(new_folder(source.home)) / "one.sqlite"
            sessions = [kept.enter_context(contextlib.closing(self.connect(path))) for _ in range(case.sessions)]
            sessions[0].execute(TABLE.format(key=""))
            return [
                lambda i, session=session: session.execute(f"INSERT INTO t VALUES ({i}, 2.5, 'a')") for session in sessions
            ]

        return Sessions(make, kept.close)

    def connect(self, path):
        connection = sqlite3.connect(path, timeout=600, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def key_insert(self, case, source):
        """A database in memory. Its key of integers is the row's number, and costs nothing."""
        key = " PRIMARY KEY" if case.name.endswith("/key") else ""

        def make():
            connection = sqlite3.connect(":memory:", isolation_level=None)
            connection.execute(TABLE.format(key=key))
            return connection, [f"INSERT INTO t VALUES ({i}, 2.5, 'a')" for i in range(case.batch)]

        def run(state):
            connection, statements = state
            for statement in statements:
                connection.execute(statement)

        whole = Anew(make, run, lambda state: state[0].close())
        return PerStatement(whole)


class PerStatement(Anew):
    """The times of another divided by the batch."""

    def __init__(self, whole):
        self.whole = whole

    def measure(self, repeat, batch):
        answer, times = self.whole.measure(repeat, batch)
        return answer, [time / batch for time in times]
