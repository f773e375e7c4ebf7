"""Writes tests.json: normal quantiles, Wilson intervals at other levels, Fisher's, Holm's, McNemar's and permutation tests.

Run: python generate_tests.py. Needs SciPy, statsmodels and NumPy; the versions used are written into the file.
"""

import json
import pathlib

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

HERE = pathlib.Path(__file__).parent


def permutation(cases, controls, alternative):
    def statistic(x, y, axis):
        return x.mean(axis=axis) - y.mean(axis=axis)

    result = stats.permutation_test(
        (cases, controls), statistic, n_resamples=np.inf, vectorized=True, alternative=alternative)
    return {
        "cases": list(map(float, cases)), "controls": list(map(float, controls)), "alternative": alternative,
        "difference": float(result.statistic), "p": float(result.pvalue),
    }


def main():
    rng = np.random.default_rng(66)
    tails = [1e-12, 1e-6, 1e-4, 0.0005, 0.01, 0.02425, 0.025, 0.1, 0.3, 0.5, 0.7, 0.99, 0.999999]
    levels = [(3, 10, 0.99), (0, 7, 1 - 0.05 / 12), (7, 7, 1 - 0.05 / 12), (40, 400, 1 - 0.05 / 61), (5, 10, 0.5)]
    tables = [
        (8, 2, 1, 5), (0, 10, 3, 7), (3, 0, 0, 3), (1, 1, 1, 1), (12, 28, 60, 600), (25, 75, 25, 75), (30, 70, 180, 820),
        (2, 98, 40, 860), (100, 900, 50, 950), (0, 0, 5, 5), (400, 3600, 500, 2500), (5, 5, 5, 5), (10, 0, 500, 490),
    ]
    families = [[0.01, 0.04, 0.03, 0.005], [0.5, 0.9, 0.02], [0.3], [0.001, 0.001, 0.04, 1.0, 0.2], rng.random(12).tolist()]
    pairs = [(0, 1), (5, 5), (10, 2), (3, 17), (40, 61), (0, 12), (300, 250)]
    perms = []
    for sizes in [(3, 4), (5, 6), (2, 12), (7, 4)]:
        cases, controls = rng.normal(0.6, 1, sizes[0]), rng.normal(size=sizes[1])
        perms += [permutation(cases, controls, a) for a in ["greater", "less", "two-sided"]]
    perms += [permutation(np.array([1.0, 2, 2, 3]), np.array([0.0, 1, 1, 2, 3]), a) for a in ["greater", "less"]]
    (HERE / "tests.json").write_text(json.dumps({
        "versions": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": np.__version__},
        "normal": [[t, float(stats.norm.isf(t))] for t in tails],
        "wilson": [[k, n, level, *map(float, proportion_confint(k, n, alpha=1 - level, method="wilson"))]
                   for k, n, level in levels],
        "fisher": [[*t, float(stats.fisher_exact([t[:2], t[2:]])[1])] for t in tables],
        "holm": [[f, multipletests(f, method="holm")[1].tolist()] for f in families],
        "mcnemar": [[b, c, float(mcnemar([[0, b], [c, 0]], exact=True).pvalue),
                     float(mcnemar([[0, b], [c, 0]], exact=False, correction=True).statistic),
                     float(mcnemar([[0, b], [c, 0]], exact=False, correction=True).pvalue)] for b, c in pairs],
        "permutation": perms,
    }) + "\n")


if __name__ == "__main__":
    main()
