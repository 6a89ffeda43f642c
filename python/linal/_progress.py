"""The progress of statements that take more than a second, in a terminal or in Jupyter."""

from __future__ import annotations

import sys
from typing import Any

_enabled = True
_width = 0
_display: Any = None
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def enable(value: bool) -> None:
    """Whether progress is shown."""
    global _enabled
    _enabled = value


def is_enabled() -> bool:
    """Whether progress is shown."""
    return _enabled


def text(what: str, done: int, total: int, seconds: float) -> str:
    """What is shown of a statement.

    >>> text("points.csv", 3_000_000, 12_000_000, 2.0)
    'points.csv [00:00:02] [██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░] 2.86 MiB/11.44 MiB'
    """
    clock = f"[{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}]"
    if not total:
        return f"{_FRAMES[int(seconds * 10) % len(_FRAMES)]} {what or 'running'} {clock}"
    full = min(40, 40 * done // total)
    bar = "█" * full + "░" * (40 - full)
    return f"{what} {clock} [{bar}] {_bytes(done)}/{_bytes(total)}"


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.2f} {unit}" if unit != "B" else f"{count} B"
        size /= 1024
    return f"{size:.2f} TiB"


def tick(what: str, done: int, total: int, seconds: float) -> None:
    """Shows the state of the running statement; called by the compiled part."""
    global _width, _display
    if not _enabled:
        return
    line = text(what, done, total, seconds)
    shell = _notebook()
    if shell is not None:
        from IPython.display import display  # type: ignore[import-not-found,unused-ignore]

        if _display is None:
            _display = display({"text/plain": line}, raw=True, display_id=True)
        else:
            _display.update({"text/plain": line}, raw=True)
    elif sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write("\r" + line.ljust(_width))
        sys.stderr.flush()
        _width = len(line)


def end() -> None:
    """Removes what is shown; called by the compiled part."""
    global _width, _display
    if _display is not None:
        _display.update({"text/plain": ""}, raw=True)
        _display = None
    if _width and sys.stderr is not None:
        sys.stderr.write("\r" + " " * _width + "\r")
        sys.stderr.flush()
        _width = 0


def _notebook() -> Any:
    """The shell of Jupyter; None in a terminal."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell if shell is not None and type(shell).__name__ == "ZMQInteractiveShell" else None
