"""The answers for a batch of files as CSV, by function and by command line."""

import csv
import io
from pathlib import Path

from core.__main__ import main
from core.evaluation.predict import as_csv, predict
from core.runs.folder import Run
from tests.core.data.making import as_file, noise


def test_each_picture_is_a_line(trained_run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "a, b.png", tmp_path / "no.png"
    good.write_bytes(as_file(noise()))
    bad.write_bytes(b"text")
    found = predict(trained_run, [good, bad], top=2)
    rows = list(csv.reader(io.StringIO(as_csv(found))))
    assert rows[0] == [
        "image", "class_1", "probability_1", "class_2", "probability_2", "problem"
    ]
    assert rows[1][:2] == ["a, b.png", found[0].classes[0]] and rows[1][5] == ""
    assert float(rows[1][2]) == round(found[0].probabilities[0], 6)
    assert rows[2][1:5] == [""] * 4 and "no.png" in rows[2][5]


def test_by_command_line(trained_run: Run, tmp_path: Path, capsys) -> None:
    image, table = tmp_path / "a.png", tmp_path / "answers.csv"
    image.write_bytes(as_file(noise()))
    run = str(trained_run.path)
    assert main(["predict", run, str(image), "-o", str(table)]) == 0
    assert table.read_text().startswith("image,class_1,probability_1")
    assert main(["predict", run, str(image), "-o", str(tmp_path / "no" / "such.csv")]) == 2
    assert "can't be written" in capsys.readouterr().err
