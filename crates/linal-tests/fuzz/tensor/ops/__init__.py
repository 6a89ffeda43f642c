"""The operations, one module per family."""

from . import algebra, elementwise, reductions, shapes, signals, statistics

__all__ = ["algebra", "elementwise", "reductions", "shapes", "signals", "statistics"]
