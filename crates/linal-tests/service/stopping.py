"""Statements past their time: how long they go on, and whether their threads rest afterwards."""

import argparse
import pathlib
import random
import time

from .server import Checks, Server, directory

SETUP = """
CREATE TABLE points (id Int NOT NULL, x Float)
INSERT INTO points SELECT n, SIN(n) FROM (SELECT UNNEST(RANGE(0, 3000)) AS n)
CREATE TABLE copy (id Int, x Float)
"""
PAIRS = "points a JOIN points b ON TRUE"

CHANCE = random.Random(1)
LETTERS = "".join(CHANCE.choice("ab") for _ in range(1_000_000))

# A name, what comes before in the same session, the statement, and its time in seconds.
CASES = [
    # As large as a decomposition of some thousand rows.
    ("SOLVE", "LET a = RANDOM [3000, 3000] SEED 1; LET b = RANDOM [3000] SEED 1", "LET s = SOLVE(a, b)", 0.3),
    ("INVERSE", "LET a = RANDOM [2500, 2500] SEED 1", "LET s = INVERSE(a)", 0.3),
    ("DET", "LET a = RANDOM [3000, 3000] SEED 1", "LET s = DET(a)", 0.3),
    ("product", "LET a = RANDOM [4000, 4000] SEED 1", "LET s = a @ a", 0.3),
    ("transform", "LET a = RANDOM [8000003] SEED 1", "LET s = FFT(a)", 0.3),
    ("sort", "", f"SELECT a.x * b.x AS p FROM {PAIRS} ORDER BY p LIMIT 1 OFFSET 8000000", 0.5),
    ("sort of texts", "", f"SELECT CONCAT(CAST(a.x AS String), CAST(b.x AS String)) AS p FROM {PAIRS} ORDER BY p LIMIT 1 OFFSET 8000000", 0.5),
    ("join", "", "SELECT COUNT(*) FROM points a JOIN points b ON a.x < b.x JOIN points c ON a.x + c.x < b.x", 0.5),
    ("aggregate", "", f"SELECT a.id * b.id AS k, SUM(a.x) AS s FROM {PAIRS} GROUP BY k ORDER BY s LIMIT 1", 0.5),
    # Texts and a pattern for which the engine of expressions has a new state at each letter.
    ("expression", "", "SELECT COUNT(*) FROM random a JOIN points ON a.t ~ '[ab]*a[ab]{300}[c-z]'", 0.5),
    ("expression over one text", "LET n = 1", {"statements": "SELECT $1 ~ '[ab]*a[ab]{300}[c-z]'", "parameters": [LETTERS]}, 0.3),
    ("replacements in one text", "LET n = 1", {"statements": "SELECT LENGTH(REGEXP_REPLACE($1, 'a', 'xyz', 'g')) AS n", "parameters": [LETTERS * 40]}, 0.2),
    ("search of one text", "LET n = 1", {"statements": "SELECT $1 SIMILAR TO '%[c-z]%[c-z]'", "parameters": [LETTERS * 40]}, 0.05),
    ("terms", "LET n = 1", "LET s = " + " + ".join(["n"] * 1_000_000), 0.1),
    ("conditions", "LET n = 1", "SELECT COUNT(*) FROM points WHERE " + " OR ".join(f"x < -{number}.5" for number in range(15_000)), 0.1),
    ("import", "", "IMPORT DATASET FROM 'large.csv' AS imported", 0.5),
    ("read", "", "LET m = READ_CSV('numbers.csv')", 0.5),
    ("insert", "", f"INSERT INTO copy SELECT a.id, b.x FROM {PAIRS}", 0.5),
    ("commit of new rows", "BEGIN; " + "; ".join([f"INSERT INTO copy SELECT a.id, b.x FROM {PAIRS} LIMIT 600000"] * 3), "COMMIT", 0.1),
    ("commit of vectors", "CREATE TABLE IF NOT EXISTS v (v Vector(128)); BEGIN; INSERT INTO v SELECT [id] * ONES(128) FROM copy LIMIT 200000", "COMMIT", 0.05),
    ("commit", "; ".join([f"INSERT INTO copy SELECT a.id, b.x FROM {PAIRS} LIMIT 600000"] * 4 + ["BEGIN", "UPDATE copy SET x = x + 1"]), "COMMIT", 0.3),
]


QUICK = ("SOLVE", "sort", "expression", "import", "insert")


def measure(server, name, before, statement, seconds, checks):
    """Runs one past its time; returns milliseconds beyond it, and the time that its threads have computed since."""
    session = server.request("POST", "/sessions").json()["id"]
    headers = {"X-Linal-Session": session}
    if before:
        made = server.execute(before, headers=headers)
        checks.equal(f"{name}: before: {made.body[:200]!r}", made.status, 200)
    start = time.monotonic()
    answer = server.execute(statement, headers={**headers, "X-Linal-Timeout": f"{int(seconds * 1000)}ms"})
    beyond = (time.monotonic() - start - seconds) * 1e3
    time.sleep(0.1)
    cpu = server.cpu_seconds()
    time.sleep(0.5)
    cpu = server.cpu_seconds() - cpu
    checks.true(f"{name}: {answer.status} {answer.body[:300]!r}", answer.status in (200, 408))
    checks.equal(f"{name}: its session goes on", server.execute("SHOW 1", headers=headers).status, 200)
    checks.equal(f"{name}: its session ends", server.request("DELETE", f"/sessions/{session}").status, 204)
    return answer.status, beyond, cpu


def main():
    parser = argparse.ArgumentParser(prog="python -m service.stopping", description=__doc__)
    parser.add_argument("linal", help="the binary")
    parser.add_argument("--most", type=float, help="fails beyond so many ms; else they are printed")
    parser.add_argument("--only", help="one case")
    parser.add_argument("--quick", action="store_true", help="the cases that take little time before they can be stopped")
    arguments = parser.parse_args()
    checks = Checks("stopping")
    with directory() as folder:
        data, files = f"{folder}/data", pathlib.Path(folder, "files")
        files.mkdir()
        lines = [f"{number},{number * 0.5},text {number}\n" for number in range(2000)]
        with open(files / "large.csv", "w") as large:
            large.write("id,x,t\n")
            for _ in range(500 if arguments.quick else 2000):
                large.writelines(lines)
        with open(files / "numbers.csv", "w") as numbers:
            for number in range(0 if arguments.quick else 1_500_000):
                numbers.write(f"{number},{number * 0.25}\n")
        with Server(arguments.linal, "--files", str(files), "--timeout", "10min", "--concurrency", "2", data=data) as server:
            made = server.execute(SETUP)
            if made.status != 200:
                raise RuntimeError(made.body)
            lines = "\n".join(LETTERS[start : start + 1000] for start in range(0, len(LETTERS), 1000))
            server.request("PUT", "/datasets/random", f"t\n{lines}\n", {"Content-Type": "text/csv"})
            for name, before, statement, seconds in CASES:
                if arguments.only not in (None, name) or arguments.quick and name not in QUICK:
                    continue
                status, beyond, cpu = measure(server, name, before, statement, seconds, checks)
                if status == 200 and beyond <= 0:
                    print(f"{name:<26} ended before its time of {seconds * 1e3:.0f} ms was over: nothing is measured")
                    continue
                if status == 200:
                    print(f"{name:<26} was not stopped:")
                print(f"{name:<26} {beyond:8.0f} ms beyond {seconds * 1e3:.0f} ms; threads compute {cpu * 1e3:.0f} ms of the next 500 ms", flush=True)
                if arguments.most is not None:
                    checks.true(f"{name}: {beyond:.0f} ms", beyond <= arguments.most)
                checks.true(f"{name}: its threads rest ({cpu:.2f} s)", cpu <= 0.15)
            checks.equal("what is left over", server.settle(data=data), {})
            checks.equal("the exit code", server.stop(), 0)
    checks.end()


if __name__ == "__main__":
    main()
