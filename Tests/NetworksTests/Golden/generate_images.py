"""Makes the expected values of the catalogue's networks for images, sequences and questions, in float64.

    python3 Tests/NetworksTests/Golden/generate_images.py [NAME ...]

Weights and inputs are those of `formula_weights.py`, so a file holds only `output`, and `activation` and `gradient` (of the
largest logit, or of the sum of the second map) at one layer in the middle. VGG, ResNet, EfficientNet, MobileNetV2 and SqueezeNet are
torchvision's; the others are in `image_networks.py`.
"""

import pathlib
import sys

import torch
import torchvision
from formula_weights import fill, image
from image_networks import (CaffeSqueezeNet, CIFARResNet, EasyVQA, EfficientNetLite0, SeaTemperature, VGGLike, WideResNet,
                            observed)
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
MODELS = torchvision.models


def vgg(width, norm, units):
    plan = []
    for index, count in enumerate((2, 2, 3, 3, 3)):
        plan += [width << min(index, 3)] * count + ["M"]
    model = MODELS.VGG(MODELS.vgg.make_layers(plan, batch_norm=norm), num_classes=5, init_weights=False)
    model.classifier[0] = nn.Linear(plan[-2] * 49, units)
    model.classifier[3], model.classifier[6] = nn.Linear(units, units), nn.Linear(units, 5)
    return model


def torchvision_model(name):
    return lambda: MODELS.get_model(name, weights=None, num_classes=5)


# The model, the module whose value is observed, the shapes of the inputs, the scale of norms.
CASES = {
    "vgg-16": (lambda: vgg(64, False, 32), "features.28", [[1, 3, 48, 32]], 1),
    "vgg-16-norm": (lambda: vgg(16, True, 32), "features.40", [[1, 3, 48, 32]], 0.9),
    "resnet-18": (torchvision_model("resnet18"), "layer3.1", [[1, 3, 64, 48]], 0.7),
    "resnet-34": (torchvision_model("resnet34"), "layer4.0", [[1, 3, 64, 48]], 0.6),
    "resnet-50": (torchvision_model("resnet50"), "layer4.1.conv1", [[1, 3, 64, 48]], 0.6),
    "resnet-101": (torchvision_model("resnet101"), "layer4.0.conv2", [[1, 3, 32, 48]], 0.5),
    "resnet-50-half": (lambda: WideResNet(32, 5, False, 32), "layer4.1.conv1", [[1, 3, 64, 48]], 0.6),
    "resnet-50-caffe": (lambda: WideResNet(16, 5, True, 24), "layer3.0.conv2", [[1, 3, 65, 47]], 0.6),
    "cifar-resnet-20": (lambda: CIFARResNet(3, 5), "layer3.0", [[1, 3, 32, 27]], 0.7),
    "cifar-resnet-56": (lambda: CIFARResNet(9, 5), "layer3.0", [[1, 3, 24, 32]], 0.5),
    "efficientnet-b0": (torchvision_model("efficientnet_b0"), "features.5.1", [[1, 3, 64, 48]], 1.05),
    "efficientnet-b1": (torchvision_model("efficientnet_b1"), "features.6.2", [[1, 3, 64, 48]], 1.05),
    "efficientnet-b2": (torchvision_model("efficientnet_b2"), "features.6.2", [[1, 3, 64, 48]], 1.05),
    "efficientnet-lite0": (lambda: EfficientNetLite0(5), "_blocks.9", [[1, 3, 67, 50]], 1),
    "mobilenet-v2": (torchvision_model("mobilenet_v2"), "features.14", [[1, 3, 64, 48]], 1),
    "squeezenet-1.0": (torchvision_model("squeezenet1_0"), "features.12", [[1, 3, 67, 50]], 1),
    "squeezenet-1.1": (torchvision_model("squeezenet1_1"), "features.12", [[1, 3, 67, 50]], 1),
    "squeezenet-caffe": (lambda: CaffeSqueezeNet(5), "fire9", [[1, 3, 67, 50]], 1),
    "vgg-like": (lambda: VGGLike([[8, 8], [16, 16], [32]], 4, True, 24, [1], [32, 24]), "block3.conv1",
                 [[1, 3, 32, 24]], 1),
    "non-pooling": (lambda: VGGLike([[8, 8], [6], [12]], 4, False, 0, [1, 2, 4], [24, 20]), "block2.conv1",
                    [[1, 3, 24, 20]], 1),
    "conv-lstm": (lambda: SeaTemperature(2, 4, 3, True), "lstm1", [[1, 5, 1, 10, 9]], 1),
    "easy-vqa": (lambda: EasyVQA([3, 32, 24], 11, 6), "conv3", [[1, 3, 32, 24], [1, 11]], 1),
}

for name in sys.argv[1:] or CASES:
    make, layer, shapes, scale = CASES[name]
    inputs = [image(shape, 1000 + place) for place, shape in enumerate(shapes)]
    output, activation, gradient = observed(fill(make(), scale), layer, inputs)
    values = dict(output=output, activation=activation, gradient=gradient)
    path = HERE / f"network-{name}.safetensors"
    save_file({n: v.float().contiguous() for n, v in values.items()}, path,
              {"versions": f"torch {torch.__version__}, torchvision {torchvision.__version__}"})
    print(name, path.stat().st_size, *(f"{n} {v.abs().max():.3g}" for n, v in values.items()), flush=True)
