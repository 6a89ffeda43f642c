"""Hyper and chDB for suites of queries, each in a process of its own."""

import shutil

from ..stores import built, mark
from .worker import Worker


class SqlSuite:
    """An engine behind a worker; nothing is measured where no Python has its package."""

    def __init__(self, name, pythons, threads):
        self.name, self.pythons, self.threads = name, pythons, threads
        self.version, self.worker = None, None

    def open(self, suite, home):
        self.worker = Worker(self.pythons, f"{self.name}_worker.py", self.threads)
        self.version = self.worker.version
        if self.version is None:
            raise RuntimeError("not installed")
        folder = home / "stores" / f"{suite.data}.{self.name}"
        ready = suite.stored and built(folder)
        if not ready:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        tables = {} if ready else {name: str(path) for name, path in suite.tables.items()}
        self.worker.ask({"open": tables, "folder": str(folder), "memory_limit": suite.memory_limit})
        if suite.stored and not ready:
            mark(folder)

    def query(self, text, suite):
        answer = self.worker.ask({"query": text, "repeat": suite.repeat, "cold": suite.cold})
        return answer["rows"], answer["times"]

    def close(self):
        self.worker.end()
