"""Compares every explanation method with float64 PyTorch on real windows: how far are the maps of a checkpoint off?

    python3 Scripts/compare-explanations.py MODEL.safetensors X.npy [--windows 12] [--methods all|NAMES] [--layers all|NAMES]
        [--genrelens .build/release/genrelens]

X.npy is a feature file of the model's own kind. The network is rebuilt from the checkpoint in double precision, the maps are
computed as the papers write them (Tests/ExplanationTests/Golden/generate.py and generate_passes.py, whose results the tests
hold), and `genrelens analyze` writes the same maps for the class it hears and for the second one. One line for each method
and layer: the median and the largest error over the maps, each error being the largest difference anywhere in the map as a
share of the map's largest value; and of the flag ill-conditioned: how many maps carry it, how many are off by more than
--limit without it, and how many carry it that are off by less than a tenth of the limit.

Needs numpy, scipy, torch, grad-cam, captum and safetensors.
"""

import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Tests/ExplanationTests/Golden"))
import generate
import generate_passes as passes

AT_LAYERS = ["grad-cam", "counterfactual", "grad-cam++", "hires-cam", "layer-cam", "xgrad-cam", "eigen-cam",
             "guided-grad-cam", "score-cam", "ablation-cam"]
AT_INPUT = ["saliency", "gradient-x-input", "guided-backprop", "deconvolution", "smooth-grad",
            "integrated-gradients", "occlusion", "rise"]


class Network:
    """A checkpoint in double precision."""

    def __init__(self, path):
        with safe_open(path, "pt") as file:
            self.weights = {name: file.get_tensor(name).double() for name in file.keys()}
            self.about = json.loads(file.metadata()["genrelens"])
        self.nodes = self.about["architecture"]["nodes"]
        self.labels = self.about["labels"]

    def normalized(self, maps):
        mean, std = (self.weights["normalization." + name] for name in ("mean", "std"))
        # As GenreLens does it, in single precision: the input is what is explained.
        return ((torch.tensor(maps).float() - mean.float()) / std.float()).double()[:, None].numpy()

    def forward(self, x, given=None, relu=F.relu):
        """All activations by name; `given` replaces a layer's output."""
        values = {"input": x}
        for node in self.nodes:
            name = node["name"]
            sources = [values[source] for source in node["inputs"]]
            values[name] = given[name] if given and name in given else self.apply(node, sources, relu)
        return values

    def apply(self, node, sources, relu=F.relu):
        name, layer, w, x = node["name"], node["layer"], self.weights, sources[0]
        match layer["kind"]:
            case "convolution":
                return F.conv2d(x, w[name + ".weight"], w[name + ".bias"], layer["stride"], layer["padding"],
                                groups=layer["groups"])
            case "batch-normalization":
                return F.batch_norm(x, w[name + ".running_mean"], w[name + ".running_var"], w[name + ".weight"],
                                    w[name + ".bias"], eps=layer["epsilon"])
            case "average-pooling": return F.avg_pool2d(x, layer["kernel"], layer["stride"], layer["padding"])
            case "max-pooling": return F.max_pool2d(x, layer["kernel"], layer["stride"], layer["padding"])
            case "global-average-pooling": return x.mean((2, 3), keepdim=True)
            case "relu": return relu(x)
            case "flatten": return x.flatten(1)
            case "dense": return F.linear(x, w[name + ".weight"], w[name + ".bias"])
            case "addition": return sum(sources)
            case "concatenation": return torch.cat(sources, 1)
            case "dropout": return x
            case kind: sys.exit(f"{name}: {kind} is not known here")

    @property
    def last(self): return self.nodes[-1]["name"]


class Guided(torch.autograd.Function):
    """ReLU whose gradient passes where it is positive and, for guided backpropagation, its input was."""
    only_active = True

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        passed = gradient * (gradient > 0)
        return passed * (x > 0) if Guided.only_active else passed


class Window:
    """One input and class, with what generate_passes asks of a case."""

    def __init__(self, network, x, class_index):
        self.network, self.x, self.classIndex = network, x, class_index

    def logits(self, batch): return self.network.forward(batch)[self.network.last]

    def score(self, logits, target="logit"): return logits[:, self.classIndex]

    def scores(self, inputs, target="logit"):
        inputs = np.asarray(inputs)
        with torch.no_grad():
            return np.concatenate([self.score(self.logits(torch.tensor(inputs[i:i + 64]))).numpy()
                                   for i in range(0, len(inputs), 64)])

    def gradients(self, inputs, target="logit"):
        batch = torch.tensor(np.asarray(inputs)).requires_grad_()
        return torch.autograd.grad(self.score(self.logits(batch)).sum(), batch)[0].numpy()

    def activation(self, layer): return self.observed(layer)[0]

    def observed(self, layer):
        values = self.network.forward(torch.tensor(self.x)[None].requires_grad_())
        (gradient,) = torch.autograd.grad(self.score(values[self.network.last]).sum(), values[layer])
        return values[layer][0].detach().numpy(), gradient[0].numpy()

    def without(self, layer, channel):
        A = torch.tensor(self.activation(layer))[None]
        if channel is not None:
            A[:, channel] = 0
        with torch.no_grad():
            values = self.network.forward(torch.tensor(self.x)[None], given={layer: A})
        return self.score(values[self.network.last])[0].item()

    def by_rule(self, only_active):
        Guided.only_active = only_active
        batch = torch.tensor(self.x)[None].requires_grad_()
        logits = self.network.forward(batch, relu=Guided.apply)[self.network.last]
        return torch.autograd.grad(self.score(logits).sum(), batch)[0][0, 0].numpy()

    def map(self, method, layer):
        zero = np.zeros_like(self.x)
        match method:
            case "saliency": return self.gradients([self.x])[0, 0]
            case "gradient-x-input": return self.x[0] * self.gradients([self.x])[0, 0]
            case "guided-backprop" | "deconvolution": return self.by_rule(method == "guided-backprop")
            case "guided-grad-cam":
                cam = np.maximum(generate.grad_cam(*self.observed(layer)), 0)
                return self.by_rule(True) * passes.resized(cam, self.x.shape[1:])
            case "score-cam": return passes.score_cam(self, layer, zero)
            case "ablation-cam": return passes.ablation_cam(self, layer)
            case "integrated-gradients":
                points, weights = np.polynomial.legendre.leggauss(50)
                mean = np.einsum("n,ncft->cft", weights / 2,
                                 self.gradients([share * self.x for share in (points + 1) / 2]))
                return (self.x * mean)[0]
            case "smooth-grad": return passes.smooth_grad(self, 0, 50, float(np.float32(0.15)))
            case "occlusion":
                shape = self.x.shape[1:]
                window = [-(-extent // share) for extent, share in zip(shape, (8, 13))]
                return occlusion(self, window, [max(1, size // 2) for size in window])
            case "rise":
                grid = [min(cells, extent) for cells, extent in zip((8, 16), self.x.shape[1:])]
                return passes.rise(self, 0, 2000, 0.5, grid, zero, True)
        A, g = self.observed(layer)
        if method == "grad-cam++":
            # As generate.py has it, without its refusal of data near a pole.
            d = 2 + A.sum(axis=(1, 2), keepdims=True) * g
            terms = np.divide(g, d, out=np.zeros_like(g), where=(g > 0) & (np.abs(d) >= 1e-6))
            return generate.combine(terms.sum(axis=(1, 2)), A)
        return generate.MAPS[method](A, g)


def occlusion(window, size, step):
    shape = window.x.shape[1:]
    counts = [-(-(extent - one) // by) + 1 for extent, one, by in zip(shape, size, step)]
    total, covers, places, hidden = np.zeros(shape), np.zeros(shape), [], [window.x]
    for row in range(counts[0]):
        for column in range(counts[1]):
            place = (slice(row * step[0], row * step[0] + size[0]), slice(column * step[1], column * step[1] + size[1]))
            copy = window.x.copy()
            copy[0][place] = 0
            places.append(place)
            hidden.append(copy)
    scores = window.scores(hidden)
    for place, score in zip(places, scores[1:]):
        total[place] += scores[0] - score
        covers[place] += 1
    return total / covers


def ours(options, folder, method, layer):
    """GenreLens's maps and flags: [(predicted, true)] in the order of the rows."""
    output = folder / f"{method}-{layer}"
    command = [options.genrelens, "analyze", "--model", options.model, folder / "x.npy", "--split", "test", "--method",
               method, "--robustness", "0", "--no-data-check", "--no-audio", "--shown", "1000", "--output", output]
    done = subprocess.run(command + (["--layer", layer] if layer else []), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr.splitlines()[-1])
    flags = {}
    for study in json.loads((output / "report.json").read_text())["errors"]:
        flags[study["prediction"]["path"]] = [evidence["flags"] for evidence in study["evidence"][:2]]
    result = {}
    for row in csv.DictReader(open(output / "misclassified.csv", newline="")):
        maps = [np.load(output / row[name]) for name in ("map_predicted", "map_true")]
        result[os.path.basename(row["path"])] = list(zip(maps, flags[row["path"]]))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("features")
    parser.add_argument("--windows", type=int, default=12)
    parser.add_argument("--methods", default="all")
    parser.add_argument("--layers", default="all")
    parser.add_argument("--limit", type=float, default=1e-3)
    parser.add_argument("--genrelens", default=".build/release/genrelens")
    options = parser.parse_args()
    network = Network(options.model)
    stored = np.load(options.features, mmap_mode="r")
    rows = np.linspace(0, len(stored) - 1, options.windows).astype(int)
    maps = np.array(stored[rows], dtype=np.float32)
    inputs = network.normalized(maps)
    with torch.no_grad():
        logits = network.forward(torch.tensor(inputs))[network.last].numpy()
    order = np.argsort(-logits, axis=1, kind="stable")
    layers = [node["name"] for node in network.nodes if node["layer"]["kind"] in ("convolution", "relu")]
    with torch.no_grad():
        shapes = network.forward(torch.tensor(inputs[:1]))
    layers = [name for name in layers if shapes[name].ndim == 4]
    if options.layers != "all":
        layers = options.layers.split(",")
    methods = AT_LAYERS + AT_INPUT if options.methods == "all" else options.methods.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        np.save(folder / "x.npy", maps)
        if network.about.get("featureSpec"):
            (folder / "x.json").write_text(json.dumps({
                "version": 1, "element": "<f4", "rows": len(rows), "windows": "first", "spec": network.about["featureSpec"]}))
        with open(folder / "x.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["row", "path", "label", "split"])
            # Called by the second class, every row is an error, and analyze keeps the maps of errors.
            table.writerows([i, f"window-{i}", network.labels[order[i, 1]], "test"] for i in range(len(rows)))
        print(f"{options.model}: {len(rows)} windows, {2 * len(rows)} maps each")
        print("method,layer,median_error,largest_error,flagged,missed,false_alarms")
        for method in methods:
            for layer in layers if method in AT_LAYERS else [None]:
                found = ours(options, folder, method, layer)
                errors, marked = [], []
                for i in range(len(rows)):
                    for rank, (map, flags) in enumerate(found[f"window-{i}"]):
                        expected = Window(network, inputs[i], order[i, rank]).map(method, layer)
                        largest = np.abs(expected).max()
                        errors.append(np.abs(map - expected).max() / largest if largest > 0 else np.abs(map).max())
                        marked.append("ill-conditioned" in flags)
                errors, marked = np.array(errors), np.array(marked)
                print(f"{method},{layer or 'input'},{np.median(errors):.1e},{errors.max():.1e},{marked.sum()},"
                      f"{((errors > options.limit) & ~marked).sum()},"
                      f"{((errors < options.limit / 10) & marked).sum()}", flush=True)


if __name__ == "__main__":
    main()
