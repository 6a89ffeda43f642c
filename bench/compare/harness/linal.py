"""linal's side: one process of `linal-compare` per round."""

import json
import subprocess


class Linal:
    """Runs cases in a separate session."""

    name = "linal"

    def __init__(self, binary, threads):
        self.binary, self.threads = str(binary), threads

    def run(self, cases, folder, directory=None, memory_limit=None, threads=None):
        """The answers to a list of cases, over a database directory or in memory; relative paths in statements are relative
        to the folder."""
        command = [self.binary, "--threads", str(threads or self.threads)]
        command += ["--data", str(directory)] * (directory is not None)
        command += ["--memory-limit", str(memory_limit)] * (memory_limit is not None)
        process = subprocess.run(
            command, input=json.dumps(cases), cwd=folder, capture_output=True, text=True, check=False
        )
        if process.returncode != 0:
            error = process.stderr.strip() or f"exit code {process.returncode}"
            return [{"name": case["name"], "error": error} for case in cases]
        return json.loads(process.stdout)
