"""The 22 queries of TPC-H against DuckDB: the same rows, and how long they take."""

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
    results = {name: Result(f"TPC-H {name}, scale factor {scale}") for name in queries}
    duck = Duck(threads)
    database = duck.database()
    for table in TPCH_TABLES:
        database.execute(f"CREATE TABLE {table} AS FROM '{folder / table}.parquet'")
    for round_number in range(rounds):
        answers = linal.run(messages(queries), folder) if linal else []
        answers = {answer["name"]: answer for answer in answers}
        for name, sql in queries.items():
            expected, times = duck.measure(lambda: database.execute(sql).fetchall(), REPEAT)
            results[name].times.setdefault("duckdb", []).extend(times)
            if name in answers:
                note(results[name], answers[name], expected, first=round_number == 0)
    return [*results.values(), *mean(scale, results.values())]


def messages(queries):
    """What linal is asked: the first case reads the tables for all."""
    imports = [f'IMPORT DATASET FROM "{table}.parquet" AS {table}' for table in TPCH_TABLES]
    cases = [{"name": name, "run": sql, "repeat": REPEAT, "rows": True} for name, sql in queries.items()]
    cases[0]["setup"] = imports
    return cases


def note(result, answer, expected, first):
    """Takes linal's times of a round; the first says whether its rows are right."""
    if "error" in answer:
        result.notes[:] = [f"linal: {answer['error'].splitlines()[0]}"]
        return
    result.times.setdefault("linal", []).extend(answer["nanoseconds"])
    if first:
        wrong = difference(from_csv(answer["rows"]), expected)
        result.notes.append(f"WRONG: {wrong}" if wrong else "same rows")


def mean(scale, results):
    """The geometric mean of the ratios of the queries that ran."""
    pairs = [(result.median("linal"), result.median("duckdb")) for result in results]
    ratios = [own / peer for own, peer in pairs if own and peer]
    if not ratios:
        return []
    text = f"{statistics.geometric_mean(ratios):.2f} over {len(ratios)} queries"
    return [Result(f"TPC-H, scale factor {scale}: geometric mean of the ratios to DuckDB", notes=[text])]
