"""schemathesis against the description of the routes that the server gives: requests that fit it and such as do not,
and whether the answers are as it says."""

import argparse
import os
import subprocess
import sys
import tempfile

from .server import Checks, Server, directory

# What is checked, and why the rest is not.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "missing_required_header",
    "ignored_auth",
    "use_after_free",
    # `negative_data_rejection` and `positive_data_acceptance`: whether a text is a statement is not in the description.
    # `ensure_resource_availability`: a job whose database is dropped meanwhile is one that ends, not one that is there.
]

SETUP = "CREATE TABLE t (a Int, s String); INSERT INTO t VALUES (1, 'x'); DELIVER t"


def main():
    parser = argparse.ArgumentParser(prog="python -m service.api", description=__doc__)
    parser.add_argument("linal", help="the binary")
    parser.add_argument("--examples", type=int, default=50, help="requests of each route and kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    parser.add_argument("--max-time", type=int, help="seconds")
    arguments = parser.parse_args()
    checks = Checks("api")
    with directory() as data, Server(arguments.linal, "--timeout", "5s", "--memory-limit", "1GB", data=data) as server:
        checks.equal("setup", server.execute(SETUP).status, 200)
        token = server.token("tester", "admin")
        url = "http://%s:%d" % server.address()
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--url", url]
            command += ["--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS), "--phases", arguments.phases]
            command += ["--max-examples", str(arguments.examples), "--seed", str(arguments.seed)]
            command += ["--request-timeout", "30", "--continue-on-failure", "--no-color"]
            command += ["--max-time", str(arguments.max_time)] if arguments.max_time else []
            environment = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": folder}
            ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
        print(ended.stdout[-20_000:] if ended.returncode else "\n".join(ended.stdout.splitlines()[-12:]))
        checks.equal(f"schemathesis {ended.stderr[-2000:]}", ended.returncode, 0)
        # Whatever was sent: the server goes on, and holds nothing.
        left = server.settle(token=token, data=data)
        left.pop("linal_sessions", None)
        checks.equal("what is left over", left, {})
        checks.equal("a select", server.execute("SELECT 1", token=token).status, 200)
        bugs = [line for line in server.log if "a bug in linal" in line]
        checks.equal("bugs in the log", bugs[:3], [])
        checks.equal("the exit code", server.stop(), 0)
    checks.end()


if __name__ == "__main__":
    main()
