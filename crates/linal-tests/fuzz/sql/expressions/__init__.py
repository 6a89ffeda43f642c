"""Generators of expressions, one module per type."""

from . import booleans, common, dates, integers, floats, texts, subqueries, aggregates, windows, vectors

__all__ = ["aggregates", "booleans", "common", "dates", "floats", "integers", "subqueries", "texts", "vectors", "windows"]
