"""What would end a run of a sweep before its first step, found before any is queued."""

from collections.abc import Callable, Sequence

from core.data import subset
from core.data.describe import DataInfo, describe
from core.data.split import require_a_batch, split_of
from core.messages import ThawError
from core.models import weights_file
from core.models.heads import outputs_of
from core.models.memory import refuse_if_too_big
from core.recipe import Recipe
from core.runs.sweep_spec import Planned, SweepSpec, cell_words


def refuse(
    spec: SweepSpec, planned: Sequence[Planned],
    described: Callable[[str, str], DataInfo] = describe,
) -> None:
    """Checks all runs; what several of them have in common is looked at once.

    Args:
        described: What is known of a data set and its path: who asks often remembers it.

    Raises:
        ThawError: With the first combination that can't be trained, and why.
    """
    seen: set[tuple[object, ...]] = set()
    for one in planned:
        for check, parts in _CHECKS:
            key = (check, *parts(one.recipe))
            if key in seen:
                continue
            seen.add(key)
            try:
                check(one.recipe, described)
            except ThawError as error:
                where = cell_words(spec, one.cell)
                raise ThawError("sweep.cell", cell=where, why=str(error)) from None


def to_download(planned: Sequence[Planned]) -> list[str]:
    """Weights that are not on this computer, as "NAME of MODEL": their runs bring them."""
    found = dict.fromkeys(
        (one.recipe.model.name, one.recipe.model.weights) for one in planned
        if one.recipe.freeze.preset != "from_scratch"
    )
    return [
        f"{weights} of {model}" for model, weights in found
        if not weights_file.available_offline(model, weights)
    ]


def needs_torch(recipe: Recipe) -> bool:
    """Whether checking it loads torch: it names layers, or a size that the model has to take."""
    return bool(recipe.transform.size or recipe.freeze.exceptions or recipe.unfreezing.at)


def _memory(recipe: Recipe, _: Callable[[str, str], DataInfo]) -> None:
    refuse_if_too_big(recipe)


def _data(recipe: Recipe, described: Callable[[str, str], DataInfo]) -> None:
    data = recipe.data
    info = subset.info_of(described(data.name, data.path), data.only)
    if info.classes:
        outputs_of(recipe.model.name, recipe.head, len(info.classes))
    if info.targets is not None:
        require_a_batch(len(split_of(recipe.split, info).train), recipe.loader)


def _names_and_size(recipe: Recipe, _: Callable[[str, str], DataInfo]) -> None:
    if needs_torch(recipe):
        from core.training import preflight

        preflight.check(recipe)


_CHECKS = (
    (_memory, lambda recipe: (
        recipe.model, recipe.head, recipe.freeze.preset, recipe.optimizer, recipe.train.ema,
        recipe.train.processes, recipe.train.device,
    )),
    (_data, lambda recipe: (
        recipe.data, recipe.split, recipe.model.name, recipe.head, recipe.loader.drop_last,
        recipe.loader.batch_size,
    )),
    (_names_and_size, lambda recipe: (
        recipe.model, recipe.head, recipe.transform.size, recipe.freeze.exceptions,
        recipe.unfreezing.at,
    )),
)
