"""Hyper, for sql_suite.py; needs tableauhyperapi and nothing of this package. See sql_worker.py."""

import os
import pathlib
import sys

import tableauhyperapi
from sql_worker import serve
from tableauhyperapi import Connection, CreateMode, HyperProcess, Telemetry


class Hyper:
    """A server process of Hyper over a database file; it is started again to be cold."""

    version = tableauhyperapi.__version__

    def __init__(self, threads):
        self.threads = threads
        self.process = self.connection = self.file = self.memory_limit = None

    def open(self, tables, folder, memory_limit):
        self.file, self.memory_limit = pathlib.Path(folder) / "database.hyper", memory_limit
        self.connect()
        for name, path in tables.items():
            source = f"external('{path}', FORMAT => 'parquet')"
            with self.connection.execute_query(f"SELECT * FROM {source} LIMIT 0") as result:
                columns = [column.name.unescaped for column in result.schema.columns]
            # Names without quotes are in small letters to Hyper.
            named = ", ".join(f'"{column}" AS {column.lower()}' for column in columns)
            self.connection.execute_command(f"CREATE TABLE {name} AS (SELECT {named} FROM {source})")

    def connect(self):
        parameters = {"log_config": "", "hard_concurrent_query_thread_limit": str(self.threads)}
        if self.memory_limit:
            parameters["memory_limit"] = str(self.memory_limit)
        self.process = HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=parameters)
        self.connection = Connection(self.process.endpoint, self.file, CreateMode.CREATE_IF_NOT_EXISTS)

    def rows(self, text):
        return self.connection.execute_list_query(text)

    def evict(self):
        descriptor = os.open(self.file, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)

    def close(self):
        if self.process is not None:
            self.connection.close()
            self.process.close()
            self.process = None


serve(Hyper(int(sys.argv[1])))
