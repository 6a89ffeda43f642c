"""The operations, a module a family."""

from . import algebra, elementwise, reductions, shapes, signals, statistics

__all__ = ["algebra", "elementwise", "reductions", "shapes", "signals", "statistics"]
