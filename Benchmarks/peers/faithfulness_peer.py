"""Measures of faithfulness of one map for each of six clips, by pytorch-grad-cam and Quantus: see FaithfulnessWork.swift.

Where a library computes something else under the same name, it is asked for as many inferences as ours, or fewer.
"""
import importlib.metadata
import warnings

import networks
import numpy
import protocol
import torch
from torch import nn

warnings.filterwarnings("ignore")


def founding_network():
    def block(inputs, outputs, padding):
        return [nn.Conv2d(inputs, outputs, 5, padding=padding), nn.AvgPool2d(2), nn.ReLU()]

    return nn.Sequential(*block(1, 24, 0), *block(24, 48, 2), *block(48, 48, 2), nn.Flatten(), nn.Dropout(0.5),
                         nn.Linear(48 * 15 * 53, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 2)).eval()


def saliency(model, inputs, targets, **_):
    """d logit / d input."""
    x = torch.as_tensor(inputs, dtype=torch.float32).reshape(-1, 1, 128, 431).requires_grad_()
    logits = model(x)
    logits[torch.arange(len(x)), torch.as_tensor(targets).reshape(-1)].sum().backward()
    return x.grad.numpy()


def by_grad_cam(measure, model, clips, maps):
    from pytorch_grad_cam.metrics.cam_mult_image import DropInConfidence
    from pytorch_grad_cam.metrics.road import ROADCombined
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
    targets = [ClassifierOutputTarget(0)] * len(clips)
    if measure == "road":
        metric = ROADCombined(percentiles=[20, 40, 60, 80])
        return lambda: metric(clips, maps, targets, model)
    if measure == "masking":
        metric = DropInConfidence()
        shares = numpy.maximum(maps, 0) / maps.max(axis=(1, 2), keepdims=True)
        return lambda: metric(clips, shares, targets, model)
    raise SystemExit(f"pytorch-grad-cam has no {measure}")


def by_quantus(measure, model, clips, maps):
    import quantus
    x, y = clips.numpy(), numpy.zeros(len(clips), int)
    usual = dict(disable_warnings=True, display_progressbar=False)
    given = dict(model=model, x_batch=x, y_batch=y, a_batch=maps[:, None], channel_first=True)
    explaining = {**given, "a_batch": None, "explain_func": saliency}
    if measure == "curves":
        # Ours has two curves of 20 steps; this is one of 32.
        metric = quantus.PixelFlipping(features_in_step=128 * 431 // 32, perturb_baseline="mean", **usual)
        return lambda: metric(**given)
    if measure == "sensitivity":
        metric = quantus.MaxSensitivity(nr_samples=10, lower_bound=0.02, **usual)
        return lambda: metric(**explaining)
    if measure == "randomization":
        metric = quantus.MPRT(layer_order="top_down", similarity_func=quantus.similarity_func.correlation_spearman,
                              **usual)
        return lambda: metric(**explaining)
    if measure == "localization":
        inside = numpy.zeros(x.shape, bool)
        inside[..., :215] = True
        metrics = [quantus.PointingGame(**usual), quantus.RelevanceMassAccuracy(**usual)]
        positive = {**given, "a_batch": numpy.maximum(maps, 0)[:, None]}
        return lambda: [metric(s_batch=inside, **positive) for metric in metrics]
    if measure == "road":
        metric = quantus.ROAD(noise=0.01, percentages=[20, 40, 60, 80], **usual)
        return lambda: metric(**given)
    raise SystemExit(f"Quantus has no {measure} that fits")


def main():
    options = protocol.arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = founding_network()
    clips = torch.stack([torch.from_numpy(networks.numbers(f"clip {k}", 128 * 431)).reshape(1, 128, 431)
                         for k in range(6)])
    coarse = torch.stack([torch.from_numpy(networks.numbers(f"map {k}", 16 * 53)).reshape(1, 16, 53) for k in range(6)])
    maps = nn.functional.interpolate(coarse, (128, 431), mode="bilinear")[:, 0].numpy()
    make = by_grad_cam if options.tool == "pytorch-grad-cam" else by_quantus
    package = "grad-cam" if options.tool == "pytorch-grad-cam" else "quantus"
    protocol.serve(make(options.method, model, clips, maps), tool=options.tool, items=6, unit="clips",
                   warm_up=options.warm_up,
                   versions={name: importlib.metadata.version(name) for name in ("torch", package)})


if __name__ == "__main__":
    main()
