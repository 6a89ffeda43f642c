"""The peers: each has `prepare`, which loads the data of a case and gives back what to run (None where the peer cannot),
and `measure`."""

import timeit

import numpy as np


class Peer:
    """The base class of the peers.

    A peer writes a case of tensors as a Python statement that binds `y`, in `statements` by the case's kind, with the
    arrays of the case as names; any other case as a method that takes the folder and gives back something to call. The
    method of a case with tables or a store takes the case and its `Source`; a hyphen of the kind is an underscore in it.
    """

    name = "?"
    # The names that statements may use besides the arrays.
    names: dict = {}
    statements: dict = {}

    def prepare(self, case, files, folder):
        """Something to measure, or None."""
        if files:
            text = self.statements.get(case.kind)
            return Statement(text, self.names | self.load(files)) if text else None
        method = getattr(self, case.kind, None)
        return method(folder) if method else None

    def prepare_tables(self, case, source):
        """The same for a case with tables or a store."""
        method = getattr(self, case.kind.replace("-", "_"), None)
        return method(case, source) if method else None

    def load(self, files):
        """The arrays by name."""
        return {name: np.load(path) for name, path in files.items()}

    def measure(self, run, repeat, batch=1):
        """The answer of a warm-up run, and the nanoseconds per run in each of `repeat` batches."""
        if isinstance(run, Own):
            return run.measure(repeat, batch)
        answer = run()
        timer = run.timer() if isinstance(run, Statement) else timeit.Timer(run)
        return answer, [timer.timeit(batch) * 1e9 / batch for _ in range(repeat)]


class Statement:
    """A statement that binds `y`. It is timed without a function call around it."""

    def __init__(self, text, names):
        self.text, self.names = text, names

    def __call__(self):
        names = dict(self.names)
        exec(self.text, names)
        return names["y"]

    def timer(self):
        return timeit.Timer(self.text, globals=self.names)


class Own:
    """Something that takes its times itself."""

    def measure(self, repeat, batch):
        raise NotImplementedError
