"""linal: a tensor-first analytical engine.

A connection runs statements of the LINAL language, which has tensors and SQL, and exchanges values with Python without a
copy.

>>> import linal
>>> db = linal.connect()                                  # in memory; connect("my.linal") is a directory
>>> db["embeddings"] = {"id": [1, 2], "v": [[1.0, 0.0], [0.6, 0.8]]}
>>> db["q"] = [0.0, 1.0]
>>> db.sql("SELECT id, COSINE_SIM(v, q) AS s FROM embeddings ORDER BY s DESC LIMIT 1").fetchall()
[(2, 0.8)]
>>> q = db["q"]
>>> (q @ q + 1).item()
2.0

Values in: ``db["x"] = array`` makes a tensor, ``db["t"] = frame`` a dataset; ``append`` adds rows; variables of Python
that hold frames or arrays stand in queries by their names.

Values out: ``db["x"]`` is a ``Tensor``, ``db["t"]`` a ``Dataset``, and ``Connection.sql`` gives a
``Result``. All of them give NumPy arrays, frames of pandas and Polars, and Arrow tables.

Relations: ``db.table("t").filter(...).aggregate(...)`` is one query, which runs when its rows are asked for.

Errors are ``Error`` and its subclasses; ``linal.dbapi`` is DB-API 2.0; ``%load_ext linal`` gives notebooks
``%%linal``; ``python -m linal`` is the command line.
"""

from __future__ import annotations

import threading
from typing import Any

from . import dbapi
from ._connection import Connection, Parameters, config, connect
from ._errors import (
    ConflictError,
    Error,
    FileError,
    InternalError,
    MemoryLimitError,
    NameError_,
    NotSupportedError,
    ShapeError,
    SyntaxError_,
    TimeoutError_,
    TypeError_,
    ValueError_,
)
from ._linal import version as _version
from ._relation import Relation
from ._result import Dataset, Result
from ._tensor import DType, Tensor

__version__ = _version()

__all__ = [
    "ConflictError",
    "Connection",
    "DType",
    "Dataset",
    "Error",
    "FileError",
    "InternalError",
    "MemoryLimitError",
    "NameError_",
    "NotSupportedError",
    "Relation",
    "Result",
    "ShapeError",
    "SyntaxError_",
    "Tensor",
    "TimeoutError_",
    "TypeError_",
    "ValueError_",
    "config",
    "connect",
    "dbapi",
    "default",
    "execute",
    "load_ipython_extension",
    "sql",
]

_default: Connection | None = None
_lock = threading.Lock()


def default() -> Connection:
    """The default connection, in memory, which ``sql`` and ``execute`` use.

    >>> import linal
    >>> linal.default() is linal.default()
    True
    """
    global _default
    with _lock:
        if _default is None or _default.closed:
            _default = connect()
        return _default


def execute(statements: str, parameters: Parameters | None = None) -> Result:
    """Runs statements on the default connection, as ``Connection.execute`` does.

    >>> import linal
    >>> linal.execute("LET answer = 6 * 7")
    answer i64 []
    """
    return default().execute(statements, parameters)


def sql(query: str, parameters: Parameters | None = None) -> Result:
    """Runs a query on the default connection, as ``Connection.sql`` does.

    >>> import linal
    >>> linal.sql("SELECT $1 + 1 AS x", [41]).fetchone()
    (42,)
    """
    return default().sql(query, parameters)


def load_ipython_extension(shell: Any) -> None:
    """Gives a notebook ``%linal`` and ``%%linal``; called by ``%load_ext linal``."""
    from ._magic import load

    load(shell)


for _name in __all__:
    # Help and messages name what a user imports, not the file that has it.
    if getattr(globals()[_name], "__module__", "").startswith(__name__ + "."):
        globals()[_name].__module__ = __name__
del _name
