"""A run of the fuzzer: one database after another, each with its queries in one process of linal."""

import collections
import random
import re
import time

from ..engine import Linal
from .generator import Generator
from .oracles import ORACLES
from .oracles.differential import Differential
from .peers import Duck, Postgres, Sqlite
from .reduce import Reducer
from .report import Report, script, skeleton
from .tree import Unsupported
from .variants import usable
from .database import make_database
from . import expressions  # noqa: F401  (registers the expressions)

PER_DATABASE = 150
# Oracles without a peer; every second database uses one of them besides the comparison.
METAMORPHIC = ("tlp", "tlp-aggregate", "norec", "pivot", "materialised", "change")


class Run:
    """Counts outcomes, and stops after a number of queries or seconds."""

    def __init__(self, options, server):
        self.options = options
        self.server = server
        self.variants = usable(options.linal)
        self.report = Report(options.known_lines, options.out)
        self.counts = collections.Counter()
        self.start = time.monotonic()
        self.queries = 0
        self.reductions = 0

    def is_over(self):
        spent = time.monotonic() - self.start
        return self.queries >= self.options.queries or self.options.seconds and spent > self.options.seconds

    def all(self):
        index = self.options.first
        while not self.is_over():
            self.database(index)
            index += 1
        return index

    def database(self, index):
        rng = random.Random(f"{self.options.seed}:{index}")
        database = make_database(rng)
        variant = self.variants[index % len(self.variants)]
        peers = Peers(database, self.server)
        try:
            self.oracle(rng, database, variant, peers, Differential(variant.again), PER_DATABASE, index)
            if index % 2:
                other = ORACLES[METAMORPHIC[index // 2 % len(METAMORPHIC)]]()
                self.oracle(rng, database, variant, peers, other, PER_DATABASE // 3, index)
        finally:
            peers.close()

    def oracle(self, rng, database, variant, peers, oracle, count, index):
        trees = []
        while len(trees) < count:
            trees.append(oracle.make(Generator(rng, database)))
        trees = [tree for tree in trees if self.can_write(oracle, tree)]
        self.queries += len(trees)
        runner = self.runner(variant)
        verdicts = self.judge(oracle, runner, database, trees, peers)
        for number, (tree, (verdict, answers)) in enumerate(zip(trees, verdicts)):
            self.counts[f"{oracle.name}: {verdict.kind}"] += 1
            if verdict.kind in ("excused", "skipped"):
                self.counts[f"  {verdict.kind} {verdict.peer}: {verdict.label[:60]}"] += 1
            if verdict.is_finding:
                self.finding(f"seed {self.options.seed}, database {index}, query {number}", oracle, variant, database, tree, verdict, answers, peers)

    def can_write(self, oracle, tree):
        try:
            texts = oracle.statements(tree)
            return not self.options.without or not any(re.search(self.options.without, text) for text in texts)
        except Unsupported:
            return False

    def runner(self, variant):
        return Linal(self.options.linal, variant.options, variant.settings, patience=20.0, timeout=self.options.timeout)

    def judge(self, oracle, runner, database, trees, peers):
        """The verdict and the answers for each tree."""
        statements = [oracle.statements(tree) for tree in trees]
        flat = runner.run(database.setup("linal"), [one for each in statements for one in each])
        found, place = [], 0
        for tree, each in zip(trees, statements):
            answers = flat[place : place + len(each)]
            place += len(each)
            found.append((oracle.verdict(tree, answers, peers.all(), database.has_edge_values), answers))
        return found

    def finding(self, where, oracle, variant, database, tree, verdict, answers, peers):
        is_rows = verdict.kind in ("rows", "order")
        if self.options.only == ("errors" if is_rows else "rows"):
            return
        if not is_rows:
            if not self.report.count(verdict.label) or self.report.is_known(verdict.label):
                return
        elif self.reductions >= self.options.reductions:
            self.counts["  not reduced"] += 1
            return
        runner = self.runner(variant)

        def verdicts(smaller, trees):
            kept = [one for one in trees if self.can_write(oracle, one)]
            own = Peers(smaller, self.server)
            try:
                judged = self.judge(oracle, runner, smaller, kept, own)
            except RuntimeError:
                judged = [(None, None)] * len(kept)
            finally:
                own.close()
            by_tree = {id(one): verdict for one, (verdict, _) in zip(kept, judged)}
            return [by_tree.get(id(one)) for one in trees]

        self.reductions += 1
        database, tree, verdict = Reducer(verdicts, self.options.reduce_seconds).reduce(database, tree, verdict)
        label = verdict.label
        if verdict.kind in ("rows", "order"):
            label = f"{verdict.label}: {skeleton(tree)}"
            if not self.report.count(label):
                return
        answers = runner.run(database.setup("linal"), oracle.statements(tree))
        self.report.add(label, self.shown(where, oracle, variant, database, tree, verdict, answers))

    def shown(self, where, oracle, variant, database, tree, verdict, answers):
        parts = [f"# {where}, {oracle.name}, {variant.name} {' '.join(variant.options)}", script(database, [*variant.settings, *dict.fromkeys(oracle.statements(tree))])]
        parts += [f"--- linal {index}\n{answer.brief()}" for index, answer in enumerate(answers)]
        if verdict.theirs is not None:
            parts.append(f"--- {verdict.peer}\n{verdict.theirs.brief()}")
        return "\n".join(parts)

    def summary(self):
        spent = time.monotonic() - self.start
        lines = [f"{self.queries} queries in {spent:.0f} s, {self.queries / max(spent, 1e-9):.0f} per second"]
        lines += [f"{count:7} {name}" for name, count in sorted(self.counts.items(), key=lambda pair: (pair[0][:2] == "  ", -pair[1]))[:60]]
        lines += [f"{count:7} of finding: {label[:150]}" for label, count in self.report.seen.items()]
        return "\n".join(lines)


class Peers:
    """The engines besides linal, each started on first use."""

    def __init__(self, database, server):
        self.database = database
        self.made = {}
        factories = [("duckdb", Duck)]
        if server:
            factories.append(("postgres", lambda setup: Postgres(server, setup)))
        factories.append(("sqlite", Sqlite))
        self.factories = factories

    def all(self):
        for name, make in self.factories:
            if name not in self.made:
                self.made[name] = make(self.database.setup(name))
            yield self.made[name]

    def close(self):
        for peer in self.made.values():
            peer.close()
