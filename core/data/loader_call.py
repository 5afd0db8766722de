"""The DataLoader of an exploration as a person would write it: only what is not its default."""

from collections.abc import Callable

from core.data import collate_table, datasets, index_text
from core.data.exploration import OPTIONS, Exploration, LoaderArguments, changed_fields


def call_text(exploration: Exploration) -> str:
    """The call, with the objects that it is given in place."""
    chosen = exploration.loader

    def spelled(name: str) -> str:
        if name == "collate":
            return collate_call(exploration)
        return _object_text(chosen, getattr(chosen, name))

    call = ", ".join(["dataset", *arguments(chosen, spelled)])
    if chosen.shuffle and "generator" not in call:
        call += ", generator=generator"
    made = f"generator = torch.Generator().manual_seed({chosen.seed})\n"
    lines = made if "generator" in call else ""
    title = datasets.find_dataset(exploration.data).title
    return f"# dataset: {title}\n{lines}loader = DataLoader({call})"


def arguments(chosen: LoaderArguments, spelled: Callable[[str], str]) -> list[str]:
    """What the call names beside the data set, each as `name=value`.

    Args:
        spelled: Source of what no literal says: of "collate", "sampler" and "batch_sampler".
    """
    found = []
    for name in changed_fields(chosen):
        value = getattr(chosen, name)
        if name == "collate":
            found.append(f"collate_fn={spelled(name)}")
        elif name in ("sampler", "batch_sampler"):
            found.append(f"{name}={spelled(name)}")
        elif name == "worker_init_fn":
            found.append(f"worker_init_fn={value}")
        elif name != "seed" and name not in OPTIONS:
            found.append(f"{name}={value!r}")
    return found


def collate_call(exploration: Exploration) -> str:
    """The collate function with its options; the classes are 0 where the data decides them."""
    chosen = exploration.loader
    return collate_table.call_of(
        chosen.collate, multiple=chosen.collate_multiple, length=chosen.collate_length,
        classes=datasets.find_dataset(exploration.data).classes or 0,
    )


def _object_text(chosen: LoaderArguments, name: str) -> str:
    limit = f", num_samples={chosen.num_samples}" if chosen.num_samples else ""
    batch = f"{chosen.batch_sampler_size}, {chosen.batch_sampler_drop_last}"
    return {
        "sequential": "SequentialSampler(dataset)",
        "random": f"RandomSampler(dataset{limit}, generator=generator)",
        "with_replacement": f"RandomSampler(dataset, replacement=True{limit}, generator=generator)",
        "weighted": f"WeightedRandomSampler(weights, {chosen.num_samples or 'len(dataset)'}, "
        "generator=generator)",
        "subset": f"SubsetRandomSampler({_listed(chosen.subset)}, generator=generator)",
        "class_balanced": "ClassBalancedSampler(labels, generator)",
        "distributed": f"DistributedSampler(dataset, num_replicas={chosen.world_size}, "
        f"rank={chosen.rank}, seed={chosen.seed})",
        "plain": f"BatchSampler(SequentialSampler(dataset), {batch})",
        "length_bucketed": f"LengthBucketedBatchSampler(lengths, {batch}, generator)",
        "one_class": f"OneClassBatchSampler(labels, {batch}, generator)",
    }[name]


def _listed(subset: str) -> str:
    indices = index_text.indices_of(subset)
    if len(indices) > 12 and indices == tuple(range(indices[0], indices[-1] + 1)):
        return f"range({indices[0]}, {indices[-1] + 1})"
    return str(list(indices))
