#!/usr/bin/env python3
"""Kills genrelens with SIGKILL at random moments, again and again, and compares what it ends with.

    Scripts/kill-loop.py features --kills 30
    Scripts/kill-loop.py features --program .build/release/genrelens --files 60 --seed 7
    Scripts/kill-loop.py train --kills 30
    Scripts/kill-loop.py publish --kills 30

`features`: a corpus of made sound (and files that are none) is extracted once without interruption; then the same
command is killed at random moments and started again until it ends, as often as it takes for so many kills. Every file
it leaves must be the same, byte for byte, and the folder must hold nothing else.

`train`: the same with a training on made maps and `--resume`; its history must be the same but for the seconds. `publish`: a
training whose model takes longer to write than to train, killed while the model is being written.

Needs Python 3 only. Prints one JSON line; the exit status is 1 when something was lost.
"""
import argparse
import array
import filecmp
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import wave


def write_corpus(folder, count):
    """Tones with noise, 4 s each, in two genres with splits, and among them a text and an empty file."""
    lines = ["path,label,split,group"]
    generator = random.Random(1)
    for index in range(count):
        name = f"{index:03}.wav"
        path = os.path.join(folder, name)
        if index % 17 == 5:
            with open(path, "w") as file:
                file.write("no sound" if index % 2 else "")
        else:
            hertz = 110 * 2 ** (index % 36 / 12)
            samples = array.array(
                "h",
                (int(9000 * math.sin(2 * math.pi * hertz * n / 22050) + generator.uniform(-900, 900))
                 for n in range(22050 * 4)))
            with wave.open(path, "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(22050)
                file.writeframes(samples.tobytes())
        split = ["train", "train", "train", "valid", "test"][index % 5]
        lines.append(f"{name},{'Folk' if index % 2 else 'Hip-Hop'},{split},g{index // 2}")
    with open(os.path.join(folder, "manifest.csv"), "w") as file:
        file.write("\n".join(lines) + "\n")


class Mode:
    """What is run, how it is killed, and what of its files is compared."""

    def kill(self, output, generator, longest):
        """Runs the command; true when it was killed, false when it ended before."""
        # The first moments and the last ones (when files are given their names) are hit as well as the middle.
        return run_and_kill(self.command(output), generator.uniform(0, longest))

    def tidy(self, output):
        pass


class Features(Mode):
    """Extraction with everything that makes rows: all windows, float16, changed sound."""

    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.corpus = os.path.join(folder, "corpus")
        os.mkdir(self.corpus)
        write_corpus(self.corpus, arguments.files)

    def command(self, output):
        return [
            self.arguments.program, "features", os.path.join(self.corpus, "manifest.csv"), "--output",
            os.path.join(output, "x.npy"), "--spec", "mfcc20", "--float16", "--stretch", "0.9", "--threads", "2",
        ]


def write_maps(path, count, bins, frames):
    """Maps of noise in three genres, one of them rare, with a stripe for each genre: .npy and .csv without numpy."""
    generator = random.Random(2)
    values = array.array("f")
    lines = ["row,path,label,split"]
    for item in range(count):
        label = 2 if item % 9 == 8 else item % 2
        for row in range(bins):
            stripe = 1.5 if row % 3 == label else 0
            values.extend(generator.gauss(stripe, 1) for _ in range(frames))
        lines.append(f"{item},clip{item},genre{label},{'valid' if item % 5 > 2 else 'train'}")
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {bins}, {frames}), }}"
    header = header.ljust((10 + len(header) + 64) // 64 * 64 - 11) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + values.tobytes())
    with open(path[:-4] + ".csv", "w") as file:
        file.write("\n".join(lines) + "\n")


class Training(Mode):
    """A training in which every part of a state matters: momentum, one-cycle, average, batch norm, balanced sampling."""

    settings = """
epochs: 12
batchSize: 8
optimizer: sgd
nesterov: true
schedule: one-cycle
learningRate: 0.05
averagingDecay: 0.9
gradientClipNorm: 1
balancedSampling: true
network: {channels: [8, 12], kernel: [3, 3], batchNormalization: true, hiddenUnits: 16}
augmentation: {timeShiftFrames: 3, noise: 0.1, mixup: 0.2}
"""
    seconds = "0.1"
    count, bins, frames = 400, 16, 24

    def __init__(self, arguments, folder):
        self.program = arguments.program
        self.maps, self.config = (os.path.join(folder, name) for name in ["x.npy", "c.yaml"])
        write_maps(self.maps, self.count, self.bins, self.frames)
        with open(self.config, "w") as file:
            file.write(self.settings)

    def command(self, output):
        return [
            self.program, "train", self.maps, "--config", self.config, "--resume", "--checkpoint-seconds",
            self.seconds, "--output", os.path.join(output, "m.safetensors")]

    def tidy(self, output):
        """What tells the time is left out: the history's seconds, the card's and the events'."""
        history = os.path.join(output, "m.history.jsonl")
        with open(history) as file:
            records = [json.loads(line) for line in file]
        for record in records:
            record.pop("seconds", None)
            record.pop("clipsPerSecond", None)
        with open(history, "w") as file:
            json.dump(records, file)
        os.remove(os.path.join(output, "m.history.csv"))
        os.remove(os.path.join(output, "m.md"))
        shutil.rmtree(os.path.join(output, "m.tensorboard"))


class Publishing(Training):
    """A model of 20 MB after two short epochs; the kill falls into its writing."""

    settings = """
epochs: 2
batchSize: 8
network: {channels: [16], kernel: [3, 3], pools: [[1, 1]], hiddenUnits: 800}
"""
    seconds = "60"
    count = 40

    def kill(self, output, generator, longest):
        if generator.random() < 0.2:
            run(self.command(output))
            return False

        def is_writing():
            return any(
                name.startswith(".m.safetensors.") and name.endswith(".tmp") for name in os.listdir(output))

        return run_and_kill_when(self.command(output), is_writing, generator.uniform(0, 0.06))


# A mode has a corpus of its own and a command that writes into a folder, whose whole content is compared.
MODES = {"features": Features, "publish": Publishing, "train": Training}


def run(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {result.returncode}\n{result.stderr.decode(errors='replace')}")


def run_and_kill(command, seconds):
    """True when it was killed, false when it ended before."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, error = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {process.returncode}\n{error.decode(errors='replace')}")
    return False


def run_and_kill_when(command, condition, seconds):
    """As `run_and_kill`, some seconds after a condition has come true."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not condition():
        pass
    time.sleep(seconds)
    if process.poll() is not None:
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)}: status {process.returncode}")
        return False
    process.kill()
    process.wait()
    return process.returncode != 0


def differences(expected, found):
    names = sorted(set(os.listdir(expected)) | set(os.listdir(found)))
    same, _, _ = filecmp.cmpfiles(expected, found, names, shallow=False)
    return [name for name in names if name not in same]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=sorted(MODES))
    parser.add_argument("--program", default=".build/release/genrelens")
    parser.add_argument("--kills", type=int, default=30, help="kills at least (30)")
    parser.add_argument("--files", type=int, default=60, help="sound files of the corpus (60)")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments (1)")
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    folder = tempfile.mkdtemp(prefix="genrelens-kill-")
    try:
        mode = MODES[arguments.mode](arguments, folder)
        expected = os.path.join(folder, "expected")
        os.mkdir(expected)
        start = time.monotonic()
        run(mode.command(expected))
        uninterrupted = time.monotonic() - start
        mode.tidy(expected)
        kills = rounds = 0
        wrong = []
        while kills < arguments.kills:
            output = os.path.join(folder, f"round-{rounds}")
            os.mkdir(output)
            # Longer from kill to kill: on a machine that has become slower a run may not get beyond its start.
            longest = 0.6 * uninterrupted
            while mode.kill(output, generator, longest):
                kills += 1
                longest *= 1.03
            rounds += 1
            mode.tidy(output)
            wrong += [f"{os.path.basename(output)}/{name}" for name in differences(expected, output)]
            shutil.rmtree(output)
        print(json.dumps({
            "mode": arguments.mode, "kills": kills, "finished": rounds, "different": wrong,
            "secondsUninterrupted": round(uninterrupted, 2)}))
        return 1 if wrong else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
