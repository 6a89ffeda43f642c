"""Parses the sqllogictest files of SQLite, DuckDB and DataFusion."""

import dataclasses
import itertools
import re

# Records for these engines agree with linal's semantics.
KEPT = {"sqlite": "postgresql", "duckdb": "duckdb", "datafusion": "datafusion"}
BLOCK = re.compile(r"^(statement|query)\b")


@dataclasses.dataclass
class Record:
    """A statement, or a query with its rows. `expect` is one of ok, error, rows and any."""

    line: int
    sql: str
    expect: str
    types: str = ""
    sort: str = "nosort"
    lines: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Suite:
    """The records of a file; `reason` says why none of them can run."""

    records: list
    reason: str = ""


def read(text, kind):
    """Parses a file of one of the three suites."""
    lines = text.split("\n")
    records, reason = [], ""
    for block in blocks(list(enumerate(lines, 1))):
        if isinstance(block, str):
            reason = reason or block
            continue
        records.append(block)
    if kind == "sqlite":
        records = chosen_pairs(records)
    kept = [record for record in records if isinstance(record, Record) and record.sql]
    return Suite(kept, reason)


# Blocks: a reason to skip the file, or a record.


def blocks(numbered, variables=()):
    place = 0
    conditions = []
    while place < len(numbered):
        number, line = numbered[place]
        line = substitute(line, variables).strip()
        words = line.split()
        if not words or line.startswith("#"):
            place += 1
        elif words[0] in ("loop", "foreach", "concurrentloop", "concurrentforeach"):
            end = closing(numbered, place)
            for value in values_of(words):
                yield from blocks(numbered[place + 1 : end], (*variables, (words[1], value)))
            place = end + 1
        elif words[0] in ("skipif", "onlyif"):
            conditions.append((words[0], words[1] if len(words) > 1 else "", line))
            place += 1
        elif BLOCK.match(line):
            end = place
            while end < len(numbered) and numbered[end][1].strip():
                end += 1
            record = make_record(number, [substitute(text, variables) for _, text in numbered[place:end]])
            record.conditions = conditions
            conditions = []
            yield record
            place = end
        else:
            if words[0] == "require" and len(words) > 1 and words[1] not in ("skip_reload", "vector_size", "noforcestorage", "no_alternative_verify", "block_size", "parquet", "json", "icu", "notwindows"):
                yield f"require {words[1]}"
            if words[0] in ("load", "restart", "unzip", "require-env", "test-env", "include"):
                yield words[0]
            if words[:2] == ["mode", "skip"]:
                yield "mode skip"
            if words[0] == "halt":
                return
            place += 1


def closing(numbered, place):
    depth = 0
    for index in range(place, len(numbered)):
        word = numbered[index][1].split()[:1]
        if word and word[0] in ("loop", "foreach", "concurrentloop", "concurrentforeach"):
            depth += 1
        if word == ["endloop"]:
            depth -= 1
            if not depth:
                return index
    return len(numbered)


def values_of(words):
    if words[0] in ("loop", "concurrentloop"):
        try:
            # A few iterations suffice.
            return [str(value) for value in itertools.islice(range(int(words[2]), int(words[3])), 10)]
        except (ValueError, IndexError):
            return []
    return [value for value in words[2:] if not value.startswith("<")][:10]


def substitute(line, variables):
    for name, value in variables:
        line = line.replace("${" + name + "}", value)
    return line


def make_record(number, lines):
    words = lines[0].split()
    body, rows, seen = [], [], False
    for line in lines[1:]:
        if line.strip() == "----":
            seen = True
        elif seen:
            rows.append(line)
        elif not line.startswith("#"):
            body.append(line)
    sql = "\n".join(body).strip().rstrip(";")
    if words[0] == "statement":
        expect = {"ok": "ok", "error": "error", "count": "ok"}.get(words[1] if len(words) > 1 else "", "any")
        return Record(number, sql, expect)
    if len(words) > 1 and words[1] == "error":
        return Record(number, sql, "error")
    sort = next((word for word in words[2:] if word in ("rowsort", "valuesort", "nosort", "sort")), "nosort")
    return Record(number, sql, "rows", words[1] if len(words) > 1 else "", sort, rows)


def chosen_pairs(records):
    """SQLite's records for MySQL with DIV replace those with `/`, which is true division here."""
    kept, skip_next = [], False
    for record in records:
        conditions = getattr(record, "conditions", [])
        only = next((line for word, name, line in conditions if word == "onlyif"), None)
        skips = [name for word, name, _ in conditions if word == "skipif"]
        if only is not None:
            if "mysql" in only and "DIV" in only:
                record.sql = re.sub(r"AS SIGNED", "AS INTEGER", record.sql)
                kept.append(record)
                skip_next = True
            continue
        if skip_next and "mysql" in skips:
            skip_next = False
            continue
        skip_next = False
        # Aliases without AS are accepted here, but not in PostgreSQL.
        strict = any("postgresql" in line and "requires AS" not in line for word, _, line in conditions if word == "skipif")
        if not strict:
            kept.append(record)
    return kept
