"""The folder that the command lines of commands.txt run in: a cut of Data/, made sound, tables, settings, damaged files."""
import array
import csv
import hashlib
import json
import math
import os
import pathlib
import random
import shutil
import struct
import subprocess
import wave

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Every file has this time of change: outputs tell it.
TIME = 1_700_000_000
CLIP = "Data/Folk/alder-hill-trio-1.mp3"
MODEL = "Checkpoints/folk-hiphop-mfcc20.safetensors"

SETTINGS = {
    "small.yaml": """
epochs: 3
batchSize: 8
learningRate: 0.01
features: {binCount: 20, sampleCount: 66150}
network: {channels: [8, 12, 12], kernel: [3, 3], firstSame: true, head: global-average-pooling, hiddenUnits: 0}
""",
    "everything.yaml": """
epochs: 3
batchSize: 8
optimizer: sgd
nesterov: true
schedule: one-cycle
learningRate: 0.05
averagingDecay: 0.9
gradientClipNorm: 1
balancedSampling: true
labelSmoothing: 0.1
weightDecay: 0.01
features: {binCount: 20, sampleCount: 66150}
network: {channels: [8, 12], kernel: [3, 3], firstSame: true, batchNormalization: true, order: relu-pool, pooling: maximum}
augmentation: {timeShiftFrames: 9, timeStretch: 0.1, noise: 0.1, mixup: 0.2, cutmix: 0.2, gain: 0.3, tilt: 0.2,
  timeMaskFrames: 8, melMaskBands: 9, binMaskBins: 3, binDrop: 0.1}
""",
    "crops.yaml": """
epochs: 2
batchSize: 8
cropFrames: 64
schedule: cosine
warmupEpochs: 1
classWeights: balanced
features: {binCount: 20, sampleCount: 66150}
network: {channels: [8, 12], kernel: [3, 3], firstSame: true, hiddenUnits: 8}
""",
    "space.yaml": """
learningRate: {min: 0.001, max: 0.01, log: true}
batchSize: [4, 8]
network:
  dropout: {min: 0.1, max: 0.5, step: 0.1}
""",
    "spec.yaml": "{binCount: 20, sampleCount: 44100, mono: loudest}\n",
    "unknown.yaml": "epochs: 2\nlerning: 3\n",
    "jazz.yaml": "genres: [Jazz, Rock]\n",
    "later.yaml": "version: 99\n",
    "wrong-space.yaml": "learningRate: {min: 1, max: 0.1}\n",
}


def make(folder):
    """Makes all of it in a new folder."""
    folder.mkdir(parents=True)
    shutil.copytree(ROOT / "Checkpoints", folder / "Checkpoints")
    cut_data(folder)
    for make_part in (make_music, make_damaged_sound, make_tables, make_collections, make_maps, make_models):
        make_part(folder)
    for number, path in enumerate(sorted(folder.rglob("*"), reverse=True)):
        if not path.is_symlink():
            os.utime(path, ns=(TIME * 10**9, (TIME + number) * 10**9 + 123_456_789))


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def cut_data(folder):
    """Of each genre 4 clips to train (two of them by one artist), 2 to validate and 2 to test, as `Data`; a few for the
    demo, and as a folder without a table."""
    with open(ROOT / "Data/manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for target, counts in (("Data", (4, 2, 2)), ("Demo/Data", (1, 1, 1)), ("Plain", (2, 1, 0))):
        taken = []
        for label in ("Folk", "Hip-Hop"):
            for split, count in zip(("train", "valid", "test"), counts):
                part = [row for row in rows if row["label"] == label and row["split"] == split]
                first_clips = [row for row in part if row["path"].endswith("-1.mp3")]
                taken += (first_clips[:1] + (part[1:2] if count == 4 else []) + first_clips[1:])[:count]
        for row in taken:
            write(folder / target / row["path"], (ROOT / "Data" / row["path"]).read_bytes())
        if target == "Plain":
            continue
        with open(folder / target / "manifest.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(taken)


def write_wave(path, seconds, hertz=220.0, rate=22050, channels=1, level=9000, noise=900, seed=1):
    """Tones with noise; channel after channel an octave apart."""
    generator = random.Random(seed)
    samples = array.array("h")
    for number in range(int(seconds * rate)):
        for channel in range(channels):
            tone = level * math.sin(2 * math.pi * hertz * 2**channel * number / rate)
            samples.append(int(tone + generator.uniform(-noise, noise)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def make_music(folder):
    golden = ROOT / "Tests/AudioTests/Golden"
    for name in ("stereo.flac", "stereo.ogg", "mono-24bit.wav", "vbr-tags-44k.mp3", "latin-tags-8k.mp3"):
        write(folder / "Music" / name, (golden / name).read_bytes())
    write_wave(folder / "Music/long.wav", 8.3, hertz=330, seed=2)
    write_wave(folder / "Music/stereo.wav", 4.2, rate=44100, channels=2, seed=3)
    # Names that a table, a terminal or a decoder of text could take for something else.
    names = (b"=1+1.wav", b"caf\xe9.wav", "café.wav".encode(), "cafe\u0301.wav".encode(), b"a\nb.wav", b'-x, "y".wav')
    for number, name in enumerate(names):
        write_wave(folder / "Odd" / os.fsdecode(name), 1.7, hertz=200 + 40 * number, seed=number)
    for name in ("a.mp3", "sub/b.mp3"):
        write(folder / "Tagged" / name, (folder / CLIP).read_bytes())
    for name in ("vbr-tags-44k.mp3", "stereo.flac", "stereo.ogg", "latin-tags-8k.mp3"):
        write(folder / "Tagged" / name, (golden / name).read_bytes())
    shutil.copy(folder / "Music/stereo.wav", folder / "Tagged/c.wav")
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg:
        subprocess.run(
            [ffmpeg, "-v", "error", "-i", folder / "Music/stereo.wav", "-c:a", "aac", folder / "Foreign.m4a"], check=True)
    else:
        write(folder / "Foreign.m4a", struct.pack(">I", 24) + b"ftypM4A " + bytes(12))


def make_damaged_sound(folder):
    clip = (folder / CLIP).read_bytes()
    bad = folder / "Bad"
    generator = random.Random(5)
    write(bad / "empty.mp3", b"")
    write(bad / "text.mp3", "this is text and no sound\n")
    write(bad / "noise.bin", generator.randbytes(20_000))
    write(bad / "cut.mp3", clip[:9_000])
    write(bad / "headless.mp3", b"ID3\x04\0\0\0\0\x7f\x7f" + bytes(64))
    write(bad / "damaged.mp3", clip[:20_000] + generator.randbytes(5_000) + clip[25_000:])
    write(bad / "joined.mp3", clip[:30_000] + (ROOT / "Tests/AudioTests/Golden/mono-48k.mp3").read_bytes())
    flac = (ROOT / "Tests/AudioTests/Golden/stereo.flac").read_bytes()
    write(bad / "half.flac", flac[: len(flac) * 2 // 3])
    write_wave(bad / "silence.wav", 3.2, level=0, noise=0)
    write_wave(bad / "longer.wav", 3.2)
    longer = bytearray((bad / "longer.wav").read_bytes())
    longer[40:44] = struct.pack("<I", 50_000_000)
    write(bad / "longer.wav", bytes(longer))
    values = array.array("f", [0.1] * 70_000)
    values[50_000] = math.nan
    kind = struct.pack("<IHHIIHH", 16, 3, 1, 22050, 88200, 4, 32)
    write(bad / "nan.wav", b"RIFF" + struct.pack("<I", 36 + 280_000) + b"WAVEfmt " + kind
          + b"data" + struct.pack("<I", 280_000) + values.tobytes())
    write(folder / "Only/Folk/a.mp3", clip)
    write(folder / "Few/Folk/a.mp3", clip)
    write(folder / "Few/Hip-Hop/b.mp3", (folder / "Data/Hip-Hop/asphalt-almanac-1.mp3").read_bytes())
    write(folder / "Jazz/Jazz/a.mp3", clip)
    (folder / "Nothing").mkdir()
    # A data set with everything that `data check` and the ledgers have a word for.
    lines = ["path,label,split,group"]
    for clip_and_its_place in (
            "cut.mp3,Folk,train,a", "damaged.mp3,Folk,train,a", "joined.mp3,folk,train,b", "silence.wav,Hip-Hop,train,c",
            "longer.wav,Hip-Hop,valid,c", "nan.wav,Hip-Hop,test,d", "empty.mp3,Hip-Hop,train,e", "missing.mp3,Hip-Hop,train,f",
            "half.flac,Folk,valid,g", "copy.mp3,Hip-Hop,test,h", "text.mp3,Folk,test,i"):
        lines.append("../Bad/" + clip_and_its_place)
    write(bad / "copy.mp3", clip[:9_000])
    write(folder / "Lists/flawed.csv", "\n".join(lines) + "\n")


def make_tables(folder):
    with open(folder / "Data/manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    lists = folder / "Lists"
    named = "".join(f"{row['path']};{row['label']};{row['group']};n\n" for row in rows)
    write(lists / "list.csv", "File;Style;Performer;Note\n" + named)
    segments = "".join(
        f"{row['path']},{start},{start + 4.5},{row['label']},{row['split']}\n" for row in rows for start in (0, 5))
    write(lists / "segments.csv", "path,start_seconds,end_seconds,label,split\n" + segments)
    write(lists / "unsplit.csv", "path,label\n" + "".join(f"../Data/{row['path']},{row['label']}\n" for row in rows))
    names = ("#EXTM3U", "../Data/Folk/alder-hill-trio-2.mp3", "../Music/stereo.ogg", "http://example.org/a.mp3", "gone.mp3")
    write(lists / "list.m3u", "\n".join(names) + "\n")
    write(lists / "self.m3u", "self.m3u\n")
    write(lists / "names.txt", "Data/Hip-Hop/asphalt-almanac-2.mp3\nMusic/stereo.flac\nBad/text.mp3\n")
    stretches = "../Data/Folk/copper-kettle-boys-1.mp3,1,5.5\n../Music/long.wav,,\n"
    write(lists / "table.csv", "path,start_seconds,end_seconds\n" + stretches)
    write(lists / "wrong-split.csv", "path,label,split\na.mp3,Folk,tomorrow\n")
    write(lists / "no-path.csv", "song,label\na.mp3,Folk\n")
    write(lists / "twice.csv", "path,label\na.mp3,Folk\na.mp3,Folk\n")
    write(lists / "out.csv", "path,label\n../../../etc/a.mp3,Folk\n")
    moods = "".join(f"../Data/{row['path']},{'dark' if index % 3 else 'light'}\n" for index, row in enumerate(rows))
    write(lists / "slices.csv", "path,mood\n" + moods)
    for name, text in SETTINGS.items():
        write(folder / "Settings" / name, text.lstrip("\n"))


def make_collections(folder):
    golden = ROOT / "Tests/DatasetsTests/Golden/fma"
    write(folder / "Lists/tracks.csv", (golden / "tracks.csv").read_bytes())
    with open(golden / "expected.csv", newline="") as file:
        paths = [row["path"] for row in csv.DictReader(file)]
    sums = []
    for number, path in enumerate(paths[:12]):
        content = (ROOT / "Tests/AudioTests/Golden/mono-48k.mp3").read_bytes()[: 4000 + number]
        if number != 3:
            write(folder / "fma_full" / path, content)
        sums.append(f"{hashlib.sha1(content + bytes(number == 5)).hexdigest()}  {path}\n")
    write(folder / "fma_full/checksums", "".join(sums))
    for genre in ("blues", "jazz"):
        for number in (0, 1, 2, 54):
            write_wave(folder / f"gtzan/{genre}/{genre}.{number:05}.wav", 0.6, hertz=150 + 9 * number + len(genre))


def make_maps(folder):
    """A feature file that does not say what its features are, and broken ones."""
    count, bins, frames = 24, 16, 24
    generator = random.Random(2)
    values, lines = array.array("f"), ["row,path,label,split,group"]
    for item in range(count):
        label = item % 2
        for row in range(bins):
            values.extend(generator.gauss(1.5 if row % 3 == label else 0, 1) for _ in range(frames))
        lines.append(f"{item},clip{item}.mp3,genre{label},{('train', 'train', 'valid', 'test')[item // 2 % 4]},g{item // 2}")
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {bins}, {frames}), }}"
    header = header.ljust((10 + len(header) + 64) // 64 * 64 - 11) + "\n"
    head = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    table = "\n".join(lines) + "\n"

    def save(name, content, description=None):
        write(folder / f"Maps/{name}.npy", content)
        write(folder / f"Maps/{name}.csv", table)
        if description:
            write(folder / f"Maps/{name}.json", json.dumps(description))

    save("maps", head + values.tobytes())
    spec = {
        "binCount": bins, "fftLength": 2048, "hopLength": 512, "kind": "mfcc", "maximumHz": None, "melBandCount": 128,
        "minimumHz": 0, "sampleCount": 12000, "sampleRateHz": 22050, "topDecibels": 80, "version": 99}
    save("later", head + values.tobytes(), {"element": "<f4", "rows": count, "spec": spec, "version": 1, "windows": "all"})
    save("cut", (head + values.tobytes())[:-50])
    values[bins * frames + 7] = math.nan
    save("nan", head + values.tobytes())


def make_models(folder):
    """Checkpoints that lie, made of a published one."""
    content = (folder / MODEL).read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    data = content[8 + length:]

    def save(name, change=lambda header: None, data=data):
        header = json.loads(content[8: 8 + length])
        change(header)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        write(folder / "Models" / f"{name}.safetensors", struct.pack("<Q", len(text)) + text + data)

    def describe(key, value):
        def change(header):
            about = json.loads(header["__metadata__"]["genrelens"])
            about["featureSpec"][key] = value
            header["__metadata__"]["genrelens"] = json.dumps(about)
        return change

    save("later-format", lambda header: header["__metadata__"].update(version="99"))
    save("later-features", describe("version", 99))
    save("unknown-kind", describe("kind", "wavelets"))
    save("lacking", lambda header: header.pop("dense1.bias"))
    save("shape", lambda header: header["conv2.bias"].update(shape=[2, 32]))
    save("no-description", lambda header: header["__metadata__"].pop("genrelens"))
    save("not-a-number", data=b"\0\0\xc0\x7f" * (len(data) // 4))
    write(folder / "Models/cut.safetensors", content[: len(content) // 2])
    write(folder / "Models/huge-header.safetensors", struct.pack("<Q", 1 << 60) + content[8:100])
    write(folder / "Models/empty.safetensors", b"")
