"""The cases but TPC-H, as linal runs them, by chapter."""

from . import datasets, statements, tensors, windows

CHAPTERS = {"statements": statements.CASES, "tensors": tensors.CASES, "datasets": datasets.CASES, "windows": windows.CASES}
