"""Zennit: layer-wise relevance of one image at the input of VGG-16 with random weights, pass and way back."""
import importlib.metadata

import protocol
import torch
from torchvision.models import vgg16
from zennit.attribution import Gradient
from zennit.composites import COMPOSITES


def main():
    options = protocol.arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    form = torch.channels_last if options.layout == "nhwc" else torch.contiguous_format
    net = vgg16(weights=None).eval().to(memory_format=form).requires_grad_(False)
    x = torch.randn(1, 3, 224, 224).to(memory_format=form)
    target = torch.eye(1000)[[3]]
    composite = COMPOSITES[(options.method or "epsilon-plus").replace("-", "_")]()
    # Its hooks are set once, not for each image.
    with Gradient(model=net, composite=composite) as attributor:
        protocol.serve(lambda: attributor(x, target), tool="zennit", items=1, unit="images", warm_up=options.warm_up,
                       versions={name: importlib.metadata.version(name) for name in ("torch", "zennit")})


if __name__ == "__main__":
    main()
