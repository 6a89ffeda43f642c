"""Reads database directories of linal with DuckDB, as DuckLake 1.0 catalogs."""
