"""Makes the golden files of ImagesTests with Pillow and torchvision.

    python3 -m venv .venv && .venv/bin/pip install pillow torch torchvision safetensors && .venv/bin/python generate.py

Small pictures of every kind (NAME.png, .jpg, .bmp) with the pixels that Pillow reads from them (NAME.rgb: height and
width in 32 bits, then rows of red, green, blue), and the inputs that torchvision makes of a picture by formula
(inputs.safetensors: of the large ones every 211th value, of the others every 11th).
"""
import io
import os
import platform
import struct
import zlib

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image, ImageOps, features
from safetensors.numpy import save_file
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))


def pixels(height, width):
    """The picture of MadePicture.swift: gradients, an edge, stripes of growing frequency."""
    y, x = np.mgrid[0:height, 0:width]
    red = (x * 255) // max(1, width - 1)
    green = (x * x // 7 + y * 3) % 256
    blue = np.where((x * 2 + y) % 16 < 8, 240, 15) - (y * 10) // height
    return np.stack([red, green, blue], axis=2).astype(np.uint8)


def keep(name, data):
    """Stores a file's bytes and what Pillow reads from them."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    read = np.asarray(image.convert("RGB"))
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(data)
    with open(os.path.join(HERE, name + ".rgb"), "wb") as file:
        file.write(struct.pack("<II", read.shape[0], read.shape[1]) + read.tobytes())


def encoded(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, kind, rows, before=b"", interlaced=0, after=b""):
    """A PNG file of these rows, each with its filter byte."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows, 9))
            + after + chunk(b"IEND", b""))


def rows(values):
    """Rows without filtering; 16-bit values with the upper byte first."""
    values = values.astype(">u2") if values.dtype == np.uint16 else values
    return b"".join(b"\0" + row.tobytes() for row in values)


def adam7(values):
    """Rows of the seven passes of an interlaced PNG."""
    steps = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    return b"".join(rows(values[y::dy, x::dx]) for y, x, dy, dx in steps if values[y::dy, x::dx].size)


def jpegs():
    image = Image.fromarray(pixels(29, 37))
    keep("odd-420.jpg", encoded(image, "JPEG", quality=85, subsampling="4:2:0"))
    keep("odd-422.jpg", encoded(image, "JPEG", quality=70, subsampling="4:2:2"))
    keep("full-444.jpg", encoded(image, "JPEG", quality=95, subsampling="4:4:4"))
    keep("progressive.jpg", encoded(image, "JPEG", quality=60, progressive=True, subsampling="4:2:0"))
    keep("grey.jpg", encoded(image.convert("L"), "JPEG", quality=80))
    keep("stored-rgb.jpg", encoded(image, "JPEG", quality=90, keep_rgb=True))
    small = Image.fromarray(pixels(17, 23))
    inks = encoded(small.convert("CMYK"), "JPEG", quality=90)
    keep("cmyk.jpg", inks)
    # The same numbers declared as YCCK, by the transform in Adobe's marker.
    place = inks.index(b"Adobe") + 11
    keep("ycck.jpg", inks[:place] + b"\x02" + inks[place + 1:])
    exif = Image.Exif()
    exif[0x0112] = 6
    keep("turned.jpg", encoded(small, "JPEG", quality=90, exif=exif))


def pngs():
    values = pixels(17, 23)
    grey = values[:, :, 1]
    alpha = values[:, :, :1]
    deep = values.astype(np.uint16) * 251 + np.arange(23, dtype=np.uint16)[None, :, None]
    keep("rgb.png", png(23, 17, 8, 2, rows(values)))
    keep("interlaced.png", png(23, 17, 8, 2, adam7(values), interlaced=1))
    keep("rgba.png", png(23, 17, 8, 6, rows(np.concatenate([values, alpha], 2))))
    keep("grey.png", png(23, 17, 8, 0, rows(grey)))
    keep("grey-alpha.png", png(23, 17, 8, 4, rows(np.stack([grey, values[:, :, 0]], 2))))
    keep("rgb-16.png", png(23, 17, 16, 2, rows(deep)))
    keep("rgba-16.png", png(23, 17, 16, 6, rows(np.concatenate([deep, deep[:, :, :1]], 2))))
    keep("grey-alpha-16.png", png(23, 17, 16, 4, rows(deep[:, :, 1:])))
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000))
    bits = np.packbits(np.unpackbits(grey[:, :, None], axis=2)[:, :, :1].reshape(17, 23), axis=1)
    keep("grey-1.png", png(23, 17, 1, 0, rows(bits), before=gamma))
    two = (grey >> 6)
    packed = np.pad(two, [(0, 0), (0, 1)]).reshape(17, 6, 4)
    keep("grey-2.png", png(23, 17, 2, 0, rows((packed << [6, 4, 2, 0]).sum(2).astype(np.uint8))))
    four = np.pad(grey >> 4, [(0, 0), (0, 1)]).reshape(17, 12, 2)
    nibbles = (four << [4, 0]).sum(2).astype(np.uint8)
    # The palette holds 13 of 16 colours; one of them is declared transparent, after the gamma.
    palette = chunk(b"PLTE", bytes((i * 37 + c * 91) % 256 for i in range(13) for c in range(3)))
    keep("palette-4.png", png(23, 17, 4, 3, rows(nibbles), before=gamma + palette + chunk(b"tRNS", b"\xff\x00")))
    keep("keyed.png", png(23, 17, 8, 2, rows(values), before=chunk(b"tRNS", struct.pack(">HHH", 0, 0, 240))))
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x05\0\0\0\0\0\0"
    keep("turned.png", png(23, 17, 8, 2, rows(values), after=chunk(b"eXIf", exif)))


def bitmaps():
    image = Image.fromarray(pixels(17, 23))
    keep("rgb.bmp", encoded(image, "BMP"))
    keep("palette.bmp", encoded(image.quantize(17), "BMP"))
    keep("bit.bmp", encoded(image.convert("1"), "BMP"))
    wide = encoded(image.convert("RGBA"), "BMP")
    keep("rgba.bmp", wide)


MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def input_of(image, resize, crop, interpolation, resampling, mean=MEAN, deviation=DEVIATION, scale=1, bgr=False):
    """As torchvision's presets for classification: resize, crop, tensor, normalise."""
    mode = InterpolationMode.BICUBIC if interpolation == "bicubic" else InterpolationMode.BILINEAR
    if resampling == "pillow":
        if resize:
            image = F.resize(image, resize, interpolation=mode)
        tensor = F.to_tensor(F.center_crop(image, crop) if crop else image)
    else:
        tensor = F.to_tensor(image)
        if resize:
            tensor = F.resize(tensor, resize, interpolation=mode, antialias=resampling == "floats")
        tensor = F.center_crop(tensor, crop) if crop else tensor
    tensor = tensor * scale
    if bgr:
        tensor = tensor.flip(0)
    return F.normalize(tensor, mean, deviation).numpy()


def every(step, values):
    return np.ascontiguousarray(values.reshape(-1)[::step])


def inputs():
    image = Image.fromarray(pixels(61, 90))
    large = Image.fromarray(pixels(375, 500))
    tall = Image.fromarray(pixels(75, 40))
    result = {}
    for resampling in ("pillow", "floats", "floatsWithoutSmoothing"):
        for interpolation in ("bilinear", "bicubic"):
            name = f"{resampling}.{interpolation}"
            result[f"{name}.down"] = every(11, input_of(image, [28], [24, 21], interpolation, resampling))
            result[f"{name}.up"] = every(11, input_of(tall, [97, 83], [30, 20], interpolation, resampling))
            result[f"{name}.padded"] = every(11, input_of(tall, [20], [26, 41], interpolation, resampling))
    imagenet = ([256], [224, 224], "bilinear")
    presets = {
        "imageNet": input_of(large, *imagenet, "pillow"),
        "imageNet.floats": input_of(large, *imagenet, "floats"),
        "caffe": input_of(
            large, [227, 227], None, "bilinear", "pillow", [104, 117, 123], [1, 1, 1], scale=255, bgr=True),
        "unit": input_of(large, [224, 224], None, "bilinear", "pillow", [0] * 3, [1] * 3),
        "mobileNet": input_of(large, [224, 224], None, "bilinear", "pillow", [127] * 3, [128] * 3, scale=255),
        "cifar": input_of(large, [32, 32], None, "bilinear", "pillow"),
        "easyVQA": input_of(large, [64, 64], None, "bilinear", "pillow", [0.5] * 3, [1] * 3),
    }
    for name, side, crop in ("B0", 256, 224), ("B1", 256, 240), ("B2", 288, 288):
        presets[f"efficientNet{name}"] = input_of(large, [side], [crop, crop], "bicubic", "pillow")
    result |= {name: every(211, values) for name, values in presets.items()}
    save_file(result, os.path.join(HERE, "inputs.safetensors"))


def main():
    jpegs()
    pngs()
    bitmaps()
    inputs()
    with open(os.path.join(HERE, "versions.txt"), "w") as file:
        file.write(f"pillow {PIL.__version__}\nlibjpeg-turbo {features.version('libjpeg_turbo')}\n"
                   f"torch {torch.__version__}\ntorchvision {torchvision.__version__}\n"
                   f"numpy {np.__version__}\npython {platform.python_version()}\n")


if __name__ == "__main__":
    main()
