"""Turns a file of 8-bit mel maps into MFCC maps, or with --mel into mel maps in dB, that `genrelens train` reads.

    python3 Scripts/mel-u8-to-mfcc.py [--mel] fma-folk-hiphop-mel128x128-u8.npy mfcc128x128.npy

The input is N x 128 x 128 uint8 with dB = -80 + 80 value / 255, axis 1 the mel band, and a CSV index of the same name
beside it; the output is its orthonormal DCT-II over the bands, or the dB themselves, N x 128 x 128 float32, with the same index. Needs
numpy.
"""

import pathlib
import shutil
import sys

import numpy as np


def dct_matrix(size):
    """The orthonormal DCT-II: row k is sqrt(2 / size) cos(pi k (2 n + 1) / (2 size)), row 0 divided by sqrt(2)."""
    n = np.arange(size)
    matrix = np.sqrt(2 / size) * np.cos(np.pi * np.outer(n, 2 * n + 1) / (2 * size))
    matrix[0] /= np.sqrt(2)
    return matrix


def main(source, target, keeps_mel):
    mel = np.load(source, mmap_mode="r")
    matrix = np.eye(mel.shape[1]) if keeps_mel else dct_matrix(mel.shape[1])
    maps = np.empty(mel.shape, np.float32)
    for row, image in enumerate(mel):
        maps[row] = matrix @ (image * (80 / 255) - 80)
    np.save(target, maps)
    shutil.copyfile(pathlib.Path(source).with_suffix(".csv"), pathlib.Path(target).with_suffix(".csv"))
    print(f"{target}: {maps.shape}")


if __name__ == "__main__":
    paths = [argument for argument in sys.argv[1:] if argument != "--mel"]
    if len(paths) != 2:
        sys.exit(__doc__)
    main(paths[0], paths[1], "--mel" in sys.argv)
