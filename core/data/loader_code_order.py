"""Generator, sampler, batch sampler and `worker_init_fn` of an exploration as lines of Python."""

from core.data.exploration import Exploration, LoaderArguments
from core.data.index_text import indices_of
from core.data.loader_code_part import Part, source_of

_DRAWING_COLLATES = ("mix_up", "cut_mix")


def needs_generator(chosen: LoaderArguments) -> bool:
    """Whether the generator makes a difference to what comes out.

    Without one a DataLoader draws a number from torch's global generator for its workers, before
    a collate function draws from there.
    """
    return (
        chosen.shuffle or chosen.sampler not in ("default", "sequential", "distributed")
        or chosen.batch_sampler not in ("default", "plain") or chosen.num_workers > 0
        or chosen.collate in _DRAWING_COLLATES
    )


def order_part(wanted: Exploration) -> Part:
    """The part that makes `generator`, `sampler` and `batch_sampler`, where they are needed."""
    chosen = wanted.loader
    lines = [_sampler(chosen), _batch_sampler(chosen)]
    if needs_generator(chosen):
        lines.insert(0, f"generator = torch.Generator().manual_seed({chosen.seed})")
    sources = tuple(source_of("samplers", name) for name in _own_classes(chosen))
    return Part(sources, "\n".join(filter(None, lines)))


def _own_classes(chosen: LoaderArguments) -> list[str]:
    classes = {
        "class_balanced": "ClassBalancedSampler",
        "length_bucketed": "LengthBucketedBatchSampler",
        "one_class": "OneClassBatchSampler",
    }
    return [classes[one] for one in (chosen.sampler, chosen.batch_sampler) if one in classes]


def _sampler(chosen: LoaderArguments) -> str:
    count = chosen.num_samples
    limit = f", num_samples={count}" if count else ""
    if chosen.sampler == "sequential":
        return "sampler = SequentialSampler(dataset)"
    if chosen.sampler in ("random", "with_replacement"):
        again = ", replacement=True" if chosen.sampler == "with_replacement" else ""
        return f"sampler = RandomSampler(dataset{again}{limit}, generator=generator)"
    if chosen.sampler == "weighted":
        return (
            "weights = 1.0 / np.bincount(dataset.targets)[dataset.targets]\n"
            "sampler = WeightedRandomSampler(\n"
            f"    weights.tolist(), {count or 'len(dataset)'}, generator=generator\n)"
        )
    if chosen.sampler == "subset":
        indices = list(indices_of(chosen.subset))
        whole = list(range(indices[0], indices[-1] + 1))
        text = f"range({indices[0]}, {indices[-1] + 1})" if indices == whole else str(indices)
        return f"sampler = SubsetRandomSampler({text}, generator=generator)"
    if chosen.sampler == "class_balanced":
        return "sampler = ClassBalancedSampler(dataset.targets, generator)"
    if chosen.sampler == "distributed":
        return (
            f"sampler = DistributedSampler(\n    dataset, num_replicas={chosen.world_size}, "
            f"rank={chosen.rank}, seed={chosen.seed}\n)"
        )
    return ""


def _batch_sampler(chosen: LoaderArguments) -> str:
    options = f"{chosen.batch_sampler_size}, {chosen.batch_sampler_drop_last}"
    if chosen.batch_sampler == "plain":
        return f"batch_sampler = BatchSampler(SequentialSampler(dataset), {options})"
    if chosen.batch_sampler == "length_bucketed":
        return (
            "batch_sampler = LengthBucketedBatchSampler(\n"
            f"    dataset.lengths, {options}, generator\n)"
        )
    if chosen.batch_sampler == "one_class":
        return f"batch_sampler = OneClassBatchSampler(dataset.targets, {options}, generator)"
    return ""


def worker_part(chosen: LoaderArguments) -> Part:
    """The source of the function that every worker calls first; nothing for none."""
    if chosen.worker_init_fn == "default":
        return Part()
    return Part((source_of("worker_init", chosen.worker_init_fn),))
