"""PyTorch on the CPU, in a Python that has it; see torch_worker.py."""

import json
import pathlib
import subprocess
import sys

from ..cases.tensors import STEPS
from . import Peer

WORKER = pathlib.Path(__file__).with_name("torch_worker.py")
STATEMENTS = {
    "add": "y = a + b",
    "fused": "y = (a * b + c) / d - e",
    "lazy": "y = a\n" + "\n".join(f"y = {step}" for step in STEPS),
    "exp": "y = torch.exp(x)",
    "log": "y = torch.log(w)",
    "sin": "y = torch.sin(x)",
    "tanh": "y = torch.tanh(x)",
    "sum": "y = a.sum()",
    "mean": "y = a.mean()",
    "stdev": "y = a.std()",
    "min": "y = a.min()",
    "argmax": "y = a.argmax()",
    "dot": "y = a @ b",
    "cosine": "y = torch.nn.functional.cosine_similarity(a, b, dim=0)",
    "sum_axis_0": "y = a.sum(0)",
    "sum_axis_1": "y = a.sum(1)",
    "transpose_add": "y = a.T + b",
    "strided_sum": "y = a[::2, ::3].sum()",
    "matmul": "y = a @ b",
    "matmul_atb": "y = a.T @ b",
    "matmul_abt": "y = a @ b.T",
    "chain": "y = a @ b @ c @ d",
    "reshape": "y = a.reshape(a.shape[1], a.shape[0])",
    "transpose": "y = a.T",
    "slice": "y = a[5:20, 3]",
}


class Torch(Peer):
    """A worker in another Python. `version` is None, and nothing is measured, where none of the Pythons has torch."""

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
