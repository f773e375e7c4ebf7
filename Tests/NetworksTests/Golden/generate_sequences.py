"""Makes the expected values of recurrent layers and attention with PyTorch in float64.

    python3 Tests/NetworksTests/Golden/generate_sequences.py

Files are as those of `generate.py`, but for graphs with any inputs, `input.NAME`, and results of any shape: `logits` is the
first output; activations and gradients are those of inputs (`activation.NAME`, as `input.NAME`) and of all other values.
"""

import json
import math

import safetensors
import torch
from generate import HERE, as_float32, torch_layers
from safetensors.torch import save_file


def node(name, kind, *inputs, **numbers):
    return dict(name=name, layer=dict(kind=kind, **numbers), inputs=list(inputs))


def shapes(node, ins):
    """The shapes of a node's parameters."""
    layer, x = node["layer"], ins[0] if ins else None
    k = layer["kind"]
    if k == "stored-value":
        return {"value": [axis["extent"] for axis in layer["axes"]]} if layer["isLearned"] else {}
    if k == "layer-normalization":
        return {"weight": [x.shape[-1]], "bias": [x.shape[-1]]}
    if k in ("lstm", "gru"):
        rows = (4 if k == "lstm" else 3) * layer["hiddenCount"]
        one = {"weight_ih_l0": [rows, x.shape[2]], "weight_hh_l0": [rows, layer["hiddenCount"]]}
        if layer["hasBias"]:
            one |= {"bias_ih_l0": [rows], "bias_hh_l0": [rows]}
        return one | ({n + "_reverse": s for n, s in one.items()} if layer["isBidirectional"] else {})
    if k == "conv-lstm":
        o, kernel = layer["outputChannels"], layer["kernel"]
        result = {"weight_ih": [4 * o, x.shape[2]] + kernel, "weight_hh": [4 * o, o] + kernel}
        return result | ({"bias": [4 * o]} if layer["hasBias"] else {})
    if k == "dense":
        result = {"weight": [layer["outputCount"], x.shape[-1]]}
        return result | ({"bias": [layer["outputCount"]]} if layer["hasBias"] else {})
    return {}


def make(case, inputs, nodes, outputs, batch=3, seed=1, shapes=shapes, given=None, scale=1,
         check=None):
    """`inputs`: for each name a list of (axis, extent). `given`: values of some of them, others are normal with deviation `scale`.
    `check` is called with all values and parameters."""
    generator = torch.Generator().manual_seed(seed)

    def draw(size):
        # What is stored is float32, so the reference starts from the same rounded numbers.
        return torch.randn(size, generator=generator, dtype=torch.float64).float().double()

    x = {name: scale * draw([batch] + [extent for _, extent in axes]) for name, axes in inputs.items()} | (given or {})
    p, values = {}, dict(x)
    for n in nodes:
        ins = [values[i] for i in n["inputs"]]
        for array, size in shapes(n, ins).items():
            fan = math.prod(size[1:]) if len(size) > 1 else 10
            p[f"{n['name']}.{array}"] = (draw(size) / fan**0.5).float().double()
        values |= {n["name"] + end: value for end, value in torch_layers.evaluate(n, ins, p).items()}

    leaves = {n: t.clone().requires_grad_() for n, t in (x | p).items()}
    values = torch_layers.run(dict(nodes=nodes), {n: leaves[n] for n in x}, {n: leaves[n] for n in p})
    if check:
        check(values, {n: leaves[n] for n in p})
    logits = values[outputs[0]]
    cotangent = draw(logits.shape)
    score = (logits * cotangent).sum()
    out = {f"input.{n}": t for n, t in x.items()} | {f"parameters.{n}": t for n, t in p.items()}
    out |= {f"state.{n['name']}.value": torch_layers.sinusoids(n["layer"]) for n in nodes
            if n["layer"]["kind"] == "stored-value" and not n["layer"]["isLearned"]}
    out |= {"cotangent": cotangent, "logits": logits, "training.logits": logits}
    names = [n for n in values if n != outputs[0] and values[n].requires_grad]
    gradients = torch.autograd.grad(score, [values[n] for n in names], allow_unused=True, retain_graph=True)
    for name, gradient in zip(names, gradients):
        out[f"activation.{name}"] = values[name]
        out[f"gradient.{name}"] = torch.zeros_like(values[name]) if gradient is None else gradient
    if p:
        for name, gradient in zip(p, torch.autograd.grad(score, [leaves[n] for n in p])):
            out[f"training.gradient.{name}"] = gradient
    # Inputs are among the activations already.
    out = {n: t.clone() for n, t in out.items() if n.removeprefix("activation.") not in x}
    declared = [dict(name=n, axes=[dict(name=a, extent=e) for a, e in axes], free=[]) for n, axes in inputs.items()]
    architecture = dict(name=case, inputs=declared, nodes=nodes, outputs=outputs)
    save_file(as_float32(out), HERE / f"{case}.safetensors", {
        "architecture": json.dumps(architecture),
        "versions": f"torch {torch.__version__}, safetensors {safetensors.__version__}"})
    print(case, (HERE / f"{case}.safetensors").stat().st_size)


def lstm(hidden, bidirectional=False, bias=True, order="input-forget-new-output"):
    return dict(hiddenCount=hidden, isBidirectional=bidirectional, hasBias=bias, gateOrder=order)


def gru(hidden, bidirectional=False, bias=True, after=True, order="reset-update-new", function="sigmoid"):
    numbers = dict(hiddenCount=hidden, isBidirectional=bidirectional, hasBias=bias, resetsAfterProduct=after,
                   gateOrder=order)
    return numbers if function == "sigmoid" else numbers | dict(gateFunction=function)


def recurrent(case, kind, numbers, steps, features, batch):
    """A layer all of whose results are read."""
    ends = [".last", ".cell"] if kind == "lstm" else [".last"]
    make(case, {"sound": [("time", steps), ("feature", features)]}, [
        node("rnn", kind, "sound", **numbers), node("flat", "flatten", "rnn.sequence"),
        node("all", "concat", "flat", *["rnn" + e for e in ends])], ["all"], batch)


def conv_lstm_case(case, axes, batch, channels, kernel, stride=None, padding=None, dilation=None, bias=True,
                   function="sigmoid"):
    numbers = dict(outputChannels=channels, kernel=kernel, stride=stride or [1 for _ in kernel],
                   padding=[k // 2 for k in kernel] if padding is None else padding,
                   dilation=dilation or [1 for _ in kernel], hasBias=bias, gateFunction=function)
    make(case, {"film": axes}, [
        node("rnn", "conv-lstm", "film", **numbers), node("flat", "flatten", "rnn.sequence"),
        node("last", "flatten", "rnn.last"), node("cell", "flatten", "rnn.cell"),
        node("all", "concat", "flat", "last", "cell")], ["all"], batch)


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    recurrent("lstm", "lstm", lstm(5), 7, 3, 3)
    recurrent("lstm-bidirectional", "lstm", lstm(3, True), 5, 4, 1)
    recurrent("lstm-onnx", "lstm", lstm(4, True, False, "input-output-forget-new"), 4, 3, 3)
    recurrent("gru", "gru", gru(5), 7, 3, 3)
    recurrent("gru-bidirectional", "gru", gru(3, True), 5, 4, 1)
    recurrent("gru-no-bias", "gru", gru(4, False, False), 4, 3, 3)
    recurrent("gru-keras", "gru", gru(4, True, order="update-reset-new"), 4, 3, 3)
    recurrent("gru-reset-before", "gru", gru(3, True, after=False), 5, 4, 3)
    recurrent("gru-reset-before-keras", "gru", gru(4, False, after=False, order="update-reset-new"), 6, 2, 1)
    recurrent("gru-hard", "gru", gru(5, True, function="hard-sigmoid"), 5, 4, 3)
    recurrent("gru-hard-keras", "gru", gru(4, after=False, order="update-reset-new", function="hard-sigmoid"), 6, 3, 2)
    make("recurrent-stack", {"sound": [("time", 5), ("feature", 3)]}, [
        node("lstm", "lstm", "sound", **lstm(3, True)), node("gru", "gru", "lstm.sequence", **gru(4)),
        node("logits", "dense", "gru.last", outputCount=3, hasBias=True)], ["logits", "lstm.cell"], 3)
    conv_lstm_case("conv-lstm", [("token", 3), ("channel", 2), ("frequency", 4), ("time", 5)], 3, 2, [3, 3])
    conv_lstm_case("conv-lstm-stride", [("time", 4), ("channel", 3), ("frequency", 7), ("time", 6)], 1, 3, [3, 1], [2, 1],
                   [0, 0], [1, 2], bias=False)
    conv_lstm_case("conv-lstm-row", [("time", 4), ("channel", 3), ("feature", 7)], 3, 2, [3], function="hard-sigmoid")
