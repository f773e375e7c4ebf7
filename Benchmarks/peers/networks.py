"""The networks of KnownArchitecture (Sources/GenreLensBench/ArchitectureWorks.swift) in PyTorch, with the same weights."""
import functools
import pathlib
import re
import sys

import numpy
import torch
from torch import nn


class Transformer(nn.Module):
    """Four encoder layers, the tokens' mean, ten classes."""

    def __init__(self, dropout):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(512, 8, 2048, dropout, activation="gelu", batch_first=True) for _ in range(4))
        self.head = nn.Linear(512, 10)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x.mean(1))


class Recurrent(nn.Module):
    """Two bidirectional GRU layers, the last states of both directions, ten classes."""

    def __init__(self, features, hidden):
        super().__init__()
        self.gru = nn.GRU(features, hidden, num_layers=2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hidden, 10)

    def forward(self, x):
        _, last = self.gru(x)
        return self.head(torch.cat([last[-2], last[-1]], 1))


def tagger(name):
    """As its golden values have it, with PyTorch's own attention, which is faster than its parts."""
    sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Tests/NetworksTests/Golden"))
    import audio_networks

    def attend(self, x):
        q, k, v = (part(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for part in (self.q, self.k, self.v))
        return self.output(nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))

    audio_networks.Attention.forward = attend
    positions = functools.cache(audio_networks.sinusoids)
    audio_networks.sinusoids = functools.cache(lambda *arguments: positions(*arguments).float())
    if name == "musicnn":
        return audio_networks.Musicnn(96, 50, 204, 51, 64, 200, False), (1, 96, 187)
    return audio_networks.SelfAttentionTagger(96, 50, 16, 512, 2, 8, 2048, False), (1, 96, 256)


def known(name, dropout):
    """The network, and the shape of an item of its input."""
    if name == "transformer":
        return Transformer(dropout), (256, 512)
    if name.startswith("gru-"):
        features, hidden = map(int, name.split("-")[1:])
        return Recurrent(features, hidden), (128, features)
    if name in ("musicnn", "self-attention-tagger"):
        return tagger(name)
    from torchvision import models
    return {"resnet-50": models.resnet50, "vgg-16": models.vgg16}[name](weights=None), (3, 224, 224)


def numbers(name, count):
    """From -1 to 1, the same as `comparableNumbers`."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xFFFFFFFF
    value = (numpy.arange(count, dtype=numpy.uint32) + numpy.uint32(seed)) * numpy.uint32(2654435761)
    value = (value ^ (value >> 16)) * numpy.uint32(0x85EBCA6B)
    value = (value ^ (value >> 13)) * numpy.uint32(0xC2B2AE35)
    return (value ^ (value >> 16)).view(numpy.int32).astype(numpy.float32) / numpy.float32(2147483648)


def batch(count, shape):
    return torch.from_numpy(numbers("input", count * int(numpy.prod(shape)))).reshape(count, *shape)


def _ours(name):
    """Our names of a parameter: PyTorch keeps those of queries, keys and values as one."""
    if ".self_attn.in_proj_" in name:
        return [name.replace("self_attn.in_proj_", f"attention.{part}.") for part in "qkv"]
    name = name.replace("self_attn.out_proj", "attention.output")
    name = re.sub(r"^(layers\.\d+\.)linear", r"\1dense", name)
    return [re.sub(r"^gru\.(.*)_l(\d)(.*)$", r"gru.\2.\1_l0\3", name)]


@torch.no_grad()
def set_weights(net):
    """As `setComparableWeights`."""
    for name, parameter in net.named_parameters():
        if parameter.dim() > 1:
            parts = _ours(name)
            for part, own in zip(parameter.chunk(len(parts)), parts):
                scale = numpy.sqrt(numpy.float32(6) / numpy.float32(part[0].numel()))
                part.copy_(torch.from_numpy(numbers(own, part.numel()) * scale).reshape(part.shape))
        elif "bias" in name:
            parameter.zero_()


@torch.no_grad()
def check(net, x):
    """The first item's mean and deviation, and its first scores."""
    first = net.eval()(x)[0].double()
    return [first.mean().item(), first.std(correction=0).item(), *first[:8].tolist()]
