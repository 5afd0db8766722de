"""The boundary on real models: both parts together give what the whole model gives, to the bit.

    python -m pytest --long tests/core/training/test_boundary.py

does it for all 80 classification models.
"""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.models import catalogue
from core.models.build import build_model
from core.models.freezing import apply_freeze, train_mode
from core.models.heads import head_paths
from core.recipe import FreezePlan
from core.training import boundary
from core.training.boundary import Cut
from core.training.forward_graph import Uncut
from core.training.objective import loss_of
from tests.core.models.test_freezing_families import FAMILIES, SIZES

PLANS = ("linear_probe", "last_stage", "last third")


def frozen(name: str, plan: str) -> tuple[nn.Module, int]:
    """A random model under a plan, and the pixels of its input."""
    model = build_model(name, "none", num_classes=3, seed=1).model
    if plan == "last third":  # ends in the middle of a block, whatever the model
        parameters = list(model.parameters())
        for place, parameter in enumerate(parameters):
            parameter.requires_grad_(place >= 0.7 * len(parameters))
    else:
        apply_freeze(model, FreezePlan(preset=plan), head_paths(name, "none"))
    return model, SIZES.get(catalogue.find_model(name).family, 64)


def both_are_equal(model: nn.Module, size: int) -> Cut:
    """Loss and gradients of the parts and of the whole, from the same random numbers."""
    images = torch.randn(3, 3, size, size, generator=torch.Generator().manual_seed(2))
    start = {key: value.clone() for key, value in model.state_dict().items()}
    cut = boundary.cut(model, size)
    with torch.no_grad():
        features = cut.cold(images)
    assert tuple(tuple(one.shape[1:]) for one in features) == cut.shapes
    assert all(torch.equal(start[key], value) for key, value in model.state_dict().items())
    whole = stepped(model, lambda: model(images))
    with torch.no_grad():  # BatchNorm that trains has seen the batch once now
        for key, value in model.state_dict().items():
            value.copy_(start[key])
    parts = stepped(model, lambda: cut.hot(*features))
    assert whole.keys() == parts.keys() and all(map(torch.equal, whole.values(), parts.values()))
    assert set(cut.cold_names) <= set(model.state_dict())
    return cut


def stepped(model: nn.Module, forward) -> dict[str, Tensor]:
    """Loss, gradients and buffers after a forward and a backward pass."""
    model.zero_grad(set_to_none=True)
    torch.manual_seed(5)
    loss = loss_of(forward(), torch.tensor([0, 1, 2]), 0.0)
    loss.backward()
    gradients = {f"gradient of {key}": p.grad.clone() for key, p in model.named_parameters()
                 if p.grad is not None}
    buffers = {key: value.clone() for key, value in model.named_buffers()}
    return {"loss": loss.detach(), **gradients, **buffers}


def check(name: str, plans: tuple[str, ...]) -> None:
    for plan in plans:
        model, size = frozen(name, plan)
        train_mode(model)
        both_are_equal(model, size)
        both_are_equal(model.eval(), size)


@pytest.mark.parametrize("name", FAMILIES)
def test_of_each_family_the_parts_are_the_whole(name: str) -> None:
    check(name, PLANS if name in ("resnet18", "mobilenet_v3_small") else PLANS[-1:])


@pytest.mark.long
@pytest.mark.parametrize("name", [entry.name for entry in catalogue.CATALOGUE])
def test_of_every_model_the_parts_are_the_whole(name: str) -> None:
    check(name, PLANS)


def test_the_features_of_a_linear_probe_are_what_its_head_reads() -> None:
    model, size = frozen("resnet18", "linear_probe")
    train_mode(model)
    cut = both_are_equal(model, size)
    assert cut.shapes == ((512,),) and cut.values == 512
    assert not any(name.startswith("fc.") for name in cut.cold_names)
    assert "layer4.1.bn2.running_mean" in cut.cold_names


class Branches(nn.Module):
    """A frozen trunk with a dropout, which feeds one branch that trains and one that does not."""

    def __init__(self, functional_dropout: float = 0.0) -> None:
        super().__init__()
        self.trunk = nn.Conv2d(3, 4, 3, padding=1)
        self.drop = nn.Dropout(0.5)
        self.trains = nn.Conv2d(4, 4, 1)
        self.stays = nn.Conv2d(4, 4, 1)
        self.table = nn.Parameter(torch.randn(4, 1, 1))
        self.head = nn.Linear(4, 3)
        self.rate = functional_dropout
        for part in (self.trunk, self.stays):
            part.requires_grad_(False)
        self.table.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        seen = self.trunk(images)
        seen = functional.dropout(seen, self.rate, self.training)
        both = self.trains(self.drop(seen)) + self.stays(seen) * self.table.sigmoid()
        return self.head(both.mean((2, 3)))


def test_branches_meet_and_a_dropout_before_what_trains_is_drawn_anew() -> None:
    model = Branches()
    train_mode(model)
    cut = both_are_equal(model, 8)
    assert len(cut.shapes) == 2  # the trunk, and the product of the branch that stays
    assert not any(key.startswith("trains") for key in cut.cold_names)
    assert {"trunk.weight", "stays.bias", "table"} <= set(cut.cold_names)


def test_a_functional_dropout_at_work_is_never_kept() -> None:
    cut = both_are_equal(Branches(functional_dropout=0.3), 8)
    assert len(cut.shapes) == 1 and {key.split(".")[0] for key in cut.cold_names} == {"trunk"}


class Counts(nn.Module):
    """Its forward looks at the values of its input, which no graph can follow."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.head = nn.Conv2d(3, 2, 3), nn.Linear(2, 3)
        self.first.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        seen = self.first(images)
        return self.head(seen.mean((2, 3)) if seen.sum() > 0 else seen.amax((2, 3)))


class Mixes(nn.Module):
    """Its frozen part mixes the pictures of a batch: a row is no picture's."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.head = nn.Conv2d(3, 2, 3), nn.Linear(2, 3)
        self.first.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.first(images).flatten(2).permute(2, 0, 1).reshape(-1, 2))


def test_what_can_not_be_cut_says_why() -> None:
    everything = build_model("resnet18", "none", num_classes=3).model
    nothing = build_model("resnet18", "none", num_classes=3).model.requires_grad_(False).eval()
    for model, id in (
        (everything, "features.nothing_cold"), (nothing, "features.nothing_trains"),
        (Counts(), "features.not_followed"),
    ):
        with pytest.raises(Uncut) as caught:
            boundary.cut(model, 64)
        assert caught.value.problem.id == id


def test_a_feature_has_a_row_a_picture() -> None:
    cut = boundary.cut(Mixes(), 8)
    assert cut.places == ("flatten",)  # what comes after it is done anew in each step


class Normalised(nn.Module):
    """Its frozen part looks at all pictures of a batch, even in eval mode."""

    def __init__(self, norm: nn.Module | None) -> None:
        super().__init__()
        self.first, self.head = nn.Conv2d(3, 2, 3), nn.Linear(2, 3)
        self.block = nn.Sequential(nn.Conv2d(2, 2, 1), norm, nn.ReLU()) if norm else None
        for part in (self.first, self.block):
            if part:
                part.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        seen = self.first(images)
        if self.block:
            seen = self.block(seen)
        else:
            seen = functional.batch_norm(seen, None, None, training=True)
        return self.head(seen.mean((2, 3)))


@pytest.mark.parametrize(
    ("norm", "places"),
    [
        (nn.BatchNorm2d(2, track_running_stats=False), ("block_0",)),
        (nn.BatchNorm2d(2, affine=False, track_running_stats=False), ("block_0",)),
        (nn.Sequential(nn.BatchNorm2d(2, track_running_stats=False)), ("block_0",)),
        (nn.BatchNorm2d(2), ("mean",)),
        (nn.InstanceNorm2d(2, affine=True), ("mean",)),
        (nn.GroupNorm(1, 2), ("mean",)),
        (None, ("first",)),
    ],
    ids=["no statistics", "neither weights", "further in", "statistics", "instance", "group",
         "a function"],
)
def test_what_looks_at_the_other_pictures_of_a_batch_is_never_kept(norm, places) -> None:
    model = Normalised(norm)
    train_mode(model)
    cut = both_are_equal(model, 8)
    assert cut.places == places
    images = torch.randn(6, 3, 8, 8)
    with torch.no_grad():  # in other company each picture has the features that it had
        apart = torch.cat([cut.cold(part)[0] for part in images.split(2)])
    assert torch.allclose(cut.cold(images)[0], apart, atol=1e-6)
    batches = cut.hot(*cut.cold(images[:3])), cut.hot(*cut.cold(images[3:]))
    assert torch.equal(torch.cat(batches), torch.cat([model(images[:3]), model(images[3:])]))


def test_a_model_that_looks_at_the_whole_batch_first_keeps_nothing() -> None:
    norm = nn.BatchNorm2d(3, affine=False, track_running_stats=False)
    model = nn.Sequential(norm, nn.Conv2d(3, 2, 3).requires_grad_(False), nn.Flatten(),
                          nn.Linear(2 * 6 * 6, 3))
    train_mode(model)
    with pytest.raises(Uncut) as caught:
        boundary.cut(model, 8)
    assert caught.value.problem.id == "features.nothing_cold"
