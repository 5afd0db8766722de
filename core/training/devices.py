"""Where a run computes, and in which precision."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn

from core import portable
from core.messages import ThawError
from core.recipe import TrainSpec

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_device(name: str) -> torch.device:
    """The device of that name; "auto" takes CUDA, then Apple's MPS, then the CPU.

    Raises:
        ThawError: If the machine does not have the one asked for.
    """
    has = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if has[kind])
    if not has[name]:
        raise ThawError("training.no_such_device", device=name)
    return torch.device(name)


def device_title(device: torch.device) -> str:
    """The device as a person knows it, such as "NVIDIA H100 (cuda)"."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} (cuda)"
    return {"mps": "Apple GPU (mps)"}.get(device.type, f"CPU, {torch.get_num_threads()} threads")


def device_memory(device: torch.device) -> int:
    """Bytes in use: allocated on the GPU, or resident in this process on a CPU."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    if device.type == "mps":
        return torch.mps.current_allocated_memory()
    import psutil

    return psutil.Process().memory_info().rss


def peak_memory(device: torch.device) -> int:
    """Bytes at most so far: allocated on the GPU, or resident in this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return portable.peak_memory()


def precision_on(device: torch.device, asked: str) -> str:
    """The precision that a device computes in: "auto" is the fastest that trains well there."""
    if asked != "auto":
        return asked
    if device.type != "cuda":
        return "float32"
    return "bfloat16" if _has_bfloat16() else "float16"


def _has_bfloat16() -> bool:
    """Whether the GPU computes in it; older ones (a T4, say) imitate it, and are slow then."""
    return torch.cuda.is_bf16_supported(including_emulation=False)


def memory_format_on(device: torch.device, asked: str) -> torch.memory_format:
    """How pictures and weights lie in memory: "auto" is channels last where tensor cores want it.

    On a CPU it made one model faster and another slower, so there it is measured or left.
    """
    if asked == "channels_last" or asked == "auto" and device.type == "cuda":
        return torch.channels_last
    return torch.contiguous_format


def allow_tf32(device: torch.device) -> None:
    """Lets float32 on an NVIDIA GPU round the factors of its products to TensorFloat-32.

    PyTorch does so in convolutions by default, and in matrix products not. Its older call sets what
    the older and the newer way of asking find: where only the newer is set the older raises, and a
    part of torch.compile still asks that way.
    """
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.conv.fp32_precision = "tf32"


def seed(device: torch.device, value: int) -> None:
    """Seeds the random numbers of the CPU and of the device, as `torch.manual_seed` does.

    That call also seeds devices which the run does not use, and notes where it was called from
    for each that is not awake: 0.5 ms a call, and a list that grows.
    """
    torch.default_generator.manual_seed(value)
    if device.type == "cuda":
        torch.cuda.manual_seed(value)
    elif device.type == "mps":
        torch.mps.manual_seed(value)


def random_state(device: torch.device) -> list[Tensor]:
    """Where the random numbers of the CPU and of the device stand."""
    found = [torch.get_rng_state()]
    if device.type in ("cuda", "mps"):
        found.append(getattr(torch, device.type).get_rng_state())
    return found


def set_random_state(device: torch.device, state: Sequence[Tensor]) -> None:
    """Goes back to what `random_state` gave."""
    torch.set_rng_state(state[0])
    if device.type in ("cuda", "mps"):
        getattr(torch, device.type).set_rng_state(state[1])


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on the device, without waiting for a GPU.

    Only from pinned memory does a copy run beside the computing: one from other memory has to
    wait until the steps before it are done. On MPS such a copy may read memory that was freed
    meanwhile (PyTorch's issue 189690), so there it is waited for.
    """
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=device.type == "cuda")


def wait_for(device: torch.device) -> None:
    """Until a GPU has done what it was told; what is asked for is not done yet there."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


@contextmanager
def lent_to(model: nn.Module) -> Iterator[torch.device]:
    """The device that "auto" takes, with the model on it meanwhile.

    Afterwards the model is on the CPU and a GPU has its memory back: the app goes on for hours,
    and the next run may need all of it.

    Args:
        model: That nobody else uses, on the CPU.
    """
    device = choose_device("auto")
    try:
        model.to(device)
        yield device
    finally:
        model.to("cpu")
        if device.type == "cuda":
            torch.cuda.empty_cache()
        elif device.type == "mps":
            torch.mps.empty_cache()


def check_precision(device: torch.device, precision: str) -> None:
    """Refuses what the device can't compute in.

    Raises:
        ThawError: For float16 without CUDA, bfloat16 on a GPU without it or on MPS.
    """
    if precision == "float16" and device.type != "cuda":
        raise ThawError("recipe.float16_without_cuda", device=device.type)
    if precision == "bfloat16" and (
        device.type == "mps" or device.type == "cuda" and not _has_bfloat16()
    ):
        raise ThawError("training.no_bfloat16", device=device_title(device))


def check_shared(device: torch.device, spec: TrainSpec) -> None:
    """Refuses what several processes can't do on the device that "auto" has come to.

    Raises:
        ThawError: On MPS, and for BatchNorm over all processes without CUDA.
    """
    if device.type == "mps":
        raise ThawError("recipe.processes_on_mps")
    if spec.sync_batchnorm and device.type != "cuda":
        raise ThawError("recipe.sync_batchnorm_without_cuda")


def autocast(device: torch.device, precision: str) -> AbstractContextManager:
    """The context that the forward pass runs in; it does nothing in float32."""
    precision = precision_on(device, precision)
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=_DTYPES[precision])
