"""Findings as scripts that reproduce them, one per kind."""

import re

from .tree import Node, Seq, write

TYPED = {"int", "float", "text", "bool", "date", "ts", "iv", "vec"}


def skeleton(tree):
    """The text of a tree without its names and values, so that findings of one kind compare equal."""
    text = write(bare(tree), "linal")
    return re.sub(r"\b([a-z])\d+\b", r"\1", text)


def bare(node):
    if isinstance(node, Seq):
        return node.with_children([bare(child) for child in node.children])
    if not node.children and node.type in TYPED and node.tag != "aggregate":
        return Node(node.type, [], node.type)
    if not node.children and node.type in ("limit", "offset", "count", "frame"):
        return Node(node.type, [], re.sub(r"\d+", "N", node.template))
    if not node.children and node.type == "from":
        return Node(node.type, [], "table")
    return node.with_children([bare(child) for child in node.children])


class Report:
    """Collects findings, prints each kind once, and recognises those that are known."""

    def __init__(self, known, path=None):
        self.known = known
        self.path = path
        self.seen = {}
        self.new = 0

    def is_known(self, label):
        return any(part in label for part in self.known)

    def count(self, label):
        """Counts a finding; returns whether it is the first of its kind."""
        self.seen[label] = self.seen.get(label, 0) + 1
        return self.seen[label] == 1

    def add(self, label, text):
        if self.is_known(label):
            return
        self.new += 1
        text = f"=== finding {self.new}: {label}\n{text}\n"
        print(text, flush=True)
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(text + "\n")


def script(database, statements):
    """A script for `linal run`."""
    return "\n".join(f"{statement};" for statement in [*database.setup("linal"), *statements])
