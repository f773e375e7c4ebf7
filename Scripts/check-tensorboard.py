"""Reads TensorBoard event files back with the real package and compares every value with the history.

    python3 Scripts/check-tensorboard.py MODEL.tensorboard MODEL.history.jsonl

Needs `pip install tensorboard numpy`. Exit status 1 when a value, a step or a checksum is wrong.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

TAGS = {
    "train/loss": "trainLoss", "train/accuracy": "trainAccuracy", "valid/loss": "validLoss",
    "valid/accuracy": "validAccuracy", "learning_rate": "learningRate", "epoch_seconds": "seconds",
    "clips_per_second": "clipsPerSecond", "gradient_norm": "gradientNorm",
}


def count_records(path):
    """Records of a file up to its very end; the package's reader checks both checksums of each."""
    reader = pywrap_tensorflow.PyRecordReader_New(str(path).encode())
    count = 0
    while True:
        try:
            reader.GetNext()
        except Exception as error:  # OutOfRangeError is the end, DataLossError a torn or damaged record.
            if type(error).__name__ != "OutOfRangeError":
                sys.exit(f"{path}: record {count}: {error}")
            return count
        event_pb2.Event.FromString(reader.record())
        count += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("history")
    options = parser.parse_args()
    history = [json.loads(line) for line in open(options.history)]
    files = sorted(pathlib.Path(options.folder).glob("*tfevents*"))
    records = [count_records(path) for path in files]
    # 0 keeps every step: the package thins out long runs otherwise.
    log = EventAccumulator(options.folder, size_guidance={"scalars": 0}).Reload()
    compared, wrong = 0, []
    for tag, key in TAGS.items():
        known = [(record["epoch"], np.float32(record[key])) for record in history if record.get(key) is not None]
        read = [(event.step, np.float32(event.value)) for event in log.Scalars(tag)] if tag in log.Tags()["scalars"] else []
        compared += len(known)
        if known != read:
            wrong.append(f"{tag}: {read[:3]}... where the history has {known[:3]}...")
    extra = set(log.Tags()["scalars"]) - set(TAGS)
    wrong += [f"unknown tag {tag}" for tag in sorted(extra)]
    print(json.dumps({"files": len(files), "records": records, "epochs": len(history), "values": compared, "wrong": wrong}))
    sys.exit(1 if wrong or not compared else 0)


if __name__ == "__main__":
    main()
