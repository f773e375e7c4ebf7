"""The worker's side of the protocol: say "ready", then answer "run N" until standard input ends.

Sources/GenreLensBench/Main.swift is the same for our side.
"""
import argparse
import json
import sys
import time


def arguments():
    """WORK and every --name value that any peer knows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work")
    for name in ("tool", "network", "precision", "layout", "compile", "clips", "method"):
        parser.add_argument("--" + name, default="")
    for name, value in (("threads", 1), ("batch", 64), ("warm-up", 2)):
        parser.add_argument("--" + name, type=int, default=value)
    return parser.parse_args()


def _mebibytes(name):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(name + ":"):
                return round(int(line.split()[1]) / 1024, 1)
    return 0


def _say(record, stream):
    stream.write(json.dumps(record) + "\n")
    stream.flush()


def serve(run_once, *, tool, versions, items, unit, check=(), warm_up=2):
    """Calls `run_once` as often as it is told and prints the seconds of each call."""
    stream, sys.stdout = sys.stdout, sys.stderr
    for _ in range(warm_up):
        run_once()
    _say({"ready": True, "tool": tool, "versions": versions, "items": items, "unit": unit,
          "check": [float(x) for x in check]}, stream)
    for line in sys.stdin:
        words = line.split()
        if len(words) != 2 or words[0] != "run":
            continue
        seconds, processor = [], []
        for _ in range(int(words[1])):
            start, processor_start = time.perf_counter(), time.process_time()
            run_once()
            seconds.append(time.perf_counter() - start)
            processor.append(time.process_time() - processor_start)
        _say({"seconds": seconds, "processor_seconds": processor, "peak_mib": _mebibytes("VmHWM"),
              "resident_mib": _mebibytes("VmRSS")}, stream)
