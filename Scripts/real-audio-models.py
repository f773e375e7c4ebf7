"""Prepares published weights of others for the tests that compare with their origin.

    python3 Scripts/real-audio-models.py MODELS DESTINATION
    GENRELENS_REAL_MODELS=DESTINATION swift test --filter RealAudioNetworkTests

MODELS has the originals as `audio/FILE`, and `golden/NAME.npz`: an input (`in_...`) and what ONNX Runtime or TensorFlow Lite gave
for it (`out_...`). DESTINATION gets `NAME.safetensors` and `NAME.reference.safetensors` (`in`, `logits` or `tags`, `attention`) for
each network whose files are there; maps are turned to [N, 1, frequency, time].

Needs what weights-to-safetensors.py needs.
"""

import pathlib
import subprocess
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

CONVERTER = pathlib.Path(__file__).with_name("weights-to-safetensors.py")


def plain(golden, weights):
    return golden["in_mel"]


def turned(golden, weights):
    return golden["in_mel"].swapaxes(2, 3)


def mfcc(golden, weights):
    """The end of the front end that the model itself has: a cosine transform of the log mel map."""
    return (golden["mid_logmel"] @ weights["speech_features/dct/MatMul"].T).swapaxes(1, 2)[:, None]


# The file of weights, that of the values, how its input becomes the network's.
MODELS = {
    "MSD_musicnn": ("audio/MSD_musicnn.npz", "MSD_musicnn", turned),
    "MSD_vgg": ("audio/MSD_vgg.npz", "MSD_vgg", turned),
    "msd_fcn": ("audio/msd_fcn.pth", "won_msd_fcn", plain),
    "msd_crnn": ("audio/msd_crnn.pth", "won_msd_crnn", plain),
    "mtat_musicnn": ("audio/mtat_musicnn.pth", "won_mtat_musicnn", plain),
    "choi_crnn": ("audio/music_tagger_crnn_weights_tensorflow.h5", "choi_crnn", plain),
    "kwt1": ("audio/kwt1_non_stream.tflite", "kwt1_yes", mfcc),
}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    models, destination = map(pathlib.Path, sys.argv[1:])
    destination.mkdir(parents=True, exist_ok=True)
    for name, (weights, golden, front) in MODELS.items():
        if not (models / weights).exists():
            print(f"{name}: no {models / weights}")
            continue
        target = destination / f"{name}.safetensors"
        subprocess.run([sys.executable, CONVERTER, models / weights, target], check=True)
        with np.load(models / "golden" / f"{golden}.npz") as values:
            result = {"in": front(values, load_file(target))}
            result |= {"tags" if n == "out_y" else n.removeprefix("out_"): values[n] for n in values if n.startswith("out_")}
        if result.get("logits", np.zeros((1, 1))).ndim == 1:
            result["logits"] = result["logits"][None]
        save_file({n: np.ascontiguousarray(a, np.float32) for n, a in result.items()},
                  destination / f"{name}.reference.safetensors")


if __name__ == "__main__":
    main()
