"""One's own architecture on the Modules page: what is typed stays, and what comes of it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.messages import Problem
from core.sandbox import policy
from core.sandbox.policy import Access
from pages.widgets.modules import exercises, own_architecture_access
from pages.widgets.modules.own_architecture_examples import EXAMPLES

ROOT = Path(__file__).parents[2]
TWO = """
from torch import nn
class Small(nn.Linear):
    def __init__(self, classes=3): super().__init__(6, classes)
class Large(nn.Linear):
    def __init__(self): super().__init__(6, 30)
"""


@pytest.fixture(autouse=True)
def in_the_box_that_is_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in bubblewrap, which is not on every computer and starts anew for each job."""
    problem = Problem("sandbox.no_walls", {"problem": "it is not installed"})
    allow(monkeypatch, Access("limits", False, problem))


def allow(monkeypatch: pytest.MonkeyPatch, access: Access) -> None:
    monkeypatch.setattr(own_architecture_access, "of_this_visit", lambda: access)


def opened() -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.switch_page("pages/modules.py").run()
    at.session_state[exercises.KEY] = "Your own architecture"
    at.run()
    assert not at.exception
    return at


def widget(at: AppTest, kind: str, label: str):
    return next(one for one in getattr(at, kind) if one.label == label)


def change(at: AppTest, kind: str, label: str, value: object) -> None:
    widget(at, kind, label).set_value(value).run()
    assert not at.exception


def summarise(at: AppTest) -> None:
    at.button(key="own.run").click().run()
    assert not at.exception


def errors(at: AppTest) -> str:
    return "\n".join(one.value for one in at.error)


def words(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.warning, *at.info, *at.code, *at.subheader]
    return "\n".join(one.value for one in parts)


def metrics(at: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in at.metric}


@pytest.mark.parametrize(
    "example, params, said",
    [
        ("A layer that nothing uses", "138 M", "`fc` is never called"),
        ("Lazy layers", "263 k", "What the first forward made"),
        ("Words", "708 k", "Nothing was allocated"),
        ("Two inputs", "21 k", "Nothing was allocated"),
        ("A way that depends on values", "39.1 k", "really built and run"),
    ],
)
def test_examples(example: str, params: str, said: str) -> None:
    at = opened()
    change(at, "selectbox", "Begin with", example)
    summarise(at)
    assert errors(at) == ""
    assert metrics(at)["Parameters"] == params
    assert said in words(at)
    if example == "Lazy layers":
        became = at.table[0].value
        assert became["after"].tolist()[2] == (
            "`Linear(in_features=4096, out_features=64, bias=True)`"
        )
        assert became["parameters"].tolist() == ["448", "32", "262,208", "650"]


def test_the_example_with_a_mistake_says_where_and_what_it_printed() -> None:
    at = opened()
    change(at, "selectbox", "Begin with", "Shapes that don't fit")
    summarise(at)
    assert "in line 17 of the code" in errors(at)
    assert "classifier (Linear) with an input of 1×3600" in errors(at).replace("\\", "")
    assert "after the features: (1, 16, 15, 15)" in words(at)
    code = widget(at, "text_area", "Code")
    change(at, "text_area", "Code", code.value.replace("16 * 16 * 16", "16 * 15 * 15"))
    summarise(at)
    assert errors(at) == "" and metrics(at)["Parameters"] == "36.5 k"


def test_there_is_one_example_of_each() -> None:
    assert widget(opened(), "selectbox", "Begin with").options == list(EXAMPLES)


def test_what_is_typed_is_never_lost() -> None:
    at = opened()
    change(at, "text_area", "Code", "class Net(")
    change(at, "text_input", "Input shapes", "3x")
    change(at, "text_input", "Arguments of the constructor", "x=")
    summarise(at)
    assert "“3x” is no input shape" in errors(at)
    change(at, "selectbox", "Begin with", "Empty")
    change(at, "text_area", "Code", "x = 3")
    change(at, "selectbox", "Begin with", "A layer that nothing uses")
    at.switch_page("pages/start.py").run()
    at.switch_page("pages/modules.py").run()
    assert widget(at, "text_area", "Code").value == "class Net("
    assert widget(at, "text_input", "Input shapes").value == "3x"
    assert widget(at, "text_input", "Arguments of the constructor").value == "x="
    change(at, "selectbox", "Begin with", "Empty")
    assert widget(at, "text_area", "Code").value == "x = 3"


def test_each_input_twice_and_an_answer_that_is_older_says_so() -> None:
    at = opened()
    change(at, "selectbox", "Begin with", "Empty")
    change(at, "text_area", "Code", TWO)
    change(at, "text_input", "Input shapes", "6")
    summarise(at)
    assert "several models: Small, Large" in errors(at)
    assert widget(at, "selectbox", "Class or variable").options == ["Small", "Large"]
    for name, params in (("Large", "210"), ("Small", "21")):
        change(at, "selectbox", "Class or variable", name)
        assert "click Summarise again" in words(at)
        summarise(at)
        assert metrics(at)["Parameters"] == params
        assert "click Summarise again" not in words(at)
    for arguments, params in (("classes=4", "28"), ("5", "35")):
        change(at, "text_input", "Arguments of the constructor", arguments)
        summarise(at)
        assert metrics(at)["Parameters"] == params
    for shape, macs in (("2x6", "60"), ("4x6", "120")):
        change(at, "text_input", "Input shapes", shape)
        summarise(at)
        assert metrics(at)["Multiply-adds"] == macs
    at.switch_page("pages/start.py").run()
    at.switch_page("pages/modules.py").run()
    assert metrics(at)["Multiply-adds"] == "120"


def test_a_file_on_this_computer(tmp_path: Path) -> None:
    at = opened()
    at.session_state["own.source"] = "A file on this computer"
    at.run()
    summarise(at)
    assert "no code yet" in errors(at)
    file = tmp_path / "mine.py"
    file.write_text(TWO)
    for name, params in (("Small", "21"), ("Large", "210")):
        change(at, "text_input", "Path", f"{file}:{name}")
        change(at, "text_input", "Input shapes", "6")
        summarise(at)
        assert errors(at) == "" and metrics(at)["Parameters"] == params
    change(at, "text_input", "Path", str(tmp_path / "none.py"))
    summarise(at)
    assert "can't be read" in errors(at)


def test_hostile_code_gets_its_sentence_and_the_page_goes_on() -> None:
    at = opened()
    change(at, "text_area", "Code", "import os; os._exit(1)")
    summarise(at)
    assert "ended its own process" in errors(at)
    change(at, "text_area", "Code", "class X:\n    __str__ = 3\nraise ValueError('**b** <b> $x$')")
    summarise(at)
    assert "ValueError" in errors(at) and "**b**" not in errors(at)  # no Markdown of theirs


# --- where it is not allowed -------------------------------------------------------------


def test_where_typed_code_is_off_it_says_why_and_takes_none(monkeypatch) -> None:
    for access in (
        policy.access(policy.Visit(None, {}, None), ""),
        policy.access(policy.Visit("127.0.0.1", {}, None), "off"),
        policy.access(policy.Visit("0.0.0.0", {}, None), "on", walls=lambda: "it is missing"),
    ):
        allow(monkeypatch, access)
        at = opened()
        assert not at.text_area and not at.error
        assert any("yped code is" in one.value for one in at.info)


def test_on_a_shared_server_no_path_can_be_given(monkeypatch) -> None:
    allow(monkeypatch, Access("limits", True))
    at = opened()
    assert [one.label for one in at.text_area] == ["Code"]
    assert "own.source" not in at.session_state
    at.session_state["own.path"] = "/etc/passwd"
    at.session_state["own.source"] = "A file on this computer"
    at.run()
    assert [one.label for one in at.text_area] == ["Code"]
    assert "Path" not in [one.label for one in at.text_input]
