"""Reduces a finding: removes clauses, columns, tables and rows while it persists."""

import dataclasses
import re
import time

from .tree import Seq, replace, size, walk, write
from .values import SIMPLEST
from .database import Database

MOST_CANDIDATES = 160
WORD = re.compile(r"\w+")


class Reducer:
    """`verdicts(database, trees)` judges several trees over one database."""

    def __init__(self, verdicts, seconds=40.0):
        self.verdicts = verdicts
        self.seconds = seconds

    def reduce(self, database, tree, verdict):
        """The smaller database and tree, with the verdict over them."""
        self.deadline = time.monotonic() + self.seconds
        self.wanted = verdict
        for index in range(len(database.tables)):
            database = self.fewer_rows(database, index, tree)
        tree, verdict = self.smaller_tree(database, tree, verdict)
        database = self.smaller_database(database, tree)
        # The answers are those over the reduced database.
        return database, tree, self.verdicts(database, [tree])[0] or verdict

    def same(self, verdict):
        """Whether a verdict is about the same finding: the kind, and for errors also the message."""
        if verdict is None or verdict.kind != self.wanted.kind:
            return False
        return verdict.kind in ("rows", "order") or verdict.label.split()[:3] == self.wanted.label.split()[:3]

    def smaller_tree(self, database, tree, verdict):
        while time.monotonic() < self.deadline:
            options = sorted(candidates(tree), key=size)
            # A hang takes its whole timeout, so few are tried at once.
            step = 8 if self.wanted.kind == "hang" else MOST_CANDIDATES
            for start in range(0, len(options), step):
                batch = options[start : start + step]
                found = [pair for pair in zip(batch, self.verdicts(database, batch)) if self.same(pair[1])]
                if found or time.monotonic() > self.deadline:
                    break
            else:
                return tree, verdict
            if not found:
                return tree, verdict
            tree, verdict = found[0]
        return tree, verdict

    def smaller_database(self, database, tree):
        database = self.fewer_columns(database, tree)
        for index in range(len(database.tables)):
            database = self.fewer_rows(database, index, tree)
        return database

    def stays(self, database, tree):
        return self.same(self.verdicts(database, [tree])[0])

    def fewer_columns(self, database, tree):
        """Removes the tables and columns that the query does not name, if the finding persists."""
        words = set(WORD.findall(write(tree, "linal")))
        tables = [without_columns(table, words) for table in database.tables if table.name in words]
        smaller = Database(tables, database.has_edge_values)
        return smaller if self.stays(smaller, tree) else database

    def fewer_rows(self, database, index, tree):
        """Removes rows: all, then halves, quarters, and finally one by one."""
        rows = database.tables[index].rows
        step = len(rows)
        while step and time.monotonic() < self.deadline:
            start = 0
            while start < len(rows) and time.monotonic() < self.deadline:
                smaller = database.with_rows(index, rows[:start] + rows[start + step :])
                if self.stays(smaller, tree):
                    database, rows = smaller, smaller.tables[index].rows
                else:
                    start += step
            step //= 2
        return database


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
    """The nearest descendants that may replace a node."""
    found = []
    waiting = list(node.children)
    while waiting and len(found) < 4:
        piece = waiting.pop(0)
        if piece.type == node.type:
            found.append(piece)
        else:
            waiting += piece.children
    return found
