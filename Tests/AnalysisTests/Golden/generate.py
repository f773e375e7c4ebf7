"""Writes the expected figures of the analysis tests: python generate.py

Needs scikit-learn, statsmodels and NumPy; the versions used are written into each file.
"""

import json
import pathlib

import numpy as np
import sklearn
import statsmodels
from sklearn import metrics
from statsmodels.stats.proportion import proportion_confint

HERE = pathlib.Path(__file__).parent
VERSIONS = {
    "numpy": np.__version__, "scikit-learn": sklearn.__version__, "statsmodels": statsmodels.__version__,
}


def case(name, labels, truth, probabilities, predicted=None):
    """The figures of one data set; `truth` and `predicted` are indices into `labels`."""
    predicted = probabilities.argmax(axis=1) if predicted is None else predicted
    indices = list(range(len(labels)))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=indices, zero_division=0)
    macro = metrics.precision_recall_fscore_support(
        truth, predicted, labels=indices, zero_division=0, average="macro")
    return {
        "name": name, "labels": labels, "truth": [labels[i] for i in truth],
        "predicted": [labels[i] for i in predicted], "probabilities": probabilities.tolist(),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "confusion": metrics.confusion_matrix(truth, predicted, labels=indices).tolist(),
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(),
        "support": support.tolist(), "macro": list(macro[:3]),
        "logLoss": metrics.log_loss(truth, probabilities, labels=indices),
    }


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def main():
    rng = np.random.default_rng(20)
    two = rng.integers(0, 2, 60)
    eight = rng.integers(0, 6, 90)  # labels 6 and 7 have no track
    certain = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    logits8 = rng.normal(size=(90, 8)) + 1.5 * np.eye(8)[eight]
    logits8[:, 2] -= 50  # label 2 is never predicted
    genres = ["Electronic", "Experimental", "Folk", "Hip-Hop", "Instrumental", "International", "Pop", "Rock"]
    cases = [
        case("two", ["Folk", "Hip-Hop"], two, softmax(rng.normal(size=(60, 2)) + 1.2 * np.eye(2)[two])),
        case("eight", genres, eight, softmax(logits8)),
        case("certain and wrong", ["a", "b"], np.array([0, 1, 1, 1]), certain),
    ]
    (HERE / "classification.json").write_text(json.dumps({"versions": VERSIONS, "cases": cases}) + "\n")

    pairs = [(0, 1), (1, 1), (0, 10), (10, 10), (1, 10), (5, 10), (181, 200), (1333, 1357), (98, 100), (500000, 1000000)]
    intervals = [[k, n, *map(float, proportion_confint(k, n, alpha=0.05, method="wilson"))] for k, n in pairs]
    (HERE / "wilson.json").write_text(json.dumps({"versions": VERSIONS, "intervals": intervals}) + "\n")


if __name__ == "__main__":
    main()
