"""Trains the self-attention tagger on two synthesised instruments and asks it when each of them plays in splices of both.

    python3 Scripts/two-instruments.py OUTPUT [--clips 120] [--splices 40] [--seconds 2] [--epochs 4] [--seed 1]
        [--genrelens .build/release/genrelens]

The instruments are a plucked string (Karplus and Strong 1983) and a reed organ (harmonics that are held, with a slow attack), both
with random melodies in the same range and of the same loudness. The network trains on clips of one instrument; a splice is one
instrument, then the other, half of its length each, and no splice was trained on. For each time step, tag-wise contribution gives the
difference of both logits if the last attention looked at this step alone. Results, each with a 95 % interval over splices (Student's t):

- the share of steps at which the difference is nearer to the instrument that plays than it is on average over the splice, and the share
  of pairs of a step of each half that are in the right order (the area under the ROC curve);
- the share of steps at which its sign is that of the instrument that plays.

Controls: the same network with random weights, and the steps of each map in random order. Of the attention of the same network, which
does not depend on the class, the share that is on one of the instruments.

OUTPUT gets the sounds, both models, the maps and two-instruments.json. What is finished is not done again. Needs numpy.
"""

import argparse
import json
import math
import pathlib
import statistics
import subprocess
import wave

import numpy as np

RATE = 16000
SPEC = """\
kind: melDecibels
binCount: 96
melBandCount: 96
sampleRateHz: 16000
sampleCount: {count}
fftLength: 512
hopLength: 256
topDecibels: 80
"""


def plucked(frequency, count, random):
    """A string of noise that runs through a mean of two neighbours once a period."""
    period = int(RATE / frequency)
    line, parts = random.uniform(-1, 1, period), []
    for _ in range(count // period + 1):
        parts.append(line)
        line = 0.4985 * (line + np.roll(line, 1))
    return np.concatenate(parts)[:count]


def reed(frequency, count, random):
    """Harmonics that are held, each softer than the one before it, with a slight vibrato."""
    time = np.arange(count) / RATE
    phase = 2 * np.pi * frequency * time + 0.02 * frequency / 5 * np.sin(2 * np.pi * 5 * time + random.uniform(0, 6))
    harmonics = range(1, max(2, int(0.45 * RATE / frequency)))
    tone = sum(np.sin(n * phase + random.uniform(0, 6)) / n ** 1.2 for n in list(harmonics)[:12])
    edge = np.minimum(1, np.minimum(time, time[::-1]) / 0.06)
    return tone * edge


INSTRUMENTS = {"plucked": plucked, "reed": reed}


def melody(instrument, seconds, random):
    """Notes of 0.2 to 0.5 s between 130 and 520 Hz, of the same loudness for both instruments, with some noise."""
    sound, count = np.zeros(0), int(seconds * RATE)
    while len(sound) < count:
        frequency = 130.8 * 2 ** (random.integers(0, 25) / 12)
        note = INSTRUMENTS[instrument](frequency, int(random.uniform(0.2, 0.5) * RATE), random)
        sound = np.concatenate([sound, note / np.sqrt(np.mean(note ** 2))])
    sound = sound[:count] / np.sqrt(np.mean(sound[:count] ** 2))
    return 10 ** (random.uniform(-26, -20) / 20) * (sound + 0.01 * random.standard_normal(count))


def write(path, sound):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(np.round(32767 * sound), -32768, 32767).astype("<i2").tobytes())


def splice(order, seconds, random):
    return np.concatenate([melody(name, seconds / 2, random) for name in order])


def make_sounds(options):
    """Clips of one instrument in OUTPUT/clips, splices in OUTPUT/splices, a longer one in OUTPUT/long.wav."""
    random = np.random.default_rng(options.seed)
    names = list(INSTRUMENTS)
    for place in range(options.clips):
        name = names[place % 2]
        write(options.output / "clips" / name / f"{place:03}.wav", melody(name, options.seconds, random))
    for place in range(options.splices):
        order = names if place % 2 == 0 else names[::-1]
        write(options.output / "splices" / f"{place:03}-{'-'.join(order)}.wav", splice(order, options.seconds, random))
    write(options.output / "long.wav", splice(names, 2 * options.seconds, random))
    (options.output / "spec.yaml").write_text(SPEC.format(count=int(options.seconds * RATE)))


def interval(values):
    """The mean with its 95 % interval by Student's t, for about 40 values or more."""
    mean, count = statistics.mean(values), len(values)
    factor = 1.96 + 2.4 / max(count - 1, 1)
    half = factor * statistics.stdev(values) / math.sqrt(count)
    return {"mean": mean, "low": mean - half, "high": mean + half, "count": count}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--clips", type=int, default=120)
    parser.add_argument("--splices", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    options = parser.parse_args()
    output, genrelens = options.output, options.genrelens

    def run(*arguments):
        return subprocess.run([genrelens, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout

    if not (output / "spec.yaml").exists():
        make_sounds(options)
    training = ["--spec", output / "spec.yaml", "--architecture", "self-attention-tagger", "--batch-size", "8", "--seed",
                options.seed, "--set", "normalization=per-bin", "--features-store", output / "clips.npy", "--no-tensorboard"]
    models = {"trained": output / "trained.safetensors", "random": output / "random.safetensors"}
    changes = {"trained": ["--epochs", options.epochs, "--learning-rate", "0.0001"],
               "random": ["--epochs", "1", "--learning-rate", "1e-12"]}
    for name, model in models.items():
        if not model.exists():
            run("train", output / "clips", *training, *changes[name], "--output", model)
    judged = json.loads(run("evaluate", "--model", models["trained"], output / "clips", "--json"))
    result = {"accuracy": judged["accuracy"], "interval": judged["interval"], "count": judged["count"]}

    names = list(INSTRUMENTS)
    random = np.random.default_rng(options.seed + 1)
    for model in models:
        ways = {"tag-contribution": ["--contrast", names[1], "--reference", "zero"], "attention": []}
        for method, more in ways.items():
            folder = output / f"{model}-{method}"
            run("explain", output / "splices", "--model", models[model], "--method", method, "--class", names[0], *more,
                "--no-audio", "--output", folder)
            figures, mass = {}, []
            # The first line describes the job.
            for line in (folder / "explanations.jsonl").read_text().splitlines()[1:]:
                track = json.loads(line)
                values = np.load(folder / track["folder"] / "map.npy")[0]
                half = len(values) / 2
                isFirst = np.arange(len(values)) + 0.5 < half
                if pathlib.Path(track["path"]).stem.endswith("reed-plucked"):
                    isFirst = ~isFirst
                if method == "attention":
                    mass.append(float(values[isFirst].sum() / values.sum()))
                    continue
                above = values > values.mean()
                isInner = np.abs(np.arange(len(values)) + 0.5 - half) > 0.125 * len(values)
                for words, share in [
                    ("steps that tend to what plays", (above == isFirst).mean()),
                    ("the same, an eighth of the splice or more from the seam", (above == isFirst)[isInner].mean()),
                    ("the same, steps in random order", (random.permutation(above) == isFirst).mean()),
                    ("pairs of steps in the right order", (values[isFirst][:, None] > values[~isFirst]).mean()),
                    ("steps whose sign is that of what plays", ((values > 0) == isFirst).mean()),
                ]:
                    figures.setdefault(words, []).append(float(share))
            if method == "attention":
                result[f"{model}: share of the attention on {names[0]}"] = interval(mass)
            for words, values in figures.items():
                result[f"{model}: {words}"] = interval(values)
    (output / "two-instruments.json").write_text(json.dumps(result, indent=1))
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
