"""What an error in training means to a person."""

import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from core.recipe import Recipe

_FIRST, _SAID_CHARACTERS = 4, 160  # causes of an error that are looked at; what is quoted of it


@dataclass(frozen=True)
class _Kind:
    """Errors with one meaning, found by what they say.

    Attributes:
        id: Of the sentence.
        says: Any of these is in the text, in any case of letters.
    """

    id: str
    says: tuple[str, ...]

    def means(self, text: str) -> bool:
        """Whether an error with this text is one of them."""
        return any(words.lower() in text.lower() for words in self.says)


# PyTorch has a class of its own for few of its errors, so their words decide. The first that
# fits counts: what is said of a cause stands before what is said of its consequence.
_MEMORY = _Kind("training.out_of_memory", (
    "can't allocate memory", "Cannot allocate memory", "out of memory", "bad_alloc",
    "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED", "can't start new thread",
    "MemoryError",
    # cuDNN 9's other words; and cuBLAS's where it gets no memory for its first handle.
    "DEVICE_ALLOCATION_FAILED", "HOST_ALLOCATION_FAILED", "CUBLAS_STATUS_NOT_INITIALIZED",
))
# The whole line of oneDNN, which had described it before: what a CPU can't do it says there.
_PRIMITIVE = "could not create a primitive"
_SHARED = _Kind("training.shared_memory_full", (
    "out of shared memory", "shared memory object", "unable to resize file </torch_",
    "unable to allocate shared memory", "unable to write to file </torch_",
))
_KINDS = (
    _Kind("training.too_many_open_files", ("Too many open files", "items of ancdata")),
    _Kind("training.device_assert", ("device-side assert triggered",)),
    _Kind("training.no_gpu", (
        "no CUDA-capable device", "No CUDA GPUs are available", "Found no NVIDIA driver",
        "busy or unavailable", "invalid device ordinal", "not compiled with CUDA",
    )),
    _Kind("training.gpu_driver", (
        "driver on your system is too old", "driver version is insufficient",
        "no kernel image is available", "forward compatibility was attempted",
    )),
    _Kind("training.rank_lost", (
        "/gloo/", "Gloo connectFullMesh failed", "Connection closed by peer", "NCCL error",
        "NCCL communicator", "collective operation timeout", "TCPStore", "client socket has",
    )),
    _Kind("training.device_lost", (
        "CUDA error", "CUDNN_STATUS", "CUBLAS_STATUS", "CUFFT_", "cuDNN error", "GPU is lost",
        "CUDA driver error", "MPS backend", "command buffer exited",
    )),
    _Kind("training.loader_worker_died", (
        "exited unexpectedly", "is killed by signal", "DataLoader timed out",
    )),
    _Kind("training.batch_of_one", ("Expected more than 1 value per channel",)),
    _Kind("training.disk_full", ("PytorchStreamWriter failed", "inline_container.cc")),
)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
# How Python prints an error of the system; of one in a loader's worker that is all there is.
_PRINTED = re.compile(r"\[Errno (\d+)\] ([^:'\n]+)(?:: '([^'\n]*)')?")


def reason_of(error: BaseException, recipe: Recipe) -> tuple[str, dict]:
    """The id of the sentence for it, with its values.

    Args:
        recipe: That was being trained.
    """
    text, loader = _text_of(error), recipe.loader
    values = {"batch_size": loader.batch_size, "num_workers": loader.num_workers}
    if _SHARED.means(text):  # before memory: it is no memory of batches that is short
        return _SHARED.id, values
    if is_out_of_memory(error):
        return _MEMORY.id, values
    for kind in _KINDS:
        if kind.means(text):
            return kind.id, {**values, "said": _said(error)}
    return _of_a_file(error, text) or _of_the_compiler(error) or (
        "training.unexpected", {"kind": type(error).__name__}
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was short: that of the process, or that of its GPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = _text_of(error)
    if _PRIMITIVE in map(str.strip, text.splitlines()):
        return True
    return _MEMORY.means(text) and not _SHARED.means(text)


def _of_a_file(error: BaseException, text: str) -> tuple[str, dict] | None:
    """The meaning of an error that the system gave for a file."""
    known = next((one for one in _chain(error) if isinstance(one, OSError) and one.errno), None)
    printed = _PRINTED.search(text)
    if known is not None:
        number, why, file = known.errno, known.strerror or "", str(known.filename or "")
    elif printed:
        number, why, file = int(printed[1]), printed[2].strip(), printed[3] or ""
    else:
        return None
    if number in _FULL:
        return "training.disk_full", {"why": why}
    name = Path(file).name
    if not name:
        return "training.system_refused", {"why": why}
    id = "training.file_forbidden" if number in _FORBIDDEN else "training.file_failed"
    return id, {"why": why, "file": name}


def _of_the_compiler(error: BaseException) -> tuple[str, dict] | None:
    """The meaning of an error of torch.compile in the backward pass, which it compiles later."""
    if type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
        return "training.compiler_failed", {"said": _said(error)}
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it came of."""
    now: BaseException | None = error
    for _ in range(_FIRST):
        if now is None:
            return
        yield now
        now = now.__cause__ or now.__context__


def _text_of(error: BaseException) -> str:
    return "\n".join(map(_own_words, _chain(error)))


def _own_words(error: BaseException) -> str:
    """What an error says; of one that came out of a loader's worker, without the traceback.

    Its lines of code would say anything.
    """
    text = str(error)
    if "in DataLoader worker process" not in text:
        return text
    kind = re.match(r"Caught (\w+) in", text)
    found = text.rfind(f"\n{kind[1]}") if kind else -1
    # A class of a package is printed with its name: from the last line that is not indented.
    lines = text.rstrip().splitlines()
    return text[found:] if found >= 0 else lines[-1]


def _said(error: BaseException) -> str:
    """The first line of its words."""
    lines = _own_words(error).strip().splitlines() or [type(error).__name__]
    return lines[0].strip()[:_SAID_CHARACTERS].rstrip(" .:")
