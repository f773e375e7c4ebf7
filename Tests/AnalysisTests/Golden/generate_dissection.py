"""Writes dissection.json: network dissection of made-up maps by NumPy, as Bau et al. 2017 describe it.

Run: python generate_dissection.py. Needs NumPy; its version is written into the file.

The threshold of a channel is the smallest edge of a class of numbers that at most `share` of its activations reach; classes are numbers that agree in
sign, exponent and nine bits of the fraction. Regions are bilinearly enlarged maps (pixel centres at half-integers) at or above it.
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
CHANNELS, LOW, HIGH, SHARE = 3, (3, 4), (6, 8), 0.1


def quantized(values):
    """The lower edges of the classes, in the order of the numbers."""
    bits = np.where(values == 0, np.float32(0), values).astype(np.float32).view(np.int32)
    return np.where(bits >= 0, bits, bits ^ 0x7FFFFFFF) >> 14


def threshold(values):
    classes = np.sort(quantized(values.ravel()))[::-1]
    most = int(SHARE * len(classes))
    # The first class that too many numbers reach; the edge is that of the next.
    key = np.int32(classes[most] + 1) << 14
    bits = key if key >= 0 else key ^ 0x7FFFFFFF
    return float(np.array([bits], dtype=np.int32).view(np.float32)[0])


def enlarged(values):
    for axis, size in enumerate(HIGH):
        length = values.shape[axis]
        place = np.maximum(0, (np.arange(size) + 0.5) * length / size - 0.5)
        first = np.minimum(place.astype(int), length - 1)
        second = np.minimum(first + 1, length - 1)
        weight = place - first
        weight = weight[:, None] if axis == 0 else weight
        values = np.take(values, first, axis) * (1 - weight) + np.take(values, second, axis) * weight
    return values


def overlaps(regions, concepts, pairing, weights):
    """Intersection over union, all channels by all concepts; group by group with the concepts of another."""
    shared = np.zeros((CHANNELS, 7))
    area, size = np.zeros(CHANNELS), np.zeros(7)
    for group, (own, weight) in enumerate(zip(regions, weights)):
        for item, region in enumerate(own):
            others = concepts[pairing[group]]
            mask = others[item % len(others)]
            shared += weight * np.einsum("kft,cft->kc", region.astype(int), mask.astype(int))
            area += weight * region.sum((1, 2))
            size += weight * mask.sum((1, 2))
    return (shared / (area[:, None] + size[None] - shared)).ravel().tolist()


def main():
    random = np.random.default_rng(17)
    counts = [1, 2, 1, 2, 1]
    maps, codes, regions, concepts = [], [], [], []
    for group, count in enumerate(counts):
        maps.append([random.normal(size=(CHANNELS, *LOW)).astype(np.float32) for _ in range(count)])
        # Two concepts of the whole, two of columns, three of cells.
        codes.append([dict(whole=group % 2, frames=random.integers(0, 3, HIGH[1]).tolist(),
                           cells=random.integers(0, 4, HIGH[0] * HIGH[1]).tolist()) for _ in range(count)])
    stacked = np.concatenate([np.stack(m) for m in maps])
    thresholds = [threshold(stacked[:, channel]) for channel in range(CHANNELS)]
    for group in range(len(counts)):
        regions.append([])
        concepts.append([])
        for item in range(counts[group]):
            large = np.stack([enlarged(m.astype(np.float64)) for m in maps[group][item]])
            limit = np.array(thresholds)[:, None, None]
            assert np.abs(large - limit).min() > 1e-5, "a value too near to the threshold: another seed"
            regions[-1].append(large >= limit)
            code = codes[group][item]
            frames = np.broadcast_to(np.array(code["frames"]), HIGH)
            cells = np.array(code["cells"]).reshape(HIGH)
            concepts[-1].append(np.stack(
                [np.full(HIGH, code["whole"] == c) for c in range(2)] + [frames == c for c in (1, 2)]
                + [cells == c for c in (1, 2, 3)]))
    # Exchanged within the first three groups and within the last two.
    exchanges = [[1, 2, 0, 4, 3], [2, 1, 0, 3, 4]]
    weights = [[2, 0, 1, 0, 3]]
    document = {
        "numpy": np.__version__, "share": SHARE, "low": LOW, "high": HIGH, "thresholds": thresholds,
        "maps": [[m.astype(float).ravel().tolist() for m in group] for group in maps], "codes": codes,
        "exchanges": exchanges, "weights": weights,
        "overlaps": overlaps(regions, concepts, range(5), [1] * 5),
        "exchanged": [overlaps(regions, concepts, e, [1] * 5) for e in exchanges],
        "weighted": [overlaps(regions, concepts, range(5), w) for w in weights],
    }
    (HERE / "dissection.json").write_text(json.dumps(document) + "\n")


main()
