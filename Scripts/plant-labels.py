"""Flips 10 labels among 300 clips and counts how many are among the first 15 that genrelens analyze doubts.

    python3 Scripts/plant-labels.py FEATURES.npy MODEL.safetensors OUT [--spec mfcc20] [--draws 5] [--genrelens .build/release/genrelens]

FEATURES.npy with its .csv (columns genre or label, split, group) and .json, or without that and --spec; only clips of the model's genres Folk and Hip-Hop
are drawn. Their own labels are not clean: what stands among the 15 without being planted may be wrong too. Needs numpy.
"""

import argparse
import csv
import json
import pathlib
import random
import shutil
import subprocess

import numpy

GENRES = ["Folk", "Hip-Hop"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=pathlib.Path)
    parser.add_argument("model")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--spec")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    options = parser.parse_args()
    maps = numpy.load(options.features, mmap_mode="r")
    with open(options.features.with_suffix(".csv")) as file:
        rows = [row for row in csv.DictReader(file) if (row.get("genre") or row.get("label")) in GENRES]
    for draw in range(1, options.draws + 1):
        chance = random.Random(draw)
        chosen = chance.sample(rows, 300)
        flipped = set(chance.sample(range(300), 10))
        folder = options.out / str(draw)
        folder.mkdir(parents=True, exist_ok=True)
        numpy.save(folder / "x.npy", numpy.stack([maps[int(row["row"])] for row in chosen]))
        if options.features.with_suffix(".json").exists():
            shutil.copy(options.features.with_suffix(".json"), folder / "x.json")
        with open(folder / "x.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["row", "track_id", "label", "split", "group"])
            for index, row in enumerate(chosen):
                label = row.get("genre") or row["label"]
                label = GENRES[1 - GENRES.index(label)] if index in flipped else label
                table.writerow([index, f"clip-{index}", label, row["split"], row["group"]])
        subprocess.run(
            [options.genrelens, "analyze", "--model", options.model, folder / "x.npy", *(["--spec", options.spec] if options.spec else []),
             "--robustness", "0", "--shown", "0", "--output", folder / "report"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        problems = json.loads((folder / "report" / "report.json").read_text())["dataProblems"]
        first = {entry["name"] for entry in problems["labelIssues"]["entries"][:15]}
        found = sum(f"clip-{index}" in first for index in flipped)
        print(f"draw {draw}: {found} of 10 in the first 15; held-out predictions right for "
              f"{100 * problems['labelIssueAccuracy']:.1f} %", flush=True)


if __name__ == "__main__":
    main()
