"""Sentences about looking at batches."""

SENTENCES: dict[str, str] = {
    "batches.wrong_kind": "The collate function “{collate}” is made for {kinds} and {data} has "
    "{kind} samples: choose one of {known}.",
    "batches.size_of_no_image": "Only images can be resized, and the samples of {data} are none: "
    "leave the size empty.",
    "batches.unequal": "default_collate stacks samples of one shape, and these differ: {first} and "
    "{other}. Choose a collate function that pads, or “list”{resize}.",
    "batches.collate_failed": "The collate function “{collate}” could not make this batch: {why}",
    "batches.idle_option": "{option} does nothing here: it counts with {needs} alone.",
    "batches.loader_refused": "PyTorch refuses this: “{said}”.",
    "batches.refused_shuffle": "PyTorch refuses this: “{said}”. A sampler decides the order by "
    "itself, so there is nothing left for shuffle to do.",
    "batches.refused_batch_sampler": "PyTorch refuses this: “{said}”. A batch sampler hands out "
    "whole batches, so batch_size must be 1, its default, and shuffle, sampler and drop_last must "
    "be left alone.",
    "batches.refused_drop_last": "PyTorch refuses this: “{said}”. Without batches there is no last "
    "batch to leave out.",
    "batches.refused_prefetch": "PyTorch refuses this: “{said}”. Only a worker can make batches "
    "ahead: the main process makes a batch when it is asked for.",
    "batches.refused_persistent": "PyTorch refuses this: “{said}”. Without workers there is nobody "
    "to be kept for the next epoch.",
    "batches.refused_context": "PyTorch refuses this: “{said}”. It says how workers are started, "
    "and there are none.",
    "batches.refused_start_method": "PyTorch refuses this: “{said}”. This operating system can't "
    "start processes in that way.",
    "batches.refused_timeout": "PyTorch refuses this: “{said}”. The timeout is for waiting for a "
    "worker, and the main process does not wait for itself.",
    "batches.refused_stream_shuffle": "PyTorch refuses this: “{said}”. A stream is read from its "
    "beginning: there are no indices to shuffle.",
    "batches.refused_stream_sampler": "PyTorch refuses this: “{said}”. A sampler chooses indices, "
    "and a stream has none.",
    "batches.refused_stream_batch_sampler": "PyTorch refuses this: “{said}”. A batch sampler "
    "chooses indices, and a stream has none.",
    "batches.refused_rank": "PyTorch refuses this: “{said}”. The rank is the number of a process, "
    "counted from 0, so it is smaller than num_replicas.",
    "batches.refused_empty": "PyTorch refuses this: “{said}”. There is no sample to draw.",
    "batches.not_indices": "“{given}” is no index and no range of indices: write them like 0-9, "
    "20, 35.",
    "batches.too_many_indices": "More than {most:,} indices were named: name fewer.",
    "batches.index_outside": "The sampler names index {index}, and {data} has the indices 0 to "
    "{last}: name others.",
    "batches.no_lengths": "length_bucketed puts samples of about the same length into a batch, and "
    "the samples of {data} have no length: choose a data set of sequences.",
    "batches.stopped": "The loader stopped: {kind}: {why}",
    "batches.not_taken": "The training loader takes batch_size, shuffle, drop_last, collate_fn and "
    "num_workers; {names} stayed behind.",
    "batches.timeout": "No batch came within {seconds:g} s: raise the timeout, or lower "
    "num_workers or batch_size.",
    "batches.memory": "A batch like this does not fit into the memory that a loader may take here: "
    "choose a smaller batch_size, or smaller pictures.",
    "batches.worker_died": "A worker of the DataLoader ended unexpectedly: try num_workers 0.",
}
