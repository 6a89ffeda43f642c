"""Functions of Python that the engine calls, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _linal
from ._frames import columns
from ._numpy import numpy
from ._result import _column
from ._tensor import Tensor


def call(function: Callable[..., Any], arguments: _linal.Rows, count: int) -> _linal.Rows:
    """The result of a function for rows without NULL; called by the compiled part."""
    module = numpy("a function of Python")
    arrays = [_column(arguments, at) for at in range(len(arguments.columns))]
    result = function(*arrays)
    if isinstance(result, Tensor):
        result = result.numpy()
    if not isinstance(result, (list, tuple)) and getattr(result, "shape", ()) == ():
        # One value for all rows.
        result = [result] * count
    elif isinstance(result, module.ndarray) and not result.flags.writeable:
        # A view of an argument, which is the engine's memory.
        result = result.copy()
    return columns({"result": result})
