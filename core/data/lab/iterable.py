"""An IterableDataset that every worker reads from its beginning to its end."""

from torch.utils.data import DataLoader, IterableDataset, get_worker_info


class Stream(IterableDataset):
    def __iter__(self):
        yield from range(12)


class SharedStream(IterableDataset):
    def __iter__(self):
        worker = get_worker_info()
        first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
        yield from range(first, 12, step)


def each_once(dataset, batch_size, num_workers):
    seen = []
    for batch in DataLoader(dataset, batch_size=batch_size, num_workers=num_workers):
        print(batch.tolist())
        seen += batch.tolist()
    print(f"{len(seen)} samples came, {len(set(seen))} different ones")
    return sorted(seen) == list(range(12))


def broken(batch_size, num_workers):
    return each_once(Stream(), batch_size, num_workers)


def repaired(batch_size, num_workers):
    return each_once(SharedStream(), batch_size, num_workers)
