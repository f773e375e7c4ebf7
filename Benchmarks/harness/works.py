"""What is measured: each work's key, our command, and the peers' candidate settings."""
import dataclasses
import fnmatch

from . import places

# Without these glibc hands large blocks back after each step, and touching them anew is dear.
KEEP = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "1000000000000", "MALLOC_TOP_PAD_": "67108864"}
NETWORKS = ("three-block", "16-32-64", "32-64-128")


@dataclasses.dataclass
class Candidate:
    """One setting of a peer."""
    label: str
    argv: list
    environment: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Work:
    """Ours against peers: `peers` maps a tool's name to its candidates, the usually fastest first."""
    key: str
    ours: list
    peers: dict
    threads: int = 1
    bind: str = "omp"
    quick: bool = False
    # Works of one family share the audition's winner.
    family: str = ""


def _python(script, *arguments):
    return [places.PYTHON, places.BENCHMARKS / "peers" / script, *arguments]


def _audio(work, tools, quick=True):
    peers = {tool: [Candidate("default", _python("audio_peer.py", work, "--tool", tool, "--clips", places.CLIPS)),
                    Candidate("kept memory", _python("audio_peer.py", work, "--tool", tool, "--clips",
                                                     places.CLIPS), KEEP)] for tool in tools}
    if work != "mfcc":
        peers["limit"] = [Candidate("C", [places.LIMIT, work, "--clips", places.CLIPS])]
    return Work(work, [places.OURS, work, "--clips", places.CLIPS], peers, quick=quick)


def _torch(work, network, threads, precision, settings, method=""):
    """`settings`: (layout, compile, kept memory)."""
    result = []
    for layout, compiled, kept in settings:
        label = " ".join(filter(None, [layout, compiled, "kept memory" if kept else ""]))
        arguments = ["--network", network, "--threads", threads, "--precision", precision, "--layout", layout,
                     "--compile", compiled, "--method", method]
        result.append(Candidate(label, _python("torch_peer.py", work, *arguments), KEEP if kept else {}))
    return result


def _tensorflow(work, network, threads, precision, settings=("function", "xla")):
    return [Candidate(f"{setting} kept memory" if kept else setting,
                      _python("tensorflow_peer.py", work, "--network", network, "--threads", threads,
                              "--precision", precision, "--compile", setting), KEEP if kept else {})
            for kept in (True, False) for setting in settings]


def _ours(work, network, threads, precision="f32"):
    return [places.OURS, work, "--network", network, "--threads", threads, "--precision", precision]


def _train(network, threads, precision):
    settings = [("nhwc", "", True), ("nhwc", "compile", True), ("nchw", "", True), ("nhwc", "", False),
                ("nhwc", "compile", False)]
    peers = {"pytorch": _torch("train", network, threads, precision, settings),
             "tensorflow": _tensorflow("train", network, threads, precision)}
    if network == "three-block" and precision == "f32":
        peers["pytorch-fused-by-hand"] = _torch("train", network, threads, precision, settings[:2],
                                                "fused-by-hand")
    prefix = "train-" if precision == "f32" else f"train-{precision}-"
    return Work(f"{prefix}{network}-{threads}", _ours("train", network, threads, precision), peers, threads,
                quick=threads == 2 and precision == "f32", family=f"{prefix}{network}")


def _infer(network, threads):
    settings = [("nhwc", "compile", True), ("nhwc", "freeze", True), ("nhwc", "", True), ("nhwc", "compile", False)]
    peers = {"pytorch": _torch("infer", network, threads, "f32", settings),
             "tensorflow": _tensorflow("infer", network, threads, "f32")}
    return Work(f"infer-{network}-{threads}", _ours("infer", network, threads), peers, threads,
                quick=network == "16-32-64" and threads == 2, family=f"infer-{network}")


def _grad_cam(network, threads):
    eager = [("nchw", "", True), ("nhwc", "", True)]
    peers = {"tensorflow": _tensorflow("grad-cam", network, threads, "f32"),
             "pytorch-grad-cam": _torch("grad-cam", network, threads, "f32", eager, "grad-cam"),
             "captum": _torch("grad-cam", network, threads, "f32", eager, "captum")}
    return Work(f"grad-cam-{network}-{threads}", _ours("grad-cam", network, threads), peers, threads,
                quick=network == "16-32-64" and threads == 1)


def _relevance(composite, threads):
    arguments = ["relevance", "--threads", threads, "--method", composite]
    peers = {"zennit": [Candidate(f"{layout} kept memory", _python("zennit_peer.py", *arguments, "--layout", layout), KEEP)
                        for layout in ("nchw", "nhwc")]}
    return Work(f"{composite}-vgg-16-{threads}", [places.OURS, *arguments], peers, threads)


def _faithfulness(measure, tools, threads=2):
    arguments = ["faithfulness", "--threads", threads, "--method", measure]
    peers = {tool: [Candidate("kept memory", [places.FAITHFULNESS_PYTHON, places.BENCHMARKS / "peers/faithfulness_peer.py",
                                              *arguments, "--tool", tool, "--warm-up", 1], KEEP)] for tool in tools}
    return Work(f"faithfulness-{measure}-{threads}", [places.OURS, *arguments, "--warm-up", 1], peers, threads)


# Network, batch, and further options of both sides.
KNOWN = (("resnet-50", 1, ""), ("resnet-50", 16, ""), ("vgg-16", 1, ""), ("transformer", 16, ""),
         ("transformer", 16, "no-dropout"), ("gru-32-32", 16, ""), ("gru-128-256", 16, ""),
         ("musicnn", 1, ""), ("musicnn", 16, ""), ("self-attention-tagger", 16, ""))


def _known(work, network, batch, method, threads=2):
    """Inference and training of known architectures; dropout makes no difference to inference."""
    options = ["--network", network, "--threads", threads, "--batch", batch, "--method", method]

    def candidate(layout, compiled, tool="pytorch"):
        label = " ".join(filter(None, [layout, compiled, "kept memory"]))
        return Candidate(label, _python("torch_peer.py", f"{work}-known", *options, "--tool", tool, "--layout", layout,
                                        "--compile", compiled), KEEP)

    layouts = ("nhwc", "nchw") if network in ("resnet-50", "vgg-16") else ("",)
    peers = {"pytorch": [candidate(layout, "") for layout in layouts]}
    # TorchInductor leaves recurrent layers as they are.
    if not network.startswith("gru"):
        kinds = ("freeze", "compile") if work == "infer" else ("compile",)
        peers["pytorch-compiled"] = [candidate(layout, kind) for kind in kinds for layout in layouts]
    if work == "infer":
        peers["onnxruntime"] = [candidate("", "", "onnxruntime")]
    end = f"-{method}" if method else ""
    return Work(f"{work}-{network}-batch-{batch}{end}-{threads}", [places.OURS, f"{work}-known", *options], peers, threads)


def _scaling():
    """Ours with two threads against ours with one: the ratio is the gain."""
    extract = [places.OURS, "extract", "--clips", places.CLIPS, "--passes", 3]
    one = Candidate("one", [*extract, "--threads", 1, "--output", places.RESULTS / "one.npy"])
    yield Work("scaling-mp3-to-mfcc", [*extract, "--output", places.RESULTS / "two.npy"],
               {"genrelens-1": [one]}, 2, bind="while-running")
    for network in NETWORKS:
        yield Work(f"scaling-train-{network}", _ours("train", network, 2),
                   {"genrelens-1": [Candidate("one", _ours("train", network, 1))]}, 2)


def pair_works():
    """Two threads first: their audition serves one thread too."""
    works = [_audio("decode", ("librosa", "torchcodec", "torchaudio")), _audio("mfcc", ("librosa", "torchaudio")),
             _audio("mp3-to-mfcc", ("librosa", "torchcodec"))]
    works += [_train(network, threads, precision) for precision in ("f32", "bf16") for network in NETWORKS
              for threads in (2, 1)]
    works += [_infer("16-32-64", 2), _infer("16-32-64", 1), _infer("three-block", 2), _infer("three-block", 1)]
    works += [_grad_cam(network, threads) for network in ("16-32-64", "three-block") for threads in (2, 1)]
    works += [_relevance("epsilon-plus", threads) for threads in (2, 1)]
    works += [_faithfulness("road", ("pytorch-grad-cam", "quantus")), _faithfulness("masking", ("pytorch-grad-cam",))]
    works += [_faithfulness(measure, ("quantus",)) for measure in ("curves", "sensitivity", "randomization", "localization")]
    works += [_known(work, *network) for work in ("infer", "train") for network in KNOWN
              if work == "train" or not network[2]]
    return works + list(_scaling())


def memory_work(network):
    """Training at the tools' own malloc settings, one thread."""
    peers = {"pytorch": _torch("train", network, 1, "f32", [("nhwc", "", False)]),
             "tensorflow": [dataclasses.replace(c, label="function", environment={})
                            for c in _tensorflow("train", network, 1, "f32", ("function",))[:1]]}
    return Work(f"memory-train-{network}", _ours("train", network, 1), peers)


def matches(key, patterns):
    return not patterns or any(fnmatch.fnmatchcase(key, pattern) for pattern in patterns)
