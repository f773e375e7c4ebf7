#!/usr/bin/env python3
"""Measures the synthesised corpus: decoding, duration, level, size, splits; `--baseline` adds an MFCC classifier.

    apt-get install mpg123 python3-numpy
    python3 Data/check.py Data
    pip install librosa scikit-learn && python3 Data/check.py Data --baseline

Exits with status 1 and names the clips if one does not hold what README.md promises.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

SAMPLE_RATE_HZ = 44_100
SHORTEST_S = 10.05
QUIETEST_RMS_DBFS = -36.0
LARGEST_CORPUS_BYTES = 11_500_000
MFCC_COUNT = 13


def decode(path: Path) -> np.ndarray:
    """Mono float samples at the file's own rate, which must be 44.1 kHz."""
    run = subprocess.run(["mpg123", "-q", "-m", "-s", "-e", "f32", str(path)], capture_output=True, check=True)
    if run.stderr:
        raise ValueError(f"{path}: {run.stderr.decode().strip()}")
    return np.frombuffer(run.stdout, dtype="<f4").astype(np.float64)


def measure(path: Path) -> dict[str, float]:
    """Duration, RMS and peak level, and the spectral centroid of one clip."""
    samples = decode(path)
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    return {
        "duration_s": len(samples) / SAMPLE_RATE_HZ,
        "rms_dbfs": 20 * np.log10(np.sqrt(np.mean(samples ** 2)) + 1e-12),
        "peak": float(np.max(np.abs(samples))),
        "clipped": float(np.mean(np.abs(samples) >= 0.999)),
        "centroid_hz": float((hz * power).sum() / power.sum()),
    }


def faults(row: dict[str, str], found: dict[str, float]) -> list[str]:
    """What is wrong with one clip, in words."""
    checks = {
        f"only {found['duration_s']:.3f} s": found["duration_s"] < SHORTEST_S,
        f"too quiet, {found['rms_dbfs']:.1f} dBFS": found["rms_dbfs"] < QUIETEST_RMS_DBFS,
        f"clipped in {100 * found['clipped']:.2f} % of its samples": found["clipped"] > 0.0005,
    }
    return [f"{row['path']}: {words}" for words, wrong in checks.items() if wrong]


def split_faults(rows: list[dict[str, str]]) -> list[str]:
    """Groups that stand in more than one split or under more than one label."""
    homes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        homes[row["group"]].add((row["split"], row["label"]))
    return [f"group {group} is in {sorted(found)}" for group, found in homes.items() if len(found) > 1]


def mfcc_summary(path: Path) -> np.ndarray:
    """Mean and standard deviation over time of the first MFCCs at 22 050 Hz."""
    import librosa

    samples, rate = librosa.load(path, sr=22_050, duration=10.0)
    mfcc = librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=MFCC_COUNT)
    return np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)])


def baseline(folder: Path, rows: list[dict[str, str]]) -> None:
    """Prints logistic regression accuracies: on the manifest's test split and over group-disjoint folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features = np.stack([mfcc_summary(folder / row["path"]) for row in rows])
    columns = {name: np.array([row[name] for row in rows]) for name in ("label", "split", "group", "ambiguous")}
    labels, split = columns["label"], columns["split"]
    plain = columns["ambiguous"] == "0"
    every = range(2 * MFCC_COUNT)
    subsets = {"MFCC mean and std": [*every], "MFCC without c0": [i for i in every if i % MFCC_COUNT],
               "mean of c0 (level)": [0], "std of c0 (dynamics)": [MFCC_COUNT]}
    for name, chosen in subsets.items():
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=5000))
        x = features[:, chosen]
        model.fit(x[split == "train"], labels[split == "train"])
        right = model.predict(x) == labels
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
        crossed = cross_val_predict(model, x, labels, groups=columns["group"], cv=folds) == labels
        parts = ", ".join(f"{part} {100 * right[split == part].mean():.1f} %" for part in ("train", "valid", "test"))
        print(f"{name}: {parts}; 5 group-disjoint folds {100 * crossed.mean():.1f} % "
              f"(plain {100 * crossed[plain].mean():.1f} %, ambiguous {100 * crossed[~plain].mean():.1f} %)")


def main() -> int:
    """Reads the options, prints the measurements; returns the exit status."""
    parser = argparse.ArgumentParser(description="Measure the synthesised demo corpus.")
    parser.add_argument("folder", type=Path, help="folder of manifest.csv")
    parser.add_argument("--baseline", action="store_true", help="train an MFCC classifier (librosa, scikit-learn)")
    options = parser.parse_args()
    with (options.folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = [measure(options.folder / row["path"]) for row in rows]
    problems = split_faults(rows) + [fault for pair in zip(rows, found, strict=True) for fault in faults(*pair)]
    size = sum((options.folder / row["path"]).stat().st_size for row in rows)
    if size > LARGEST_CORPUS_BYTES:
        problems.append(f"{size} bytes of audio, more than {LARGEST_CORPUS_BYTES}")
    print(f"{len(rows)} synthesised clips, {size / 1e6:.2f} MB")
    for key, count in sorted(Counter((row["label"], row["split"], row["ambiguous"]) for row in rows).items()):
        print(f"  {key[0]:8} {key[1]:6} ambiguous={key[2]}: {count}")
    for label in sorted({row["label"] for row in rows}):
        for name in found[0]:
            values = [one[name] for row, one in zip(rows, found, strict=True) if row["label"] == label]
            low, middle, high = min(values), np.median(values), max(values)
            print(f"  {label:8} {name:12} {low:9.3f} ... median {middle:9.3f} ... {high:9.3f}")
    if options.baseline:
        baseline(options.folder, rows)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
