"""The features cache: what the frozen part makes of the pictures is computed once and kept.

`Data` of a run in which every full batch comes as features wherever that gives the same numbers,
and its other half, `forward`, which takes features as well as pictures. The order of samples, the
targets and everything random stay those of the run without the cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor, nn

from core.messages import Problem
from core.models.max_pooling import quick_max_pooling
from core.recipe import Recipe
from core.training import boundary, feature_key, feature_making, quick_passes
from core.training.boundary import Cut, Uncut
from core.training.devices import autocast, precision_on
from core.training.feature_key import Part, Setting
from core.training.feature_making import NotKept, Wanted
from core.training.feature_store import Features
from core.training.loop import Training
from core.training.ranks import ALONE, Ranks
from core.training.run_data import RunData
from core.training.step import Inputs, moved


class Tell(Protocol):
    """What is told of the cache."""

    def phase_began(self, phase: str) -> None: ...
    def features_decided(self, part: Part, kept: Features | None, why: Problem | None) -> None: ...


@dataclass
class _Kept:
    """What is kept of one part, for the layers that trained when it was made.

    Attributes:
        cut: None where there is no boundary.
        draws: A set for each augmentation that was needed so far.
    """

    trains: tuple[bool, ...]
    cut: Cut | None
    draws: dict[int, Features | None]


def refusal(recipe: Recipe, processes: int = 1) -> Problem | None:
    """Why a recipe never keeps features, whatever its model; None where the model decides.

    Args:
        processes: That train it together.
    """
    if recipe.features.cache == "off":
        return Problem("features.off")
    if recipe.freeze.frozen_modules == "train":
        return Problem("features.drifts")
    if recipe.transform.augment != "none" and not recipe.transform.draws:
        return Problem("features.augmented")
    if recipe.train.mix != "none":
        return Problem("features.mixed")
    size, parts = recipe.loader.batch_size, processes * recipe.train.accumulate
    if size % parts == 0:
        return None
    if processes == 1:
        return Problem("features.uneven_parts")
    return Problem("features.uneven_shares", {"size": size, "parts": parts})


def kept_by(training: Training, data: RunData, pictures: str, tell: Tell) -> Training:
    """The training with features in the place of pictures, where `refusal` has nothing to say.

    Args:
        data: Of the training.
        pictures: A digest of everything that decides what the model sees: data, split, transforms.
    """
    recipe = training.recipe
    setting = Setting(
        dtype=getattr(torch, recipe.features.dtype),
        precision=precision_on(training.device, recipe.train.precision),
        memory_format=training.memory_format,
        pictures=pictures,
        rows=recipe.loader.batch_size // (training.ranks.size * recipe.train.accumulate),
        draws=recipe.transform.draws if recipe.transform.augment != "none" else 0,
        seed=recipe.train.seed,
    )
    kept = FeatureData(data, training.model, training.device, setting, tell, training.ranks)
    return replace(training, data=kept, forward=kept.forward)


class FeatureData:
    """`RunData` with features in the place of pictures.

    Stages that open on the way move the boundary: the next epoch finds the new one.

    Args:
        data: Of the run.
        model: Of the run, on its device.
        tell: Told what is kept and why not.
        ranks: The processes that train together; each brings only the features of its rows.
    """

    def __init__(
        self, data: RunData, model: nn.Module, device: torch.device, setting: Setting, tell: Tell,
        ranks: Ranks = ALONE,
    ) -> None:
        self.steps_per_epoch = data.steps_per_epoch
        self._data, self._model, self._device = data, model, device
        self._setting, self._tell, self._ranks = setting, tell, ranks
        self._parts: dict[Part, _Kept] = {}

    def train(self, epoch: int, start_step: int) -> Iterable[tuple[Inputs, Tensor]]:
        """Batches of an epoch from a step on; a short one comes as pictures.

        The kernels of a short batch may round in another way than those that made the features.
        """
        batches = self._data.places(epoch)[start_step:]
        if not any(map(self._is_full, batches)):
            return self._data.train(epoch, start_step)
        kept = self._kept("train", self._data.draw_of(epoch))
        if kept is None:
            return self._data.train(epoch, start_step)
        return self._mixed(batches, kept, epoch)

    def validation(self) -> Iterable[tuple[Inputs, Tensor]]:
        """Batches of the validation split, always in the same order."""
        kept = self._kept("val", 0)
        if kept is None:
            return self._data.validation()
        rows = self._data.own_of(self._data.validation_places())
        return ((_rows_of(kept, places), self._data.val_targets[places]) for places in rows)

    @property
    def source(self) -> RunData:
        """The same batches as pictures."""
        return self._data

    @property
    def test_samples(self) -> int:
        """How many images are held out."""
        return self._data.test_samples

    def test(self) -> Iterable[tuple[Tensor, Tensor]]:
        """Batches of the held-out images: they are seen once, so nothing is kept of them."""
        return self._data.test()

    def forward(self, inputs: Inputs) -> object:
        """What the model gives for pictures, or for their features."""
        if isinstance(inputs, Tensor):
            return self._model(inputs)
        part = self._parts["train" if self._model.training else "val"]
        return part.cut.hot(*inputs)

    # --- batches -----------------------------------------------------------------------------

    def _is_full(self, batch: Sequence[int]) -> bool:
        return len(batch) == self._data.batch_size

    def _mixed(
        self, batches: Sequence[list[int]], kept: Features, epoch: int
    ) -> Iterator[tuple[Inputs, Tensor]]:
        for batch in batches:
            if self._is_full(batch):
                own, every = map(torch.as_tensor, (self._ranks.own(batch), batch))
                yield _rows_of(kept, own), self._data.train_targets[every]
            else:
                yield from self._data.own_pictures([batch], epoch)

    def _pictures(
        self, part: Part, draw: int, pieces: range
    ) -> Iterable[tuple[Tensor, Tensor]]:
        """Some of the pieces in which the pictures of a part are computed."""
        if part == "val":
            batches = self._data.validation_places()
            return self._data.validation_pictures(batches[pieces.start : pieces.stop])
        # Full ones; the last one is filled up with the first pictures.
        count, size = len(self._data.train_targets), self._setting.rows
        return self._data.pictures([
            [place % count for place in range(piece * size, (piece + 1) * size)]
            for piece in pieces
        ], draw, draw)

    # --- what is kept ------------------------------------------------------------------------

    def _kept(self, part: Part, draw: int) -> Features | None:
        trains = tuple(parameter.requires_grad for parameter in self._model.parameters())
        known = self._parts.get(part)
        if known is None or known.trains != trains:
            known = self._parts[part] = _Kept(trains, None, {})
            try:
                known.cut = boundary.cut(self._model, self._data.size)
            except Uncut as uncut:
                self._tell.features_decided(part, None, uncut.problem)
        if known.cut is None:
            return None
        if draw not in known.draws:
            known.draws[draw] = self._found_or_made(part, draw, known.cut)
        return known.draws[draw]

    def _found_or_made(self, part: Part, draw: int, cut: Cut) -> Features | None:
        targets = self._data.train_targets if part == "train" else self._data.val_targets
        rows = self._setting.rows if part == "train" else self._data.batch_size
        wanted = Wanted(
            feature_key.key_of(
                self._setting, cut, self._model, part=part, draw=draw, rows=rows,
                size=self._data.size, device=self._device.type,
            ),
            len(targets), rows, cut.shapes, self._setting.dtype,
        )
        kept, why, phases = None, None, []

        def begins() -> None:
            phases.append("training" if part == "train" else "validation")
            self._tell.phase_began("computing_features")

        try:
            kept = feature_making.found_or_made(
                wanted,
                lambda pieces: self._computed(cut, self._pictures(part, draw, pieces), len(pieces)),
                self._ranks, begins,
            )
        except NotKept as error:
            why = error.problem
        for phase in phases:
            self._tell.phase_began(phase)
        self._tell.features_decided(part, kept, why)
        return kept

    def _computed(
        self, cut: Cut, pictures: Iterable[tuple[Tensor, Tensor]], count: int
    ) -> Iterator[tuple[Tensor, ...]]:
        @torch.no_grad()
        def cold(images: Tensor) -> tuple[Tensor, ...]:
            images = moved(images, self._device, self._setting.memory_format)
            with autocast(self._device, self._setting.precision), quick_max_pooling(self._model):
                return cut.cold(images)

        return quick_passes.computed(cold, (images for images, _ in pictures), count)


def _rows_of(kept: Features, places: Tensor) -> tuple[Tensor, ...]:
    """The features of some pictures, in the precision that they were computed in."""
    return tuple(
        tensor[places].to(computed)
        for tensor, computed in zip(kept.tensors, kept.computed, strict=True)
    )
