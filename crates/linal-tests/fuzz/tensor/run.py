"""A run: batches of inputs, each with some hundred expressions in one process of linal."""

import collections
import json
import tempfile
import time

import numpy as np

from ..engine import Linal
from . import ops  # noqa: F401  (registers the operations)
from .compare import difference
from .generator import Generator
from .inputs import Inputs
from .value import Value

PER_BATCH = 200
FORMS = ("LET r = {0}", "LAZY LET r = {0}")


class Run:
    """Counts cases, and prints each difference as a script, once per operation."""

    def __init__(self, options):
        self.options = options
        self.counts = collections.Counter()
        self.seen = collections.Counter()
        self.start = time.monotonic()
        self.cases = 0
        self.new = 0

    def all(self):
        batch = 0
        while self.cases < self.options.cases and not self.is_late():
            self.batch(batch)
            batch += 1

    def is_late(self):
        return self.options.seconds and time.monotonic() - self.start > self.options.seconds

    def batch(self, number):
        rng = np.random.default_rng([self.options.seed, number])
        with tempfile.TemporaryDirectory(prefix="linal-fuzz-") as folder:
            inputs = Inputs(rng, 40, folder)
            values = [Generator(rng, inputs.values).case() for _ in range(PER_BATCH)]
            form = FORMS[number % len(FORMS)]
            for value, problem in zip(values, self.judge(inputs, values, form)):
                self.cases += 1
                self.counts["same" if problem is None else "different"] += 1
                if problem:
                    self.finding(inputs, value, problem, form, number)

    def judge(self, inputs, values, form):
        """The error of each value, or None."""
        statements = []
        for value in values:
            statements += [form.format(value.text), "SHOW r", "DROP TENSOR r IF EXISTS"]
        answers = Linal(self.options.linal, patience=30.0).run(inputs.setup, statements)
        return [problem(answers[at], answers[at + 1], value) for at, value in zip(range(0, len(answers), 3), values)]

    def finding(self, inputs, value, problem, form, number):
        """Reports the smallest wrong subexpression; correct subexpressions are bound to names first."""
        value, problem = self.smallest(inputs, value, problem, form)
        label = f"{operation_of(value)}: {kind(problem)}"
        self.seen[label] += 1
        if self.seen[label] > 1 or label in self.options.known_lines:
            return
        self.new += 1
        print(f"=== finding {self.new}: {label}\n# seed {self.options.seed}, batch {number}")
        for source in leaves(value):
            print(f"# {source.text}: {source.dtype}, shape {list(source.array.shape)}: {brief(source.array)}")
        print(f"{form.format(value.text)}\n--- linal: {problem}\n--- right: {value.dtype} {list(value.array.shape)} {brief(value.array)}\n", flush=True)

    def smallest(self, inputs, value, problem, form):
        parts = [part for part in descendants(value) if part.parts]
        for part, wrong in sorted(zip(parts, self.judge(inputs, parts, form)), key=lambda pair: len(pair[0].text)):
            if wrong and kind(wrong) == kind(problem):
                return part, wrong
        return value, problem

    def summary(self):
        spent = time.monotonic() - self.start
        lines = [f"{self.cases} cases in {spent:.0f} s, {self.cases / max(spent, 1e-9):.0f} per second; {dict(self.counts)}"]
        return "\n".join(lines + [f"{count:6} {label}" for label, count in self.seen.most_common()])


def problem(let, shown, value):
    """The error of an answer."""
    answer = let if let.kind != "rows" else shown
    if answer.kind != "rows":
        return f"{answer.kind} {answer.code} {answer.message}"
    if not shown.rows:
        return "nothing was printed"
    record = dict(zip(shown.names, shown.rows[0]))
    wrong = difference(record, value)
    return wrong and f"{wrong}: {json.dumps(record['values'])[:300]}"


def kind(text):
    return text.split(":")[0][:60]


def operation_of(value):
    """The operation at the root, with the dtypes of its operands."""
    text = value.text
    for part in sorted(value.parts, key=lambda part: -len(part.text)):
        text = text.replace(part.text, part.dtype if not part.weak else "number", 1)
    return text


def descendants(value):
    yield value
    for part in value.parts:
        yield from descendants(part)


def leaves(value):
    found = {part.text: part for part in descendants(value) if not part.parts and not part.weak}
    return found.values()


def brief(array):
    text = np.array2string(array, threshold=24, max_line_width=10_000, floatmode="unique")
    return " ".join(text.split())
