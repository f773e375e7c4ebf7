"""Trains networks of the catalogue on the same data and writes one table: accuracy, size, training time, faithfulness.

    python3 Scripts/compare-networks.py OUTPUT --data mfcc20=fma-small-mfcc20x130.npy --data mel30s=mel30s.npy [--networks NAME,...]
        [--seeds 1,2,3] [--epochs 8] [--genres Folk,Hip-Hop] [--clips 40] [--minutes N] [--genrelens .build/release/genrelens]

Each --data is NAME=FEATURES.npy, a feature file whose index divides it into train, valid and test and knows groups; a NAME that is a
preset of --spec states what the maps are. Each network is trained with the first seed at each of its learning rates; the one with the
lowest validation loss is trained with the other seeds. Only those are judged on the test part, once. Grad-CAM at the last layer with
a map is measured on --clips recordings of the test part, drawn with a fixed seed.

OUTPUT gets networks.json (every figure), networks.md (the table) and a folder for each network and data. What is finished is not done
again: the same command continues, and more networks, seeds or data can be added. With --minutes no new network begins once all runs
together have used so many minutes of processor time (those of earlier calls included). Networks that were not run are listed with the reason. Needs
nothing but Python 3.
"""

import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# The same for all networks but the learning rate.
RECIPE = {"batchSize": 32, "schedule": "cosine", "warmupEpochs": 1, "weightDecay": 0.01}
# The cheapest on small maps first.
NETWORKS = {
    "three-block": {},
    "music-fcn": {},
    "resnet-18": {},
    "music-crnn": {},
    "vgg-like": {},
    "mobilenet-v2": {},
    "squeezenet": {"rates": [0.0002, 0.001]},
    "music-vgg": {},
    "choi-crnn": {},
    "efficientnet-lite0": {},
    "efficientnet-b0": {},
    "cifar-resnet-20": {},
    "musicnn": {},
    "non-pooling": {},
    "self-attention-tagger": {"rates": [0.0001, 0.0005]},
    "vgg-16": {"rates": [0.0001, 0.0005]},
}
RATES = [0.0005, 0.002]
# A recipe of Checkpoints/ with its own settings, and the data that it is for.
PUBLISHED = {"published recipe": ("folk-hiphop-mfcc20.yaml", "mfcc20")}
PRESETS = ["mfcc20", "mfcc128", "mel128", "smel20"]
FAITHFULNESS = ["average-drop hadamard", "insertion", "deletion"]
CONTROLS = {"grad-cam": "", "shuffled grad-cam": "shuffled", "random-map": "random", "energy-map": "energy"}


class Failed(Exception):
    pass


def run(command):
    """What a command prints, and the processor seconds that it used."""
    with open(os.devnull) as nothing, subprocess.Popen(
            list(map(str, command)), stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        before = os.times()
        output, errors = child.communicate()
        after = os.times()
    if child.returncode:
        lines = errors.strip().splitlines()
        raise Failed(lines[-1] if lines else f"exit status {child.returncode}")
    return output, after.children_user + after.children_system - before.children_user - before.children_system


def remembered(path, make):
    """The JSON document of a finished step, made where it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        document = make()
        part = path.with_suffix(".part")
        part.write_text(json.dumps(document, indent=1))
        part.rename(path)
    return json.loads(path.read_text())


class Comparison:
    def __init__(self, options, data):
        self.options, self.genrelens = options, options.genrelens
        self.name, _, path = data.partition("=")
        self.path = pathlib.Path(path)
        self.spec = ["--spec", self.name] if self.name in PRESETS and not self.path.with_suffix(".json").exists() else []
        self.folder = options.output / self.name

    def settings(self, network):
        """Options of `train` without learning rate and seed."""
        if network in PUBLISHED:
            return ["--config", HERE.parent / "Checkpoints" / PUBLISHED[network][0]]
        epochs = self.options.epochs
        recipe = {"architecture": network, "epochs": epochs, "patience": epochs, **RECIPE}
        if network == "three-block" and self.name == "mfcc20":
            recipe["network.firstSame"] = "true"
        genres = ["--genres", self.options.genres] if self.options.genres else []
        return genres + [text for key, value in recipe.items() for text in ["--set", f"{key}={value}"]]

    def trained(self, network, rate, seed):
        folder = self.folder / network.replace(" ", "-")
        model = folder / f"rate-{rate}-seed-{seed}.safetensors"

        def make():
            rates = [] if rate is None else ["--learning-rate", rate]
            _, seconds = run(
                [self.genrelens, "train", self.path, *self.spec, *self.settings(network), *rates, "--seed", seed,
                 "--output", model, "--no-card", "--no-tensorboard"])
            about = json.loads(run([self.genrelens, "inspect", model, "--json"])[0])
            made = about["provenance"]
            return {
                "model": str(model.relative_to(self.options.output)), "rate": made["configuration"]["learningRate"],
                "seed": seed, "epoch": made["bestEpoch"], "epochs": made["configuration"]["epochs"],
                "validLoss": made["validLoss"], "validAccuracy": made["validAccuracy"], "processorSeconds": seconds,
                "parameters": about["parameters"], "inputShape": about["inputShape"]}

        return remembered(model.with_suffix(".json"), make)

    def judged(self, training):
        model = self.options.output / training["model"]

        def make():
            document, seconds = run(
                [self.genrelens, "evaluate", "--model", model, self.path, *self.spec, "--split", "test", "--json"])
            document = json.loads(document)
            keys = ["accuracy", "interval", "intervalBasis", "groupCount", "count", "confusion", "labels", "logLoss"]
            return {**{key: document.get(key) for key in keys}, "processorSeconds": seconds}

        return remembered(model.with_suffix(".test.json"), make)

    def explained(self, training):
        """The figures of Grad-CAM and of its controls at the last layer that has a map."""
        model = self.options.output / training["model"]
        layers = json.loads(run([self.genrelens, "inspect", model, "--json"])[0])["layers"]
        # At a single position there is nothing to mark.
        maps = [layer["name"] for layer in layers
                if "convolution" in layer["kind"] and max(layer["outputShape"][1:]) > 1]
        layer = maps[-1]
        folder = model.with_suffix(".faithfulness")

        def make():
            _, seconds = run(
                [self.genrelens, "benchmark-explanations", "--model", model, self.path, *self.spec, "--split", "test",
                 "--methods", "grad-cam", "--layers", layer, "--metrics", "masking,curves", "--limit",
                 self.options.clips, "--output", folder])
            with open(folder / "figures.csv", newline="") as file:
                rows = list(csv.DictReader(file))
            figures = {}
            for row in rows:
                if row["metric"] not in FAITHFULNESS or row["method"] not in CONTROLS:
                    continue
                # A control at the layer counts before the one at the input.
                if row["method"] != "energy-map" and row["layer"] != layer:
                    continue
                figures.setdefault(row["metric"], {})[row["method"]] = {
                    "mean": float(row["mean"]), "low": number(row["low"]), "high": number(row["high"]),
                    "count": int(row["count"]),
                    "beats": {name: row[f"beats_{name}"] for name in ["random", "energy", "shuffled"]}}
            return {"layer": layer, "figures": figures, "processorSeconds": seconds}

        return remembered(model.with_suffix(".faithfulness.json"), make)

    def compared(self, network):
        """Everything that is known of a network, after what is missing was done."""
        rates = [None] if network in PUBLISHED else NETWORKS[network].get("rates", RATES)
        seeds = self.options.seeds
        trials = [self.trained(network, rate, seeds[0]) for rate in rates]
        best = min(range(len(rates)), key=lambda place: trials[place]["validLoss"])
        runs = [trials[best]] + [self.trained(network, rates[best], seed) for seed in seeds[1:]]
        for training in runs:
            training["test"] = self.judged(training)
        chosen = min(runs, key=lambda training: training["validLoss"])
        return {"network": network, "data": self.name, "trials": trials, "runs": runs,
                "faithfulness": {"seed": chosen["seed"], **self.explained(chosen)}}


def number(text):
    return float(text) if text else None


def processor_seconds(folder):
    """Of everything that was done below a folder."""
    return sum(json.loads(path.read_text()).get("processorSeconds", 0) for path in folder.glob("*/*/*.json"))


def share(value):
    return f"{100 * value:.1f}"


def row(result, labels):
    """The table's cells of one network on one data set."""
    runs, faithful = result["runs"], result["faithfulness"]
    tests = [run["test"] for run in runs]
    accuracy = statistics.mean(test["accuracy"] for test in tests)
    low, high = (statistics.mean(test["interval"][end] for test in tests) for end in (0, 1))
    seeds = ", ".join(share(test["accuracy"]) for test in tests)
    cells = [
        f"`{result['network']}`" if result["network"] in NETWORKS else result["network"], str(runs[0]["parameters"]),
        f"{runs[0]['rate']:g}", share(statistics.mean(run["validAccuracy"] for run in runs)),
        f"{share(accuracy)} ({share(low)}, {share(high)})", seeds,
        f"{statistics.mean(run['processorSeconds'] for run in runs):.0f}", f"`{faithful['layer']}`"]
    for metric in labels:
        figures = faithful["figures"].get(metric, {})
        scale = 1 if metric.startswith("average-drop") else 100
        method = figures.get("grad-cam")
        if not method:
            cells += ["", ""]
            continue
        beats = method["beats"]
        marks = "".join(f" {mark}" for name, mark in [("random", "†"), ("energy", "‡"), ("shuffled", "§")]
                        if beats.get(name) == "no")
        own = f"{scale * method['mean']:.1f}"
        if method["low"] is not None:
            own += f" ({scale * method['low']:.1f}, {scale * method['high']:.1f})"
        others = [f"{scale * figures[name]['mean']:.1f}" if name in figures else "-"
                  for name in CONTROLS if name != "grad-cam" and not (name.startswith("shuffled") and scale == 100)]
        cells += [own + marks, " / ".join(others)]
    return cells


def table(results, skipped, options):
    labels = FAITHFULNESS[:2]
    head = ["Network", "Parameters", "Rate", "Valid", "Test (95 % interval)", "Seeds", "Processor s", "Layer",
            "Average Drop ↓", "shuffled / random / energy", "Insertion ↑", "random / energy"]
    text = []
    for data in dict.fromkeys(result["data"] for result in results):
        rows = [result for result in results if result["data"] == data]
        test = rows[0]["runs"][0]["test"]
        text += [f"### {data}", "",
                 f"{test['count']} test recordings in {test['groupCount']} groups, {len(rows[0]['runs'])} seeds, "
                 f"faithfulness on {options.clips} of them.", "",
                 "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        text += ["| " + " | ".join(row(result, labels)) + " |" for result in rows]
        text.append("")
    if skipped:
        text += ["### Not run", "", "| Network | Data | Why |", "|---|---|---|"]
        text += [f"| `{name}` | {data} | {why} |" for name, data, why in skipped]
        text.append("")
    return "\n".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--data", action="append", required=True, metavar="NAME=FEATURES.npy")
    parser.add_argument("--networks", default=",".join([*PUBLISHED, *NETWORKS]))
    parser.add_argument("--genres", default="Folk,Hip-Hop")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    options = parser.parse_args()
    options.seeds = [int(seed) for seed in options.seeds.split(",")]
    names = options.networks.split(",")
    for name in names:
        if name not in NETWORKS and name not in PUBLISHED:
            sys.exit(f"no network {name}: choose from {', '.join([*PUBLISHED, *NETWORKS])}")
    options.output.mkdir(parents=True, exist_ok=True)
    results, skipped = [], []
    for data in options.data:
        comparison = Comparison(options, data)
        for name in names:
            if name in PUBLISHED and comparison.name != PUBLISHED[name][1]:
                continue
            used = processor_seconds(options.output)
            isBegun = (comparison.folder / name.replace(" ", "-")).exists()
            if used > 60 * options.minutes and not isBegun:
                skipped.append((name, comparison.name, f"{used / 60:.0f} minutes of processor time were used up"))
                continue
            try:
                results.append(comparison.compared(name))
            except Failed as failure:
                skipped.append((name, comparison.name, str(failure)))
            print(f"{comparison.name}: {name}: {processor_seconds(options.output) / 60:.1f} min so far", flush=True)
            (options.output / "networks.json").write_text(json.dumps({"results": results, "skipped": skipped}, indent=1))
            (options.output / "networks.md").write_text(table(results, skipped, options))
    print(table(results, skipped, options))


if __name__ == "__main__":
    main()
