"""The cases but TPC-H, as linal runs them, by chapter."""

from . import datasets, statements, tensors

CHAPTERS = {"statements": statements.CASES, "tensors": tensors.CASES, "datasets": datasets.CASES}
