"""Results, their goals, and the tables."""

import statistics
from dataclasses import asdict, dataclass, field

ENGINES = ("linal", "numpy", "numexpr", "torch", "jax", "duckdb", "polars", "sqlite", "hyper", "chdb", "linaldb")
UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))


@dataclass
class Result:
    """The times of a case in nanoseconds by engine, its goals, and notes."""

    name: str
    title: str
    chapter: str
    times: dict = field(default_factory=dict)
    goals: dict = field(default_factory=dict)
    at_most: float | None = None
    notes: list = field(default_factory=list)
    wrong: str | None = None

    def median(self, engine):
        times = self.times.get(engine)
        return statistics.median(times) if times else None

    def judged(self):
        """Each goal as a text and whether it is met; None when it cannot be judged."""
        own = self.median("linal")
        if self.at_most is not None:
            limit = self.at_most * 1e9
            yield f"≤ {duration(limit)}", own and own <= limit
        for peer, limit in self.goals.items():
            other = self.median(peer)
            if own is None or other is None:
                yield f"≤ {limit} of {peer}", None
            else:
                # The copy is no engine with a column, so its ratio stands here.
                ratio = "" if peer in ENGINES else f" ({own / other:.2f})"
                yield f"≤ {limit} of {peer}{ratio}", own / other <= limit

    def missed(self):
        """The missed goals, and wrong results."""
        missed = [text for text, met in self.judged() if met is False]
        return missed + [self.wrong] * (self.wrong is not None)

    def unsteady(self):
        """The engines whose interquartile range exceeds a third of their median: the machine was busy."""
        for engine, times in self.times.items():
            if len(times) > 3:
                low, _, high = statistics.quantiles(times, n=4)
                if high - low > self.median(engine) / 3:
                    yield engine

    def to_json(self):
        return asdict(self)


def table(results):
    """The Markdown of results. A ratio is linal's median divided by the peer's: below 1, linal is faster."""
    engines = [engine for engine in ENGINES if any(engine in result.times for result in results)]
    lines = [
        "| case | " + " | ".join(f"{name} (ratio)" if name != "linal" else name for name in engines) + " | goal | notes |",
        "| --- |" + " ---: |" * len(engines) + " --- | --- |",
    ]
    for result in results:
        row = [result.title, *(cell(result, engine) for engine in engines), goals(result)]
        notes = result.notes if result.wrong is None else [f"**{result.wrong}**"]
        unsteady = [engine for engine in result.unsteady() if engine == "linal" or engine in result.goals]
        notes = notes + [f"unsteady: {', '.join(unsteady)}"] * bool(unsteady)
        said = "; ".join(notes).replace("|", "\\|")
        lines.append(f"| {' | '.join(row)} | {said} |")
    return "\n".join(lines)


def goals(result):
    marks = {True: "✓", False: "✗", None: "–"}
    return ", ".join(f"{text} {marks[met]}" for text, met in result.judged())


def cell(result, engine):
    median, own = result.median(engine), result.median("linal")
    if median is None:
        return "–"
    if engine == "linal" or own is None:
        return duration(median)
    return f"{duration(median)} ({own / median:.3g})"


def duration(nanoseconds):
    size, unit = next((pair for pair in UNITS if nanoseconds >= pair[0]), UNITS[-1])
    return f"{nanoseconds / size:.3g} {unit}"
