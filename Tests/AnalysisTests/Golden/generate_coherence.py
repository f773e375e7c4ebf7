"""Writes coherence.json: distances to typical vectors and exact permutation tests by NumPy and SciPy.

Run: python generate_coherence.py. Needs SciPy and NumPy; the versions used are written into the file.
"""

import json
import pathlib

import numpy as np
import scipy
from scipy.spatial.distance import cdist
from scipy.stats import permutation_test

HERE = pathlib.Path(__file__).parent


def direction(x, label, predicted, group, a, b, metric):
    """Mean distances of mistakes and correct tracks of a, to a and to b; statistic and its exact p (single tracks)."""

    def typical(c, g):
        return x[(label == c) & (predicted == c) & (group != g)].mean(axis=0)

    def distances(members):
        return np.array([[cdist(x[i:i + 1], typical(c, group[i])[None], metric)[0, 0] for c in (a, b)] for i in members])

    wrong = distances(np.flatnonzero((label == a) & (predicted == b)))
    right = distances(np.flatnonzero((label == a) & (predicted == a)))
    scores = [wrong[:, 0] - wrong[:, 1], right[:, 0] - right[:, 1]]
    test = permutation_test(
        scores, lambda p, q, axis: p.mean(axis=axis) - q.mean(axis=axis), n_resamples=np.inf, vectorized=True,
        alternative="greater")
    return {
        "label": a, "predicted": b, "mistakes": wrong.mean(axis=0).tolist(), "correct": right.mean(axis=0).tolist(),
        "share": float((scores[0] > 0).mean()), "difference": float(test.statistic), "p": float(test.pvalue),
    }


def main():
    rng = np.random.default_rng(13)
    rows = [("A", "A", 7, 0.0), ("B", "B", 8, 1.0), ("A", "B", 5, 0.6), ("B", "A", 4, 0.9)]
    label = np.array([r[0] for r in rows for _ in range(r[2])])
    predicted = np.array([r[1] for r in rows for _ in range(r[2])])
    x = np.concatenate([
        np.array([3, 2, 1, 1, 0.5]) * (1 - m) + np.array([1, 1, 2, 3, 1]) * m + 0.4 * rng.normal(size=(n, 5))
        for _, _, n, m in rows])
    alone = np.array([f"track {i}" for i in range(len(x))])
    (HERE / "coherence.json").write_text(json.dumps({
        "versions": {"scipy": scipy.__version__, "numpy": np.__version__},
        "labels": label.tolist(), "predicted": predicted.tolist(), "rows": x.tolist(),
        "directions": {m: [direction(x, label, predicted, alone, a, b, m) for a, b in ("AB", "BA")]
                       for m in ("cosine", "euclidean")},
    }) + "\n")


if __name__ == "__main__":
    main()
