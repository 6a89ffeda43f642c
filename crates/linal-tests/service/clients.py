"""Clients that everybody has: the lines with curl of README.md and docs/operations.md, and pyarrow."""

import io
import json
import os
import pathlib
import re
import subprocess
import sys

import pyarrow
import pyarrow.parquet

from .server import Checks, Server, directory

ROOT = pathlib.Path(__file__).resolve().parents[3]

SETUP = """
CREATE TABLE docs (id Int NOT NULL, v Vector(3, f32), day Date, price Decimal(10, 2), word String, at Timestamp, yes Bool)
INSERT INTO docs VALUES (1, [1, 2.5, 3], '2020-02-29', 12.30, 'it''s "é"', '2020-02-29 12:30:00.5', TRUE),
  (9007199254740993, NULL, NULL, NULL, NULL, NULL, NULL)
"""


def curl(checks, server, token):
    """Each line with curl is run as it stands, with the address and the token of this server."""
    host, port = server.address()
    found = 0
    for page in ("README.md", "docs/operations.md"):
        for line in re.findall(r"(?:^|`)(curl .*?execute)(?:`|$)", (ROOT / page).read_text(), re.MULTILINE):
            command = re.sub(r"http://(localhost|127\.0\.0\.1):8080", f"http://{host}:{port}", line)
            command = command.replace("curl ", "curl -sS --fail ", 1)
            if "Authorization" not in command:
                command += f" -H 'Authorization: Bearer {token}'"
            ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env={**os.environ, "LINAL_TOKEN": token})
            checks.equal(f"{page}: {line}: {ended.stderr}", ended.returncode, 0)
            checks.equal(f"{page}: {line}", json.loads(ended.stdout or "{}").get("results", [{}])[0].get("rows"), [[2]])
            found += 1
    checks.equal("lines with curl", found, 2)


def arrow(checks, server, token):
    """pyarrow reads results and datasets, and what it writes is read."""
    headers = {"Accept": "application/vnd.apache.arrow.stream"}
    body = server.execute("SELECT * FROM docs ORDER BY id", headers=headers, token=token).body
    table = pyarrow.ipc.open_stream(body).read_all()
    rows = table.to_pylist()
    checks.equal("a large number", [row["id"] for row in rows], [1, 9007199254740993])
    checks.equal("a vector", rows[0]["v"], [1.0, 2.5, 3.0])
    checks.equal("other values", [str(rows[0][name]) for name in ("day", "price", "word", "at", "yes")], ["2020-02-29", "12.30", 'it\'s "é"', "2020-02-29 12:30:00.500000", "True"])
    checks.equal("nothing", [value for name, value in rows[1].items() if name != "id"], [None] * 6)
    tensor = server.execute("LET m = [[1, 2], [3, 4]]; SHOW m", headers=headers, token=token).body
    checks.equal("a tensor", pyarrow.ipc.open_stream(tensor).read_all().num_rows, 2)
    many = server.execute("SELECT UNNEST(RANGE(0, 300000)) AS n", headers=headers, token=token).body
    numbers = pyarrow.ipc.open_stream(many).read_all().column("n")
    checks.equal("many rows in order", numbers.to_pylist(), list(range(300000)))
    for media, write in {
        "application/vnd.apache.arrow.stream": lambda sink: pyarrow.ipc.new_stream(sink, table.schema),
        "application/vnd.apache.parquet": lambda sink: pyarrow.parquet.ParquetWriter(sink, table.schema),
    }.items():
        sink = io.BytesIO()
        with write(sink) as writer:
            writer.write_table(table)
        sent = server.request("PUT", "/datasets/sent", sink.getvalue(), {"Content-Type": media}, token=token)
        checks.within(f"{media}: {sent.body[:200]!r}", sent.status, 200, 201)
        same = server.execute("SELECT COUNT(*) FROM (SELECT * EXCLUDE (v) FROM docs INTERSECT SELECT * EXCLUDE (v) FROM sent)", token=token)
        checks.equal(f"{media}: the rows are the same", same.rows() if same.status == 200 else same.body[:200], [[2]])
        data = server.get("/datasets/sent/data", headers={"Accept": media}, token=token).body
        read = pyarrow.parquet.read_table(io.BytesIO(data)) if media.endswith("parquet") else pyarrow.ipc.open_stream(data).read_all()
        checks.equal(f"{media}: read back", read.to_pylist(), rows)


def main():
    linal = sys.argv[1]
    checks = Checks("clients")
    with directory() as data, Server(linal, data=data) as server:
        made = server.execute(SETUP)
        checks.equal(f"setup: {made.body[:300]!r}", made.status, 200)
        token = server.token("client", "write")
        curl(checks, server, token)
        arrow(checks, server, token)
    checks.end()


if __name__ == "__main__":
    main()
