"""What the Train page says of several processes."""

import pytest

from core.recipe import parse
from pages.widgets.train.several_processes import told


@pytest.mark.parametrize(("processes", "threads", "kind", "gpus", "begins"), [
    (1, 2, "cpu", 0, ""),
    (1, 2, "cuda", 1, ""),
    (1, 2, "cuda", 4, "There are 4 GPUs here"),
    (2, 1, "cpu", 0, "2 processes of one thread each on 4 cores. The curve"),
    (3, 2, "cpu", 0, "3 processes of 2 threads each on 4 cores: slower"),
    (2, 2, "cuda", 4, "2 of 4 GPUs. The curve"),
    (8, 2, "cuda", 4, "Each process needs a GPU of its own, and there are 4"),
    (2, 2, "mps", 0, "An Apple GPU trains in one process"),
])
def test_what_is_said(processes: int, threads: int, kind: str, gpus: int, begins: str) -> None:
    recipe = parse({"train": {"processes": processes, "threads": threads}})
    said = told(recipe, kind, gpus, 4)
    assert said.startswith(begins) and bool(said) == bool(begins)


def test_features_need_equal_shares() -> None:
    def said(size: int, preset: str = "linear_probe", **features: str) -> str:
        train = {"processes": 2, "threads": 1, "accumulate": 2}
        recipe = parse({
            "train": train, "loader": {"batch_size": size}, "features": features,
            "freeze": {"preset": preset},
        })
        return told(recipe, "cpu", 0, 4)

    assert said(30).endswith("if batch_size is a multiple of 4, such as 32.")
    assert not any("multiple" in one for one in (said(32), said(30, "all"), said(30, cache="off")))
