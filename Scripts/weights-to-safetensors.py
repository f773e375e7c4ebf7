"""Turns a file of weights from another framework into safetensors, with PyTorch's layouts and the file's own names.

    python3 Scripts/weights-to-safetensors.py SOURCE DESTINATION

| SOURCE | what is read |
|---|---|
| .pt, .pth, .th | a PyTorch state dictionary, also one under `state_dict`; without running any code of the file |
| .npz | numpy arrays; those whose names end in `kernel` have TensorFlow's layouts |
| .h5, .hdf5 | weights of Keras 1 or 2 |
| .keras | a model of Keras 3 |
| .tflite | the constants of a TensorFlow Lite model; 8-bit ones become real numbers |
| model.json | a model of TensorFlow.js, with the files that it names |
| .index | a checkpoint of TensorFlow 1 or 2, with its .data files beside it; also variables/variables.index of a saved model |
| .pb | the constants of a graph of TensorFlow, as Essentia's models have them |
| .onnx | the initializers of an ONNX model, under its own names and in its own layouts |

The kind of a .bin is told by its content, and so is that of a file with the wrong ending.

Kernels become `[out, in / groups, height, width]` for convolutions, `[out, in]` for dense layers, `[gates, in]` for recurrent
ones. `module.` before all names (PyTorch's DataParallel) and `:0` after them (TensorFlow) are dropped, and so are integers,
such as counters, and the state of optimizers. In an .npz of a TensorFlow Lite model, a number before a name is dropped, and
constants without a name are left out.

Keras 1 stored the gates of a GRU one by one: `gru1/gru1_W_z`, ... become `gru1.weight_ih_l0`, `gru1.weight_hh_l0` (update, reset,
new), `gru1.bias_ih_l0` and `gru1.bias_hh_l0`, the second bias zero. It did not store the order of a convolution's axes: they are
taken as channels first if the last two extents are the smaller ones.

Needs numpy and safetensors, for .pth torch, for .h5 and .keras h5py, for .index and .pb tensorflow, for .onnx onnx.
"""

import io
import json
import pathlib
import re
import struct
import sys
import zipfile

import numpy as np
from safetensors.numpy import save_file


def turned(array, is_depthwise=False):
    """A kernel of Keras or TensorFlow in PyTorch's layout: the inputs and outputs are its last two axes."""
    if array.ndim < 2:
        return array
    if is_depthwise:
        # [height, width, in, multiplier]: output i * multiplier + m belongs to input i.
        return array.reshape(*array.shape[:-2], 1, -1).transpose(-1, -2, *range(array.ndim - 2))
    return array.transpose(-1, -2, *range(array.ndim - 2))


def from_pytorch(path):
    import torch
    found = torch.load(path, map_location="cpu", weights_only=True)
    found = found.get("state_dict", found)
    names = list(found)
    prefix = "module." if all(n.startswith("module.") for n in names) else ""
    return {n.removeprefix(prefix): t.detach().numpy() for n, t in found.items() if torch.is_tensor(t)}


def from_npz(path):
    result = {}
    with np.load(path, allow_pickle=False) as arrays:
        names = list(arrays)
        numbered = all(re.match(r"\d+ ", n) for n in names)
        for name in names:
            own = re.sub(r"^\d+ ", "", name) if numbered else name
            if own:
                is_kernel = own.endswith("kernel")
                result[own] = turned(arrays[name], own.endswith("depthwise_kernel")) if is_kernel else arrays[name]
    return result


def from_keras1_or_2(path):
    import h5py
    found = {}
    with h5py.File(path, "r") as file:
        root = file.get("model_weights", file)
        root.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    result, gates = {}, {}
    for name, array in found.items():
        name = name.removesuffix(":0")
        layer, _, end = name.partition("/")
        gate = re.fullmatch(rf"{re.escape(layer)}_([WUb])_([zrh])(_\d+)?", end)
        if gate:
            gates.setdefault(layer, {})[gate[1] + gate[2]] = array
        elif re.search(r"_W(_\d+)?$", end):
            channels_first = array.ndim == 4 and sum(array.shape[2:]) <= sum(array.shape[:2])
            result[name] = array if channels_first else turned(array)
        elif end.endswith("kernel"):
            result[name] = turned(array, end.endswith("depthwise_kernel"))
        else:
            result[name] = array
    for layer, parts in gates.items():
        for kind, own in [("W", "weight_ih_l0"), ("U", "weight_hh_l0")]:
            result[f"{layer}.{own}"] = np.concatenate([parts[kind + g].T for g in "zrh"])
        bias = np.concatenate([parts["b" + g] for g in "zrh"])
        result |= {f"{layer}.bias_ih_l0": bias, f"{layer}.bias_hh_l0": np.zeros_like(bias)}
    return result


def from_keras3(path):
    import h5py
    result = {}
    with zipfile.ZipFile(path) as parts, h5py.File(io.BytesIO(parts.read("model.weights.h5"))) as file:
        def visit(name, item):
            if isinstance(item, h5py.Dataset) and not name.startswith("optimizer/"):
                result[name] = item[()] if "embedding" in name else turned(item[()], "depthwise" in name)
        file.visititems(visit)
    return result


def from_tensorflow_js(path):
    result = {}
    for group in json.loads(path.read_text())["weightsManifest"]:
        data, start = b"".join((path.parent / p).read_bytes() for p in group["paths"]), 0
        for weight in group["weights"]:
            kind, count = np.dtype(weight["dtype"]).newbyteorder("<"), int(np.prod(weight["shape"]))
            array = np.frombuffer(data, kind, count, start).reshape(weight["shape"])
            start += count * kind.itemsize
            name = weight["name"]
            result[name] = turned(array, name.endswith("depthwise_kernel")) if name.endswith("kernel") else array
    return result


class Table:
    """A table of a FlatBuffer: fields by their numbers in TensorFlow Lite's schema."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.fields = at - self.number("<i", at)

    def number(self, kind, at):
        return struct.unpack_from(kind, self.data, at)[0]

    def place(self, field):
        """Where a field lies; None if it has its default."""
        end = self.number("<H", self.fields)
        offset = self.number("<H", self.fields + 4 + 2 * field) if 4 + 2 * field < end else 0
        return self.at + offset if offset else None

    def scalar(self, field, kind, default=0):
        at = self.place(field)
        return default if at is None else self.number(kind, at)

    def vector(self, field, kind):
        """A vector of numbers; `kind` is numpy's."""
        at = self.place(field)
        if at is None:
            return np.zeros(0, kind)
        at += self.number("<I", at)
        return np.frombuffer(self.data, kind, self.number("<I", at), at + 4)

    def tables(self, field):
        at = self.place(field)
        if at is None:
            return []
        at += self.number("<I", at)
        places = [at + 4 + 4 * i for i in range(self.number("<I", at))]
        return [Table(self.data, p + self.number("<I", p)) for p in places]

    def table(self, field):
        at = self.place(field)
        return None if at is None else Table(self.data, at + self.number("<I", at))


KINDS = {0: "<f4", 1: "<f2", 3: "u1", 9: "i1", 2: "<i4"}
CONVOLUTION, DEPTHWISE, TRANSPOSED = 3, 4, 67


def from_tflite(path):
    data = path.read_bytes()
    if data[4:8] != b"TFL3":
        sys.exit(f"{path}: not a TensorFlow Lite model")
    model = Table(data, struct.unpack_from("<I", data)[0])
    codes = [max(c.scalar(0, "<b"), c.scalar(3, "<i")) for c in model.tables(1)]
    buffers, graph, result = model.tables(4), model.tables(2)[0], {}
    users = {}
    for operator in graph.tables(3):
        inputs = operator.vector(1, "<i4")
        if len(inputs) > 1:
            users[int(inputs[1])] = codes[operator.scalar(0, "<I")]
    for index, tensor in enumerate(graph.tables(0)):
        kind, values = KINDS.get(tensor.scalar(1, "<b")), buffers[tensor.scalar(2, "<I")].vector(0, "u1")
        name = tensor.vector(3, "u1").tobytes().decode()
        scale = tensor.table(4)
        scale, zero, axis = ([], [], 0) if scale is None else (
            scale.vector(2, "<f4"), scale.vector(3, "<i8"), scale.scalar(6, "<i"))
        shape = tensor.vector(0, "<i4")
        # Single numbers are constants of the graph, such as an exponent.
        if kind is None or not len(values) or not name or not len(shape) or (kind == "<i4" and not len(scale)):
            continue
        array = values.view(kind).reshape(shape)
        if len(scale):
            zero = zero if len(zero) else np.zeros(len(scale))
            ones = [-1 if i == axis and len(scale) > 1 else 1 for i in range(array.ndim)]
            array = (array.astype(np.float64) - np.reshape(zero, ones)) * np.reshape(scale, ones)
        if users.get(index) in (CONVOLUTION, TRANSPOSED):
            array = array.transpose(0, 3, 1, 2)
        elif users.get(index) == DEPTHWISE:
            array = array.transpose(3, 0, 1, 2)
        result[name] = array
    return result


# Variables of training.
SLOT = re.compile(r"(^|/)(Adam(_1)?|Momentum|RMSProp(_1)?|Adagrad|ExponentialMovingAverage|beta\d_power|global_step)$"
                  r"|^save_counter|_CHECKPOINTABLE_OBJECT_GRAPH|^optimizer/|/\.OPTIMIZER_SLOT/")


def from_tensorflow_checkpoint(path):
    import tensorflow as tf
    reader = tf.train.load_checkpoint(str(path).removesuffix(".index"))
    result = {}
    for name in reader.get_variable_to_shape_map():
        if SLOT.search(name):
            continue
        own = name.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE")
        array = np.asarray(reader.get_tensor(name))
        result[own] = turned(array, own.endswith("depthwise_kernel")) if own.endswith("kernel") else array
    return result


def from_tensorflow_graph(path):
    import tensorflow as tf
    graph, result = tf.compat.v1.GraphDef(), {}
    graph.ParseFromString(path.read_bytes())
    for node in graph.node:
        if node.op == "Const":
            array = tf.make_ndarray(node.attr["value"].tensor)
            if array.ndim:
                kernel = node.name.endswith("kernel")
                result[node.name] = turned(array, node.name.endswith("depthwise_kernel")) if kernel else array
    return result


def from_onnx(path):
    import onnx
    from onnx import numpy_helper
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}


def kind_by_content(path):
    """The ending that a file should have; None for one that is none of them."""
    with open(path, "rb") as file:
        start = file.read(4096)
    if start.startswith(b"PK\3\4"):
        return ".keras" if b"model.weights.h5" in start or b"metadata.json" in start else ".npz" if b".npy" in start else ".pt"
    if start[4:8] == b"TFL3":
        return ".tflite"
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        return ".h5"
    if start[:1] == b"\x80" and start[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return ".pt"
    if start[:1] == b"\x08" and 3 <= start[1] <= 32:
        return ".onnx"
    return None


READERS = {".pt": from_pytorch, ".pth": from_pytorch, ".th": from_pytorch, ".npz": from_npz, ".h5": from_keras1_or_2,
           ".hdf5": from_keras1_or_2, ".keras": from_keras3, ".tflite": from_tflite, ".json": from_tensorflow_js, ".index": from_tensorflow_checkpoint, ".pb": from_tensorflow_graph, ".onnx": from_onnx}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, destination = pathlib.Path(sys.argv[1]), sys.argv[2]
    if not source.is_file():
        sys.exit(f"{source}: no such file")
    reader = READERS.get(kind_by_content(source) or source.suffix)
    if reader is None:
        sys.exit(f"{source}: one of {', '.join(READERS)} is needed")
    arrays = {n: np.ascontiguousarray(a, np.float32) for n, a in reader(source).items() if a.dtype.kind == "f"}
    if not arrays:
        sys.exit(f"{source}: no arrays of real numbers")
    save_file(arrays, destination)
    print(f"{destination}: {len(arrays)} arrays, {sum(a.size for a in arrays.values())} numbers")


if __name__ == "__main__":
    main()
