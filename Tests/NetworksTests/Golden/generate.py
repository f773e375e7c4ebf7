"""Makes the expected values of the network tests with PyTorch in float64.

    python3 Tests/NetworksTests/Golden/generate.py

Each case is one safetensors file. Its metadata holds the architecture as GenreLens writes it and the versions used;
its tensors are `input`, `parameters.*`, `state.*`, `cotangent` (d score / d logits), and for evaluation mode `logits`,
`activation.NODE`, `gradient.NODE`; for training mode `training.logits`, `training.gradient.*`, `training.state.*`.
"""

import json
import pathlib
import sys

import safetensors
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[2] / "Scripts"))
import torch_layers  # noqa: E402


def conv(channels, kernel, stride=(1, 1), padding=(0, 0), groups=1):
    return dict(kind="convolution", outputChannels=channels, kernel=list(kernel), stride=list(stride),
                padding=list(padding), groups=groups)


def pool(reduction, kernel, stride=None, padding=(0, 0), counts=True):
    return dict(kind=f"{'average' if reduction == 'average' else 'max'}-pooling", reduction=reduction,
                kernel=list(kernel), stride=list(stride or kernel), padding=list(padding), countsPadding=counts)


def dense(count):
    return dict(kind="dense", outputCount=count)


def kind(name):
    return dict(kind=name)


def chain(*layers):
    nodes, before = [], "input"
    for name, layer in layers:
        nodes.append(dict(name=name, layer=layer, inputs=[before]))
        before = name
    return nodes


BN = dict(kind="batch-normalization", epsilon=1e-5, momentum=0.1)


def evaluate(node, ins, p, s, training):
    """One node's value from its inputs; running statistics `s` are updated in place when training."""
    name, layer = node["name"], node["layer"]
    if layer["kind"] == "batch-normalization" and training:
        return F.batch_norm(ins[0], s[name + ".running_mean"], s[name + ".running_var"], p[name + ".weight"],
                            p[name + ".bias"], True, layer["momentum"], layer["epsilon"])
    return torch_layers.evaluate(node, ins, p | s)[""]


def run(nodes, x, p, s, training):
    """The values of all nodes by name."""
    values = {"input": x}
    for node in nodes:
        values[node["name"]] = evaluate(node, [values[i] for i in node["inputs"]], p, s, training)
    return values


def parameters(nodes, shape, generator):
    """Random parameters and running statistics for every layer, their shapes found by running the graph."""
    p, s, values = {}, {}, {"input": torch.zeros([1] + shape, dtype=torch.float64)}
    for node in nodes:
        name, layer, x = node["name"], node["layer"], values[node["inputs"][0]]
        if layer["kind"] == "convolution":
            fan = x.shape[1] // layer["groups"] * layer["kernel"][0] * layer["kernel"][1]
            size = [layer["outputChannels"], x.shape[1] // layer["groups"]] + layer["kernel"]
            p[name + ".weight"] = torch.randn(size, generator=generator, dtype=torch.float64) / fan**0.5
            p[name + ".bias"] = 0.3 * torch.randn(size[0], generator=generator, dtype=torch.float64)
        elif layer["kind"] == "dense":
            size = [layer["outputCount"], x.shape[1]]
            p[name + ".weight"] = torch.randn(size, generator=generator, dtype=torch.float64) / x.shape[1] ** 0.5
            p[name + ".bias"] = 0.3 * torch.randn(size[0], generator=generator, dtype=torch.float64)
        elif layer["kind"] == "batch-normalization":
            c = x.shape[1]
            p[name + ".weight"] = 1 + 0.3 * torch.randn(c, generator=generator, dtype=torch.float64)
            p[name + ".bias"] = 0.3 * torch.randn(c, generator=generator, dtype=torch.float64)
            s[name + ".running_mean"] = 0.3 * torch.randn(c, generator=generator, dtype=torch.float64)
            s[name + ".running_var"] = 0.5 + torch.rand(c, generator=generator, dtype=torch.float64)
        values[name] = evaluate(node, [values[i] for i in node["inputs"]], p, s, False)
    return p, s


def as_float32(tensors):
    return {name: t.detach().to(torch.float32).contiguous() for name, t in tensors.items()}


def make(case, shape, nodes, batch=3, seed=1):
    generator = torch.Generator().manual_seed(seed)
    p, s = parameters(nodes, shape, generator)
    # What is stored is float32, so the reference starts from the same rounded numbers.
    p = {n: t.float().double() for n, t in p.items()}
    s = {n: t.float().double() for n, t in s.items()}
    x = torch.randn([batch] + shape, generator=generator, dtype=torch.float64).float().double()
    out = {"input": x}
    out |= {f"parameters.{n}": t for n, t in p.items()} | {f"state.{n}": t for n, t in s.items()}

    leaf = x.clone().requires_grad_()
    values = run(nodes, leaf, p, s, False)
    logits = values[nodes[-1]["name"]]
    cotangent = torch.randn(logits.shape, generator=generator, dtype=torch.float64).float().double()
    names = ["input"] + [n["name"] for n in nodes[:-1]]
    gradients = torch.autograd.grad((logits * cotangent).sum(), [values[n] for n in names])
    out |= {"cotangent": cotangent, "logits": logits}
    for name, gradient in zip(names, gradients):
        out[f"activation.{name}"] = values[name]
        out[f"gradient.{name}"] = gradient

    leaves = {n: t.clone().requires_grad_() for n, t in p.items()}
    moved = {n: t.clone() for n, t in s.items()}
    logits = run(nodes, x, leaves, moved, True)[nodes[-1]["name"]]
    out["training.logits"] = logits
    if leaves:
        for name, gradient in zip(leaves, torch.autograd.grad((logits * cotangent).sum(), leaves.values())):
            out[f"training.gradient.{name}"] = gradient
    out |= {f"training.state.{n}": t for n, t in moved.items()}
    metadata = {"architecture": json.dumps(dict(name=case, inputShape=shape, nodes=nodes)),
                "versions": f"torch {torch.__version__}, safetensors {safetensors.__version__}"}
    save_file(as_float32(out), HERE / f"{case}.safetensors", metadata)
    print(case, (HERE / f"{case}.safetensors").stat().st_size)


def three_block(first_same=False):
    same = (2, 2)
    return chain(
        ("conv1", conv(24, (5, 5), padding=same if first_same else (0, 0))), ("pool1", pool("average", (2, 2))),
        ("relu1", kind("relu")), ("conv2", conv(48, (5, 5), padding=same)), ("pool2", pool("average", (2, 2))),
        ("relu2", kind("relu")), ("conv3", conv(48, (5, 5), padding=same)), ("pool3", pool("average", (2, 2))),
        ("relu3", kind("relu")), ("flatten", kind("flatten")), ("dense1", dense(8)), ("relu4", kind("relu")),
        ("dense2", dense(3)))


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    flat = ("flatten", kind("flatten"))
    make("convolution-valid", [3, 9, 11], chain(("conv1", conv(5, (3, 4))), flat))
    make("convolution-stride-padding", [4, 10, 13], chain(("conv1", conv(6, (5, 3), (2, 3), (2, 1))), flat))
    make("convolution-groups", [8, 7, 9], chain(("conv1", conv(12, (3, 3), padding=(1, 1), groups=4)), flat))
    make("convolution-depthwise", [16, 7, 9], chain(("conv1", conv(16, (3, 3), padding=(1, 1), groups=16)), flat))
    make("convolution-relu", [1, 12, 15], chain(("conv1", conv(16, (3, 3), padding=(1, 1))), ("relu1", kind("relu")), flat))
    make("convolution-pool-3x2", [2, 14, 13], chain(
        ("conv1", conv(7, (3, 2), padding=(1, 1))), ("pool1", pool("average", (3, 2))), ("relu1", kind("relu")), flat))
    make("average-pooling", [3, 9, 12], chain(("pool1", pool("average", (3, 3), (2, 2), (1, 1))), flat))
    make("average-pooling-exclude", [3, 9, 12], chain(("pool1", pool("average", (3, 3), (2, 2), (1, 1), False)), flat))
    make("max-pooling", [3, 9, 12], chain(("pool1", pool("maximum", (3, 2), (2, 2), (1, 0))), flat))
    make("global-average-pooling", [5, 6, 7], chain(("gap", kind("global-average-pooling")), flat, ("dense1", dense(3))))
    make("batch-normalization", [4, 6, 7], chain(
        ("conv1", conv(5, (3, 3))), ("bn1", BN), ("relu1", kind("relu")), flat, ("dense1", dense(3))), batch=4)
    make("dense", [2, 3, 4], chain(flat, ("dense1", dense(7)), ("relu1", kind("relu")), ("dense2", dense(3))))
    residual = chain(("conv1", conv(16, (3, 3), padding=(1, 1))), ("relu1", kind("relu")),
                     ("conv2", conv(16, (3, 3), padding=(1, 1))), ("bn2", BN))
    residual += [dict(name="add1", layer=kind("add"), inputs=["bn2", "relu1"]),
                 dict(name="relu2", layer=kind("relu"), inputs=["add1"]),
                 dict(name="concat1", layer=kind("concat"), inputs=["relu2", "conv1"]),
                 dict(name="gap", layer=kind("global-average-pooling"), inputs=["concat1"]),
                 dict(name="flatten", layer=kind("flatten"), inputs=["gap"]),
                 dict(name="dense1", layer=dense(4), inputs=["flatten"])]
    make("residual", [1, 8, 9], residual)
    make("three-block", [1, 21, 24], three_block(), batch=2)
