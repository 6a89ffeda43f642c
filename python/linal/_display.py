"""Displays of notebooks."""

from __future__ import annotations

from html import escape as escaped
from typing import TYPE_CHECKING, Any

from . import _linal

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = ["escaped", "rows_html", "sparkline", "tensor_html"]

_STYLE = (
    "<style scoped>.linal td,.linal th{text-align:right;padding:2px 8px;white-space:nowrap}"
    ".linal th small{font-weight:normal;opacity:.6}.linal caption{caption-side:bottom;text-align:left;opacity:.7}"
    ".linal td.text,.linal th.text{text-align:left}</style>"
)
_ROWS = 20
_COLUMNS = 30
_SIDE = 10


def rows_html(rows: _linal.Rows) -> str:
    """A table with types under names, abridged in the middle, and the number of rows."""
    names, types = rows.columns, rows.types
    total = rows.count()
    kept = rows.again()
    if total > _ROWS:
        first = kept.fetch(_ROWS // 2)
        _skip(kept, total - _ROWS)
        last = kept.fetch()
    else:
        first, last = kept.fetch(), []
    shown = len(names) if len(names) <= _COLUMNS else _COLUMNS
    texts = [kind == "String" for kind in types]

    def mark(at: int) -> str:
        return " class='text'" if texts[at] else ""

    head = "".join(
        f"<th{mark(at)}>{escaped(name)}<br><small>{escaped(kind)}</small></th>"
        for at, (name, kind) in enumerate(zip(names[:shown], types[:shown]))
    )
    lines = [_line(row[:shown], mark) for row in first]
    if last:
        lines.append("<tr>" + "<td>⋮</td>" * shown + "</tr>")
        lines += [_line(row[:shown], mark) for row in last]
    more = f", {len(names) - shown} more columns" if shown < len(names) else ""
    caption = f"{total:,} row{'' if total == 1 else 's'} × {len(names)} column{'' if len(names) == 1 else 's'}{more}"
    return (
        f"{_STYLE}<table class='linal'><caption>{caption}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


def _skip(rows: _linal.Rows, count: int) -> None:
    """Leaves out rows, whose cells become no values of Python."""
    rows.skip(count)


def _line(row: tuple[Any, ...], mark: Any) -> str:
    return "<tr>" + "".join(f"<td{mark(at)}>{_cell(value)}</td>" for at, value in enumerate(row)) + "</tr>"


def _cell(value: Any) -> str:
    if value is None:
        return "<i>NULL</i>"
    if isinstance(value, float):
        return escaped(f"{value:.6g}")
    if hasattr(value, "tolist"):
        flat = value.reshape(-1)[:4].tolist()
        numbers = ", ".join(f"{number:.4g}" if isinstance(number, float) else str(number) for number in flat)
        return escaped(f"[{numbers}{', …' if value.size > 4 else ''}]")
    text = str(value)
    return escaped(text if len(text) <= 80 else text[:79] + "…")


def tensor_html(tensor: Tensor) -> str:
    """A small matrix as a table, a long vector with a sparkline, anything else as text."""
    shape = tensor.shape
    head = f"Tensor {escaped(str(tensor.dtype))} {list(shape)}"
    if len(shape) == 1 and shape[0] > _SIDE and not tensor.dtype.startswith("complex"):
        values = tensor.tolist()
        edge = ", ".join(f"{value:.4g}" if isinstance(value, float) else str(value) for value in values[:5])
        return f"<div><b>{head}</b><br>{sparkline(values)}<br><code>[{edge}, …]</code></div>"
    if len(shape) in (1, 2) and all(0 < side <= _SIDE for side in shape):
        values = tensor.tolist()
        lines = values if len(shape) == 2 else [values]
        body = "".join("<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in line) + "</tr>" for line in lines)
        return f"{_STYLE}<table class='linal'><caption>{head}</caption><tbody>{body}</tbody></table>"
    return f"<div><b>{head}</b><pre>{escaped(tensor._array.text().rstrip())}</pre></div>"


def sparkline(values: list[Any], width: int = 240, height: int = 32) -> str:
    """A line over numbers, as SVG; at most two points for each pixel.

    >>> sparkline([0, 1, 0], 20, 10)
    "<svg width='20' height='10'><polyline fill='none' stroke='currentColor' points='1.0,9.0 10.0,1.0 19.0,9.0'/></svg>"
    """
    numbers = [float(value) for value in values]
    step = max(1, len(numbers) // (2 * width))
    numbers = [number for number in numbers[::step] if number == number and abs(number) != float("inf")]
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    span, last = (high - low) or 1.0, max(len(numbers) - 1, 1)
    points = " ".join(
        f"{1 + at * (width - 2) / last:.1f},{height - 1 - (number - low) / span * (height - 2):.1f}"
        for at, number in enumerate(numbers)
    )
    line = f"<polyline fill='none' stroke='currentColor' points='{points}'/>"
    return f"<svg width='{width}' height='{height}'>{line}</svg>"
