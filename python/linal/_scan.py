"""Python variables that stand in queries: frames and arrays of the caller."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from ._frames import is_array, is_table

_PACKAGE = __name__.rpartition(".")[0]


def caller() -> FrameType | None:
    """The nearest frame that is not of this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_own(frame):
        frame = frame.f_back
    return frame


def find(name: str, frame: FrameType | None) -> Any:
    """A frame or an array of this name, in the local or global variables of a frame or those that called it; None when
    there is none."""
    while frame is not None:
        for variables in (frame.f_locals, frame.f_globals):
            value = variables.get(name)
            if value is not None and (is_table(value) or is_array(value)):
                return value
        frame = frame.f_back
    return None


def _is_own(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    return module == _PACKAGE or module.startswith(_PACKAGE + ".")
