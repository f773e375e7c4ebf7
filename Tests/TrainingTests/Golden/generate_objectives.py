"""Makes objectives.safetensors, the expected losses of ObjectiveTests, with PyTorch in float64.

    python3 Tests/TrainingTests/Golden/generate_objectives.py
"""

import pathlib

import torch
from safetensors.torch import save_file

torch.manual_seed(15)
outputs = 3 * torch.randn(5, 4, dtype=torch.float64)
# Where exp would overflow in float32.
outputs[0, 0], outputs[0, 1] = 120, -120
targets = torch.randint(0, 2, (5, 4)).double()
targets[1] = torch.tensor([0.25, 0.5, 0.75, 1.0])
tag_weights = torch.tensor([1.0, 0.5, 2.0, 1.5], dtype=torch.float64)
positive_weights = torch.tensor([3.0, 1.0, 0.5, 2.0], dtype=torch.float64)
result = dict(outputs=outputs, targets=targets, tag_weights=tag_weights, positive_weights=positive_weights,
              sigmoid=torch.sigmoid(outputs))
losses = {
    "sigmoid": (torch.nn.BCEWithLogitsLoss(), targets),
    "sigmoid-weighted": (torch.nn.BCEWithLogitsLoss(weight=tag_weights, pos_weight=positive_weights), targets),
    "sigmoid-smoothed": (torch.nn.BCEWithLogitsLoss(), 0.9 * targets + 0.05),
    "squared": (torch.nn.MSELoss(), targets),
}
for name, (loss, wanted) in losses.items():
    x = outputs.clone().requires_grad_()
    value = loss(x, wanted)
    value.backward()
    result["loss." + name] = value.detach().reshape(1)
    result["gradient." + name] = x.grad
path = pathlib.Path(__file__).parent / "objectives.safetensors"
save_file({name: value.float().contiguous() for name, value in result.items()}, path,
          metadata={"torch": torch.__version__})
