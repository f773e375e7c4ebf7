"""GenreLens's kinds of layers in PyTorch: one function a kind, used by `load-in-pytorch.py` and by the scripts of golden files.

A function takes the layer's numbers (as checkpoints have them), the values of the inputs with the batch axis in front, and
`array(name)`, which gives one of the layer's arrays or None. It returns the value, or a dictionary of the results by the ends of
their names. Without a batch a value has a batch axis of 1. The test `everyKindIsInTheLoadingScript` reads the names below.
"""

import math

import torch
import torch.nn.functional as F

KINDS = {}


def kind(name):
    def keep(function):
        KINDS[name] = function
        return function
    return keep


def place(axis, x):
    """An axis counted without the batch axis, negative from the end, as PyTorch counts it."""
    return axis % (x.dim() - 1) + 1


def aligned(values):
    """numpy's rules on the axes after the batch axis."""
    rank = max(v.dim() for v in values)
    return [v[(slice(None),) + (None,) * (rank - v.dim())] for v in values]


# One element after the other, and what only training changes.

for name, function in {
    "relu": lambda l, x: F.relu(x), "relu6": lambda l, x: F.relu6(x), "leaky-relu": lambda l, x: F.leaky_relu(x, l["slope"]),
    "elu": lambda l, x: F.elu(x, l["alpha"]), "silu": lambda l, x: F.silu(x), "sigmoid": lambda l, x: torch.sigmoid(x),
    "gelu": lambda l, x: F.gelu(x, approximate="tanh" if l["form"] == "tanh" else "none"),
    "hard-sigmoid": lambda l, x: (l["slope"] * x + l["offset"]).clamp(0, 1), "hard-swish": lambda l, x: F.hardswish(x),
    "tanh": lambda l, x: torch.tanh(x), "dropout": lambda l, x: x, "channel-dropout": lambda l, x: x,
    "stochastic-depth": lambda l, x: x,
}.items():
    KINDS[name] = lambda layer, ins, array, function=function: function(layer, ins[0])


# Arithmetic.

@kind("add")
def add(layer, ins, array):
    return sum(aligned(ins))


@kind("subtract")
def subtract(layer, ins, array):
    a, b = aligned(ins)
    return a - b


@kind("multiply")
def multiply(layer, ins, array):
    a, b = aligned(ins)
    return a * b


@kind("divide")
def divide(layer, ins, array):
    a, b = aligned(ins)
    return a / b


@kind("matrix-product")
def matrix_product(layer, ins, array):
    a, b = [i.mT if layer[f"transposes{which}"] else i for i, which in zip(ins, ("First", "Second"))]
    return layer["scale"] * torch.matmul(*aligned([a, b]))


@kind("softmax")
def softmax(layer, ins, array):
    return ins[0].softmax(place(layer["axis"], ins[0]))


@kind("reduction")
def reduction(layer, ins, array):
    function = dict(mean=torch.mean, sum=torch.sum, maximum=torch.amax)[layer["function"]]
    return function(ins[0], tuple(place(i, ins[0]) for i in layer["axes"]), keepdim=layer["keepsAxes"])


# Shape.

@kind("flatten")
def flatten(layer, ins, array):
    return ins[0].flatten(1)


@kind("concat")
def concat(layer, ins, array):
    batch = max(len(i) for i in ins)
    return torch.cat([i.expand(batch, *i.shape[1:]) for i in ins], layer.get("axis", 0) + 1)


@kind("reshape")
def reshape(layer, ins, array):
    return ins[0].reshape([len(ins[0])] + [axis["extent"] for axis in layer["axes"]])


@kind("transpose")
def transpose(layer, ins, array):
    return ins[0].permute([0] + [1 + axis for axis in layer["order"]])


@kind("squeeze")
def squeeze(layer, ins, array):
    return ins[0].squeeze(tuple(i + 1 for i in layer["axes"]))


@kind("unsqueeze")
def unsqueeze(layer, ins, array):
    return ins[0].unsqueeze(layer["axis"] + 1)


@kind("slice")
def selected(layer, ins, array):
    axis = place(layer["axis"], ins[0])
    places = range(ins[0].shape[axis])[slice(layer.get("start"), layer.get("end"), layer["step"])]
    return ins[0].index_select(axis, torch.tensor(list(places)))


@kind("split")
def split(layer, ins, array):
    return {f".{i}": piece for i, piece in enumerate(ins[0].split(layer["extents"], place(layer["axis"], ins[0])))}


@kind("pad")
def pad(layer, ins, array):
    """Axis by axis, since PyTorch mirrors only the last ones."""
    x = ins[0]
    if layer["filling"] == "constant":
        ends = [n for pair in reversed(list(zip(layer["before"], layer["behind"]))) for n in pair]
        return F.pad(x, ends, value=layer["value"])
    for axis, (before, behind) in enumerate(zip(layer["before"], layer["behind"]), 1):
        extent = x.shape[axis]
        places = range(-before, extent + behind)
        if layer["filling"] == "replicate":
            index = [min(extent - 1, max(0, i)) for i in places]
        else:
            index = [-i if i < 0 else 2 * (extent - 1) - i if i >= extent else i for i in places]
        x = x.index_select(axis, torch.tensor(index))
    return x


# Poolings and convolutions, in one dimension and two.

def of_axes(name, count):
    return getattr(F, f"{name}{count}d")


@kind("average-pooling")
def average_pooling(layer, ins, array):
    return of_axes("avg_pool", len(layer["kernel"]))(
        ins[0], layer["kernel"], layer["stride"], layer["padding"], layer.get("roundsUp", False),
        layer.get("countsPadding", True))


@kind("max-pooling")
def max_pooling(layer, ins, array):
    return of_axes("max_pool", len(layer["kernel"]))(
        ins[0], layer["kernel"], layer["stride"], layer["padding"], ceil_mode=layer.get("roundsUp", False))


@kind("adaptive-average-pooling")
def adaptive_average_pooling(layer, ins, array):
    return of_axes("adaptive_avg_pool", len(layer["output"]))(ins[0], layer["output"])


@kind("adaptive-max-pooling")
def adaptive_max_pooling(layer, ins, array):
    return of_axes("adaptive_max_pool", len(layer["output"]))(ins[0], layer["output"])


@kind("global-average-pooling")
def global_average_pooling(layer, ins, array):
    return ins[0].mean(tuple(range(2, ins[0].dim())), keepdim=True)


@kind("global-max-pooling")
def global_max_pooling(layer, ins, array):
    return ins[0].amax(tuple(range(2, ins[0].dim())), keepdim=True)


@kind("convolution")
def convolution(layer, ins, array):
    axes = len(layer["kernel"])
    before, behind = layer["padding"][:axes], layer["padding"][-axes:]
    x = F.pad(ins[0], [n for pair in reversed(list(zip(before, behind))) for n in pair])
    return of_axes("conv", axes)(x, array("weight"), array("bias"), layer["stride"], 0, layer.get("dilation", 1),
                                 layer.get("groups", 1))


@kind("transposed-convolution")
def transposed_convolution(layer, ins, array):
    return of_axes("conv_transpose", len(layer["kernel"]))(
        ins[0], array("weight"), array("bias"), layer["stride"], layer["padding"], layer["outputPadding"],
        layer["groups"], layer["dilation"])


# Dense layers, tables, normalisation.

@kind("dense")
def dense(layer, ins, array):
    return F.linear(ins[0], array("weight"), array("bias"))


@kind("embedding")
def embedding(layer, ins, array):
    return F.embedding(ins[0].detach().long(), array("weight"))


@kind("stored-value")
def stored_value(layer, ins, array):
    value = array("value")
    return (sinusoids(layer) if value is None else value).unsqueeze(0)


@kind("sinusoidal-positions")
def sinusoidal_positions(layer, ins, array):
    table = sinusoids(dict(axes=[dict(extent=n) for n in ins[0].shape[1:]])).to(ins[0].dtype)
    return ins[0] + torch.cat([torch.zeros_like(table[:1]), table[1:]] if layer["skipsFirst"] else [table])


def sinusoids(layer):
    """The table of Vaswani et al. 2017, feature by feature."""
    count, width = [axis["extent"] for axis in layer["axes"]]
    table = torch.zeros(count, width, dtype=torch.float64)
    for position in range(count):
        for i in range(0, width, 2):
            angle = position / 10000 ** (i / width)
            table[position, i] = math.sin(angle)
            if i + 1 < width:
                table[position, i + 1] = math.cos(angle)
    return table


@kind("batch-normalization")
def batch_normalization(layer, ins, array):
    maps = ins[0].flatten(0, 1) if ins[0].dim() == 5 else ins[0]  # All maps of sequences as one batch.
    return F.batch_norm(maps, array("running_mean"), array("running_var"), array("weight"), array("bias"),
                        eps=layer["epsilon"]).reshape(ins[0].shape)


@kind("layer-normalization")
def layer_normalization(layer, ins, array):
    return F.layer_norm(ins[0], array("weight").shape, array("weight"), array("bias"), layer["epsilon"])


@kind("group-normalization")
def group_normalization(layer, ins, array):
    return F.group_norm(ins[0], layer["groups"], array("weight"), array("bias"), layer["epsilon"])


# Sequences.

def recurrent(layer, x, array):
    """PyTorch's module with the arrays of a node, rows of gates put into its order."""
    lstm = layer["kind"] == "lstm"
    gates, hidden = 4 if lstm else 3, layer["hiddenCount"]
    order = {"input-output-forget-new": [0, 2, 3, 1], "update-reset-new": [1, 0, 2]}.get(
        layer["gateOrder"], list(range(gates)))
    module = (torch.nn.LSTM if lstm else torch.nn.GRU)(
        x.shape[2], hidden, bias=layer["hasBias"], batch_first=True, bidirectional=layer["isBidirectional"]).to(x.dtype)
    given = {n: torch.cat([array(n).unflatten(0, (gates, hidden))[g] for g in order]) for n, _ in module.named_parameters()}
    return torch.func.functional_call(module, given, (x,))


@kind("lstm")
def lstm(layer, ins, array):
    sequence, (h, c) = recurrent(layer, ins[0], array)
    return {".sequence": sequence, ".last": torch.cat(list(h), 1), ".cell": torch.cat(list(c), 1)}


@kind("gru")
def gru(layer, ins, array):
    if not layer["resetsAfterProduct"] or layer.get("gateFunction", "sigmoid") != "sigmoid":
        return dict(zip([".sequence", ".last"], gru_step_by_step(layer, ins[0], array)))
    sequence, h = recurrent(layer, ins[0], array)
    return {".sequence": sequence, ".last": torch.cat(list(h), 1)}


def gate_function(layer):
    """Of a recurrent layer."""
    if layer.get("gateFunction", "sigmoid") == "sigmoid":
        return torch.sigmoid
    return lambda v: (0.2 * v + 0.5).clamp(0, 1)


def gru_step_by_step(layer, x, array):
    """The GRU of the paper and that of Keras 1, which PyTorch lacks."""
    hidden, results, lasts, gate = layer["hiddenCount"], [], [], gate_function(layer)
    update_first = layer["gateOrder"] == "update-reset-new"
    for suffix in ["", "_reverse"] if layer["isBidirectional"] else [""]:
        w, u = array(f"weight_ih_l0{suffix}"), array(f"weight_hh_l0{suffix}")
        zeros = torch.zeros(3 * hidden, dtype=x.dtype)
        b, c = [array(f"bias_{part}_l0{suffix}") if layer["hasBias"] else zeros for part in ("ih", "hh")]
        h, states = torch.zeros(len(x), hidden, dtype=x.dtype), []
        for step in x.unbind(1) if suffix == "" else reversed(x.unbind(1)):
            a = step @ w.T + b
            first, second = gate((a + c)[:, :2 * hidden] + h @ u[:2 * hidden].T).chunk(2, 1)
            z, r = (first, second) if update_first else (second, first)
            a, v, d = a[:, 2 * hidden:], u[2 * hidden:].T, c[2 * hidden:]
            n = torch.tanh(a + r * (h @ v + d) if layer["resetsAfterProduct"] else a + (r * h) @ v + d)
            h = (1 - z) * n + z * h
            states.append(h)
        results.append(torch.stack(states if suffix == "" else states[::-1], 1))
        lasts.append(h)
    return torch.cat(results, 2), torch.cat(lasts, 1)


@kind("conv-lstm")
def conv_lstm(layer, ins, array):
    conv = of_axes("conv", len(layer["kernel"]))
    gate = gate_function(layer)
    h, states = None, []
    for step in ins[0].unbind(1):
        a = conv(step, array("weight_ih"), array("bias"), layer["stride"], layer["padding"], layer["dilation"])
        if h is not None:
            a = a + conv(h, array("weight_hh"), None, 1, [k // 2 for k in layer["kernel"]])
        i, f, g, o = a.chunk(4, 1)
        c = gate(i) * torch.tanh(g) + (gate(f) * c if h is not None else 0)
        h = gate(o) * torch.tanh(c)
        states.append(h)
    # Copies: the gradient of a result is not that of the state that the last step reads.
    return {".sequence": torch.stack(states, 1), ".last": h.clone(), ".cell": c.clone()}


def evaluate(node, ins, arrays):
    """The results of a node, by the ends of their names; `arrays` are those of the whole network, by name."""
    names = node.get("arrays", {})
    function = KINDS[node["layer"]["kind"]]
    found = function(node["layer"], ins, lambda local: arrays.get(names.get(local, f"{node['name']}.{local}")))
    return found if isinstance(found, dict) else {"": found}


def run(architecture, inputs, arrays):
    """All values of a graph by name, from those of its inputs, by name, and the arrays of the network."""
    values = dict(inputs)
    for node in architecture["nodes"]:
        for end, value in evaluate(node, [values[i] for i in node["inputs"]], arrays).items():
            values[node["name"] + end] = value
    return values
