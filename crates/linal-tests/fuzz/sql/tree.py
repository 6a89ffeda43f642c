"""Statements as trees that are printed in several dialects and can be reduced."""

DIALECTS = ("linal", "duckdb", "postgres", "sqlite")


class Unsupported(Exception):
    """A construct that the dialect lacks."""


class Node:
    """A typed node: a template per dialect, in which `{0}`, `{1}`, ... are the children."""

    __slots__ = ("type", "children", "template", "others", "tag")

    def __init__(self, type, children, template, tag=None, **others):
        self.type = type
        self.children = list(children)
        self.template = template
        self.others = others
        self.tag = tag

    def with_children(self, children):
        return Node(self.type, children, self.template, self.tag, **self.others)


class Seq:
    """A list of children of which all but `least` may be dropped; an empty list prints nothing."""

    __slots__ = ("children", "separator", "least", "before", "after")
    type = None
    tag = None

    def __init__(self, children, separator=", ", least=1, before="", after=""):
        self.children = list(children)
        self.separator = separator
        self.least = least
        self.before = before
        self.after = after

    def with_children(self, children):
        return Seq(children, self.separator, self.least, self.before, self.after)


def maybe(child, before=""):
    """An optional clause."""
    return Seq([] if child is None else [child], least=0, before=before)


def fixed(children, separator=", ", before="", after=""):
    """A list that is not reduced."""
    return Seq(children, separator, len(children), before, after)


def write(node, dialect):
    """The text of a tree in a dialect."""
    if isinstance(node, Seq):
        if not node.children:
            return ""
        return node.before + node.separator.join(write(child, dialect) for child in node.children) + node.after
    template = node.others.get(dialect, node.template)
    if template is None:
        raise Unsupported(dialect)
    if not node.children:
        return template
    return template.format(*(write(child, dialect) for child in node.children))


def size(node):
    return 1 + sum(size(child) for child in node.children)


def walk(node, path=()):
    """All nodes with their paths, from the root down."""
    yield path, node
    for index, child in enumerate(node.children):
        yield from walk(child, (*path, index))


def replace(node, path, new):
    """The tree with another node at a path; None drops an element of a list."""
    if not path:
        return new
    children = list(node.children)
    if len(path) == 1 and new is None:
        del children[path[0]]
    else:
        children[path[0]] = replace(children[path[0]], path[1:], new)
    return node.with_children(children)


def tags(node):
    """The tags of all nodes, which name the features of a statement."""
    return {piece.tag for _, piece in walk(node) if piece.tag}
