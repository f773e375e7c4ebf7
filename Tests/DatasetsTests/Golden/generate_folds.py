"""Writes folds.json, what scikit-learn's splitters make of seeded data sets: python generate_folds.py

Each case is a list of clips as [label, group] and the number of folds; with it the class counts of the held-out part of
every fold by StratifiedGroupKFold, GroupKFold and (for groups of one clip) StratifiedKFold. Needs scikit-learn and NumPy.
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, StratifiedKFold

HERE = pathlib.Path(__file__).parent


def clips(seed, classes, groups, largest, mixed=0.0, skew=1.0):
    """Labels and groups of clips: group sizes uniform in 1...largest, a share of the groups over several labels."""
    random = np.random.default_rng(seed)
    weights = skew ** np.arange(classes)
    labels, owners = [], []
    for group in range(groups):
        own = group if group < classes * 10 else None
        label = own % classes if own is not None else random.choice(classes, p=weights / weights.sum())
        several = random.random() < mixed
        for _ in range(random.integers(1, largest + 1)):
            labels.append(int(random.integers(classes)) if several else int(label))
            owners.append(group)
    return np.array(labels), np.array(owners)


def counts(splitter, labels, groups):
    classes = labels.max() + 1
    return [np.bincount(labels[test], minlength=classes).tolist()
            for _, test in splitter.split(labels, labels, groups)]


def case(name, folds, labels, groups):
    result = {"name": name, "folds": folds, "labels": labels.tolist(), "groups": groups.tolist()}
    result["stratifiedGroup"] = counts(StratifiedGroupKFold(folds), labels, groups)
    shuffled = StratifiedGroupKFold(folds, shuffle=True, random_state=1)
    result["stratifiedGroupShuffled"] = counts(shuffled, labels, groups)
    result["group"] = counts(GroupKFold(folds), labels, groups)
    if len(set(groups)) == len(groups):
        result["stratified"] = counts(StratifiedKFold(folds), labels, None)
    return result


def main():
    warnings.simplefilter("error")
    cases = []
    for seed in range(4):
        cases.append(case(f"albums-{seed}", 5, *clips(seed, 2, 80, 12)))
        cases.append(case(f"eight-genres-{seed}", 5, *clips(10 + seed, 8, 160, 8, skew=0.8)))
        cases.append(case(f"mixed-groups-{seed}", 4, *clips(20 + seed, 3, 60, 9, mixed=0.3)))
        cases.append(case(f"few-groups-{seed}", 3, *clips(30 + seed, 2, 20, 15)))
        cases.append(case(f"single-clips-{seed}", 5 + seed, *clips(40 + seed, 4, 203, 1, skew=0.6)))
    text = json.dumps({"scikit-learn": sklearn.__version__, "numpy": np.__version__, "cases": cases},
                      separators=(",", ":"))
    (HERE / "folds.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
