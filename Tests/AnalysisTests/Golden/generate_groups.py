"""Writes groups.json: means of values in groups and their tests by statsmodels, and Wilson intervals over groups.

Run: python generate_groups.py. Needs statsmodels, SciPy and NumPy; the versions used are written into the file.

statsmodels fits a constant (and, for two parts, a constant and the part) with cluster-robust covariance and Student's t, which
has G - 1 degrees of freedom. Its correction G / (G - 1) * (n - 1) / (n - k) is the one of GroupedMean for one column (k = 1).
"""

import json
import pathlib

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import stats

HERE = pathlib.Path(__file__).parent


def fit(values, columns, groups):
    return sm.OLS(values, columns).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True, "df_correction": True}, use_t=True)


def case(values, groups):
    fitted = fit(values, np.ones((len(values), 1)), groups)
    low, high = fitted.conf_int()[0]
    return {
        "values": values.tolist(), "groups": [str(g) for g in groups], "mean": float(fitted.params[0]),
        "error": float(fitted.bse[0]), "low": float(low), "high": float(high), "p": float(fitted.pvalues[0])}


def wilson(right, groups):
    n, p = len(right), right.mean()
    sums = {g: (right[groups == g].sum(), (groups == g).sum()) for g in set(groups.tolist())}
    count = len(sums)
    variance = count / (count - 1) * sum((s - p * k) ** 2 for s, k in sums.values()) / n ** 2
    effective = min(n, p * (1 - p) / variance) if variance > 0 else count
    t = stats.t.ppf(0.975, count - 1)
    scale = 1 + t * t / effective
    centre = (p + t * t / (2 * effective)) / scale
    half = t / scale * np.sqrt(p * (1 - p) / effective + t * t / (4 * effective ** 2))
    return {"right": right.tolist(), "groups": [str(g) for g in groups], "low": float(centre - half), "high": float(centre + half)}


def main():
    rng = np.random.default_rng(13)
    means, intervals = [], []
    for count, size in [(3, 2), (8, 3), (25, 4), (60, 1)]:
        groups = np.repeat(np.arange(count), rng.integers(1, size + 1, count))
        values = rng.normal(0.3, 1, len(groups)) + rng.normal(0, 1, count)[groups]
        means.append(case(values, groups))
        own = rng.beta(3, 1, count)[groups]
        right = rng.random(len(groups)) < own
        if 0 < right.mean() < 1:
            intervals.append(wilson(right, groups))
    intervals.append(wilson(np.array([True] * 9), np.repeat([0, 1, 2], 3)))
    differences = []
    for count in [6, 20, 80]:
        groups = np.repeat(np.arange(count), rng.integers(1, 5, count))
        part = rng.random(len(groups)) < 0.4
        values = (rng.random(len(groups)) < np.where(part, 0.5, 0.2)).astype(float)
        fitted = fit(values, np.column_stack([np.ones(len(values)), part]), groups)
        differences.append({
            "values": values.tolist(), "part": part.tolist(), "groups": [str(g) for g in groups],
            "difference": float(fitted.params[1]), "p": float(fitted.pvalues[1])})
    (HERE / "groups.json").write_text(json.dumps({
        "versions": {"statsmodels": statsmodels.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
        "means": means, "intervals": intervals, "differences": differences}) + "\n")


if __name__ == "__main__":
    main()
