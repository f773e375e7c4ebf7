"""Trains one configuration with several seeds and reports each on the test part, once.

    python3 Scripts/train-seeds.py DATASET CONFIG.yaml OUTPUT_FOLDER [--spec mfcc20] [--seeds 1,2,3,4,5] [--genrelens .build/release/genrelens]

--spec states how the maps of a feature file were computed where no .json beside it says so.
Which seed is published is decided by the validation loss alone. Prints one JSON line a seed, then the mean, the standard
deviation over seeds, and the chosen one with its 95 % interval (over groups where they are known). Needs nothing but Python 3.
"""

import argparse
import json
import pathlib
import statistics
import subprocess


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("config")
    parser.add_argument("output")
    parser.add_argument("--spec")
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    options = parser.parse_args()
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)

    def genrelens(*arguments):
        return subprocess.run([options.genrelens, *map(str, arguments)], check=True, stdout=subprocess.PIPE).stdout

    spec = ["--spec", options.spec] if options.spec else []
    results = []
    for seed in options.seeds.split(","):
        model = output / f"seed-{seed}.safetensors"
        genrelens("train", options.dataset, *spec, "--config", options.config, "--seed", seed, "--output", model)
        provenance = json.loads(genrelens("inspect", model, "--json"))["provenance"]
        test = json.loads(genrelens("evaluate", "--model", model, options.dataset, *spec, "--json"))
        results.append({
            "seed": int(seed), "epoch": provenance["bestEpoch"], "validLoss": provenance["validLoss"],
            "validAccuracy": provenance["validAccuracy"], "testAccuracy": test["accuracy"],
            "interval": test["interval"], "groups": test.get("groupCount"), "count": test["count"],
            "confusion": test["confusion"]})
        print(json.dumps(results[-1]), flush=True)
    accuracies = [result["testAccuracy"] for result in results]
    print(json.dumps({
        "config": options.config, "meanTestAccuracy": statistics.mean(accuracies),
        "standardDeviation": statistics.stdev(accuracies) if len(accuracies) > 1 else None,
        "chosen": min(results, key=lambda result: result["validLoss"])}))


if __name__ == "__main__":
    main()
