"""Writes student.json, the 97.5 % points of Student's t by SciPy: python generate_student.py"""

import json
import pathlib

import scipy
from scipy.stats import t

FREEDOM = [1, 2, 3, 4, 5, 7, 9, 14, 19, 29, 49, 99, 999]
pathlib.Path(__file__).with_name("student.json").write_text(json.dumps({
    "scipy": scipy.__version__, "degreesOfFreedom": FREEDOM,
    "quantiles": [float(t.ppf(0.975, freedom)) for freedom in FREEDOM],
}) + "\n")
