"""Makes the expected values of pointwise functions, arithmetic, changes of shape, reductions, poolings and convolutions with
PyTorch in float64.

    python3 Tests/NetworksTests/Golden/generate_operators.py

Files are as those of `generate_sequences.py`.
"""

import torch
from generate_sequences import make, node


def shapes(node, ins):
    layer, k = node["layer"], node["layer"]["kind"]
    if k == "stored-value":
        return {"value": [a["extent"] for a in layer["axes"]]}
    if k == "embedding":
        return {"weight": [layer["count"], layer["width"]]}
    if k == "group-normalization":
        return {"weight": [ins[0].shape[1]], "bias": [ins[0].shape[1]]}
    if k.endswith("convolution"):
        c, o, g = ins[0].shape[1], layer["outputChannels"], layer["groups"]
        size = [c, o // g] if k.startswith("transposed") else [o, c // g]
        return {"weight": size + layer["kernel"]} | ({"bias": [o]} if layer["hasBias"] else {})
    return {}


def case(name, inputs, nodes, output=None, batch=3, **others):
    make(name, inputs, nodes, [output or nodes[-1]["name"]], batch, shapes=shapes, **others)


def side_by_side(name, inputs, nodes, batch=3, **others):
    """The results of nodes that nobody reads, each flattened, behind each other."""
    read = {i for n in nodes for i in n["inputs"]}
    ends = [e for n in nodes for e in results(n) if e not in read]
    flat = [node(f"flat{i}", "flatten", e) for i, e in enumerate(ends)]
    joined = [node("joined", "concat", *[n["name"] for n in flat])] if len(flat) > 1 else []
    case(name, inputs, nodes + flat + joined, batch=batch, **others)


def results(n):
    return [f"{n['name']}.{i}" for i in range(len(n["layer"]["extents"]))] if n["layer"]["kind"] == "split" else [n["name"]]


def axis(name, extent):
    return dict(name=name, extent=extent)


def stored(name, *axes):
    return node(name, "stored-value", axes=[axis(*a) for a in axes], isLearned=True, deviation=1, decays=False)


def unsqueezed(name, of, place, axis_name):
    return dict(name=name, layer=dict(kind="unsqueeze", axis=place, name=axis_name), inputs=[of])


def pooling(name, kind, kernel, stride, padding, up=True, counts=None, of="x"):
    more = {} if counts is None else dict(countsPadding=counts)
    return node(name, f"{kind}-pooling", of, kernel=kernel, stride=stride, padding=padding, roundsUp=up, **more)


def convolution(name, of, channels, kernel, stride=None, padding=None, dilation=None, groups=1, bias=True):
    ones = [1 for _ in kernel]
    return node(name, "convolution", of, outputChannels=channels, kernel=kernel, stride=stride or ones,
                padding=padding or [0 for _ in kernel], dilation=dilation or ones, groups=groups, hasBias=bias)


def transposed(name, of, channels, kernel, stride=None, padding=None, output=None, dilation=None, groups=1, bias=True):
    ones, zeros = [1 for _ in kernel], [0 for _ in kernel]
    return node(name, "transposed-convolution", of, outputChannels=channels, kernel=kernel, stride=stride or ones,
                padding=padding or zeros, outputPadding=output or zeros, dilation=dilation or ones, groups=groups,
                hasBias=bias)


def product(name, a, b, first=False, second=False, scale=1):
    return node(name, "matrix-product", a, b, transposesFirst=first, transposesSecond=second, scale=scale)


MAP = [("channel", 1), ("frequency", 3), ("time", 5)]


def pointwise():
    side_by_side("pointwise", {"x": MAP}, [
        node("relu6", "relu6", "x"), node("leaky", "leaky-relu", "x", slope=0.1), node("elu", "elu", "x", alpha=0.75),
        node("gelu", "gelu", "x", form="erf"), node("gelu-tanh", "gelu", "x", form="tanh"), node("silu", "silu", "x"),
        node("sigmoid", "sigmoid", "x"), node("hard-sigmoid", "hard-sigmoid", "x", slope=0.1875, offset=0.5),
        node("hard-swish", "hard-swish", "x"), node("tanh", "tanh", "x")], scale=3.5)
    side_by_side("softmax", {"x": [("channel", 3), ("frequency", 4), ("time", 5)]}, [
        node("a", "softmax", "x", axis=0), node("b", "softmax", "x", axis=1), node("c", "softmax", "a", axis=-1)], scale=4)
    side_by_side("softmax-row", {"x": [("feature", 7)]}, [node("a", "softmax", "x", axis=0)], batch=1)


def arithmetic():
    a = [("channel", 3), ("frequency", 2), ("time", 5)]
    for batch, name in [(3, "arithmetic"), (1, "arithmetic-one")]:
        side_by_side(name, {"a": a, "b": [("channel", 3), ("frequency", 1), ("time", 1)], "c": [("time", 5)]}, [
            stored("s", ("frequency", 2), ("time", 1)), node("positive", "sigmoid", "a"), node("gate", "sigmoid", "b"),
            node("sum", "add", "a", "b", "c", "s"), node("same", "add", "sum", "a"), node("product", "multiply", "a", "b"),
            node("scaled", "multiply", "s", "same"), node("outer", "multiply", "s", "c"),
            node("difference", "subtract", "c", "product"), node("equal", "multiply", "product", "a"),
            node("less", "subtract", "a", "equal"), node("quotient", "divide", "c", "positive"),
            node("shared", "divide", "s", "gate"), node("ratio", "divide", "a", "positive"),
            node("constant", "multiply", "s", "s"), node("end", "add", "constant", "outer")], batch=batch)


def selection():
    x = [("channel", 2), ("frequency", 3), ("time", 5)]
    side_by_side("slice", {"x": x}, [
        node("middle", "slice", "x", axis=1, start=1, end=3, step=1), node("last", "slice", "x", axis=-1, start=-2, step=1),
        node("first", "slice", "x", axis=0, end=1, step=1), node("second", "slice", "x", axis=2, start=0, end=99, step=2),
        node("turned", "slice", "x", axis=-1, step=-1), node("back", "slice", "x", axis=1, start=-1, end=0, step=-2)])
    side_by_side("split", {"x": x}, [
        node("a", "split", "x", axis=2, extents=[2, 1, 2]), node("b", "split", "x", axis=0, extents=[1, 1]),
        node("both", "multiply", "a.0", "a.2"), node("one", "split", "b.1", axis=1, extents=[3])])
    side_by_side("pad", {"x": [("channel", 2), ("time", 4)]}, [
        node("zeros", "pad", "x", before=[1, 2], behind=[0, 1], filling="constant", value=0),
        node("value", "pad", "x", before=[0, 0], behind=[0, 3], filling="constant", value=-1.5),
        node("mirror", "pad", "x", before=[1, 3], behind=[0, 2], filling="reflect", value=0),
        node("edge", "pad", "x", before=[1, 3], behind=[2, 1], filling="replicate", value=0),
        node("last", "pad", "x", before=[0, 2], behind=[0, 0], filling="reflect", value=0)])


def shape():
    side_by_side("reshape", {"x": [("token", 4), ("feature", 6)]}, [
        node("heads", "reshape", "x", axes=[axis("token", 4), axis("channel", 2), axis("feature", -1)]),
        node("first", "transpose", "heads", order=[1, 0, 2]), node("third", "transpose", "first", order=[2, 0, 1]),
        unsqueezed("one", "third", 1, "frequency"), unsqueezed("front", "x", 0, "channel"),
        node("back", "squeeze", "one", axes=[1]), unsqueezed("last", "x", 2, "time"),
        node("square", "squeeze", "last", axes=[2]), stored("s", ("token", 2), ("feature", 3)),
        node("turned", "transpose", "s", order=[1, 0]), node("row", "reshape", "turned", axes=[axis("feature", 6)]),
        node("shifted", "add", "row", "x")])
    side_by_side("reduction", {"x": [("channel", 3), ("frequency", 4), ("time", 5)]}, [
        node("mean", "reduction", "x", function="mean", axes=[2], keepsAxes=False),
        node("means", "reduction", "x", function="mean", axes=[1, -1], keepsAxes=True),
        node("sum", "reduction", "x", function="sum", axes=[0], keepsAxes=False),
        node("sums", "reduction", "x", function="sum", axes=[0, 2], keepsAxes=False),
        node("all", "reduction", "x", function="sum", axes=[0, 1, 2], keepsAxes=True),
        node("peak", "reduction", "x", function="maximum", axes=[1], keepsAxes=False),
        node("peaks", "reduction", "x", function="maximum", axes=[0, 2], keepsAxes=True)], batch=3)


def tables():
    indices = torch.tensor([[4.0, 0, 2, 2, 6], [1, 1, 1, 3, 0], [5, 6, 4, 2, 2]], dtype=torch.float64)
    side_by_side("embedding", {"x": [("token", 5)], "y": [("token", 1), ("channel", 5)]}, [
        node("words", "embedding", "x", count=7, width=3), node("others", "embedding", "y", count=8, width=2)],
        given={"x": indices, "y": indices.unsqueeze(1)})
    side_by_side("matrix-product", {
        "q": [("channel", 2), ("token", 4), ("feature", 3)], "k": [("channel", 2), ("token", 5), ("feature", 3)],
        "m": [("token", 3), ("feature", 4)]}, [
        stored("w", ("feature", 3), ("feature", 2)), stored("heads", ("channel", 2), ("feature", 2), ("feature", 4)),
        product("scores", "q", "k", second=True, scale=0.5), product("whole", "q", "w"), product("mixed", "m", "q"),
        product("tall", "q", "q", first=True), product("both", "q", "m", first=True, second=True),
        product("repeated", "heads", "q"), product("back", "whole", "w", second=True),
        product("fixed", "w", "heads")])
    side_by_side("matrix-product-one", {"a": [("token", 3), ("feature", 4)], "b": [("token", 4), ("feature", 5)]}, [
        product("ab", "a", "b"), product("ba", "b", "a", first=True, second=True)], batch=1)


def normalization():
    side_by_side("group-normalization", {"x": [("channel", 6), ("frequency", 3), ("time", 5)], "y": [("channel", 4), ("time", 5)]}, [
        node("two", "group-normalization", "x", groups=2, epsilon=1e-3), node("each", "group-normalization", "two", groups=6, epsilon=1e-3),
        node("all", "group-normalization", "y", groups=1, epsilon=1e-3)])


def poolings():
    side_by_side("pooling-ceil", {"x": [("channel", 2), ("frequency", 7), ("time", 8)], "y": [("channel", 3), ("time", 8)]}, [
        pooling("a", "average", [3, 2], [2, 3], [1, 1], counts=True), pooling("b", "average", [3, 2], [2, 3], [1, 1], counts=False),
        pooling("c", "average", [2, 3], [2, 3], [0, 0], counts=True), pooling("d", "max", [2, 3], [3, 3], [1, 1]),
        pooling("e", "average", [3], [2], [1], counts=True, of="y"), pooling("f", "average", [3], [2], [0], counts=False, of="y"),
        pooling("g", "max", [3], [2], [0], of="y"), pooling("h", "average", [2], [2], [1], up=False, counts=True, of="y"),
        pooling("i", "max", [3], [3], [1], up=False, of="y"), pooling("j", "average", [1, 2], [1, 2], [0, 0], counts=True)])
    side_by_side("pooling-adaptive", {"x": [("channel", 2), ("frequency", 7), ("time", 5)], "y": [("channel", 3), ("time", 7)]}, [
        node("a", "adaptive-average-pooling", "x", output=[3, 5]), node("b", "adaptive-max-pooling", "x", output=[2, 3]),
        node("c", "adaptive-average-pooling", "x", output=[9, 2]), node("d", "adaptive-average-pooling", "y", output=[3]),
        node("e", "adaptive-max-pooling", "y", output=[4]), node("f", "global-max-pooling", "x"),
        node("g", "global-max-pooling", "y")])


def convolutions():
    side_by_side("convolution-row", {"x": [("channel", 4), ("time", 11)]}, [
        convolution("plain", "x", 5, [3]), convolution("strided", "x", 3, [4], [2], [2]),
        convolution("groups", "x", 6, [3], [1], [2], [2], 2), convolution("ends", "x", 3, [3], [2], [1, 0], bias=False),
        convolution("second", "strided", 4, [1])])
    side_by_side("convolution-dilation", {"x": [("channel", 3), ("frequency", 5), ("time", 6)]}, [
        convolution("a", "x", 4, [3, 2], padding=[2, 1], dilation=[2, 3]), convolution("b", "x", 3, [2, 3], [2, 1], dilation=[1, 2]),
        convolution("c", "x", 3, [3, 3], [1, 2], [2, 2], [2, 2], 3, False)])
    side_by_side("convolution-ends", {"x": [("channel", 3), ("frequency", 5), ("time", 6)]}, [
        convolution("a", "x", 4, [3, 3], [2, 2], [0, 1, 1, 0]), convolution("b", "x", 4, [2, 4], padding=[0, 1, 1, 2]),
        node("relu", "relu", "a"), pooling("pool", "average", [2, 2], [2, 2], [0, 0], up=False, counts=True, of="b")])
    side_by_side("convolution-no-bias", {"x": [("channel", 3), ("frequency", 5), ("time", 5)]}, [
        convolution("a", "x", 5, [3, 3], padding=[1, 1], bias=False), node("relu", "relu", "a"),
        convolution("b", "relu", 4, [1, 1], [2, 2], bias=False), convolution("c", "a", 5, [3, 3], groups=5, bias=False)])
    side_by_side("transposed-convolution", {"x": [("channel", 4), ("frequency", 2), ("time", 3)]}, [
        transposed("a", "x", 3, [3, 2], [2, 3], [1, 0], [1, 2]), transposed("b", "x", 6, [2, 3], groups=2),
        transposed("c", "x", 4, [3, 3], [2, 1], [1, 2], [0, 0], [1, 2], 4, False)])
    side_by_side("transposed-convolution-row", {"x": [("channel", 4), ("time", 5)]}, [
        transposed("a", "x", 3, [4], [2], [1]), transposed("b", "x", 2, [3], [3], [2], [2], [2], 2)], batch=1)


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    pointwise()
    arithmetic()
    selection()
    shape()
    tables()
    normalization()
    poolings()
    convolutions()
