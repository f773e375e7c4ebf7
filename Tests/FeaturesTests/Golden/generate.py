"""Makes the golden files of FeaturesTests with librosa (and lame for the MP3).

    python3 -m venv .venv && .venv/bin/pip install librosa==0.11.0 && .venv/bin/python generate.py

Maps are stored as float32, row-major, with every fifth frame and the two at either end (see `columns`).
"""
import os
import subprocess
import sys
import tempfile

import librosa
import numpy as np
import scipy
import soundfile
import soxr

HERE = os.path.dirname(os.path.abspath(__file__))


def synthetic(count, seed=1):
    """The sound of SyntheticSound.swift, as int16."""
    steps = [[654, 824, 980], [734, 874, 1101], [490, 618, 735], [551, 694, 1308]]
    state, out = seed, np.zeros(count, np.int16)
    for n in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        noise = (state >> 16) - 32768
        if n % 22050 >= 20000:
            continue
        chord, decay = steps[n // 11025 % 4], 11025 - n % 11025

        def triangle(step):
            return abs((n * step) % 65536 - 32768) - 16384

        tones = 3 * triangle(chord[0]) + 2 * triangle(chord[1]) + triangle(chord[2] * 4)
        attack = max(0, 1200 - n % 5512)
        # int() of a quotient truncates towards zero, as Swift's integer division does.
        out[n] = int(tones * decay / 88200) + int(noise * attack / 8192)
    return out


def columns(matrix):
    frames = matrix.shape[1]
    keep = [t for t in range(frames) if t % 5 == 0 or t < 2 or t >= frames - 2]
    return np.ascontiguousarray(matrix[:, keep], dtype="<f4")


def save(name, values):
    np.ascontiguousarray(values, dtype="<f4").tofile(os.path.join(HERE, name))


def mel_decibels(y):
    return librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=22050))


def main():
    y = synthetic(220500).astype(np.float32) / 32768
    save("mfcc128.f32", columns(librosa.feature.mfcc(y=y, sr=22050, n_mfcc=128)))
    save("mel128.f32", columns(mel_decibels(y)))
    save("mfcc20.f32", columns(librosa.feature.mfcc(y=y[:66150], sr=22050, n_mfcc=20)))
    short = y[:12000]
    small = librosa.feature.melspectrogram(
        y=short, sr=22050, n_fft=512, hop_length=200, n_mels=40, fmin=50, fmax=8000)
    save("mel40.f32", columns(librosa.power_to_db(small, top_db=None)))
    save("mel-bank-40.f32", librosa.filters.mel(sr=22050, n_fft=512, n_mels=40, fmin=50, fmax=8000))
    bank = librosa.filters.mel(sr=22050, n_fft=2048)
    save("mel-bank-sums.f32", np.stack([bank.sum(1), (bank * np.arange(1025)).sum(1), bank.max(1)]))
    save("mel-centers.f32", librosa.mel_frequencies(130, fmin=0, fmax=11025)[1:-1])
    # A stereo clip of 2.4 s, the right channel delayed and softer.
    left = synthetic(105840, seed=7)
    right = (np.roll(left, 300) * 0.6).astype(np.int16)
    with tempfile.TemporaryDirectory() as folder:
        wav = os.path.join(folder, "clip.wav")
        soundfile.write(wav, np.stack([left, right], 1), 44100, subtype="PCM_16")
        subprocess.check_call(["lame", "--quiet", "-b", "64", "--resample", "44.1", wav, os.path.join(HERE, "clip.mp3")])
    # A window is cut out of the whole file after resampling.
    clip, _ = librosa.load(os.path.join(HERE, "clip.mp3"), sr=22050)
    for offset in [0.0, 1.125]:
        start = int(offset * 22050 + 0.5)
        save(f"clip-mfcc-{offset}.f32", librosa.feature.mfcc(y=clip[start:start + 26460], sr=22050, n_mfcc=128))
    with open(os.path.join(HERE, "versions.txt"), "w") as out:
        for module in [librosa, np, scipy, soundfile, soxr]:
            out.write(f"{module.__name__} {module.__version__}\n")
        out.write(f"libsndfile {soundfile.__libsndfile_version__}\nlame 3.100\npython {sys.version.split()[0]}\n")


if __name__ == "__main__":
    main()
