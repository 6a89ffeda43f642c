"""Signals, against NumPy and SciPy."""

import numpy as np
from scipy import signal

from ..registry import operation
from ..value import Value


def wave(g, least=1):
    return g.any(
        lambda v: v.dtype in ("i64", "f32", "f64") and v.exact and v.array.ndim == 1 and v.array.size >= least and np.all(np.isfinite(v.array)) and v.scale < 1e6
    )


def sized(value):
    return value.scale * value.array.size * 10


@operation(0.8)
def spectrum(g):
    a = wave(g)
    if a is None:
        return None
    bins = np.fft.rfft(a.array.astype(np.float64))
    return Value(f"FFT({a.text})", np.stack([bins.real, bins.imag]), exact=False, parts=(a,), scale=sized(a))


@operation(0.4)
def round_trip(g):
    a = wave(g)
    return a and Value(f"IFFT(FFT({a.text}))", a.array.astype(np.float64), exact=False, parts=(a,), scale=sized(a))


@operation(0.6)
def convolved(g):
    a, b = wave(g), wave(g)
    if a is None or b is None:
        return None
    mode = g.choice(("full", "same", "valid"))
    if mode != "full" and a.array.size < b.array.size:
        return None
    result = np.convolve(a.array.astype(np.float64), b.array.astype(np.float64), mode)
    return Value(f"(CONVOLVE ({a.text}) WITH ({b.text}) MODE '{mode}')", result, exact=False, parts=(a, b), scale=a.scale * b.scale * a.array.size)


@operation(0.4)
def density(g):
    a = wave(g, least=8)
    if a is None:
        return None
    size = int(g.rng.integers(4, a.array.size + 1))
    _, power = signal.welch(a.array.astype(np.float64), nperseg=size)
    return Value(f"(PSD ({a.text}) WINDOW {size})", power, exact=False, parts=(a,), scale=max(1.0, a.scale) ** 2 * 10)


@operation(0.3)
def resampled(g):
    a = wave(g, least=4)
    if a is None:
        return None
    up, down = g.choice(((2, 1), (1, 2), (3, 2), (5, 3)))
    result = signal.resample_poly(a.array.astype(np.float64), up, down)
    return Value(f"(RESAMPLE ({a.text}) FROM {down} TO {up})", result, exact=False, parts=(a,), scale=sized(a))


@operation(0.3)
def filtered(g):
    a = wave(g, least=33)
    if a is None:
        return None
    order = int(g.rng.integers(1, 5))
    sections = signal.butter(order, [0.1, 0.3], btype="bandpass", output="sos", fs=1.0)
    if a.array.size <= 3 * (2 * len(sections) + 1):
        return None
    result = signal.sosfiltfilt(sections, a.array.astype(np.float64))
    return Value(f"(BANDPASS ({a.text}) FROM 0.1 TO 0.3 WITH RATE 1 ORDER {order})", result, exact=False, parts=(a,), scale=sized(a) * 1e3)
