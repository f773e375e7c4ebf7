"""Compares presets of other people's front ends with their own code on sound files: docs/features.md shows its table.

    python3 Scripts/compare-front-ends.py FILE... [--preset NAME ...] [--same-samples] [--genrelens .build/release/genrelens] [--json]

For each preset and file, on the first window, and for seven front ends by librosa that are no presets (librosa-...: their settings are
given as YAML files):

- same samples: librosa resamples the file, both sides get these samples (ours from a WAV file of 32-bit floats at that rate);
- from the file: librosa.load against our own reading and resampling, which are those of libmpg123, libsndfile and soxr too;
- by kaiser_best, by torchaudio: the original resampled by these instead (the first is librosa's of the years in which most of the
  networks were made; it needs resampy).

Differences are absolute, as a share of the range of the original's map: the largest, what 99.9 % of the cells are below, and the
largest in the lower nine tenths of the rows, because resamplers differ close to half the rate. musicnn has lines of its own: half
precision as in the original, and later windows against patches of the map of the whole file. The libraries that are needed are
in Tests/FeaturesTests/Golden/front_ends.py.
"""

import argparse
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

import librosa
import numpy as np
import soundfile

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "Tests/FeaturesTests/Golden"
sys.dont_write_bytecode = True
sys.path.insert(0, str(GOLDEN))
import front_ends


def ours(genrelens, path, preset, windows=("--windows", "first")):
    with tempfile.TemporaryDirectory() as scratch:
        output = pathlib.Path(scratch, "x.npy")
        subprocess.run(
            [genrelens, "features", path, "--output", output, "--spec", preset, "--threads", "1", *windows],
            check=True, capture_output=True)
        return np.load(output)


def from_samples(genrelens, samples, rate, preset):
    with tempfile.TemporaryDirectory() as scratch:
        wav = pathlib.Path(scratch, "x.wav")
        soundfile.write(wav, samples, rate, subtype="FLOAT")
        return ours(genrelens, wav, preset)[0]


def window(samples, count):
    """As long as the front end's window, with silence after a shorter sound."""
    return np.pad(samples[:count], (0, max(0, count - len(samples)))).astype(np.float32)


def original(path, rate, way):
    if way == "torchaudio":
        import torch
        import torchaudio

        samples, own_rate = librosa.load(path, sr=None)
        return torchaudio.functional.resample(torch.from_numpy(samples), own_rate, rate).numpy()
    return librosa.load(path, sr=rate, res_type="kaiser_best" if way == "kaiser_best" else "soxr_hq")[0]


def difference(a, b):
    assert a.shape == b.shape, (a.shape, b.shape)
    known = np.isfinite(b)
    share = np.where(known, np.abs(a - np.where(known, b, 0)), 0) / np.ptp(b[known])
    lower = share[..., : share.shape[-2] * 9 // 10, :]
    return {"largest": float(share.max()), "p999": float(np.quantile(share, 0.999)), "lower": float(lower.max()),
            "infinite": int((~known).sum())}


def comparisons(genrelens, path, preset, same_samples=False):
    name, rate, count, reference, spec = preset
    samples = window(librosa.load(path, sr=rate)[0], count)
    yield "same samples", difference(from_samples(genrelens, samples, rate, spec), reference(samples))
    if same_samples:
        return
    read = ours(genrelens, path, spec)[0]
    ways = [("from the file", "soxr_hq"), ("by torchaudio", "torchaudio")]
    if importlib.util.find_spec("resampy"):
        ways.append(("by kaiser_best", "kaiser_best"))
    for words, way in ways:
        yield words, difference(read, reference(window(original(path, rate, way), count)))
    if name == "musicnn":
        yield "half precision", difference(
            from_samples(genrelens, samples, rate, name), front_ends.musicnn_half(samples))
        whole = front_ends.musicnn(librosa.load(path, sr=rate)[0])
        patches = ours(genrelens, path, name, ("--hop-seconds", str(187 * 256 / rate), "--max-windows", "1000"))
        middle = [i for i in range(1, len(patches)) if (i + 1) * 187 < whole.shape[1] - 1]
        inner = [(patches[i][:, 1:-1], whole[:, 187 * i + 1:187 * i + 186]) for i in middle]
        outer = [(patches[i][:, [0, -1]], whole[:, [187 * i, 187 * i + 186]]) for i in middle]
        for words, pairs in [("later patches, within", inner), ("later patches, first and last frame", outer)]:
            yield words, difference(*(np.stack(side) for side in zip(*pairs)))


def compared(folder):
    """Name, rate, samples of a window, function, and the preset's name or a YAML file."""
    for name, rate, count, reference in front_ends.FRONT_ENDS:
        yield name, rate, count, reference, name
    for name, (settings, reference) in front_ends.LIBROSA.items():
        file = pathlib.Path(folder, f"{name}.yaml")
        # JSON is YAML. What are no decibels have no range.
        decibels = settings["logarithm"].startswith(("10 ", "20 "))
        file.write_text(json.dumps(settings if decibels else {"topDecibels": None, **settings}))
        yield name, settings["sampleRateHz"], settings["sampleCount"], reference, file


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    names = [preset[0] for preset in front_ends.FRONT_ENDS] + list(front_ends.LIBROSA)
    parser.add_argument("--preset", action="append", choices=names)
    parser.add_argument("--same-samples", action="store_true", help="nothing about resampling")
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    parser.add_argument("--json", action="store_true", help="a line for each comparison")
    options = parser.parse_args()
    scratch = tempfile.TemporaryDirectory()
    for preset in compared(scratch.name):
        if options.preset and preset[0] not in options.preset:
            continue
        worst = {}
        for path in options.files:
            for words, result in comparisons(options.genrelens, path, preset, options.same_samples):
                if options.json:
                    print(json.dumps({"preset": preset[0], "file": path, "comparison": words, **result}))
                before = worst.get(words, result)
                worst[words] = {key: max(result[key], before[key]) for key in result}
        if not options.json:
            for words, result in worst.items():
                infinite = f", {result['infinite']} infinite cells left out" if result["infinite"] else ""
                print(f"{preset[0]:22} {words:36} largest {result['largest']:.1e}  99.9 % {result['p999']:.1e}  "
                      f"lower rows {result['lower']:.1e}{infinite}")


if __name__ == "__main__":
    main()
