"""cuDNN would look for a real GPU: convolutions are PyTorch's own here."""

import gc
from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def without_cudnn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "enabled", False)


@pytest.fixture
def clean_memory() -> Iterator[None]:
    """Nothing of a check stays in device memory: errors hold frames, and those hold tensors."""
    yield
    gc.collect()
    torch.cuda.empty_cache()
