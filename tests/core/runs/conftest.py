"""The machine of these tests has a CPU, as the smallest has; a test that wants more says so."""

import pytest

from core.runs import device_slots


@pytest.fixture(autouse=True)
def one_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """One slot, whatever GPUs there are."""
    monkeypatch.setenv(device_slots.SETTING, "cpu")
