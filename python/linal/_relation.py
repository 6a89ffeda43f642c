"""Relations: queries that are put together by methods and run as one plan."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import _linal
from ._errors import ValueError_, mistake
from ._result import Result, Rows
from ._tensor import Tensor, quoted

if TYPE_CHECKING:
    from ._connection import Connection

_NAME = re.compile(r"[^\W\d]\w*")
_DISTANCES = {
    "cosine": "1 - COSINE_SIM({column}, {query})",
    "l2": "DISTANCE({column}, {query})",
    "dot": "0 - DOT({column}, {query})",
}


class Relation(Rows):
    """A query that has not run, as ``db.table("t")`` gives it. Each method gives a new relation; rows, lengths and
    displays run it once, as one statement.

    >>> import linal
    >>> db = linal.connect()
    >>> db["t"] = {"g": ["a", "b", "a"], "x": [1, 5, 3]}
    >>> r = db.table("t").filter("x > 1").select("g", "x * 2 AS y")
    >>> r.aggregate("g", "SUM(y) AS s").order("s DESC").limit(5).fetchall()
    [('b', 10), ('a', 6)]
    """

    __slots__ = ("_name", "_order", "_result", "_source", "_tail")

    _db: Connection

    def __init__(
        self, db: Connection, source: str, name: str | None = None, order: str = "", tail: str = ""
    ) -> None:
        self._db = db
        # What stands behind FROM: a table, or a query in brackets.
        self._source = source
        self._name = name
        self._order = order
        self._tail = tail
        self._result: Result | None = None

    @classmethod
    def _of_table(cls, db: Connection, name: str) -> Relation:
        parts = ".".join(quoted(part) for part in name.split("."))
        return cls(db, parts, name.split(".")[-1])

    @property
    def sql(self) -> str:
        """The text of the query.

        >>> import linal
        >>> linal.connect().table("t").filter("x > 1").sql
        'SELECT * FROM `t` WHERE x > 1'
        """
        if self._source.startswith("(") and not self._order and not self._tail:
            return self._source[1:-1]
        return f"SELECT * FROM {self._from()}{self._order}{self._tail}"

    def filter(self, condition: str) -> Relation:
        """The rows for which a condition holds; ``where`` is another name.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"g": ["a", "b", "a"], "x": [1, 5, 3]}
        >>> db.table("t").filter("x > 1").fetchall()
        [('b', 5), ('a', 3)]
        """
        if self._tail:
            return self._new(f"SELECT * FROM {self._from(True)} WHERE {condition}")
        return self._new(f"SELECT * FROM {self._from()} WHERE {condition}", self._order)

    where = filter

    def select(self, *columns: str) -> Relation:
        """The given columns or expressions.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"g": ["a", "b", "a"], "x": [1, 5, 3]}
        >>> db.table("t").select("g", "x * 2 AS y").fetchone()
        ('a', 2)
        """
        return self._new(f"SELECT {', '.join(columns)} FROM {self._from()}{self._order}{self._tail}")

    def aggregate(self, groups: str, *aggregates: str) -> Relation:
        """Aggregates for each group: the names of the groups, and expressions. Without groups, over all rows.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"g": ["a", "b", "a"], "x": [1, 5, 3]}
        >>> db.table("t").aggregate("", "SUM(x) AS s").fetchone()
        (9,)
        >>> db.table("t").aggregate("g", "SUM(x) AS s").order("g").fetchall()
        [('a', 4), ('b', 5)]
        """
        columns = ", ".join(part for part in (groups, *aggregates) if part)
        behind = f" GROUP BY {groups}" if groups else ""
        return self._new(f"SELECT {columns} FROM {self._from(bool(self._tail))}{behind}")

    def order(self, *by: str) -> Relation:
        """The rows in an order, such as ``"s DESC"``.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"g": ["a", "b", "a"], "x": [1, 5, 3]}
        >>> db.table("t").order("x DESC").fetchone()
        ('b', 5)
        """
        if self._tail:
            inner = Relation(self._db, self._from(True))
            return inner.order(*by)
        return Relation(self._db, self._source, self._name, f" ORDER BY {', '.join(by)}")

    def limit(self, count: int, offset: int = 0) -> Relation:
        """The first rows, perhaps after some.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"g": ["a", "b", "a"], "x": [1, 5, 3]}
        >>> db.table("t").order("x").limit(1, offset=1).fetchall()
        [('a', 3)]
        """
        behind = f" LIMIT {int(count)}" + (f" OFFSET {int(offset)}" if offset else "")
        if self._tail:
            return Relation(self._db, self._from(True), self._name, "", behind)
        return Relation(self._db, self._source, self._name, self._order, behind)

    def distinct(self) -> Relation:
        """Each row once.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"g": ["a", "b", "a"], "x": [1, 5, 3]}
        >>> db.table("t").select("g").distinct().order("g").fetchall()
        [('a',), ('b',)]
        """
        return self._new(f"SELECT DISTINCT * FROM {self._from(bool(self._tail))}")

    def join(self, other: Relation | str, on: str | list[str], how: str = "inner") -> Relation:
        """The rows of both for which a condition holds; ``on`` is a column that both have, a list of them, or a
        condition. ``how`` is ``inner``, ``left``, ``right``, ``full``, ``semi``, ``anti`` or ``cross``.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"id": [1, 2], "x": [10, 20]}
        >>> db["u"] = {"id": [2, 3], "y": ["b", "c"]}
        >>> db.table("t").join("u", on="id").fetchall()
        [(2, 20, 'b')]
        """
        right = Relation._of_table(self._db, other) if isinstance(other, str) else other
        names = [on] if isinstance(on, str) else list(on)
        if all(_NAME.fullmatch(name) for name in names):
            condition = f"USING ({', '.join(quoted(name) for name in names)})"
        else:
            condition = f"ON {' AND '.join(names)}"
        word = {"inner": "", "left": "LEFT ", "right": "RIGHT ", "full": "FULL "}.get(
            how.lower(), how.upper() + " "
        )
        if how.lower() == "cross":
            condition = ""
        left_from = self._from(bool(self._tail or self._order))
        text = f"SELECT * FROM {left_from} {word}JOIN {right._from(bool(right._tail or right._order))} {condition}"
        return self._new(text.rstrip())

    def search(
        self, column: str, query: Any, k: int = 10, metric: str = "cosine", where: str | None = None
    ) -> Relation:
        """The ``k`` rows whose vectors are nearest, best first, with ``distance`` and, by cosine, ``score``. ``query``
        is a vector, or the name of a tensor; rows without a distance drop out.

        >>> import linal
        >>> db = linal.connect()
        >>> db["docs"] = {"id": [1, 2], "v": [[1.0, 0.0], [0.6, 0.8]]}
        >>> [row[0] for row in db.table("docs").search("v", [0.0, 1.0], k=1)]
        [2]
        """
        if metric.lower() not in _DISTANCES:
            raise mistake(ValueError_, f"there is no metric `{metric}`: it is cosine, l2 or dot")
        vector = _vector(query)
        vectors = quoted(column) if _NAME.fullmatch(column) is None else column
        distance = _DISTANCES[metric.lower()].format(column=vectors, query=vector)
        score = f", COSINE_SIM({vectors}, {vector}) AS score" if metric.lower() == "cosine" else ""
        kept = f" WHERE {where}" if where else ""
        inner = f"SELECT *, {distance} AS distance{score} FROM {self._from(bool(self._tail))}{kept}"
        found = Relation(self._db, f"({inner})").filter("distance IS NOT NULL")
        return found.order("distance").limit(k)

    def explain(self) -> str:
        """The plan that runs, as ``EXPLAIN`` shows it.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"g": ["a", "b", "a"], "x": [1, 5, 3]}
        >>> "x > 1" in db.table("t").filter("x > 1").explain()
        True
        """
        return self._db.execute(f"EXPLAIN {self.sql}").message or ""

    def execute(self) -> Result:
        """Runs the query again; the result is one of its own.

        >>> import linal
        >>> db = linal.connect()
        >>> db["t"] = {"g": ["a", "b", "a"], "x": [1, 5, 3]}
        >>> first, second = (db.table("t").execute() for _ in range(2))
        >>> len(first) == len(second) == 3
        True
        """
        return self._db.sql(self.sql)

    def _new(self, text: str, order: str = "") -> Relation:
        return Relation(self._db, f"({text})", None, order)

    def _from(self, whole: bool = False) -> str:
        """What stands behind FROM; with ``whole``, after order and limit."""
        if whole and (self._order or self._tail):
            return f"(SELECT * FROM {self._source}{self._order}{self._tail})"
        return self._source

    def _current(self) -> _linal.Rows:
        if self._result is None:
            self._result = self.execute()
        return self._result._current()

    def __iter__(self) -> Any:
        return iter(self.execute())


def _vector(query: Any) -> str:
    """A vector as text."""
    if isinstance(query, str):
        return query
    if isinstance(query, Tensor):
        query = query.tolist()
    elif hasattr(query, "tolist"):
        query = query.tolist()
    return "[" + ", ".join(repr(float(element)) for element in query) + "]"
