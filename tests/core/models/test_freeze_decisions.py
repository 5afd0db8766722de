"""A freeze plan in the fewest names."""

from core.models.freeze_decisions import Decision, ways
from core.models.freezing import rows_of, ruling
from core.models.summary_skeleton import build_skeleton
from core.recipe import FreezePlan

PROBE = FreezePlan(preset="linear_probe")


def decisions(rows: tuple, plan: FreezePlan, head: tuple[str, ...]) -> list[Decision]:
    return min(ways(rows, ruling(plan, rows, head)), key=len)


def test_the_fewest_decisions() -> None:
    rows = rows_of(build_skeleton("resnet18", None, num_classes=10))
    assert decisions(rows, PROBE, ("fc",)) == [("", False), ("fc", True)]
    assert decisions(rows, FreezePlan(preset="all"), ("fc",)) == [("", True)]
    plan = FreezePlan(preset="all", exceptions=(("layer1", False), ("layer1.0.conv1", True)))
    assert decisions(rows, plan, ("fc",)) == [
        ("", True), ("layer1", False), ("layer1.0.conv1", True),
    ]


def test_own_parameters_of_a_container_are_decided_with_it() -> None:
    rows = rows_of(build_skeleton("vit_b_32", None, num_classes=10))
    plan = FreezePlan(preset="linear_probe", exceptions=(("encoder.layers", True),))
    model = build_skeleton("vit_b_32", None, num_classes=10)
    for name, trains in decisions(rows, plan, ("heads.head",)):
        model.get_submodule(name).requires_grad_(trains)
    on = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert "class_token" not in on and "encoder.pos_embedding" not in on
    assert any(name.startswith("encoder.layers.encoder_layer_0.") for name in on)
