"""Errors of training, real ones where a CPU can make them, and the one sentence that each gets."""

import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch._inductor.exc import InductorError
from torch.utils.data import DataLoader, Dataset

from core.messages import ThawError
from core.recipe import Recipe, parse
from core.training.failures import is_out_of_memory, reason_of

RECIPE = parse({"loader": {"batch_size": 48, "num_workers": 3}})


def id_of(error: BaseException) -> str:
    id, values = reason_of(error, RECIPE)
    said = str(ThawError(id, **values))  # every value that the sentence names is there
    assert "\n" not in said and len(said) < 500
    return id.removeprefix("training.")


# What PyTorch, CUDA and the system say, word for word.
ASIDE = (
    "\nCUDA kernel errors might be asynchronously reported at some other API call, so the "
    "stacktrace below might be incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1"
    "\nCompile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n"
)
TEXTS = [
    (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total "
                            "capacity of 7.79 GiB of which 1.20 GiB is free."), "out_of_memory"),
    (RuntimeError("CUDA error: out of memory" + ASIDE), "out_of_memory"),
    (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling "
                  "`cublasCreate(handle)`"), "out_of_memory"),
    (RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling "
                  "`cublasCreate(handle)`"), "out_of_memory"),
    (RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
     "out_of_memory"),
    (InductorError(RuntimeError("Failed to find C compiler.\nand a long story"), None),
     "compiler_failed"),
    (InductorError(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), None),
     "out_of_memory"),
    (RuntimeError("MPS backend out of memory (MPS allocated: 8.84 GB, other allocations: 1.05 "
                  "GB, max allowed: 9.07 GB)."), "out_of_memory"),
    (RuntimeError("std::bad_alloc"), "out_of_memory"),
    (RuntimeError("could not create a primitive"), "out_of_memory"),
    (RuntimeError("could not create a primitive descriptor for a convolution"), "unexpected"),
    (RuntimeError("can't start new thread"), "out_of_memory"),
    (RuntimeError("CUDA error: device-side assert triggered" + ASIDE), "device_assert"),
    (RuntimeError("CUDA error: an illegal memory access was encountered" + ASIDE), "device_lost"),
    (RuntimeError("CUDA error: unspecified launch failure" + ASIDE), "device_lost"),
    (RuntimeError("CUDA error: uncorrectable ECC error encountered" + ASIDE), "device_lost"),
    (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), "device_lost"),
    (RuntimeError("CUDA error: all CUDA-capable devices are busy or unavailable" + ASIDE),
     "no_gpu"),
    (RuntimeError("CUDA error: no CUDA-capable device is detected" + ASIDE), "no_gpu"),
    (RuntimeError("No CUDA GPUs are available"), "no_gpu"),
    (RuntimeError("Found no NVIDIA driver on your system. Please check that you have an NVIDIA "
                  "GPU and installed a driver from http://www.nvidia.com"), "no_gpu"),
    (AssertionError("Torch not compiled with CUDA enabled"), "no_gpu"),
    (RuntimeError("The NVIDIA driver on your system is too old (found version 11040)."),
     "gpu_driver"),
    (RuntimeError("CUDA error: no kernel image is available for execution on the device" + ASIDE),
     "gpu_driver"),
    (RuntimeError("unable to write to file </torch_1529_2231_0>: No space left on device (28)"),
     "shared_memory_full"),
    (RuntimeError("unable to open shared memory object </torch_29919_1396182366> in read-write "
                  "mode: Too many open files (24)"), "shared_memory_full"),
    (RuntimeError("received 0 items of ancdata"), "too_many_open_files"),
    (OSError(24, "Too many open files"), "too_many_open_files"),
    (RuntimeError("DataLoader timed out after 30 seconds"), "loader_worker_died"),
    (ValueError("Expected more than 1 value per channel when training, got input size "
                "torch.Size([1, 512, 1, 1])"), "batch_of_one"),
    (RuntimeError("[enforce fail at inline_container.cc:671] . unexpected pos 704 vs 598"),
     "disk_full"),
    (OSError(28, "No space left on device"), "disk_full"),
    (OSError(122, "Disk quota exceeded", "/runs/a/metrics.jsonl"), "disk_full"),
    (PermissionError(13, "Permission denied", "/data/cat/1.png"), "file_forbidden"),
    (OSError(30, "Read-only file system", "/runs/a/state.json"), "file_forbidden"),
    (OSError(5, "Input/output error", "/data/cat/1.png"), "file_failed"),
    (OSError(112, "Host is down"), "system_refused"),
    (RuntimeError("[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:537] Connection closed by "
                  "peer [127.0.0.1]:21862"), "rank_lost"),
    (RuntimeError("NCCL error in: /pytorch/torch/csrc/distributed/c10d/NCCLUtils.cpp:94, remote "
                  "process exited or there was a network error"), "rank_lost"),
    (ZeroDivisionError("division by zero"), "unexpected"),
]


@pytest.mark.parametrize(("error", "id"), TEXTS, ids=lambda value: str(value)[:48])
def test_what_is_said_word_for_word(error: Exception, id: str) -> None:
    assert id_of(error) == id
    assert is_out_of_memory(error) == (id == "out_of_memory")


def test_the_sentence_of_a_lost_device_quotes_its_first_line_alone() -> None:
    id, values = reason_of(RuntimeError("CUDA error: unspecified launch failure" + ASIDE), RECIPE)
    assert values["said"] == "CUDA error: unspecified launch failure"
    assert "resume" in str(ThawError(id, **values))


# --- real ones ---------------------------------------------------------------------------


class Failing(Dataset):
    """Eight samples; the fourth does something."""

    def __init__(self, fail: Callable[[], object]) -> None:
        self._fail = fail

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> torch.Tensor:
        if index == 3:
            self._fail()
        return torch.zeros(3, 64, 64)


def raised_by(action: Callable[[], object]) -> BaseException:
    with pytest.raises(BaseException) as caught:
        action()
    return caught.value


def through_a_worker(fail: Callable[[], object]) -> BaseException:
    loader = DataLoader(Failing(fail), batch_size=2, num_workers=1, timeout=30)
    return raised_by(lambda: list(loader))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_loader_worker_that_a_signal_ends(number: signal.Signals) -> None:
    assert id_of(through_a_worker(lambda: os.kill(os.getpid(), number))) == "loader_worker_died"


def test_a_loader_worker_that_exits() -> None:
    assert id_of(through_a_worker(lambda: os._exit(3))) == "loader_worker_died"


def test_a_bus_error_is_shared_memory_that_was_too_small() -> None:
    error = through_a_worker(lambda: os.kill(os.getpid(), signal.SIGBUS))
    assert id_of(error) == "shared_memory_full"


def test_shared_memory_that_cannot_grow() -> None:
    small = (1000, 1000)  # it is a file, so the limit of files is the limit of it
    error = through_a_worker(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, small))
    assert id_of(error) == "shared_memory_full"


MEMORY = [
    lambda: torch.empty(10**14), lambda: np.empty(10**15), lambda: bytearray(10**16),
]


@pytest.mark.parametrize("take", MEMORY)
def test_memory_that_is_not_there(take: Callable[[], object]) -> None:
    assert id_of(raised_by(take)) == "out_of_memory"
    error = through_a_worker(take)
    assert id_of(error) == "out_of_memory" and is_out_of_memory(error)


def test_a_file_that_is_gone_is_named_through_a_worker_too(tmp_path: Path) -> None:
    gone = tmp_path / "boat.png"
    for error in (raised_by(gone.read_bytes), through_a_worker(gone.read_bytes)):
        id, values = reason_of(error, RECIPE)
        assert id == "training.file_failed" and values["file"] == "boat.png"
        assert values["why"] == "No such file or directory"


def test_an_error_in_a_worker_is_no_worker_that_died() -> None:
    def fail() -> None:
        raise KeyError("exited unexpectedly")  # its words, not those of the traceback, decide

    assert id_of(through_a_worker(lambda: {}["out of memory" and "boat"])) == "unexpected"
    assert id_of(through_a_worker(fail)) == "loader_worker_died"


def test_a_full_disk(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        error = raised_by(lambda: os.write(full.fileno(), b"all of it"))
    assert id_of(error) == "disk_full"

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        weights = {"weights": torch.zeros(100_000)}
        by_path = raised_by(lambda: torch.save(weights, tmp_path / "model.pt"))
        with open(tmp_path / "other.pt", "wb") as file:
            by_handle = raised_by(lambda: torch.save(weights, file))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert id_of(by_path) == id_of(by_handle) == "disk_full"


def test_the_values_are_those_of_the_recipe() -> None:
    id, values = reason_of(MemoryError(), Recipe())
    assert (id, values["batch_size"]) == ("training.out_of_memory", 32)
