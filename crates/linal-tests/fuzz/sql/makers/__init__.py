"""The expressions that are made, a module a type."""

from . import booleans, common, dates, integers, floats, texts, subqueries, aggregates, windows, vectors

__all__ = ["aggregates", "booleans", "common", "dates", "floats", "integers", "subqueries", "texts", "vectors", "windows"]
