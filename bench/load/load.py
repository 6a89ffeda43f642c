"""Load on a server of this machine: small selects, tensor statements, inserts and heavy queries from many clients."""

import argparse
import asyncio
import pathlib
import sys
import time

from .client import Class, open_loop, table

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "crates/linal-tests"))
from service.server import Checks, Server, directory  # noqa: E402

SETUP = """
CREATE TABLE points (id Int NOT NULL, label String, x Float, v Vector(8, f64))
INSERT INTO points SELECT n, CONCAT('label ', CAST(n % 100 AS String)), n * 0.5, [n, 1, 2, 3, 4, 5, 6, 7] FROM
  (SELECT a.n * 100 + b.n AS n FROM (SELECT UNNEST(RANGE(0, 200)) AS n) a CROSS JOIN (SELECT UNNEST(RANGE(0, 100)) AS n) b)
CREATE TABLE journal (number Int NOT NULL, word String)
"""
POINTS = 20_000

HEAVY = (
    "SELECT a.label, COUNT(*) AS pairs, SUM(a.x * b.x) AS s FROM points a JOIN points b ON a.label = b.label "
    "WHERE b.id < 1000 GROUP BY a.label ORDER BY s DESC LIMIT 5"
)


class Journal:
    """The numbers that were sent to be inserted, and those that were acknowledged or refused."""

    def __init__(self):
        self.sent = 0
        self.acknowledged = set()
        self.refused = set()

    def body(self, _):
        """The next insert."""
        self.sent += 1
        return {"statements": "INSERT INTO journal VALUES ($1, $2)", "parameters": [self.sent, f"word {self.sent}"]}

    def check(self, body, status, _):
        """Notes what became of an insert."""
        (self.acknowledged if status == 200 else self.refused).add(body["parameters"][0])


def classes(rate, journal):
    """The classes of requests; `rate` is that of all in a second."""

    def select(chance):
        return {"statements": "SELECT id, label, x FROM points WHERE id = $1", "parameters": [chance.randrange(POINTS)]}

    def one_row(body, status, answer):
        if status == 200 and [row[0] for row in answer["results"][0]["rows"]] != body["parameters"]:
            return f"a wrong answer: {answer}"

    def tensor(chance):
        return {"statements": "LET a = $m; LET b = a @ TRANSPOSE(a) + 1; SHOW SUM(b)", "parameters": {"m": [[chance.randrange(9), 1], [2, 3]]}}

    def a_sum(body, status, answer):
        (first, second), (third, fourth) = body["parameters"]["m"]
        columns = (first + third) ** 2 + (second + fourth) ** 2
        if status == 200 and answer["results"][-1]["data"] != [columns + 4]:
            return f"a wrong answer: {answer['results'][-1]} is not {columns + 4}"

    def heavy(_):
        return {"statements": HEAVY}

    def five(_, status, answer):
        if status == 200 and answer["results"][0]["row_count"] != 5:
            return f"a wrong answer: {answer}"

    return [
        Class("select", rate * 0.60, select, one_row),
        Class("tensor", rate * 0.20, tensor, a_sum),
        Class("insert", rate * 0.19, journal.body, journal.check),
        Class("heavy", rate * 0.01, heavy, five),
    ]


def inserted(server, journal, checks):
    """No insert is lost, and none is done twice."""
    rows = server.execute("SELECT number, COUNT(*) AS times FROM journal GROUP BY number").rows()
    times = dict(rows)
    checks.equal("inserts that are lost", sorted(journal.acknowledged - times.keys()), [])
    checks.equal("inserts that are done twice", [number for number, count in times.items() if count != 1], [])
    checks.equal("inserts that were refused and done", sorted(journal.refused & times.keys()), [])
    checks.equal("inserts that nobody sent", [number for number in times if not 0 < number <= journal.sent], [])


def level(server):
    """The memory of the server when nothing runs, by its own figure and by that of the system."""
    server.settle()
    seen = []
    for _ in range(10):
        time.sleep(0.2)
        seen.append((server.gauges()["linal_memory_bytes"], server.resident()))
    return tuple(min(values) for values in zip(*seen))


def run(arguments):
    """Warms the server up, measures, and compares what is left."""
    checks = Checks("load")
    with directory() as data, Server(arguments.linal, "--concurrency", str(arguments.concurrency), data=data) as server:
        made = server.execute(SETUP)
        if made.status != 200:
            raise RuntimeError(made.body)
        journal = Journal()

        def load(seconds, seed):
            of = classes(arguments.rate, journal)
            took = asyncio.run(open_loop(server.address(), of, arguments.clients, seconds, seed))
            return of, took

        # Threads, caches and buffers for later use are there afterwards, as they are in a server that has run for a while.
        load(max(2, arguments.seconds / 4), arguments.seed + 1)
        before = level(server)
        cpu = server.cpu_seconds()
        measured, took = load(arguments.seconds, arguments.seed)
        cpu = server.cpu_seconds() - cpu
        after = level(server)
        print(table(measured))
        print(f"{arguments.rate}/s of {arguments.clients} clients for {arguments.seconds} s took {took:.1f} s, and {cpu:.1f} s of processors")
        for name, first, second in zip(("own figure", "system"), before, after):
            print(f"memory, {name}: {first / 1e6:.1f} MB before, {second / 1e6:.1f} MB after")
        for one in measured:
            checks.equal(f"{one.name}: errors that are not promised", one.wrong[:3], [])
        inserted(server, journal, checks)
        # What was inserted stays. Beside a server that is as small as this one, what the allocator and the folding of
        # inserts keep is more than a tenth; it does not grow with the length of the run.
        rows = len(journal.acknowledged) * 200
        for name, first, second, least in zip(("own figure", "system"), before, after, (4e6, 40e6)):
            slack = max(0.1 * first, least) + rows
            checks.true(f"memory, {name}: {first} before, {second} after", second <= first + slack)
        checks.equal("what is left over", server.settle(data=data), {})
        checks.equal("the exit code", server.stop(), 0)
    checks.end()


def main():
    parser = argparse.ArgumentParser(prog="python -m load.load", description=__doc__)
    parser.add_argument("linal", help="the binary")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--rate", type=float, default=200, help="requests a second")
    parser.add_argument("--concurrency", type=int, default=2, help="statements that run at once")
    parser.add_argument("--seed", type=int, default=1)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
