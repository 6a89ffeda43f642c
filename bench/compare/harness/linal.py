"""linal's side: one process of `linal-compare` per round."""

import json
import subprocess


class Linal:
    """Runs cases in a separate session."""

    name = "linal"

    def __init__(self, binary, threads):
        self.command = [str(binary), "--threads", str(threads)]

    def run(self, cases, folder):
        """The answers to a list of cases; relative paths in statements are relative to the folder."""
        process = subprocess.run(
            self.command, input=json.dumps(cases), cwd=folder, capture_output=True, text=True, check=False
        )
        if process.returncode != 0:
            error = process.stderr.strip() or f"exit code {process.returncode}"
            return [{"name": case["name"], "error": error} for case in cases]
        return json.loads(process.stdout)
