"""Random queries."""

from .top import top_query

__all__ = ["top_query"]
