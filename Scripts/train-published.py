"""Trains every published model again, five seeds each, from the feature files that the cards name.

    python3 Scripts/train-published.py FEATURES_FOLDER OUTPUT_FOLDER [--only NAME,...] [--seeds 1,2,3,4,5] [--folds 5]

FEATURES_FOLDER holds fma-small-mfcc20x130.npy (librosa MFCC of the first 3 s of the FMA-small clips) and
fma-folk-hiphop-mel128x128-u8.npy (mel maps of the whole 30 s), each with its .csv. Each recipe is a file in Checkpoints/;
the files that it trains on are made in OUTPUT_FOLDER. Prints what Scripts/train-seeds.py prints; with --folds it
cross-validates each recipe by groups over all clips instead, the figure that the cards quote, and prints what genrelens
prints. The two recipes on mel maps of 30 s need numpy; the others nothing but Python 3.
"""

import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
CHECKPOINTS = HERE.parent / "Checkpoints"
# Name: the recipe in Checkpoints/, the file it trains on.
RECIPES = {
    "folk-hiphop-mfcc20": ("folk-hiphop-mfcc20.yaml", "mfcc20"),
    "founding-mfcc20": ("founding-mfcc20.yaml", "mfcc20"),
    "founding-mfcc30s": ("founding-mfcc128x128.yaml", "mfcc30s"),
    "founding-mel30s": ("founding-mfcc128x128.yaml", "mel30s"),
    "fma8-smel20": ("fma8-smel20.yaml", "smel20"),
}


def prepare(kind, features, output, genrelens):
    """The path of a feature file of a kind, made where it is not there, and the options that state what its maps are."""
    mfcc = features / "fma-small-mfcc20x130.npy"
    if kind == "mfcc20":
        return mfcc, ["--spec", "mfcc20"]
    target = output / f"{kind}.npy"
    if kind == "smel20":
        subprocess.run(
            [genrelens, "features", "convert", mfcc, target, "--from", "mfcc20", "--spec", "smel20"], check=True)
    else:
        mel = features / "fma-folk-hiphop-mel128x128-u8.npy"
        option = ["--mel"] if kind == "mel30s" else []
        subprocess.run([sys.executable, HERE / "mel-u8-to-mfcc.py", *option, mel, target], check=True)
    return target, []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--only", default=",".join(RECIPES))
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--folds", type=int)
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.only.split(","):
        if name not in RECIPES:
            sys.exit(f"no recipe {name}: choose from {', '.join(RECIPES)}")
        config, kind = RECIPES[name]
        dataset, spec = prepare(kind, options.features, options.output, options.genrelens)
        print(name, flush=True)
        if options.folds:
            subprocess.run(
                [options.genrelens, "train", dataset, "--config", CHECKPOINTS / config, "--folds", str(options.folds),
                 "--all-clips", "--output", options.output / f"{name}-folds"], check=True)
            continue
        subprocess.run(
            [sys.executable, HERE / "train-seeds.py", dataset, CHECKPOINTS / config, options.output / name,
             *spec, "--seeds", options.seeds, "--genrelens", options.genrelens], check=True)


if __name__ == "__main__":
    main()
