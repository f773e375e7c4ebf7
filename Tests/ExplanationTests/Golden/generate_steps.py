"""Writes steps.json: maps of a ConvLSTM's states and attribution over the steps of a recurrent network, float64.

Run: python generate_steps.py     (numpy, torch; the versions used are in the file under "tools")

The networks are those of StepReferenceTests. Every array is filled by a formula that both sides know (see `array`), so that the file
holds results only. States are values of a loop, so that torch.autograd gives the gradient of each through all later steps; the
gradient without them comes from a layer whose states are joined before they are read.
"""

import importlib.metadata as metadata
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).parent
torch.set_default_dtype(torch.float64)


def wave(index, shape):
    i = np.arange(np.prod(shape), dtype=np.float64)
    return np.sin(0.37 * i + 0.11 * i * i + index)


def array(index, name, shape):
    """Element i of the k-th array in the order of names is s sin(0.37 i + 0.11 i^2 + k), s by the fan-in; norms are around 1."""
    values = wave(index, shape)
    if "norm" in name and name.endswith(("weight", "running_var")):
        values = 1 + 0.3 * values
    elif len(shape) > 1:
        values = 2 / np.sqrt(np.prod(shape[1:])) * values
    else:
        values = 0.5 * values
    return torch.tensor(values.astype(np.float32).astype(np.float64).reshape(shape))


def arrays(shapes):
    return {name: array(index, name, shapes[name]) for index, name in enumerate(sorted(shapes))}


def sequence(shape):
    i = np.arange(np.prod(shape), dtype=np.float64)
    values = np.sin(0.61 * i) + np.cos(0.013 * i * i)
    return torch.tensor(values.astype(np.float32).astype(np.float64).reshape(shape)).requires_grad_()


# Sea: two layers of ConvLSTM, a norm after each, a 1 x 1 convolution of the last state.
STEPS, CHANNELS, HEIGHT, WIDTH, HIDDEN, DAYS = 5, 2, 4, 5, (3, 2), 3
SEA = {"output.weight": (DAYS, HIDDEN[1], 1, 1), "output.bias": (DAYS,)}
for number, (before, own) in enumerate(((CHANNELS, HIDDEN[0]), HIDDEN), 1):
    SEA |= {f"lstm{number}.weight_ih": (4 * own, before, 3, 3), f"lstm{number}.weight_hh": (4 * own, own, 3, 3),
            f"lstm{number}.bias": (4 * own,)}
    SEA |= {f"norm{number}.{part}": (own,) for part in ("weight", "bias", "running_mean", "running_var")}
P = arrays(SEA)


def conv_lstm(name, xs, own):
    state = cell = torch.zeros(1, own, HEIGHT, WIDTH)
    states = []
    for x in xs:
        gates = F.conv2d(x, P[f"{name}.weight_ih"], P[f"{name}.bias"], padding=1)
        gates = gates + F.conv2d(state, P[f"{name}.weight_hh"], padding=1)
        i, f, g, o = gates.chunk(4, 1)
        cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
        state = torch.sigmoid(o) * torch.tanh(cell)
        states.append(state)
    return states


def norm(name, x):
    return F.batch_norm(x, P[f"{name}.running_mean"], P[f"{name}.running_var"], P[f"{name}.weight"], P[f"{name}.bias"], eps=1e-3)


def sea(x):
    first = conv_lstm("lstm1", [x[t][None] for t in range(STEPS)], HIDDEN[0])
    joined = torch.stack(first)                                      # What a layer that runs all steps at once gives.
    second = conv_lstm("lstm2", [norm("norm1", s) for s in joined], HIDDEN[1])
    return first, joined, second, F.conv2d(norm("norm2", second[-1]), P["output.weight"], P["output.bias"])[0]


def cams(activations, gradients):
    """Grad-CAM and Grad-CAM++ of states and gradients [C, H, W], not rectified."""
    plain, plus = [], []
    for a, g in zip(activations, gradients):
        a, g = a[0].detach(), g[0]
        plain.append((g.mean((1, 2), keepdim=True) * a).sum(0))
        sums = a.sum((1, 2), keepdim=True)
        weights = torch.where(g > 0, g / (2 + sums * g), torch.zeros_like(g)).sum((1, 2), keepdim=True)
        plus.append((weights * a).sum(0))
    return torch.stack(plain), torch.stack(plus)


def packed(x):
    return {"shape": list(x.shape), "values": [float(v) for v in x.detach().flatten()]}


def explained(name):
    x = sequence((STEPS, CHANNELS, HEIGHT, WIDTH))
    first, joined, second, output = sea(x)
    if name == "cell":
        score = output[1, 2, 3]
    else:
        target = torch.tensor((0.5 * wave(7, output.shape)).astype(np.float32).astype(np.float64).reshape(output.shape))
        score = ((output - target) ** 2).mean()
    result = {"output": packed(output), "score": score.item()}
    for layer, states in (("lstm1", first), ("lstm2", second)):
        gradients = torch.autograd.grad(score, states, retain_graph=True)
        result[f"{layer}.grad-cam"], result[f"{layer}.grad-cam++"] = map(packed, cams(states, gradients))
    direct, = torch.autograd.grad(score, joined, retain_graph=True)
    result["lstm1.direct"] = packed(cams(first, direct)[0])
    gradient, = torch.autograd.grad(score, x)
    result["gradient-x-input"] = packed(gradient * x.detach())
    return result


# A recurrent classifier: a dense layer and a ReLU for each step, two GRUs, a dense layer of the last state.
FEATURES, WIDE, UNITS, CLASSES, TIMES = 6, 5, 4, 3, 7
TALK = {"embedded.weight": (WIDE, FEATURES), "embedded.bias": (WIDE,), "logits.weight": (CLASSES, UNITS), "logits.bias": (CLASSES,)}
for number, before in ((1, WIDE), (2, UNITS)):
    TALK |= {f"gru{number}.weight_ih_l0": (3 * UNITS, before), f"gru{number}.weight_hh_l0": (3 * UNITS, UNITS),
             f"gru{number}.bias_ih_l0": (3 * UNITS,), f"gru{number}.bias_hh_l0": (3 * UNITS,)}
T = arrays(TALK)


def gru(name, before):
    layer = torch.nn.GRU(before, UNITS, batch_first=True)
    layer.load_state_dict({n.removeprefix(name + "."): t for n, t in T.items() if n.startswith(name + ".")})
    return layer


def talked():
    x = sequence((TIMES, FEATURES)).detach()
    steps = torch.relu(F.linear(x, T["embedded.weight"], T["embedded.bias"]))
    one, two = gru("gru1", WIDE), gru("gru2", UNITS)

    def score(steps):
        states = two(one(steps)[0])[0]
        return F.linear(states, T["logits.weight"], T["logits.bias"])[..., 1]

    def end(steps):
        return score(steps[None])[0, -1]

    leaf = steps.clone().requires_grad_()
    gradient, = torch.autograd.grad(end(leaf), leaf)
    # 400 midpoints: the reference's own error is 1e-7.
    mean = torch.zeros_like(steps)
    for k in range(400):
        between = (steps * (k + 0.5) / 400).requires_grad_()
        mean += torch.autograd.grad(end(between), between)[0] / 400
    left_out = []
    for t in range(TIMES):
        without = steps.clone()
        without[t] = 0
        left_out.append(end(steps) - end(without))
    outputs = score(steps[None])[0]
    return {"score": end(steps).item(), "nothing": T["logits.bias"][1].item(), "gradient": packed((gradient * steps).sum(1)),
            "integrated": packed((mean * steps).sum(1)), "integratedFrom": end(torch.zeros_like(steps)).item(),
            "leftOut": packed(torch.stack(left_out)), "outputs": packed(outputs)}


def main():
    result = {"tools": {n: metadata.version(n) for n in ("numpy", "torch")}, "cell": explained("cell"),
              "error": explained("error"), "steps": talked()}
    (FOLDER / "steps.json").write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
