"""PyTorch on the CPU, in a Python that has it; see torch_worker.py."""

from . import Peer
from .numeric import NumPy
from .worker import Worker

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
    """A worker in another Python. `version` is None, and nothing is measured, when none of the Pythons has the package."""

    name = "torch"
    script = "torch_worker.py"
    texts = STATEMENTS

    def __init__(self, pythons, threads):
        self.worker = Worker(pythons, self.script, threads)
        self.version = self.worker.version

    def prepare(self, case, files, folder):
        if self.version is None or not files or case.kind not in self.texts:
            return None
        files = {name: str(path) for name, path in files.items()}
        return self.worker.ask({"statement": self.texts[case.kind], "files": files})

    def measure(self, run, repeat, batch=1):
        return None, self.worker.ask({"repeat": repeat, "batch": batch})
