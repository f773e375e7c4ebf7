#!/usr/bin/env python3
"""Holds the tags that `genrelens tag` writes against mutagen, and `--undo` against every byte.

    pip install mutagen
    Scripts/check-tags.py FOLDER [GENRELENS]

FOLDER holds sound files; they are copied, tagged, read by mutagen and restored in a temporary folder. Fails when mutagen reads
another genre, loses another field, or a file is not restored.
"""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import mutagen


def fields(path):
    """Genres and the other texts of a file, as mutagen reads them."""
    tags = mutagen.File(path).tags
    genres, others = [], {}
    for key, value in (tags or {}).items() if hasattr(tags, "items") else []:
        if key in ("TCON", "\xa9gen") or key.lower() == "genre":
            genres = list(value.genres) if key == "TCON" else [str(text) for text in value]
        else:
            others[key] = str(value)
    return genres, others


def main():
    source = pathlib.Path(sys.argv[1])
    program = sys.argv[2] if len(sys.argv) > 2 else ".build/release/genrelens"
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for path in sorted(source.iterdir()):
            if path.is_file():
                files.append(shutil.copy(path, folder))
        before = {path: (fields(path), hashlib.sha1(open(path, "rb").read()).hexdigest()) for path in files}
        command = [program, "tag", "--write", "--keep-old", "--json"]
        document = json.loads(subprocess.run(command + files, stdout=subprocess.PIPE).stdout)
        for track in document["tracks"]:
            path = track["path"]
            (_, others), _ = before[path]
            genres, now = fields(path)
            # A tag that is made beside tags of another kind says what they do: more fields may be there.
            is_right = sorted(genres) == sorted(track["genresAfter"]) and others.items() <= now.items()
            print(f"{'fine ' if is_right else 'WRONG'} {path}: {genres}, {len(now)} other fields, {track['outcome']}")
            failures += not is_right
        for failure in document["failures"]:
            print("left ", failure["message"])
        if document.get("log"):
            subprocess.run([program, "tag", "--undo", document["log"]], check=True, stdout=subprocess.DEVNULL)
        for path, (_, digest) in before.items():
            if hashlib.sha1(open(path, "rb").read()).hexdigest() != digest:
                print("WRONG", path, "was not restored")
                failures += 1
    print(f"{len(files)} files, {failures} wrong")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
