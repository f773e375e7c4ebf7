"""Rules for Folk-like scores: modal tunes over picked, strummed or droned chords, little or no percussion."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ensembles import BANJO, CHOIR, FINGER_BASS, ROOM_KIT, Ensemble
from midi import DRUM_CHANNEL, Key, Score

LEAD, SECOND, CHORDS, BASS, PAD = 0, 1, 2, 3, 4
KICK, SNARE, CLOSED_HAT, LOW_TOM, TAMBOURINE, SHAKER = 36, 38, 42, 41, 54, 82

PROGRESSIONS: dict[str, tuple[tuple[int, ...], ...]] = {
    "ionian": ((0, 3, 0, 4), (0, 4, 5, 3), (0, 3, 4, 0), (0, 5, 3, 4)),
    "mixolydian": ((0, 6, 3, 0), (0, 6, 0, 6), (0, 3, 6, 0)),
    "dorian": ((0, 6, 0, 6), (0, 3, 0, 6), (0, 2, 6, 0)),
    "aeolian": ((0, 6, 5, 6), (0, 5, 2, 6), (0, 3, 5, 6)),
}


@dataclass(frozen=True)
class Style:
    """Bar length and tempo range (quarter notes), and the rhythms that a tune may put in a bar."""

    beats: int
    tempo_bpm: tuple[int, int]
    rhythms: tuple[tuple[float, ...], ...]


STYLES: dict[str, Style] = {
    "air": Style(4, (54, 90), ((4,), (3, 1), (2, 2), (2, 1.5, 0.5), (1.5, 0.5, 2))),
    "ballad": Style(4, (66, 122), ((1, 1, 2), (1.5, 0.5, 2), (1, 0.5, 0.5, 1, 1), (3, 1), (0.5, 0.5, 1, 2))),
    "waltz": Style(3, (80, 178), ((1, 1, 1), (2, 1), (1.5, 0.5, 1), (1, 0.5, 0.5, 1), (3,))),
    "jig": Style(3, (140, 194), ((0.5,) * 6, (1, 0.5, 1, 0.5), (0.5, 0.5, 0.5, 1, 0.5), (1, 0.5, 0.5, 0.5, 0.5))),
    "reel": Style(4, (140, 210), ((0.5,) * 8, (1, 0.5, 0.5, 1, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5, 1, 1))),
}


class FolkComposer:
    """Writes one clip's score. Every choice comes from `rng`, so a seed fixes the score."""

    def __init__(self, rng: Random, ensemble: Ensemble, style: str, key: Key, score: Score, bars: int) -> None:
        self.rng = rng
        self.ensemble = ensemble
        self.style_name = style
        self.style = STYLES[style]
        self.key = key
        self.score = score
        self.bars = bars
        progression = rng.choice(PROGRESSIONS[key.mode])
        self.chord_of_bar = [progression[bar % len(progression)] for bar in range(bars)]
        self.jitter_beats = rng.uniform(0.004, 0.014) * score.tempo_bpm / 60

    def compose(self, ambiguous: bool) -> None:
        """Writes all parts; an ambiguous clip also gets a drum-kit beat and an electric bass under the tune."""
        self._accompany()
        if self.rng.random() < 0.85:
            self._tune(LEAD, self.ensemble.leads[0], 100)
        if len(self.ensemble.leads) > 1 and self.rng.random() < 0.6:
            self._tune(SECOND, self.ensemble.leads[1], 72)
        if self.ensemble.pad is not None:
            self._drone(self.ensemble.pad)
        bass = FINGER_BASS if ambiguous else self.ensemble.bass
        if bass is not None and (ambiguous or self.rng.random() < 0.8):
            self._bass(bass)
        if ambiguous:
            self._beat()
        elif self.ensemble.kit is not None and self.rng.random() < 0.7:
            self._light_percussion(self.ensemble.kit)

    def _note(self, channel: int, start: float, duration: float, pitch: int, velocity: float) -> None:
        late = self.rng.gauss(0, self.jitter_beats)
        self.score.add(channel, start + late, duration, pitch, velocity + self.rng.gauss(0, 7))

    # The tune: an A A' B A form of two-bar phrases, moving by step, on chord tones at the bar line.

    def _tune(self, channel: int, program: int, volume: int) -> None:
        self.score.set_voice(channel, program, volume, self.rng.randint(40, 88))
        octave = 3 if program == CHOIR else 5 if self.key.tonic < 4 and self.rng.random() < 0.5 else 4
        phrases = {name: [self.rng.choice(self.style.rhythms) for _ in range(2)] for name in "AB"}
        steps = {name: [self.rng.choice((-2, -1, -1, 1, 1, 2, 3)) for _ in range(16)] for name in "AB"}
        degree = 0
        for bar in range(self.bars):
            name = "AABA"[bar // 2 % 4]
            start = float(bar * self.style.beats)
            degree = self._nearest_chord_tone(degree, self.chord_of_bar[bar])
            for index, length in enumerate(phrases[name][bar % 2]):
                velocity = 88 if index == 0 else 74
                self._ornament(channel, start, degree, octave)
                self._note(channel, start, length * 0.94, self.key.pitch(degree, octave), velocity)
                start += length
                move = steps[name][(bar % 2) * 8 + index]
                degree += -move if abs(degree + move) > 8 else move

    def _ornament(self, channel: int, start: float, degree: int, octave: int) -> None:
        """Now and then a short grace note from above."""
        if self.rng.random() < 0.12:
            self._note(channel, start - 0.11, 0.1, self.key.pitch(degree + 1, octave), 60)

    @staticmethod
    def _nearest_chord_tone(degree: int, chord: int) -> int:
        tones = [chord + offset for offset in (-12, -10, -7, -5, -3, 0, 2, 4, 7, 9)]
        return min(tones, key=lambda tone: abs(tone - degree))

    # Accompaniment: each style has its own ways to break a chord.

    def _accompany(self) -> None:
        program = self.rng.choice(self.ensemble.chords)
        self.score.set_voice(CHORDS, program, 96, self.rng.randint(36, 92))
        choices = {
            "air": (self._broken,), "ballad": (self._fingerpick, self._fingerpick, self._strum),
            "waltz": (self._oom_pah, self._broken), "jig": (self._strum,),
            "reel": (self._roll,) if program == BANJO else (self._boom_chuck, self._roll),
        }
        pattern = self.rng.choice(choices[self.style_name])
        for bar, chord in enumerate(self.chord_of_bar):
            pattern(bar * self.style.beats, chord)

    def _fingerpick(self, start: float, chord: int) -> None:
        strings = [*self.key.chord(chord, 2, 1), self.key.pitch(chord + 4, 2), *self.key.chord(chord, 3)]
        for index, string in enumerate((0, 3, 1, 4, 0, 2, 1, 3)):
            self._note(CHORDS, start + index / 2, 1.4, strings[string], 82 if index % 4 == 0 else 66)

    def _broken(self, start: float, chord: int) -> None:
        tones = [*self.key.chord(chord, 3), self.key.pitch(chord + 7, 3)]
        order = (0, 1, 2, 3, 2, 1, 2, 1)
        for index in range(2 * self.style.beats):
            self._note(CHORDS, start + index / 2, 1.2, tones[order[index % 8]], 76 if index == 0 else 62)

    def _roll(self, start: float, chord: int) -> None:
        tones = [*self.key.chord(chord, 3), self.key.pitch(chord + 7, 3)]
        for index, tone in enumerate((1, 0, 3, 2, 1, 3, 0, 2)):
            self._note(CHORDS, start + index / 2, 0.5, tones[tone], 84 if index % 3 == 0 else 70)

    def _oom_pah(self, start: float, chord: int) -> None:
        self._note(CHORDS, start, 0.9, self.key.pitch(chord, 2), 84)
        for beat in (1, 2):
            self._struck(start + beat, 0.6, chord, 64)

    def _boom_chuck(self, start: float, chord: int) -> None:
        for beat, degree in ((0, chord), (2, chord + 4)):
            self._note(CHORDS, start + beat, 0.8, self.key.pitch(degree, 2), 84)
            self._struck(start + beat + 1, 0.5, chord, 68)

    def _strum(self, start: float, chord: int) -> None:
        jig = self.style_name == "jig"
        for beat, velocity in ((0, 84), (1, 58), (1.5, 76), (2.5, 56)) if jig else ((0, 84), (1, 70), (1.5, 56),
                                                                                   (2.5, 58), (3, 70), (3.5, 52)):
            self._struck(start + beat, 0.9, chord, velocity)

    def _struck(self, start: float, duration: float, chord: int, velocity: float) -> None:
        """A chord whose strings sound one after the other, about 12 ms apart."""
        spread = 0.012 * self.score.tempo_bpm / 60
        for index, pitch in enumerate([*self.key.chord(chord, 3), self.key.pitch(chord + 7, 3)]):
            self._note(CHORDS, start + index * spread, duration, pitch, velocity)

    # Low and background parts.

    def _bass(self, program: int) -> None:
        self.score.set_voice(BASS, program, 92)
        half = {"jig": 1.5, "waltz": 3.0}.get(self.style_name, 2.0)
        for bar, chord in enumerate(self.chord_of_bar):
            start = bar * self.style.beats
            self._note(BASS, start, half * 0.9, self.key.pitch(chord, 1), 86)
            if half < self.style.beats:
                self._note(BASS, start + half, half * 0.8, self.key.pitch(chord + 4, 1), 74)

    def _drone(self, program: int) -> None:
        self.score.set_voice(PAD, program, 58)
        span = 4 * self.style.beats
        for start in range(0, self.bars * self.style.beats, span):
            for degree in (0, 4):
                self._note(PAD, start, span * 0.99, self.key.pitch(degree, 2), 62)

    def _light_percussion(self, kit: int) -> None:
        """A shaker or tambourine on the pulse and, for a room kit, a frame-drum-like low tom."""
        self.score.set_voice(DRUM_CHANNEL, kit, 80)
        rattle = self.rng.choice((SHAKER, TAMBOURINE))
        pulse = 1.5 if self.style_name == "jig" else 1.0
        for index in range(round(self.bars * self.style.beats / pulse)):
            self._note(DRUM_CHANNEL, index * pulse, 0.2, rattle, 62 if index % 2 else 46)
            if kit == ROOM_KIT and index % 2 == 0:
                self._note(DRUM_CHANNEL, index * pulse, 0.3, LOW_TOM, 70)

    def _beat(self) -> None:
        """The beat of an ambiguous clip: kick on the strong, snare on the weak beats, hats on the eighths."""
        self.score.set_voice(DRUM_CHANNEL, ROOM_KIT, self.rng.randint(84, 104))
        for bar in range(self.bars):
            start = bar * self.style.beats
            for beat in range(self.style.beats):
                backbeat = beat % 2 == 1 if self.style.beats == 4 else beat > 0
                self._note(DRUM_CHANNEL, start + beat, 0.2, SNARE if backbeat else KICK, 88)
                for eighth in (0.0, 0.5):
                    self._note(DRUM_CHANNEL, start + beat + eighth, 0.1, CLOSED_HAT, 62)
            if self.style.beats == 4:
                self._note(DRUM_CHANNEL, start + 2.5, 0.2, KICK, 78)
