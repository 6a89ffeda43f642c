"""How cost grows: linal's time per element over sizes and threads, as a table and as a picture."""

import math
import statistics
import sys
from dataclasses import dataclass

from .plot import Line, Panel, draw
from .report import duration
from .stores import new_folder

TITLE = "How cost grows"
RUNS = 3
# Rows of one INSERT, groups, the width of vectors.
INSERTED, GROUPS, WIDTH = 1_000, 1_000, 100


@dataclass(frozen=True)
class Work:
    """A statement over `n` elements; `most` is the largest power of ten that is worth its time."""

    name: str
    setup: tuple
    run: str
    most: int = 8
    # How often `run` stands for the work of `n` elements, and how many steps that is: both are functions of n.
    batch: object = lambda n: 1
    steps: object = lambda n: n
    cold: bool = False


@dataclass(frozen=True)
class Point:
    """The nanoseconds of a step, or why there are none."""

    work: str
    threads: int
    power: int
    nanoseconds: float | None
    error: str | None = None


def side(n):
    """The side of a square matrix of about n elements."""
    return max(math.isqrt(n), 1)


RANDOM = "LET {0} = RANDOM [{{n}}] SEED {1}"
ROWS = "CREATE TABLE t AS SELECT row AS id, row * 7919 % {groups} AS k, row * 0.37 % 1000 AS x FROM ROWS(ARANGE 0, {n})"
VALUES = ", ".join(f"({at}, {at * 0.5})" for at in range(INSERTED))
WORKS = (
    Work("add", (RANDOM.format("a", 1), RANDOM.format("b", 2)), "LET y = a + b"),
    Work("sum", (RANDOM.format("a", 1),), "LET y = SUM(a)"),
    Work(
        "matmul, a multiplication",
        ("LET a = RANDOM [{side}, {side}] SEED 1", "LET b = RANDOM [{side}, {side}] SEED 2"),
        "LET y = a @ b",
        most=7,
        steps=lambda n: side(n) ** 3,
    ),
    Work("sort", (RANDOM.format("a", 1),), "LET y = SORT(a)"),
    Work("GROUP BY", (ROWS,), "SELECT k, SUM(x) AS s FROM t GROUP BY k"),
    Work(
        "join",
        (ROWS, "CREATE TABLE u AS SELECT id * 3 AS id, x FROM t"),
        "SELECT COUNT(*) AS n, SUM(t.x + u.x) AS s FROM t JOIN u ON t.id = u.id",
    ),
    Work(
        "top 10 of vectors",
        (
            'LET ds = dataset("e")',
            "LET v = RANDOM [{vectors}, {width}] SEED 1",
            'ds.add_column("v", v)',
            "LET q = RANDOM [{width}] SEED 2",
        ),
        "SELECT COSINE_SIM(v, q) AS s FROM e ORDER BY s DESC LIMIT 10",
    ),
    Work(
        "INSERT of 1,000 rows, a row",
        ("CREATE TABLE t (id INT, x DOUBLE)",),
        f"INSERT INTO t VALUES {VALUES}",
        most=7,
        batch=lambda n: max(n // INSERTED, 1),
        cold=True,
    ),
    Work("CSV", (ROWS, 'EXPORT t TO "scaling.csv"'), 'SELECT COUNT(*) AS n, SUM(x) AS s FROM "scaling.csv"'),
)


def run(chosen, linal):
    """The points of all works: sizes from a thousand, one thread and all."""
    points = []
    for work in WORKS:
        for threads in sorted({1, chosen.threads}):
            for power in range(3, min(work.most, chosen.most) + 1):
                print(f"{work.name}, 10^{power}, {threads} threads ...", file=sys.stderr)
                points.append(measure(work, threads, power, linal, chosen.data))
    return points


def measure(work, threads, power, linal, home):
    """One point. Short runs lie in batches, so that the clock is read some ten times a second at most."""
    n = 10**power
    values = {"n": n, "side": side(n), "groups": GROUPS, "vectors": max(n // WIDTH, 1), "width": WIDTH}
    batch = work.batch(n) if work.cold else max(10 ** (6 - power), 1)
    case = {
        "name": work.name,
        "setup": [statement.format(**values) for statement in work.setup],
        "run": work.run,
        "batch": batch,
        "cold": work.cold,
        "repeat": 1 if work.cold else RUNS,
    }
    with new_folder(home) as folder:
        (answer,) = linal.run([case], folder, threads=threads)
    if "error" in answer:
        return Point(work.name, threads, power, None, answer["error"].splitlines()[0])
    # A batch of a cold work is the work of n elements.
    steps = work.steps(n) / (batch if work.cold else 1)
    return Point(work.name, threads, power, statistics.median(answer["nanoseconds"]) / steps)


def table(points):
    """The Markdown: a line for each work and number of threads, a column for each size."""
    powers = sorted({point.power for point in points})
    lines = [
        "| a step of | threads | " + " | ".join(f"10^{power}" for power in powers) + " |",
        "| --- | ---: |" + " ---: |" * len(powers),
    ]
    for (name, threads), own in by_line(points).items():
        cells = {point.power: "error" if point.error else fine(point.nanoseconds) for point in own}
        lines.append(f"| {name} | {threads} | " + " | ".join(cells.get(power, "–") for power in powers) + " |")
    errors = dict.fromkeys(f"- {point.work}: {point.error}" for point in points if point.error)
    return "\n".join([*lines, *([""] + list(errors) if errors else [])])


def picture(points):
    """The SVG: a panel for each work, a line for each number of threads."""
    panels = {}
    for (name, threads), own in by_line(points).items():
        found = [(10**point.power, point.nanoseconds) for point in own if point.nanoseconds]
        panels.setdefault(name, []).append(Line(f"{threads} thread{'s' * (threads > 1)}", found))
    return draw([Panel(name, lines) for name, lines in panels.items()], "elements", "nanoseconds a step")


def by_line(points):
    lines = {}
    for point in points:
        lines.setdefault((point.work, point.threads), []).append(point)
    return lines


def fine(nanoseconds):
    return f"{nanoseconds:.3g} ns" if nanoseconds < 1_000 else duration(nanoseconds)
