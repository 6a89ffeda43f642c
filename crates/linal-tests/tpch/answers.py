"""Writes answers/qNN.csv: the 22 queries at scale factor 0.01, in DuckDB. See README.md."""

import csv
import pathlib
import subprocess
import sys
import tempfile

import duckdb

HERE = pathlib.Path(__file__).resolve().parent
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")


def main():
    database = duckdb.connect()
    with tempfile.TemporaryDirectory() as folder:
        tool = pathlib.Path(sys.executable).with_name("tpchgen-cli")
        subprocess.run([tool, "parquet", "-s", "0.01", "--output-dir", folder], check=True)
        for table in TABLES:
            database.execute(f"CREATE TABLE {table} AS FROM '{folder}/{table}.parquet'")
    for query in sorted(HERE.glob("q*.sql")):
        cursor = database.execute(query.read_text())
        with open(HERE / "answers" / f"{query.stem}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([column[0] for column in cursor.description])
            writer.writerows(cursor.fetchall())


if __name__ == "__main__":
    main()
