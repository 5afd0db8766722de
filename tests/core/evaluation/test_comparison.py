"""What differs between recipes."""

from core.evaluation import comparison
from core.recipe import FreezePlan, OptimizerSpec, Recipe


def test_only_what_differs_is_named() -> None:
    one = Recipe(name="a")
    two = Recipe(name="b", freeze=FreezePlan(preset="linear_probe"))
    three = Recipe(optimizer=OptimizerSpec(lr=0.1))
    assert comparison.differing([one, one]) == []
    assert comparison.differing([one, two]) == ["freeze.preset"]
    assert comparison.differing([one, two, three]) == ["freeze.preset", "optimizer.lr"]
    assert comparison.changed(three) == {"optimizer.lr": 0.1}
    assert comparison.changed(one) == {}


def test_every_setting_has_its_field() -> None:
    found = comparison.settings(Recipe())
    assert found["model.name"] == Recipe().model.name
    assert found["split.train_per_class"] == 20
    assert len(found) > 35
    assert not {"name", "format"} & set(found)
