"""Rebuilds a GenreLens checkpoint in PyTorch.

    python3 Scripts/load-in-pytorch.py MODEL.safetensors X.npy

X.npy is a feature file of the model's own spec (`genrelens features`), with its index. Needs torch and safetensors.
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open


def load(path):
    """The checkpoint's tensors and its description."""
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, json.loads(file.metadata()["genrelens"])


def forward(x, w, about):
    """Logits of maps `[N, F, T]` by a checkpoint whose layers follow each other."""
    x = ((x - w["normalization.mean"]) / w["normalization.std"])[:, None]
    for node in about["architecture"]["nodes"]:
        name, layer = node["name"], node["layer"]
        match layer["kind"]:
            case "convolution":
                x = F.conv2d(x, w[name + ".weight"], w[name + ".bias"], layer["stride"], layer["padding"])
            case "batch-normalization":
                x = F.batch_norm(x, w[name + ".running_mean"], w[name + ".running_var"], w[name + ".weight"],
                                 w[name + ".bias"], eps=layer["epsilon"])
            case "average-pooling": x = F.avg_pool2d(x, layer["kernel"], layer["stride"])
            case "max-pooling": x = F.max_pool2d(x, layer["kernel"], layer["stride"])
            case "global-average-pooling": x = x.mean((2, 3), keepdim=True)
            case "relu": x = F.relu(x)
            case "flatten": x = x.flatten(1)
            case "dense": x = F.linear(x, w[name + ".weight"], w[name + ".bias"])
    return x


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    weights, about = load(sys.argv[1])
    logits = forward(torch.from_numpy(np.load(sys.argv[2]).astype(np.float32)), weights, about)
    for row in F.softmax(logits, 1).tolist():
        print(json.dumps(dict(zip(about["labels"], (round(p, 6) for p in row)))))
