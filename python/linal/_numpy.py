"""NumPy, where a method needs it. `import linal` does not."""

from __future__ import annotations

from typing import Any

from ._errors import missing


def numpy(what: str) -> Any:
    """The module.

    Raises:
        ImportError: it is not installed; says what to install.
    """
    try:
        import numpy
    except ImportError:
        raise missing("numpy", what) from None
    return numpy


def view(array: Any) -> Any:
    """A read-only view on the memory of an array of the engine."""
    return numpy("a column of vectors").asarray(array)
