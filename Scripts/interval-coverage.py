"""How often 95 % intervals of an accuracy hold the true accuracy when clips come in groups, and how often slices stand out.

    python3 Scripts/interval-coverage.py [--sets 2000] [--resamples 1000] [--slices]

Draws test sets with a given true accuracy, number of groups, and correlation of right and wrong within a group (groups' own
accuracies are beta-distributed; group sizes are geometric with mean 3.4, as in FMA-small), and counts
how often each interval holds the true accuracy: Wilson's over clips, the percentile bootstrap over groups, the mean with the
standard error over groups and Student's t, and what GenreLens prints (Wilson's with the effective number of clips, and t).
With --slices it counts instead how often a slice of a few of thirty groups, which differs from the others by chance alone, has
p below 0.05 by Fisher's test over clips, by the test over groups with the degrees of freedom of all groups, by the larger p of
both, and by the larger p with those of the part that has fewer groups (what GenreLens does). Needs numpy and scipy.
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


def slice_tests(wrong, inside, group):
    """p by clips, by groups with the degrees of freedom of all, and with those of the slice."""
    n, count = len(wrong), group.max() + 1
    own, others = wrong[inside].mean(), wrong[~inside].mean()
    scores = np.where(inside, (wrong - own) / inside.sum(), (others - wrong) / (~inside).sum())
    variance = count / (count - 1) * (n - 1) / (n - 2) * (np.bincount(group, weights=scores) ** 2).sum()
    tables = [[part.sum(), len(part) - part.sum()] for part in (wrong[inside], wrong[~inside])]
    fewer = min(len(set(group[inside])), len(set(group[~inside])))
    t = abs(own - others) / np.sqrt(variance) if variance > 0 else 0
    return (stats.fisher_exact(tables)[1], 2 * stats.t.sf(t, count - 1),
            2 * stats.t.sf(t, fewer - 1) if fewer > 1 else 1)


def slices(sets):
    print("groups in the slice  clips  groups, all df  larger, all df  larger, own df   (share of sets with p < 0.05, %)")
    group = np.repeat(np.arange(30), 10)
    for size in [1, 2, 3, 5, 8, 15]:
        rng = np.random.default_rng(1)
        found = np.zeros(4)
        for _ in range(sets):
            # An error rate of 20 %, correlated within a group by 0.3.
            wrong = (rng.random(300) < rng.beta(0.2 / 0.3 * 0.7, 0.8 / 0.3 * 0.7, 30)[group]).astype(float)
            clips, all_groups, own_groups = slice_tests(wrong, group < size, group)
            found += np.array([clips, all_groups, max(clips, all_groups), max(clips, own_groups)]) < 0.05
        shares = 100 * found / sets
        print(f"{size:19d} {shares[0]:6.1f} {shares[1]:15.1f} {shares[2]:15.1f} {shares[3]:15.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=2000)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--slices", action="store_true")
    options = parser.parse_args()
    if options.slices:
        return slices(options.sets)
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
