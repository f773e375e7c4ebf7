"""Writes python.safetensors and python.json, what Python's safetensors makes of the same tensors.

Run with numpy, torch and safetensors installed: python generate_safetensors.py
"""
import json
import pathlib

import numpy
import safetensors
import torch
from safetensors.torch import save_file

folder = pathlib.Path(__file__).parent
values = torch.tensor([[0.0, -0.0, 1.5], [-2.25, 65504.0, 3.0e-5]])
tensors = {
    "conv1.weight": values,
    "half": values.to(torch.float16),
    "brain": torch.tensor([1.0, -3.140625, 1.0e30]).to(torch.bfloat16),
    "double": torch.tensor([0.1, float("inf"), -1.0e300], dtype=torch.float64),
    "name \"quoted\" \u00e9\u4e2d\U0001f3b5": torch.tensor(7.0),
    "nothing": torch.zeros(0, 4),
}
metadata = {"format": "pt", "labels": '["Folk", "Hip-Hop"]', "line": "a\nb\t\u0001"}
save_file(tensors, folder / "python.safetensors", metadata=metadata)
expected = {
    "versions": {"safetensors": safetensors.__version__, "torch": torch.__version__, "numpy": numpy.__version__},
    "metadata": metadata,
    # float32 bit patterns, so that signs of zero and infinities compare exactly
    "tensors": {
        name: {
            "shape": list(tensor.shape),
            "bits": tensor.to(torch.float32).flatten().numpy().view(numpy.uint32).tolist(),
        }
        for name, tensor in tensors.items()
    },
}
(folder / "python.json").write_text(json.dumps(expected, indent=1) + "\n")
