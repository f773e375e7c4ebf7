"""How often 95 % intervals of an accuracy hold the true accuracy when clips come in groups.

    python3 Scripts/interval-coverage.py [--sets 2000] [--resamples 1000]

Draws test sets with a given true accuracy, number of groups, and correlation of right and wrong within a group (groups' own
accuracies are beta-distributed; group sizes are geometric with mean 3.4, as in FMA-small), and counts
how often each interval holds the true accuracy: Wilson's over clips, the percentile bootstrap over groups, the mean with the
standard error over groups and Student's t, and what GenreLens prints (Wilson's with the effective number of clips, and t).
Needs numpy and scipy.
"""

import argparse

import numpy as np
from scipy import stats


def score(p, n, z):
    scale = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / scale
    half = z / scale * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def intervals(right, size, rng, resamples):
    groups, n = len(size), size.sum()
    p = right.sum() / n
    residual = right - p * size
    variance = groups / (groups - 1) * (residual ** 2).sum() / n ** 2
    t = stats.t.ppf(0.975, groups - 1)
    effective = min(n, p * (1 - p) / variance) if variance > 0 else groups
    draws = rng.integers(0, groups, (resamples, groups))
    shares = right[draws].sum(1) / size[draws].sum(1)
    half = t * np.sqrt(variance)
    return {
        "clips": score(p, n, 1.959963984540054),
        "bootstrap": tuple(np.quantile(shares, [0.025, 0.975])),
        "t": (p - half, p + half),
        "printed": score(p, effective, t),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=2000)
    parser.add_argument("--resamples", type=int, default=1000)
    options = parser.parse_args()
    names = ["clips", "bootstrap", "t", "printed"]
    print("accuracy  groups  correlation  " + "".join(name.rjust(11) for name in names) + "   (share of sets, %)")
    for accuracy in [0.5, 0.9]:
        for count in [8, 20, 60, 230]:
            for correlation in [0.0, 0.2, 0.5]:
                rng = np.random.default_rng(1)
                hits = dict.fromkeys(names, 0)
                for _ in range(options.sets):
                    size = rng.geometric(1 / 3.4, count)
                    if correlation > 0:
                        scale = 1 / correlation - 1
                        own = rng.beta(accuracy * scale, (1 - accuracy) * scale, count)
                    else:
                        own = np.full(count, accuracy)
                    right = rng.binomial(size, own)
                    for name, (low, high) in intervals(right, size, rng, options.resamples).items():
                        hits[name] += low <= accuracy <= high
                shares = "".join(f"{100 * hits[name] / options.sets:11.1f}" for name in names)
                print(f"{accuracy:8.1f} {count:7d} {correlation:12.1f}  {shares}", flush=True)


if __name__ == "__main__":
    main()
