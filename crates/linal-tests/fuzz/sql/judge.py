"""Compares linal's answer with those of the peers, and classifies the difference."""

import dataclasses

from ..engine.answer import mask
from .compare import is_sorted, same_rows
from .rules import Case, excused
from .tree import Unsupported, tags, walk, write


@dataclasses.dataclass
class Verdict:
    """`kind` is one of same, skipped, excused, error, rows, order, fatal, hang and crash; `label` tells findings apart."""

    kind: str
    label: str = ""
    peer: str = ""
    theirs: object = None

    @property
    def is_finding(self):
        return self.kind in ("error", "rows", "order", "fatal", "hang", "crash")


def judge(query, ours, peers, has_edge_values):
    """The verdict on one query; `peers` are asked in turn until one is decisive."""
    if ours.is_fatal:
        kind = ours.kind if ours.kind in ("hang", "crash") else "fatal"
        return Verdict(kind, f"{kind} {ours.code} {mask(ours.message)[:120]}")
    verdict = Verdict("skipped")
    for peer in peers:
        # SQLite treats values and types that it lacks differently.
        if peer.dialect == "sqlite" and (has_edge_values or verdict.kind not in ("skipped",)):
            continue
        found = against(query, ours, peer, has_edge_values)
        if found.kind in ("same", "excused"):
            # Peers that differ from each other prove nothing about linal.
            return found if not verdict.is_finding else Verdict("excused", f"{verdict.peer} stands alone", found.peer)
        if found.is_finding and not verdict.is_finding:
            verdict = found
    return verdict


def against(query, ours, peer, has_edge_values):
    try:
        text = write(query, peer.dialect)
    except Unsupported:
        return Verdict("skipped", peer=peer.dialect)
    theirs = peer.ask(text)
    if theirs.kind == "unsupported":
        return Verdict("skipped", theirs.message, peer.dialect)
    case = Case(text, tags(query), peer.dialect, ours, theirs, has_edge_values)
    rule = excused(case)
    if rule:
        return Verdict("excused", rule.name, peer.dialect, theirs)
    if theirs.kind == "error":
        return Verdict("skipped", theirs.message, peer.dialect)
    if ours.kind == "error":
        return Verdict("error", f"error {ours.code} {mask(ours.message)[:160]}", peer.dialect, theirs)
    if not same_rows(ours.rows, theirs.rows):
        return Verdict("rows", "rows", peer.dialect, theirs)
    if not is_sorted(ours, order_keys(query)):
        return Verdict("order", "order", peer.dialect, theirs)
    return Verdict("same", peer=peer.dialect, theirs=theirs)


def order_keys(query):
    """The leading items of the outermost ORDER BY that name result columns."""
    body = query
    while body.type == "query" and len(body.children) == 2 and body.children[1].type == "query" and "{0}{1}" == body.template:
        body = body.children[1]
    order = next((part for part in body.children if getattr(part, "before", "") == " ORDER BY "), None)
    keys = []
    for item in order.children if order else []:
        name = item.children[0].template
        if item.type != "order" or not name.startswith("c"):
            break
        down = " DESC" in item.template
        nulls_first = "NULLS FIRST" in item.template or down and "NULLS LAST" not in item.template
        keys.append((name, down, nulls_first))
    return keys
