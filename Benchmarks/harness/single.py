"""Figures without pairs: memory, start of the command, explanations without growth."""
import os
import statistics
import subprocess
import time

from . import places, works
from .worker import Worker, WorkerError


def measurements():
    """Key and function of each; a function yields records."""
    for network in ("16-32-64", "three-block"):
        yield f"memory-train-{network}", lambda network=network: memory_of_training(network)
    yield "memory-extract", memory_of_extraction
    yield "memory-grad-cam", memory_of_explanations
    yield "startup-help", lambda: startup("startup-help", ["--help"])
    yield "startup-classify", lambda: startup("startup-classify", ["classify", first_clip()])


QUICK = ("memory-train-16-32-64", "startup-help", "startup-classify")


def first_clip():
    return str(places.CLIPS / "clip000.mp3")


def memory_of_training(network):
    work = works.memory_work(network)
    ours = peak(work.ours)
    for tool, candidates in work.peers.items():
        candidate = candidates[0]
        try:
            theirs = peak(candidate.argv, candidate.environment)
        except WorkerError as error:
            yield {"kind": "skipped", "key": work.key, "peer": tool, "reason": str(error)}
            continue
        yield {"kind": "summary", "key": work.key, "peer": tool, "setting": candidate.label, "threads": 1,
               "unit": "MiB", "ours": ours, "theirs": theirs, "ratio": theirs / ours}


def peak(argv, environment=()):
    worker = Worker(argv, places.CPUS[:1], 1, environment)
    try:
        return worker.run(3)["peak_mib"]
    finally:
        worker.close()


def memory_of_extraction():
    """Ours, one clip of 30 s and one hour, window behind window."""
    for name, path in (("clip", first_clip()), ("hour", places.CLIPS / "long/whole-hour.mp3")):
        worker = Worker([places.OURS, "extract", "--file", path, "--output", places.RESULTS / "memory.npy",
                         "--warm-up", 0], places.CPUS[:1], 1)
        try:
            record = worker.run(1)
        finally:
            worker.close()
        yield single(f"memory-extract-{name}", record["peak_mib"], "MiB")


def memory_of_explanations():
    """Ours: resident memory after 1 000 explanations and after 10 000."""
    worker = Worker(works._ours("grad-cam", "16-32-64", 1), places.CPUS[:1], 1)
    try:
        first = worker.run(998)["resident_mib"]  # two were the warm-up
        last = worker.run(9000)["resident_mib"]
    finally:
        worker.close()
    yield single("memory-grad-cam-1000", first, "MiB")
    yield single("memory-grad-cam-10000", last, "MiB")
    yield single("memory-grad-cam-growth", last - first, "MiB")


def startup(key, arguments):
    """Seconds from the start of the process to its end; its files are in the page cache."""
    seconds = []
    for _ in range(12):
        start = time.perf_counter()
        subprocess.run([str(places.COMMAND), *arguments], stdout=subprocess.DEVNULL, check=True,
                       cwd=places.ROOT, env=dict(os.environ))
        seconds.append(time.perf_counter() - start)
    record = single(key, statistics.median(seconds[2:]), "s")
    record["range"] = [min(seconds[2:]), max(seconds[2:])]
    yield record


def single(key, value, unit):
    return {"kind": "summary", "key": key, "peer": None, "threads": len(places.CPUS), "unit": unit, "ours": value}
