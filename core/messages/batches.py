"""Sentences about looking at batches."""

SENTENCES: dict[str, str] = {
    "batches.wrong_kind": "The collate function “{collate}” is made for {kinds} and {data} has "
    "{kind} samples: choose one of {known}.",
    "batches.sampler_and_shuffle": "A sampler decides the order by itself, so shuffle must be off "
    "with the sampler “{sampler}”.",
    "batches.no_batching": "batch_size None hands out single samples, so {argument} can't be used "
    "with it.",
    "batches.needs_workers": "{argument} only works with worker processes: set num_workers to 1 or "
    "more, or leave {argument} at {default}.",
    "batches.size_of_no_image": "Only images can be resized, and the samples of {data} are none: "
    "leave the size empty.",
    "batches.unequal": "default_collate stacks samples of one shape, and these differ: {first} and "
    "{other}. Choose a collate function that pads, or “list”{resize}.",
    "batches.collate_failed": "The collate function “{collate}” could not make this batch: {why}",
    "batches.loader_refused": "The DataLoader refuses these arguments: {why}",
    "batches.not_taken": "The training loader takes batch_size, shuffle, drop_last, collate_fn and "
    "num_workers; {names} stayed behind.",
    "batches.timeout": "No batch came within {seconds:g} s: raise the timeout, or lower "
    "num_workers or batch_size.",
    "batches.worker_died": "A worker of the DataLoader ended unexpectedly: try num_workers 0.",
    "batches.took_too_long": "The batches did not come within {seconds:g} s, so the loader was "
    "ended: ask for fewer, or for smaller ones.",
    "batches.process_failed": "The process that explores the loader ended without an answer "
    "({why}): try again.",
}
