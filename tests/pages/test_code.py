"""The Code page, and the lines of a page with what the last click changed."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.recipe import DataSpec, Recipe, parse
from core.runs.folder import create_run
from core.script import script_of
from pages.widgets.code.section_view import changes
from tests.pages.app_page import open_page, quiet, with_recipe


def code(at: AppTest) -> str:
    return "\n".join(one.value for one in at.code)


def test_the_whole_script_of_the_draft(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page(home, monkeypatch, "code")
    script = script_of(Recipe())
    assert [one.value for one in at.code] == [
        script.imports, *(section.text for section in script.sections)
    ]


def test_the_script_of_a_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_HOME", str(home))
    recipe = parse({"train": {"epochs": 77}})
    run = create_run(recipe, name="seventy-seven")
    at = open_page(home, monkeypatch, "code")
    assert "EPOCHS = 77" not in code(at)
    for id, there in ((run.id, True), ("", False), (run.id, True)):
        quiet(at.selectbox(key="code.source").set_value(id).run())
        assert ("EPOCHS = 77" in code(at)) is there


def test_runs_of_one_name_are_told_apart(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser sends back what it shows of an option: the first of that name would win."""
    monkeypatch.setenv("THAW_HOME", str(home))
    runs = {
        epochs: create_run(parse({"train": {"epochs": epochs}}), name="twice")
        for epochs in (77, 78)
    }
    at = open_page(home, monkeypatch, "code")
    for epochs, run in runs.items():
        quiet(at.selectbox(key="code.source").set_value(run.id).run())
        assert f"EPOCHS = {epochs}" in code(at)


def test_a_shown_run_that_is_deleted_gives_way_to_the_draft(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THAW_HOME", str(home))
    run = create_run(parse({"train": {"epochs": 77}}), name="seventy-seven")
    at = open_page(home, monkeypatch, "code")
    quiet(at.selectbox(key="code.source").set_value(run.id).run())
    shutil.rmtree(run.path)
    quiet(at.run())
    assert at.selectbox(key="code.source").value == "" and "EPOCHS = 30" in code(at)


def test_what_the_last_change_did_is_marked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page(home, monkeypatch, "train")
    quiet(at.toggle(key="code.mirror train").set_value(True).run())
    assert "EPOCHS = 30" in code(at) and "+ EPOCHS" not in code(at)
    with_recipe(at, parse({"train": {"epochs": 31}}))
    assert "- EPOCHS = 30\n+ EPOCHS = 31" in code(at)
    with_recipe(at, parse({"train": {"epochs": 31}, "optimizer": {"name": "sgd"}}))
    assert "+ EPOCHS" not in code(at) and "+ optimizer = torch.optim.SGD" in code(at)


def test_a_page_shows_its_part_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"models": "get_model", "layers": "requires_grad"}
    for page, there in parts.items():
        at = open_page(home, monkeypatch, page, parse({"freeze": {"preset": "linear_probe"}}))
        before = len(at.code)
        quiet(at.toggle(key=f"code.mirror {page}").set_value(True).run())
        shown = [one.value for one in at.code]
        assert len(shown) == before + 1 and there in shown[-1] and "def main" not in shown[-1]


def test_the_program_of_an_exploration_is_marked(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page(home, monkeypatch, "batches")
    quiet(at.toggle(key="code.mirror batches").set_value(True).run())
    assert "DataLoader(" in code(at)
    box = next(one for one in at.text_input if one.label == "batch_size")
    quiet(box.set_value("7").run())
    assert "+     batch_size=7," in code(at)


def test_a_recipe_that_can_be_no_script_gets_its_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = Recipe(data=DataSpec(name="folder", path=str(tmp_path / "gone")))
    monkeypatch.setenv("THAW_HOME", str(home))
    at = open_page(home, monkeypatch, "code")
    at.session_state["draft.recipe"] = gone
    at.run()
    assert not at.exception and len(at.error) == 1 and "gone" in at.error[0].value


def test_changes_keep_every_line() -> None:
    old, new = "a\nb\nc", "a\nx\nc\nd"
    assert changes(old, new) == "  a\n- b\n+ x\n  c\n+ d"
    lines = changes(old, new).splitlines()
    assert "\n".join(line[2:] for line in lines if line[0] != "-") == new
    assert "\n".join(line[2:] for line in lines if line[0] != "+") == old
