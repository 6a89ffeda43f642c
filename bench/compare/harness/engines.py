"""The peers of a run."""

import sys

from .environment import PLACE, python
from .peers import copies, duck, duck_suite, expressions, linaldb, lite, numeric, package, polar, pytorch, sql_suite, xla


class Engines:
    """The peers for cases; those for suites are made for each suite."""

    def __init__(self, chosen):
        self.threads = chosen.threads
        # A Python with the optional peers, each of which may be missing in it.
        self.optional = []
        if chosen.peers:
            self.optional = [python(PLACE / ".venv-peers", PLACE / "requirements-peers.txt", optional=True)]
        self.torch = pytorch.Torch([*chosen.torch, sys.executable, "/usr/bin/python3"], chosen.threads)
        self.jax = xla.Jax(self.optional, chosen.threads)
        self.package = package.Package(chosen.package, chosen.data, chosen.threads)
        self.suites = []
        self.peers = [
            numeric.NumPy(),
            expressions.NumExpr(chosen.threads),
            copies.Copy(chosen.threads),
            self.torch,
            self.jax,
            duck.Duck(chosen.threads),
            polar.Polars(),
            lite.Sqlite(),
            linaldb.LinalDb(),
            *([] if chosen.no_linal else [self.package]),
        ]

    def of_suites(self):
        more = [sql_suite.SqlSuite(name, self.optional, self.threads) for name in ("hyper", "chdb") if self.optional]
        self.suites = [duck_suite.DuckSuite(self.threads), *more]
        return self.suites

    def versions(self):
        """The versions of the peers that are not of the harness's own environment; None for those that were not measured."""
        versions = {"torch": self.torch.version, "jax": self.jax.version}
        return versions | {peer.name: peer.version for peer in self.suites if peer.name != "duckdb"}
