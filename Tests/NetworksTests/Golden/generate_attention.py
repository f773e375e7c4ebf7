"""Makes the expected values of attention and transformer layers with PyTorch in float64.

    python3 Tests/NetworksTests/Golden/generate_attention.py

The graphs are those that `MultiHeadAttention` and `TransformerLayer` of GenreLens make, node by node; their results are
compared with PyTorch's own modules here.
"""

import math

import numpy
import torch
from generate_sequences import make, node


def dense(name, source, count):
    return node(name, "dense", source, outputCount=count, hasBias=True)


def attention(name, width, heads, source, memory=None, mask=None):
    depth, nodes = width // heads, []
    axes = [dict(name="token", extent=-1), dict(name="channel", extent=heads), dict(name="feature", extent=depth)]
    for end, of in ("q", source), ("k", memory or source), ("v", memory or source):
        nodes += [dense(f"{name}.{end}", of, width), node(f"{name}.{end}.split", "reshape", f"{name}.{end}", axes=axes),
                  node(f"{name}.{end}.heads", "transpose", f"{name}.{end}.split", order=[1, 0, 2])]
    nodes.append(node(f"{name}.scores", "matrix-product", f"{name}.q.heads", f"{name}.k.heads", transposesFirst=False,
                      transposesSecond=True, scale=float(1 / numpy.sqrt(numpy.float32(depth)))))
    if mask:
        nodes.append(node(f"{name}.masked", "add", f"{name}.scores", mask))
    nodes += [node(f"{name}.weights", "softmax", nodes[-1]["name"], axis=-1),
              node(f"{name}.heads", "matrix-product", f"{name}.weights", f"{name}.v.heads", transposesFirst=False,
                   transposesSecond=False, scale=1),
              node(f"{name}.heads.turned", "transpose", f"{name}.heads", order=[1, 0, 2]),
              node(f"{name}.heads.joined", "reshape", f"{name}.heads.turned",
                   axes=[dict(name="token", extent=-1), dict(name="feature", extent=width)]),
              dense(f"{name}.output", f"{name}.heads.joined", width)]
    return nodes


def layer(name, width, heads, hidden, first, function, source, epsilon=1e-5):
    def norm(end, of):
        return node(f"{name}.{end}", "layer-normalization", of, axisCount=1, epsilon=epsilon)
    nodes = [norm("norm1", source)] if first else []
    nodes += attention(f"{name}.attention", width, heads, f"{name}.norm1" if first else source)
    nodes.append(node(f"{name}.sum1", "add", source, f"{name}.attention.output"))
    if not first:
        nodes.append(norm("norm1", f"{name}.sum1"))
    value = nodes[-1]["name"]
    if first:
        nodes.append(norm("norm2", value))
    extra = dict(form="erf") if function == "gelu" else {}
    nodes += [dense(f"{name}.dense1", nodes[-1]["name"], hidden), node(f"{name}.activation", function, f"{name}.dense1", **extra),
              dense(f"{name}.dense2", f"{name}.activation", width),
              node(f"{name}.sum2", "add", value, f"{name}.dense2")]
    return nodes + ([] if first else [norm("norm2", f"{name}.sum2")])


def biases_and_output(p, name):
    return {"in_proj_bias": torch.cat([p[f"{name}.{e}.bias"] for e in "qkv"]),
            "out_proj.weight": p[f"{name}.output.weight"], "out_proj.bias": p[f"{name}.output.bias"]}


def projections(p, name):
    return {"in_proj_weight": torch.cat([p[f"{name}.{e}.weight"] for e in "qkv"])} | biases_and_output(p, name)


def agrees(name, width, heads, hidden, first, function, source, result):
    """A check of a layer against PyTorch's."""
    def check(values, p):
        module = torch.nn.TransformerEncoderLayer(
            width, heads, hidden, 0, function, norm_first=first, batch_first=True).double()
        given = {f"self_attn.{n}": t for n, t in projections(p, f"{name}.attention").items()}
        for own, theirs in ("dense1", "linear1"), ("dense2", "linear2"), ("norm1", "norm1"), ("norm2", "norm2"):
            given |= {f"{theirs}.{e}": p[f"{name}.{own}.{e}"] for e in ("weight", "bias")}
        theirs = torch.func.functional_call(module, given, (values[source],))
        # The scale is a float32.
        torch.testing.assert_close(values[f"{name}.{result}"], theirs, rtol=0, atol=1e-6)
    return check


def cross(values, p):
    given = {f"{e}_proj_weight": p[f"attention.{e}.weight"] for e in "qkv"} | biases_and_output(p, "attention")
    module = torch.nn.MultiheadAttention(6, 3, kdim=4, vdim=4, batch_first=True).double()
    mask = values["mask"].repeat_interleave(3, 0)
    theirs, _ = torch.func.functional_call(
        module, given, (values["x"], values["y"], values["y"]), dict(attn_mask=mask))
    torch.testing.assert_close(values["attention.output"], theirs, rtol=0, atol=1e-6)


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    tokens = {"x": [("token", 5), ("feature", 6)]}
    flat = [node("flat", "flatten", "attention.output")]
    make("attention", tokens, attention("attention", 6, 2, "x") + flat, ["flat"])
    make("attention-cross", {"x": [("token", 3), ("feature", 6)], "y": [("token", 4), ("feature", 4)],
                             "mask": [("token", 3), ("token", 4)]},
         attention("attention", 6, 3, "x", "y", "mask") + flat, ["flat"], check=cross)
    for case, first, function, result in ("post-norm", False, "gelu", "norm2"), ("pre-norm", True, "relu", "sum2"):
        sizes = ("layer", 6, 2, 7, first, function, "x")
        make(f"transformer-{case}", tokens, layer(*sizes) + [node("flat", "flatten", f"layer.{result}")], ["flat"],
             batch=1 if first else 3, check=agrees(*sizes, result))
    stored = dict(deviation=0.0, decays=False)
    make("transformer-tagger", {"x": [("token", 4), ("feature", 5)]}, [
        node("cls", "stored-value", axes=[dict(name="token", extent=1), dict(name="feature", extent=5)], isLearned=True,
             deviation=0.5, decays=False),
        node("all", "concat", "cls", "x"),
        node("positions", "stored-value", axes=[dict(name="token", extent=5), dict(name="feature", extent=5)],
             isLearned=False, contents=dict(sinusoids={}), **stored),
        node("sum", "add", "all", "positions"), *layer("layer0", 5, 1, 4, False, "gelu", "sum"),
        *layer("layer1", 5, 5, 4, True, "relu", "layer0.norm2"), node("flat", "flatten", "layer1.sum2"),
        dense("logits", "flat", 3)], ["logits", "flat"])
