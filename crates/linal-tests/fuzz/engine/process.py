"""Runs statements through `linal run`, a few hundred per process."""

import json
import os
import pathlib
import re
import select
import subprocess
import tempfile
import time

from .answer import Answer

MARK = "@@"
MARKER = re.compile(rb"^@@(\d+)$")
ERROR = re.compile(r"^error\[(E\d+)\] (.*)$")


def default_binary():
    """The program in `LINAL`, otherwise the debug build in the target folder."""
    named = os.environ.get("LINAL")
    if named:
        return named
    root = pathlib.Path(__file__).resolve().parents[4]
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    return str(target / "debug" / "linal")


class Linal:
    """Runs statements in new processes with one set of options."""

    def __init__(self, binary, options=(), settings=(), patience=30.0, timeout="10s", env=None):
        self.command = [binary, "run", "--format", "jsonl", "--keep-going", "--timeout", timeout, *options]
        self.settings = list(settings)
        self.patience = patience
        self.env = env

    def run(self, setup, statements):
        """The answers of the statements, after the statements of the setup."""
        answers = [None] * len(statements)
        first = 0
        # A statement that ends the process gets that as its answer, and the others continue in a new process.
        while first < len(statements):
            done, ending = self.process(setup, statements, first, answers)
            if ending is None:
                break
            if done < first:
                raise RuntimeError(f"the setup of a script does not run: {ending.message}")
            answers[done] = ending
            first = done + 1
        return answers

    def process(self, setup, statements, first, answers):
        """Runs the statements from `first` on. Gives the last one that was begun, and how the process ended if it did
        so too early."""
        lines = list(self.settings) + list(setup)
        for index in range(first, len(statements)):
            lines += [f"SHOW '{MARK}{index}'", statements[index]]
        lines += [f"SHOW '{MARK}{len(statements)}'"]
        with tempfile.NamedTemporaryFile("w", suffix=".lnl", encoding="utf-8") as script:
            script.write("\n".join(line if line.endswith(";") else line + ";" for line in lines) + "\n")
            script.flush()
            running = subprocess.Popen(
                [*self.command, script.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.env
            )
            reader = Reader(running.stdout, self.patience)
            last, text, ending = first - 1, [], None
            for line in reader.lines():
                marker = MARKER.match(line)
                if not marker:
                    text.append(line)
                    continue
                if last >= first:
                    answers[last] = read_answer(text)
                last, text = int(marker.group(1)), []
            if reader.stuck:
                running.kill()
                ending = Answer("hang", message=f"no answer within {self.patience:.0f} s")
            code = running.wait()
            if ending is None and last < len(statements):
                shown = b"".join(text[-12:]).decode("utf-8", "replace")
                ending = Answer("crash", message=f"exit code {code}: {shown}")
            return last, ending


class Reader:
    """Lines of a pipe, until it ends or is silent for too long."""

    def __init__(self, pipe, patience):
        self.pipe = pipe
        self.patience = patience
        self.stuck = False

    def lines(self):
        rest = b""
        descriptor = self.pipe.fileno()
        deadline = time.monotonic() + self.patience
        while True:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.stuck = True
                return
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                break
            deadline = time.monotonic() + self.patience
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
        if rest:
            yield rest


class Pairs(list):
    """The members of an object in their order: a result may have a column name twice."""


def read_answer(lines):
    """Parses the answer that a statement printed."""
    rows, names = [], []
    text = [line.decode("utf-8", "replace") for line in lines]
    for index, line in enumerate(text):
        if line.startswith("{"):
            record = json.loads(line, object_pairs_hook=Pairs)
            names = names or [name for name, _ in record]
            rows.append(tuple(value for _, value in record))
            continue
        error = ERROR.match(line)
        if error:
            rest = [more for more in text[index + 1 :] if more.lstrip().startswith(("note", "help", "="))]
            return Answer("error", code=error.group(1), message=" ".join([error.group(2), *rest]))
        if "panicked" in line:
            return Answer("error", code="E0900", message=line)
    return Answer("rows", rows=rows, names=names)
