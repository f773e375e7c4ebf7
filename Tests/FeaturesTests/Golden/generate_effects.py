"""Makes the golden files of time stretch and pitch shift with librosa.

    python3 -m venv .venv && .venv/bin/pip install librosa==0.11.0 && .venv/bin/python generate_effects.py

The sound is given in float64: in float32 librosa adds angles up to 100 000 radians in single precision, which at high
frequencies is an error of its own of 0.01 radians. Every seventh sample is kept.
"""
import os

import librosa
import numpy as np

from generate import HERE, save, synthetic


def noisy(count):
    """Half of `synthetic` with noise over all of it: no bin is ever empty, where a phase would be a matter of rounding."""
    state, noise = 9, np.zeros(count)
    for n in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        noise[n] = ((state >> 20) - 2048) / 32768
    return synthetic(count) / 65536 + noise


def main():
    y = noisy(20000)
    assert y.dtype == np.float64
    for rate in (0.9, 1.1, 2.3):
        save(f"stretch-{rate}.f32", librosa.effects.time_stretch(y, rate=rate)[::7])
    for steps in (-1, 1, 3.5):
        save(
            f"pitch-{steps}.f32",
            librosa.effects.pitch_shift(y, sr=22050, n_steps=steps, res_type="soxr_hq")[::7])


if __name__ == "__main__":
    main()
