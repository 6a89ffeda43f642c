"""Makes the tables of TPC-DS and the texts of its queries, in an environment that has DuckDB's extension; see tpcds.py.

    python tpcds_maker.py FOLDER SCALE
"""

import json
import pathlib
import sys

import duckdb
import duckdb_extension_tpcds as extension

folder, scale = pathlib.Path(sys.argv[1]), float(sys.argv[2])
library = next(pathlib.Path(extension.__file__).parent.glob("extensions/*/tpcds.duckdb_extension"))
unfinished = folder / "unfinished.duckdb"
unfinished.unlink(missing_ok=True)
with duckdb.connect(str(unfinished), config={"allow_unsigned_extensions": "true"}) as database:
    database.execute(f"LOAD '{library}'")
    database.execute(f"CALL dsdgen(sf = {scale})")
    tables = [name for (name,) in database.execute("SHOW TABLES").fetchall()]
    for table in tables:
        database.execute(f"COPY {table} TO '{folder / table}.parquet'")
    queries = database.execute("SELECT query FROM tpcds_queries() ORDER BY query_nr").fetchall()
unfinished.unlink()
(folder / "queries.json").write_text(json.dumps([text.strip().rstrip(";") for (text,) in queries]))
(folder / "tables.json").write_text(json.dumps(tables))
