"""What other people's front ends compute, by their own libraries or described anew from their sources.

Each function takes float32 samples of one window, at the front end's rate, and returns a map of rows x frames. Used by
generate_front_ends.py and Scripts/compare-front-ends.py. Needs what a front end was written with: librosa, torch and torchaudio,
torchlibrosa, tensorflow, essentia; each is imported by the functions that use it.
"""
import numpy as np


def librosa_mel(y, rate):
    import librosa

    # librosa mirrored the ends until 0.10; the networks are older.
    return librosa.feature.melspectrogram(
        y=y, sr=rate, n_fft=512, hop_length=256, n_mels=96, pad_mode="reflect")


def musicnn(y):
    """musicnn/extractor.py, batch_data, without the rounding to float16."""
    return np.log10(10000 * librosa_mel(y, 16000) + 1)


def musicnn_half(y):
    """The same with it."""
    with np.errstate(over="ignore"):
        return np.log10(10000 * librosa_mel(y, 16000).astype(np.float16) + 1).astype(np.float32)


def essentia_musicnn(y):
    """TensorflowInputMusiCNN on centred frames, as TensorflowPredictMusiCNN cuts them."""
    import essentia.standard as es

    bands = es.TensorflowInputMusiCNN()
    frames = es.FrameGenerator(y, frameSize=512, hopSize=256, startFromZero=False)
    return np.array([bands(frame) for frame in frames]).T[:, : 1 + len(y) // 256]


def won_tagger(y):
    """sota-music-tagging-models/training/model.py: FCN, CRNN, Musicnn."""
    import torch
    import torchaudio

    mel = torchaudio.transforms.MelSpectrogram(sample_rate=16000, n_fft=512, f_min=0.0, f_max=8000.0, n_mels=96)
    return torchaudio.transforms.AmplitudeToDB()(mel(torch.from_numpy(y)[None]))[0].numpy()


def self_attention_tagger(y):
    """self-attention-music-tagging/preprocessing: amplitude_to_db of a power."""
    import librosa

    return librosa.amplitude_to_db(librosa_mel(y, 16000))


def choi(y):
    """music-auto_tagging-keras/audio_processor.py: logamplitude of melspectrogram ** 2."""
    import librosa

    return librosa.power_to_db(librosa_mel(y, 12000) ** 2, ref=1.0)


def speech_mel_matrix(bands, low, high):
    """mel_table.SpectrogramToMelMatrix of kws_streaming, mel_features.spectrogram_to_mel_matrix of VGGish: 257 x bands."""
    def mel(hz):
        return 1127.0 * np.log(1.0 + hz / 700.0)

    places = mel(np.linspace(0.0, 8000.0, 257))
    edges = np.linspace(mel(low), mel(high), bands + 2)
    matrix = np.empty((257, bands))
    for band in range(bands):
        lower, center, upper = edges[band:band + 3]
        rising, falling = (places - lower) / (center - lower), (upper - places) / (upper - center)
        matrix[:, band] = np.maximum(0.0, np.minimum(rising, falling))
    matrix[0, :] = 0.0
    return matrix


def frames_inside(y, length, hop):
    return np.lib.stride_tricks.sliding_window_view(y, length)[::hop]


def kwt_log_mel(y):
    """kws_streaming's SpeechFeatures, mfcc_tf, with the flags of KWT-1; before the DCT."""
    frames = frames_inside(y, 480, 160)
    window = (0.5 - 0.5 * np.cos(2 * np.pi / 480 * np.arange(480))).astype(np.float32)
    angles = 2.0 * np.pi * np.outer(np.arange(480), np.arange(257)) / 512
    real = (frames * window) @ np.cos(angles).astype(np.float32)
    imaginary = (frames * window) @ -np.sin(angles).astype(np.float32)
    magnitude = np.sqrt(real * real + imaginary * imaginary)
    return np.log(np.maximum(magnitude @ speech_mel_matrix(80, 20.0, 7600.0).astype(np.float32), 1e-12)).T


def kwt(y):
    """The same with kws_streaming's DCT."""
    matrix = 2.0 * np.cos(np.pi * np.outer(np.arange(80) * 2.0 + 1.0, np.arange(80)) / 160.0)
    return ((matrix[:, :40] / np.sqrt(160.0)).astype(np.float32)).T @ kwt_log_mel(y)


def vggish(y):
    """mel_features.log_mel_spectrogram of VGGish, in float64 as there."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi / 400 * np.arange(400))
    magnitude = np.abs(np.fft.rfft(frames_inside(y.astype(np.float64), 400, 160) * window, 512))
    return np.log(magnitude @ speech_mel_matrix(64, 125.0, 7500.0) + 0.01).T


def yamnet(y):
    """yamnet/features.py, waveform_to_log_mel_spectrogram_patches."""
    import tensorflow as tf

    magnitude = tf.abs(tf.signal.stft(signals=y, frame_length=400, frame_step=160, fft_length=512))
    matrix = tf.signal.linear_to_mel_weight_matrix(
        num_mel_bins=64, num_spectrogram_bins=257, sample_rate=16000, lower_edge_hertz=125.0,
        upper_edge_hertz=7500.0)
    return tf.math.log(tf.matmul(magnitude, matrix) + 0.001).numpy().T


def panns(y):
    """audioset_tagging_cnn/pytorch/models.py: Cnn14 at 32 kHz."""
    import torch
    from torchlibrosa.stft import LogmelFilterBank, Spectrogram

    spectrogram = Spectrogram(
        n_fft=1024, hop_length=320, win_length=1024, window="hann", center=True, pad_mode="reflect")
    bands = LogmelFilterBank(
        sr=32000, n_fft=1024, n_mels=64, fmin=50, fmax=14000, ref=1.0, amin=1e-10, top_db=None)
    with torch.no_grad():
        return bands(spectrogram(torch.from_numpy(y)[None]))[0, 0].numpy().T


def kaldi(y, window, bands):
    import torch
    import torchaudio

    return torchaudio.compliance.kaldi.fbank(
        torch.from_numpy(y)[None], htk_compat=True, sample_frequency=16000, use_energy=False, window_type=window,
        num_mel_bins=bands, dither=0.0, frame_shift=10).numpy().T


def kaldi_ast(y):
    """ast/src/dataloader.py, _wav2fbank."""
    return kaldi(y - y.mean(), "hanning", 128)


def librosa_bands(y, **settings):
    import librosa

    return librosa.feature.melspectrogram(y=y, **settings)


def librosa_whisper(y):
    """Frames of 400, mirrored ends, log10 of at least 1e-10 (the front end of Whisper before it is cut and scaled)."""
    mel = librosa_bands(y, sr=16000, n_fft=400, hop_length=160, n_mels=40, pad_mode="reflect")
    return np.log10(np.maximum(mel, 1e-10))


def librosa_log1p(y):
    mel = librosa_bands(y, sr=16000, n_fft=1000, hop_length=300, win_length=601, window="blackman", pad_mode="edge",
                        n_mels=32, fmin=40, fmax=7600, htk=True, power=1.0)
    return np.log1p(1000 * mel)


def librosa_uncentered(y):
    import librosa
    import scipy.signal

    mel = librosa_bands(y, sr=22050, n_fft=1024, hop_length=256, win_length=800,
                        window=scipy.signal.get_window("hamming", 800, fftbins=False), center=False, n_mels=24, norm=1)
    return librosa.power_to_db(mel, ref=0.01, amin=1e-8, top_db=50)


def librosa_loudest(y):
    import librosa
    import scipy.signal

    mel = librosa_bands(y, sr=22050, n_fft=2048, hop_length=512, window=scipy.signal.get_window("blackman", 2048, fftbins=False),
                        pad_mode="symmetric", n_mels=24, norm=2)
    return librosa.power_to_db(mel, ref=np.max)


def librosa_odd(y):
    mel = librosa_bands(y, sr=8000, n_fft=511, hop_length=600, window="boxcar", n_mels=24, norm=np.inf)
    return np.log10(mel + 1e-3)


def librosa_amplitude(y):
    import librosa

    mel = librosa_bands(y, sr=44100, n_fft=1764, hop_length=441, n_mels=32, fmax=16000, power=1.0)
    return librosa.amplitude_to_db(mel, ref=np.max, amin=1e-4, top_db=45)


def librosa_mfcc(y):
    import librosa

    mel = librosa_bands(y, sr=16000, n_fft=640, hop_length=320, n_mels=40, pad_mode="reflect", htk=True, norm=None)
    return librosa.feature.mfcc(S=np.log(mel + 1e-4), n_mfcc=13)


# Front ends by librosa of which nothing is a preset: our settings, function. Together they have every window, framing, norm and
# logarithm that the presets do not have.
LIBROSA = {
    "librosa-whisper": (
        {"kind": "logMel", "sampleRateHz": 16000, "sampleCount": 16000, "fftLength": 400, "hopLength": 160,
         "melBandCount": 40, "framing": "mirrored", "logarithm": "log10(max(x, 1e-10))"}, librosa_whisper),
    "librosa-log1p": (
        {"kind": "logMel", "sampleRateHz": 16000, "sampleCount": 16000, "fftLength": 1000, "hopLength": 300,
         "windowLength": 601, "window": "blackman", "framing": "repeated", "melBandCount": 32, "minimumHz": 40,
         "maximumHz": 7600, "melScale": "htk", "spectrum": "magnitude", "logarithm": "ln(1 + 1000 x)"}, librosa_log1p),
    "librosa-uncentered": (
        {"kind": "melDecibels", "sampleRateHz": 22050, "sampleCount": 22050, "fftLength": 1024, "hopLength": 256,
         "windowLength": 800, "window": "symmetricHamming", "framing": "uncentered", "melBandCount": 24, "melNorm": "sum",
         "logarithm": "10 log10(max(x, 1e-08) / 0.01)", "topDecibels": 50}, librosa_uncentered),
    "librosa-loudest": (
        {"kind": "melDecibels", "sampleRateHz": 22050, "sampleCount": 22050, "window": "symmetricBlackman",
         "framing": "symmetric", "melBandCount": 24, "melNorm": "euclidean", "logarithm": "10 log10(max(x, 1e-10) / loudest)"},
        librosa_loudest),
    "librosa-odd": (
        {"kind": "logMel", "sampleRateHz": 8000, "sampleCount": 12000, "fftLength": 511, "hopLength": 600,
         "window": "rectangular", "melBandCount": 24, "melNorm": "maximum", "logarithm": "log10(x + 0.001)"}, librosa_odd),
    "librosa-amplitude": (
        {"kind": "melDecibels", "sampleRateHz": 44100, "sampleCount": 22050, "fftLength": 1764, "hopLength": 441,
         "melBandCount": 32, "maximumHz": 16000, "spectrum": "magnitude", "logarithm": "20 log10(max(x, 0.0001) / loudest)",
         "topDecibels": 45}, librosa_amplitude),
    "librosa-mfcc13": (
        {"kind": "mfcc", "binCount": 13, "sampleRateHz": 16000, "sampleCount": 16000, "fftLength": 640, "hopLength": 320,
         "melBandCount": 40, "framing": "mirrored", "melScale": "htk", "melNorm": "none", "logarithm": "ln(x + 0.0001)"},
        librosa_mfcc),
}
for _settings, _ in LIBROSA.values():
    _settings.setdefault("binCount", _settings["melBandCount"])

# Name, rate, samples of a window, function.
FRONT_ENDS = [
    ("musicnn", 16000, 187 * 256 - 1, musicnn),
    ("essentia-musicnn", 16000, 187 * 256 - 1, essentia_musicnn),
    ("won-tagger", 16000, 29 * 16000, won_tagger),
    ("won-musicnn", 16000, 3 * 16000, won_tagger),
    ("self-attention-tagger", 16000, 256 * 256 - 1, self_attention_tagger),
    ("choi", 12000, 1365 * 256, choi),
    ("kwt", 16000, 16000, kwt),
    ("vggish", 16000, 15600, vggish),
    ("yamnet", 16000, 15600, yamnet),
    ("panns", 32000, 320000, panns),
    ("kaldi-ast", 16000, 1023 * 160 + 400, kaldi_ast),
]
