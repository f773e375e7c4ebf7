"""Writes attacks.json: adversarial inputs of small networks, in torch and float64.

Run: python generate_attacks.py     (numpy, torch; the versions used are in the file under "tools")

The networks are those of generate.py (three-block.json, pooled.json, residual.json), with six inputs of their own. PGD starts
from the same random numbers as in Swift. The fast gradient sign method of cleverhans and torchattacks is this one line; the
loss is torch's cross_entropy.
"""

import numpy as np
import torch

from generate import POOLED, RESIDUAL, THREE_BLOCK, single, tensor, write
from generate_passes import Case, SeededGenerator

STREAM = 0xADE000000000
SEED = 11


def gradient(case, batch, classes):
    batch = batch.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(case.logits(batch), classes, reduction="sum")
    return torch.autograd.grad(loss, batch)[0]


def losses(case, batch, classes):
    with torch.no_grad():
        logits = case.logits(batch)
        return torch.nn.functional.cross_entropy(logits, classes, reduction="none"), logits.argmax(1)


def margin(g):
    """How far from a change of sign the gradient is, relative to its largest: cells of exactly 0 stay where they are."""
    magnitude = g.abs()
    return float(magnitude[magnitude > 0].min() / magnitude.max())


def start(x, epsilon):
    start = x.clone()
    for item in range(len(x)):
        random = SeededGenerator(SEED, STREAM + item)
        flat = start[item].reshape(-1)
        for cell in range(len(flat)):
            flat[cell] += epsilon * (2 * random.uniform() - 1)
    return start


def pgd(case, x, classes, epsilon, steps, length):
    changed, least = start(x, epsilon), 1.0
    for _ in range(steps):
        g = gradient(case, changed, classes)
        least = min(least, margin(g))
        changed = x + torch.clamp(changed + length * g.sign() - x, -epsilon, epsilon)
    return changed, least


def attack(name, nodes, shape, class_index, layers, seed):
    case = Case(name, nodes, shape, class_index, layers, seed)
    # The input of the case is not used: its own come from here.
    random = np.random.default_rng(100 + seed)
    x = torch.tensor(single(random.normal(size=(6, *shape))))
    with torch.no_grad():
        classes = case.logits(x).argmax(1)
    # One of six is labelled wrong from the start.
    classes[0] = (classes[0] + 1) % 3
    loss, predicted = losses(case, x, classes)
    result = {
        "inputs": tensor(x.numpy()), "classes": classes.tolist(), "seed": SEED, "losses": loss.tolist(),
        "predicted": predicted.tolist(), "attacks": []}
    for method, epsilon, steps in (("fgsm", 0.05, 1), ("fgsm", 0.4, 1), ("pgd", 0.4, 4)):
        epsilon = float(np.float32(epsilon))
        length = float(np.float32(epsilon) / np.float32(3))
        if method == "fgsm":
            g = gradient(case, x, classes)
            changed, least = x + epsilon * g.sign(), margin(g)
        else:
            changed, least = pgd(case, x, classes, epsilon, steps, length)
        loss, predicted = losses(case, changed, classes)
        right = float((predicted == classes).double().mean())
        print(name, method, epsilon, "margin", least, "accuracy", right, "loss", float(loss.mean()))
        entry = {
            "method": method, "epsilon": epsilon, "steps": steps, "stepSize": length, "margin": least,
            "losses": loss.tolist(), "predicted": predicted.tolist(), "accuracy": right}
        if method == "fgsm":
            entry["signs"] = "".join("-0+"[int(sign) + 1] for sign in g.sign().reshape(-1).tolist())
        else:
            entry["inputs"] = tensor(changed.numpy())
        result["attacks"].append(entry)
    return result


def main():
    write("attacks.json", {"networks": {
        "three-block": attack("three-block", THREE_BLOCK, (1, 20, 26), 1, ["conv1", "conv2", "conv3"], 3),
        "pooled": attack("pooled", POOLED, (1, 9, 12), 2, ["conv1", "conv2", "relu2"], 4),
        "residual": attack("residual", RESIDUAL, (1, 8, 10), 0, ["conv1", "conv2", "sum"], 5)}})


if __name__ == "__main__":
    main()
