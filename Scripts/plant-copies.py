"""How alike copies of a clip are to it, and different clips to each other, as genrelens analyze measures it on features.

    python3 Scripts/plant-copies.py FOLDER [--every 4]

Takes three seconds of every fourth sound file below FOLDER; copies begin 0.1 s later, have noise 20 dB below, or went through MP3 at
about 32 kbit/s. Prints the correlation of 20 MFCC rows, standardised over all clips and each less its mean over time, at the best
shift of up to 8 frames: smallest, median and largest. Needs librosa and soundfile.
"""

import argparse
import io
import pathlib

import librosa
import numpy
import soundfile

RATE, LENGTH, FRAMES, REACH = 22050, 66560, 130, 8


def mfcc(sound):
    return librosa.feature.mfcc(y=sound.astype(numpy.float32), sr=RATE, n_mfcc=20)[:, :FRAMES]


def mp3(sound):
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, RATE, format="MP3", bitrate_mode="CONSTANT", compression_level=0.85)
    buffer.seek(0)
    return soundfile.read(buffer)[0]


def alike(one, other):
    """Largest correlation over the shifts."""
    best = -1.0
    for shift in range(-REACH, REACH + 1):
        a = one[:, max(0, -shift):FRAMES - max(0, shift)].ravel()
        b = other[:, max(0, shift):FRAMES - max(0, -shift)].ravel()
        best = max(best, float(numpy.corrcoef(a, b)[0, 1]))
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--every", type=int, default=4)
    options = parser.parse_args()
    chance = numpy.random.default_rng(1)
    clips = {"itself": [], "0.1 s later": [], "noise 20 dB below": [], "MP3 at 32 kbit/s": []}
    for path in sorted(options.folder.rglob("*.mp3"))[::options.every]:
        sound, _ = librosa.load(path, sr=RATE, duration=6)
        if len(sound) < LENGTH + 2205:
            continue
        window = sound[:LENGTH]
        noise = chance.standard_normal(LENGTH) * numpy.sqrt((window ** 2).mean() / 100)
        for name, copy in zip(clips, [window, sound[2205:2205 + LENGTH], window + noise, mp3(window)]):
            clips[name].append(mfcc(copy))
    deviation = numpy.stack(clips["itself"]).std(axis=(0, 2))[:, None]
    clips = {name: [(map - map.mean(1, keepdims=True)) / deviation for map in maps] for name, maps in clips.items()}
    originals = clips.pop("itself")
    found = {name: [alike(a, b) for a, b in zip(originals, maps)] for name, maps in clips.items()}
    found["different clips"] = [
        alike(originals[i], originals[j]) for i in range(len(originals)) for j in range(i)]
    for name, values in found.items():
        low, middle, high = numpy.percentile(values, [0, 50, 100])
        print(f"{name}: {low:.2f} to {high:.2f}, median {middle:.2f} ({len(values)} pairs)")


if __name__ == "__main__":
    main()
