"""Isolation of damage: one client does harm, and the answers of the others come as before; nothing is left of it."""

import argparse
import asyncio
import contextlib
import http.client
import os
import pathlib
import socket
import struct
import sys
import threading
import time

from .client import Class, open_loop

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "crates/linal-tests"))
from service.server import Checks, Server, directory  # noqa: E402

SETUP = """
CREATE TABLE points (id Int NOT NULL, x Float)
INSERT INTO points SELECT n, n * 0.5 FROM (SELECT UNNEST(RANGE(0, 2000)) AS n)
CREATE TABLE journal (number Int NOT NULL)
"""

# Runs until it is stopped.
ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) SELECT COUNT(*) FROM r"
# An answer that has no end for a client with little patience.
LONG = "SELECT a.id, b.id AS other, a.x + b.x AS s FROM points a JOIN points b ON TRUE"
# The requests that a client sends in a phase, with pauses between them.
PAUSE = 0.1


def others(rate):
    """What the other clients do."""
    numbers = iter(range(1 << 60))
    return [
        Class("select", rate * 0.6, lambda chance: {"statements": "SELECT x FROM points WHERE id = $1", "parameters": [chance.randrange(2000)]}),
        Class("tensor", rate * 0.2, lambda _: {"statements": "LET a = [[1, 2], [3, 4]]; SHOW SUM(a @ a)"}),
        Class("insert", rate * 0.2, lambda _: {"statements": "INSERT INTO journal VALUES ($1)", "parameters": [next(numbers)]}),
    ]


class Harm:
    """A client that does the same harm again and again."""

    def __init__(self, server, act):
        self.server, self.act = server, act
        self.count, self.wrong = 0, []
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while not self.ends.wait(PAUSE):
            try:
                complaint = self.act(self.server)
            except Exception as error:  # A client that is broken must not end the check without a word.
                complaint = f"{type(error).__name__}: {error}"
            self.count += 1
            if complaint:
                self.wrong.append(complaint)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()


def exceeds_memory(server):
    """A tensor and a sort that are larger than their limit."""
    for statements in (
        "LET a = ONES [4000, 4000]; LET b = a * 2 + a; SHOW SUM(b @ b)",
        "SELECT a.id, b.id, CONCAT('a text of some length ', CAST(a.id * b.id AS String)) AS t FROM points a JOIN points b ON TRUE ORDER BY t",
    ):
        answer = server.execute(statements, headers={"X-Linal-Memory-Limit": "8MB"})
        if answer.status != 507:
            return f"{answer.status}: {answer.body[:200]!r}"


def times_out(server):
    """A statement that never ends."""
    answer = server.execute(ENDLESS, headers={"X-Linal-Timeout": "300ms"})
    if answer.status != 408:
        return f"{answer.status}: {answer.body[:200]!r}"


def disconnects(server):
    """Goes away within a long answer, with a reset, and while a statement runs."""
    for statements, reads in ((LONG, 1 << 16), (ENDLESS, 0)):
        with contextlib.closing(socket.create_connection(server.address(), timeout=30)) as stream:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            head = f"POST /execute HTTP/1.1\r\nHost: localhost\r\nAccept: application/jsonl\r\nContent-Length: {len(statements)}\r\n\r\n"
            stream.sendall(head.encode() + statements.encode())
            while reads > 0:
                part = stream.recv(1 << 14)
                if not part:
                    return "the answer has ended"
                reads -= len(part)
            time.sleep(0.1)


GARBAGE = os.urandom(1 << 20)


def sends_garbage(server):
    """100 MB that are no request, to each protocol, and 100 MB as the body of one."""
    for scheme in ("http", "grpc", "postgresql"):
        with contextlib.closing(socket.create_connection(server.address(scheme), timeout=30)) as stream:
            with contextlib.suppress(OSError):  # The server ends the connection when it wants to.
                for _ in range(100):
                    stream.sendall(GARBAGE)
    connection = http.client.HTTPConnection(*server.address(), timeout=60)
    with contextlib.closing(connection):
        body = (GARBAGE for _ in range(100))
        connection.request("POST", "/execute", body, {"Content-Length": str(100 << 20)})
        status = connection.getresponse().status
        if status != 413:
            return f"a body of 100 MB: {status}"


HARMS = {
    "memory": exceeds_memory,
    "timeout": times_out,
    "disconnect": disconnects,
    "garbage": sends_garbage,
}


def run(arguments):
    """Measures a quiet server, and one with each kind of harm."""
    checks = Checks("damage")
    # More places than the one client that does harm can take, as on a server with some cores.
    options = ["--concurrency", "4", "--timeout", "20s"]
    with directory() as data, Server(arguments.linal, *options, data=data, flight=True, pg=True) as server:
        made = server.execute(SETUP)
        if made.status != 200:
            raise RuntimeError(made.body)

        def measured(seed):
            classes = others(arguments.rate)
            asyncio.run(open_loop(server.address(), classes, arguments.clients, arguments.seconds, seed))
            for one in classes:
                checks.equal(f"{one.name}: errors of others", one.wrong[:3], [])
                checks.equal(f"{one.name}: refused", sum(one.statuses.values()) - one.statuses[200], 0)
            every = Class("all", 0, None)
            every.times = [time for one in classes for time in one.times]
            return every.percentile(0.5), every.percentile(0.99)

        measured(0)
        before = server.settle(data=data)
        checks.equal("left over in quiet", before, {})
        files = server.open_files()
        quiet = measured(1)
        print(f"{'quiet':<12} p50 {quiet[0]:8.1f} ms, p99 {quiet[1]:8.1f} ms")
        for name, act in HARMS.items():
            with Harm(server, act) as harm:
                found = measured(1)
            print(f"{name:<12} p50 {found[0]:8.1f} ms, p99 {found[1]:8.1f} ms, {found[1] / quiet[1]:5.1f} times quiet; harm was done {harm.count} times")
            checks.true(f"{name}: harm is done", harm.count > 0)
            checks.equal(f"{name}: what the client saw", harm.wrong[:3], [])
            if arguments.slack is not None:
                checks.true(f"{name}: p99 {found[1]:.1f} ms, quiet {quiet[1]:.1f} ms", found[1] <= 3 * quiet[1] + arguments.slack)
            checks.equal(f"{name}: left over", server.settle(data=data), {})
            # A lock that is held would make these wait.
            for statements in ("INSERT INTO journal VALUES (-1)", "CREATE TABLE t (a Int); DROP TABLE t", "CHECKPOINT"):
                answer = server.execute(statements, headers={"X-Linal-Timeout": "10s"})
                checks.equal(f"{name}: {statements}", answer.status, 200)
        server.settle(data=data)
        checks.true(f"descriptors: {files} before, {server.open_files()} after", server.open_files() <= files + 8)
        checks.equal("the exit code", server.stop(), 0)
    checks.end()


def main():
    parser = argparse.ArgumentParser(prog="python -m load.damage", description=__doc__)
    parser.add_argument("linal", help="the binary")
    parser.add_argument("--seconds", type=float, default=10, help="of each phase")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rate", type=float, default=40, help="requests of the others in a second")
    parser.add_argument("--slack", type=float, help="fails if p99 is beyond 3 times its quiet value and so many ms; else it is printed")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
