"""Makes the clips that the benchmarks read: music-like, the same on every run.

usage: clips.py FOLDER [COUNT=40]      needs numpy and lame

COUNT stereo clips of 30 s at 44.1 kHz, MP3 at a constant 256 kbit/s: chords, plucked notes and drum hits over a noise
floor. Beside them, in FOLDER/long, one hour in one file: the clips' frames one behind the other.
"""
import os
import subprocess
import sys
import wave

import numpy as np

RATE, SECONDS = 44100, 30


def clip(seed):
    """One clip, `[samples, 2]`, between -1 and 1."""
    random = np.random.default_rng(seed)
    time = np.arange(RATE * SECONDS) / RATE
    sound = np.zeros((len(time), 2))
    root = 55 * 2 ** (random.integers(0, 24) / 12)
    beat = 60 / random.uniform(80, 150)
    for bar, start in enumerate(np.arange(0, SECONDS - 4 * beat, 4 * beat)):
        span = slice(int(start * RATE), int((start + 4 * beat) * RATE))
        for step in (0, random.choice([3, 4]), 7):
            pitch = root * 2 ** ((step + [0, 5, 7, 0][bar % 4]) / 12)
            tone = sum(np.sin(2 * np.pi * pitch * k * time[span]) / k for k in range(1, 7))
            sound[span] += 0.04 * tone[:, None] * random.uniform(0.5, 1, 2)
    for start in np.arange(0, SECONDS - 1, beat / 2):
        first, length = int(start * RATE), RATE // 2
        decay = np.exp(-np.arange(length) / RATE * random.uniform(6, 40))
        if random.random() < 0.5:
            hit = decay * random.standard_normal(length)
        else:
            pitch = root * 2 ** (random.integers(12, 36) / 12)
            hit = decay * np.sign(np.sin(2 * np.pi * pitch * time[:length]))
        sound[first:first + length] += 0.2 * hit[:, None] * random.uniform(0.3, 1, 2)
    sound += 0.01 * random.standard_normal(sound.shape)
    return 0.9 * sound / np.abs(sound).max()


def encode(sound, path):
    with wave.open(path + ".wav", "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    subprocess.run(["lame", "--quiet", "--cbr", "-b", "256", "-q", "5", path + ".wav", path + ".part"],
                   check=True)
    os.remove(path + ".wav")
    os.rename(path + ".part", path)


def without_tag(path):
    """The file's bytes behind LAME's own first frame: it names a length, at which decoders stop."""
    data = open(path, "rb").read()
    padding = data[2] >> 1 & 1
    size = 144 * 256000 // RATE + padding
    assert data[0] == 0xFF and b"Info" in data[:size], path
    return data[size:]


def main():
    folder, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 40
    os.makedirs(folder + "/long", exist_ok=True)
    paths = [f"{folder}/clip{index:03d}.mp3" for index in range(count)]
    for index, path in enumerate(paths):
        if not os.path.exists(path):
            encode(clip(index), path)
    hour = folder + "/long/whole-hour.mp3"
    if not os.path.exists(hour):
        parts = [without_tag(path) for path in paths]
        with open(hour + ".part", "wb") as file:
            for index in range(3600 // SECONDS):
                file.write(parts[index % len(parts)])
        os.rename(hour + ".part", hour)


if __name__ == "__main__":
    main()
