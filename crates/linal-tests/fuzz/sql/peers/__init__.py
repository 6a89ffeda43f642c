"""Other engines that answer the same queries."""

from .duck import Duck
from .postgres import Postgres, find_postgres
from .sqlite import Sqlite

__all__ = ["Duck", "Postgres", "Sqlite", "find_postgres"]
