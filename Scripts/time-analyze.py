"""Times genrelens analyze on 1 000 tracks from stored features, with the memory that it takes.

    python3 Scripts/time-analyze.py FOLDER [--tracks 1000] [--bins 128] [--frames 431] [--genrelens .build/release/genrelens]

Makes a store of noise in which two genres differ a little (FOLDER/x.npy, needs numpy), trains the default network on 200 of its
tracks for one epoch, so that it is wrong about many of the others, and runs analyze on the rest as the test part. Prints one
JSON line: seconds, peak memory in MB, errors shown, size of the page in MB.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy


def make(folder, tracks, bins, frames):
    """Writes the store: 200 tracks to train on, 50 to validate, the rest to test, in albums of two."""
    generator = numpy.random.default_rng(1)
    count = tracks + 250
    maps = numpy.lib.format.open_memmap(folder / "x.npy", "w+", "float32", (count, bins, frames))
    lines = ["row,path,label,split,group"]
    for row in range(count):
        genre = row % 2
        tilt = numpy.linspace(1, -1, bins)[:, None] * (0.05 if genre else -0.05)
        smooth = generator.standard_normal((bins, frames + 8)).cumsum(axis=1)
        maps[row] = (smooth[:, 8:] - smooth[:, :-8]) / 8 ** 0.5 + tilt
        split = "train" if row < 200 else "valid" if row < 250 else "test"
        lines.append(f"{row},clip-{row:04d},{'AB'[genre]},{split},album-{row // 2}")
    maps.flush()
    (folder / "x.csv").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--bins", type=int, default=128)
    parser.add_argument("--frames", type=int, default=431)
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    options = parser.parse_args()
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    make(folder, options.tracks, options.bins, options.frames)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    model = folder / "model.safetensors"
    subprocess.run(
        [options.genrelens, "train", folder / "x.npy", "--epochs", "1", "--output", model], check=True, **quiet)
    # Only the children that follow count: the training's peak is higher.
    start = time.monotonic()
    child = os.spawnvp(
        os.P_NOWAIT, options.genrelens,
        [options.genrelens, "analyze", "--model", str(model), str(folder / "x.npy"), "--output", str(folder / "report")])
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - start
    if status != 0:
        sys.exit("analyze failed")
    report = json.loads((folder / "report" / "report.json").read_text())
    print(json.dumps({
        "tracks": report["report"]["count"], "shape": [options.bins, options.frames],
        "seconds": round(seconds, 1), "cpuSeconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peakMB": round(usage.ru_maxrss / 1024), "errorsShown": len(report["errors"]),
        "pageMB": round((folder / "report" / "report.html").stat().st_size / 1e6, 1)}))


if __name__ == "__main__":
    main()
