"""How much memory tensors take at once: each counts from the operation that makes it."""

import weakref
from collections.abc import Iterable

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Alive(TorchDispatchMode):
    """Follows the storages that operations make until nothing holds them any more.

    The same on the meta device, where a storage has a size and no memory. What a kernel takes
    for itself while it runs is not seen.

    Attributes:
        now: Bytes that live.
        most: The most that lived at once.
    """

    def __init__(self, before: Iterable[Tensor] = ()) -> None:
        super().__init__()
        self.now = self.most = 0
        # Held for as long as this lives, so that no new storage can take one's address.
        self._before = [tensor.untyped_storage() for tensor in before]
        self._known = {storage._cdata for storage in self._before}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, Tensor):
                self._meet(leaf)
        return out

    def _meet(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key in self._known:
            return
        self._known.add(key)
        self.now += size
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._part_from, key, size)

    def _part_from(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size
