"""Makes the expected values of optimizers, schedules, clipping, weighted loss and averaging with PyTorch in float64.

    python3 Tests/TrainingTests/Golden/generate_optimizers.py

`optimizers.safetensors`: 50 steps of each optimizer on given gradients. `schedules.safetensors`: the rates and momenta of each
schedule, step by step, and of ReduceLROnPlateau on given losses. `weighted-loss.safetensors`: weighted cross-entropy.
`trainings.safetensors`: whole trainings of a small network, 50 epochs of one batch, and what they end with.
"""

import copy
import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch.optim import lr_scheduler as schedulers
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

HERE = pathlib.Path(__file__).parent
VERSIONS = {"versions": f"torch {torch.__version__}"}


def save(name, tensors, metadata={}):
    tensors = {n: t.detach().float().contiguous().clone() for n, t in tensors.items()}
    save_file(tensors, HERE / name, VERSIONS | metadata)


def optimizer_of(kind, groups):
    options = dict(kind)
    return {"sgd": torch.optim.SGD, "adam": torch.optim.AdamW}[options.pop("name")](groups, **options)


OPTIMIZERS = {
    "sgd": {"name": "sgd", "lr": 1e-2},
    "sgd-decay": {"name": "sgd", "lr": 1e-2, "weight_decay": 0.05},
    "sgd-momentum": {"name": "sgd", "lr": 1e-2, "momentum": 0.9},
    "sgd-nesterov": {"name": "sgd", "lr": 1e-2, "momentum": 0.9, "nesterov": True},
    "sgd-nesterov-decay": {"name": "sgd", "lr": 1e-2, "momentum": 0.8, "nesterov": True, "weight_decay": 0.05},
    "adam": {"name": "adam", "lr": 1e-2, "weight_decay": 0.0},
    "adam-betas": {"name": "adam", "lr": 1e-2, "betas": (0.8, 0.95), "weight_decay": 0.0},
    "adamw": {"name": "adam", "lr": 1e-2, "weight_decay": 0.05},
}


def optimizers():
    """A weight that decays and a bias that does not; each optimizer plain, with clipping, and under one-cycle."""
    generator = torch.Generator().manual_seed(14)
    start = {"weight": torch.randn([6, 5], generator=generator), "bias": torch.randn([7], generator=generator)}
    scale = torch.rand([50, 1], generator=generator) * 0.5
    gradients = {
        "weight": torch.randn([50, 6, 5], generator=generator) * scale[:, :, None],
        "bias": torch.randn([50, 7], generator=generator) * scale}
    out = {f"start.{n}": t for n, t in start.items()} | {f"gradients.{n}": t for n, t in gradients.items()}
    for name, kind in OPTIMIZERS.items():
        for way in ["plain", "clipped", "one-cycle"]:
            weight, bias = (start[n].double().clone().requires_grad_() for n in ["weight", "bias"])
            groups = [{"params": [weight]}, {"params": [bias], "weight_decay": 0.0}]
            optimizer = optimizer_of(kind, groups)
            schedule = None
            if way == "one-cycle":
                schedule = schedulers.OneCycleLR(optimizer, max_lr=1e-2, total_steps=50)
            for step in range(50):
                weight.grad, bias.grad = gradients["weight"][step].double(), gradients["bias"][step].double()
                if way == "clipped":
                    torch.nn.utils.clip_grad_norm_([weight, bias], 1.0)
                optimizer.step()
                if schedule and step < 49:
                    schedule.step()
            out |= {f"{name}.{way}.weight": weight, f"{name}.{way}.bias": bias}
    save("optimizers.safetensors", out)


def rates(schedule, optimizer, steps):
    values = []
    for step in range(steps):
        group = optimizer.param_groups[0]
        values.append((group["lr"], group.get("momentum", group.get("betas", [0])[0])))
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
    return torch.tensor(values, dtype=torch.float64)


def fresh(kind="sgd", lr=0.1):
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    return torch.optim.SGD([weight], lr=lr, momentum=0.9) if kind == "sgd" else torch.optim.Adam([weight], lr=lr)


def schedules():
    out = {}

    def warmed(optimizer, steps, then):
        if steps == 0:
            return then(optimizer)
        rise = schedulers.LinearLR(optimizer, start_factor=1 / steps, end_factor=1, total_iters=steps - 1)
        return schedulers.SequentialLR(optimizer, [rise, then(optimizer)], milestones=[steps])

    for warmup in [0, 7]:
        optimizer = fresh()
        out[f"constant.{warmup}"] = rates(
            warmed(optimizer, warmup, lambda o: schedulers.ConstantLR(o, factor=1)), optimizer, 50)
        optimizer = fresh()
        out[f"cosine.{warmup}"] = rates(
            warmed(optimizer, warmup, lambda o: schedulers.CosineAnnealingLR(o, T_max=50 - warmup)), optimizer, 50)
        optimizer = fresh()
        # Epochs of 5 steps, a fall every 2 epochs.
        out[f"step.{warmup}"] = rates(
            warmed(optimizer, warmup, lambda o: schedulers.StepLR(o, step_size=10, gamma=0.3)), optimizer, 50)
    for kind in ["sgd", "adam"]:
        for name, options in {
            "default": {}, "late": {"pct_start": 0.65, "div_factor": 10, "final_div_factor": 100},
            "early": {"pct_start": 0.01, "base_momentum": 0.5, "max_momentum": 0.9}, "fixed": {"cycle_momentum": False},
        }.items():
            optimizer = fresh(kind)
            out[f"one-cycle.{kind}.{name}"] = rates(
                schedulers.OneCycleLR(optimizer, max_lr=0.1, total_steps=50, **options), optimizer, 50)
    generator = torch.Generator().manual_seed(15)
    falling = torch.exp(-torch.arange(80) / 12) + 0.3
    losses = falling + 0.02 * torch.randn(80, generator=generator) * (torch.arange(80) > 20)
    out["plateau.losses"] = losses
    for name, options in {
        "default": {}, "short": {"factor": 0.5, "patience": 2},
        "cooled": {"factor": 0.5, "patience": 1, "cooldown": 3, "min_lr": 0.004},
        "strict": {"factor": 0.7, "patience": 3, "threshold": 0.05}, "at-once": {"factor": 0.9, "patience": 0},
        "tiny": {"factor": 0.01, "patience": 0},
    }.items():
        optimizer = fresh()
        schedule = schedulers.ReduceLROnPlateau(optimizer, **options)
        values = []
        for loss in losses.float():
            schedule.step(loss.item())
            values.append(optimizer.param_groups[0]["lr"])
        out[f"plateau.{name}"] = torch.tensor(values)
    save("schedules.safetensors", out)


def weighted_loss():
    generator = torch.Generator().manual_seed(16)
    logits = torch.randn([9, 4], generator=generator) * torch.rand([9, 1], generator=generator) * 6
    labels = torch.tensor([0, 3, 1, 2, 2, 0, 0, 0, 1])
    weights = torch.tensor([0.5, 1.25, 2, 3])
    out = {"logits": logits, "labels": labels, "weights": weights}
    for smoothing in [0.0, 0.1]:
        leaf = logits.double().requires_grad_()
        loss = F.cross_entropy(leaf, labels, weight=weights.double(), label_smoothing=smoothing)
        loss.backward()
        out |= {f"loss.{smoothing}": loss.reshape(1), f"gradient.{smoothing}": leaf.grad.clone()}
    save("weighted-loss.safetensors", out)


class Small(torch.nn.Module):
    """The three-block network with one block: conv, batch norm (not with Adam), pool, ReLU, dense.

    Adam makes whole steps of gradients that are nothing but rounding, as those of a bias before batch norm are: no two
    implementations agree on them.
    """

    def __init__(self, normalized):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 3, 3)
        if normalized:
            self.bn1 = torch.nn.BatchNorm2d(3)
        self.dense1 = torch.nn.Linear(3 * 2 * 2, 3)

    def forward(self, x):
        x = self.conv1(x)
        if hasattr(self, "bn1"):
            x = self.bn1(x)
        return self.dense1(F.relu(F.avg_pool2d(x, 2)).flatten(1))


# What differs from the defaults; the test makes a TrainingConfiguration of the same words.
TRAININGS = {
    "sgd-step": {"optimizer": "sgd", "learningRate": 0.05, "nesterov": True, "weightDecay": 0.01, "schedule": "step",
                 "gradientClipNorm": 0.5},
    "sgd-plateau": {"optimizer": "sgd", "learningRate": 0.2, "momentum": 0.8, "schedule": "plateau",
                    "classWeights": "balanced"},
    "sgd-averaged": {"optimizer": "sgd", "learningRate": 0.1, "schedule": "one-cycle", "averagingDecay": 0.9},
    "adam-one-cycle": {"optimizer": "adam", "learningRate": 0.02, "schedule": "one-cycle", "labelSmoothing": 0.1,
                       "averagingDecay": 0.9},
    "adam-averaged": {"optimizer": "adam", "learningRate": 0.01, "weightDecay": 0.05, "schedule": "cosine",
                      "averagingDecay": 0.95, "averagingWarmup": True, "classWeights": "balanced",
                      "labelSmoothing": 0.05, "gradientClipNorm": 1.0},
}


def trainings():
    generator = torch.Generator().manual_seed(17)
    labels = torch.tensor([0] * 12 + [1] * 8 + [2] * 4 + [0] * 4 + [1] * 4 + [2] * 4)
    centres = torch.randn([3, 1, 6, 7], generator=generator)
    inputs = centres[labels] * 0.6 + torch.randn([36, 1, 6, 7], generator=generator)
    torch.manual_seed(18)
    start = Small(normalized=True)
    out = {"inputs": inputs, "labels": labels}
    out |= {f"start.{n}": p for n, p in start.named_parameters()}
    train, valid = slice(0, 24), slice(24, 36)
    x, y = inputs.double(), labels
    for name, options in TRAININGS.items():
        network = Small(normalized=name.startswith("sgd"))
        network.load_state_dict(start.state_dict(), strict=False)
        network = network.double()
        matrices = [p for p in network.parameters() if p.dim() > 1]
        groups = [{"params": matrices, "weight_decay": options.get("weightDecay", 0.0)},
                  {"params": [p for p in network.parameters() if p.dim() == 1], "weight_decay": 0.0}]
        kind = {"name": options["optimizer"], "lr": options["learningRate"]}
        if kind["name"] == "sgd":
            kind |= {"momentum": options.get("momentum", 0.9), "nesterov": options.get("nesterov", False)}
        optimizer = optimizer_of(kind, groups)
        schedule = {
            "step": lambda: schedulers.StepLR(optimizer, step_size=15, gamma=0.4),
            "plateau": lambda: schedulers.ReduceLROnPlateau(optimizer, factor=0.5, patience=2),
            "cosine": lambda: schedulers.CosineAnnealingLR(optimizer, T_max=50),
            "one-cycle": lambda: schedulers.OneCycleLR(optimizer, max_lr=options["learningRate"], total_steps=50),
        }[options["schedule"]]()
        weight = None
        if options.get("classWeights"):
            weight = 24 / (3 * torch.bincount(y[train], minlength=3).double())
        decay = options.get("averagingDecay", 0)
        average = None
        if options.get("averagingWarmup"):
            average = copy.deepcopy(network)
        elif decay:
            average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
        losses, valid_losses, learning_rates = [], [], []
        for step in range(50):
            network.train()
            loss = F.cross_entropy(
                network(x[train]), y[train], weight=weight, label_smoothing=options.get("labelSmoothing", 0))
            optimizer.zero_grad()
            loss.backward()
            if options.get("gradientClipNorm"):
                torch.nn.utils.clip_grad_norm_(network.parameters(), options["gradientClipNorm"])
            learning_rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if options.get("averagingWarmup"):
                now = min(decay, (step + 2) / (step + 11))
                with torch.no_grad():
                    for mean, value in zip(average.state_dict().values(), network.state_dict().values()):
                        if mean.is_floating_point():
                            mean.lerp_(value, 1 - now)
            elif average is not None:
                average.update_parameters(network)
            judged = average if average is not None else network
            judged.eval()
            with torch.no_grad():
                valid_loss = F.cross_entropy(judged(x[valid]), y[valid])
            if options["schedule"] == "plateau":
                schedule.step(valid_loss.item())
            elif step < 49:
                schedule.step()
            losses.append(loss.item())
            valid_losses.append(valid_loss.item())
        out |= {f"{name}.losses": torch.tensor(losses), f"{name}.valid": torch.tensor(valid_losses),
                f"{name}.rates": torch.tensor(learning_rates)}
        kept = network if average is None else getattr(average, "module", average)
        for prefix, module in [("last", network), ("kept", kept)]:
            for key, value in module.state_dict().items():
                if value.is_floating_point():
                    out[f"{name}.{prefix}.{key}"] = value
    save("trainings.safetensors", out, {"trainings": json.dumps(TRAININGS)})


if __name__ == "__main__":
    optimizers()
    schedules()
    weighted_loss()
    trainings()
