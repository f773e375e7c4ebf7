"""Makes the expected relevance of attention and norms by the formulas of AttnLRP (arXiv:2402.05602) in float64.

    python3 Tests/NetworksTests/Golden/generate_attention_relevance.py

Node by node: epsilon rule for dense layers and sums (equation 8), proposition 3.1 for softmax, 3.2 for products of elements, 3.3
for matrix products, the deviation of norms held constant (3.4), functions of each element unchanged. The rules of softmax, matrix product, product
and norm are compared with those of `lxt.explicit.functional`, the paper's own code, here. That code adds epsilon without the
denominator's sign: that is compared at 1e-12, where it makes no difference, or with its sign.
"""

import importlib.metadata
import json

import lxt.explicit.functional as theirs
import safetensors
import torch
import torch.nn.functional as F
from generate import HERE, as_float32, torch_layers
from generate_attention import attention, dense, layer
from generate_sequences import node, shapes
from safetensors.torch import save_file

EPSILON = 1e-6


def stable(z, epsilon):
    return z + torch.where(z < 0, -epsilon, epsilon)


def vjp(function, inputs, cotangent):
    leaves = [i.clone().requires_grad_() for i in inputs]
    return torch.autograd.grad(function(*leaves), leaves, cotangent)


def contributions(function, inputs, r, epsilon, count=1):
    """Each input times its gradient of the result, by the result."""
    y = function(*inputs)
    return [torch.where(g == 0, 0.0, x * g) for x, g in zip(inputs, vjp(function, inputs, r / stable(count * y, epsilon)))]


def held_norm(x, w, b, epsilon, axes=(-1,)):
    centred = x - x.mean(axes, keepdim=True)
    deviation = (centred.square().mean(axes, keepdim=True) + epsilon).sqrt()
    return w * centred / deviation.detach() + b


def softmax_rule(x, r, axis):
    y = x.softmax(axis)
    return torch.where(x.isneginf(), 0.0, x) * (r - y * r.sum(axis, keepdim=True))


def passed(n, ins, r, p, batched, epsilon=EPSILON):
    """The relevance of a node's inputs, from that of its result."""
    name, numbers = n["name"], n["layer"]
    k = numbers["kind"]
    function = lambda *x: torch_layers.evaluate(n, x, p)[""]
    if k in ("dense", "add"):
        return contributions(function, ins, r, epsilon)
    if k == "matrix-product":
        return contributions(function, ins, r, epsilon, sum(batched))
    if k == "multiply":
        return [r / 2, r / 2]
    if k == "layer-normalization":
        w, b = p[name + ".weight"], p[name + ".bias"]
        return contributions(lambda x: held_norm(x, w, b, numbers["epsilon"]), ins, r, epsilon)
    if k == "softmax":
        return [softmax_rule(ins[0], r, numbers["axis"])]
    if k in ("gelu", "relu", "sigmoid"):
        return [r]
    if k in ("flatten", "reshape", "transpose", "concat"):
        return vjp(function, ins, r)
    raise ValueError(k)


def more(n, ins, p):
    """Of generate_sequences.py, with what a gate needs."""
    k = n["layer"]["kind"]
    if k == "multiply":
        return {"": ins[0] * ins[1]}
    if k == "sigmoid":
        return {"": torch.sigmoid(ins[0])}
    return torch_layers.evaluate(n, ins, p)


def masked_layer():
    """A layer with norms behind the sums, whose attention has a mask."""
    nodes = layer("layer", 6, 2, 7, False, "gelu", "sum")
    start = next(i for i, n in enumerate(nodes) if n["name"] == "layer.sum1")
    return attention("layer.attention", 6, 2, "sum", mask="mask") + nodes[start:]


def check_rules():
    """Ours against lxt's, on drawn numbers."""
    def draw(*size):
        return torch.randn(size, dtype=torch.float64, requires_grad=True)

    def compare(result, inputs, own, r):
        for left, right in zip(torch.autograd.grad(result, inputs, r), own):
            torch.testing.assert_close(left, right, rtol=1e-7, atol=1e-9)
    x, r = draw(2, 3, 5), torch.randn(2, 3, 5, dtype=torch.float64)
    compare(theirs.softmax(x, -1), [x], [softmax_rule(x, r, -1)], r)
    a, b, r = draw(2, 3, 4), draw(2, 4, 5), torch.randn(2, 3, 5, dtype=torch.float64)
    compare(theirs.matmul(a, b, False, 1e-12), [a, b], contributions(torch.matmul, [a, b], r, 1e-12, 2), r)
    a, b, r = draw(2, 3), draw(2, 3), torch.randn(2, 3, dtype=torch.float64)
    compare(theirs.mul2(a, b), [a, b], [r / 2, r / 2], r)
    x, w, c, r = draw(2, 6), draw(6), draw(6), torch.randn(2, 6, dtype=torch.float64)
    norm = lambda x: held_norm(x, w.detach(), c.detach(), 1e-5)
    own = x.detach() * vjp(norm, [x], r / (norm(x) + 1e-6))[0]
    compare(theirs.layer_norm(x, w.detach(), c.detach(), 1e-5), [x], [own], r)
    print("lxt", importlib.metadata.version("lxt"), "agrees")


def make(case, inputs, nodes, batch=3, seed=1, given=None):
    generator = torch.Generator().manual_seed(seed)

    def draw(size):
        return torch.randn(size, generator=generator, dtype=torch.float64).float().double()

    x = {name: draw([batch] + [extent for _, extent in axes]) for name, axes in inputs.items()} | (given or {})
    p, values, batched = {}, dict(x), {name: True for name in x}
    for n in nodes:
        ins = [values[i] for i in n["inputs"]]
        for array, size in shapes(n, ins).items():
            p[f"{n['name']}.{array}"] = (draw(size) / (size[-1]**0.5 if len(size) > 1 else 3)).float().double()
        values |= {n["name"] + end: value for end, value in more(n, ins, p).items()}
        batched[n["name"]] = any(batched[i] for i in n["inputs"])
    logits = values[nodes[-1]["name"]]
    cotangent = draw(logits.shape)
    relevance = {nodes[-1]["name"]: cotangent * logits}
    for n in reversed(nodes):
        if not n["inputs"] or not batched[n["name"]]:
            continue
        ins = [values[i] for i in n["inputs"]]
        parts = passed(n, ins, relevance[n["name"]], p, [batched[i] for i in n["inputs"]])
        for source, part in zip(n["inputs"], parts):
            relevance[source] = relevance[source] + part if source in relevance else part
    out = {f"input.{n}": t for n, t in x.items()} | {f"parameters.{n}": t for n, t in p.items()}
    out |= {"cotangent": cotangent, "logits": logits}
    out |= {f"relevance.{n}": t for n, t in relevance.items() if batched[n] and n != nodes[-1]["name"]}
    declared = [dict(name=n, axes=[dict(name=a, extent=e) for a, e in axes], free=[]) for n, axes in inputs.items()]
    save_file(as_float32({n: t.clone() for n, t in out.items()}), HERE / f"{case}.safetensors", {
        "architecture": json.dumps(dict(name=case, inputs=declared, nodes=nodes, outputs=[nodes[-1]["name"]])),
        "versions": f"torch {torch.__version__}, lxt {importlib.metadata.version('lxt')}, safetensors {safetensors.__version__}"})
    print(case, (HERE / f"{case}.safetensors").stat().st_size)


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(0)
    check_rules()
    tokens = {"x": [("token", 5), ("feature", 6)]}
    ends = [node("flat", "flatten", None), dense("logits", "flat", 3)]
    for case, first, function, result in ("post-norm", False, "gelu", "norm2"), ("pre-norm", True, "relu", "sum2"):
        nodes = layer("layer", 6, 2, 7, first, function, "x")
        make(f"relevance-{case}", tokens, nodes + [dict(ends[0], inputs=[f"layer.{result}"]), ends[1]], batch=1 if first else 3)
    # A learned token and positions, a mask among the inputs, a gate.
    stored = dict(deviation=0.5, decays=False, isLearned=True)
    make("relevance-tagger", {"x": [("token", 4), ("feature", 6)], "mask": [("token", 5)]}, [
        node("cls", "stored-value", axes=[dict(name="token", extent=1), dict(name="feature", extent=6)], **stored),
        node("all", "concat", "cls", "x"),
        node("positions", "stored-value", axes=[dict(name="token", extent=5), dict(name="feature", extent=6)], **stored),
        node("sum", "add", "all", "positions"), *masked_layer(), node("gate", "sigmoid", "layer.norm2"),
        node("gated", "multiply", "layer.norm2", "gate"), dict(ends[0], inputs=["gated"]), ends[1]],
        given={"mask": torch.tensor([[0.0, 0, 0, 0, 0], [0, 0, 0, 0, float("-inf")], [0, float("-inf"), 0, 0, 0]],
                                    dtype=torch.float64)})
