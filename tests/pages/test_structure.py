"""The view Structure: what the browser is sent says what the summary says."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.models.summary import summarize
from pages.widgets.structure.payload import payload

ROOT = Path(__file__).parents[2]


def boxes(level: list) -> Iterator[list]:
    for box in level[1]:
        yield box
        if box[-1]:
            yield from boxes(box[-1])


@pytest.mark.parametrize("name", ["resnet18", "vit_l_16", "fasterrcnn_resnet50_fpn"])
def test_what_is_sent_is_what_the_rows_say(name: str) -> None:
    found = summarize(name)
    sent = json.loads(json.dumps(payload(found)))
    names: list[str] = []
    for row, (depth, last, type_, input_, output, size, calls, use, detail) in zip(
        found.rows, sent["rows"], strict=True
    ):
        names = [*names[:depth], last]
        assert ".".join(names[1:]) == row.name
        assert sent["types"][type_] == row.type
        assert tuple(sent["shapes"][input_]) == row.input
        assert tuple(sent["shapes"][output]) == row.output
        assert size[0] == row.total_params  # no module of these is shared
        assert (calls, use, detail) == (row.calls, row.use, row.detail)
    assert sent["totals"] == sent["rows"][0][5]
    assert tuple(sent["shapes"][sent["diagram"][0]]) == found.input
    singles = [place for box in boxes(sent["diagram"]) if box[0] == "module" for place in box[1]]
    assert len(set(singles)) == len(singles) > 20


def test_the_largest_model_stays_small_on_the_wire() -> None:
    """1,409 modules: sent once, while Streamlit's own messages carry a hash after that."""
    sent = payload(summarize("efficientnet_v2_l"))
    assert len(sent["rows"]) == 1409
    assert len(json.dumps(sent)) < 250_000


def kinds(at: AppTest) -> list[str]:
    return [one.type for one in at.main]


def drawn(name: str, size: int) -> AppTest:
    """The view of a model alone, at an input of that side."""

    def page(name: str, size: int) -> None:
        from core.models.catalogue import find_any_model
        from pages.widgets import structure
        from pages.widgets.models.viewed import Viewed

        entry = find_any_model(name)
        structure.show(Viewed(entry, entry.default_weights, None, size, None))

    return AppTest.from_function(page, default_timeout=120, args=(name, size)).run()


@pytest.mark.parametrize("name", ["alexnet", "fasterrcnn_resnet50_fpn", "r3d_18", "raft_small"])
def test_models_of_every_task_are_drawn(name: str) -> None:
    at = drawn(name, 128)
    assert not at.exception and not at.error
    assert kinds(at).count("bidi_component") == 1


def test_an_input_that_is_too_small_gets_its_sentence() -> None:
    at = drawn("alexnet", 16)
    assert not at.exception
    assert "16×16" in at.error[0].value
    assert "bidi_component" not in kinds(at)


def test_the_models_page_has_the_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    others = kinds(at).count("bidi_component")  # what every page has
    at.switch_page("pages/models.py").run()
    at.session_state["models.view"] = "Structure"
    at.run()
    assert not at.exception and not at.error
    assert kinds(at).count("bidi_component") == others + 1
