#!/usr/bin/env python3
"""Generates the synthesised demo corpus: MIDI rules, fluidsynth, lame, and a manifest.

    apt-get install fluidsynth fluid-soundfont-gm lame python3-numpy
    python3 Data/generate.py --output Data --seed 1

Equal seeds give equal manifests and equal MIDI files on any machine; see README.md for what holds for the MP3 bytes.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # no __pycache__ folder among the data

import argparse
import csv
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

import folk
import hiphop
from ensembles import ENSEMBLES, FOLK, HIP_HOP, Ensemble
from midi import Key, Score
from mixing import Mix, encode, mix_down, render

CLIPS_PER_ENSEMBLE = 5
DURATION_S = 10.1
SPLIT_OF_ENSEMBLE = ("train",) * 9 + ("valid",) * 3 + ("test",) * 3
AMBIGUOUS_ENSEMBLES = {"train": 7, "valid": 2, "test": 3}
DEFAULT_SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")

NOISES = ("none", "hiss", "room", "vinyl")
ENCODINGS = (("cbr-48", 1), ("cbr-56", 1), ("cbr-56", 1), ("abr-56", 1), ("cbr-64", 1), ("vbr-6", 1), ("cbr-64", 2))
TITLE_WORDS = {
    FOLK: (("Low", "Green", "Winter", "Tinker's", "Far", "Salt", "Willow", "Shepherd's", "Broken", "Early"),
           ("Meadow", "Lantern", "Harbour", "Fair", "Bridge", "Crossing", "Thistle", "Ferry", "Hearth", "Road")),
    HIP_HOP: (("Concrete", "Neon", "Cold", "Second", "Static", "Velvet", "Late", "Silver", "Hollow", "Borrowed"),
              ("Circuit", "Stairwell", "Verse", "Signal", "Corner", "Ledger", "Weather", "Transit", "Echo", "Minutes")),
}


@dataclass(frozen=True)
class Clip:
    """One planned clip: everything that the manifest says and that the composer and the mixer need."""

    ensemble: Ensemble
    number: int
    split: str
    title: str
    style: str
    tempo_bpm: int
    key: Key
    ambiguous: bool
    start_s: float
    bars: int
    beat_bars: range
    mix: Mix
    seed: str

    @property
    def path(self) -> Path:
        return Path(self.ensemble.label) / f"{self.ensemble.slug}-{self.number}.mp3"

    @property
    def bar_s(self) -> float:
        return _beats_per_bar(self.ensemble.label, self.style) * 60 / self.tempo_bpm

    def beat_span_s(self) -> tuple[str, str]:
        """Start and end of the drum beat within the clip, or two empty strings without a beat."""
        if not self.beat_bars:
            return "", ""
        start = max(0.0, self.beat_bars.start * self.bar_s - self.start_s)
        end = min(DURATION_S, self.beat_bars.stop * self.bar_s - self.start_s)
        return f"{start:.2f}", f"{end:.2f}"

    def row(self) -> dict[str, object]:
        """The clip's line of the manifest, in column order."""
        beat_start, beat_end = self.beat_span_s()
        mix = self.mix
        return {
            "path": self.path.as_posix(), "label": self.ensemble.label, "split": self.split,
            "group": self.ensemble.slug, "title": self.title, "ensemble": self.ensemble.name, "style": self.style,
            "tempo_bpm": self.tempo_bpm, "key": str(self.key), "ambiguous": int(self.ambiguous),
            "beat_start_s": beat_start, "beat_end_s": beat_end, "noise_kind": mix.noise_kind,
            "noise_db": "" if mix.noise_kind == "none" else mix.noise_db, "gain_db": mix.gain_db,
            "tilt_db_per_octave": mix.tilt_db_per_octave, "lowpass_hz": mix.lowpass_hz, "channels": mix.channels,
            "encoding": mix.encoding,
        }


def plan_corpus(seed: int) -> list[Clip]:
    """All clips of the corpus, ensemble by ensemble; splits never divide an ensemble."""
    clips = []
    for label in (FOLK, HIP_HOP):
        ensembles = [ensemble for ensemble in ENSEMBLES if ensemble.label == label]
        rng = Random(f"{seed}/{label}")
        splits = list(SPLIT_OF_ENSEMBLE)
        rng.shuffle(splits)
        titles = [f"{first} {second}" for first in TITLE_WORDS[label][0] for second in TITLE_WORDS[label][1]]
        rng.shuffle(titles)
        left = dict(AMBIGUOUS_ENSEMBLES)
        for ensemble, split in zip(ensembles, splits, strict=True):
            ambiguous_number = rng.randint(1, CLIPS_PER_ENSEMBLE) if left[split] > 0 else 0
            left[split] -= 1
            colour = _ensemble_colour(Random(f"{seed}/{ensemble.slug}/colour"))
            for number in range(1, CLIPS_PER_ENSEMBLE + 1):
                clip_seed = f"{seed}/{ensemble.slug}/{number}"
                ambiguous = number == ambiguous_number
                clips.append(_plan_clip(clip_seed, ensemble, number, split, titles.pop(), ambiguous, colour))
    return clips


def compose(clip: Clip) -> bytes:
    """The clip's MIDI file."""
    rng = Random(f"{clip.seed}/score")
    score = Score(clip.tempo_bpm)
    part = (rng, clip.ensemble, clip.style, clip.key, score, clip.bars)
    if clip.ensemble.label == FOLK:
        folk.FolkComposer(*part).compose(clip.ambiguous)
    else:
        hiphop.HipHopComposer(*part, clip.beat_bars).compose(clip.ambiguous)
    return score.to_bytes()


def produce(clip: Clip, output: Path, sound_font: Path, midi_folder: Path) -> None:
    """Writes the clip's MIDI file and its MP3."""
    midi_path = midi_folder / clip.path.with_suffix(".mid")
    midi_path.parent.mkdir(parents=True, exist_ok=True)
    midi_path.write_bytes(compose(clip))
    noise_rng = np.random.Generator(np.random.PCG64(list(clip.seed.encode())))
    samples = render(midi_path, sound_font, clip.mix, clip.start_s, DURATION_S)
    tags = {"title": clip.title, "artist": f"{clip.ensemble.name} (synthesised)", "genre": clip.ensemble.label,
            "album": "GenreLens demo corpus (synthesised)", "comment": "Synthesised by rule. CC0 1.0"}
    encode(mix_down(samples, clip.mix, noise_rng), output / clip.path, clip.mix.encoding, tags)


def write_manifest(clips: list[Clip], path: Path) -> None:
    """Writes manifest.csv (RFC 4180, LF line ends), paths relative to its folder."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(clips[0].row()), lineterminator="\n")
        writer.writeheader()
        writer.writerows(clip.row() for clip in clips)


def _beats_per_bar(label: str, style: str) -> int:
    return folk.STYLES[style].beats if label == FOLK else hiphop.BEATS_PER_BAR


def _ensemble_colour(rng: Random) -> tuple[float, float, float]:
    """An ensemble's room size, tilt (dB per octave) and low-pass edge (log2 of kHz)."""
    return rng.uniform(0.1, 0.8), rng.uniform(-1.5, 1.5), rng.uniform(1.8, 3.8)


def _plan_clip(seed: str, ensemble: Ensemble, number: int, split: str, title: str, ambiguous: bool,
               colour: tuple[float, float, float]) -> Clip:
    rng = Random(seed)
    style = rng.choice(ensemble.styles)
    allowed = (folk.STYLES if ensemble.label == FOLK else hiphop.STYLES)[style].tempo_bpm
    tempo = rng.randint(max(ensemble.tempo_bpm[0], allowed[0]), min(ensemble.tempo_bpm[1], allowed[1]))
    bar_s = _beats_per_bar(ensemble.label, style) * 60 / tempo
    start_s = round(rng.uniform(0.4, 0.4 + bar_s), 3)
    bars = math.ceil((start_s + DURATION_S + 0.5) / bar_s)
    beat_bars = _beat_bars(rng, ensemble.label, ambiguous, bars)
    return Clip(ensemble, number, split, title, style, tempo, Key(rng.randrange(12), rng.choice(ensemble.modes)),
                ambiguous, start_s, bars, beat_bars, _plan_mix(rng, colour), seed)


def _beat_bars(rng: Random, label: str, ambiguous: bool, bars: int) -> range:
    """The bars with a drum beat: all, or in a third of the plain Hip-Hop clips all but a break at one end."""
    if label == FOLK:
        return range(bars if ambiguous else 0)
    if ambiguous or rng.random() > 0.35:
        return range(bars)
    pause = rng.randint(2, max(2, bars // 2))
    return range(pause, bars) if rng.random() < 0.6 else range(bars - pause)


def _plan_mix(rng: Random, colour: tuple[float, float, float]) -> Mix:
    room, tilt, lowpass = colour
    encoding, channels = rng.choice(ENCODINGS)
    return Mix(
        reverb_room=round(room, 2), tilt_db_per_octave=round(tilt + rng.uniform(-0.7, 0.7), 2),
        lowpass_hz=round(1000 * 2 ** (lowpass + rng.uniform(-0.3, 0.3))), highpass_hz=round(rng.uniform(25, 140)),
        noise_kind=rng.choice(NOISES), noise_db=round(rng.uniform(-42, -18), 1),
        gain_db=round(rng.uniform(-18, 0), 1), channels=channels, encoding=encoding)


def main() -> int:
    """Reads the options, writes the corpus; returns the exit status."""
    parser = argparse.ArgumentParser(description="Generate the synthesised demo corpus.")
    parser.add_argument("--output", type=Path, required=True, help="folder for Folk/, Hip-Hop/ and manifest.csv")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sound-font", type=Path, default=DEFAULT_SOUND_FONT)
    parser.add_argument("--midi", type=Path, help="keep the MIDI files in this folder")
    parser.add_argument("--manifest-only", action="store_true", help="write manifest.csv and no audio")
    options = parser.parse_args()
    clips = plan_corpus(options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    if not options.manifest_only:
        if not options.sound_font.is_file():
            parser.error(f"no sound font at {options.sound_font}; install fluid-soundfont-gm or pass --sound-font")
        with tempfile.TemporaryDirectory() as scratch:
            for index, clip in enumerate(clips, 1):
                produce(clip, options.output, options.sound_font, options.midi or Path(scratch))
                print(f"{index}/{len(clips)} {clip.path} (synthesised)", flush=True)
    write_manifest(clips, options.output / "manifest.csv")
    print(f"{len(clips)} synthesised clips listed in {options.output / 'manifest.csv'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
