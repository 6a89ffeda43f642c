"""Fuzzers: random queries, random tensor expressions, and the test suites of other engines."""
