"""What `/execute` of a small SELECT takes beyond the same statement in a process of its own."""

import argparse
import json
import pathlib
import socket
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "crates/linal-tests"))
from service.server import Server  # noqa: E402

SETUP = """CREATE TABLE points (id Int NOT NULL, label String, x Float)
INSERT INTO points SELECT n, CONCAT('label ', CAST(n % 100 AS String)), n * 0.5 FROM (SELECT UNNEST(RANGE(0, 1000)) AS n)"""
SELECT = "SELECT id, label, x FROM points WHERE id = 500"


class Connection:
    """One connection that stays open; as little of Python as there can be around the system's calls."""

    def __init__(self, address):
        self.stream = socket.create_connection(address)
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request):
        """Sends a request; returns the answer, which has a length."""
        self.stream.sendall(request)
        answer = self.stream.recv(1 << 16)
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self.stream.recv(1 << 16)
        start = answer.lower().index(b"content-length: ") + 16
        length = int(answer[start : answer.index(b"\r\n", start)])
        while len(answer) < end + 4 + length:
            answer += self.stream.recv(1 << 16)
        return answer[end + 4 :]


def timed(count, act):
    """Microseconds of each call, and what the calls returned."""
    times, found = [], []
    for _ in range(count):
        start = time.perf_counter_ns()
        found.append(act())
        times.append((time.perf_counter_ns() - start) / 1e3)
    return times, found


def line(name, times):
    """A line of the table."""
    times = sorted(times)
    print(f"{name:<42} p50 {statistics.median(times):9.1f} us, p99 {times[int(0.99 * len(times))]:9.1f} us")
    return statistics.median(times)


def embedded(count):
    """The same statement by the Python package, if it is installed."""
    try:
        import linal
    except ImportError:
        return None
    connection = linal.connect()
    for statement in SETUP.splitlines():
        connection.execute(statement)
    timed(count // 10, lambda: connection.execute(SELECT).fetchall())
    return timed(count, lambda: connection.execute(SELECT).fetchall())[0]


def main():
    parser = argparse.ArgumentParser(prog="python -m load.overhead", description=__doc__)
    parser.add_argument("linal", help="the binary")
    parser.add_argument("--count", type=int, default=2000)
    arguments = parser.parse_args()
    with Server(arguments.linal) as server:
        if server.execute(SETUP).status != 200:
            raise RuntimeError("the table is not there")
        connection = Connection(server.address())
        nothing = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
        body = SELECT.encode()
        request = b"POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        timed(arguments.count // 10, lambda: connection.ask(request))
        floor = line("a request that runs nothing (/health/live)", timed(arguments.count, lambda: connection.ask(nothing))[0])
        times, answers = timed(arguments.count, lambda: connection.ask(request))
        whole = line("/execute of a cached SELECT", times)
        inner = line("  of it the statement (`elapsed_ms`)", [json.loads(answer)["elapsed_ms"] * 1e3 for answer in answers])
        print(f"{'overhead over the statement':<42} p50 {whole - inner:9.1f} us, of which {floor:.1f} us are HTTP and this client")
    times = embedded(arguments.count)
    if times is None:
        print("the Python package is not installed: there is no embedded call to compare with")
    else:
        inside = line("the SELECT by the Python package", times)
        print(f"{'overhead over the embedded call':<42} p50 {whole - inside:9.1f} us (aim: below 150 us in a release build)")


if __name__ == "__main__":
    main()
