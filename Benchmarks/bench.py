#!/usr/bin/env python3
"""Runs ours and the peers in turn and prints JSON lines and a table. See README.md.

usage: bench.py [--only PATTERN[,PATTERN]] [--pairs N] [--quick] [--clock wall|processor] [--list]
       bench.py --check [FILE]      compares a run (the newest) with thresholds.json
"""
import argparse
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from harness import check, pairs, places, single, table, works
from harness.worker import WorkerError


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", default="", help="keys, with * and ?, separated by commas")
    parser.add_argument("--pairs", type=int, default=0, help="pairs for each figure (5; 3 with --quick)")
    parser.add_argument("--quick", action="store_true", help="fewer figures, no audition")
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall",
                        help="processor: one-thread figures on a busy machine")
    parser.add_argument("--slice-seconds", type=float, default=1.0)
    parser.add_argument("--list", action="store_true", help="print the keys")
    parser.add_argument("--check", nargs="?", const="newest")
    options = parser.parse_args()
    options.pairs = options.pairs or (3 if options.quick else 5)
    return options


class Record:
    """Each record as a JSON line, on standard output and in results/."""

    def __init__(self):
        places.RESULTS.mkdir(exist_ok=True)
        self.path = places.RESULTS / time.strftime("%Y%m%d-%H%M%S.jsonl", time.gmtime())
        self.summaries = []

    def __call__(self, record):
        line = json.dumps(record, default=str)
        print(line, flush=True)
        with open(self.path, "a") as file:
            file.write(line + "\n")
        if record["kind"] == "summary":
            self.summaries.append(record)


def processor_name():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")


def measure(options, emit):
    patterns = [p for p in options.only.split(",") if p]
    machine = pairs.Machine()
    emit({"kind": "machine", "processor": processor_name(), "cpus": places.CPUS, "gflops_of_one": machine.one,
          "kernel": platform.release(), "load": os.getloadavg()[0], "options": vars(options)})
    pairing = pairs.Pairing(options, machine, emit)
    for work in works.pair_works():
        if works.matches(work.key, patterns) and (patterns or not options.quick or work.quick):
            pairing.measure(work)
    for key, run in single.measurements():
        if works.matches(key, patterns) and (patterns or not options.quick or key in single.QUICK):
            try:
                for record in run():
                    emit(record)
            except (WorkerError, OSError, subprocess.CalledProcessError) as error:
                emit({"kind": "skipped", "key": key, "reason": str(error)})
    share_of_decoding(emit)


def share_of_decoding(emit):
    """Decoding's part of our time from file to features."""
    rates = {s["key"]: s["ours"] for s in emit.summaries if s["peer"] == "librosa"}
    if "decode" in rates and "mp3-to-mfcc" in rates:
        emit(single.single("decode-share", 100 * rates["mp3-to-mfcc"] / rates["decode"], "%"))


def main():
    # As an end by exit: the workers are ended too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    options = arguments()
    if options.list:
        print("\n".join([w.key for w in works.pair_works()] + [key for key, _ in single.measurements()]))
        return 0
    if options.check:
        path = check.newest() if options.check == "newest" else pathlib.Path(options.check)
        if path is None:
            options.quick, options.pairs = True, 3
            emit = Record()
            measure(options, emit)
            path = emit.path
        return check.check(path)
    emit = Record()
    measure(options, emit)
    print("\n" + "\n".join(table.lines(emit.summaries)))
    print("\n" + table.versions(emit.summaries) + f"\n\nAll lines: {emit.path.relative_to(places.ROOT)}")
    return 0 if emit.summaries else 1


if __name__ == "__main__":
    sys.exit(main())
