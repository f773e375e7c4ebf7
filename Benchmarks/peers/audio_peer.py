"""librosa, torchaudio and torchcodec: MP3 -> 22 050 Hz mono -> MFCC 128 x 431."""
import glob
import importlib.metadata

import protocol

RATE, SECONDS = 22050, 10


class Librosa:
    packages = ("librosa", "soundfile", "soxr", "numpy")

    def __init__(self):
        import librosa
        self.librosa = librosa

    def decode(self, path):
        return self.librosa.load(path, sr=RATE, mono=True, duration=SECONDS)[0]

    def mfcc(self, samples):
        return self.librosa.feature.mfcc(y=samples, sr=RATE, n_mfcc=128, n_fft=2048, hop_length=512)


class Torchaudio:
    packages = ("torchaudio", "torch", "torchcodec")

    def __init__(self, threads):
        import torch
        # torchaudio refuses another CUDA version than its own; no CUDA is used here.
        torch.version.cuda = None
        import torchaudio
        torch.set_num_threads(threads)
        self.torch, self.torchaudio = torch, torchaudio
        self.transform = torchaudio.transforms.MFCC(
            sample_rate=RATE, n_mfcc=128,
            melkwargs=dict(n_fft=2048, hop_length=512, n_mels=128, norm="slaney", mel_scale="slaney",
                           pad_mode="constant"))
        self.resample = torchaudio.transforms.Resample(44100, RATE)

    def decode(self, path):
        """torchaudio.load has read files through torchcodec since 2.9."""
        with self.torch.inference_mode():
            sound, _ = self.torchaudio.load(path, num_frames=SECONDS * 44100)
            return self.resample(sound.mean(0)).numpy()

    def mfcc(self, samples):
        with self.torch.inference_mode():
            return self.transform(self.torch.from_numpy(samples)).numpy()


class Torchcodec(Torchaudio):
    """torchcodec decodes and resamples, torchaudio computes the MFCC."""

    def decode(self, path):
        from torchcodec.decoders import AudioDecoder
        decoder = AudioDecoder(path, sample_rate=RATE, num_channels=1)
        return decoder.get_samples_played_in_range(0, SECONDS).data[0].numpy()


def main():
    options = protocol.arguments()
    tool = {"librosa": Librosa, "torchaudio": lambda: Torchaudio(options.threads),
            "torchcodec": lambda: Torchcodec(options.threads)}[options.tool]()
    clips = sorted(glob.glob(options.clips + "/*.mp3"))
    one = {"decode": tool.decode, "mfcc": tool.mfcc,
           "mp3-to-mfcc": lambda path: tool.mfcc(tool.decode(path))}[options.work]
    items = [tool.decode(path) for path in clips] if options.work == "mfcc" else clips
    first = one(items[0])

    def run_once():
        for item in items:
            one(item)
    protocol.serve(run_once, tool=options.tool, items=len(items), unit="clips", warm_up=options.warm_up,
                   check=(first.mean(), first.std()),
                   versions={name: importlib.metadata.version(name) for name in tool.packages})


if __name__ == "__main__":
    main()
