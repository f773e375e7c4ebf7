"""Makes tempo.json with librosa: onset strength and tempo of synthetic sounds.

    python3 -m venv .venv && .venv/bin/pip install librosa==0.11.0 && .venv/bin/python generate_tempo.py

Of the onset strength every ninth frame is kept.
"""
import json
import os

import librosa
import numpy as np

from generate import HERE, synthetic

RATE = 22050


def clicks(beats, seconds, rate=RATE):
    """Decaying bursts of integer noise at a tempo: TempoTests.swift makes the same."""
    count = int(seconds * rate)
    state, noise = 5, np.zeros(count, np.int64)
    for n in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        noise[n] = (state >> 16) - 32768
    period = int(60 * rate / beats)
    phase = np.arange(count) % period
    envelope = np.maximum(0, 2000 - phase)
    # Every fourth is louder.
    accent = np.where(np.arange(count) // period % 4 == 0, 2, 1)
    return (noise * envelope * accent // 8192 // 2).astype(np.float32) / 32768


def case(name, y, rate=RATE):
    onsets = librosa.onset.onset_strength(y=y, sr=rate)
    tempo = librosa.feature.tempo(y=y, sr=rate)
    # The window that tempo itself takes.
    length = int(librosa.time_to_frames(8.0, sr=rate))
    mean = librosa.feature.tempogram(onset_envelope=onsets, sr=rate, win_length=length).mean(axis=1)
    return {
        "name": name, "rate": rate, "frames": len(onsets), "tempo": float(tempo[0]),
        "onsets": [float(f"{v:.7g}") for v in onsets[::9]],
        "tempogram": [float(f"{v:.9g}") for v in mean[::9]],
    }


def main():
    cases = [case(f"clicks {beats}", clicks(beats, 10)) for beats in (60, 87, 120, 143, 174)]
    cases.append(case("clicks 120 short", clicks(120, 3)))
    cases.append(case("clicks 100 at 16000", clicks(100, 10, 16000), 16000))
    cases.append(case("synthetic", synthetic(20 * RATE).astype(np.float32) / 32768))
    content = {"tools": {"librosa": librosa.__version__, "numpy": np.__version__}, "cases": cases}
    with open(os.path.join(HERE, "tempo.json"), "w") as out:
        out.write(json.dumps(content, separators=(",", ":")) + "\n")
    for c in cases:
        print(c["name"], c["frames"], c["tempo"])


if __name__ == "__main__":
    main()
