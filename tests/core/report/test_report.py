"""The report of a run: whole, in one file, and whatever is missing said in its place."""

import html
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.evaluation.curves import RunCurve
from core.evaluation.evaluate import evaluate
from core.recipe import Recipe
from core.report import markup, report_of
from core.runs import folder
from core.runs.folder import Run
from core.runs.prediction import Prediction
from core.script import script_of


class _Balanced(HTMLParser):
    """Fails where a tag is closed that is not the open one."""

    EMPTY = ("meta", "img", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def report(trained_run: Run) -> str:
    return report_of(trained_run)


def test_it_holds_what_was_measured(report: str, trained_run: Run) -> None:
    found = evaluate(trained_run)
    assert f"{100 * found.accuracy:.2f} %" in report
    cells = re.findall(r'<td style="[^"]*">(\d*)</td>', report)
    assert [int(cell or 0) for cell in cells] == [n for row in found.confusion for n in row]
    assert report.count("<figure") == 18 and "<svg" in report
    assert html.escape(script_of(trained_run.recipe()).text) in report
    assert html.escape(trained_run.recipe().to_json()) in report


def test_it_opens_anywhere(report: str) -> None:
    parser = _Balanced()
    parser.feed(report)
    assert parser.open == []
    assert not re.findall(r'(?:src|href)="(?!data:)', report)
    assert "<script" not in report


def test_a_run_that_has_not_begun() -> None:
    text = report_of(folder.create_run(Recipe(), name="<b>early</b>", note="a & b"))
    assert "&lt;b&gt;early" in text and "<b>early" not in text and "a &amp; b" in text
    assert "no checkpoint yet" in text and "No epoch has ended yet" in text


def test_data_that_is_gone_is_said_in_its_place(trained_run: Run, tmp_path: Path) -> None:
    copy = Run(Path(shutil.copytree(trained_run.path, tmp_path / trained_run.id)))
    recipe = copy.recipe()
    gone = recipe.data.model_copy(update={"name": "folder", "path": str(tmp_path / "gone")})
    (copy.path / "recipe.json").write_text(recipe.model_copy(update={"data": gone}).to_json())
    text = report_of(copy)
    assert text.count("gone") > 1 and "<svg" in text and "<figure" not in text


def test_predictions_are_dashed_and_scored(trained_run: Run, tmp_path: Path) -> None:
    copy = Run(Path(shutil.copytree(
        trained_run.path, tmp_path / trained_run.id, ignore=shutil.ignore_patterns("*.pt")
    )))
    assert "predicted" not in report_of(copy)
    said = [
        Prediction(name="<Ada>", points=((1, 0.0), (6, 0.0))),
        Prediction(name="Grace", kind="final", points=((6, 1.0),)),
    ]
    lines = [one.model_dump_json() + "\n" for one in said]
    (copy.path / "predictions.jsonl").write_text("".join(lines))
    last = RunCurve(copy).points()[-1].val_accuracy
    text = report_of(copy)
    assert "&lt;Ada&gt;" in text and "<Ada>" not in text
    assert f">{100 * (1 - last):.4g}</td>" in text and f">{-100 * last:.4g}</td>" in text
    assert text.index("Ada") < text.index("Grace")  # who drew a curve comes first
    assert "stroke-dasharray" in text


def test_a_table_escapes_and_puts_numbers_to_the_right() -> None:
    text = markup.table(("name", "share"), [("<i>", 0.123456)])
    assert "&lt;i&gt;" in text and '<td class="number">0.1235</td>' in text
    assert markup.table(("name",), []).count("<tr>") == 1
