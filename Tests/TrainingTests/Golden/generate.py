"""Makes the expected values of the training tests with PyTorch in float64.

    python3 Tests/TrainingTests/Golden/generate.py

`losses.safetensors`: ten losses of a three-block network without dropout, batch 8, Adam 1e-3, from given weights.
`adam.safetensors`: 50 steps of Adam and of AdamW on given gradients. `cross-entropy.safetensors`: loss and gradient.
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
VERSIONS = {"versions": f"torch {torch.__version__}"}


def save(name, tensors, metadata={}):
    tensors = {n: t.detach().float().contiguous() for n, t in tensors.items()}
    save_file(tensors, HERE / name, VERSIONS | metadata)


def losses():
    generator = torch.Generator().manual_seed(3)
    channels = [1, 6, 10, 10]
    same = torch.nn.ModuleList(
        torch.nn.Conv2d(channels[i], channels[i + 1], 5, padding=0 if i == 0 else 2) for i in range(3))
    dense1, dense2 = torch.nn.Linear(10 * 2 * 3, 8), torch.nn.Linear(8, 3)
    layers = {f"conv{i + 1}": layer for i, layer in enumerate(same)} | {"dense1": dense1, "dense2": dense2}
    start = {}
    for name, layer in layers.items():
        for kind, parameter in layer.named_parameters():
            bound = (parameter.shape[1:].numel() if kind == "weight" else layer.weight.shape[1:].numel()) ** -0.5
            parameter.data = (torch.rand(parameter.shape, generator=generator) * 2 - 1) * bound
            start[f"parameters.{name}.{kind}"] = parameter.data.clone()
        layer.double()
    inputs = torch.randn([80, 1, 22, 28], generator=generator)
    labels = torch.randint(0, 3, [80], generator=generator)
    optimizer = torch.optim.Adam([p for l in layers.values() for p in l.parameters()], lr=1e-3, eps=1e-8)
    values = []
    for step in range(10):
        x = inputs[8 * step:8 * step + 8].double()
        for convolution in same:
            x = F.relu(F.avg_pool2d(convolution(x), 2))
        logits = dense2(F.relu(dense1(x.flatten(1))))
        loss = F.cross_entropy(logits, labels[8 * step:8 * step + 8])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        values.append(loss.item())
    save("losses.safetensors", start | {"inputs": inputs, "labels": labels, "losses": torch.tensor(values)},
         {"channels": json.dumps(channels[1:])})


def adam():
    generator = torch.Generator().manual_seed(4)
    start = torch.randn([6, 5], generator=generator)
    gradients = torch.randn([50, 6, 5], generator=generator) * torch.rand([50, 1, 1], generator=generator)
    out = {"start": start, "gradients": gradients}
    for name, decay in [("adam", 0.0), ("adamw", 0.05)]:
        weights = start.double().clone().requires_grad_()
        optimizer = torch.optim.AdamW([weights], lr=1e-2, eps=1e-8, weight_decay=decay)
        for gradient in gradients:
            weights.grad = gradient.double()
            optimizer.step()
        out[name] = weights
    save("adam.safetensors", out)


def cross_entropy():
    generator = torch.Generator().manual_seed(5)
    logits = torch.randn([6, 4], generator=generator) * torch.tensor([[1.0], [3], [30], [300], [0.01], [10]])
    labels = torch.tensor([0, 3, 1, 2, 2, 0])
    out = {"logits": logits, "labels": labels}
    for smoothing in [0.0, 0.1]:
        leaf = logits.double().requires_grad_()
        loss = F.cross_entropy(leaf, labels, label_smoothing=smoothing)
        loss.backward()
        out |= {f"loss.{smoothing}": loss.reshape(1), f"gradient.{smoothing}": leaf.grad.clone()}
    save("cross-entropy.safetensors", out)


if __name__ == "__main__":
    losses()
    adam()
    cross_entropy()
