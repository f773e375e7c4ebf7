"""Writes calibration.json: netcal's errors, scikit-learn's losses, temperatures by SciPy: python generate_calibration.py

Needs netcal, scikit-learn, SciPy and NumPy; the versions used are written into the file.
"""

import json
import pathlib

import netcal
import numpy as np
import scipy
import sklearn
from netcal.metrics import ECE, MCE
from scipy.optimize import brentq, minimize_scalar
from sklearn.metrics import brier_score_loss, log_loss

HERE = pathlib.Path(__file__).parent


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def temperature(p, y):
    """The root of the derivative; Brent's minimum, which only knows about half of the digits, must agree."""
    z = np.log(np.maximum(p, 2.0**-149))

    def loss(b):
        s = b * z
        s = s - s.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(y)), y])

    def slope(b):
        q = softmax(b * z)
        return np.mean((q * z).sum(axis=1) - z[np.arange(len(y)), y])

    root = brentq(slope, 0.01, 100, xtol=1e-15, rtol=1e-15, maxiter=1000)
    least = minimize_scalar(loss, bounds=(0.01, 100), method="bounded", options={"xatol": 1e-10})
    assert abs(least.x - root) < 1e-6 * root, (least.x, root)
    return {"temperature": 1 / root, "before": loss(1.0), "after": loss(root), "scaled": softmax(root * z)[:5].tolist()}


def case(name, p, y, bins=15, fitted=True):
    k = p.shape[1]
    confidence, right = p.max(axis=1), (p.argmax(axis=1) == y).astype(int)
    result = {
        "name": name, "bins": bins, "probabilities": p.tolist(), "truth": y.tolist(),
        "ece": float(ECE(bins).measure(confidence, right)), "mce": float(MCE(bins).measure(confidence, right)),
        "logLoss": log_loss(y, p, labels=list(range(k))),
        "brier": brier_score_loss(y, p, labels=list(range(k)), scale_by_half=False),
        "counts": np.histogram(confidence, np.linspace(0, 1, bins + 1))[0].tolist(),
    }
    if k > 2 and len(set(y.tolist())) > 2:  # netcal's own reading of several classes
        assert abs(ECE(bins).measure(p, y) - result["ece"]) < 1e-12
    return result | ({"scaling": temperature(p, y)} if fitted else {})


def main():
    rng = np.random.default_rng(6)
    two, four, eight = rng.integers(0, 2, 150), rng.integers(0, 4, 120), rng.integers(0, 8, 100)
    sure = softmax(4 * (rng.normal(size=(120, 4)) + 1.0 * np.eye(4)[four]))
    zeros = softmax(90 * (rng.normal(size=(60, 4)) + 1.5 * np.eye(4)[four[:60]]))
    zeros[zeros < 1e-30] = 0
    edges = np.array([[c, 1 - c] for c in [0.5, 0.6, 2 / 3, 0.8, 0.9, 1.0, 0.5333333333333333, 0.7333333333333334]])
    cases = [
        case("two", softmax(rng.normal(size=(150, 2)) + np.eye(2)[two]), two),
        case("four, too sure", sure, four), case("four, ten bins", sure, four, bins=10),
        case("eight, not sure enough", softmax(0.5 * (rng.normal(size=(100, 8)) + 2.5 * np.eye(8)[eight])), eight),
        case("zeros", zeros, four[:60]),
        case("edges", np.repeat(edges, 3, axis=0), np.tile([0, 1, 0], 8), fitted=False),
    ]
    versions = {
        "netcal": netcal.__version__, "scikit-learn": sklearn.__version__, "scipy": scipy.__version__,
        "numpy": np.__version__,
    }
    (HERE / "calibration.json").write_text(json.dumps({"versions": versions, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
