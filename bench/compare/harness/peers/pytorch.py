"""PyTorch on the CPU, in a Python that has it; see torch_worker.py."""

import json
import pathlib
import subprocess
import sys

from . import Peer
from .numeric import NumPy

WORKER = pathlib.Path(__file__).with_name("torch_worker.py")
# What differs from NumPy: functions of the module, and names of arguments.
STATEMENTS = NumPy.statements | {
    "exp": "y = torch.exp(x)",
    "log": "y = torch.log(w)",
    "sin": "y = torch.sin(x)",
    "tanh": "y = torch.tanh(x)",
    "stdev": "y = a.std()",
    "cosine": "y = torch.nn.functional.cosine_similarity(a, b, dim=0)",
}


class Torch(Peer):
    """A worker in another Python. `version` is None, and nothing is measured, when none of the Pythons has torch."""

    name = "torch"

    def __init__(self, pythons, threads):
        self.worker = self.version = None
        for python in pythons:
            try:
                self.worker = subprocess.Popen(
                    [python, str(WORKER), str(threads)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            except OSError:
                continue
            first = self.worker.stdout.readline()
            if first:
                self.version = json.loads(first)
                return

    def prepare(self, case, files, folder):
        if self.version is None or not files or case.kind not in STATEMENTS:
            return None
        return self.ask({"statement": STATEMENTS[case.kind], "files": {name: str(path) for name, path in files.items()}})

    def measure(self, run, repeat, batch=1):
        return None, self.ask({"repeat": repeat, "batch": batch})

    def ask(self, message):
        """One line there, one line back."""
        print(json.dumps(message), file=self.worker.stdin, flush=True)
        line = self.worker.stdout.readline()
        if not line:
            sys.exit(f"the worker of torch ended at {message}")
        return json.loads(line)
