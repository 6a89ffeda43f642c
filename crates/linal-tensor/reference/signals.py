"""Reference values for the signal functions, from NumPy and SciPy.

    pip install numpy scipy
    python signals.py > signals.txt

The output has two lines a case: the function with its parameters, and the values expected. Inputs are not written
down: `noise(seed, n)` gives the same numbers here and in the Rust test, bit by bit.
"""

import numpy as np
import scipy
import scipy.signal as ss


def noise(seed, n):
    """n numbers in [-0.5, 0.5) from a 64-bit linear congruential generator."""
    state, out = seed, np.empty(n)
    for i in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = (state >> 11) / 2**53 - 0.5
    return out


def emit(function, values, **parameters):
    values = np.asarray(values)
    if np.iscomplexobj(values):
        values = np.column_stack([values.real, values.imag])
    print(function, *(f"{k}={v}" for k, v in parameters.items()))
    print(*(repr(float(v)) for v in values.ravel()))


def transforms():
    for n in [1, 2, 3, 4, 5, 8, 17, 30, 97, 128]:
        x, y = noise(n, n), noise(n + 1000, n)
        emit("rfft", np.fft.rfft(x), n=n, seed=n)
        emit("fft", np.fft.fft(x + 1j * y), n=n, seed=n)
        emit("ifft", np.fft.ifft(x + 1j * y), n=n, seed=n)
        m = n // 2 + 1
        # Imaginary parts at 0 and at the end are not zero: they must be ignored.
        emit("irfft", np.fft.irfft(noise(n, m) + 1j * noise(n + 1000, m), n), n=n, seed=n)


def densities():
    tapers = {"hann": "hann", "none": "boxcar"}
    cases = [(300, 64, 32, "hann", 1.0), (300, 64, 0, "none", 4096.0), (300, 63, 31, "hann", 100.0),
             (300, 50, 49, "none", 1.0), (300, 300, 150, "hann", 2.5), (101, 7, 3, "hann", 1.0), (50, 2, 1, "hann", 1.0),
             (50, 1, 0, "hann", 1.0), (257, 128, 100, "hann", 0.001)]
    for n, window, overlap, taper, rate in cases:
        p = ss.welch(noise(n, n) + 3, rate, window=tapers[taper], nperseg=window, noverlap=overlap, detrend="constant",
                     scaling="density")[1]
        emit("psd", p, n=n, seed=n, window=window, overlap=overlap, taper=taper, rate=rate)
    for n, window, hop, rate in [(200, 32, 16, 1.0), (200, 33, 5, 4096.0), (64, 64, 1, 1.0), (700, 20, 40, 10.0),
                                 (40, 8, 1, 2.0)]:
        s = ss.spectrogram(noise(n, n) - 2, rate, window="hann", nperseg=window, noverlap=window - hop,
                           detrend="constant", scaling="density", mode="psd")[2]
        emit("spectrogram", s, n=n, seed=n, window=window, hop=hop, rate=rate)
    for n, m in [(128, 17), (128, 65), (127, 9), (100, 51), (64, 400), (1, 2)]:
        x, p = noise(n, n), noise(m + 7, m) + 0.75
        f = np.arange(n // 2 + 1) / n
        interpolated = np.interp(f, np.linspace(0, 0.5, m), p)
        emit("whiten", np.fft.irfft(np.fft.rfft(x) / np.sqrt(interpolated), n), n=n, seed=n, bins=m)


def filters():
    bands = [(4, 35.0, 350.0, 4096.0), (4, 1.0, 40.0, 100.0), (1, 0.1, 0.3, 1.0), (2, 5.0, 5.5, 50.0), (3, 0.012, 0.49, 1.0),
             (5, 0.001, 0.4, 1.0), (7, 0.2, 0.32, 1.0), (8, 20.0, 2000.0, 8000.0), (12, 0.1, 0.45, 1.0)]
    for order, low, high, rate in bands:
        sos = ss.butter(order, [low, high], "bandpass", fs=rate, output="sos")
        # A band about a quarter of the rate has poles at equal distances from both zeros, so that rounding decides the
        # sections; none is here.
        emit("butter", sos[:, [0, 1, 2, 4, 5]], order=order, low=low, high=high, rate=rate)
        n = 3 * (2 * order + 1) + 1 + 20 * order
        emit("bandpass", ss.sosfiltfilt(sos, noise(n, n) + 5), n=n, seed=n, order=order, low=low, high=high, rate=rate)
    order, n = 4, 28
    sos = ss.butter(order, [35.0, 350.0], "bandpass", fs=4096.0, output="sos")
    emit("bandpass", ss.sosfiltfilt(sos, noise(n, n) + 5), n=n, seed=n, order=order, low=35.0, high=350.0, rate=4096.0)
    for n in [64, 101]:
        x = noise(n, n)
        f = np.fft.rfftfreq(n, 1 / 100)
        emit("brickwall", np.fft.irfft(np.fft.rfft(x) * ((f >= 10) & (f <= 25)), n), n=n, seed=n, low=10.0, high=25.0,
             rate=100.0)


def products():
    for n, m in [(1, 1), (1, 5), (5, 1), (6, 4), (4, 6), (7, 7), (50, 3), (150, 8), (8, 150), (151, 80)]:
        x, y = noise(n, n), noise(m + 500, m)
        for mode in ["full", "same", "valid"]:
            emit("convolve", np.convolve(x, y, mode), n=n, seed=n, m=m, mode=mode)
        padded = np.concatenate([x, np.zeros(m)])
        emit("correlate", [padded[i:i + m][:n + m - i] @ y[:len(padded[i:i + m])] for i in range(n)], n=n, seed=n, m=m,
             mode="linear")
        emit("correlate", [x[(i + np.arange(m)) % n] @ y for i in range(n)], n=n, seed=n, m=m, mode="circular")


def rates():
    cases = [(100, 1, 2), (100, 2, 1), (101, 3, 2), (101, 2, 3), (64, 147, 160), (200, 160, 147), (300, 7, 1), (30, 1, 7),
             (10, 12, 18), (1, 5, 3), (1, 3, 5), (50, 4, 4), (3, 100, 1), (90, 4096, 2048)]
    for n, start, stop in cases:
        emit("resample", ss.resample_poly(noise(n, n) + 1, stop, start), n=n, seed=n, start=start, stop=stop)


def main():
    print(f"# NumPy {np.__version__}, SciPy {scipy.__version__}")
    transforms()
    densities()
    filters()
    products()
    rates()


if __name__ == "__main__":
    main()
