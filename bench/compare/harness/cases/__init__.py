"""The cases but suites of queries, as linal runs them, by chapter."""

from . import datasets, durable, large, package, queries, scans, statements, tensors, windows


def chapters(sizes):
    """The cases of each chapter. Those of the first four have sizes of their own."""
    return {
        "statements": statements.CASES,
        "tensors": tensors.CASES,
        "datasets": datasets.CASES,
        "windows": windows.CASES,
        "large tables": list(large.cases(sizes)),
        "SQL": list(queries.cases(sizes)),
        "files": list(scans.cases(sizes)),
        "durable": list(durable.cases(sizes)),
        "Python": list(package.cases(sizes)),
    }
