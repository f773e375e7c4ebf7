"""PyTorch, pytorch-grad-cam, Captum and ONNX Runtime: a training step, inference, Grad-CAM of the three-block networks;
training and inference of the networks in networks.py."""
import importlib.metadata
import io

import networks
import protocol
import torch
from torch import nn
from torch.nn import functional


class FusedConvolution(nn.Module):
    """A convolution and the 2x2 average pooling behind it as one convolution with stride 2."""

    def __init__(self, inputs, outputs, kernel, padding):
        super().__init__()
        plain = nn.Conv2d(inputs, outputs, kernel)
        self.weight, self.bias, self.padding = plain.weight, plain.bias, padding

    def forward(self, x):
        wide = functional.avg_pool2d(functional.pad(self.weight, (1, 1, 1, 1)), 2, stride=1)
        return functional.conv2d(x, wide, self.bias, stride=2, padding=self.padding)


def network(name, by_hand):
    """The founding network (5x5, pooling before ReLU, dropout), or 3x3 convolutions with ReLU before pooling."""
    founding = name == "three-block"
    channels = [24, 48, 48] if founding else [int(x) for x in name.split("-")]
    layers, inputs, last = [], 1, None
    for block, outputs in enumerate(channels):
        if founding:
            padding = 2 if block > 0 else 0
            if by_hand:
                layers += [FusedConvolution(inputs, outputs, 5, padding), nn.ReLU()]
            else:
                layers += [nn.Conv2d(inputs, outputs, 5, padding=padding), nn.AvgPool2d(2), nn.ReLU()]
            last = layers[-2 if by_hand else -3]
        else:
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2)]
            last = layers[-3]
        inputs = outputs
    count = inputs * (15 if founding else 16) * 53
    dropout = [nn.Dropout(0.5)] if founding else []
    layers += [nn.Flatten(), *dropout, nn.Linear(count, 64), nn.ReLU(), *dropout, nn.Linear(64, 2)]
    return nn.Sequential(*layers), last


def precision(options):
    return torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16")


def training(net, x, options):
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, fused=True)
    labels = torch.arange(options.batch) % 2
    run = torch.compile(net) if options.compile else net

    def step():
        optimizer.zero_grad(set_to_none=True)
        with precision(options):
            loss = functional.cross_entropy(run(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()
    return step


def inference(net, x, options):
    net.eval()
    if options.compile == "freeze":
        from torch._inductor import config
        config.freezing = True
    run = torch.compile(net) if options.compile else net

    def scores():
        with torch.inference_mode() if options.compile != "freeze" else torch.no_grad(), precision(options):
            return run(x)
    return scores


def grad_cam(net, last, x, options):
    net.eval()
    if options.method == "captum":
        from captum.attr import LayerAttribution, LayerGradCam
        method = LayerGradCam(net, last)
        return lambda: LayerAttribution.interpolate(
            method.attribute(x, target=1, relu_attributions=True), (128, 431), "bilinear")
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
    method, target = GradCAM(model=net, target_layers=[last]), [ClassifierOutputTarget(1)]
    return lambda: method(input_tensor=x, targets=target)


def onnx_inference(net, x, options):
    """The network exported, its batch norms folded by ONNX Runtime's own optimiser."""
    import onnxruntime
    file = io.BytesIO()
    torch.onnx.export(net.eval(), (x,), file, dynamo=False)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = options.threads, 1
    session = onnxruntime.InferenceSession(file.getvalue(), settings, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: x.numpy()}
    return lambda: session.run(None, feed)


def known(options, form):
    """A network of networks.py in inference (`infer-known`) or training."""
    net, shape = networks.known(options.network, 0.0 if options.method == "no-dropout" else 0.1)
    networks.set_weights(net)
    x = networks.batch(options.batch, shape)
    check = networks.check(net, x)
    packages = ["torch"]
    if options.tool == "onnxruntime":
        run_once = onnx_inference(net, x, options)
        packages.append("onnxruntime")
    else:
        net = net.train()
        if x.dim() == 4:
            net, x = net.to(memory_format=form), x.to(memory_format=form)
        run_once = (training if options.work == "train-known" else inference)(net, x, options)
    protocol.serve(run_once, tool=options.tool, items=options.batch, unit="items", warm_up=options.warm_up, check=check,
                   versions={name: importlib.metadata.version(name) for name in packages})


def main():
    options = protocol.arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    form = torch.channels_last if options.layout == "nhwc" else torch.contiguous_format
    if options.work.endswith("-known"):
        known(options, form)
        return
    net, last = network(options.network, options.method == "fused-by-hand")
    net = net.to(memory_format=form)
    batch = 1 if options.work == "grad-cam" else options.batch
    x = torch.randn(batch, 1, 128, 431).to(memory_format=form)
    packages = ["torch"]
    if options.work == "grad-cam":
        packages.append("captum" if options.method == "captum" else "grad-cam")
        run_once = grad_cam(net, last, x, options)
    else:
        run_once = {"train": training, "infer": inference}[options.work](net, x, options)
    protocol.serve(run_once, tool=options.tool, items=batch, unit="maps" if batch == 1 else "images",
                   warm_up=options.warm_up,
                   versions={name: importlib.metadata.version(name) for name in packages})


if __name__ == "__main__":
    main()
