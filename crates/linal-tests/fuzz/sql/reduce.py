"""Makes a finding small: drops clauses, columns, tables and rows while it is still there."""

import dataclasses
import time

from .tree import Seq, replace, size, walk
from .values import SIMPLEST
from .world import World

MOST_CANDIDATES = 160


class Reducer:
    """`verdicts(world, trees)` judges several trees over one world."""

    def __init__(self, verdicts, seconds=40.0):
        self.verdicts = verdicts
        self.seconds = seconds

    def reduce(self, world, tree, verdict):
        """The smaller world and tree, with the verdict over them."""
        self.deadline = time.monotonic() + self.seconds
        self.wanted = verdict
        tree, verdict = self.smaller_tree(world, tree, verdict)
        world = self.smaller_world(world, tree)
        tree, verdict = self.smaller_tree(world, tree, verdict)
        world = self.smaller_world(world, tree)
        # The answers are those over the world that is left.
        return world, tree, self.verdicts(world, [tree])[0] or verdict

    def same(self, verdict):
        """Whether a verdict is about the same finding: the kind, and for errors also what they say."""
        if verdict is None or verdict.kind != self.wanted.kind:
            return False
        return verdict.kind in ("rows", "order") or verdict.label.split()[:3] == self.wanted.label.split()[:3]

    def smaller_tree(self, world, tree, verdict):
        while time.monotonic() < self.deadline:
            options = sorted(candidates(tree), key=size)
            # A hang costs its whole time, so few are tried at once.
            step = 8 if self.wanted.kind == "hang" else MOST_CANDIDATES
            for start in range(0, len(options), step):
                batch = options[start : start + step]
                found = [pair for pair in zip(batch, self.verdicts(world, batch)) if self.same(pair[1])]
                if found or time.monotonic() > self.deadline:
                    break
            else:
                return tree, verdict
            if not found:
                return tree, verdict
            tree, verdict = found[0]
        return tree, verdict

    def smaller_world(self, world, tree):
        changed = True
        while changed and time.monotonic() < self.deadline:
            changed = False
            for smaller in worlds(world):
                if time.monotonic() > self.deadline:
                    break
                if self.same(self.verdicts(smaller, [tree])[0]):
                    world, changed = smaller, True
                    break
        return world


def candidates(tree):
    """Trees that are smaller by one step."""
    keys = set()
    for path, node in walk(tree):
        # A number as a key of ORDER BY or GROUP BY is the place of a column.
        if node.type == "order" or isinstance(node, Seq) and "GROUP BY" in node.before:
            keys.update((*path, index) for index in range(len(node.children)))
        if isinstance(node, Seq):
            if len(node.children) > node.least:
                for index in range(len(node.children)):
                    yield replace(tree, (*path, index), None)
            continue
        for inner in inner_of_type(node):
            yield replace(tree, path, inner)
        if path not in keys and node.type in SIMPLEST and (node.children or (node.tag or "").startswith("column")):
            yield replace(tree, path, SIMPLEST[node.type]())


def inner_of_type(node):
    """The nearest pieces inside that may stand in the place of a node."""
    found = []
    waiting = list(node.children)
    while waiting and len(found) < 4:
        piece = waiting.pop(0)
        if piece.type == node.type:
            found.append(piece)
        else:
            waiting += piece.children
    return found


def worlds(world):
    """Worlds with fewer tables, rows and columns, the smallest first."""
    for index, table in enumerate(world.tables):
        if len(world.tables) > 1:
            yield World(world.tables[:index] + world.tables[index + 1 :], world.odd)
    for index, table in enumerate(world.tables):
        rows = table.rows
        if len(rows) > 3:
            half = len(rows) // 2
            yield world.with_rows(index, rows[:half])
            yield world.with_rows(index, rows[half:])
        for row in range(len(rows)):
            yield world.with_rows(index, rows[:row] + rows[row + 1 :])
    for index, table in enumerate(world.tables):
        for place in range(len(table.columns) - 1, 0, -1):
            columns = table.columns[:place] + table.columns[place + 1 :]
            kept = [row[:place] + row[place + 1 :] for row in table.rows]
            tables = list(world.tables)
            tables[index] = dataclasses.replace(table, columns=columns, rows=kept)
            yield World(tables, world.odd)
