"""Real data."""

import gzip
import pathlib

import numpy as np

from .cases import case


def digits():
    """Nearest centroids of handwritten digits, as examples/digits.lnl finds them."""
    path = pathlib.Path(__file__).parents[4] / "examples/data/digits.csv.gz"
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",")
    pixels, labels = table[:, :64], table[:, 64]
    one_hot = (labels[:, None] == np.arange(10)).astype(float)
    centroids = one_hot.T @ pixels / one_hot.sum(axis=0)[:, None]
    distances = np.linalg.norm(pixels[:, None] - centroids, axis=2)
    predicted = distances.argmin(axis=1)
    script = (
        "d = READ_CSV('${examples}/data/digits.csv.gz', header => false); x = CAST(d[:, 0:64] AS f64); y = d[:, 64]; "
        "h = CAST(RESHAPE y TO [-1, 1] = ARANGE(0, 10) AS f64); c = (TRANSPOSE h @ x) / RESHAPE (SUM h AXIS 0) TO [10, 1]; "
        "e = RESHAPE (SUM(x * x, 1)) TO [-1, 1] - 2 * (x @ TRANSPOSE c) + SUM(c * c, 1); p = ARGMIN e AXIS 1; "
    )
    case(f"{script}r = c", centroids, "rel:1e-12")
    case(f"{script}r = MEAN(CAST(p = y AS f64))", np.mean(predicted == labels), "rel:1e-12")
    case(f"{script}r = HISTOGRAM p BINS 10", np.bincount(predicted, minlength=10))
