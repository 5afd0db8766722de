"""What each stage gets, as data: on small rows by hand, and on every model that trains."""

import pytest

from core.messages import ThawError
from core.models import catalogue
from core.models.freeze_names import PlainRow, within
from core.models.freezing import rows_of
from core.models.heads import head_paths
from core.models.summary_skeleton import build_skeleton
from core.recipe import Recipe, parse
from core.training.optimisation import stage_groups
from core.training.stage_plan import openable, plan_stages, rates, with_opened

HEAD = ("fc",)
ROWS = (
    PlainRow("", "Net", (("token", 1),)),
    PlainRow("stem", "Conv2d", (("weight", 10), ("bias", 2))),
    PlainRow("middle", "Sequential", ()),
    PlainRow("middle.conv", "Conv2d", (("weight", 20),)),
    PlainRow("middle.norm", "BatchNorm2d", (("weight", 4), ("bias", 4))),
    PlainRow("last", "Conv2d", (("weight", 40),)),
    PlainRow("fc", "Linear", (("weight", 50), ("bias", 5))),
)


def recipe_of(**parts: dict) -> Recipe:
    return parse({"freeze": {"preset": "linear_probe"}, **parts})


def told(recipe: Recipe) -> dict[str, tuple]:
    return {stage.name: (stage.params, stage.trainable, stage.openable, stage.opens)
            for stage in plan_stages(ROWS, recipe, HEAD)}


def test_the_rate_falls_from_the_head_towards_the_input() -> None:
    recipe = recipe_of(optimizer={"lr": 0.1, "stage_factor": 0.5})
    assert {stage.name: stage.lr for stage in plan_stages(ROWS, recipe, HEAD)} == {
        "stem": 0.0125, "middle": 0.025, "last": 0.05, "fc": 0.1,
    }
    # Auxiliary heads lie between the stages and learn as fast as the head does.
    assert rates(("a", "aux", "b", "fc"), ("fc", "aux.fc"), 1.0, 0.5) == {
        "a": 0.25, "aux": 1.0, "b": 0.5, "fc": 1.0,
    }


def test_the_rule_opens_one_stage_after_the_other_and_a_name_counts_before_it() -> None:
    assert told(recipe_of(unfreezing={"every": 3, "start": 2})) == {
        "stem": (13, 0, 13, 8), "middle": (28, 0, 28, 5), "last": (40, 0, 40, 2),
        "fc": (55, 55, 0, None),
    }
    named = told(recipe_of(unfreezing={"every": 3, "start": 2, "at": [["stem", 1], ["fc", 4]]}))
    assert {name: opens for name, (*_, opens) in named.items()} == {
        "stem": 1, "middle": 5, "last": 2, "fc": None,
    }
    only = told(recipe_of(unfreezing={"at": [["middle", 7]]}))
    assert [opens for *_, opens in only.values()] == [None, 7, None, None]


def test_what_froze_a_stage_as_a_whole_is_overruled_and_exceptions_in_it_stay() -> None:
    frozen = {"preset": "all", "exceptions": [["middle", False], ["type:BatchNorm2d", False],
                                              ["stem.bias", False]]}
    found = openable(ROWS, recipe_of(freeze=frozen).freeze, HEAD)
    assert found == {"stem": (), "middle": ("middle.conv.weight",), "last": (), "fc": ()}
    part = told(recipe_of(freeze={"preset": "linear_probe", "exceptions": [["last", True]]},
                          unfreezing={"every": 1, "start": 1}))
    assert [opens for *_, opens in part.values()] == [2, 1, None, None]


def test_names_of_stages_that_are_not_there_or_open_get_a_sentence() -> None:
    with pytest.raises(ThawError, match="no stage “layer4”.*stem, middle, last, fc"):
        plan_stages(ROWS, recipe_of(unfreezing={"at": [["layer4", 2]]}), HEAD)
    with pytest.raises(ThawError, match="nothing left to open in fc.*stem, middle, last"):
        with_opened(recipe_of(), ROWS, HEAD, ["fc"], 2)
    opened = with_opened(recipe_of(), ROWS, HEAD, ["last", "stem"], 2)
    assert opened.unfreezing.at == (("last", 2), ("stem", 2))
    with pytest.raises(ThawError, match="nothing left to open in stem"):
        with_opened(opened, ROWS, HEAD, ["stem"], 3)


_FAMILIES = {entry.family: entry for entry in reversed(catalogue.CATALOGUE)}


@pytest.mark.parametrize("entry", _FAMILIES.values(), ids=lambda entry: entry.name)
def test_every_parameter_of_a_model_is_in_one_group_and_the_head_has_the_base_rate(entry) -> None:
    weights = catalogue.find_weights(entry.name, entry.default_weights)
    model = build_skeleton(entry.name, weights, 10)
    head = head_paths(entry.name, entry.default_weights)
    recipe = recipe_of(optimizer={"lr": 1.0, "stage_factor": 0.5}, unfreezing={"every": 1})
    stages = plan_stages(rows_of(model), recipe, head)
    groups = stage_groups(model, {stage.name: stage.lr for stage in stages})
    grouped = [id(parameter) for group in groups for _, parameter in group["params"]]
    assert sorted(grouped) == sorted(map(id, model.parameters()))
    assert [group["name"] for group in groups] == [stage.name for stage in stages]
    below = [stage for stage in stages if not any(within(path, stage.name) for path in head)]
    assert stages[-1].lr == 1 and stages[0].lr == 0.5 ** len(below)
    assert sum(stage.params for stage in stages) == sum(p.numel() for p in model.parameters())
    opens = [stage.opens for stage in stages if stage.openable]
    assert opens == sorted(opens, reverse=True) and len(set(opens)) == len(opens)
    for stage in stages:
        assert stage.trainable + stage.openable == stage.params
