"""numexpr."""

import numexpr

from ..cases.tensors import STEPS
from . import Peer


class NumExpr(Peer):
    """One expression per case, compiled and run in blocks. Compiled expressions are cached by their text."""

    name = "numexpr"
    names = {"numexpr": numexpr}

    def __init__(self, threads):
        numexpr.set_num_threads(threads)
        graph = "a"
        for step in STEPS:
            graph = step.replace("y", f"({graph})")
        texts = {
            "add": "a + b",
            "fused": "(a * b + c) / d - e",
            "lazy": graph,
            "exp": "exp(x)",
            "log": "log(w)",
            "sin": "sin(x)",
            "tanh": "tanh(x)",
            "sum": "sum(a)",
            "min": "min(a)",
            "dot": "sum(a * b)",
        }
        self.statements = {kind: f"y = numexpr.evaluate({text!r})" for kind, text in texts.items()}
