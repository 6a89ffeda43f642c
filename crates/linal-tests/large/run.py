"""A database larger than memory: loads, groups, sorts, joins, searches, changes, exports and imports it under a memory limit, each in
a process of its own, and prints the greatest resident memory of each as the system counts it.

    python3 crates/linal-tests/large/run.py target/release/linal --gigabytes 5 --limit 512MB --most 1024

Exits with 1 when a step fails or needs more than `--most` MiB. The directory is removed at the end.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

WIDTH = 128
ROWS_OF_A_LOAD = 500_000
# Vector, three numbers, and a text.
BYTES_OF_A_ROW = 4 * WIDTH + 3 * 8 + 24


def resident(pid: int) -> int:
    """The greatest resident memory of a process so far, in KiB."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line.split() for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0][1]) if lines else 0


def run(linal: str, limit: str, directory: pathlib.Path, statement: str) -> tuple[float, int, str, int]:
    command = [linal, "--data", str(directory), "--memory-limit", limit, "--format", "csv", "-c", statement]
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    peak = 0

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    watcher.join()
    return time.monotonic() - start, peak, output, process.returncode


def steps(loads: int, target: pathlib.Path) -> list[tuple[str, str]]:
    """The statements, with a name for each."""
    cells = ", ".join(f"x + {at}" if at % 2 else f"x * {at + 1}" for at in range(WIDTH))
    rows = f"SELECT row AS id, row * 0.001 AS x FROM ROWS(ARANGE 0, {ROWS_OF_A_LOAD})"
    load = (
        f"INSERT INTO big SELECT id + {{first}}, id % 1000, x, 'name ' || CAST(id % 5000 AS VARCHAR), [{cells}] FROM ({rows})"
    )
    query = "[" + ", ".join(str(at + 1) for at in range(WIDTH)) + "]"
    made = [("create", f"DATASET big COLUMNS (id: Int, g: Int, x: Float, name: String, v: Vector({WIDTH}))")]
    made += [(f"load {at + 1}", load.format(first=at * ROWS_OF_A_LOAD)) for at in range(loads)]
    return made + [
        ("count", "SELECT COUNT(*), SUM(id) FROM big"),
        ("group", "SELECT g, COUNT(*), AVG(x), MAX(name) FROM big GROUP BY g ORDER BY g LIMIT 3"),
        ("centroids", "SELECT g, AVG_VEC(v) FROM big WHERE g < 3 GROUP BY g ORDER BY g"),
        ("sort", f"COPY (SELECT id, name, x FROM big ORDER BY name, x DESC, id) TO '{target / 'sorted.parquet'}'"),
        ("join", "SELECT COUNT(*) FROM big AS a JOIN big AS b ON a.id = b.id WHERE b.g < 500"),
        ("search", f"SELECT id, COSINE_SIM(v, {query}) AS s FROM big ORDER BY s DESC LIMIT 10"),
        ("filter", "SELECT COUNT(*), SUM(x) FROM big WHERE id BETWEEN 600000 AND 600100"),
        ("update", "UPDATE big SET x = x + 1, name = name || '!' WHERE id % 2 = 0"),
        ("update all", "UPDATE big SET v = v * 2, x = x * 2"),
        ("expire", "EXPIRE VERSIONS big KEEP 1"),
        ("changed", "SELECT COUNT(*), COUNT(*) FILTER (WHERE name LIKE '%!'), MAX(v[2]), MAX(x) FROM big"),
        ("add", "ALTER TABLE big ADD COLUMN n INT DEFAULT 7"),
        ("add vectors", f"ALTER TABLE big ADD COLUMN w Vector({WIDTH}) DEFAULT {query}"),
        ("compute", "ALTER TABLE big ADD COLUMN y AS (x * 2)"),
        ("type", "ALTER TABLE big ALTER COLUMN g TYPE VARCHAR"),
        ("delete", "DELETE FROM big WHERE id % 5 = 0"),
        ("drop", "ALTER TABLE big DROP COLUMN w"),
        ("checkpoint", "CHECKPOINT"),
        ("expire", "EXPIRE VERSIONS big KEEP 1"),
        ("export", f"EXPORT big TO '{target / 'big.parquet'}'"),
        ("read back", f"SELECT COUNT(*), SUM(id) FROM '{target / 'big.parquet'}'"),
        ("import", f"IMPORT DATASET FROM '{target / 'big.parquet'}' AS again"),
        ("export csv", f"COPY (SELECT id, x, name FROM big) TO '{target / 'big.csv'}'"),
        ("import csv", f"IMPORT DATASET FROM '{target / 'big.csv'}' AS lines"),
        ("table", "CREATE TABLE copied (id INT, x DOUBLE, name VARCHAR)"),
        ("copy csv", f"COPY copied FROM '{target / 'big.csv'}'"),
        ("export jsonl", f"COPY (SELECT id, x, name FROM big) TO '{target / 'big.jsonl'}'"),
        ("import jsonl", f"IMPORT DATASET FROM '{target / 'big.jsonl'}' AS objects"),
        ("export arrow", f"COPY (SELECT id, x, v FROM big) TO '{target / 'big.arrow'}'"),
        ("import arrow", f"IMPORT DATASET FROM '{target / 'big.arrow'}' AS batches"),
        ("count all", "SELECT (SELECT COUNT(*) FROM big), (SELECT COUNT(*) FROM again), (SELECT COUNT(*) FROM lines), "
         "(SELECT COUNT(*) FROM copied), (SELECT COUNT(*) FROM objects), (SELECT COUNT(*) FROM batches)"),
        ("diff", "DIFF DATASET copied VERSION 2 2"),
        ("replace", "CREATE OR REPLACE TABLE again AS SELECT * FROM again WHERE id % 2 = 0"),
        ("empty", "DELETE FROM again"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("linal")
    parser.add_argument("--gigabytes", type=float, default=5)
    parser.add_argument("--limit", default="512MB")
    parser.add_argument("--most", type=int, default=1024, help="MiB of resident memory")
    arguments = parser.parse_args()
    loads = max(1, round(arguments.gigabytes * 1e9 / BYTES_OF_A_ROW / ROWS_OF_A_LOAD))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="linal-large-"))
    failed = False
    try:
        for name, statement in steps(loads, folder):
            seconds, peak, output, code = run(arguments.linal, arguments.limit, folder / "data", statement)
            is_wrong = code != 0 or peak > arguments.most * 1024
            failed |= is_wrong
            last = output.strip().splitlines()[-1][:100] if output.strip() else ""
            print(f"{'!' if is_wrong else ' '} {name:12} {seconds:8.1f} s {peak / 1024:8.0f} MiB  {last}", flush=True)
    finally:
        shutil.rmtree(folder)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
