"""Writes published.json: float64 references for maps of a published checkpoint, where single precision matters.

Run: python generate_published.py     (numpy, torch, grad-cam, safetensors; the versions used are in the file under "tools")

The network is Checkpoints/folk-hiphop-mfcc20.safetensors in double precision; standardised inputs are normal numbers of the
generator that Swift has too.

plusPlus   Grad-CAM++ at layers in front of a ReLU, every 13th cell of each map and its largest magnitude
ablation   Ablation-CAM at conv3 and behind its ReLU, and pytorch-grad-cam's, which divides by the score y and puts in the
           place of a channel not 0 but its smallest activation less 1e7 wherever that is not 0
"""

import importlib.util
import pathlib

import numpy as np
import torch
from pytorch_grad_cam import AblationCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

import generate
from generate import tensor
from generate_passes import ablation_cam, normals

ROOT = pathlib.Path(__file__).resolve().parents[3]
loader = importlib.util.spec_from_file_location("compare", ROOT / "Scripts/compare-explanations.py")
compare = importlib.util.module_from_spec(loader)
loader.loader.exec_module(compare)


class Module(torch.nn.Module):
    """The network as modules, so that a library can hook into it."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.unused = torch.nn.Parameter(torch.zeros(1))  # the library looks at the first parameter
        self.layers = torch.nn.ModuleDict({node["name"]: torch.nn.Identity() for node in network.nodes})

    def forward(self, x):
        values = {"input": x}
        for node in self.network.nodes:
            (source,) = node["inputs"]
            value = self.network.apply(node, [values[source]])
            values[node["name"]] = self.layers[node["name"]](value)
        return values[self.network.last]


def plus_plus(network):
    cases = []
    for seed in range(1, 9):
        x = normals((1, 20, 130), seed, 0)
        for class_index in (0, 1):
            for layer in ("conv1", "conv2"):
                map = compare.Window(network, x, class_index).map("grad-cam++", layer)
                cases.append({"seed": seed, "class": class_index, "layer": layer, "largest": float(np.abs(map).max()),
                              "values": [float(f"{value:.7g}") for value in map.ravel()[::13]]})
    return cases


def ablation(network):
    cases = []
    for seed in (1, 2):
        x = normals((1, 20, 130), seed, 0)
        for class_index in (0, 1):
            window = compare.Window(network, x, class_index)
            for layer in ("conv3", "relu3"):
                model = Module(network)
                library = AblationCAM(model, [model.layers[layer]])
                target = [ClassifierOutputTarget(class_index)]
                activations = torch.tensor(window.activation(layer))[None]
                weights = library.get_cam_weights(
                    torch.tensor(x)[None], model.layers[layer], target, activations, None)[0]
                cases.append({
                    "seed": seed, "class": class_index, "layer": layer, "score": float(window.scores([x])[0]),
                    "map": tensor(ablation_cam(window, layer)),
                    "library": tensor(generate.combine(weights.astype(np.float64), window.activation(layer)))})
    return cases


if __name__ == "__main__":
    network = compare.Network(ROOT / "Checkpoints/folk-hiphop-mfcc20.safetensors")
    generate.write("published.json", {"plusPlus": plus_plus(network), "ablation": ablation(network)})
