"""The catalogue's networks for audio, described anew in PyTorch; the modules have the names of the nodes."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class Value(nn.Module):
    """A parameter or a constant that is called `value`."""

    def __init__(self, *shape):
        super().__init__()
        self.value = nn.Parameter(torch.zeros(*shape))


class Filters(nn.Module):
    """Convolution, normalisation and ReLU, in the order of Won or of Pons."""

    def __init__(self, conv, norm_last=False, epsilon=1e-5):
        super().__init__()
        norm = nn.BatchNorm2d if isinstance(conv, nn.Conv2d) else nn.BatchNorm1d
        self.conv, self.norm, self.norm_last = conv, norm(conv.out_channels, eps=epsilon), norm_last

    def forward(self, x, pad=(0, 0)):
        x = self.conv(F.pad(x, pad))
        return self.norm(F.relu(x)) if self.norm_last else F.relu(self.norm(x))


class Attention(nn.Module):
    def __init__(self, width, heads, bias):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(width, width, bias=bias) for _ in range(3))
        self.output, self.heads = nn.Linear(width, width), heads

    def forward(self, x):
        q, k, v = (part(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for part in (self.q, self.k, self.v))
        self.weights = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1)
        return self.output((self.weights @ v).transpose(1, 2).flatten(2))


class EncoderLayer(nn.Module):
    def __init__(self, width, heads, hidden, epsilon, bias=True, form="none"):
        super().__init__()
        self.attention, self.form = Attention(width, heads, bias), form
        self.norm1, self.norm2 = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)
        self.dense1, self.dense2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.dense2(F.gelu(self.dense1(x), approximate=self.form)))


def sinusoids(count, width, first_is_zero):
    table = np.zeros((count, width))
    for position in range(1 if first_is_zero else 0, count):
        for i in range(width):
            angle = position / 10000 ** (2 * (i // 2) / width)
            table[position, i] = math.cos(angle) if i % 2 else math.sin(angle)
    return torch.from_numpy(table)


class SelfAttentionTagger(nn.Module):
    def __init__(self, bins, classes, filters, width, depth, heads, hidden, original):
        super().__init__()
        self.norm, self.depth, self.original = nn.BatchNorm2d(1), depth, original
        shapes = [(int(share * bins), length) for share in (0.9, 0.4) for length in (7, 3, 1)]
        for i, (shape, multiple) in enumerate(zip(shapes, (1, 2, 4, 1, 2, 4)), 1):
            conv = nn.Conv2d(1, multiple * filters, shape, padding=(0, shape[1] // 2))
            setattr(self, f"tall{i}", Filters(conv))
        for i, (length, multiple) in enumerate(((165, 1), (129, 2), (65, 4), (33, 8)), 1):
            setattr(self, f"long{i}", Filters(nn.Conv1d(1, multiple * filters, length, padding=length // 2)))
        self.mix, self.cls = Filters(nn.Conv1d(29 * filters, width, 1)), Value(1, width)
        for i in range(depth):
            setattr(self, f"layer{i + 1}", EncoderLayer(width, heads, hidden, 1e-12))
        self.pooler, self.dense = nn.Linear(width, width), nn.Linear(width, classes)

    def forward(self, x):
        x = self.norm(x)
        parts = [getattr(self, f"tall{i}")(x).amax(2) for i in range(1, 7)]
        parts += [getattr(self, f"long{i}")(x.mean(2)) for i in range(1, 5)]
        x = self.mix(torch.cat(parts, 1)).mT
        x = torch.cat([self.cls.value.expand(len(x), 1, -1), x], 1)
        x = x + sinusoids(x.shape[1], x.shape[2], self.original)
        for i in range(self.depth):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.dense(torch.tanh(self.pooler(x[:, 0])))


class Musicnn(nn.Module):
    def __init__(self, bins, classes, tall, long, middle, hidden, benchmark):
        super().__init__()
        self.benchmark, late, e = benchmark, not benchmark, 1e-5 if benchmark else 1e-3
        self.norm = nn.BatchNorm2d(1, eps=e)
        for i, share in enumerate((0.7, 0.4) if benchmark else (0.4, 0.7), 1):
            setattr(self, f"tall{i}", Filters(nn.Conv2d(1, tall, (int(share * bins), 7)), late, e))
        for i, length in enumerate((128, 64, 32), 1):
            conv = nn.Conv1d(1, long, length + 1) if benchmark else nn.Conv2d(1, long, (1, length))
            setattr(self, f"long{i}", Filters(conv, late, e))
        channels = 2 * tall + 3 * long
        for i in (1, 2, 3):
            setattr(self, f"middle{i}", Filters(nn.Conv1d(channels if i == 1 else middle, middle, 7), late, e))
        pooled = 2 * (channels + 3 * middle)
        self.dense1, self.dense2 = nn.Linear(pooled, hidden), nn.Linear(hidden, classes)
        self.dense1.norm = nn.BatchNorm1d(hidden, eps=e)
        if not benchmark:
            self.flatten = nn.Module()
            self.flatten.norm = nn.BatchNorm1d(pooled, eps=e)

    def forward(self, x):
        x = self.norm(x)
        parts = [getattr(self, f"tall{i}")(x, (3, 3)).amax(2) for i in (1, 2)]
        for i, length in enumerate((128, 64, 32), 1):
            part = getattr(self, f"long{i}")
            # TensorFlow puts the odd one of its zeros behind.
            parts.append(part(x.mean(2), (length // 2, length // 2)) if self.benchmark
                         else part(x, (length // 2 - 1, length // 2)).amax(2))
        front = torch.cat(parts, 1)
        m1 = self.middle1(front, (3, 3))
        m2 = self.middle2(m1, (3, 3)) + m1
        m3 = self.middle3(m2, (3, 3)) + m2
        x = torch.cat([front, m1, m2, m3], 1)
        if self.benchmark:
            x = torch.cat([x.amax(2), x.mean(2)], 1)
            return self.dense2(F.relu(self.dense1.norm(self.dense1(x))))
        x = torch.stack([x.amax(2), x.mean(2)], 2).flatten(1)
        return self.dense2(self.dense1.norm(F.relu(self.dense1(self.flatten.norm(x)))))


class Block(nn.Module):
    def __init__(self, ins, outs, epsilon=1e-5):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(ins, outs, 3, padding=1), nn.BatchNorm2d(outs, eps=epsilon)


class MusicVGG(nn.Module):
    """Time before frequency, as the original has it; so kernels are turned."""

    def __init__(self, features, classes, filters):
        super().__init__()
        self.norm = nn.BatchNorm2d(1, eps=1e-3)
        for i in range(1, 6):
            setattr(self, f"block{i}", Block(1 if i == 1 else filters, filters, 1e-3))
        self.dense = nn.Linear(features, classes)

    def forward(self, x):
        x = self.norm(x).mT
        for i, (window, stride) in enumerate([((4, 1), 2), (2, 2), (2, 2), (2, 2), (4, 4)], 1):
            block = getattr(self, f"block{i}")
            x = F.conv2d(x, block.conv.weight.mT, block.conv.bias, padding=1)
            x = F.max_pool2d(block.norm(F.relu(x)), window, stride)
        return self.dense(x.permute(0, 2, 3, 1).flatten(1))


class MusicFCN(nn.Module):
    def __init__(self, classes, filters, pools, features):
        super().__init__()
        self.norm, self.pools = nn.BatchNorm2d(1), pools
        counts = [1, filters, 2 * filters, 2 * filters, 2 * filters, filters]
        for i in range(1, 6):
            setattr(self, f"block{i}", Block(counts[i - 1], counts[i]))
        self.dense = nn.Linear(features, classes)

    def forward(self, x):
        x = self.norm(x)
        for i, pool in enumerate(self.pools, 1):
            block = getattr(self, f"block{i}")
            x = F.max_pool2d(F.relu(block.norm(block.conv(x))), pool)
        return self.dense(x.flatten(1))


class GRU(nn.Module):
    """PyTorch's, or step by step that of Keras 1: hard sigmoids, the reset before the product; z, r, h."""

    def __init__(self, ins, units, keras):
        super().__init__()
        self.keras, rnn = keras, nn.GRU(ins, units, batch_first=True)
        for name, array in rnn.named_parameters():
            setattr(self, name, array)
        # Not a module of this one, so that its arrays have one name.
        self.cell = [rnn]

    def forward(self, x):
        arrays = dict(self.named_parameters())
        if not self.keras:
            return torch.func.functional_call(self.cell[0], arrays, (x,))[0]
        (wz, wr, wh), (uz, ur, uh) = arrays["weight_ih_l0"].chunk(3), arrays["weight_hh_l0"].chunk(3)
        bz, br, bh = (arrays["bias_ih_l0"] + arrays["bias_hh_l0"]).chunk(3)
        h, states = x.new_zeros(len(x), uz.shape[1]), []
        for step in x.unbind(1):
            z = (0.2 * (step @ wz.T + h @ uz.T + bz) + 0.5).clamp(0, 1)
            r = (0.2 * (step @ wr.T + h @ ur.T + br) + 0.5).clamp(0, 1)
            h = z * h + (1 - z) * torch.tanh(step @ wh.T + (r * h) @ uh.T + bh)
            states.append(h)
        return torch.stack(states, 1)


class MusicCRNN(nn.Module):
    def __init__(self, classes, filters, hidden, choi_frames=None):
        super().__init__()
        self.choi, e = choi_frames is not None, 1e-3 if choi_frames else 1e-5
        self.norm = nn.BatchNorm2d(choi_frames + 74, eps=e) if self.choi else nn.BatchNorm2d(1)
        for i in range(1, 5):
            setattr(self, f"block{i}", Block(1 if i == 1 else filters if i == 2 else 2 * filters,
                                             filters if i == 1 else 2 * filters, e))
        self.gru1, self.gru2 = GRU(2 * filters, hidden, self.choi), GRU(hidden, hidden, self.choi)
        self.dense = nn.Linear(hidden, classes)

    def forward(self, x):
        x = self.norm(F.pad(x, (37, 37)).transpose(1, 3)).transpose(1, 3) if self.choi else self.norm(x)
        for i, pool in enumerate((2, 3, 4, 4), 1):
            block = getattr(self, f"block{i}")
            x = F.max_pool2d((F.elu if self.choi else F.relu)(block.norm(block.conv(x))), pool)
        x = self.gru2(self.gru1(x.squeeze(2).mT))
        return self.dense(x[:, -1])


class KeywordTransformer(nn.Module):
    def __init__(self, bins, frames, classes, width, heads, hidden, depth):
        super().__init__()
        self.embed, self.cls, self.positions = nn.Linear(bins, width), Value(1, width), Value(frames + 1, width)
        self.depth = depth
        for i in range(depth):
            setattr(self, f"layer{i + 1}", EncoderLayer(width, heads, hidden, 1e-6, False, "tanh"))
        self.dense = nn.Linear(width, classes)

    def forward(self, x):
        x = self.embed(x[:, 0].mT)
        x = torch.cat([self.cls.value.expand(len(x), 1, -1), x], 1) + self.positions.value
        for i in range(self.depth):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.dense(x[:, 0])
