"""The table."""

import statistics
from dataclasses import dataclass, field

ENGINES = ("linal", "duckdb", "polars", "numpy", "linaldb")
UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))


@dataclass
class Result:
    """The times of a case in nanoseconds, by engine, and what is to be said about it."""

    title: str
    times: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    def median(self, engine):
        times = self.times.get(engine)
        return statistics.median(times) if times else None


def table(results):
    """The Markdown of all results. A ratio is linal's median divided by the peer's: below 1, linal is faster."""
    lines = [
        "| case | " + " | ".join(f"{name} (ratio)" if name != "linal" else name for name in ENGINES) + " | notes |",
        "| --- |" + " ---: |" * len(ENGINES) + " --- |",
    ]
    for result in results:
        row = [cell(result, engine) for engine in ENGINES]
        lines.append(f"| {result.title} | " + " | ".join(row) + f" | {'; '.join(result.notes)} |")
    return "\n".join(lines)


def cell(result, engine):
    median, own = result.median(engine), result.median("linal")
    if median is None:
        return "–"
    if engine == "linal" or own is None:
        return duration(median)
    return f"{duration(median)} ({own / median:.2f})"


def duration(nanoseconds):
    size, unit = next((pair for pair in UNITS if nanoseconds >= pair[0]), UNITS[-1])
    return f"{nanoseconds / size:.3g} {unit}"
