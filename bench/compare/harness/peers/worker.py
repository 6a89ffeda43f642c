"""A process of another Python that answers lines of JSON, for peers that need packages of their own."""

import json
import os
import pathlib
import subprocess


class Worker:
    """Starts a script in the first of some Pythons that can import what it needs. Its first line is its version."""

    def __init__(self, pythons, script, threads):
        self.process = self.version = None
        for python in pythons:
            try:
                self.process = subprocess.Popen(
                    [python, str(pathlib.Path(__file__).with_name(script)), str(threads)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=None if "LINAL_COMPARE_VERBOSE" in os.environ else subprocess.DEVNULL,
                    text=True,
                )
            except OSError:
                continue
            first = self.process.stdout.readline()
            if first:
                self.version = json.loads(first)
                return

    def ask(self, message):
        """One line there, one line back. An answer with `error` is raised."""
        print(json.dumps(message), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("its process has ended")
        answer = json.loads(line)
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def end(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
