"""The invented ensembles: who plays, on what, how fast. An ensemble is a `group` of the manifest."""

from __future__ import annotations

from dataclasses import dataclass

FOLK = "Folk"
HIP_HOP = "Hip-Hop"

# General MIDI programs, 0-based.
PIANO, ELECTRIC_PIANO, ELECTRIC_PIANO_2, MUSIC_BOX, VIBRAPHONE, MARIMBA, DULCIMER = 0, 4, 5, 10, 11, 12, 15
ORGAN, REED_ORGAN, ACCORDION, HARMONICA = 16, 20, 21, 22
NYLON_GUITAR, STEEL_GUITAR, JAZZ_GUITAR, CLEAN_GUITAR, MUTED_GUITAR = 24, 25, 26, 27, 28
ACOUSTIC_BASS, FINGER_BASS, SYNTH_BASS, SYNTH_BASS_2 = 32, 33, 38, 39
VIOLIN, CELLO, HARP, STRINGS, SYNTH_STRINGS = 40, 42, 46, 48, 50
CHOIR, SYNTH_VOICE, ORCHESTRA_HIT, TRUMPET, MUTED_TRUMPET, BRASS = 52, 54, 55, 56, 59, 61
TENOR_SAX, CLARINET, FLUTE, RECORDER, PAN_FLUTE, WHISTLE = 66, 71, 73, 74, 75, 78
SAW_LEAD, VOICE_LEAD, WARM_PAD, SWEEP_PAD = 81, 85, 89, 95
SITAR, BANJO, KALIMBA, BAGPIPE, FIDDLE = 104, 105, 108, 109, 110

# Drum kits (programs of the drum channel).
STANDARD_KIT, ROOM_KIT, POWER_KIT, ELECTRONIC_KIT, TR808_KIT = 0, 8, 16, 24, 25


@dataclass(frozen=True)
class Ensemble:
    """An invented artist.

    `leads` carry melodies (Folk) or the stab and counter-line (Hip-Hop); `chords` pick, strum or make the sampled
    loop; `pad`, `bass` and `kit` are absent where None. `tempo_bpm` is the range that clips draw from.
    """

    name: str
    label: str
    styles: tuple[str, ...]
    tempo_bpm: tuple[int, int]
    modes: tuple[str, ...]
    leads: tuple[int, ...]
    chords: tuple[int, ...]
    bass: int | None = None
    pad: int | None = None
    kit: int | None = None

    @property
    def slug(self) -> str:
        """The name as it stands in paths and in the manifest's `group` column."""
        return "".join(c if c.isalnum() else "-" for c in self.name.lower().replace("'", ""))


def _folk(name: str, styles: str, tempo: tuple[int, int], modes: str, leads: tuple[int, ...],
          chords: tuple[int, ...], bass: int | None = None, pad: int | None = None,
          kit: int | None = None) -> Ensemble:
    return Ensemble(name, FOLK, tuple(styles.split()), tempo, tuple(modes.split()), leads, chords, bass, pad, kit)


def _hip_hop(name: str, styles: str, tempo: tuple[int, int], modes: str, leads: tuple[int, ...],
             chords: tuple[int, ...], bass: int, kit: int, pad: int | None = None) -> Ensemble:
    return Ensemble(name, HIP_HOP, tuple(styles.split()), tempo, tuple(modes.split()), leads, chords, bass, pad, kit)


ENSEMBLES: tuple[Ensemble, ...] = (
    _folk("Alder Hill Trio", "ballad waltz", (76, 104), "ionian dorian", (FIDDLE,), (STEEL_GUITAR,), ACOUSTIC_BASS),
    _folk("Barley Row Ceilidh Band", "jig reel", (156, 192), "dorian mixolydian", (ACCORDION, FIDDLE),
          (STEEL_GUITAR,), ACOUSTIC_BASS, kit=STANDARD_KIT),
    _folk("Copper Kettle Boys", "reel", (168, 208), "ionian mixolydian", (BANJO, FIDDLE), (STEEL_GUITAR, BANJO),
          ACOUSTIC_BASS),
    _folk("Dunmere Sisters", "ballad air", (64, 88), "ionian aeolian", (CHOIR, FLUTE), (HARP, NYLON_GUITAR)),
    _folk("Eel Pie Pickers", "ballad", (88, 120), "ionian mixolydian", (HARMONICA,), (STEEL_GUITAR,), ACOUSTIC_BASS,
          kit=ROOM_KIT),
    _folk("Fern Gully Duo", "waltz ballad", (84, 120), "aeolian dorian", (CLARINET, FLUTE), (NYLON_GUITAR,)),
    _folk("Grey Heron Consort", "jig air", (64, 150), "dorian aeolian", (RECORDER, VIOLIN), (DULCIMER, HARP), CELLO),
    _folk("Hob and Lantern", "ballad", (70, 96), "aeolian dorian", (WHISTLE, CELLO), (NYLON_GUITAR, STEEL_GUITAR),
          pad=REED_ORGAN),
    _folk("Inchmoor Pipes", "jig reel air", (66, 168), "mixolydian", (BAGPIPE, WHISTLE), (NYLON_GUITAR,),
          pad=ACCORDION, kit=ROOM_KIT),
    _folk("Juniper Dulcimer Circle", "waltz reel", (96, 160), "ionian mixolydian", (DULCIMER, PAN_FLUTE),
          (DULCIMER, STEEL_GUITAR), ACOUSTIC_BASS),
    _folk("Kitchen Door Session", "reel jig", (152, 188), "dorian ionian", (FLUTE, FIDDLE), (NYLON_GUITAR, BANJO),
          kit=STANDARD_KIT),
    _folk("Larch Street Troubadour", "ballad", (72, 108), "ionian aeolian", (CHOIR,), (STEEL_GUITAR, CLEAN_GUITAR),
          FINGER_BASS, kit=STANDARD_KIT),
    _folk("Millrace Musette", "waltz", (132, 176), "aeolian ionian", (ACCORDION,), (JAZZ_GUITAR, NYLON_GUITAR),
          ACOUSTIC_BASS),
    _folk("Nettle and Rye", "waltz jig", (110, 160), "dorian", (FIDDLE, HARMONICA), (PIANO, STEEL_GUITAR), CELLO),
    _folk("Old Orchard Singers", "air ballad", (60, 84), "ionian dorian", (CHOIR, CLARINET), (PIANO, HARP),
          pad=STRINGS),
    _hip_hop("Asphalt Almanac", "boombap", (86, 96), "aeolian dorian", (MUTED_TRUMPET,), (ELECTRIC_PIANO,),
             ACOUSTIC_BASS, STANDARD_KIT),
    _hip_hop("Basement Meridian", "boombap lofi", (76, 92), "dorian", (VIBRAPHONE, FLUTE), (JAZZ_GUITAR, PIANO),
             FINGER_BASS, ROOM_KIT),
    _hip_hop("Cipher Nine", "trap", (130, 146), "aeolian phrygian", (SAW_LEAD,), (MUSIC_BOX, PIANO), SYNTH_BASS_2,
             TR808_KIT, SWEEP_PAD),
    _hip_hop("Delta Terrace", "drill", (138, 146), "phrygian aeolian", (CHOIR,), (PIANO, STRINGS), SYNTH_BASS,
             TR808_KIT),
    _hip_hop("Eastlight Crew", "boombap", (90, 100), "aeolian", (BRASS, ORCHESTRA_HIT), (STRINGS, ORGAN),
             FINGER_BASS, POWER_KIT),
    _hip_hop("Fader Garden", "lofi", (68, 84), "dorian ionian", (KALIMBA, FLUTE), (ELECTRIC_PIANO_2, NYLON_GUITAR),
             ACOUSTIC_BASS, ROOM_KIT),
    _hip_hop("Ghost Turnstile", "trap drill", (132, 150), "aeolian", (FLUTE, PAN_FLUTE), (HARP, CLEAN_GUITAR),
             SYNTH_BASS_2, TR808_KIT),
    _hip_hop("Harbour Static", "lofi boombap", (72, 90), "aeolian dorian", (TENOR_SAX, VIOLIN), (PIANO, JAZZ_GUITAR),
             ACOUSTIC_BASS, STANDARD_KIT, WARM_PAD),
    _hip_hop("Indigo Ledger", "westcoast", (90, 102), "aeolian", (SAW_LEAD,), (ELECTRIC_PIANO, MUTED_GUITAR),
             SYNTH_BASS, ELECTRONIC_KIT, SYNTH_STRINGS),
    _hip_hop("Jukebox Parallax", "boombap", (84, 98), "mixolydian dorian", (TRUMPET, TENOR_SAX), (ORGAN, CLEAN_GUITAR),
             FINGER_BASS, STANDARD_KIT),
    _hip_hop("Kilowatt Proverb", "trap", (136, 152), "phrygian aeolian", (SITAR,), (MARIMBA, STRINGS), SYNTH_BASS,
             ELECTRONIC_KIT),
    _hip_hop("Lowtide Syndicate", "westcoast boombap", (88, 100), "dorian aeolian", (SAW_LEAD, CLARINET),
             (CLEAN_GUITAR, ELECTRIC_PIANO_2), SYNTH_BASS_2, POWER_KIT),
    _hip_hop("Mezzanine Fox", "lofi", (70, 88), "ionian aeolian", (MUSIC_BOX, CELLO), (NYLON_GUITAR, ELECTRIC_PIANO),
             FINGER_BASS, ROOM_KIT, WARM_PAD),
    _hip_hop("Night Bus Theory", "trap lofi", (78, 140), "aeolian", (VIOLIN, CHOIR), (ELECTRIC_PIANO, HARP),
             SYNTH_BASS_2, TR808_KIT, SYNTH_STRINGS),
    _hip_hop("Oblique Tenant", "boombap drill", (88, 142), "dorian phrygian", (ORCHESTRA_HIT, RECORDER),
             (STEEL_GUITAR, VIBRAPHONE), SYNTH_BASS, ELECTRONIC_KIT),
)
