"""Access from outside: every route and every kind of statement for every kind of token; names and paths that lead out;
requests that are bombs; clients that are slow."""

import base64
import gzip
import json
import pathlib
import re
import socket
import struct
import sys
import time

import adbc_driver_flightsql.dbapi as flightsql
import psycopg
import pyarrow
from adbc_driver_flightsql import DatabaseOptions

from .server import Checks, Server, directory, make_token, wait_for

# Of the table of rights in the server's own tests.
RIGHTS = pathlib.Path(__file__).resolve().parents[2] / "linal-server/src/access/rights.rs"
LEVEL = {"read": 0, "write": 1, "admin": 2}

# The right that a route takes. `{...}` is filled with something that is there.
ROUTES = {
    ("POST", "/execute"): "read",
    ("POST", "/sessions"): "read",
    ("GET", "/sessions/{id}"): "read",
    ("DELETE", "/sessions/{id}"): "read",
    ("GET", "/databases"): "read",
    ("GET", "/datasets"): "read",
    ("GET", "/datasets/{name}"): "read",
    ("PUT", "/datasets/{name}"): "write",
    ("GET", "/datasets/{name}/data"): "read",
    ("GET", "/delivery/datasets/{name}/{file}"): "read",
    ("GET", "/jobs"): "read",
    ("POST", "/jobs"): "read",
    ("GET", "/jobs/{id}"): "read",
    ("DELETE", "/jobs/{id}"): "read",
    ("GET", "/jobs/{id}/result"): "read",
    ("GET", "/schedules"): "read",
    ("POST", "/schedules"): "write",
    ("GET", "/schedules/{name}"): "read",
    ("DELETE", "/schedules/{name}"): "write",
    ("POST", "/schedules/{name}/pause"): "write",
    ("POST", "/schedules/{name}/resume"): "write",
    ("GET", "/schedules/{name}/runs"): "read",
    ("GET", "/queries"): "read",
    ("DELETE", "/queries/{id}"): "read",
    ("GET", "/health/live"): None,
    ("GET", "/health/ready"): None,
    ("GET", "/metrics"): "admin",
    ("GET", "/openapi.json"): "read",
    ("GET", "/docs"): "read",
}
# These have nothing to do with a database, so that a token of another one may use them.
WITHOUT_DATABASE = {
    "/databases", "/jobs", "/jobs/{id}", "/jobs/{id}/result", "/schedules", "/schedules/{name}", "/schedules/{name}/pause",
    "/schedules/{name}/resume", "/schedules/{name}/runs", "/queries", "/queries/{id}", "/metrics", "/openapi.json", "/docs",
    "/sessions/{id}",
}

BODIES = {
    "/execute": ("SELECT 1", "text/plain"),
    "/datasets/{name}": ("a\n1\n", "text/csv"),
    "/jobs": (json.dumps({"statements": "SELECT 1"}), "application/json"),
    "/schedules": (json.dumps({"name": "other", "statements": "SELECT 1", "every": "1h"}), "application/json"),
}


class Tokens:
    """A server with a token of each kind."""

    def __init__(self, linal, data, files):
        self.server = Server(linal, "--files", files, data=data)
        self.server.execute("CREATE DATABASE other; CREATE TABLE t (a Int); INSERT INTO t VALUES (1); DELIVER t")
        self.by_name = {
            "none": None,
            "wrong": "linal_" + "x" * 43,
            "expired": make_token(linal, data, "expired", "admin", "--expires", "1s"),
            "read": make_token(linal, data, "read", "read"),
            "write": make_token(linal, data, "write", "write"),
            "admin": make_token(linal, data, "admin", "admin"),
            "other database": make_token(linal, data, "elsewhere", "admin", "--database", "other"),
        }
        time.sleep(1.2)

    def rights(self, name):
        """The right that a token has; `None` for one that is none."""
        return {"other database": "admin"}.get(name, name) if name in ("read", "write", "admin", "other database") else None


def routes(checks, tokens):
    """Each route for each token."""
    server = tokens.server
    described = server.get("/openapi.json", token=tokens.by_name["admin"]).json()["paths"]
    known = {(method.upper(), path) for path, methods in described.items() for method in methods if method != "parameters"}
    checks.equal("routes of the description that have no right here", sorted(known - ROUTES.keys()), [])
    for (method, path), right in ROUTES.items():
        for name, token in tokens.by_name.items():
            filled = path.replace("{name}", "t").replace("{file}", "manifest.json").replace("{id}", "12345")
            body, kind = BODIES.get(path, (None, None)) if method in ("POST", "PUT") else (None, None)
            headers = {"Content-Type": kind} if kind else {}
            answer = server.request(method, filled, body, headers, token=token)
            what = f"{method} {path}, token {name}"
            has = tokens.rights(name)
            if right is None:
                checks.equal(what, answer.status, 200)
            elif has is None:
                checks.equal(what, (answer.status, answer.error), (401, "unauthenticated"))
                checks.equal(f"{what}: how to ask", answer.headers["WWW-Authenticate"], "Bearer")
            elif LEVEL[has] < LEVEL[right]:
                checks.equal(what, (answer.status, answer.error), (403, "forbidden"))
            elif name == "other database" and path not in WITHOUT_DATABASE:
                checks.equal(what, (answer.status, answer.error), (403, "forbidden"))
            elif name == "other database" and method == "POST" and path in ("/jobs", "/schedules"):
                checks.equal(what, (answer.status, answer.error), (403, "forbidden"))
            else:
                checks.true(f"{what}: {answer.status} {answer.error}", answer.status not in (401, 403, 500))


def statements(checks, tokens):
    """Each kind of statement for each token, alone and as a job."""
    source = RIGHTS.read_text()
    kinds = re.findall(r'^        \("(.*)", Right::(\w+)\),$', source, re.MULTILINE)
    checks.true("kinds of statements are found", len(kinds) > 60)
    for text, right in kinds:
        text, right = text.replace('\\"', '"'), right.lower()
        if text.startswith("KILL"):
            continue
        for name, token in tokens.by_name.items():
            has = tokens.rights(name)
            for by in ("a request", "a job"):
                if by == "a job" and (has is None or re.match("BEGIN|COMMIT|ROLLBACK", text)):
                    continue
                if by == "a request":
                    answer = tokens.server.execute(text, token=token)
                elif LEVEL[has] < LEVEL[right] or name == "other database":
                    answer = tokens.server.request("POST", "/jobs", {"statements": text}, token=token)
                else:
                    continue
                what = f"{text}, token {name}, {by}"
                if has is None:
                    checks.equal(what, answer.status, 401)
                elif LEVEL[has] < LEVEL[right] or name == "other database":
                    checks.equal(what, (answer.status, answer.error), (403, "forbidden"))
                else:
                    checks.true(f"{what}: {answer.status} {answer.body[:200]!r}", answer.status not in (401, 403, 500))


OUTSIDE = ("../secret", "..%2fsecret", "%2e%2e/secret", "..%5csecret", "/etc/passwd", "%2fetc%2fpasswd", "a%00b", "....//secret", "`t`", "t;DROP TABLE t")


def traversal(checks, tokens, data, files):
    """Names and paths that lead out of where they belong."""
    server, token = tokens.server, tokens.by_name["admin"]
    secret = "the secret of the machine"
    (pathlib.Path(files).parent / "secret.csv").write_text(f"a\n{secret}\n")
    link = pathlib.Path(files) / "link.csv"
    link.symlink_to(pathlib.Path(files).parent / "secret.csv")
    (pathlib.Path(files) / "folder").symlink_to(pathlib.Path(files).parent)

    def is_kept(what, answer, *statuses):
        checks.within(f"{what}: {answer.body[:200]!r}", answer.status, *statuses)
        for word in (secret, "root:x:", data, files):
            checks.true(f"{what}: {word} is told", word.encode() not in answer.body)

    # Bare for the paths that a client library would clean up.
    def bare(method, path, extra="", body=b""):
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
        with socket.create_connection(server.address(), timeout=30) as stream:
            stream.sendall(head.encode() + body)
            answer = b""
            while part := stream.recv(1 << 16):
                answer += part
        return type("Answer", (), {"status": int(answer.split(b" ")[1]), "body": answer})

    for name in OUTSIDE:
        for path in (f"/datasets/{name}", f"/datasets/{name}/data", f"/delivery/datasets/t/{name}", f"/delivery/datasets/{name}/manifest.json",
                     f"/jobs/{name}", f"/jobs/{name}/result", f"/schedules/{name}", f"/sessions/{name}"):
            is_kept(f"GET {path}", bare("GET", path.replace(" ", "%20")), 400, 404)
        is_kept(f"PUT {name}", bare("PUT", f"/datasets/{name.replace(' ', '%20')}", "Content-Type: text/csv\r\n", b"a\n1\n"), 201, 400, 404, 405)
        for header in ("X-Linal-Database", "X-Linal-Session"):
            answer = server.execute("SELECT 1", token=token, headers={header: name})
            is_kept(f"{header}: {name}", answer, 400, 404)
        answer = server.request("POST", "/jobs", {"statements": "SELECT 1", "database": name}, token=token)
        is_kept(f"a job in {name}", answer, 400, 404)
    beyond = ("../secret.csv", f"{files}/../secret.csv", f"{files}/link.csv", "folder/secret.csv", "folder/*.csv", "*/../../secret.csv", "/etc/passwd",
              f"file://{files}/../secret.csv", "link.csv", f"{data}/catalog.sqlite", "/proc/self/environ")
    for path in beyond:
        for statement in (f"SELECT * FROM '{path}'", f"SHOW READ_CSV('{path}')", f"IMPORT DATASET FROM '{path}' AS stolen", f"USE DATASET FROM '{path}' AS stolen",
                          f"LOAD DATASET t FROM '{path}'", f"EXPORT t TO '{path}'", f"COPY (SELECT 1 AS a) TO '{path}'", f"SAVE DATASET t TO '{path}'",
                          f"LET x = 1; SAVE TENSOR x TO '{path}'", f"BACKUP DATABASE default TO '{path}'", f"EXPORT DATABASE default TO DUCKLAKE '{path}'"):
            is_kept(statement, server.execute(statement, token=token), 400, 403)
    for name in ("../outside", "a/b", "..", ".", "con\u0000"):
        answer = server.execute(f"CREATE DATABASE `{name}`", token=token)
        is_kept(f"a database {name!r}", answer, 200, 400)
    written = {path.name for path in pathlib.Path(files).parent.iterdir()}
    checks.equal("what stands beside the files", written, {"secret.csv", pathlib.Path(files).name, pathlib.Path(data).name})


def raw(server, parts, pause=0, seconds=30):
    """Sends parts with pauses between them; what comes back, and how long it took until the end."""
    start = time.monotonic()
    answer = b""
    with socket.create_connection(server.address(), timeout=seconds) as stream:
        try:
            for part in parts:
                stream.sendall(part)
                time.sleep(pause)
        except OSError:
            pass  # The server does not want to hear the rest.
        try:
            while part := stream.recv(1 << 16):
                answer += part
        except OSError as error:
            answer = answer or (b"still open" if isinstance(error, TimeoutError) else b"")
    return answer, time.monotonic() - start


def bombs(checks, linal):
    """Requests that are far larger than they look, and such as never end."""
    with Server(linal, "--max-body", "1MiB", "--read-timeout", "5s") as server:
        server.execute("SELECT 1")
        before = server.resident()
        head = b"POST /execute HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"

        def status(what, parts, *expected):
            answer, _ = raw(server, parts)
            found = int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else answer
            checks.within(f"{what}: {answer[:120]!r}", found, *expected)

        bomb = gzip.compress(b"SELECT 1 -- " + b" " * (200 << 20))
        status("a compressed body", [head + f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode(), bomb], 400, 415)
        status("a length beyond all numbers", [head + b"Content-Length: 99999999999999999999999\r\n\r\n"], 400)
        status("two lengths", [head + b"Content-Length: 8\r\nContent-Length: 9\r\n\r\nSELECT 1"], 400)
        status("a negative length", [head + b"Content-Length: -1\r\n\r\n"], 400)
        status("a length and chunks", [head + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nSELECT 1\r\n0\r\n\r\n"], 200, 400)
        status("a chunk without an end", [head + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 100_000], 400, b"")
        status("long extensions of chunks", [head + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 1_000_000 + b"\r\n1\r\n0\r\n\r\n"], 400, b"")
        status("many headers", [head + b"".join(b"X-%d: 1\r\n" % number for number in range(100_000)) + b"\r\n"], 431, b"")
        status("a header line without an end", [head] + [b"X" * 65_536] * 64, 431, 400, b"")
        status("a long path", [b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"], 414, 431, b"")
        status("many trailers", [head + b"Transfer-Encoding: chunked\r\n\r\n8\r\nSELECT 1\r\n0\r\n" + b"T: 1\r\n" * 100_000 + b"\r\n"], 200, 400, b"")
        for what, body in {
            "nested lists": b'{"statements": "SELECT $1", "parameters": [' + b"[" * 400_000,
            "nested lists that end": b'{"statements": "SELECT $1", "parameters": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
            "nested objects": b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
            "a long number": b'{"statements": "SELECT $1", "parameters": [' + b"9" * 900_000 + b"]}",
            "a large exponent": b'{"statements": "SELECT $1", "parameters": [1e999999999]}',
            "many keys": b'{"statements": "SELECT 1", "parameters": {' + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}}",
            "no Unicode": b'{"statements": "\xff\xfe"}',
        }.items():
            status(what, [head + f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode(), body], 200, 400)
        for what, text in {
            "nested brackets": "SELECT " + "(" * 200_000 + "1" + ")" * 200_000,
            "nested subqueries": "SELECT * FROM " + "(SELECT * FROM " * 5_000 + "t" + ") a" * 5_000,
            "a long sum": "SHOW " + "1+" * 50_000 + "1",
            "many statements": "SHOW 1;" * 100_000,
            "a large shape": "SHOW ZEROS [100000000, 100000000, 100000000]",
            "a large list": "SELECT RANGE(0, 9000000000)",
            "a large text": "SELECT REPEAT('x', 9000000000)",
            "a regular expression": "SELECT 'a' ~ '((a{1000}){1000}){1000}'",
        }.items():
            answer = server.execute(text, headers={"X-Linal-Timeout": "5s", "X-Linal-Memory-Limit": "200MB"})
            checks.within(f"{what}: {answer.body[:160]!r}", answer.status, 200, 400, 408, 507)
        checks.equal("the server goes on", server.execute("SELECT 1").status, 200)
        checks.equal("what is left over", server.settle(), {})
        after = server.resident()
        print(f"memory: {before / 1e6:.0f} MB before the bombs, {after / 1e6:.0f} MB after")
        checks.true(f"memory after the bombs: {after}", after < before + 600e6)


def slow(checks, linal):
    """Clients that take their time: they are given up, and hold up nobody."""
    options = ["--read-timeout", "1s", "--send-timeout", "1s", "--concurrency", "2", "--max-connections", "64"]
    with Server(linal, *options, flight=True, pg=True) as server:
        server.execute("CREATE TABLE big (n Int); INSERT INTO big SELECT UNNEST(RANGE(0, 3000))")
        head = b"POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n"
        # Each byte in time, and yet no end in sight.
        answer, took = raw(server, [bytes([byte]) for byte in head * 3], pause=0.1)
        checks.true(f"headers that come byte by byte: {took:.1f} s, {answer[:80]!r}", took < 5)
        answer, took = raw(server, [head + b"\r\nSELE"])
        checks.true(f"a body that does not come: {answer[:80]!r}, {took:.1f} s", answer.startswith(b"HTTP/1.1 408") and took < 5)
        answer, took = raw(server, [b""])
        checks.true(f"a connection without a word: {took:.1f} s", answer == b"" and took < 5)
        # An answer that nobody reads.
        statements = b"SELECT a.n, b.n AS m FROM big a JOIN big b ON TRUE"
        streams = []
        for _ in range(20):
            stream = socket.create_connection(server.address(), timeout=30)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stream.sendall(b"POST /execute HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\nContent-Length: %d\r\n\r\n%s" % (len(statements), statements))
            streams.append(stream)
        start = time.monotonic()
        checks.equal("others while nobody reads", server.execute("SELECT 1").status, 200)
        print(f"a small select beside 20 answers that nobody reads: {time.monotonic() - start:.2f} s")
        gone = wait_for(lambda: not [q for q in server.get("/queries").json() if q["state"] == "running"], seconds=30)
        checks.true("answers that nobody reads are given up", gone)
        for stream in streams:
            stream.close()
        checks.equal("what is left over", server.settle(), {})
        # The other protocols, before anybody is known.
        for scheme in ("grpc", "postgresql"):
            with socket.create_connection(server.address(scheme), timeout=60) as stream:
                start, read = time.monotonic(), b"?"
                try:
                    stream.sendall(b"\0" if scheme == "postgresql" else b"PRI")
                    while read:
                        read = stream.recv(1 << 16)
                except OSError as error:
                    read = error
                print(f"{scheme}: a client that does not go on is given up after {time.monotonic() - start:.1f} s ({read!r})")
                checks.true(f"{scheme}: a client that does not go on", not isinstance(read, TimeoutError))


class PgClient:
    """The messages of the PostgreSQL protocol, for what drivers do not send: a portal that gives some of its rows."""

    def __init__(self, address, token):
        self.stream = socket.create_connection(address, timeout=60)
        self.file = self.stream.makefile("rb")
        body = b"\0\3\0\0user\0anybody\0database\0default\0\0"
        self.stream.sendall(struct.pack(">i", len(body) + 4) + body)
        self.send((b"p", token.encode() + b"\0"))
        self.until_ready()

    def send(self, *messages):
        """Sends messages: a letter and a body each."""
        self.stream.sendall(b"".join(kind + struct.pack(">i", len(body) + 4) + body for kind, body in messages))

    def until_ready(self):
        """The letters of the messages until the server is ready, and the code of an error."""
        kinds, code = "", ""
        while not kinds.endswith("Z"):
            kind = self.file.read(1).decode()
            body = self.file.read(struct.unpack(">i", self.file.read(4))[0] - 4)
            kinds += kind
            if kind == "E":
                code = re.search(rb"C(\w{5})\0", body).group(1).decode()
        return kinds, code

    def run(self, statement):
        """Runs a text by the simple protocol."""
        self.send((b"Q", statement.encode() + b"\0"))
        return self.until_ready()

    def portal(self, statement, rows):
        """Runs a statement by the extended protocol, and takes so many rows."""
        execute = (b"E", b"\0" + struct.pack(">i", rows))
        self.send((b"P", b"\0" + statement.encode() + b"\0\0\0"), (b"B", b"\0\0\0\0\0\0\0\0"), execute, (b"S", b""))
        return self.until_ready()


def protocols(checks, linal, data):
    """The other protocols: refusals are in the audit log, and what a client leaves on the server is within limits."""
    with Server(linal, "--max-body", "1MiB", data=data, flight=True, pg=True) as server:
        token = make_token(linal, data, "protocols", "write")
        audit = pathlib.Path(data, "audit.jsonl")
        before = len(audit.read_text().splitlines())
        flight = "grpc://%s:%d" % server.address("grpc")
        host, port = server.address("postgresql")

        def adbc(token):
            options = {DatabaseOptions.AUTHORIZATION_HEADER.value: f"Bearer {token}"}
            return flightsql.connect(flight, db_kwargs=options, autocommit=True)

        def refused_flight():
            with adbc("linal_wrong") as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1")

        for what, act in {
            "Flight SQL": refused_flight,
            "PostgreSQL": lambda: psycopg.connect(f"host={host} port={port} dbname=default user=x password=linal_wrong"),
        }.items():
            try:
                act()
                checks.true(f"{what}: a wrong token is refused", False)
            except Exception as error:  # Drivers have classes of their own.
                checks.true(f"{what}: a wrong token: {error}", "token" in str(error))
            lines = [json.loads(line) for line in audit.read_text().splitlines()[before:]]
            refused = [line for line in lines if line["statement"] == what and line["status"] == 401]
            checks.true(f"{what}: the refusal is in the audit log: {lines}", refused)
        checks.true("no token is in it", "linal_" not in audit.read_text())
        with adbc(token) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT $1", parameters=pyarrow.RecordBatch.from_pydict({"1": ["x" * 1000]}))
            checks.equal("Flight SQL: a parameter", cursor.fetchall(), [("x" * 1000,)])
            try:
                batch = pyarrow.RecordBatch.from_pydict({"1": ["x" * 3000] * 100})
                cursor.execute("SELECT LENGTH($1)", parameters=pyarrow.Table.from_batches([batch] * 10))
                checks.true("Flight SQL: parameters beyond max_body", False)
            except Exception as error:
                checks.true(f"Flight SQL: parameters beyond max_body: {error}", "E0807" in str(error))
        client = PgClient((host, port), token)
        many = "SELECT REPEAT('x', 1000) FROM (SELECT UNNEST(RANGE(0, 50000)) AS n)"
        checks.equal("a portal gives its first rows", client.portal(many, 3), ("12DDDsZ", ""))
        checks.equal("less memory", client.run("SET memory_limit = '16MB'")[1], "")
        checks.equal("a portal beyond the memory of its session", client.portal(many, 3)[1], "53200")
        checks.equal("the session goes on", client.run("SELECT 1"), ("TDCZ", ""))
        client.file.close()
        client.stream.close()
        admin = make_token(linal, data, "looks", "admin")
        checks.equal("what is left over", server.settle(token=admin, data=data), {})


def main():
    linal = sys.argv[1]
    checks = Checks("access")
    with directory() as folder:
        data, files = f"{folder}/data", f"{folder}/files"
        pathlib.Path(files).mkdir()
        tokens = Tokens(linal, data, files)
        with tokens.server:
            routes(checks, tokens)
            statements(checks, tokens)
            traversal(checks, tokens, data, files)
            basic = base64.b64encode(f"x:{tokens.by_name['admin']}".encode()).decode()
            answer = tokens.server.get("/databases", headers={"Authorization": f"Basic {basic}"})
            checks.equal("another scheme", answer.status, 401)
            audit = pathlib.Path(data, "audit.jsonl").read_text()
            checks.true("the audit log has no token", "linal_" not in audit)
            left = tokens.server.settle(token=tokens.by_name["admin"], data=data, seconds=2)
            checks.equal("what is left over but the sessions of three tokens", left, {"linal_sessions": 3})
        protocols(checks, linal, data)
    bombs(checks, linal)
    slow(checks, linal)
    checks.end()


if __name__ == "__main__":
    main()
