"""Scores in beats, the modes they are written in, and the Standard MIDI File they become."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

TICKS_PER_BEAT = 480
DRUM_CHANNEL = 9
BEND_CENTRE = 8192

PITCH_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MODES: dict[str, tuple[int, ...]] = {
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
}


@dataclass(frozen=True)
class Key:
    """A tonic (pitch class, 0 = C) and a mode of seven degrees, counted from 0."""

    tonic: int
    mode: str

    def __str__(self) -> str:
        return f"{PITCH_NAMES[self.tonic]} {self.mode}"

    def pitch(self, degree: int, octave: int) -> int:
        """MIDI pitch of a degree; degrees outside 0...6 move by octaves. Octave 4 begins at middle C."""
        return 12 * (octave + 1 + degree // 7) + self.tonic + MODES[self.mode][degree % 7]

    def chord(self, degree: int, octave: int, size: int = 3) -> list[int]:
        """`size` pitches stacked in thirds on a degree."""
        return [self.pitch(degree + 2 * third, octave) for third in range(size)]


@dataclass(frozen=True)
class Note:
    """One sounding note: position and length in quarter-note beats."""

    start_beats: float
    duration_beats: float
    channel: int
    pitch: int
    velocity: int


@dataclass
class Score:
    """Notes at one tempo, with an instrument, a volume and a pan per channel."""

    tempo_bpm: float
    notes: list[Note] = field(default_factory=list)
    voices: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    bends: list[tuple[float, int, int]] = field(default_factory=list)

    def set_voice(self, channel: int, program: int, volume: int = 100, pan: int = 64) -> None:
        """Gives a channel its General MIDI program (0-based), volume (CC 7) and pan (CC 10)."""
        self.voices[channel] = (program, volume, pan)

    def add(self, channel: int, start: float, duration: float, pitch: int, velocity: float) -> None:
        """Adds a note; velocity is clamped to 1...127, a start before 0 moves to 0."""
        loudness = max(1, min(127, round(velocity)))
        self.notes.append(Note(max(0.0, start), max(0.02, duration), channel, pitch, loudness))

    def to_bytes(self) -> bytes:
        """The score as a type 0 Standard MIDI File. Equal scores give equal bytes."""
        events = [(0, 0, b"\xff\x51\x03" + round(60e6 / self.tempo_bpm).to_bytes(3, "big"))]
        for channel, (program, volume, pan) in sorted(self.voices.items()):
            for controller, value in ((7, volume), (10, pan)):
                events.append((0, 1, bytes((0xB0 | channel, controller, value))))
            events.append((0, 1, bytes((0xC0 | channel, program))))
        for beat, channel, value in self.bends:
            events.append((_ticks(beat), 2, bytes((0xE0 | channel, value & 0x7F, value >> 7))))
        for note, end_beats in _without_overlaps(self.notes):
            on = bytes((0x90 | note.channel, note.pitch, note.velocity))
            off = bytes((0x80 | note.channel, note.pitch, 0))
            start = _ticks(note.start_beats)
            events.append((start, 4, on))
            events.append((max(start + 1, _ticks(end_beats)), 3, off))
        return _file(sorted(events))


def _ticks(beats: float) -> int:
    return round(beats * TICKS_PER_BEAT)


def _without_overlaps(notes: list[Note]) -> list[tuple[Note, float]]:
    """Each note with its end, cut where the same key is struck again, so that no note-off hits a later note."""
    ordered = sorted(notes, key=lambda n: (n.channel, n.pitch, n.start_beats, n.velocity))
    ends = []
    for note, following in zip(ordered, [*ordered[1:], None]):
        end = note.start_beats + note.duration_beats
        if following and (following.channel, following.pitch) == (note.channel, note.pitch):
            end = min(end, following.start_beats)
        ends.append((note, end))
    return ends


def _file(events: list[tuple[int, int, bytes]]) -> bytes:
    track = bytearray()
    now = 0
    for tick, _, message in events:
        track += _variable_length(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS_PER_BEAT)
    return header + b"MTrk" + struct.pack(">I", len(track)) + bytes(track)


def _variable_length(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(0x80 | value & 0x7F)
    return bytes(reversed(groups))
