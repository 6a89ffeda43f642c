"""Runs the files of a folder, one process of linal per file."""

import collections
import pathlib
import time

from ..engine import Answer, Linal
from .classify import CLASSES, classify
from .compare import matches
from .records import read


class Run:
    """Counts outcomes by folder and by reason."""

    def __init__(self, options, kind):
        self.options = options
        self.kind = kind
        self.folders = collections.defaultdict(collections.Counter)
        self.reasons = collections.defaultdict(collections.Counter)
        self.examples = {}
        self.files = collections.Counter()
        self.start = time.monotonic()
        self.details = open(options.out, "w", encoding="utf-8") if options.out else None

    def all(self, root):
        files = sorted(path for path in root.rglob("*") if path.suffix in (".test", ".slt", ".test_slow"))
        if self.options.every > 1:
            files = files[:: self.options.every]
        for path in files:
            if self.options.seconds and time.monotonic() - self.start > self.options.seconds:
                self.files["not reached"] += 1
                continue
            self.file(root, path)

    def file(self, root, path):
        suite = read(path.read_text(encoding="utf-8", errors="replace"), self.kind)
        if suite.reason:
            self.files[f"left out: {suite.reason}"] += 1
            return
        self.files["run"] += 1
        relative = path.relative_to(root)
        folder = str(relative.parts[0]) if len(relative.parts) > 1 else "."
        records = suite.records[: self.options.records]
        failed = False
        for record, answer in zip(records, self.answers(records)):
            matched = record.expect == "rows" and answer.is_rows and matches(record, answer.rows, self.kind)
            outcome, reason = classify(record, answer, matched, failed)
            failed = failed or record.expect == "ok" and answer.kind != "rows"
            self.folders[folder][outcome] += 1
            if outcome not in ("passed", "after an earlier failure", "cannot tell"):
                self.reasons[outcome][reason] += 1
                self.examples.setdefault((outcome, reason), f"{relative}:{record.line}")
                self.detail(outcome, f"{relative}:{record.line}", record, answer)

    def answers(self, records):
        runner = Linal(self.options.linal, ("--memory-limit", "2GB"), patience=self.options.patience, timeout=self.options.timeout)
        try:
            answers = runner.run(["SET dialect = 'ansi'"], [one_statement(record.sql) for record in records])
        except RuntimeError as error:
            answers = []
            message = str(error)
            answers = [Answer("crash", message=message)] * len(records)
        # A statement with an open bracket or quote swallows the next ones.
        return [answer or Answer("error", code="E0102", message="the statement does not end") for answer in answers]

    def detail(self, outcome, place, record, answer):
        if self.details and outcome in ("wrong result", "bug or panic", "hang", "accepted though wrong", "error"):
            wanted = "\n".join(record.lines[:12])
            self.details.write(f"=== {outcome}: {place}\n{record.sql}\n--- linal\n{answer.brief()}\n--- wanted ({record.expect})\n{wanted}\n\n")

    def summary(self):
        lines = [", ".join(f"{count} files {name}" for name, count in self.files.most_common())]
        width = max((len(folder) for folder in self.folders), default=6)
        total = collections.Counter()
        for folder, counts in sorted(self.folders.items()):
            total.update(counts)
            lines.append(row(folder.ljust(width), counts))
        lines.append(row("all".ljust(width), total))
        for outcome in CLASSES:
            for reason, count in self.reasons[outcome].most_common(self.options.reasons):
                lines.append(f"{count:7} {outcome}: {reason}  [{self.examples[outcome, reason]}]")
        return "\n".join(lines)


def row(name, counts):
    total = sum(counts.values())
    told = total - counts["cannot tell"]
    share = 100 * counts["passed"] / told if told else 0.0
    others = ", ".join(f"{counts[name]} {name}" for name in CLASSES[1:] if counts[name])
    return f"{name} {share:6.1f} % of {told:7}: {others}"


def one_statement(sql):
    """The statement in isolation, so that a marker can follow it."""
    return " ".join(line for line in sql.split("\n") if not line.strip().startswith("--")) or "SELECT 1"


def kind_of(root):
    """The suite of a folder, by its path and the names of its files."""
    text = str(pathlib.Path(root).resolve()).lower()
    for kind in ("datafusion", "duckdb", "sqlite"):
        if kind in text:
            return kind
    return "duckdb"
