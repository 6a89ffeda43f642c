"""PostgreSQL: a private server in a temporary folder, accessed through psql."""

import atexit
import glob
import os
import pathlib
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time

from ...engine import Answer

CELL, ROW, NULL = "\x1f", "\x1e", "\x02"
MARK = "@@end"
# LINAL's division: floats follow IEEE 754, where PostgreSQL reports an error.
DIVISION = """
CREATE FUNCTION linal_div(a float8, b float8) RETURNS float8 IMMUTABLE STRICT LANGUAGE sql AS $$
SELECT CASE WHEN b <> 0 THEN a / b WHEN a = 'NaN' OR a = 0 OR b = 'NaN' THEN 'NaN'::float8
WHEN (a > 0) = (b::text NOT LIKE '-%') THEN 'Infinity'::float8 ELSE '-Infinity'::float8 END $$;
"""


def find_postgres():
    """The folder of the server's programs, or None where it is not installed."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    for folder in folders + os.environ.get("PATH", "").split(":"):
        if folder and all((pathlib.Path(folder) / name).exists() for name in ("initdb", "postgres", "psql")):
            return folder
    return None


class Server:
    """The server, which ends with this process."""

    def __init__(self, programs):
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="linal-fuzz-pg-")
        # The server does not run as root.
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        data = f"{self.folder}/data"
        self.call("initdb", "-D", data, "-A", "trust", "--locale=C", "-E", "UTF8", "-N", "-U", "fuzz")
        options = ["-k", self.folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "jit=off", "-c", "statement_timeout=5s"]
        options += ["-c", "timezone=UTC", "-c", "max_connections=10"]
        self.running = subprocess.Popen(
            self.as_user([f"{programs}/postgres", "-D", data, *options]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder
        )
        atexit.register(self.stop)
        self.wait()

    def as_user(self, command):
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", *command] if self.user else command

    def call(self, name, *arguments):
        subprocess.run(self.as_user([f"{self.programs}/{name}", *arguments]), check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def wait(self):
        for _ in range(100):
            probe = [f"{self.programs}/psql", "-h", self.folder, "-U", "fuzz", "-d", "postgres", "-c", "SELECT 1"]
            if subprocess.run(self.as_user(probe), capture_output=True, cwd=self.folder).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL does not start")

    def stop(self):
        # Immediately, without waiting for sessions.
        self.running.send_signal(signal.SIGQUIT)
        self.running.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres:
    """A session of the server with the tables of a database, in a schema of their own."""

    dialect = "postgres"

    def __init__(self, server, setup, seconds=15.0):
        self.seconds = seconds
        command = [f"{server.programs}/psql", "-h", server.folder, "-U", "fuzz", "-d", "postgres", "-X", "-q", "-A"]
        command += ["-F", CELL, "-R", ROW, "-P", f"null={NULL}", "-P", "footer=off"]
        self.process = subprocess.Popen(
            server.as_user(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=server.folder
        )
        self.send("SET client_min_messages = error; DROP SCHEMA IF EXISTS fuzz CASCADE; CREATE SCHEMA fuzz; SET search_path = fuzz;" + DIVISION)
        self.send("SET standard_conforming_strings = on; SET extra_float_digits = 1; SET datestyle = 'ISO';")
        self.failed = self.send(";\n".join(setup) + ";")

    def send(self, text):
        """The output of psql for some statements."""
        # A backslash outside a string would be a command of psql.
        self.process.stdin.write(f"{text}\n\\echo {MARK}\n".encode())
        self.process.stdin.flush()
        ending = f"{MARK}\n".encode()
        got = b""
        deadline = time.monotonic() + self.seconds
        while not got.endswith(ending):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(self.process.stdout.fileno(), 1 << 16) if ready else b""
            if not chunk:
                raise RuntimeError("psql does not answer")
            got += chunk
        return got[: -len(ending)].decode("utf-8", "replace")

    def ask(self, text):
        try:
            printed = self.send(text + ";")
        except RuntimeError as error:
            return Answer("unsupported", message=str(error))
        if printed.startswith("ERROR:") or "\nERROR:" in printed:
            return Answer("error", message=printed.strip().split("\n")[0])
        lines = printed.rstrip("\n").split(ROW)
        cells = [tuple(PgText(cell) if cell != NULL else None for cell in line.split(CELL)) for line in lines]
        return Answer("rows", rows=cells[1:], names=list(cells[0]))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class PgText(str):
    """Parses a value printed by PostgreSQL; the other side determines its type."""
