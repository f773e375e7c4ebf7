"""Makes the expected values of the catalogue's networks for audio, in float64.

    python3 Tests/NetworksTests/Golden/generate_audio.py [NAME ...]

Weights and inputs are those of `formula_weights.py`, so a file holds only `output`, `activation` and `gradient` (of the first
logit) at one layer in the middle, and the attention of the last layer for networks that have it. The networks are in
`audio_networks.py`.
"""

import pathlib
import sys

import torch
from audio_networks import KeywordTransformer, MusicCRNN, MusicFCN, Musicnn, MusicVGG, SelfAttentionTagger
from formula_weights import fill, image
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent

# The model, the module whose value is observed, the shape of the input, the scale of norms.
CASES = {
    "self-attention-tagger": (lambda: SelfAttentionTagger(96, 2, 16, 512, 2, 8, 2048, False), "long1.conv", [1, 1, 96, 40], 1),
    "self-attention-tagger-small": (lambda: SelfAttentionTagger(20, 3, 2, 16, 2, 4, 24, True), "tall4.conv", [2, 1, 20, 130], 1),
    "musicnn-pons": (lambda: Musicnn(24, 5, 6, 4, 5, 7, False), "middle1.conv", [2, 1, 24, 40], 1),
    "musicnn-won": (lambda: Musicnn(24, 5, 6, 4, 5, 7, True), "middle2.conv", [2, 1, 24, 41], 1),
    "music-vgg": (lambda: MusicVGG(8, 5, 4), "block3.norm", [2, 1, 72, 140], 1),
    "music-fcn": (lambda: MusicFCN(5, 4, [(2, 4), (2, 4), (2, 4), (3, 5), (4, 4)], 4), "block4.conv", [1, 1, 96, 1813], 1),
    "music-fcn-small": (lambda: MusicFCN(5, 4, [(2, 4), (2, 4), (2, 4), (2, 2), (1, 1)], 4), "block3.conv", [2, 1, 20, 130], 1),
    "music-crnn-won": (lambda: MusicCRNN(5, 4, 6), "block4.conv", [2, 1, 96, 500], 1),
    "music-crnn-choi": (lambda: MusicCRNN(5, 4, 6, 320), "block4.conv", [2, 1, 96, 320], 1),
    "keyword-transformer": (lambda: KeywordTransformer(40, 98, 12, 64, 1, 256, 12), "layer6.norm2", [1, 1, 40, 98], 1),
}

for name in sys.argv[1:] or CASES:
    make, layer, shape, scale = CASES[name]
    model, seen = fill(make(), scale), []
    model.get_submodule(layer).register_forward_hook(lambda module, ins, value: seen.append(value))
    output = model(image(shape))
    values = dict(output=output, activation=seen[0], gradient=torch.autograd.grad(output[:, 0].sum(), seen[0])[0])
    if isinstance(model, MusicVGG):
        values |= {n: values[n].mT for n in ("activation", "gradient")}
    attention = [part.weights for part in model.modules() if hasattr(part, "weights")]
    if attention:
        # The row of CLS, of each head.
        values["attention"] = attention[-1][:, :, 0].contiguous()
    path = HERE / f"network-{name}.safetensors"
    save_file({n: v.detach().float().contiguous() for n, v in values.items()}, path,
              {"versions": f"torch {torch.__version__}"})
    print(name, path.stat().st_size, *(f"{n} {list(v.shape)} {v.abs().max():.3g}" for n, v in values.items()), flush=True)
