"""The data of a script: images, their split, and their transforms."""

from collections.abc import Sequence

import numpy as np

from core.data import describe, loader_code_data
from core.data.datasets import find_dataset
from core.recipe import Recipe, TransformSpec
from core.script.section import Section

# As core.data.transforms.AUGMENTS makes them.
AUGMENTS: dict[str, str] = {
    "affine": """\
v2.RandomAffine(
    degrees=10, translate=(0.1, 0.1), scale=(0.85, 1.15), shear=10,
    interpolation=InterpolationMode.BILINEAR,
)""",
    "flip_crop": """\
v2.Compose([
    v2.RandomResizedCrop({size}, scale=(0.5, 1.0), antialias=True),
    v2.RandomHorizontalFlip(),
])""",
    "trivial": "v2.TrivialAugmentWide(interpolation=InterpolationMode.BILINEAR)",
}

_SPLIT = '''\
def split(targets):
    """Places of the images that train, validate and are held out: of every class the same share."""
    train, val, test = [], [], []
    for target in np.unique(targets):
        members = {members}
        bits = np.random.PCG64(seed_for("split", {seed}, target))
        members = np.random.Generator(bits).permutation(members)
        {held}validating = min(max(1, round({val!r} * len(members))), {rest})
        {parts}
    return {returned}'''


def sections(recipe: Recipe, transforms: Sequence[str]) -> list[Section]:
    """What loads the images, divides them and transforms them.

    Args:
        transforms: The lines of `transform_lines`.

    Raises:
        ThawError: If a folder or an upload can't be found.
    """
    part = loader_code_data.images_part(recipe.data.name, recipe.data.path)
    loading = "\n\n\n".join([*part.sources, part.lines])
    held_out = _held_out(recipe)
    if held_out:
        loading += f"\n{held_out}"
    if recipe.data.only:
        files = any("class PictureFiles" in source for source in part.sources)
        loading += f"\n{_only(recipe, official=bool(held_out), files=files)}"
    return [
        Section("train", "The images", loading),
        Section("train", "Training, validation and held-out images",
                _split(recipe, official=bool(held_out))),
        Section("train", "From an image to the model's input", "\n".join(transforms)),
    ]


def classes_of(recipe: Recipe) -> int:
    """How many classes the recipe's data has.

    Raises:
        ThawError: If a folder or an upload can't be found.
    """
    if recipe.data.only:
        return len(recipe.data.only)
    known = find_dataset(recipe.data.name).classes
    return known or len(describe.describe(recipe.data.name, recipe.data.path).classes)


def transform_lines(
    spec: TransformSpec, *, size: int, mean: Sequence[float], std: Sequence[float],
    interpolation: str,
) -> list[str]:
    """The lines that make `prepare`, `augment` (if there is one) and `normalize`."""
    mode = f"InterpolationMode.{interpolation.upper()}"
    if spec.resize == "squash":
        prepare = f"prepare = v2.Resize(({size}, {size}), {mode}, antialias=True)"
    else:
        prepare = (
            f"prepare = v2.Compose([\n    v2.Resize({size}, {mode}, antialias=True),\n"
            f"    v2.CenterCrop({size}),\n])"
        )
    lines = [prepare]
    if spec.augment != "none" and spec.augment_on == "loader":
        lines.append(f"augment = {AUGMENTS[spec.augment].format(size=size)}")
    lines.append(
        "normalize = v2.Compose([\n    v2.ToDtype(torch.float32, scale=True),\n"
        f"    v2.Normalize({list(mean)}, {list(std)}),\n])"
    )
    return lines


def _held_out(recipe: Recipe) -> str:
    """The line that says which images are the test that the data comes with; "" without one."""
    entry = find_dataset(recipe.data.name)
    if entry.torchvision:
        return "held_out = np.arange(len(targets) - len(splits[-1]), len(targets))"
    test = describe.describe(recipe.data.name, recipe.data.path).official_test
    if test is None:
        return ""
    ranges = np.split(test, np.flatnonzero(np.diff(test) != 1) + 1)
    spelled = ", ".join(f"np.arange({part[0]}, {part[-1] + 1})" for part in ranges)
    return f"held_out = np.concatenate([{spelled}])"


def _only(recipe: Recipe, *, official: bool, files: bool) -> str:
    """The lines that leave out all other classes."""
    chosen = ", ".join(f'"{name}"' if '"' not in name else repr(name) for name in recipe.data.only)
    lines = [
        f"wanted = [name for name in classes if name in {{{chosen}}}]  # these classes alone",
        "kept = np.flatnonzero([classes[target] in wanted for target in targets])",
        "images = PictureFiles([images.files[place] for place in kept])" if files
        else "images = images[kept]",
        "targets = np.array([wanted.index(classes[target]) for target in targets[kept]])",
    ]
    if official:
        lines.append("held_out = np.flatnonzero(np.isin(kept, held_out))")
    return "\n".join([*lines, "classes = wanted"])


def _split(recipe: Recipe, *, official: bool) -> str:
    spec = recipe.split
    train = "members[validating:]" if official else "members[held + validating :]"
    if spec.train_per_class is not None:
        train += f"[:{spec.train_per_class}]"
    parts = [f"train.append({train})", f"val.append(members[{'' if official else 'held'}"
             + (":validating])" if official else " : held + validating])")]
    if not official:
        parts.insert(0, "test.append(members[:held])")
    of_class = "np.flatnonzero(targets == target)"
    if official:
        of_class = "np.setdiff1d(np.flatnonzero(targets == target), held_out)"
    text = _SPLIT.format(
        members=of_class, seed=spec.seed, val=spec.val,
        held="" if official else
        f"held = min(max(1, round({spec.test!r} * len(members))), len(members) - 2)\n        ",
        rest="len(members) - 1" if official else "len(members) - held - 1",
        parts="\n        ".join(parts),
        returned="np.sort(np.concatenate(train)), np.sort(np.concatenate(val)), held_out"
        if official else "[np.sort(np.concatenate(part)) for part in (train, val, test)]",
    )
    if official:
        text = text.replace("train, val, test = [], [], []", "train, val = [], []")
    return f"{text}\n\n\ntrain, val, test = split(targets)"
