"""The suites of queries by name. Each is a function, since it builds its data when it is called."""

from . import clickbench, tpcds, tpch

DISK = "from disk: each query opens the database, of whose files nothing is in memory"


def suites(home, sizes, memory_limit):
    """Functions that give a suite."""

    def scale(factor):
        return max(factor / sizes.shrink, 0.01)

    def tpch_at(name, factor, **asked):
        return name, lambda: tpch.suite(home, name, factor, **asked)

    def disk(name, factor, text, **asked):
        title = f"TPC-H, scale factor {factor:g}, {text}"
        return tpch_at(name, factor, title=title, stored=True, **asked)

    one = {"goals": {"duckdb": 1.2}, "mean_goals": {"duckdb": 0.65}}
    rows = sizes.rows(5_000_000)
    limited = f"from disk, with a memory limit of {memory_limit / 1e9:g} GB"
    return dict(
        [
            tpch_at("tpch-0.1", 0.1 if sizes.shrink == 1 else 0.01),
            tpch_at("tpch-1", scale(1), **one),
            disk("tpch-1-disk", scale(1), DISK, cold=True, mean_goals={"duckdb": 1.2}),
            disk("tpch-10-disk", scale(10), limited, repeat=1, memory_limit=memory_limit),
            ("tpcds-1", lambda: tpcds.suite(home, "tpcds-1", scale(1), mean_goals={"duckdb": 1.0})),
            ("clickbench", lambda: clickbench.suite(home, "clickbench", rows, repeat=1, mean_goals={"duckdb": 1.0})),
        ]
    )


def is_chosen(name, chosen):
    """Whether a suite is one that was asked for; `tpch` is the small one."""
    if name in chosen.names or (name == "tpch-1" and chosen.scale_1):
        return True
    small = name == "tpch-0.1"
    return (chosen.all or small) if not chosen.names else small and "tpch" in chosen.names
