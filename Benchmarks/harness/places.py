"""Where things lie, and the processors that may be used."""
import os
import pathlib

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent
ROOT = BENCHMARKS.parent
OURS = BENCHMARKS / ".build/release/GenreLensBench"
COMMAND = ROOT / ".build/release/genrelens"
CALIBRATE = BENCHMARKS / ".tools/calibrate"
LIMIT = BENCHMARKS / ".tools/limit"
CLIPS = BENCHMARKS / ".clips"
RESULTS = BENCHMARKS / "results"
# Another environment with the packages of requirements.txt may be named.
PYTHON = pathlib.Path(os.environ.get("GENRELENS_PEERS", BENCHMARKS / ".venv-peers")) / "bin/python"
# Quantus aborts beside TensorFlow, and so has an environment of its own.
FAITHFULNESS_PYTHON = (pathlib.Path(os.environ.get("GENRELENS_FAITHFULNESS_PEERS", BENCHMARKS / ".venv-faithfulness"))
                       / "bin/python")
CPUS = sorted(os.sched_getaffinity(0))
