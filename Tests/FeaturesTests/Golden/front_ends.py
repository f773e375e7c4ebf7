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
