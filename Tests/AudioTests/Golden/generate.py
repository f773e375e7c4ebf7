"""Makes the golden files of AudioTests: small sound files (lame, libsndfile) and what librosa reads from them.

    python3 -m venv .venv && .venv/bin/pip install librosa==0.11.0 && .venv/bin/python generate.py

`X.mp3` is decoded by libsndfile to `X.mp3.f32`: the sample rate, the number of samples, then every 16th sample of the
mono mean at the file's own rate. `resample-A-B.f32` is every 8th sample that soxr HQ makes of 12 000 samples.
"""
import base64
import os
import subprocess
import sys
import tempfile

import librosa
import numpy as np
import soundfile
import soxr

HERE = os.path.dirname(os.path.abspath(__file__))
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


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
        out[n] = int(tones * decay / 88200) + int(noise * attack / 8192)
    return out


def stereo(count):
    return np.stack([synthetic(count), synthetic(count, seed=2)[::-1]], 1)


def save(name, values):
    np.ascontiguousarray(values, dtype="<f4").tofile(os.path.join(HERE, name))


def mp3(name, rate, samples, *options):
    path = os.path.join(HERE, name)
    with tempfile.TemporaryDirectory() as folder:
        wav = os.path.join(folder, "in.wav")
        soundfile.write(wav, samples, rate, subtype="PCM_16")
        subprocess.check_call(["lame", "--quiet", *options, wav, path])
    y, read_rate = librosa.load(path, sr=None)
    assert read_rate == rate
    save(name + ".f32", np.concatenate([[rate, len(y)], y[::16]]))


def main():
    mp3("joint-44k.mp3", 44100, stereo(44100), "-b", "64", "--resample", "44.1")
    with tempfile.TemporaryDirectory() as folder:
        picture = os.path.join(folder, "pixel.png")
        with open(picture, "wb") as out:
            out.write(PIXEL)
        mp3("vbr-tags-44k.mp3", 44100, stereo(44100), "-V", "8", "--resample", "44.1", "--add-id3v2", "--id3v2-utf16",
            "--tt", "Žluťoučký kůň", "--ta", "Sigur Rós", "--tl", "Album\x1b[31m\nTwo", "--ty", "2001", "--tg", "80",
            "--tc", "comment", "--ti", picture)
    mp3("latin-tags-8k.mp3", 8000, synthetic(8000), "-b", "8", "-m", "m", "--id3v1-only", "--tt", "Café del Mar", "--tg",
        "7", "--ty", "1999")
    mp3("free-format-32k.mp3", 32000, stereo(24000), "--freeformat", "-b", "90", "--resample", "32")
    mp3("mono-48k.mp3", 48000, synthetic(48000), "-b", "48", "-m", "m", "--resample", "48")
    mp3("mpeg2-22k.mp3", 22050, stereo(22050), "-b", "48")
    mp3("low-rate-24k.mp3", 24000, synthetic(48000), "-b", "8", "-m", "m", "--resample", "24")
    short = stereo(4000)
    soundfile.write(os.path.join(HERE, "stereo.flac"), short, 44100, subtype="PCM_16")
    soundfile.write(os.path.join(HERE, "stereo.ogg"), stereo(22050), 22050, subtype="VORBIS")
    y, _ = librosa.load(os.path.join(HERE, "stereo.ogg"), sr=None)
    save("stereo.ogg.f32", np.concatenate([[22050, len(y)], y[::16]]))
    soundfile.write(os.path.join(HERE, "mono-24bit.wav"), synthetic(2000).astype(np.float64) / 32768, 16000, subtype="PCM_24")
    x = synthetic(12000).astype(np.float32) / 32768
    for source, target in [(44100, 22050), (48000, 22050), (8000, 22050), (32000, 22050), (22050, 16000)]:
        y = librosa.util.fix_length(
            soxr.resample(x, source, target, quality="HQ"), size=int(np.ceil(len(x) * (target / source))))
        save(f"resample-{source}-{target}.f32", y[::8])
    with open(os.path.join(HERE, "versions.txt"), "w") as out:
        for module in [librosa, np, soundfile, soxr]:
            out.write(f"{module.__name__} {module.__version__}\n")
        out.write(f"libsndfile {soundfile.__libsndfile_version__}\nlame 3.100\npython {sys.version.split()[0]}\n")


if __name__ == "__main__":
    main()
