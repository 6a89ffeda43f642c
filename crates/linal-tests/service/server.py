"""A server in a process of its own, looked at from outside only."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")


class Answer:
    """The answer of a request."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    def rows(self):
        """The rows of the last result."""
        if self.status != 200:
            raise RuntimeError(f"{self.status}: {self.body[:500]!r}")
        return self.json()["results"][-1]["rows"]

    @property
    def error(self):
        """The name of the error; empty when there is none."""
        try:
            return self.json().get("error", {}).get("name", "")
        except (ValueError, AttributeError):
            return ""


class Server:
    """`linal serve` on free ports of this machine."""

    def __init__(self, linal, *options, data=None, flight=False, pg=False, environment=None):
        self.command = [linal, "serve", "--bind", "127.0.0.1:0"]
        self.command += ["--data", data] if data else []
        self.command += ["--flight-bind", "127.0.0.1:0"] if flight else []
        self.command += ["--pg-bind", "127.0.0.1:0"] if pg else []
        self.command += options
        self.protocols = 1 + flight + pg
        self.environment = {**os.environ, **(environment or {})}
        self.start()

    def start(self):
        """Starts the process, and waits until it listens."""
        self.log, self.urls = [], {}
        self.process = subprocess.Popen(
            self.command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=self.environment
        )
        listens = threading.Event()
        threading.Thread(target=self._read, args=(self.process, listens), daemon=True).start()
        if not listens.wait(60) or len(self.urls) < self.protocols:
            self.process.kill()
            raise RuntimeError(f"the server has not started: {self.log}")

    def _read(self, process, listens):
        """Keeps what the server says, so that it never waits for a reader."""
        for line in process.stderr:
            found = re.search(r"listening on ([\w+]+)://(\S+)", line)
            if found:
                self.urls[found.group(1)] = found.group(2)
                if len(self.urls) == self.protocols:
                    listens.set()
            self.log.append(line)
            del self.log[:-200]
        listens.set()

    @property
    def pid(self):
        """The number of the process."""
        return self.process.pid

    def address(self, scheme=None):
        """Host and port of a protocol; of HTTP without a name."""
        found = self.urls.get(scheme) if scheme else self.urls.get("http") or self.urls.get("https")
        host, port = found.rsplit(":", 1)
        return host, int(port)

    def kill(self):
        """Ends the process without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=60)

    def stop(self):
        """Asks the process to end; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise

    def request(self, method, path, body=None, headers=None, token=None, timeout=120):
        """Sends a request over a connection of its own."""
        connection = http.client.HTTPConnection(*self.address(), timeout=timeout)
        with contextlib.closing(connection):
            headers = dict(headers or {})
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
                headers.setdefault("Content-Type", "application/json")
            if isinstance(body, str):
                body = body.encode()
            if token is not None:
                headers["Authorization"] = f"Bearer {token}"
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def get(self, path, **options):
        """GET."""
        return self.request("GET", path, **options)

    def execute(self, statements, **options):
        """Runs statements."""
        return self.request("POST", "/execute", statements, **options)

    def gauges(self, token=None):
        """The values of `/metrics` that have no labels."""
        lines = self.get("/metrics", token=token).body.decode().splitlines()
        pairs = (line.split(" ") for line in lines if line.startswith("linal_") and "{" not in line)
        return {name: float(value) for name, value in pairs}

    def resident(self):
        """Bytes of memory that the system counts for the process, without pages of files."""
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) * 1024
        raise LookupError("RssAnon")

    def cpu_seconds(self):
        """Time that all threads of the process have computed."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def open_files(self):
        """Number of descriptors of the process."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def left_over(self, token=None, data=None):
        """What the server holds although nobody asks for anything: names of what is not as in a new server."""
        gauges = self.gauges(token)
        found = {
            name: value
            for name in ("linal_statements_running", "linal_statements_queued", "linal_sessions")
            if (value := gauges[name])
        }
        if gauges["linal_connections"] > 1:
            found["linal_connections"] = gauges["linal_connections"]
        active = [q for q in self.get("/queries", token=token).json() if q["state"] in ("queued", "running")]
        if active:
            found["queries"] = active
        if data:
            files = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(data, "spill")) for name in names]
            if files:
                found["spill"] = files
        return found

    def settle(self, token=None, data=None, seconds=10):
        """Waits until nothing is left over; returns what is left at the end."""
        end = time.monotonic() + seconds
        while (found := self.left_over(token, data)) and time.monotonic() < end:
            time.sleep(0.05)
        return found

    def token(self, name, rights, *options):
        """Makes a token beside the running server."""
        data = self.command[self.command.index("--data") + 1]
        return make_token(self.command[0], data, name, rights, *options)


def make_token(linal, data, name, rights, *options):
    """Makes a token."""
    command = [linal, "token", "create", "--data", data, "--name", name, "--rights", rights, *options]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    return re.search(r"linal_[A-Za-z0-9_-]{43}", ended.stdout).group()


@contextlib.contextmanager
def directory():
    """A database directory for the time of a check."""
    with tempfile.TemporaryDirectory(prefix="linal-service-") as folder:
        yield folder


def wait_for(look, seconds=60, pause=0.02):
    """Looks until there is something; `None` when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(pause)
    return None


def percentile(values, share):
    """The value below which a share of values lies."""
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


class Checks:
    """Counts checks and reports those that fail."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failures = []

    def equal(self, what, found, expected):
        """Compares two values."""
        if found == expected:
            self.passed += 1
        else:
            self.failures.append(f"{what}: {found!r} is not {expected!r}")

    def within(self, what, found, *expected):
        """Compares a value with several that may be."""
        if found in expected:
            self.passed += 1
        else:
            self.failures.append(f"{what}: {found!r} is none of {expected!r}")

    def true(self, what, condition):
        """Takes a condition."""
        self.equal(what, bool(condition), True)

    def end(self):
        """Prints the result; ends the process when something has failed."""
        for failure in self.failures:
            print(failure)
        print(f"{self.name}: {self.passed} checks passed, {len(self.failures)} failed")
        if self.failures:
            sys.exit(1)
