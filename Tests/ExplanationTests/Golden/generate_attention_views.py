"""Writes attention-views.json: attention heat maps and tag-wise contributions of a small post-norm encoder, float64.

Run: python generate_attention_views.py     (numpy, torch; the versions used are in the file under "tools")

The network is that of AttentionViewsReferenceTests: 9 tokens of 6 features, embedded in 8, after a learned token; two layers of
torch.nn.TransformerEncoderLayer (2 heads, 12 hidden units, GELU); the first token through a dense layer with tanh to three
logits. Every array is filled by a formula that both sides know (see `array`), so that the file holds results only. Forced
attention is written out with torch.nn.functional; unforced, it is checked against torch's own layer.
"""

import importlib.metadata as metadata
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).parent
TOKENS, FEATURES, WIDTH, HEADS, HIDDEN, CLASSES = 9, 6, 8, 2, 12, 3

SHAPES = {"class.value": (1, WIDTH), "embedded.bias": (WIDTH,), "embedded.weight": (WIDTH, FEATURES)}
for layer in ("layer0", "layer1"):
    for end in ("q", "k", "v", "output"):
        SHAPES[f"{layer}.attention.{end}.weight"] = (WIDTH, WIDTH)
        SHAPES[f"{layer}.attention.{end}.bias"] = (WIDTH,)
    for end, shape in (("dense1", (HIDDEN, WIDTH)), ("dense2", (WIDTH, HIDDEN))):
        SHAPES[f"{layer}.{end}.weight"] = shape
        SHAPES[f"{layer}.{end}.bias"] = shape[:1]
    for end in ("norm1", "norm2"):
        SHAPES[f"{layer}.{end}.weight"] = (WIDTH,)
        SHAPES[f"{layer}.{end}.bias"] = (WIDTH,)
SHAPES |= {"pooled.weight": (5, WIDTH), "pooled.bias": (5,), "logits.weight": (CLASSES, 5), "logits.bias": (CLASSES,)}


def array(index, name, shape):
    """Element i of the k-th array in the order of names is s sin(0.37 i + 0.11 i^2 + k), s by the fan-in; norms are around 1."""
    i = np.arange(np.prod(shape), dtype=np.float64)
    wave = np.sin(0.37 * i + 0.11 * i * i + index)
    if "norm" in name and name.endswith("weight"):
        values = 1 + 0.3 * wave
    elif len(shape) == 2 and name != "class.value":
        values = 3 / np.sqrt(shape[1]) * wave
    else:
        values = 0.5 * wave
    return torch.tensor(values.astype(np.float32).astype(np.float64).reshape(shape))


ARRAYS = {name: array(index, name, SHAPES[name]) for index, name in enumerate(sorted(SHAPES))}


def dense(name, x):
    return F.linear(x, ARRAYS[f"{name}.weight"], ARRAYS[f"{name}.bias"])


def norm(name, x):
    return F.layer_norm(x, (WIDTH,), ARRAYS[f"{name}.weight"], ARRAYS[f"{name}.bias"])


def encode(name, x, forced=None):
    """One layer of `[T, width]`; `forced` looks at that token only. The weights `[heads, T, T]` too."""
    q, k, v = (dense(f"{name}.attention.{end}", x).reshape(-1, HEADS, WIDTH // HEADS).transpose(0, 1) for end in "qkv")
    weights = torch.softmax(q @ k.transpose(1, 2) / np.sqrt(WIDTH // HEADS), dim=-1)
    if forced is not None:
        weights = F.one_hot(torch.tensor(forced), len(x)).double().expand(HEADS, len(x), len(x))
    y = norm(f"{name}.norm1", x + dense(f"{name}.attention.output", (weights @ v).transpose(0, 1).reshape(len(x), WIDTH)))
    return norm(f"{name}.norm2", y + dense(f"{name}.dense2", F.gelu(dense(f"{name}.dense1", y)))), weights


def torch_layer(name):
    layer = torch.nn.TransformerEncoderLayer(
        WIDTH, HEADS, HIDDEN, dropout=0, activation="gelu", batch_first=True, dtype=torch.float64
    )
    joined = {
        end: torch.cat([ARRAYS[f"{name}.attention.{part}.{end}"] for part in "qkv"]) for end in ("weight", "bias")
    }
    layer.load_state_dict(
        {"self_attn.in_proj_weight": joined["weight"], "self_attn.in_proj_bias": joined["bias"]}
        | {
            f"{theirs}.{end}": ARRAYS[f"{name}.{ours}.{end}"]
            for theirs, ours in (
                ("self_attn.out_proj", "attention.output"), ("linear1", "dense1"), ("linear2", "dense2"),
                ("norm1", "norm1"), ("norm2", "norm2"),
            )
            for end in ("weight", "bias")
        }
    )
    return layer.eval()


def classify(x):
    return dense("logits", torch.tanh(dense("pooled", x[0])))


def numbers(values):
    values = np.asarray(values, dtype=np.float64)
    return {"shape": list(values.shape), "values": [float(f"{value:.7g}") for value in values.ravel()]}


cell = np.arange(TOKENS * FEATURES)
sound = np.sin(0.61 * cell) + np.cos(0.013 * cell * cell)
sound = torch.tensor(sound.astype(np.float32).astype(np.float64).reshape(TOKENS, FEATURES))
with torch.no_grad():
    tokens = torch.cat([ARRAYS["class.value"], dense("embedded", sound)])
    below, first = encode("layer0", tokens)
    above, last = encode("layer1", below)
    both = torch_layer("layer1")(torch_layer("layer0")(tokens[None]))[0]
    assert torch.allclose(both, above, atol=1e-12), "not torch's layer"
    forced = [classify(encode("layer1", below, token)[0]) for token in range(1, TOKENS + 1)]
    content = {
        "tools": {name: metadata.version(name) for name in ("numpy", "torch")},
        "logits": numbers(classify(above)),
        "attention": numbers(last[:, 0, 1:].sum(0)),
        "attentionOfHead2": numbers(last[1, 0, 1:]),
        "attentionOfAllQueries": numbers(last.sum(0).mean(0)[1:]),
        "attentionOfToken3": numbers(last[:, 4, 1:].sum(0)),
        "attentionBelow": numbers(first[:, 0, 1:].sum(0)),
        "forcedLogits": numbers(torch.stack(forced)),
    }
text = json.dumps(content, separators=(",", ":"))
(FOLDER / "attention-views.json").write_text(text + "\n")
print("attention-views.json", len(text))
