"""What a device is told, and which precision it computes in."""

from types import SimpleNamespace

import pytest
import torch

from core.messages import ThawError
from core.training import devices


def test_the_seed_gives_the_numbers_of_torchs_own():
    torch.manual_seed(12345)
    expected = torch.rand(5)
    devices.seed(torch.device("cpu"), 12345)
    assert torch.equal(torch.rand(5), expected)


def test_seeding_queues_nothing_for_devices_that_are_not_used():
    before = len(torch.cuda._queued_calls)
    devices.seed(torch.device("cpu"), 1)
    assert len(torch.cuda._queued_calls) == before


@pytest.mark.parametrize(("major", "auto"), [(7, "float16"), (8, "bfloat16"), (9, "bfloat16")])
def test_a_gpu_that_only_imitates_bfloat16_is_not_asked_to(
    major: int, auto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As PyTorch sees a T4 (7.5): it takes tensors of bfloat16, and computes elsewhere."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(major=major))
    monkeypatch.setattr(torch.cuda, "_check_bf16_tensor_supported", lambda device: True)
    monkeypatch.setattr(devices, "device_title", lambda device: "Tesla T4 (cuda)")
    gpu = torch.device("cuda")
    assert devices.precision_on(gpu, "auto") == auto
    devices.check_precision(gpu, "float16")
    if major >= 8:
        devices.check_precision(gpu, "bfloat16")
        return
    with pytest.raises(ThawError, match="can't compute in bfloat16"):
        devices.check_precision(gpu, "bfloat16")


@pytest.mark.parametrize(("kind", "beside"), [("cuda", True), ("mps", False), ("cpu", False)])
def test_only_a_copy_that_is_safe_runs_beside_the_computing(kind: str, beside: bool) -> None:
    class Pictures:
        device = torch.device("cpu")

        def pin_memory(self) -> "Pictures":
            return self

        def to(self, device: torch.device, non_blocking: bool) -> tuple[str, bool]:
            return device.type, non_blocking

    assert devices.sent(Pictures(), torch.device(kind)) == (kind, beside)


def test_a_gpu_has_its_memory_back_whatever_ends_the_loan(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []

    class Model(torch.nn.Module):
        def to(self, device: object) -> "Model":
            events.append(f"to {device}")
            return self

    monkeypatch.setattr(devices, "choose_device", lambda name: torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: events.append("given back"))
    with pytest.raises(KeyboardInterrupt), devices.lent_to(Model()) as device:
        events.append(f"used on {device}")
        raise KeyboardInterrupt
    assert events == ["to cuda", "used on cuda", "to cpu", "given back"]


@pytest.fixture
def _tf32_as_it_was():
    before = torch.backends.cudnn.conv.fp32_precision
    yield
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.conv.fp32_precision = before


@pytest.mark.usefixtures("_tf32_as_it_was")
def test_tf32_is_found_by_each_way_of_asking():
    """PyTorch raises where it was set in one way and is asked for in the other."""
    products = torch.backends.cuda.matmul
    devices.allow_tf32(torch.device("cpu"))
    assert not products.allow_tf32
    devices.allow_tf32(torch.device("cuda"))
    assert products.allow_tf32 and torch.backends.cudnn.allow_tf32
    assert torch.get_float32_matmul_precision() == "high"
    assert products.fp32_precision == torch.backends.cudnn.conv.fp32_precision == "tf32"
