"""Reads the annotations.* and evidence.* files beside it, which AnnotationTests compares with what GenreLens writes, by other people's
parsers.

    python3 check_annotations.py [FOLDER [DOCUMENT SECONDS]]

FOLDER holds files of the same names (this folder). With DOCUMENT, the explanation.json of `genrelens explain --annotations
audacity,raven,jams,sonic-visualiser,webvtt`, only evidence.* is read, and held against the regions in it; the sound is SECONDS long. Needs jams 0.3, crowsetta 5,
webvtt-py 0.5. Ends without a word when all are read back as what they mean.
"""

import csv
import html
import json
import pathlib
import sys
import tempfile

import crowsetta
import jams
import webvtt

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
ODD = 'A<b>&\\t"c",\u00e9'
# Start, end, label, value, lowest and highest frequency.
SEGMENTS = [
    (0, 3.5, "Folk", 0.81, None), (3.5, 7.25, "Hip-Hop", 0.666, (60, 250)), (7.25, 3723.004, ODD, 0.5, (0.5, 11025)),
]
REGIONS = [
    (12.5, 13.25, "Hip-Hop", 0.31, (60, 250)), (12.75, 15.5, "Hip-Hop rather than Folk", 0.12, (1800.5, 6000)),
]


def close(one, other):
    return abs(one - other) < 2e-6


def percent(value):
    return f"{int(100 * value + 0.5)} %"


def words(name, value, frequencies):
    low_high = [int(number + 0.5) for number in frequencies or ()]
    return f"{name} {percent(value)}" + (f", {low_high[0]} to {low_high[1]} Hz" if frequencies else "")


def check(stem, wanted, duration, title):
    # crowsetta's reader of Audacity labels expects plain ones: lines of frequencies are read as Audacity's manual has them.
    lines = (FOLDER / f"{stem}.audacity.txt").read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        plain = pathlib.Path(folder) / "plain.txt"
        plain.write_text("".join(line + "\n" for line in lines if not line.startswith("\\")), encoding="utf-8")
        labels = crowsetta.formats.seq.AudSeq.from_file(plain)
    assert [str(name) for name in labels.labels] == [f"{name} {percent(value)}" for _, _, name, value, _ in wanted], labels.labels
    for index, (start, end, _, _, _) in enumerate(wanted):
        assert close(labels.start_times[index], start) and close(labels.end_times[index], end)
    ranges = [tuple(float(number) for number in line.split("\t")[1:]) for line in lines if line.startswith("\\\t")]
    for found, expected in zip(ranges, [one[4] for one in wanted if one[4]], strict=True):
        assert close(found[0], expected[0]) and close(found[1], expected[1]), ranges

    boxes = crowsetta.formats.bbox.Raven.from_file(FOLDER / f"{stem}.raven.txt", annot_col="Annotation").to_bbox()
    for box, (start, end, name, _, frequencies) in zip(boxes, wanted, strict=True):
        low, high = frequencies or (0, 11025)
        assert close(box.onset, start) and close(box.offset, end) and box.label == name, box
        assert close(box.low_freq, low) and close(box.high_freq, high), box

    document = jams.load(str(FOLDER / f"{stem}.jams"), strict=True, validate=True)
    assert close(document.file_metadata.duration, duration) and document.file_metadata.title == title
    (annotation,) = document.annotations
    assert annotation.namespace == "segment_open" and close(annotation.duration, duration)
    for found, (start, end, name, value, _) in zip(annotation.data, wanted, strict=True):
        assert close(found.time, start) and close(found.duration, end - start), found
        assert found.value == name and close(found.confidence, value), found
    if all(one[4] for one in wanted) and wanted:
        assert list(zip(annotation.sandbox.low_hz, annotation.sandbox.high_hz)) == [one[4] for one in wanted]

    with open(FOLDER / f"{stem}.sonic-visualiser.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, (start, end, name, value, frequencies) in zip(rows, wanted, strict=True):
        if "DURATION" in row:
            assert close(float(row["TIME"]), start) and close(float(row["DURATION"]), end - start), row
            assert row["LABEL"] == name and close(float(row["VALUE"]), value), row
        else:
            assert close(float(row["START"]), start) and close(float(row["END"]), end), row
            extent = (float(row["EXTENT START"]), float(row["EXTENT END"]))
            assert close(extent[0], frequencies[0]) and close(extent[1], frequencies[1]), row
            assert row["LABEL"] == f"{name} {percent(value)}", row

    cues = webvtt.read(str(FOLDER / f"{stem}.vtt"))
    for cue, (start, end, name, value, frequencies) in zip(cues, wanted, strict=True):
        assert abs(cue.start_in_seconds - start) < 1 and abs(cue.end_in_seconds - end) < 1, cue
        assert html.unescape(cue.raw_text) == words(name, value, frequencies), cue.raw_text
    return cues


if len(sys.argv) > 2:
    explanation = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    evidence = explanation["evidence"]
    check("evidence", [
        (one["startSeconds"], one["endSeconds"], evidence["question"], one["share"], (one["lowHz"], one["highHz"]))
        for one in evidence["regions"]
    ], float(sys.argv[3]), pathlib.Path(explanation["path"]).name)
else:
    third = check("annotations", SEGMENTS, 3723.004, 'song, "live".mp3')[2]
    assert third.start == "00:00:07.250" and third.end == "01:02:03.004"
    check("evidence", REGIONS, 30.04, "song.flac")
