"""Rebuilds a GenreLens checkpoint in PyTorch, whatever layers it has.

    python3 Scripts/load-in-pytorch.py MODEL.safetensors X.npy

X.npy is a feature file of the model's own spec (`genrelens features`), with its index. Needs torch and safetensors.
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
import torch_layers
from safetensors import safe_open


def load(path):
    """The checkpoint's tensors and its description."""
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, json.loads(file.metadata()["genrelens"])


def forward(x, w, about):
    """Logits of maps `[N, F, T]`, or of pictures as the model's picture spec makes them, `[N, 3, H, W]`."""
    architecture = about["architecture"]
    inputs = architecture.get("inputs")
    name, rank = (inputs[0]["name"], len(inputs[0]["axes"])) if inputs else ("input", 3)
    if "normalization.mean" in w:  # a model of pictures has none
        x = (x - w["normalization.mean"]) / w["normalization.std"]
    values = torch_layers.run(architecture, {name: x[:, None] if rank == 3 and x.dim() == 3 else x}, w)
    return values[architecture.get("outputs", [architecture["nodes"][-1]["name"]])[0]]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    weights, about = load(sys.argv[1])
    logits = forward(torch.from_numpy(np.load(sys.argv[2]).astype(np.float32)), weights, about)
    for row in F.softmax(logits, 1).tolist():
        print(json.dumps(dict(zip(about["labels"], (round(p, 6) for p in row)))))
