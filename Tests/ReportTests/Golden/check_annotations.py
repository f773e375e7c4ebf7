"""Reads the annotations.* files beside it, which AnnotationTests compares with what GenreLens writes, by other people's parsers.

    python3 check_annotations.py [FOLDER]

FOLDER holds files of the same names (this folder). Needs jams 0.3, crowsetta 5, webvtt-py 0.5. Ends without a word when all
are read back as what they mean.
"""

import csv
import html
import pathlib
import sys

import crowsetta
import jams
import webvtt

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
ODD = 'A<b>&\\t"c",\u00e9'
# Start, end, label, value, lowest and highest frequency.
WANTED = [
    (0, 3.5, "Folk", 0.81, None), (3.5, 7.25, "Hip-Hop", 0.666, (60, 250)), (7.25, 3723.004, ODD, 0.5, (0.5, 11025)),
]


def close(one, other):
    return abs(one - other) < 2e-6


def percent(value):
    return f"{round(100 * value)} %"


# crowsetta's reader of Audacity labels expects plain ones: lines of frequencies are read as Audacity's manual has them.
lines = (FOLDER / "annotations.audacity.txt").read_text(encoding="utf-8").splitlines()
plain = pathlib.Path("/tmp") / "audacity-plain.txt"
plain.write_text("".join(line + "\n" for line in lines if not line.startswith("\\")), encoding="utf-8")
labels = crowsetta.formats.seq.AudSeq.from_file(plain)
assert [str(name) for name in labels.labels] == [f"{name} {percent(value)}" for _, _, name, value, _ in WANTED], labels.labels
for index, (start, end, _, _, _) in enumerate(WANTED):
    assert close(labels.start_times[index], start) and close(labels.end_times[index], end)
ranges = [tuple(float(number) for number in line.split("\t")[1:]) for line in lines if line.startswith("\\\t")]
assert ranges == [frequencies for *_, frequencies in WANTED if frequencies], ranges

raven = crowsetta.formats.bbox.Raven.from_file(FOLDER / "annotations.raven.txt", annot_col="Annotation")
boxes = raven.to_bbox()
assert len(boxes) == len(WANTED)
for box, (start, end, name, _, frequencies) in zip(boxes, WANTED):
    low, high = frequencies or (0, 11025)
    assert close(box.onset, start) and close(box.offset, end) and box.label == name, box
    assert close(box.low_freq, low) and close(box.high_freq, high), box

document = jams.load(str(FOLDER / "annotations.jams"), strict=True, validate=True)
assert close(document.file_metadata.duration, 3723.004) and document.file_metadata.title == 'song, "live".mp3'
(annotation,) = document.annotations
assert annotation.namespace == "segment_open"
for found, (start, end, name, value, _) in zip(annotation.data, WANTED, strict=True):
    assert close(found.time, start) and close(found.duration, end - start), found
    assert found.value == name and close(found.confidence, value), found

with open(FOLDER / "annotations.sonic-visualiser.csv", encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
for row, (start, end, name, value, _) in zip(rows, WANTED, strict=True):
    assert close(float(row["TIME"]), start) and close(float(row["DURATION"]), end - start), row
    assert row["LABEL"] == name and close(float(row["VALUE"]), value), row

cues = webvtt.read(str(FOLDER / "annotations.vtt"))
for cue, (start, end, name, value, _) in zip(cues, WANTED, strict=True):
    assert close(cue.start_in_seconds, start) or abs(cue.start_in_seconds - start) < 1, cue
    assert html.unescape(cue.raw_text) == f"{name} {percent(value)}", cue.raw_text
assert cues[2].start == "00:00:07.250" and cues[2].end == "01:02:03.004"
