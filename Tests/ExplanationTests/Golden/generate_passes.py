"""Writes passes-*.json: float64 references for the methods that run a network many times, and for Grad-CAM++ with
explicit derivatives of a curved score.

Run: python generate_passes.py     (numpy, scipy, torch, captum, grad-cam; the versions used are in each file under "tools")

The networks and inputs are those of generate.py (three-block.json, pooled.json, residual.json); random numbers come from
the same generator as in Swift, so that seeded results can be compared. Where Captum computes the same, the script
checks that it does.
"""

import importlib.metadata as metadata
import math

import numpy as np
import torch
from captum.attr import IntegratedGradients, Occlusion
from scipy.ndimage import gaussian_filter

import generate
from generate import POOLED, RESIDUAL, THREE_BLOCK, combine, forward, parameters_of, single, tensor

generate.TOOLS["captum"] = metadata.version("captum")
MASK = (1 << 64) - 1


class SeededGenerator:
    """xoshiro256** filled by SplitMix64, as Sources/Tensors/SeededGenerator.swift."""

    def __init__(self, seed, stream=0):
        word = seed ^ (stream * 0xD1B54A32D192ED03 & MASK)
        self.state = []
        for _ in range(4):
            word = word + 0x9E3779B97F4A7C15 & MASK
            mixed = word
            mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & MASK
            mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & MASK
            self.state.append(mixed ^ mixed >> 31)

    def next(self):
        s = self.state
        product = s[1] * 5 & MASK
        result = (product << 7 & MASK | product >> 57) * 9 & MASK
        shifted = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = s[3] << 45 & MASK | s[3] >> 19
        return result

    def uniform(self):
        return (self.next() >> 40) * 2.0**-24

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - (self.next() >> 11) * 2.0**-53))
        return float(np.float32(radius * math.cos(2 * math.pi * (self.next() >> 11) * 2.0**-53)))


def normals(shape, seed, stream):
    generator = SeededGenerator(seed, stream)
    return np.array([generator.normal() for _ in range(int(np.prod(shape)))]).reshape(shape)


def resized(map, shape):
    return torch.nn.functional.interpolate(
        torch.tensor(map)[None, None], size=shape, mode="bilinear", align_corners=False)[0, 0].numpy()


def check(captum, own):
    """Captum keeps quadrature weights, and occlusion's result, in single precision."""
    assert np.abs(captum - own).max() < 1e-6 * np.abs(own).max(), "Captum departs"


class Case:
    """One network with its input and class."""

    def __init__(self, name, nodes, input_shape, class_index, layers, seed):
        random = np.random.default_rng(seed)
        self.name, self.nodes, self.classIndex, self.layers = name, nodes, class_index, layers
        self.parameters = parameters_of(nodes, input_shape, random)
        self.x = single(random.normal(size=input_shape))
        self.last = nodes[-1][0]

    def logits(self, batch):
        return forward(self.nodes, self.parameters, batch)[self.last]

    def score(self, logits, target="logit"):
        c = self.classIndex
        if target == "probability":
            return logits.softmax(1)[:, c]
        if target == "contrast":
            return logits[:, c] - logits[:, (c + 1) % 3]
        return logits[:, c]

    def scores(self, inputs, target="logit"):
        with torch.no_grad():
            return self.score(self.logits(torch.tensor(np.asarray(inputs))), target).numpy()

    def gradients(self, inputs, target="logit"):
        batch = torch.tensor(np.asarray(inputs)).requires_grad_()
        return torch.autograd.grad(self.score(self.logits(batch), target).sum(), batch)[0].numpy()

    def activation(self, layer):
        with torch.no_grad():
            return forward(self.nodes, self.parameters, torch.tensor(self.x)[None])[layer][0].numpy()

    def without(self, layer, channel):
        """The score with one channel of a layer at zero."""
        # A one by one convolution behind the layer lets all channels through, or all but one.
        count = len(self.activation(layer))
        gate = np.eye(count)
        if channel is not None:
            gate[channel, channel] = 0
        parameters = {**self.parameters, "gate.weight": gate[:, :, None, None], "gate.bias": np.zeros(count)}
        place = [node[0] for node in self.nodes].index(layer) + 1
        behind = [
            (name, kind, ["gate" if source == layer else source for source in sources], options)
            for name, kind, sources, options in self.nodes[place:]]
        gated = self.nodes[:place] + [("gate", "conv", [layer], {"padding": 0})] + behind
        with torch.no_grad():
            logits = forward(gated, parameters, torch.tensor(self.x)[None])[self.last]
        return self.score(logits)[0].item()


def score_cam(case, layer, baseline, target="logit"):
    A = case.activation(layer)
    kept = [k for k in range(len(A)) if np.ptp(A[k]) > 1e-5 * np.abs(A[k]).max()]
    masked = []
    for k in kept:
        mask = resized(A[k], case.x.shape[1:])
        mask = (mask - mask.min()) / np.ptp(mask)
        masked.append(mask * case.x + (1 - mask) * baseline)
    scores = case.scores(masked, target)
    weights = np.zeros(len(A))
    weights[kept] = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    return combine(weights, A)


def ablation_cam(case, layer):
    A, whole = case.activation(layer), case.without(layer, None)
    return combine(np.array([whole - case.without(layer, k) for k in range(len(A))]), A)


def smooth_grad(case, seed, count, noise):
    deviation = noise * np.ptp(case.x)
    copies = [case.x + deviation * normals(case.x.shape, seed, sample) for sample in range(count)]
    return case.gradients(copies).mean(axis=0)[0]


def integrated_gradients(case, baseline, steps, target="logit"):
    points, weights = np.polynomial.legendre.leggauss(steps)
    path = [baseline + share * (case.x - baseline) for share in (points + 1) / 2]
    mean = np.einsum("n,ncft->cft", weights / 2, case.gradients(path, target))
    attribution = (case.x - baseline) * mean
    ends = case.scores([case.x, baseline], target)
    library = IntegratedGradients(lambda batch: case.score(case.logits(batch), target)).attribute(
        torch.tensor(case.x)[None], baselines=torch.tensor(baseline)[None], n_steps=steps, method="gausslegendre")
    check(library[0].numpy(), attribution)
    return {"map": tensor(attribution[0]), "baselineScore": float(ends[1]),
            "gap": float(attribution.sum() - (ends[0] - ends[1]))}


def occlusion(case, window, stride, baseline):
    library = Occlusion(lambda batch: case.score(case.logits(batch))).attribute(
        torch.tensor(case.x)[None], sliding_window_shapes=(1, *window), strides=(1, *stride),
        baselines=torch.tensor(baseline)[None])[0, 0].numpy()
    shape = case.x.shape[1:]
    counts = [-(-(extent - size) // step) + 1 for extent, size, step in zip(shape, window, stride)]
    total, covers = np.zeros(shape), np.zeros(shape)
    for row in range(counts[0]):
        for column in range(counts[1]):
            place = (slice(row * stride[0], row * stride[0] + window[0]),
                     slice(column * stride[1], column * stride[1] + window[1]))
            hidden = case.x.copy()
            hidden[0][place] = baseline[0][place]
            drop = case.scores([case.x, hidden])
            total[place] += drop[0] - drop[1]
            covers[place] += 1
    check(library, total / covers)
    return total / covers


def rise(case, seed, count, keep, grid, baseline, subtracts_mean, target="logit"):
    shape = case.x.shape[1:]
    cell = [-(-extent // cells) for extent, cells in zip(shape, grid)]
    masks = []
    for index in range(count):
        generator = SeededGenerator(seed, index)
        shift = [min(int(np.float32(generator.uniform()) * np.float32(size)), size - 1) for size in cell]
        cells = [1.0 if generator.uniform() < keep else 0.0 for _ in range(grid[0] * grid[1])]
        large = resized(np.array(cells).reshape(grid), tuple((n + 1) * size for n, size in zip(grid, cell)))
        masks.append(large[shift[0]:shift[0] + shape[0], shift[1]:shift[1] + shape[1]])
    scores = case.scores([mask * case.x + (1 - mask) * baseline for mask in masks], target)
    if subtracts_mean:
        scores = scores - scores.mean()
    return np.einsum("n,nft->ft", scores, np.array(masks)) / (count * keep)


def explicit_plus_plus(case, layer, target):
    """Y = exp(score) with second and third derivatives taken by torch, one activation after the other."""
    values = forward(case.nodes, case.parameters, torch.tensor(case.x)[None].requires_grad_())
    A, Y = values[layer], torch.exp(case.score(values[case.last], target)[0])
    (first,) = torch.autograd.grad(Y, A, create_graph=True)
    second, third = torch.zeros_like(A), torch.zeros_like(A)
    for index in np.ndindex(*A.shape):
        if first[index] == 0:
            continue
        (row,) = torch.autograd.grad(first[index], A, create_graph=True)
        second[index] = row[index].detach()
        (row,) = torch.autograd.grad(row[index], A, retain_graph=True)
        third[index] = row[index]
    A, first, second, third = (value.detach().numpy()[0] for value in (A, first, second, third))
    denominator = 2 * second + A.sum(axis=(1, 2), keepdims=True) * third
    alpha = np.divide(second, denominator, out=np.zeros_like(second), where=second != 0)
    return combine((alpha * np.maximum(first, 0)).sum(axis=(1, 2)), A)


def passes(case):
    mean = np.zeros_like(case.x)
    noise = normals(case.x.shape, 7, 0xBA5E)
    blur = gaussian_filter(case.x[0], 10.0, mode="nearest", truncate=4.0)[None]
    deep = case.layers[-1]
    content = {
        "seed": 7,
        "baselines": {"noise": tensor(noise[0]), "blur": tensor(blur[0])},
        "scoreCAM": {layer: tensor(score_cam(case, layer, mean)) for layer in case.layers},
        "scoreCAMOfProbability": tensor(score_cam(case, deep, blur, "probability")),
        "ablationCAM": {layer: tensor(ablation_cam(case, layer)) for layer in case.layers},
        "smoothGrad": tensor(smooth_grad(case, 7, 20, 0.125)),
        "integratedGradients": {
            "mean": integrated_gradients(case, mean, 50), "noise": integrated_gradients(case, noise, 50),
            "five": integrated_gradients(case, mean, 5), "contrast": integrated_gradients(case, blur, 50, "contrast"),
            "probability": integrated_gradients(case, mean, 50, "probability"),
        },
        "occlusion": tensor(occlusion(case, (3, 4), (2, 3), mean)),
        "occlusionOfNoise": tensor(occlusion(case, (4, 5), (4, 5), noise)),
        "rise": tensor(rise(case, 7, 70, 0.5, (4, 5), mean, True)),
        "riseOfThePaper": tensor(rise(case, 7, 70, 0.375, (4, 5), mean, False, "probability")),
        "gradCAMPlusPlusOfProbability": tensor(explicit_plus_plus(case, deep, "probability")),
        "gradCAMPlusPlusOfContrast": tensor(explicit_plus_plus(case, deep, "contrast")),
    }
    generate.write(f"passes-{case.name}.json", content)


if __name__ == "__main__":
    passes(Case("three-block", THREE_BLOCK, (1, 20, 26), 1, ["conv1", "conv2", "conv3"], 3))
    passes(Case("pooled", POOLED, (1, 9, 12), 2, ["conv1", "conv2", "relu2"], 4))
    passes(Case("residual", RESIDUAL, (1, 8, 10), 0, ["conv1", "conv2", "sum"], 5))
