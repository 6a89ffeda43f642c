""""""Reduces a finding: removes clauses, columns, tables and rows while it persists."""

import dataclasses
import re
import time

from .tree import Seq, replace, size, walk, write
from .values import SIMPLEST
from .world import World

MOST_CANDIDATES = 160
WORD = re.compile(r"\w+")


class Reducer:
    """`verdicts(world, trees)` judges several trees over one world."""

    def __init__(self, verdicts, seconds=40.0):
        self.verdicts = verdicts
        self.seconds = seconds

    def reduce(self, world, tree, verdict):
        """The smaller world and tree, with the verdict over them."""
        self.deadline = time.monotonic() + self.seconds
        self.wanted = verdict
        for index in range(len(world.tables)):
            world = self.fewer_rows(world, index, tree)
        tree, verdict = self.smaller_tree(world, tree, verdict)
        world = self.smaller_world(world, tree)
        # The answers are those over the reduced database.
        return world, tree, self.verdicts(world, [tree])[0] or verdict

    def same(self, verdict):
        """"""Whether a verdict is about the same finding: the kind, and for errors also the message."""
        if verdict is None or verdict.kind != self.wanted.kind:
            return False
        return verdict.kind in ("rows", "order") or verdict.label.split()[:3] == self.wanted.label.split()[:3]

    def smaller_tree(self, world, tree, verdict):
        while time.monotonic() < self.deadline:
            options = sorted(candidates(tree), key=size)
            # A hang takes its whole timeout, so few are tried at once.
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
        world = self.fewer_columns(world, tree)
        for index in range(len(world.tables)):
            world = self.fewer_rows(world, index, tree)
        return world

    def stays(self, world, tree):
        return self.same(self.verdicts(world, [tree])[0])

    def fewer_columns(self, world, tree):
        """"""Removes the tables and columns that the query does not name, if the finding persists."""
        words = set(WORD.findall(write(tree, "linal")))
        tables = [without_columns(table, words) for table in world.tables if table.name in words]
        smaller = World(tables, world.odd)
        return smaller if self.stays(smaller, tree) else world

    def fewer_rows(self, world, index, tree):
        """"""Removes rows: all, then halves, quarters, and finally one by one."""
        rows = world.tables[index].rows
        step = len(rows)
        while step and time.monotonic() < self.deadline:
            start = 0
            while start < len(rows) and time.monotonic() < self.deadline:
                smaller = world.with_rows(index, rows[:start] + rows[start + step :])
                if self.stays(smaller, tree):
                    world, rows = smaller, smaller.tables[index].rows
                else:
                    start += step
            step //= 2
        return world


def without_columns(table, words):
    kept = [place for place, (name, _, _) in enumerate(table.columns) if place == 0 or name in words]
    rows = [[row[place] for place in kept] for row in table.rows]
    return dataclasses.replace(table, columns=[table.columns[place] for place in kept], rows=rows)


def candidates(tree):
    """Trees that are smaller by one step."""
    keys = set()
    for path, node in walk(tree):
        # A number as a key of ORDER BY or GROUP BY is a column number.
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
    """"""The nearest descendants that may replace a node."""
    found = []
    waiting = list(node.children)
    while waiting and len(found) < 4:
        piece = waiting.pop(0)
        if piece.type == node.type:
            found.append(piece)
        else:
            waiting += piece.children
    return found
