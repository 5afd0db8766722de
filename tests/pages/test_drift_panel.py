"""“What moved” of a run whose frozen modules stayed in train(): drift, and no fault."""

from streamlit.testing.v1 import AppTest


def panel(drifted: bool, broken: bool) -> None:
    from core.evaluation.movement import LayerMovement, Movement
    from pages.widgets.runs import movement_panel

    def layer(name: str, **changes) -> LayerMovement:
        values = {"name": name, "type": "BatchNorm2d", "params": 8, "trains": False, "change": 0.0,
                  "statistics": 0.0, "same": True, "kept": True, "drifted": False, **changes}
        return LayerMovement(**values)

    moved = {"statistics": 0.25, "same": False, "drifted": True} if drifted else {}
    fault = {"change": 0.1, "same": False, "kept": False} if broken else {}
    movement_panel.show_result(
        Movement(2, (layer("bn1", **moved), layer("bn2"), layer("fc", trains=True, change=1.0),
                     layer("bn3", **fault)))
    )


def test_drift_is_told_as_what_the_plan_wanted() -> None:
    at = AppTest.from_function(panel, args=(True, False), default_timeout=60).run()
    assert not at.exception and not at.error and not at.success
    told = next(one.value for one in at.warning if "drifted" in one.value)
    assert "1 of 3 frozen layers" in told and "most in bn1, by 25 %" in told


def test_a_weight_that_moved_is_a_fault_beside_any_drift() -> None:
    at = AppTest.from_function(panel, args=(True, True), default_timeout=60).run()
    assert not at.exception
    assert "bn3" in at.error[0].value and "bn1" not in at.error[0].value


def test_without_drift_frozen_means_frozen() -> None:
    at = AppTest.from_function(panel, args=(False, False), default_timeout=60).run()
    assert not at.exception
    assert "3 layers" in at.success[0].value
    assert not any("drifted" in one.value for one in at.warning)
