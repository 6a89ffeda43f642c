"""Signal functions. Their edge cases stand in `crates/linal-tensor/reference/signals.py`."""

import numpy as np
import scipy.signal as ss

from .cases import I, bind, case


def signals():
    n, k = I("n"), I("n3")
    z = n + 1j * I("n2")
    spectrum = np.fft.rfft(n)
    rows = np.stack([spectrum.real, spectrum.imag])
    bind("z", z)
    bind("rows", rows)
    case("FFT n", rows, "abs:1e-14")
    case("v = n[::-2]; r = FFT v", (lambda s: np.stack([s.real, s.imag]))(np.fft.rfft(n[::-2])), "abs:1e-14")
    case("FFT z", np.fft.fft(z), "abs:1e-13")
    case("FFT(n[:9], complex => true)", np.fft.fft(n[:9]), "abs:1e-14")
    case("IFFT rows", n, "abs:1e-15")
    case("IFFT(FFT n[:9])", n[:9], "abs:1e-15")
    case("IFFT rows LENGTH 61", np.fft.irfft(spectrum, 61), "abs:1e-14")
    case("IFFT z", np.fft.ifft(z), "abs:1e-14")
    case("MAGNITUDE rows", np.abs(spectrum), "rel:1e-15")
    case("PHASE rows", np.angle(spectrum), "rel:1e-15")
    case("MAGNITUDE z", np.abs(z), "rel:1e-15")
    case("PHASE z", np.angle(z), "rel:1e-15")
    welch = {"window": "hann", "detrend": "constant", "scaling": "density"}
    case("PSD n WINDOW 16", ss.welch(n, nperseg=16, **welch)[1], "rel:1e-10")
    case("PSD n WINDOW 15 OVERLAP 4 TAPER 'none' RATE 100",
         ss.welch(n, 100, nperseg=15, noverlap=4, window="boxcar", detrend="constant")[1], "abs:1e-16")
    case("v = n[::-1]; r = PSD v WINDOW 16 RATE 4096", ss.welch(n[::-1], 4096, nperseg=16, **welch)[1], "rel:1e-10")
    p = np.abs(k) + 0.5
    bins = np.interp(np.arange(31) / 60, np.linspace(0, 0.5, 7), p)
    case("v = ABS n3 + 0.5; r = WHITEN n WITH v", np.fft.irfft(spectrum / np.sqrt(bins), 60), "abs:1e-14")
    sos = ss.butter(4, [10, 20], "bandpass", fs=100, output="sos")
    case("BANDPASS n FROM 10 TO 20 WITH RATE 100", ss.sosfiltfilt(sos, n), "abs:1e-12")
    sos = ss.butter(2, [5, 30], "bandpass", fs=100, output="sos")
    case("v = n[::-1]; r = BANDPASS v FROM 5 TO 30 WITH RATE 100 ORDER 2", ss.sosfiltfilt(sos, n[::-1]), "abs:1e-12")
    f = np.fft.rfftfreq(60, 1 / 100)
    case("BANDPASS n FROM 10 TO 25 WITH RATE 100 METHOD 'brickwall'", np.fft.irfft(spectrum * ((f >= 10) & (f <= 25)), 60), "abs:1e-14")
    padded = np.concatenate([n, np.zeros(7)])
    case("MATCHED_FILTER n WITH n3", [padded[i : i + 7] @ k for i in range(60)], "abs:1e-14")
    case("MATCHED_FILTER n WITH n3 MODE 'circular'", [n[(i + np.arange(7)) % 60] @ k for i in range(60)], "abs:1e-14")
    for mode in ("full", "same", "valid"):
        case(f"CONVOLVE n[::4] WITH n3 MODE '{mode}'", np.convolve(n[::4], k, mode), "abs:1e-14")
    case("RESAMPLE n FROM 2 TO 3", ss.resample_poly(n, 3, 2), "abs:1e-12")
    case("SPECTROGRAM n WINDOW 16 HOP 8 RATE 10",
         ss.spectrogram(n, 10, window="hann", nperseg=16, noverlap=8, detrend="constant", scaling="density", mode="psd")[2], "rel:1e-10")
