"""Writes the golden files of this folder: float64 references for the explanation methods.

Run: python generate.py     (numpy, torch, grad-cam; the versions used are in each file under "tools")

weightings.json   map formulas on given activations and gradients: numpy, and pytorch-grad-cam's own code
resize.json       torch.nn.functional.interpolate(mode="bilinear", align_corners=False)
three-block.json  small networks in torch, float64: weights, input, logits, activations, gradients and the maps
pooled.json       of all methods; "pooled" ends in global average pooling and one dense layer, "residual" has a sum
residual.json
mel.json          scipy's DCT: gradients and maps brought from MFCC rows back to mel bands
"""

import importlib.metadata as metadata
import json
import pathlib

import numpy as np
import torch
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, XGradCAM
from scipy.fft import dct, idct

FOLDER = pathlib.Path(__file__).parent
TOOLS = {name: metadata.version(name) for name in ("numpy", "scipy", "torch", "grad-cam")}


def tensor(array):
    """Nine digits give a Float back exactly; a result that is no Float needs no more than seven here."""
    array = np.asarray(array, dtype=np.float64)
    digits = 9 if np.array_equal(array, single(array)) else 7
    return {"shape": list(array.shape), "values": [float(f"{value:.{digits}g}") for value in array.ravel()]}


def write(name, content):
    text = json.dumps({"tools": TOOLS, **content}, separators=(",", ":"))
    (FOLDER / name).write_text(text + "\n")
    print(name, len(text))


def single(array):
    """Values that Float holds exactly, so that Swift starts from the same numbers."""
    return np.asarray(array, dtype=np.float32).astype(np.float64)


# Maps from activations A and gradients g, both [C, F, T], as the papers write them.


def combine(weights, A):
    return np.einsum("k,kft->ft", weights, A)


def grad_cam(A, g):
    return combine(g.mean(axis=(1, 2)), A)


def alpha_of(A, g):
    """Equation 19 of Grad-CAM++ for a score whose second derivative is g^2 and third g^3 (Y = exp(score))."""
    S = A.sum(axis=(1, 2), keepdims=True)
    denominator = 2 * g**2 + S * g**3
    assert np.all(np.abs(2 + S * g) > 1e-3), "near a pole: choose other data"
    return np.divide(g**2, denominator, out=np.zeros_like(g), where=g != 0)


def grad_cam_plus_plus(A, g):
    return combine((alpha_of(A, g) * np.maximum(g, 0)).sum(axis=(1, 2)), A)


def torch_cam_plus_plus(A, g):
    alpha = g**2 / (2 * g**2 + (A * g**3).sum(axis=(1, 2), keepdims=True) + 1e-8)
    alpha = np.where(g**2 > 0, alpha, g**2)
    return combine((alpha * np.maximum(g, 0)).sum(axis=(1, 2)), A)


def tf_keras_vis_plus_plus(A, g, score):
    alpha = alpha_of(A, g)
    total = alpha.sum(axis=(1, 2), keepdims=True)
    alpha = alpha / np.where(total == 0, 1, total)
    return combine((np.maximum(np.exp(score) * g, 0) * alpha).sum(axis=(1, 2)), A)


def hires_cam(A, g):
    return (g * A).sum(axis=0)


def layer_cam(A, g):
    return (np.maximum(g, 0) * A).sum(axis=0)


def xgrad_cam(A, g):
    S, magnitude = A.sum(axis=(1, 2)), np.abs(A).sum(axis=(1, 2))
    product = (g * A).sum(axis=(1, 2))
    keep = np.abs(S) > 1e-5 * magnitude
    return combine(np.divide(product, S, out=np.zeros_like(S), where=keep), A)


def eigen_cam(A, g=None, centred=True):
    rows = A.reshape(A.shape[0], -1).T
    if centred:
        rows = rows - rows.mean(axis=0)
    projection = (rows @ np.linalg.svd(rows, full_matrices=False)[2][0]).reshape(A.shape[1:])
    return -projection if -projection.min() > projection.max() else projection


MAPS = {
    "grad-cam": grad_cam,
    "grad-cam++": grad_cam_plus_plus,
    "hires-cam": hires_cam,
    "layer-cam": layer_cam,
    "xgrad-cam": xgrad_cam,
    "eigen-cam": eigen_cam,
    "counterfactual": lambda A, g: grad_cam(A, -g),
}


def library_maps(A, g):
    """The same by pytorch-grad-cam's code, called without a model."""
    maps = {}
    for name, cls in (("grad-cam", GradCAM), ("grad-cam++", GradCAMPlusPlus), ("xgrad-cam", XGradCAM)):
        weights = cls.get_cam_weights(None, None, None, None, A[None], g[None])[0]
        maps[name] = combine(weights, A)
    for name, cls in (("hires-cam", HiResCAM), ("layer-cam", LayerCAM), ("eigen-cam", EigenCAM)):
        maps[name] = cls.get_cam_image(None, None, None, None, A[None], g[None], False)[0]
    return maps


def weightings():
    random = np.random.default_rng(1)
    cases = {}
    signed = single(random.normal(size=(4, 5, 7)))
    signed -= 1.5 * signed.mean(axis=(1, 2), keepdims=True)
    shapes = {
        # Activations behind a ReLU; gradients of the size that a trained network has.
        "nonnegative": (np.maximum(signed, 0), 0.05 * random.normal(size=signed.shape)),
        # Activations of a convolution before its ReLU.
        "signed": (signed, 0.2 * random.normal(size=signed.shape)),
        # Every gradient negative: no positive evidence for Grad-CAM++ at all.
        "negative": (np.abs(signed), -np.abs(0.1 * random.normal(size=signed.shape))),
    }
    for name, (A, g) in shapes.items():
        A, g = single(A), single(g)
        maps = {method: tensor(function(A, g)) for method, function in MAPS.items()}
        maps["grad-cam++:torch-cam"] = tensor(torch_cam_plus_plus(A, g))
        maps["grad-cam++:tf-keras-vis"] = tensor(tf_keras_vis_plus_plus(A, g, 1.25))
        maps["eigen-cam:uncentred"] = tensor(eigen_cam(A, centred=False))
        maps["grad-cam++:exponential"] = tensor(np.exp(1.25) * grad_cam_plus_plus(A, g))
        library = {method: tensor(value) for method, value in library_maps(A, g).items()}
        cases[name] = {"activations": tensor(A), "gradients": tensor(g), "maps": maps, "library": library}
    write("weightings.json", {"score": 1.25, "cases": cases})


def resize():
    random = np.random.default_rng(2)
    cases = []
    for source, target in (
        ((3, 4), (12, 20)), ((2, 3), (7, 10)), ((9, 11), (4, 5)), ((1, 5), (6, 13)), ((4, 1), (9, 3)), ((5, 6), (5, 6)),
    ):
        x = single(random.normal(size=source))
        y = torch.nn.functional.interpolate(
            torch.tensor(x)[None, None], size=target, mode="bilinear", align_corners=False)
        cases.append({"source": tensor(x), "target": tensor(y[0, 0].numpy())})
    write("resize.json", {"cases": cases})


# Small networks. A node is (name, kind, inputs, options); nodes are named as in Swift.

THREE_BLOCK = [
    ("conv1", "conv", ["input"], {"channels": 4, "kernel": 5, "padding": 0}),
    ("pool1", "pool", ["conv1"], {}), ("relu1", "relu", ["pool1"], {}),
    ("conv2", "conv", ["relu1"], {"channels": 6, "kernel": 5, "padding": 2}),
    ("pool2", "pool", ["conv2"], {}), ("relu2", "relu", ["pool2"], {}),
    ("conv3", "conv", ["relu2"], {"channels": 6, "kernel": 5, "padding": 2}),
    ("pool3", "pool", ["conv3"], {}), ("relu3", "relu", ["pool3"], {}),
    ("flatten", "flatten", ["relu3"], {}),
    ("dense1", "dense", ["flatten"], {"units": 8}), ("relu4", "relu", ["dense1"], {}),
    ("dense2", "dense", ["relu4"], {"units": 3}),
]
POOLED = [
    ("conv1", "conv", ["input"], {"channels": 4, "kernel": 3, "padding": 1}), ("relu1", "relu", ["conv1"], {}),
    ("conv2", "conv", ["relu1"], {"channels": 5, "kernel": 3, "padding": 1}), ("relu2", "relu", ["conv2"], {}),
    ("gap", "gap", ["relu2"], {}), ("flatten", "flatten", ["gap"], {}),
    ("dense1", "dense", ["flatten"], {"units": 3}),
]
RESIDUAL = [
    ("conv1", "conv", ["input"], {"channels": 4, "kernel": 3, "padding": 1}), ("relu1", "relu", ["conv1"], {}),
    ("conv2", "conv", ["relu1"], {"channels": 4, "kernel": 3, "padding": 1}),
    ("sum", "add", ["relu1", "conv2"], {}), ("relu2", "relu", ["sum"], {}),
    ("pool1", "pool", ["relu2"], {}), ("flatten", "flatten", ["pool1"], {}),
    ("dense1", "dense", ["flatten"], {"units": 3}),
]


def parameters_of(nodes, input_shape, random):
    shapes, parameters = {"input": input_shape}, {}
    for name, kind, inputs, options in nodes:
        shape = shapes[inputs[0]]
        if kind == "conv":
            size, padding = options["kernel"], options["padding"]
            weight = (options["channels"], shape[0], size, size)
            shape = (options["channels"], *(extent + 2 * padding - size + 1 for extent in shape[1:]))
        elif kind == "dense":
            weight, shape = (options["units"], int(np.prod(shape))), (options["units"],)
        elif kind == "pool":
            shape = (shape[0], shape[1] // 2, shape[2] // 2)
        elif kind == "gap":
            shape = (shape[0], 1, 1)
        elif kind == "flatten":
            shape = (int(np.prod(shape)),)
        if kind in ("conv", "dense"):
            scale = np.sqrt(3 / np.prod(weight[1:]))
            parameters[f"{name}.weight"] = single(scale * random.normal(size=weight))
            parameters[f"{name}.bias"] = single(0.1 * random.normal(size=weight[0]))
        shapes[name] = shape
    return parameters


class GuidedReLU(torch.autograd.Function):
    """Guided backpropagation: the gradient passes where it and the input are positive."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient.clamp(min=0) * (x > 0)


class DeconvolutionReLU(GuidedReLU):
    """Deconvolution: the gradient passes where it is positive, whatever the input was."""

    @staticmethod
    def backward(context, gradient):
        return gradient.clamp(min=0)


def forward(nodes, parameters, x, relu=torch.relu):
    values = {"input": x}
    for name, kind, inputs, options in nodes:
        value = values[inputs[0]]
        if kind in ("conv", "dense"):
            weight, bias = (torch.tensor(parameters[f"{name}.{part}"]) for part in ("weight", "bias"))
        if kind == "conv":
            value = torch.nn.functional.conv2d(value, weight, bias, padding=options["padding"])
        elif kind == "dense":
            value = torch.nn.functional.linear(value, weight, bias)
        elif kind == "pool":
            value = torch.nn.functional.avg_pool2d(value, 2)
        elif kind == "gap":
            value = value.mean(dim=(2, 3), keepdim=True)
        elif kind == "flatten":
            value = value.flatten(1)
        elif kind == "add":
            value = value + values[inputs[1]]
        elif kind == "relu":
            value = relu(value)
        values[name] = value
    return values


def explicit_plus_plus(values, layer, class_index):
    """Grad-CAM++ with Y = exp(score) and explicit second and third derivatives, one activation after the other."""
    A, Y = values[layer], torch.exp(values["logits"][0, class_index])
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


def network(name, nodes, input_shape, class_index, layers, explicit, seed):
    random = np.random.default_rng(seed)
    parameters = parameters_of(nodes, input_shape, random)
    x = single(random.normal(size=input_shape))
    last = nodes[-1][0]

    def run(relu=torch.relu):
        values = forward(nodes, parameters, torch.tensor(x)[None].requires_grad_(), relu)
        return {**values, "logits": values[last]}

    def gradient(layer, relu=torch.relu, score=lambda logits: logits[0, class_index]):
        values = run(relu)
        (result,) = torch.autograd.grad(score(values["logits"]), values[layer])
        return result[0].numpy()

    values = run()
    content = {"classIndex": class_index, "input": tensor(x), "logits": tensor(values["logits"][0].detach())}
    content["parameters"] = {key: tensor(value) for key, value in parameters.items()}
    content["layers"] = {}
    for layer in layers:
        A, g = values[layer][0].detach().numpy(), gradient(layer)
        content["layers"][layer] = {
            "activations": tensor(A), "gradients": tensor(g),
            "maps": {method: tensor(function(A, g)) for method, function in MAPS.items()},
        }
    deep = layers[-1]
    A = values[deep][0].detach().numpy()
    maps = content["layers"][deep]["maps"]
    if explicit:
        maps["grad-cam++:exponential"] = tensor(explicit_plus_plus(run(), deep, class_index))
    other = (class_index + 1) % 3
    maps["grad-cam:probability"] = tensor(
        grad_cam(A, gradient(deep, score=lambda logits: logits.softmax(1)[0, class_index])))
    maps["grad-cam:contrast"] = tensor(
        grad_cam(A, gradient(deep, score=lambda logits: logits[0, class_index] - logits[0, other])))
    if name == "pooled.json":
        maps["cam"] = tensor(combine(parameters["dense1.weight"][class_index], A))
    guided = gradient("input", GuidedReLU.apply)[0]
    upsampled = torch.nn.functional.interpolate(
        torch.tensor(np.maximum(grad_cam(A, gradient(deep)), 0))[None, None], size=input_shape[1:], mode="bilinear",
        align_corners=False)[0, 0].numpy()
    content["inputMaps"] = {
        "saliency": tensor(gradient("input")[0]), "gradient-x-input": tensor((gradient("input") * x)[0]),
        "guided-backprop": tensor(guided),
        "deconvolution": tensor(gradient("input", DeconvolutionReLU.apply)[0]),
        "guided-grad-cam": tensor(guided * upsampled),
    }
    write(name, content)


def mel():
    random = np.random.default_rng(6)
    cases = []
    for coefficients, bands, frames, columns in ((12, 12, 5, 1), (5, 12, 5, 5)):
        std = single(0.5 + random.random((coefficients, columns)))
        mean = single(random.normal(size=(coefficients, columns)))
        s = single(20 * random.normal(size=(bands, frames)))
        x = dct(s, type=2, norm="ortho", axis=0)[:coefficients]
        z = single((x - mean) / std)
        g = single(random.normal(size=z.shape))
        mask = single(random.random(z.shape))

        def back(map):
            padded = np.zeros((bands, frames))
            padded[:coefficients] = map
            return idct(padded, type=2, norm="ortho", axis=0)

        kept = mask * (z * std + mean) + (1 - mask) * mean
        cases.append({
            "mean": tensor(mean), "std": tensor(std), "bands": bands, "input": tensor(z), "gradient": tensor(g),
            "mask": tensor(mask), "melGradient": tensor(back(g / std)), "difference": tensor(back(z * std)),
            "kept": tensor(back(kept) - back(np.broadcast_to(mean, z.shape))),
        })
    write("mel.json", {"cases": cases})


if __name__ == "__main__":
    weightings()
    resize()
    network("three-block.json", THREE_BLOCK, (1, 20, 26), 1, ["conv1", "conv2", "conv3"], True, 3)
    network("pooled.json", POOLED, (1, 9, 12), 2, ["conv1", "conv2", "relu2"], False, 4)
    network("residual.json", RESIDUAL, (1, 8, 10), 0, ["conv1", "conv2", "sum"], False, 5)
    mel()
