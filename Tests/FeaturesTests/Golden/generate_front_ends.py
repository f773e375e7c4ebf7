"""Makes the golden files of other people's front ends, with their own libraries (see front_ends.py).

    .venv/bin/pip install librosa torch torchaudio torchlibrosa tensorflow-cpu essentia
    .venv/bin/python generate_front_ends.py

Maps of the synthetic sound of generate.py as float32, row-major, of the frames of `kept`; of silence the first, the second and the
last row of a frame.
"""
import importlib.metadata
import json
import os
import sys

import librosa
import numpy as np

import front_ends
from generate import HERE, save, synthetic


def kept(map):
    """Frames 0 and 1, the last two and seven between."""
    count = map.shape[1]
    frames = sorted({0, 1, count - 2, count - 1} | {count * k // 8 for k in range(1, 8)})
    return np.ascontiguousarray(map[:, frames], dtype="<f4")


def main():
    sound = synthetic(464000).astype(np.float32) / 32768
    for name, _, count, reference in front_ends.FRONT_ENDS:
        save(f"front-{name}.f32", kept(reference(sound[:count])))
    for name, (settings, reference) in front_ends.LIBROSA.items():
        save(f"front-{name}.f32", kept(reference(sound[:settings["sampleCount"]])))
    with open(os.path.join(HERE, "front-librosa.json"), "w") as out:
        json.dump({name: settings for name, (settings, _) in front_ends.LIBROSA.items()}, out, indent=1)
        out.write("\n")
    # Silence shows floors and offsets.
    silences = {}
    for name, _, count, reference in front_ends.FRONT_ENDS:
        map = reference(np.zeros(count, np.float32))
        silences[name] = [float(value) for value in map[[0, 1, -1], map.shape[1] // 2]]
    for name, (settings, reference) in front_ends.LIBROSA.items():
        map = reference(np.zeros(settings["sampleCount"], np.float32))
        silences[name] = [float(value) for value in map[[0, 1, -1], map.shape[1] // 2]]
    with open(os.path.join(HERE, "front-silence.json"), "w") as out:
        json.dump(silences, out, indent=1)
        out.write("\n")
    short = sound[:16000]
    save("front-kaldi-povey.f32", kept(front_ends.kaldi(short, "povey", 23)))
    # librosa's other parameters, none of them a default.
    mel = librosa.feature.melspectrogram(
        y=short, sr=16000, n_fft=1024, hop_length=200, win_length=800, window="hamming", n_mels=40, fmin=30,
        fmax=7000, htk=True, norm=None, power=1.0, pad_mode="reflect")
    save("front-librosa.f32", kept(librosa.amplitude_to_db(mel, top_db=60)))
    save("front-librosa-mfcc.f32", kept(librosa.feature.mfcc(S=np.log(mel + 1e-3), n_mfcc=13)))
    bank = librosa.filters.mel(sr=16000, n_fft=512, n_mels=96, htk=True, norm=None)
    save("front-mel-bank-htk.f32", np.stack([bank.sum(1), (bank * np.arange(257)).sum(1), bank.max(1)]))
    with open(os.path.join(HERE, "front-versions.txt"), "w") as out:
        for module in ["librosa", "numpy", "torch", "torchaudio", "torchlibrosa", "tensorflow-cpu", "essentia"]:
            out.write(f"{module} {importlib.metadata.version(module)}\n")
        out.write(f"python {sys.version.split()[0]}\n")


if __name__ == "__main__":
    main()
