"""Trains networks on a folder of class folders of pictures and writes one table: accuracy, size, training time, faithfulness.

    python3 Scripts/compare-picture-networks.py FOLDER OUTPUT [--networks vgg-like,non-pooling] [--features-of MODEL.safetensors ...]
        [--seeds 1,2,3] [--epochs 40] [--epochs-of non-pooling=20] [--pictures 100] [--minutes N] [--genrelens .build/release/genrelens]

FOLDER has the folders train and test; the validation part is taken out of train, the same one for all seeds. For each network the first
seed is trained with and without mirrored and shifted pictures; the recipe with the lower validation loss is trained with the other
seeds, and only those are judged on the test part, once. --features-of MODEL adds a new head on the features of a trained model of
pictures. CAM (where the network has it) and Grad-CAM at the last convolution are measured on --pictures pictures of the test part.

OUTPUT gets networks.json (every figure), networks.md (the table) and the models. What is finished is not done again: the same command
continues. With --minutes no new training begins once all have used so many minutes of processor time; what was left out is listed.
Needs nothing but Python 3.
"""

import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import time

RECIPE = {"batchSize": 32, "schedule": "cosine", "warmupEpochs": 1, "learningRate": 0.002, "weightDecay": 0.01, "split.seed": 1}
# Moved pictures are other pictures: what the frozen layers make of them is computed again in every step.
MOVES = {"still": {}, "moved": {"pictures.mirror": "true", "pictures.shift": 3}}


def run(command):
    """What a command prints, its processor seconds and its seconds."""
    before, start = os.times(), time.monotonic()
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    after = os.times()
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stderr.strip().splitlines()[-1:]}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return done.stdout, used, time.monotonic() - start


def remembered(path, make):
    """The JSON document of a finished step, made where it is not there."""
    if not path.exists():
        document = make()
        part = path.with_suffix(".part")
        part.write_text(json.dumps(document, indent=1))
        part.rename(path)
    return json.loads(path.read_text())


class Pictures:
    def __init__(self, options):
        self.options = options
        options.output.mkdir(parents=True, exist_ok=True)
        self.epochs = dict(text.split("=") for text in options.epochs_of)

    def used_minutes(self):
        return sum(json.loads(path.read_text())["processorSeconds"] for path in self.options.output.glob("*.train.json")) / 60

    def trained(self, name, base, move, seed):
        model = self.options.output / f"{name}-{move}-{seed}.safetensors"

        def make():
            epochs = self.epochs.get(name, self.options.epochs)
            settings = {**RECIPE, **MOVES[move], "epochs": epochs, "patience": epochs}
            begin = ["--features-of", base] if base else ["--architecture", name]
            sets = [text for key, value in settings.items() for text in ["--set", f"{key}={value}"]]
            _, used, seconds = run(
                [self.options.genrelens, "train", self.options.folder, *begin, *sets, "--seed", seed, "--no-card",
                 "--no-tensorboard", "--output", model])
            about = json.loads(run([self.options.genrelens, "inspect", model, "--json"])[0])
            made = about["provenance"]
            return {
                "network": name, "model": model.name, "move": move, "seed": seed, "epochs": int(epochs), "epoch": made["bestEpoch"],
                "validLoss": made["validLoss"], "validAccuracy": made["validAccuracy"], "parameters": about["parameters"],
                "processorSeconds": used, "seconds": seconds}

        return remembered(model.with_suffix(".train.json"), make)

    def judged(self, training):
        model = self.options.output / training["model"]

        def make():
            text, used, _ = run(
                [self.options.genrelens, "evaluate", "--model", model, self.options.folder, "--split", "test", "--json"])
            document = json.loads(text)
            return {key: document.get(key) for key in ["accuracy", "interval", "count", "confusion", "labels", "logLoss"]}

        return remembered(model.with_suffix(".test.json"), make)

    def explained(self, training):
        """Average Drop, insertion and deletion of CAM and Grad-CAM with their controls; None where the network or the command cannot."""
        model = self.options.output / training["model"]
        folder = model.with_suffix(".faithfulness")

        def make():
            for methods in ["cam,grad-cam", "grad-cam"]:
                command = [self.options.genrelens, "benchmark-explanations", "--model", model, self.options.folder, "--split", "test",
                           "--methods", methods, "--metrics", "masking,curves", "--limit", self.options.pictures, "--output", folder]
                if subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
                    with open(folder / "figures.csv", newline="") as file:
                        return list(csv.DictReader(file))
            return None

        return remembered(model.with_suffix(".maps.json"), make)


def percent(value):
    return f"{100 * value:.1f}"


def rows(name, trainings, tests):
    accuracies = [test["accuracy"] for test in tests]
    low, high = (statistics.mean(test["interval"][end] for test in tests) for end in (0, 1))
    within = f" ({percent(low)} to {percent(high)})"
    return (
        f"| `{name}` | {', '.join(percent(value) for value in accuracies)} % | {percent(statistics.mean(accuracies))} %{within} | "
        f"{trainings[0]['parameters']} | {trainings[0]['epochs']} | "
        f"{statistics.median(t['processorSeconds'] for t in trainings):.0f} s | "
        f"{statistics.median(t['seconds'] for t in trainings):.0f} s |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--networks", default="vgg-like,non-pooling")
    parser.add_argument("--features-of", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--epochs-of", action="append", default=[], metavar="NETWORK=N")
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    options = parser.parse_args()
    seeds = [int(text) for text in options.seeds.split(",")]
    pictures = Pictures(options)
    candidates = [(name, None) for name in options.networks.split(",") if name]
    candidates += [(f"head-on-{path.stem}", path) for path in options.features_of]
    lines = ["| network | test accuracy, each seed | mean (95 % interval over pictures, mean of the seeds') | parameters | epochs | processor | wall |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    (done, left) = ([], [])
    for name, base in candidates:
        if options.minutes is not None and pictures.used_minutes() > options.minutes:
            left.append(name)
            continue
        trials = [pictures.trained(name, base, move, seeds[0]) for move in (["still"] if base else MOVES)]
        best = min(trials, key=lambda trial: trial["validLoss"])
        trainings = [best] + [pictures.trained(name, base, best["move"], seed) for seed in seeds[1:]]
        tests = [pictures.judged(training) for training in trainings]
        done.append({"network": name, "trials": trials, "trainings": trainings, "tests": tests,
                     "faithfulness": pictures.explained(best)})
        lines.append(rows(name, trainings, tests))
        for figure in done[-1]["faithfulness"] or []:
            print(name, figure)
    text = "\n".join(lines + [f"\nNot run, the time was up: {', '.join(left)}."] * bool(left)) + "\n"
    (options.output / "networks.json").write_text(json.dumps(done, indent=1))
    (options.output / "networks.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
