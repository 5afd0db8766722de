"""What the arguments of a DataLoader are for, in a sentence each, and what its choices are."""

from dataclasses import dataclass

HELP: dict[str, str] = {
    "size": "Side in pixels that images are squashed to; empty leaves them as they are stored.",
    "batches": "How many batches of the epoch are made and shown, from the first.",
    "epochs": "Of how many epochs the view Order tells the order.",
    "loader.batch_size": "Samples in a batch. Empty is None: no batches, single samples.",
    "loader.shuffle": "Another order every epoch; here the one of the seed.",
    "loader.collate": "collate_fn: how a list of samples becomes a batch.",
    "loader.drop_last": "Leaves the last batch out if it is not full.",
    "loader.sampler": "Decides the order in place of shuffle.",
    "loader.batch_sampler": "Decides which samples share a batch, in place of batch_size, shuffle, "
    "sampler and drop_last.",
    "loader.num_workers": "Processes that make batches; 0 makes them where the loop runs.",
    "loader.prefetch_factor": "Batches that each worker makes ahead; empty is None (2 with "
    "workers).",
    "loader.persistent_workers": "Keeps the workers alive between epochs.",
    "loader.pin_memory": "Puts tensors where a GPU can fetch them faster; no effect without one.",
    "loader.pin_memory_device": "Of old programs: PyTorch takes the accelerator that is there, "
    "and says so.",
    "loader.timeout": "Seconds to wait for a batch of a worker; 0 waits for ever (here a minute).",
    "loader.worker_init_fn": "What each worker calls before its first batch.",
    "loader.in_order": "Hands batches out in order, even if a later one is ready first.",
    "loader.multiprocessing_context": "How workers are started; “default” is what the operating "
    "system does.",
    "loader.seed": "Of the generator that shuffles and samples and that seeds the workers.",
    "loader.num_samples": "How many samples are drawn in an epoch; empty draws as many as there "
    "are.",
    "loader.subset": "Which samples, as in 0-9, 20, 35.",
    "loader.rank": "Which of the processes this one is, counted from 0.",
    "loader.world_size": "num_replicas: how many processes share the data.",
    "loader.set_epoch": "Calls sampler.set_epoch(epoch) before every epoch. Who forgets it gets "
    "the same order every time: look at the view Order with several epochs.",
    "loader.batch_sampler_size": "Samples in a batch of the batch sampler; the DataLoader's own "
    "batch_size stays 1.",
    "loader.batch_sampler_drop_last": "Whether the batch sampler leaves out what is not full.",
    "loader.collate_multiple": "The length becomes a multiple of this.",
    "loader.collate_length": "The length of every sequence; what is longer is cut off.",
}


@dataclass(frozen=True)
class Words:
    """A choice as it is shown.

    Attributes:
        source: Module and name of its code, where it is Thaw's own.
    """

    title: str
    about: str
    source: tuple[str, str] | None = None


SAMPLERS: dict[str, Words] = {
    "default": Words("None", "In order, or shuffled by shuffle."),
    "sequential": Words("SequentialSampler", "In order."),
    "random": Words("RandomSampler", "Every sample once, in random order: what shuffle does."),
    "with_replacement": Words(
        "RandomSampler, replacement", "Draws with replacement: some samples come twice, some not."
    ),
    "weighted": Words(
        "WeightedRandomSampler", "Draws each class as often as any other, however rare it is."
    ),
    "subset": Words("SubsetRandomSampler", "Only the samples that are named, in random order."),
    "class_balanced": Words(
        "ClassBalancedSampler", "Exactly as many of each class, in turn; rare samples come again.",
        ("samplers", "ClassBalancedSampler"),
    ),
    "distributed": Words(
        "DistributedSampler", "The share of one of several processes that train together."
    ),
}
BATCH_SAMPLERS: dict[str, Words] = {
    "default": Words("None", "batch_size samples of the sampler, one after the other."),
    "plain": Words("BatchSampler", "What batch_size makes by itself, written out: in order."),
    "length_bucketed": Words(
        "LengthBucketedBatchSampler", "Samples of about the same length share a batch, so that "
        "little is padded.", ("samplers", "LengthBucketedBatchSampler"),
    ),
    "one_class": Words(
        "OneClassBatchSampler", "Every batch has samples of one class alone.",
        ("samplers", "OneClassBatchSampler"),
    ),
}
WORKER_INITS: dict[str, Words] = {
    "default": Words("None", "PyTorch seeds every worker differently, NumPy too."),
    "seed_numpy": Words(
        "seed_numpy", "Seeds NumPy by the worker's own seed, as older programs have to.",
        ("worker_init", "seed_numpy"),
    ),
    "same_seed": Words(
        "same_seed", "The same seed in every worker, a common mistake: look at “Digits with NumPy "
        "noise”.", ("worker_init", "same_seed"),
    ),
    "split_stream": Words(
        "split_stream", "Gives each worker its own part of a stream: look at “Stream, naive”.",
        ("worker_init", "split_stream"),
    ),
}
CONTEXTS: dict[str, Words] = {
    "default": Words("None", ""),
    "fork": Words("fork", ""),
    "spawn": Words("spawn", ""),
    "forkserver": Words("forkserver", ""),
}
DEVICES: dict[str, Words] = {"default": Words("not set", ""), "cuda": Words("cuda", "")}
