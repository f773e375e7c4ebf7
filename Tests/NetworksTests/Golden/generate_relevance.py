"""Makes the expected relevance of small networks with Zennit in float64.

    python3 Tests/NetworksTests/Golden/generate_relevance.py

Each case is one safetensors file: the graph and its arrays as in generate.py, `cotangent` (relevance begins with cotangent x
logits), and `relevance.COMPOSITE.VALUE` for every composite of `COMPOSITES`. Batch norms are merged by Zennit's
`SequentialMergeBatchNorm` (see `Merged`), sums are its `Sum`. `difference.COMPOSITE` is how far Zennit's own results in float32 are from that
in float64, by the largest relevance, at most in sixteen passes whose inputs differ in the last bit: what rounding alone does to
a rule.
"""

import importlib.metadata
import json

import safetensors
import torch
from generate import BN, HERE, as_float32, chain, conv, dense, kind, parameters, pool
from safetensors.torch import save_file
from zennit.attribution import Gradient
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import (EpsilonAlpha2Beta1, EpsilonAlpha2Beta1Flat, EpsilonGammaBox, EpsilonPlus, EpsilonPlusFlat,
                               LayerMapComposite, layer_map_base)
from zennit.layer import Sum
from zennit.rules import AlphaBeta, Epsilon, Flat, Gamma, WSquare, ZBox, ZPlus
from zennit.types import Linear


def everywhere(rule, stabilizer=1e-6):
    return lambda c: LayerMapComposite(layer_map_base(stabilizer) + [(Linear, rule)], canonizers=c)


COMPOSITES = {
    "epsilon": everywhere(Epsilon(1e-6)),
    "epsilon-0.25": everywhere(Epsilon(0.25), 0.25),
    "gamma": everywhere(Gamma(0.25)),
    "alpha2-beta1": everywhere(AlphaBeta(2, 1)),
    "alpha1.5-beta0.5": everywhere(AlphaBeta(1.5, 0.5)),
    "z-plus": everywhere(ZPlus()),
    "flat": everywhere(Flat()),
    "w-square": everywhere(WSquare()),
    "z-box": everywhere(ZBox(-3., 3.)),
    "epsilon-plus": lambda c: EpsilonPlus(canonizers=c),
    "epsilon-alpha2-beta1": lambda c: EpsilonAlpha2Beta1(canonizers=c),
    "epsilon-plus-flat": lambda c: EpsilonPlusFlat(canonizers=c),
    "epsilon-alpha2-beta1-flat": lambda c: EpsilonAlpha2Beta1Flat(canonizers=c),
    "epsilon-gamma-box": lambda c: EpsilonGammaBox(-3., 3., canonizers=c),
}


class Merged(SequentialMergeBatchNorm):
    """Zennit leaves its epsilon in a norm that it has emptied, which so still divides by sqrt(1 + 1e-5); here it is taken out too."""

    def register(self, linears, batch_norm):
        super().register(linears, batch_norm)
        self.epsilon, batch_norm.eps = batch_norm.eps, 0.0

    def remove(self):
        super().remove()
        self.batch_norm.eps = self.epsilon


class Graph(torch.nn.Module):
    """The graph as modules, in the order of the nodes."""

    def __init__(self, nodes, p, s, shape):
        super().__init__()
        self.nodes, self.kinds, x = nodes, torch.nn.ModuleDict(), {"input": torch.zeros([1] + shape)}
        for n in nodes:
            ins = [x[i] for i in n["inputs"]]
            self.kinds[n["name"]] = self.module(n["layer"], ins[0])
            x[n["name"]] = self.value(n, ins)
        self.double().eval()
        arrays = {f"kinds.{n}": t for n, t in (p | s).items()}
        missing = self.load_state_dict(arrays, strict=False)
        assert not missing.unexpected_keys and all(k.endswith("num_batches_tracked") for k in missing.missing_keys), missing

    @staticmethod
    def module(layer, x):
        k, nn = layer["kind"], torch.nn
        if k == "convolution":
            return nn.Conv2d(x.shape[1], layer["outputChannels"], layer["kernel"], layer["stride"], layer["padding"],
                             groups=layer["groups"])
        if k == "dense":
            return nn.Linear(x.shape[1], layer["outputCount"])
        if k == "batch-normalization":
            return nn.BatchNorm2d(x.shape[1], layer["epsilon"])
        if k == "average-pooling":
            return nn.AvgPool2d(layer["kernel"], layer["stride"], layer["padding"], count_include_pad=layer["countsPadding"])
        if k == "max-pooling":
            return nn.MaxPool2d(layer["kernel"], layer["stride"], layer["padding"])
        if k == "leaky-relu":
            return nn.LeakyReLU(layer["slope"])
        return {"relu": nn.ReLU, "elu": nn.ELU, "flatten": nn.Flatten, "add": Sum, "identity": nn.Identity,
                "concat": nn.Identity, "global-average-pooling": lambda: nn.AdaptiveAvgPool2d(1)}[k]()

    def value(self, n, ins):
        if n["layer"]["kind"] == "concat":
            return torch.cat(ins, 1)
        return self.kinds[n["name"]](torch.stack(ins, -1) if n["layer"]["kind"] == "add" else ins[0])

    def forward(self, x):
        self.values = {"input": x}
        for n in self.nodes:
            self.values[n["name"]] = self.value(n, [self.values[i] for i in n["inputs"]])
        return self.values[self.nodes[-1]["name"]]


def relevance(model, x, cotangent, composite, names, canonizers):
    with composite(canonizers).context(model) as modified:
        leaf = x.clone().requires_grad_()
        logits = modified(leaf)
        values = [modified.values[n] for n in names]
        return torch.autograd.grad(logits, values, grad_outputs=cotangent * logits.detach(), allow_unused=True)


def make(case, shape, nodes, names, batch=3, seed=1):
    generator = torch.Generator().manual_seed(seed)
    evaluated = [dict(n, layer=dict(n["layer"])) for n in nodes]
    p, s = parameters_of(evaluated, shape, generator)
    x = torch.randn([batch] + shape, generator=generator, dtype=torch.float64).float().double()
    model = Graph(nodes, p, s, shape)
    logits = model(x)
    cotangent = torch.randn(logits.shape, generator=generator, dtype=torch.float64).float().double()
    out = {"input": x, "cotangent": cotangent, "logits": logits}
    out |= {f"parameters.{n}": t for n, t in p.items()} | {f"state.{n}": t for n, t in s.items()}
    canonizers = [Merged()]
    for name, composite in COMPOSITES.items():
        exact = relevance(model.double(), x, cotangent, composite, names, canonizers)
        model.float()
        singles = []
        for _ in range(16):
            moved = x * (1 + 2.0**-23 * torch.randint(-1, 2, x.shape, generator=generator))
            singles.append(relevance(model, moved.float(), cotangent.float(), composite, names, canonizers))
        model.double()
        model.load_state_dict({f"kinds.{n}": t for n, t in (p | s).items()}, strict=False)
        worst = 0.0
        for value, tensor, *rounded in zip(names, exact, *singles):
            out[f"relevance.{name}.{value}"] = tensor
            worst = max([worst] + [((tensor - r.double()).abs().max() / tensor.abs().max()).item() for r in rounded])
        out[f"difference.{name}"] = torch.tensor([worst])
        print(case, name, f"{worst:.1e}", f"sum {exact[0].sum().item():.4f} of {(cotangent * logits).sum().item():.4f}")
    save_file(as_float32(out), HERE / f"{case}.safetensors", {
        "architecture": json.dumps(dict(name=case, inputShape=shape, nodes=nodes)),
        "versions": f"torch {torch.__version__}, zennit {importlib.metadata.version('zennit')}, safetensors {safetensors.__version__}"})
    print(case, (HERE / f"{case}.safetensors").stat().st_size)


def parameters_of(nodes, shape, generator):
    """Those of generate.py, which knows no other functions than ReLU, with float32 values."""
    for n in nodes:
        if n["layer"]["kind"] in ("leaky-relu", "elu"):
            n["layer"]["kind"] = "relu"
    return [{n: t.float().double() for n, t in arrays.items()} for arrays in parameters(nodes, shape, generator)]


def block(name, source, channels, stride=1):
    """Two convolutions with batch norms, and what is added to them: the source, or a convolution of it."""
    def one(end, layer, of):
        return dict(name=f"{name}{end}", layer=layer, inputs=[of])
    nodes = [one("conv1", conv(channels, (3, 3), (stride, stride), (1, 1)), source), one("bn1", BN, f"{name}conv1"),
             one("relu1", kind("relu"), f"{name}bn1"), one("conv2", conv(channels, (3, 3), padding=(1, 1)), f"{name}relu1"),
             one("bn2", BN, f"{name}conv2")]
    skip = source
    if stride > 1:
        nodes += [one("conv3", conv(channels, (1, 1), (stride, stride)), source), one("bn3", BN, f"{name}conv3")]
        skip = f"{name}bn3"
    return nodes + [dict(name=f"{name}add", layer=kind("add"), inputs=[f"{name}bn2", skip]),
                    one("relu2", kind("relu"), f"{name}add")]


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    same, flat = dict(padding=(1, 1)), ("flatten", kind("flatten"))
    make("relevance-vgg", [3, 13, 15], chain(
        ("conv1", conv(6, (3, 3), **same)), ("relu1", kind("relu")), ("conv2", conv(5, (3, 3), **same)), ("relu2", kind("relu")),
        ("pool1", pool("maximum", (2, 2))), ("conv3", conv(8, (3, 3), **same)), ("relu3", kind("relu")),
        ("conv4", conv(7, (3, 3), **same)), ("relu4", kind("relu")), ("pool2", pool("maximum", (2, 2))), flat,
        ("dense1", dense(11)), ("relu5", kind("relu")), ("dense2", dense(4))), ["input", "pool1", "dense1"])
    make("relevance-resnet", [2, 11, 13],
         chain(("conv1", conv(6, (3, 3), **same)), ("bn1", BN), ("relu1", kind("relu"))) + block("a", "relu1", 6)
         + block("b", "arelu2", 9, 2) + [dict(name="gap", layer=kind("global-average-pooling"), inputs=["brelu2"]),
                                         dict(name="flatten", layer=kind("flatten"), inputs=["gap"]),
                                         dict(name="dense1", layer=dense(4), inputs=["flatten"])],
         ["input", "relu1", "badd"])
    # Inputs of both signs everywhere, strides, groups, average pooling, branches put side by side.
    mixed = chain(("conv1", conv(6, (5, 3), (2, 1), (2, 0))), ("leaky1", dict(kind="leaky-relu", slope=0.3)),
                  ("pool1", pool("average", (3, 3), (2, 2), (1, 1))), ("conv2", conv(8, (3, 3), (1, 2), (1, 1), groups=2)),
                  ("elu1", dict(kind="elu", alpha=1.0)), ("bn1", BN))
    mixed += [dict(name="left", layer=conv(3, (1, 1)), inputs=["bn1"]), dict(name="right", layer=conv(4, (3, 3), **same), inputs=["bn1"]),
              dict(name="both", layer=kind("concat"), inputs=["left", "right"]),
              dict(name="flatten", layer=kind("flatten"), inputs=["both"]), dict(name="dense1", layer=dense(3), inputs=["flatten"])]
    make("relevance-mixed", [4, 9, 14], mixed, ["input", "leaky1", "pool1", "elu1", "bn1", "both"], batch=1)
