"""Rules for Hip-Hop-like scores: a rigid drum pattern, a low bass, a short sampled-style loop that never develops."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ensembles import (BANJO, FIDDLE, FLUTE, HARMONICA, NYLON_GUITAR, ROOM_KIT, STEEL_GUITAR, SYNTH_BASS,
                       SYNTH_BASS_2, SYNTH_VOICE, VOICE_LEAD, Ensemble)
from midi import BEND_CENTRE, DRUM_CHANNEL, Key, Score

STAB, COUNTER, LOOP, BASS, PAD, VOICE = 0, 1, 2, 3, 4, 5
KICK, RIM, SNARE, CLAP, CLOSED_HAT, OPEN_HAT, SHAKER = 36, 37, 38, 39, 42, 46, 82
BEATS_PER_BAR = 4

PROGRESSIONS: dict[str, tuple[tuple[int, ...], ...]] = {
    "aeolian": ((0, 5), (0, 3), (0, 0), (5, 6)),
    "dorian": ((0, 3), (0, 0), (0, 6)),
    "phrygian": ((0, 1), (0, 0), (0, 5)),
    "mixolydian": ((0, 6), (0, 3)),
    "ionian": ((3, 0), (1, 0), (5, 3)),
}


@dataclass(frozen=True)
class Style:
    """Tempo range and drum patterns in sixteenth steps: `x` struck, `o` open hat, `3` a three-note roll."""

    tempo_bpm: tuple[int, int]
    kicks: tuple[str, ...]
    snares: tuple[str, ...]
    hats: tuple[str, ...]
    swing: float


STYLES: dict[str, Style] = {
    "boombap": Style((82, 102), ("x.....x.x.x.....", "x..x....x.x..x..", "x.....xx..x....."), ("....x.......x...",),
                     ("x.x.x.x.x.x.x.x.", "x.x.x.xxx.x.x.o."), 0.10),
    "lofi": Style((66, 92), ("x.......x.x.....", "x..x......x....."), ("....x.......x...", "....x.......x..x"),
                  ("x.x.x.x.x.x.x.x.", "..x...x...x...x."), 0.16),
    "westcoast": Style((86, 104), ("x......xx.......", "x..x...xx.....x."), ("....x.......x...",),
                       ("x.x.x.x.x.x.x.x.", "xxxxxxxxxxxxxxxx"), 0.0),
    "trap": Style((126, 154), ("x.....x...x.....", "x.........x..x..", "x..x......x....."), ("........x.......",),
                  ("x.x.x.x.x.x.3.x.", "x.x.x.3.x.x.x.33", "x.xxx.x.x.x.x.3."), 0.0),
    "drill": Style((134, 154), ("x......x..x.....", "x.....x....x...."), ("......x.......x.", "......x......x.."),
                   ("x..x..x.x..x..3.", "x..x..x.3..x..x."), 0.0),
}

# Entrances on the sixteenth grid of a bar for the voice-like line and for the stab.
FLOWS = ("x.xx.xx.x.xxx.x.", "xx.x.xx.xx.x.x..", "x.x.xxx...xx.xxx", "..xxx.xx.xxx.x..")
STABS = ("...x..x.........", "......x......x..", "..x.......x.....", "...x......x..x..")
LOOP_RHYTHMS = ("x.......x.......", "x..x..x.........", "x.....x...x.....", "x...............")


class HipHopComposer:
    """Writes one clip's score. Every choice comes from `rng`, so a seed fixes the score.

    The drums play in `beat_bars` only, so that a clip may have a break; everything else plays throughout.
    """

    def __init__(self, rng: Random, ensemble: Ensemble, style: str, key: Key, score: Score, bars: int,
                 beat_bars: range) -> None:
        self.rng = rng
        self.ensemble = ensemble
        self.style_name = style
        self.style = STYLES[style]
        self.key = key
        self.score = score
        self.bars = bars
        self.beat_bars = beat_bars
        progression = rng.choice(PROGRESSIONS[key.mode])
        self.chord_of_bar = [progression[bar % len(progression)] for bar in range(bars)]
        self.kick = rng.choice(self.style.kicks)

    def compose(self, ambiguous: bool) -> None:
        """Writes all parts; an ambiguous clip loops a folk instrument over a softer beat and has no voice line."""
        self._bass()
        if ambiguous:
            self._folk_loop()
            self._drums(kit=ROOM_KIT, volume=self.rng.randint(62, 84), soft=True)
            return
        self._loop()
        self._drums(kit=self.ensemble.kit or 0, volume=self.rng.randint(84, 116), soft=False)
        if self.rng.random() < 0.6:
            self._stab()
        if len(self.ensemble.leads) > 1 and self.rng.random() < 0.4:
            self._counter_line(self.ensemble.leads[1])
        if self.ensemble.pad is not None:
            self._pad(self.ensemble.pad)
        if self.rng.random() < 0.55:
            self._voice()

    def _at(self, bar: int, step: float) -> float:
        """The beat of a sixteenth step, odd steps delayed by the style's swing."""
        late = self.style.swing / 4 if step % 2 == 1 else 0.0
        return bar * BEATS_PER_BAR + step / 4 + late

    def _note(self, channel: int, start: float, duration: float, pitch: int, velocity: float) -> None:
        self.score.add(channel, start, duration, pitch, velocity + self.rng.gauss(0, 3))

    # The beat.

    def _drums(self, kit: int, volume: int, soft: bool) -> None:
        self.score.set_voice(DRUM_CHANNEL, kit, volume)
        snare_pattern, hat_pattern = self.rng.choice(self.style.snares), self.rng.choice(self.style.hats)
        snare = RIM if soft else self.rng.choice((SNARE, SNARE, CLAP))
        hat = SHAKER if soft and self.rng.random() < 0.5 else CLOSED_HAT
        for bar in self.beat_bars:
            for step in range(16):
                if self.kick[step] == "x":
                    self._note(DRUM_CHANNEL, self._at(bar, step), 0.3, KICK, 112)
                if snare_pattern[step] == "x":
                    self._note(DRUM_CHANNEL, self._at(bar, step), 0.3, snare, 104)
                self._hat(bar, step, hat_pattern[step], hat)
            if bar % 4 == 3 and not soft:
                self._note(DRUM_CHANNEL, self._at(bar, 15), 0.2, snare, 76)

    def _hat(self, bar: int, step: int, mark: str, hat: int) -> None:
        if mark == ".":
            return
        strokes = 3 if mark == "3" else 1
        for stroke in range(strokes):
            pitch = OPEN_HAT if mark == "o" else hat
            velocity = (84 if step % 4 == 0 else 66) - 8 * (strokes - 1 - stroke)
            self._note(DRUM_CHANNEL, self._at(bar, step) + stroke / (2 * strokes), 0.1, pitch, velocity)

    def _bass(self) -> None:
        """Roots under the kick; with a synth bass long, low and 808-like, in drill with slides up to the fifth."""
        program = self.ensemble.bass if self.ensemble.bass is not None else SYNTH_BASS
        deep = program in (SYNTH_BASS, SYNTH_BASS_2)
        self.score.set_voice(BASS, program, self.rng.randint(84, 108))
        steps = [step for step in range(16) if self.kick[step] == "x"]
        for bar, chord in enumerate(self.chord_of_bar):
            root = self.key.pitch(chord, 1)
            root -= 12 if root > 40 else 0
            for step, following in zip(steps, [*steps[1:], 16], strict=True):
                length = (following - step) / 4 * (0.95 if deep else 0.7)
                self._note(BASS, self._at(bar, step), length, root, 104)
            if self.style_name == "drill" and bar % 2 == 1:
                self._slide(self._at(bar, steps[-1]))

    def _slide(self, start: float) -> None:
        """Bends the bass up by the two semitones that the default bend range allows, then back."""
        for index in range(9):
            self.score.bends.append((start + 0.25 + index / 16, BASS, min(16383, BEND_CENTRE + index * 1024)))
        self.score.bends.append((start + 1.2, BASS, BEND_CENTRE))

    # The loop and what sits on it.

    def _loop(self) -> None:
        self.score.set_voice(LOOP, self.rng.choice(self.ensemble.chords), 90, self.rng.randint(50, 78))
        rhythm = self.rng.choice(LOOP_RHYTHMS)
        arpeggio = self.rng.random() < 0.4
        order = [self.rng.randrange(4) for _ in range(8)]
        octave = self.rng.choice((3, 4))
        for bar, chord in enumerate(self.chord_of_bar):
            tones = self.key.chord(chord, octave, 4)
            if arpeggio:
                for index, tone in enumerate(order):
                    self._note(LOOP, self._at(bar, 2 * index), 0.6, tones[tone], 76)
                continue
            hits = [step for step in range(16) if rhythm[step] == "x"]
            for step, following in zip(hits, [*hits[1:], 16], strict=True):
                for tone in tones:
                    self._note(LOOP, self._at(bar, step), (following - step) / 4 * 0.9, tone, 72)

    def _folk_loop(self) -> None:
        """The same two bars of fingerpicking, with a short fiddle-, flute- or harmonica-like riff, over and over."""
        self.score.set_voice(LOOP, self.rng.choice((NYLON_GUITAR, STEEL_GUITAR, BANJO)), 108)
        self.score.set_voice(COUNTER, self.rng.choice((FIDDLE, FLUTE, HARMONICA)), 84)
        order = (0, 3, 1, 4, 0, 2, 1, 3)
        riff = [(self.rng.randrange(0, 15, 2), self.rng.randrange(5)) for _ in range(4)]
        for bar, chord in enumerate(self.chord_of_bar):
            strings = [self.key.pitch(chord, 2), self.key.pitch(chord + 4, 2), *self.key.chord(chord, 3)]
            for index, string in enumerate(order):
                self._note(LOOP, self._at(bar, 2 * index), 1.2, strings[string], 80)
            if bar % 2 == 1:
                for step, degree in riff:
                    self._note(COUNTER, self._at(bar, step), 0.7, self.key.pitch(degree, 4), 78)

    def _stab(self) -> None:
        self.score.set_voice(STAB, self.ensemble.leads[0], 84, self.rng.randint(40, 88))
        rhythm = self.rng.choice(STABS)
        for bar, chord in enumerate(self.chord_of_bar):
            for step in range(16):
                if rhythm[step] == "x":
                    for tone in self.key.chord(chord, 4)[:2]:
                        self._note(STAB, self._at(bar, step), 0.35, tone, 88)

    def _counter_line(self, program: int) -> None:
        self.score.set_voice(COUNTER, program, 76, self.rng.randint(40, 88))
        line = [(step, self.rng.randrange(7)) for step in (0, 6, 8, 14) if self.rng.random() < 0.8]
        for bar in range(self.bars):
            for step, degree in line:
                self._note(COUNTER, self._at(bar, step), 0.9, self.key.pitch(degree, 4), 74)

    def _pad(self, program: int) -> None:
        self.score.set_voice(PAD, program, 58)
        for bar, chord in enumerate(self.chord_of_bar):
            for tone in self.key.chord(chord, 3):
                self._note(PAD, bar * BEATS_PER_BAR, BEATS_PER_BAR * 0.98, tone, 60)

    def _voice(self) -> None:
        """A rap-like rhythm, not speech: short, nearly monotone sung syllables that dodge the beat, with breaths."""
        self.score.set_voice(VOICE, self.rng.choice((SYNTH_VOICE, VOICE_LEAD)), 96)
        flows = self.rng.sample(FLOWS, 2)
        base = self.key.tonic + (48 if self.key.tonic < 7 else 36)
        slow = 2 if self.score.tempo_bpm > 120 else 1
        for bar in range(self.bars):
            flow = flows[bar % 2]
            for step in range(0, 16, slow):
                if flow[step // slow] == "x" and not (bar % 4 == 3 and step >= 12):
                    bent = self.rng.choice((0, 0, 0, 1, -1, 3))
                    self._note(VOICE, self._at(bar, step), 0.2 * slow, base + bent, 84)
