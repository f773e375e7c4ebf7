"""Writes faithfulness.json: measures of faithfulness as other libraries compute them where they agree with the papers, and
a float64 reference for the whole way from a map to its measures on the network of three-block.json.

Run: python generate_faithfulness.py     (numpy, scipy, scikit-image, torch, captum, grad-cam, quantus; the versions used
are in the file under "tools")
"""

import importlib.metadata as metadata
import json

import numpy as np
import quantus
import torch
from captum.metrics import infidelity, sensitivity_max
from pytorch_grad_cam.metrics.road import NoisyLinearImputer
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity

import generate
from generate import FOLDER, THREE_BLOCK, forward, tensor

for name in ("captum", "quantus", "scikit-image"):
    generate.TOOLS[name] = metadata.version(name)
random = np.random.default_rng(12)


def rounded(array):
    """Values that single precision holds exactly, so that ranks and ties are the same there."""
    return np.asarray(array, dtype=np.float32).astype(np.float64)


def spearman():
    cases = []
    for levels in (1000, 4, 2):
        x, y = (rounded(random.integers(0, levels, 40) / 7) for _ in range(2))
        value = spearmanr(x, y).statistic
        assert np.isclose(value, quantus.similarity_func.correlation_spearman(x, y))
        cases.append({"first": list(x), "second": list(y), "value": value})
    return cases


def ssim():
    cases = []
    for shape, window in (((20, 26), 7), ((7, 9), 7), ((5, 8), 5)):
        x = rounded(random.random(shape))
        y = rounded(np.clip(x + 0.3 * random.standard_normal(shape), 0, None))
        data_range = max(x.max(), y.max()) - min(x.min(), y.min())
        value = structural_similarity(x, y, data_range=data_range, win_size=window)
        if window == 7:
            assert np.isclose(value, quantus.similarity_func.ssim(x, y), atol=1e-6)
        cases.append({"first": tensor(x), "second": tensor(y), "value": value})
    return cases


def road():
    """Imputation without noise, by pytorch-grad-cam (the authors' code) and spsolve."""
    cases = []
    for shape, share in (((1, 8, 10), 0.5), ((2, 12, 9), 0.9), ((1, 20, 26), 0.8)):
        image = rounded(random.standard_normal(shape))
        removed = random.random(shape[1:]) < share
        removed[2:6, 3:8] = True
        kept = torch.tensor(1.0 - removed)
        filled = NoisyLinearImputer(noise=0)(torch.tensor(image).float(), kept).numpy()
        cases.append(
            {"input": tensor(image), "removed": [bool(v) for v in removed.flatten()], "value": tensor(filled)})
    return cases


def captum_infidelity():
    """Captum with normalize=True, rectangles as perturbations and attributions that already hold the input."""
    shape = (6, 9)
    x = rounded(random.standard_normal(shape))
    attributions = rounded(random.standard_normal(shape) + x)
    holes = []
    for _ in range(16):
        top, left = random.integers(0, 4), random.integers(0, 6)
        hole = np.zeros(shape)
        hole[top : top + random.integers(1, 4), left : left + random.integers(1, 4)] = 1
        holes.append(hole)
    holes = np.stack(holes)
    weights = random.standard_normal(shape)

    def model(inputs):
        return torch.tanh((inputs * torch.tensor(weights)).sum(dim=(1, 2)) / 3) + (inputs**2).sum(dim=(1, 2)) / 9

    def perturb(inputs, _baselines=None):
        # The first value is what the attributions are multiplied by, the second the perturbed input.
        return torch.tensor(holes), inputs * (1 - torch.tensor(holes))

    value = infidelity(
        model, perturb, torch.tensor(x)[None], torch.tensor(attributions)[None], n_perturb_samples=len(holes),
        max_examples_per_batch=len(holes), normalize=True)
    with torch.no_grad():
        original = model(torch.tensor(x)[None])
        actual = (original - model(torch.tensor(x)[None] * (1 - torch.tensor(holes)))).numpy()
    return {
        "predicted": list((holes * attributions).sum(axis=(1, 2))), "actual": list(actual),
        "value": float(value)}


def captum_sensitivity():
    x = rounded(random.standard_normal((3, 5)))
    copies = [rounded(x + random.uniform(-0.02, 0.02, x.shape)) for _ in range(10)]

    def explain(inputs):
        # Captum asks with a tensor for the input and with a tuple for the copies.
        if isinstance(inputs, tuple):
            return tuple(values**3 - 2 * values for values in inputs)
        return inputs**3 - 2 * inputs

    value = sensitivity_max(
        explain, torch.tensor(x)[None], perturb_func=lambda inputs: torch.tensor(np.stack(copies)), perturb_radius=0.02,
        n_perturb_samples=10)
    return {
        "map": tensor(x**3 - 2 * x), "disturbed": [tensor(copy**3 - 2 * copy) for copy in copies],
        "value": float(value)}


def localization():
    """Quantus: the pointing game where the maximum is single, and relevance mass accuracy."""
    cases = []
    for seam in (6, 13):
        attribution = rounded(random.random((4, 20)) ** 3)
        inside = np.zeros_like(attribution)
        inside[:, :seam] = 1
        options = dict(disable_warnings=True, display_progressbar=False, abs=False, normalise=False)
        arguments = dict(
            model=None, x_batch=attribution[None, None], y_batch=np.array([0]), a_batch=attribution[None, None],
            s_batch=inside[None, None], channel_first=True, softmax=False)
        pointing = quantus.PointingGame(**options)(**arguments)[0]
        mass = quantus.RelevanceMassAccuracy(**options)(**arguments)[0]
        columns = attribution.sum(axis=0)
        top = set(np.argsort(-columns)[:seam])
        union = len(top | set(range(seam)))
        cases.append(
            {
                "map": tensor(attribution), "seam": seam, "pointing": float(pointing), "insideEnergy": float(mass),
                "overlap": len(top & set(range(seam))) / union})
    return cases


def whole_way():
    """From a map to its measures, on the network of three-block.json in float64."""
    stored = json.loads((FOLDER / "three-block.json").read_text())
    parameters = {
        name: np.array(value["values"]).reshape(value["shape"]) for name, value in stored["parameters"].items()}
    x = np.array(stored["input"]["values"]).reshape(stored["input"]["shape"])
    class_index, size = stored["classIndex"], x.shape[1:]
    mask = rounded(random.random(size) ** 2)
    mask = rounded(mask / mask.max())
    baseline = rounded(0.2 * random.standard_normal(x.shape))
    steps, shares = 10, (0.2, 0.5, 0.8)

    def output(images):
        images = torch.tensor(np.stack(images))
        with torch.no_grad():
            return forward(THREE_BLOCK, parameters, images)["dense2"].numpy()

    def probability(images):
        logits = output(images)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (powers / powers.sum(axis=1, keepdims=True))[:, class_index]

    def mixed(kept):
        return kept * x + (1 - kept) * baseline

    masks = [mask] + [(mask * 255 > level).astype(float) for level in (10, 20, 30)]
    order = np.argsort(-mask.flatten(), kind="stable")
    counts = [(step * mask.size + steps // 2) // steps for step in range(steps + 1)]

    def first(count):
        chosen = np.zeros(mask.size)
        chosen[order[:count]] = 1
        return chosen.reshape(size)

    curve_shares = np.array(counts) / mask.size
    insertion = probability([mixed(first(count)) for count in counts])
    deletion = probability([mixed(1 - first(count)) for count in counts])
    imputer = NoisyLinearImputer(noise=0)

    def removed(marks):
        return imputer(torch.tensor(x).float(), torch.tensor(1 - marks)).numpy().astype(np.float64)

    most, least = [], []
    for share in shares:
        count = round(share * mask.size)
        most.append(removed(first(count)))
        least.append(removed(1 - first(mask.size - count)))
    return {
        "mask": tensor(mask), "baseline": tensor(baseline), "curveSteps": steps, "removedShares": list(shares),
        "original": float(probability([x])[0]), "masked": [float(v) for v in probability([mixed(m) for m in masks])],
        "keptShares": [float(m.mean()) for m in masks],
        "insertion": float(np.trapezoid(insertion, curve_shares)),
        "deletion": float(np.trapezoid(deletion, curve_shares)),
        "mostRelevantFirst": [float(v) for v in probability(most)],
        "leastRelevantFirst": [float(v) for v in probability(least)]}


if __name__ == "__main__":
    generate.write(
        "faithfulness.json",
        {
            "spearman": spearman(), "ssim": ssim(), "road": road(), "infidelity": captum_infidelity(),
            "sensitivity": captum_sensitivity(), "localization": localization(), "wholeWay": whole_way()})
