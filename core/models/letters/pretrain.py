"""Teaching a small torchvision model to read the letters."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional
from torchvision.models import get_model
from torchvision.transforms import InterpolationMode, v2

from core.models.letters import render
from core.seeds import seed_for

MEAN, STD = (0.3, 0.3, 0.3), (0.35, 0.35, 0.35)  # of the coded letters, rounded


@dataclass(frozen=True)
class Plan:
    """How the model is trained.

    Attributes:
        model: torchvision's name of the architecture.
        size: Height and width of its input in pixels.
        steps: Updates; each on `batch_size` letters that no other update has seen.
        held_out_fonts: Fonts that are not trained on.
    """

    model: str = "shufflenet_v2_x1_0"
    size: int = 64
    steps: int = 1300
    batch_size: int = 256
    lr: float = 3e-3
    weight_decay: float = 0.05
    warmup: float = 0.1
    label_smoothing: float = 0.1
    held_out_fonts: int = 15
    seed: int = 0


class Letters:
    """Endless batches of letters.

    Args:
        glyphs: float16 [F, 52, 96, 96], small letters first.
        size: Height and width of the model's input.
    """

    def __init__(self, glyphs: Tensor, size: int) -> None:
        self._glyphs = glyphs.flatten(0, 1)
        letters = render.LOWER + render.UPPER
        self._targets = torch.tensor(
            [render.category_of(letter) for letter in letters]
        ).repeat(len(glyphs))
        self._size = size

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """float32 [B, 3, S, S] as the app makes them of 8×8 images, and int64 [B]."""
        chosen = torch.randint(len(self._glyphs), (count,), generator=generator)
        coded = render.code(self._glyphs[chosen], generator)
        return to_input(coded, self._size), self._targets[chosen]


def to_input(coded: Tensor, size: int) -> Tensor:
    """uint8 [B, 8, 8] as the input of a model: float32 [B, 3, size, size].

    The same steps as core.data.transforms takes: bilinear resize of bytes, then normalisation.
    """
    resize = v2.Resize((size, size), InterpolationMode.BILINEAR, antialias=True)
    grey = resize(coded[:, None]).float() / 255
    return ((grey - MEAN[0]) / STD[0]).expand(-1, 3, -1, -1)


def font_order(count: int) -> Tensor:
    """The fonts in a fixed random order, int64 [count]; the last ones are held out."""
    return torch.randperm(count, generator=Generator().manual_seed(0))


def pretrain(plan: Plan, glyphs: Tensor, say: Callable[[str], None]) -> nn.Module:
    """A model that reads letters.

    Args:
        glyphs: float16 [F, 52, 96, 96]; the last fonts are held out.

    Returns:
        The model in eval mode, its weights the mean over the last updates (EMA).
    """
    torch.manual_seed(seed_for("letters", plan.seed))
    training = Letters(glyphs[: -plan.held_out_fonts], plan.size)
    held_out = Letters(glyphs[-plan.held_out_fonts :], plan.size)
    model = get_model(plan.model, weights=None, num_classes=len(render.CATEGORIES))
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99), use_buffers=True
    )
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=plan.lr, weight_decay=plan.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.lr, total_steps=plan.steps, pct_start=plan.warmup
    )
    generator, began = Generator().manual_seed(plan.seed), time.perf_counter()
    model.train()
    for step in range(1, plan.steps + 1):
        inputs, targets = training.draw(plan.batch_size, generator)
        loss = functional.cross_entropy(
            model(inputs), targets, label_smoothing=plan.label_smoothing
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        averaged.update_parameters(model)
        if step % 100 == 0 or step == plan.steps:
            right = accuracy(averaged.module, held_out)
            seconds = time.perf_counter() - began
            say(f"step {step}: loss {loss:.4f}, held-out fonts {right:.4f}, {seconds:.0f} s")
    return averaged.module.eval()


@torch.no_grad()
def accuracy(model: nn.Module, letters: Letters, count: int = 2048) -> float:
    """Share of letters that are read, always the same ones."""
    was_training = model.training
    model.eval()
    generator, right = Generator().manual_seed(1), 0
    for _ in range(count // 256):
        inputs, targets = letters.draw(256, generator)
        right += int((model(inputs).argmax(1) == targets).sum())
    model.train(was_training)
    return right / (count // 256 * 256)
