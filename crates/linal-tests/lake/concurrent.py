"""A reader that never stops while a writer commits transfers, folds and changes the schema."""

import json
import os
import subprocess
import sys

from .connect import attach
from .kinds import INT, TEXT


def read_sums(root):
    """The process of the reader: reads until its standard input ends, then prints what it saw. It is a process of its own, since two copies
    of SQLite in one process do not see each other's locks."""
    connection = attach(root)
    os.set_blocking(sys.stdin.fileno(), False)
    problems, reads = [], 0
    while sys.stdin.buffer.read(1) is None or reads < 20:
        try:
            total, rows = connection.execute("SELECT sum(x), count(*) FROM db.t").fetchone()
            if total != 0 or rows % 2:
                problems.append(f"a reader saw {rows} rows with the sum {total}")
        except Exception as error:
            if not is_race(str(error)):
                problems.append(f"a reader failed: {error}")
        reads += 1
    print(json.dumps({"problems": problems[:5], "reads": reads, "failed": len(problems)}))


def is_race(error):
    """A query that begins while a schema is committed: DuckDB looks up names in one state of the catalog and scans in a later one."""
    return "ducklake_inlined_data_" in error and "does not exist" in error


def transfers(directory, t, number):
    with directory.commit("INSERT"):
        t.insert([[number, number], [number, -number]])
    with directory.commit("UPDATE"):
        t.update(sorted(t.rows)[:1], "x", lambda x: x + 5)
        t.update(sorted(t.rows)[1:2], "x", lambda x: x - 5)
    if number % 5 == 0:
        with directory.commit(None):
            t.fold()
    if number % 11 == 0:
        with directory.commit("ALTER"):
            t.add_column(f"c{number}", TEXT, "z")
    if number % 7 == 0:
        with directory.commit("DELETE"):
            pair = [row_id for row_id, row in sorted(t.rows.items()) if row[1] == number]
            t.remove(pair)


def consistent_reader(new_directory):
    directory = new_directory()
    with directory.commit("CREATE"):
        t = directory.create_dataset("t", [("id", INT), ("x", INT)])
        t.insert([[0, 0], [0, 0]])
    command = [sys.executable, "-m", "lake.concurrent", directory.root]
    reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=os.path.join(os.path.dirname(__file__), ".."))
    for number in range(1, 200):
        transfers(directory, t, number)
    answer = json.loads(reader.communicate()[0])
    yield from answer["problems"]
    if answer["reads"] < 20:
        yield f"only {answer['reads']} reads"


CASES = (consistent_reader,)

if __name__ == "__main__":
    read_sums(sys.argv[1])
