"""Compares a run's figures with thresholds.json."""
import json

from . import places


def newest():
    files = sorted(places.RESULTS.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    return files[-1] if files else None


def check(path):
    """0 when no threshold is missed by the figures in the file, 1 otherwise; says which."""
    with open(path) as file:
        records = [json.loads(line) for line in file]
    found = {(r["key"], r["peer"]): r for r in records if r["kind"] == "summary"}
    with open(places.BENCHMARKS / "thresholds.json") as file:
        thresholds = json.load(file)
    missed, met, absent = [], 0, []
    for key, peers in thresholds["minimum_ratio"].items():
        for peer, least in peers.items():
            record = found.get((key, peer))
            if record is None:
                absent.append(f"{key} / {peer}")
            elif record["ratio"] < least:
                missed.append(f"{key} / {peer}: ratio {record['ratio']:.2f}, at least {least} is asked for")
            else:
                met += 1
    for key, most in thresholds["maximum"].items():
        record = found.get((key, None))
        if record is None:
            absent.append(key)
        elif record["ours"] > most:
            missed.append(f"{key}: {record['ours']:.3f} {record['unit']}, at most {most} is allowed")
        else:
            met += 1
    print(f"{path.name}: {met} thresholds met, {len(missed)} missed, {len(absent)} not measured")
    for line in missed:
        print("missed: " + line)
    for line in absent:
        print("not measured: " + line)
    return 1 if missed or met == 0 else 0
