"""Writes linear.json: logistic regression behind a StandardScaler and nearest centroids by scikit-learn.

Run: python generate_linear.py. Needs scikit-learn and NumPy; the versions used are written into the file.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).parent


def case(name, x, y, c):
    x = np.round(x, 6)
    # newton-cg to the end: lbfgs stops at half of the digits.
    model = make_pipeline(StandardScaler(), LogisticRegression(C=c, solver="newton-cg", tol=1e-12, max_iter=10000))
    plain = NearestCentroid().fit(x, y)
    scaled = make_pipeline(StandardScaler(), NearestCentroid()).fit(x, y)
    return {
        "name": name, "rows": x.tolist(), "labels": y.tolist(), "penalty": c,
        "probabilities": model.fit(x, y).predict_proba(x).tolist(),
        "nearest": plain.predict(x).tolist(), "nearestScaled": scaled.predict(x).tolist(),
    }


def main():
    rng = np.random.default_rng(600)
    four = rng.integers(0, 4, 60)
    x = rng.normal(size=(60, 6)) * [1, 10, 0.1, 3, 1, 1] + np.eye(4)[four] @ (rng.normal(size=(4, 6)) * 1.5)
    x[:, 4] = 7.5  # a constant column
    two = rng.integers(0, 2, 40)
    z = rng.normal(size=(40, 3)) + two[:, None] * [1.0, 0, -0.5] + [100, 0, 0]
    separable = np.array([0, 0, 0, 1, 1, 1])
    cases = [
        case("four", x, four, 1.0), case("four, strong penalty", x, four, 0.05), case("two", z, two, 1.0),
        case("two, weak penalty", z, two, 50.0),
        case("separable", np.array([[0.0], [1], [2], [5], [6], [7]]), separable, 1.0),
    ]
    versions = {"scikit-learn": sklearn.__version__, "numpy": np.__version__}
    (HERE / "linear.json").write_text(json.dumps({"versions": versions, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
