"""Writes slices.json: error rates, Wilson intervals, Fisher's p and Holm's adjustment of slices: python generate_slices.py

Needs pandas, SciPy, statsmodels and NumPy; the versions used are written into the file.
"""

import json
import pathlib

import numpy as np
import pandas as pd
import scipy
import statsmodels
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

HERE = pathlib.Path(__file__).parent


def main():
    rng = np.random.default_rng(99)
    n = 240
    country = rng.choice(["DE", "FR", "US"], n, p=[0.2, 0.3, 0.5])
    year = rng.integers(1970, 2000, n)
    tempo = np.round(rng.normal(120, 20, n), 4)
    wrong = rng.random(n) < np.where(country == "DE", 0.45, 0.12)
    frame = pd.DataFrame({"country": country, "year": year // 10 * 10, "tempo": pd.qcut(tempo, 4, labels=False)})
    slices = []
    for column in frame:
        for value in sorted(frame[column].unique()):
            inside = (frame[column] == value).to_numpy()
            k, m = int(wrong[inside].sum()), int(inside.sum())
            rest, others = int(wrong[~inside].sum()), int((~inside).sum())
            p = fisher_exact([[k, m - k], [rest, others - rest]])[1]
            slices.append({"column": column, "count": m, "errors": k, "p": float(p)})
    adjusted = multipletests([s["p"] for s in slices], method="holm")[1]
    for s, q in zip(slices, adjusted):
        s["adjusted"] = float(q)
        s["interval"] = list(map(float, proportion_confint(
            s["errors"], s["count"], alpha=0.05 / len(slices), method="wilson")))
    versions = {"pandas": pd.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__,
                "numpy": np.__version__}
    (HERE / "slices.json").write_text(json.dumps({
        "versions": versions, "correct": (~wrong).tolist(), "country": country.tolist(),
        "year": [str(y) for y in year], "tempo": [repr(float(t)) for t in tempo], "slices": slices,
    }) + "\n")


if __name__ == "__main__":
    main()
