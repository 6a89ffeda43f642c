"""Figures by matplotlib, whose axes are named by columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._errors import ValueError_, missing, mistake

if TYPE_CHECKING:
    from ._result import Rows
    from ._tensor import Tensor


def _axes(options: dict[str, Any]) -> tuple[Any, Any]:
    """A figure and its axes: those given as ``ax``, or new ones."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise missing("matplotlib", "plot()") from None
    axes = options.pop("ax", None)
    if axes is not None:
        return axes.figure, axes
    figure = Figure(layout="constrained")
    return figure, figure.subplots()


def plot_tensor(tensor: Tensor, kind: str | None, **options: Any) -> Any:
    """A figure of a tensor."""
    kinds = {0: "line", 1: "line", 2: "heatmap"}
    kind = kind or kinds.get(tensor.ndim)
    figure, axes = _axes(options)
    name = tensor._name or "value"
    values = tensor.numpy()
    if kind == "line" and tensor.ndim in (0, 1, 2):
        axes.plot(values.reshape(-1) if tensor.ndim == 0 else values, **options)
        axes.set(xlabel="index", ylabel=name)
    elif kind == "heatmap" and tensor.ndim == 2:
        figure.colorbar(axes.imshow(values, aspect="auto", **options), ax=axes, label=name)
        axes.set(xlabel="column", ylabel="row")
    elif kind == "hist":
        axes.hist(values.reshape(-1), **{"bins": 30, **options})
        axes.set(xlabel=name, ylabel="count")
    elif kind == "spectrogram" and tensor.ndim == 1:
        rate = float(options.pop("rate", 1.0))
        window = int(options.pop("window", min(256, max(tensor.size, 2))))
        *_, image = axes.specgram(values, NFFT=window, noverlap=window // 2, Fs=rate, **options)
        figure.colorbar(image, ax=axes, label="power (dB)")
        axes.set(xlabel="time (s)", ylabel="frequency (Hz)")
    else:
        raise mistake(ValueError_, f"a tensor of shape {list(tensor.shape)} has no plot of kind {kind!r}")
    return figure


def plot_rows(rows: Rows, x: str | None, y: str | list[str] | None, kind: str, **options: Any) -> Any:
    """A figure of columns."""
    columns = rows.numpy()
    numeric = [name for name, values in columns.items() if values.dtype.kind in "biuf" and values.ndim == 1]
    for name in [x, *([y] if isinstance(y, str) else y or [])]:
        if name is not None and name not in columns:
            raise mistake(ValueError_, f"there is no column `{name}`: they are {', '.join(columns)}")
    if y is None:
        y = [name for name in numeric if name != x]
    names = [y] if isinstance(y, str) else y
    if kind != "heatmap" and not names:
        raise mistake(ValueError_, "there is no numeric column to plot")
    figure, axes = _axes(options)
    if kind == "heatmap":
        matrix = rows.tensor().numpy()
        figure.colorbar(axes.imshow(matrix, aspect="auto", **options), ax=axes)
        axes.set(xlabel="column", ylabel="row")
        return figure
    if kind == "hist":
        for name in names:
            axes.hist(columns[name], **{"bins": 30, "alpha": 1.0 if len(names) == 1 else 0.6, **options}, label=name)
        axes.set(xlabel=names[0] if len(names) == 1 else "", ylabel="count")
    elif kind in ("line", "scatter", "bar"):
        draw = {"line": axes.plot, "scatter": axes.scatter, "bar": axes.bar}[kind]
        places = columns[x] if x is not None else range(len(columns[names[0]]))
        for name in names:
            draw(places, columns[name], label=name, **options)
        axes.set(xlabel=x or "row", ylabel=names[0] if len(names) == 1 else "")
    else:
        raise mistake(ValueError_, f"there is no plot of kind {kind!r}: it is line, scatter, bar, hist or heatmap")
    if len(names) > 1:
        axes.legend()
    return figure
