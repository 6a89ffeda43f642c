"""Displays of notebooks.

Colours are those of the page, so that a dark one stays dark: what is less important is fainter, not grey.
"""

from __future__ import annotations

from html import escape as escaped
from typing import TYPE_CHECKING, Any

from . import _linal

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = ["escaped", "rows_html", "sparkline", "tensor_html"]

_STYLE = (
    "<style>"
    ".linal{overflow-x:auto;max-width:100%}"
    ".linal table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    ".linal :is(td,th){text-align:right;padding:2px 10px;white-space:pre;vertical-align:top}"
    ".linal :is(td,th).text{text-align:left;max-width:26em;overflow:hidden;text-overflow:ellipsis}"
    ".linal thead th{vertical-align:bottom;border-bottom:1px solid color-mix(in srgb,currentColor 40%,transparent)}"
    ".linal th small{font-weight:normal;opacity:.65}"
    ".linal i{opacity:.6}"
    ".linal caption{caption-side:bottom;text-align:left;padding:4px 10px;opacity:.75;white-space:nowrap}"
    ".linal svg{display:block;margin:4px 0}"
    ".linal :is(pre,code){color:inherit;background:none;padding:0;margin:0}"
    "</style>"
)
_ROWS = 20
_COLUMNS = 30
_SIDE = 10
_TEXT = 80
_WIDTH = 240
_LEFT = ("String", "Vector", "Matrix", "Tensor", "Struct", "List", "Map", "Json")
"""Types whose cells begin at the left, as words do."""


def rows_html(rows: _linal.Rows) -> str:
    """A table with types under names, abridged in the middle, and the number of rows."""
    names, types = rows.columns, rows.types
    total = rows.count()
    kept = rows.again()
    if total > _ROWS:
        first = kept.fetch(_ROWS // 2)
        kept.skip(total - _ROWS)  # Their cells become no values of Python.
        last = kept.fetch()
    else:
        first, last = kept.fetch(), []
    shown = len(names) if len(names) <= _COLUMNS else _COLUMNS
    texts = [kind.startswith(_LEFT) or kind.endswith("[]") for kind in types]

    def mark(at: int) -> str:
        return " class='text'" if texts[at] else ""

    head = "".join(
        f"<th{mark(at)}>{escaped(_short(name))}<br><small>{escaped(_short(kind))}</small></th>"
        for at, (name, kind) in enumerate(zip(names[:shown], types[:shown]))
    )
    lines = [_line(row[:shown], mark) for row in first]
    if last:
        lines.append("<tr>" + "".join(f"<td{mark(at)}><i>⋮</i></td>" for at in range(shown)) + "</tr>")
        lines += [_line(row[:shown], mark) for row in last]
    more = f", {len(names) - shown} more columns" if shown < len(names) else ""
    caption = f"{total:,} row{'' if total == 1 else 's'} × {len(names)} column{'' if len(names) == 1 else 's'}{more}"
    return _table(caption, f"<thead><tr>{head}</tr></thead>", lines)


def _table(caption: str, head: str, lines: list[str]) -> str:
    body = "".join(lines)
    return f"{_STYLE}<div class='linal'><table><caption>{caption}</caption>{head}<tbody>{body}</tbody></table></div>"


def _line(row: tuple[Any, ...], mark: Any) -> str:
    return "<tr>" + "".join(_cell(value, mark(at)) for at, value in enumerate(row)) + "</tr>"


def _cell(value: Any, mark: str = "") -> str:
    if value is None:
        return f"<td{mark}><i>NULL</i></td>"
    if isinstance(value, float):
        return f"<td{mark}>{value:.6g}</td>"
    if hasattr(value, "tolist"):
        return f"<td{mark}>{escaped(_numbers(value))}</td>"
    text = str(value)
    whole = f" title='{escaped(text[:1000])}'" if len(text) > _TEXT // 2 else ""
    return f"<td{mark}{whole}>{escaped(_short(text))}</td>"


def _short(text: str) -> str:
    """A text on one line, abridged at its end."""
    text = text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"
    return text.replace("\r\n", "↵").replace("\n", "↵").replace("\t", " ")


def _numbers(array: Any, count: int = 4) -> str:
    """The first numbers of an array."""
    flat = array.reshape(-1)[:count].tolist()
    numbers = ", ".join(f"{number:.4g}" if isinstance(number, float) else str(number) for number in flat)
    return f"[{numbers}{', …' if array.size > count else ''}]"


def tensor_html(tensor: Tensor) -> str:
    """A small matrix as a table, a long vector with a sparkline, anything else as text."""
    shape = tensor.shape
    head = f"Tensor {escaped(str(tensor.dtype))} {list(shape)}"
    if len(shape) == 1 and shape[0] > _SIDE and not tensor.dtype.startswith("complex"):
        values = tensor.numpy()
        line = sparkline(_extremes(values, _WIDTH), _WIDTH)
        return f"{_STYLE}<div class='linal'><b>{head}</b>{line}<code>{_numbers(values, 5)}</code></div>"
    if len(shape) in (1, 2) and all(0 < side <= _SIDE for side in shape):
        values = tensor.tolist()
        rows = values if len(shape) == 2 else [values]
        return _table(head, "", ["<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows])
    text = escaped(tensor._array.text().rstrip())
    return f"{_STYLE}<div class='linal'><b>{head}</b><pre>{text}</pre></div>"


def _extremes(values: Any, width: int) -> list[float]:
    """The numbers of a vector; of a long one, the least and the greatest for each pixel, so that no peak is lost."""
    if values.size <= 2 * width:
        return [float(value) for value in values.tolist()]
    found = []
    for at in range(width):
        part = values[at * values.size // width : (at + 1) * values.size // width]
        part = part[part == part]
        if part.size:
            found += [float(part.min()), float(part.max())]
    return found


def sparkline(values: list[float], width: int = _WIDTH, height: int = 32) -> str:
    """A line over numbers, as SVG; numbers that are not finite are left out.

    >>> sparkline([0, 1, 0], 20, 10)
    "<svg width='20' height='10'><polyline fill='none' stroke='currentColor' points='1.0,9.0 10.0,1.0 19.0,9.0'/></svg>"
    """
    numbers = [number for number in values if number == number and abs(number) != float("inf")]
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    span, last = (high - low) or 1.0, max(len(numbers) - 1, 1)
    points = " ".join(
        f"{1 + at * (width - 2) / last:.1f},{height - 1 - (number - low) / span * (height - 2):.1f}"
        for at, number in enumerate(numbers)
    )
    line = f"<polyline fill='none' stroke='currentColor' points='{points}'/>"
    return f"<svg width='{width}' height='{height}'>{line}</svg>"
