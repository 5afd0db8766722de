"""The batches of a script: Dataset, augmentation, DataLoader."""

from pathlib import Path

from core.data import batched_augmentation, collate_table
from core.recipe import LoaderSpec, Recipe
from core.script.sources import sources_of

_PLACES = '''\
class Images(Dataset):
    """Some of the images, as they are."""

    def __init__(self, places):
        self.places = places

    def __len__(self):
        return len(self.places)

    def __getitem__(self, index):
        place = int(self.places[index])
        return normalize(prepare(images[place])), int(targets[place])'''

_AUGMENTED = '''\
class TrainingImages(Images):
    """Each image in the augmentation of an epoch, which is drawn from (seed, epoch, its place)."""

    epoch = 1

    def __getitem__(self, index):
        place = int(self.places[index])
        torch.manual_seed(seed_for("augment", SEED, self.epoch, place))
        return normalize(augment(prepare(images[place]))), int(targets[place])'''

_BATCHED = """\
def training_batches(epoch):
    \"\"\"The batches of an epoch in the order of its own seed, each augmented as a whole.\"\"\"
    order = torch.Generator().manual_seed(seed_for("order", SEED, epoch))
    rows = DataLoader(
        range(len(train)), {arguments},
        generator=order,
    )
    {shown}for chosen in rows:
        places = train[chosen.numpy()]
        pixels = torch.stack([prepare(images[int(place)]) for place in places]).to(device)
        drawn = uniform(seed_for("augment", SEED, {epoch}), places, {numbers})
        pixels = moved_pixels(pixels, {name}(drawn, pixels.shape[-1]))
        yield normalize(pixels), torch.as_tensor(targets[places])"""


def _in_batches(recipe: Recipe) -> bool:
    return recipe.transform.augment != "none" and recipe.transform.augment_on == "batch"


def _batched(recipe: Recipe) -> list[str]:
    """Whole batches are augmented on the device, each image with numbers of its own."""
    name, draws = recipe.transform.augment, recipe.transform.draws
    numbers, _ = batched_augmentation.PLACEMENTS[name]
    return [
        *sources_of(Path(batched_augmentation.__file__), name, "uniform", "moved_pixels"),
        _BATCHED.format(
            arguments=_arguments(recipe.loader.model_copy(update={"collate": "default"})),
            shown=f"shown = (epoch - 1) % {draws} + 1  # they come again\n    " if draws else "",
            epoch="shown" if draws else "epoch", numbers=numbers, name=name,
        ),
    ]


def steps_of(recipe: Recipe) -> str:
    """The expression of the steps of an epoch."""
    if not _in_batches(recipe):
        return "len(training_batches(1))"
    if recipe.loader.drop_last:
        return "len(train) // BATCH_SIZE"
    return "-(-len(train) // BATCH_SIZE)"


def batches_text(recipe: Recipe) -> str:
    """`Dataset` and `DataLoader`: `training_batches(epoch)`, and `batches_of` other images."""
    if _in_batches(recipe):
        evaluation = (
            "def batches_of(places):\n    return DataLoader(Images(places), "
            f"batch_size=BATCH_SIZE{_workers(recipe.loader)})"
        )
        return "\n\n\n".join([_PLACES, *_batched(recipe), evaluation])
    spec, augmented = recipe.loader, recipe.transform.augment != "none"
    sources = [_PLACES] + [_AUGMENTED] * augmented
    if collate := collate_table.source_of(spec.collate):
        sources.append(collate)
    made = "TrainingImages" if augmented else "Images"
    epoch = ["    training_images.epoch = epoch"] if augmented else []
    if augmented and recipe.transform.draws:
        draws = recipe.transform.draws
        epoch = [f"    training_images.epoch = (epoch - 1) % {draws} + 1  # they come again"]
    sources.append("\n".join([
        f"training_images = {made}(train)", "", "",
        "def training_batches(epoch):",
        '    """The batches of an epoch, in the order that its own seed gives."""',
        *epoch,
        '    order = torch.Generator().manual_seed(seed_for("order", SEED, epoch))',
        "    return DataLoader(",
        f"        training_images, {_arguments(spec)},",
        f"        generator=order{_workers(spec)},",
        "    )",
        "", "",
        "def batches_of(places):",
        f"    return DataLoader(Images(places), batch_size=BATCH_SIZE{_workers(spec)})",
    ]))
    return "\n\n\n".join(sources)


def _arguments(spec: LoaderSpec) -> str:
    given = ["batch_size=BATCH_SIZE", f"shuffle={spec.shuffle}"]
    if spec.drop_last:
        given.append("drop_last=True")
    if spec.collate != "default":
        given.append(f"collate_fn={collate_table.call_of(spec.collate)}")
    return ", ".join(given)


def _workers(spec: LoaderSpec) -> str:
    return f", num_workers={spec.num_workers}" if spec.num_workers else ""
