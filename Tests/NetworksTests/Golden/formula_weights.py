"""Weights that PyTorch and the tests compute alike, so that golden files need not hold them (`FormulaWeights.swift`).

Element i of the k-th array, in the order of the names, is made of u = hash(i, k) in -1 ..< 1, exact in float32:
matrices and kernels sqrt(6 / fan-in) u, running variances 1 + u / 2, means and biases u / 10, scales of norms `scale` (1 + u / 5)
with a number that keeps the network's values near 1.
"""

import numpy as np
import torch


def uniform(count, k):
    """Numbers in -1 ..< 1 from Chris Wellons's 32-bit hash (public domain)."""
    h = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32((k * 0x85EBCA6B) & 0xFFFFFFFF)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x7FEB352D)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x846CA68B)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float32) / np.float32(1 << 23) - np.float32(1)


def array(name, shape, k, scale):
    u = uniform(int(np.prod(shape)), k).reshape(shape)
    if len(shape) > 1:
        return u * np.float32((6 / np.prod(shape[1:])) ** 0.5)
    if name.endswith("running_var"):
        return np.float32(1) + np.float32(0.5) * u
    if name.endswith("bias") or name.endswith("running_mean"):
        return np.float32(0.1) * u
    return np.float32(scale) * (np.float32(1) + np.float32(0.2) * u)


def arrays(shapes, scale=1):
    """`shapes` by name; float64 tensors of the float32 numbers."""
    return {name: torch.from_numpy(array(name, shapes[name], k, scale)).double() for k, name in enumerate(sorted(shapes))}


def fill(module, scale=1):
    """A module in float64 and evaluation mode, with these arrays under its own names."""
    shapes = {n: tuple(t.shape) for n, t in module.state_dict().items() if not n.endswith("num_batches_tracked")}
    module.load_state_dict(arrays(shapes, scale), strict=False)
    for part in module.modules():
        if hasattr(part, "inplace"):
            part.inplace = False
    return module.double().eval()


def image(shape, k=1000):
    """An input: 1.7 u."""
    return torch.from_numpy(np.float32(1.7) * uniform(int(np.prod(shape)), k).reshape(shape)).double()
