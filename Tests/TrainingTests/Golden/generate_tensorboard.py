"""Writes tensorboard.events: what the tensorboard package itself writes for three epochs of a made-up training.

    python3 generate_tensorboard.py

tensorboard 2.21.0, protobuf 7.36.2. The test makes the same events with GenreLens and compares the bytes.
"""

import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

events = [
    event_pb2.Event(wall_time=1700000000.25, file_version="brain.Event:2"),
    event_pb2.Event(
        wall_time=1700000000.25, step=1, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)),
]
for epoch, figures in [
    (1, [("train/loss", 0.6931472), ("valid/accuracy", 0.0)]),
    (2, [("train/loss", 1e-9), ("learning_rate", 0.001), ("clips_per_second", 12345.678)]),
    (300, [("train/loss", 3.4e38)]),
]:
    values = [summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag, value in figures]
    events.append(
        event_pb2.Event(wall_time=1700000000.25 + epoch, step=epoch, summary=summary_pb2.Summary(value=values)))

with open(pathlib.Path(__file__).parent / "tensorboard.events", "wb") as file:
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString())
