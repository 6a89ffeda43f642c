"""Queries over a directory that linal wrote, with the results that linal gave."""

import json
import os

from .compare import differences, texts
from .connect import attach


def expected_rows(connection, entry, folder):
    """Rows as they stand in the entry, or those of a CSV file with a header, where an empty field without quotes is NULL."""
    if "csv" not in entry:
        return entry["rows"]
    path = os.path.join(folder, entry["csv"]).replace("'", "''")
    return texts(connection, f"FROM read_csv('{path}', header = true, all_varchar = true, allow_quoted_nulls = false)")


def case(entry, folder):
    def run(directory):
        connection = attach(directory, entry.get("attach", "READ_ONLY"))
        if "error" in entry:
            return missing_error(connection, entry)
        rows = expected_rows(connection, entry, folder)
        return differences(connection, entry["query"], rows, entry.get("columns"), entry.get("ordered", True))
    return run


def missing_error(connection, entry):
    try:
        connection.execute(entry["query"]).fetchall()
    except Exception as error:
        return [] if entry["error"] in str(error) else [f"the error is: {error}"]
    return ["the query was answered"]


def cases(file):
    with open(file, encoding="utf-8") as text:
        entries = json.load(text)
    folder = os.path.dirname(os.path.abspath(file))
    return [(entry.get("name", entry["query"]), case(entry, folder)) for entry in entries]
