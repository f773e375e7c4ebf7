"""Compares `genrelens features` with librosa on a folder of sound files: the numbers, and the processor time.

    python3 Scripts/compare-librosa.py FOLDER [--spec mfcc128|mfcc20|mel128] [--genrelens .build/release/genrelens]

The map is that of the first window, cut out of the resampled sound. librosa is given a second more than the window, so that
the resampler hears what is behind it, as in the whole file; the largest absolute difference is over all frames but the first
three. Times are processor seconds of one thread, taken in the same run. Needs librosa 0.11.
"""

import argparse
import csv
import json
import os
import pathlib
import resource
import subprocess
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import librosa
import numpy as np

SPECS = {"mfcc128": (220_500, 128), "mfcc20": (66_150, 20), "mel128": (220_500, None)}


def reference(path, spec):
    count, coefficients = SPECS[spec]
    samples, _ = librosa.load(path, sr=22_050, duration=count / 22_050 + 1)
    samples = np.pad(samples[:count], (0, max(0, count - len(samples))))
    mel = librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=22_050, n_fft=2048, hop_length=512))
    return librosa.feature.mfcc(S=mel, n_mfcc=coefficients) if coefficients else mel


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--spec", default="mfcc128", choices=SPECS)
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        output = pathlib.Path(scratch, "x.npy")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([options.genrelens, "features", options.folder, "--output", output, "--spec", options.spec,
                        "--windows", "first", "--threads", "1"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        ours = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        maps, rows = np.load(output), list(csv.DictReader(open(output.with_suffix(".csv"))))
        paths = [os.path.join(scratch, row["path"]) for row in rows]
    reference(paths[0], options.spec)
    differences, start = [], time.process_time()
    theirs = [reference(path, options.spec) for path in paths]
    seconds = time.process_time() - start
    differences = [float(np.abs(a - b)[:, 3:].max()) for a, b in zip(maps, theirs)]
    print(json.dumps({
        "spec": options.spec, "files": len(maps), "largest_difference": max(differences),
        "median_difference": float(np.median(differences)), "files_per_processor_second": len(maps) / ours,
        "librosa_files_per_processor_second": len(maps) / seconds, "ratio": seconds / ours,
        "librosa": librosa.__version__}))


if __name__ == "__main__":
    main()
