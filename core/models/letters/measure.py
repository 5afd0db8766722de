"""What the weights are worth: few digits, by the plain procedure that a student would write."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import get_model
from torchvision.transforms import InterpolationMode, v2

from core.models.letters import render
from core.models.letters.pretrain import to_input
from core.seeds import seed_for

Way = Literal["probe", "fine_tune", "scratch"]


@dataclass(frozen=True)
class Procedure:
    """How a few images are learned.

    Fine-tuning's values are not the result of a search. The probe's were chosen among twenty by
    five draws of 10 images a class (seeds 100 to 104), none of which the card reports.
    """

    epochs: int = 30
    batch_size: int = 32
    lr: float = 2e-3
    weight_decay: float = 0.01
    label_smoothing: float = 0.0
    affine: v2.Transform = v2.RandomAffine(
        10, (0.1, 0.1), (0.85, 1.15), 10, InterpolationMode.BILINEAR
    )


PROCEDURES: dict[Way, Procedure] = {
    # A fresh linear layer alone takes larger steps; smoothing keeps it from being too sure of few.
    "probe": Procedure(epochs=60, lr=1e-2, label_smoothing=0.2),
    "fine_tune": Procedure(),
    "scratch": Procedure(),
}


def handwritten() -> tuple[Tensor, Tensor]:
    """scikit-learn's digits: uint8 [1797, 8, 8] and int64 [1797]. Only to report, not to choose."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    coded = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    return torch.from_numpy(coded), torch.from_numpy(digits.target).long()


def rendered(glyphs: Tensor, count: int = 1800) -> tuple[Tensor, Tensor]:
    """Digits of fonts, drawn as the letters are, to choose with.

    Args:
        glyphs: float16 [F, 10, 96, 96].

    Returns:
        uint8 [count, 8, 8] and int64 [count].
    """
    generator = torch.Generator().manual_seed(2)
    targets = torch.arange(count) % 10
    fonts = torch.randint(len(glyphs), (count,), generator=generator)
    return render.code(glyphs[fonts, targets], generator), targets


def draw_few(targets: np.ndarray, per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of `per_class` samples of each class, and of all the others."""
    generator = np.random.Generator(np.random.PCG64(seed_for("few", seed)))
    few = np.concatenate(
        [generator.permutation(np.flatnonzero(targets == target))[:per_class]
         for target in np.unique(targets)]
    )
    return few, np.setdiff1d(np.arange(len(targets)), few)


def transfer(
    model_name: str,
    state: dict[str, Tensor] | None,
    images: Tensor,
    targets: Tensor,
    few: np.ndarray,
    rest: np.ndarray,
    way: Way,
    *,
    size: int,
    seed: int,
    procedure: Procedure,
) -> float:
    """Accuracy on the rest after learning from a few.

    Args:
        state: Of the model that reads letters; None for "scratch".
        images: uint8 [N, 8, 8].
        targets: int64 [N].
    """
    torch.manual_seed(seed)
    model = get_model(model_name, weights=None, num_classes=10)
    if state is not None:
        model.fc = nn.Linear(model.fc.in_features, len(state["fc.bias"]))
        model.load_state_dict(state)
    model.fc = nn.Linear(model.fc.in_features, 10)
    if way == "probe":
        for name, parameter in model.named_parameters():
            parameter.requires_grad = name.startswith("fc.")
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad],
        lr=procedure.lr, weight_decay=procedure.weight_decay, fused=True,
    )
    steps = procedure.epochs * -(-len(few) // procedure.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    bytes_ = v2.Resize((size, size), InterpolationMode.BILINEAR, antialias=True)(
        images[few][:, None].expand(-1, 3, -1, -1)
    )
    mean = (to_input(torch.zeros(1, 8, 8, dtype=torch.uint8), size))[0, 0, 0, 0]
    scale = (to_input(torch.full((1, 8, 8), 255, dtype=torch.uint8), size))[0, 0, 0, 0] - mean
    for _ in range(procedure.epochs):
        model.train(way != "probe")
        for batch in torch.randperm(len(few)).split(procedure.batch_size):
            drawn = torch.stack([procedure.affine(image) for image in bytes_[batch]])
            inputs = drawn.float() / 255 * scale + mean
            loss = functional.cross_entropy(
                model(inputs), targets[few][batch], label_smoothing=procedure.label_smoothing
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    right = 0
    with torch.no_grad():
        for batch in torch.as_tensor(rest).split(256):
            right += int((model(to_input(images[batch], size)).argmax(1) == targets[batch]).sum())
    return right / len(rest)


def raw_pixels(
    images: np.ndarray, targets: np.ndarray, few: np.ndarray, rest: np.ndarray
) -> dict[str, float]:
    """Accuracy of classic methods on the 64 values."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    values = images.reshape(len(images), -1) / 255
    found = {}
    for name, method in (("logistic regression", LogisticRegression(max_iter=2000)),
                         ("RBF SVM", SVC(C=10, gamma="scale"))):
        found[name] = method.fit(values[few], targets[few]).score(values[rest], targets[rest])
    return found


def table(
    model_name: str, state: dict[str, Tensor], images: Tensor, targets: Tensor, size: int
) -> Iterator[str]:
    """Lines of the card: accuracy on the rest after 10 and 20 images a class, over 5 seeds."""
    for per_class in (10, 20):
        draws = [draw_few(targets.numpy(), per_class, seed) for seed in range(20)]
        raw = [raw_pixels(images.numpy(), targets.numpy(), *draw) for draw in draws]
        for name in raw[0]:
            yield _row(f"{name}, raw pixels", per_class, [each[name] for each in raw])
        for way, procedure in PROCEDURES.items():
            found = [
                transfer(
                    model_name, None if way == "scratch" else state, images, targets,
                    *draws[seed], way, size=size, seed=seed, procedure=procedure,
                )
                for seed in range(5)
            ]
            yield _row(way, per_class, found)


def _row(name: str, per_class: int, found: list[float]) -> str:
    return (
        f"| {name} | {per_class} | {np.mean(found):.3f} | {min(found):.3f} | {max(found):.3f} "
        f"| {len(found)} |"
    )
