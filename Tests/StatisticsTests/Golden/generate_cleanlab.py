"""Writes cleanlab.json: thresholds, joints, noise rates, scores and label issues by cleanlab: python generate_cleanlab.py

Needs cleanlab and NumPy; the versions used are written into the file.
"""

import json
import pathlib

import cleanlab
import numpy as np
from cleanlab.count import compute_confident_joint, estimate_latent, get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

# NumPy's own order of equal values hangs on the processor.
plain_argsort = np.argsort
np.argsort = lambda a, *rest, **named: plain_argsort(a, *rest, **(named | {"kind": "stable"}))

HERE = pathlib.Path(__file__).parent
FILTERS = ["prune_by_noise_rate", "prune_by_class", "both", "confident_learning"]


def case(name, labels, p):
    p = p / p.sum(axis=1, keepdims=True)
    joint = compute_confident_joint(labels, p)
    _, noise, inverse = estimate_latent(joint, labels)
    return {
        "name": name, "labels": labels.tolist(), "probabilities": p.tolist(),
        "thresholds": get_confident_thresholds(labels, p).tolist(),
        "counts": compute_confident_joint(labels, p, calibrate=False).tolist(), "joint": joint.tolist(),
        "noise": noise.tolist(), "inverse": inverse.tolist(),
        "selfConfidence": get_label_quality_scores(labels, p, method="self_confidence").tolist(),
        "margin": get_label_quality_scores(labels, p, method="normalized_margin").tolist(),
        "issues": {f: np.flatnonzero(find_label_issues(labels, p, filter_by=f, n_jobs=1)).tolist() for f in FILTERS},
        "ranked": find_label_issues(labels, p, return_indices_ranked_by="self_confidence", n_jobs=1).tolist(),
    }


def noisy(rng, n, k, sharpness, noise, weights=None):
    truth = rng.choice(k, n, p=weights)
    logits = rng.normal(size=(n, k)) + sharpness * np.eye(k)[truth]
    labels = np.where(rng.random(n) < noise, rng.integers(0, k, n), truth)
    e = np.exp(logits)
    return labels, e / e.sum(axis=1, keepdims=True)


def main():
    rng = np.random.default_rng(77)
    cases = [
        case("two", *noisy(rng, 60, 2, 2.5, 0.2)), case("three", *noisy(rng, 90, 3, 2.0, 0.15)),
        case("four, uneven", *noisy(rng, 120, 4, 2.5, 0.3, [0.6, 0.25, 0.1, 0.05])),
        case("eight", *noisy(rng, 160, 8, 3.0, 0.1)),
        case("clean", *noisy(rng, 50, 3, 8.0, 0.0)),
        case("guessing", *noisy(rng, 60, 3, 0.0, 0.0)),
    ]
    labels, p = noisy(rng, 40, 4, 2.0, 0.2, [0.5, 0.5, 0, 0])
    labels[labels > 1] = 0
    labels[0] = 3  # class 2 has no track, class 3 a single one
    cases.append(case("classes without tracks", labels, p))
    versions = {"cleanlab": cleanlab.__version__, "numpy": np.__version__}
    (HERE / "cleanlab.json").write_text(json.dumps({"versions": versions, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
