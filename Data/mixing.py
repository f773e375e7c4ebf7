"""From a MIDI file to a mixed MP3: fluidsynth renders, numpy colours and levels, lame encodes."""

from __future__ import annotations

import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SAMPLE_RATE_HZ = 44_100
LOUDEST_RMS_DBFS = -15.0
CEILING = 0.84
EDGE_FADE_S = 0.005


@dataclass(frozen=True)
class Mix:
    """How a clip sounds apart from its notes. Both classes draw these from the same distributions."""

    reverb_room: float
    tilt_db_per_octave: float
    lowpass_hz: int
    highpass_hz: int
    noise_kind: str
    noise_db: float
    gain_db: float
    channels: int
    encoding: str


def render(midi: Path, sound_font: Path, mix: Mix, start_s: float, duration_s: float) -> np.ndarray:
    """Renders a MIDI file and returns float samples [frames, 2] of the excerpt."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "render.raw"
        subprocess.run(
            ["fluidsynth", "-ni", "-q", "-r", str(SAMPLE_RATE_HZ), "-g", "0.4", "-C", "0", "-R", "1",
             "-o", f"synth.reverb.room-size={mix.reverb_room}", "-o", "synth.reverb.level=0.5",
             "-o", "synth.dynamic-sample-loading=1", "-O", "float", "-E", "little", "-T", "raw", "-F", str(raw),
             str(sound_font), str(midi)],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        samples = np.fromfile(raw, dtype="<f4").astype(np.float64).reshape(-1, 2)
    first = round(start_s * SAMPLE_RATE_HZ)
    excerpt: np.ndarray = samples[first:first + round(duration_s * SAMPLE_RATE_HZ)]
    if len(excerpt) < round(duration_s * SAMPLE_RATE_HZ):
        raise ValueError(f"{midi}: the render ends {start_s + duration_s:.1f} s in or earlier; write more bars")
    return excerpt


def mix_down(samples: np.ndarray, mix: Mix, rng: np.random.Generator) -> np.ndarray:
    """Colours, adds noise, sets the level and limits; returns [frames, channels] within +-CEILING."""
    if mix.channels == 1:
        samples = samples.mean(axis=1, keepdims=True)
    samples = _filtered(samples, mix)
    samples = samples / _rms(samples)
    noise = _noise(mix.noise_kind, len(samples), rng)[:, None]
    samples = samples + noise * 10 ** (mix.noise_db / 20)
    level_db = LOUDEST_RMS_DBFS + mix.gain_db
    samples = _limited(samples / _rms(samples) * 10 ** (level_db / 20))
    return samples * _edge_fade(len(samples))[:, None]


def encode(samples: np.ndarray, path: Path, encoding: str, tags: dict[str, str]) -> None:
    """Writes an MP3 with ID3 tags. `encoding` is cbr-<kbit/s>, abr-<kbit/s> or vbr-<lame quality>."""
    kind, value = encoding.split("-")
    rate = {"cbr": ["--cbr", "-b", value], "abr": ["--abr", value], "vbr": ["-V", value]}[kind]
    mode = ["-m", "m"] if samples.shape[1] == 1 else ["-m", "j"]
    names = {"title": "--tt", "artist": "--ta", "album": "--tl", "genre": "--tg", "comment": "--tc"}
    labels = [argument for name, text in tags.items() for argument in (names[name], text)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        pcm = Path(folder) / "mix.wav"
        _write_wave(samples, pcm)
        subprocess.run(["lame", "--quiet", "-q", "2", *rate, *mode, "--resample", "44.1", "--noreplaygain",
                        "--add-id3v2", *labels, str(pcm), str(path)], check=True)


def _filtered(samples: np.ndarray, mix: Mix) -> np.ndarray:
    """A tilt about 1 kHz and Butterworth-like edges (12 dB per octave), as one zero-phase filter."""
    size = 2 * len(samples)
    hz = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ), 1.0)
    octaves = np.clip(np.log2(hz / 1000), -4, 4)
    response = 10 ** (mix.tilt_db_per_octave * octaves / 20)
    response /= np.sqrt(1 + (hz / mix.lowpass_hz) ** 4) * np.sqrt(1 + (mix.highpass_hz / hz) ** 4)
    spectrum = np.fft.rfft(samples, size, axis=0) * response[:, None]
    return np.fft.irfft(spectrum, size, axis=0)[:len(samples)]


def _noise(kind: str, frames: int, rng: np.random.Generator) -> np.ndarray:
    """Noise of unit RMS: `hiss` (white), `room` (brown-like), `vinyl` (hiss, rumble and crackle), or silence."""
    if kind == "none":
        return np.zeros(frames)
    white = rng.standard_normal(frames)
    hz = np.maximum(np.fft.rfftfreq(frames, 1 / SAMPLE_RATE_HZ), 20.0)
    brown = np.fft.irfft(np.fft.rfft(rng.standard_normal(frames)) / hz, frames)
    brown /= _rms(brown)
    if kind == "hiss":
        return white
    if kind == "room":
        return brown
    clicks = np.where(rng.random(frames) < 12 / SAMPLE_RATE_HZ, rng.standard_normal(frames), 0.0)
    decay = np.exp(-np.arange(120) / 18) * np.cos(np.arange(120) * 0.9)
    crackle = np.convolve(clicks, decay)[:frames]
    mixed = 0.4 * white + 0.6 * brown + 0.9 * crackle / max(_rms(crackle), 1e-9)
    return mixed / _rms(mixed)


def _rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def _limited(samples: np.ndarray) -> np.ndarray:
    """Linear up to half the ceiling, above it a tanh knee that never passes the ceiling."""
    knee = CEILING / 2
    excess = np.abs(samples) - knee
    bent = knee + knee * np.tanh(excess / knee)
    return np.where(excess > 0, np.sign(samples) * bent, samples)


def _edge_fade(frames: int) -> np.ndarray:
    length = round(EDGE_FADE_S * SAMPLE_RATE_HZ)
    fade = np.ones(frames)
    fade[:length] = np.linspace(0, 1, length)
    fade[-length:] = np.linspace(1, 0, length)
    return fade


def _write_wave(samples: np.ndarray, path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
