"""Measures what training on all windows of a recording is worth against training on its first one.

    python3 Scripts/whole-recordings.py FOLDER CONFIG.yaml OUTPUT_FOLDER [--spec mfcc20] [--folds 5] [--seeds 1,2,3] [--genrelens .build/release/genrelens]

FOLDER holds genre folders. The recordings of each genre are dealt into folds; for each fold and seed four models are trained with the
same settings on the others (one part of which chooses the epoch): on the first window of each recording, with the epochs of the settings
and with as many more as there are more windows; on one window of it that is drawn anew in each epoch; and on all of them (the
default). All are judged on the held-out
recordings by all their windows, as classify does it, and by the first windows alone. Prints one JSON line a model, then for
each way the accuracy and the log loss over all recordings, the mean over the seeds and each seed's. Needs nothing but Python 3.
"""

import argparse
import csv
import json
import pathlib
import random
import re
import shutil
import statistics
import subprocess

# The feature file that is trained on, further options, and whether there are as many more epochs as there are more windows.
WAYS = {
    "first window": ("first", [], False),
    "first window, as many steps": ("first", [], True),
    "one window an epoch": ("all", ["--windows-per-recording", "1"], False),
    "all windows": ("all", [], False),
}


def deal(recordings, folds):
    """The fold of each recording: those of a genre are shuffled by a fixed seed and dealt one by one."""
    generator, fold, place = random.Random(1), {}, 0
    for genre in sorted(set(recordings.values())):
        own = sorted(path for path in recordings if recordings[path] == genre)
        generator.shuffle(own)
        for path in own:
            fold[path] = place % folds
            place += 1
    return fold


def store(source, target, fold, held_out, folds):
    """The feature file under another name, whose index divides the recordings: one fold to test, the next to validate."""
    rows = list(csv.DictReader(open(source.with_suffix(".csv"), newline="")))
    for row in rows:
        number = fold[row["path"]]
        row["split"] = "test" if number == held_out else "valid" if number == (held_out + 1) % folds else "train"
    with open(target.with_suffix(".csv"), "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    shutil.copy(source.with_suffix(".json"), target.with_suffix(".json"))
    if not target.exists():
        target.hardlink_to(source)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("config")
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--spec", default="mfcc20")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--ways", action="append", help="some of the ways only")
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    def genrelens(*arguments):
        return subprocess.run([options.genrelens, *map(str, arguments)], check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout

    for name in ["first", "all"]:
        said = genrelens("features", options.folder, "--spec", options.spec, "--windows", name, "--output",
                         options.output / f"{name}.npy")
        print(said.decode().strip().split(": ", 1)[1], flush=True)
    rows = list(csv.DictReader(open(options.output / "all.csv", newline="")))
    fold = deal({row["path"]: row["label"] for row in rows}, options.folds)
    settings = genrelens("train", "--print-config", "--config", options.config).decode()
    epochs = {key: int(value) for key, value in re.findall(r"^(epochs|patience): (\d+)$", settings, re.MULTILINE)}
    more = round(len(rows) / len(fold))
    longer = [text for key, value in epochs.items() for text in [f"--{key}", value * more]]
    # [way][seed][path] -> whether all windows, and the first, were right.
    right = {way: {} for way in WAYS}
    for held_out in range(options.folds):
        stores = {}
        for name in ["first", "all"]:
            stores[name] = options.output / f"{name}-{held_out}.npy"
            store(options.output / f"{name}.npy", stores[name], fold, held_out, options.folds)
        for seed in options.seeds.split(","):
            for way, (name, changes, is_long) in WAYS.items():
                if options.ways and way not in options.ways:
                    continue
                model = options.output / f"{re.sub('[ ,]+', '-', way)}-{held_out}-{seed}.safetensors"
                genrelens("train", stores[name], "--config", options.config, "--seed", seed, "--output", model,
                          "--no-card", "--no-tensorboard", *changes, *(longer if is_long else []))
                figures = {}
                for heard in ["all", "first"]:
                    figures[heard] = json.loads(genrelens(
                        "evaluate", "--model", model, stores[heard], "--split", "test", "--json"))
                print(json.dumps({
                    "way": way, "fold": held_out, "seed": int(seed), "recordings": figures["all"]["count"],
                    "accuracy": figures["all"]["accuracy"], "logLoss": figures["all"]["logLoss"],
                    "firstWindows": figures["first"]["accuracy"]}), flush=True)
                counts = right[way].setdefault(seed, [0, 0, 0, 0.0])
                counts[0] += figures["all"]["count"]
                counts[1] += round(figures["all"]["accuracy"] * figures["all"]["count"])
                counts[2] += round(figures["first"]["accuracy"] * figures["first"]["count"])
                counts[3] += figures["all"]["logLoss"] * figures["all"]["count"]
    for way in [way for way in WAYS if right[way]]:
        seeds = right[way].values()
        summary = {"way": way, "recordings": next(iter(seeds))[0]}
        for key, place in [("accuracy", 1), ("firstWindows", 2), ("logLoss", 3)]:
            values = [counts[place] / counts[0] for counts in seeds]
            summary[key] = round(statistics.mean(values), 4)
            summary[f"{key} over seeds"] = [round(value, 4) for value in values]
        print(json.dumps(summary), flush=True)


if __name__ == "__main__":
    main()
