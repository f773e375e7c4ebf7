#!/usr/bin/env python3
"""Writes the .npy files that NumpyArrayTests and NumpyWriterTests read: python3 generate_numpy.py (needs numpy)."""
import pathlib
import numpy as np

here = pathlib.Path(__file__).parent
values = (np.arange(24).reshape(2, 3, 4) - 7) / 4  # exact in every floating type
for name, kind in dict(f4="<f4", f2="<f2", f8="<f8").items():
    np.save(here / f"numpy-{name}.npy", values.astype(kind))
for name, kind in dict(u1="|u1", i1="|i1", i2="<i2", u2="<u2", i4="<i4", i8="<i8").items():
    low = 0 if "u" in kind else np.iinfo(kind).min if kind != "<i8" else -2**40
    np.save(here / f"numpy-{name}.npy", np.array([low, 1, min(np.iinfo(kind).max, 2**20)], dtype=kind))
np.save(here / "numpy-fortran.npy", np.asfortranarray(values.astype("<f4")))
np.save(here / "numpy-big-endian.npy", values.astype(">f4"))
np.save(here / "numpy-structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i2")]))
np.save(here / "numpy-scalar.npy", np.array(2.5, dtype="<f4"))
np.save(here / "numpy-vector.npy", np.array([1, 2, 3], dtype="<f4"))
np.save(here / "numpy-empty.npy", np.zeros((0, 20, 130), dtype="<f4"))
with open(here / "numpy-version2.npy", "wb") as file:
    np.lib.format.write_array(file, values.astype("<f4"), version=(2, 0))
(here / "numpy-versions.txt").write_text(f"numpy {np.__version__}\n")
