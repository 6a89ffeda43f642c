"""The 22 queries of TPC-H against DuckDB: rows and times."""

import pathlib
import statistics

from .data import TPCH_TABLES
from .peers.duck import Duck
from .report import Result
from .rows import difference, from_csv

QUERIES = pathlib.Path(__file__).resolve().parents[3] / "crates/linal-tests/tpch"
REPEAT = 3


def compare(scale, folder, linal, threads, rounds):
    """A result for each query, and the geometric mean of the ratios."""
    queries = {path.stem: path.read_text() for path in sorted(QUERIES.glob("q*.sql"))}
    results = {name: Result(f"tpch-{scale}/{name}", name.upper(), f"TPC-H, scale factor {scale}") for name in queries}
    duck = Duck(threads)
    database = duck.database()
    for table in TPCH_TABLES:
        database.execute(f"CREATE TABLE {table} AS FROM '{folder / table}.parquet'")
    for round_number in range(rounds):
        answers = linal.run(messages(queries), folder) if linal else []
        answers = {answer["name"]: answer for answer in answers}
        for name, sql in queries.items():
            expected, times = duck.measure(lambda sql=sql: database.execute(sql).fetchall(), REPEAT)
            results[name].times.setdefault("duckdb", []).extend(times)
            if name in answers:
                note(results[name], answers[name], expected, first=round_number == 0)
    return [*results.values(), *mean(scale, results.values())]


def messages(queries):
    """linal's statements: the first case reads the tables for all."""
    imports = [f'IMPORT DATASET FROM "{table}.parquet" AS {table}' for table in TPCH_TABLES]
    cases = [{"name": name, "run": sql, "repeat": REPEAT, "rows": True} for name, sql in queries.items()]
    cases[0]["setup"] = imports
    return cases


def note(result, answer, expected, first):
    """Takes linal's times of a round; the first says whether its rows are right."""
    if "error" in answer:
        result.wrong = f"linal: {answer['error'].splitlines()[0]}"
        return
    result.times.setdefault("linal", []).extend(answer["nanoseconds"])
    if first:
        wrong = difference(from_csv(answer["rows"]), expected)
        if wrong:
            result.wrong = f"WRONG: {wrong}"
        else:
            result.notes.append("same rows")


def mean(scale, results):
    """The geometric means of the queries that ran in both; their ratio is the geometric mean of the ratios."""
    ran = [result for result in results if result.median("linal") and result.median("duckdb")]
    if not ran:
        return []
    times = {
        engine: [statistics.geometric_mean(result.median(engine) for result in ran)] for engine in ("linal", "duckdb")
    }
    title = f"geometric mean of {len(ran)} queries"
    goals = {"duckdb": 1.0} if scale == 1 else {}
    return [Result(f"tpch-{scale}/mean", title, f"TPC-H, scale factor {scale}", times, goals)]
