"""A data set that is changed between the stop of a run and its resume, for real."""

import os
import shutil
from pathlib import Path

import pytest
import torch

from core import portable
from core.data import image_folder
from core.evaluation.held_out import held_out_images
from core.evaluation.model_of import load_run_model
from core.messages import ThawError
from core.runs.folder import Run
from core.runs.status import status
from core.training import same_data
from tests.core.training.in_process import new_run, worked
from tests.core.training.test_failing_runs import of_pictures, pictures


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return pictures(tmp_path / "pictures")


def stopped_run(root: Path) -> Run:
    run = of_pictures(root)
    assert worked(run, stop_after=1) == "stopped"
    return run


def refusal(run: Run) -> str:
    """The sentence of a run that does not go on."""
    assert worked(run, resume=True) == "failed"
    problem = status(run).problem
    assert problem.id == "training.data_changed"
    return str(ThawError(problem.id, **problem.values))


def test_files_that_come_go_and_change_are_named_and_the_run_goes_on_when_they_are_back(
    root: Path, tmp_path: Path
) -> None:
    run = stopped_run(root)
    kept = shutil.copytree(root, tmp_path / "kept")
    (root / "boat" / "3.png").unlink()
    shutil.copy(root / "boat" / "4.png", root / "boat" / "new.png")
    shutil.copy(root / "boat" / "6.png", root / "boat" / "5.png")
    os.utime(root / "boat" / "7.png")  # the same picture, with another time
    said = refusal(run)
    assert "1 file is gone (“boat/3.png”)" in said and "1 file is new (“boat/new.png”)" in said
    assert "1 file is changed (“boat/5.png”)" in said and "7.png" not in said
    assert "validated with" in said and "start a new run" in said

    shutil.rmtree(root)
    shutil.copytree(kept, root)
    assert worked(run, resume=True) == "finished"


def test_many_files_are_counted_and_three_are_named(root: Path) -> None:
    run = stopped_run(root)
    for number in range(20, 25):
        shutil.copy(root / "tree" / "1.png", root / "tree" / f"{number}.png")
    assert "5 files are new (“tree/20.png”, “tree/21.png”, “tree/22.png”, …)" in refusal(run)


def test_a_class_that_was_renamed_is_named(root: Path) -> None:
    run = stopped_run(root)
    (root / "boat").rename(root / "ship")
    assert "the class “boat” is called “ship” now" in refusal(run)


def test_a_new_class_is_named(root: Path) -> None:
    run = stopped_run(root)
    shutil.copytree(root / "boat", root / "zebra")
    assert "1 class is new (“zebra”)" in refusal(run)


def test_a_picture_moved_to_another_class_is_named(root: Path) -> None:
    run = stopped_run(root)
    (root / "boat" / "1.png").rename(root / "tree" / "b1.png")
    said = refusal(run)
    assert "gone (“boat/1.png”)" in said and "new (“tree/b1.png”)" in said


@pytest.mark.parametrize("many", [False, True])
def test_a_large_folder_with_other_times_is_the_same_with_another_size_not(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, many: bool
) -> None:
    monkeypatch.setattr(image_folder, "_READ_WHOLE", 100)
    if many:
        monkeypatch.setattr(same_data, "_MOST_FILES", 10)
    run = stopped_run(root)
    for file in root.glob("*/*.png"):
        os.utime(file, (1e9, 1e9))
    held_out_images(load_run_model(run, "last"), "test")
    assert worked(run, stop_after=2, resume=True) == "stopped"
    assert "have another time" in caplog.text
    held_out_images(load_run_model(run, 1), "test")  # of the attempt with the old times
    with open(root / "tree" / "2.png", "ab") as file:
        file.write(b"more")
    with pytest.raises(ThawError, match="are not those"):
        held_out_images(load_run_model(run, "last"), "test")
    assert ("same, but not what" if many else "1 file is changed (“tree/2.png”)") in refusal(run)


def test_a_run_from_before_there_was_a_list_is_compared_by_its_checkpoint(root: Path) -> None:
    run = stopped_run(root)
    (run.path / "data.json").unlink()
    shutil.copy(root / "tree" / "1.png", root / "tree" / "new.png")
    assert "but not what is in them" not in refusal(run)
    assert "not as they were" in refusal(run)
    (root / "tree" / "new.png").unlink()
    assert worked(run, resume=True) == "finished"


def test_a_checkpoint_without_a_fingerprint_goes_on_with_a_word(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = stopped_run(root)
    for file in (run.path / "checkpoints").glob("*.pt"):
        content = torch.load(file, weights_only=True)
        content.pop("data_fingerprint", None)  # best and last are links to one file
        torch.save(content, file)
    shutil.copy(root / "tree" / "1.png", root / "tree" / "new.png")
    assert worked(run, resume=True) == "finished"
    assert "does not say what images it had" in caplog.text


def test_of_a_data_set_without_files_the_counts_are_told() -> None:
    run = new_run()
    assert worked(run, stop_after=1) == "stopped"
    known = portable.read_json(run.path / "data.json")
    assert known["counts"][0] == 178 and "files" not in known
    portable.write_json(run.path / "data.json", {**known, "counts": [180, *known["counts"][1:]]})
    for file in (run.path / "checkpoints").glob("*.pt"):
        content = torch.load(file, weights_only=True)
        torch.save({**content, "data_fingerprint": "another"}, file)
    assert "“0” has 178 images and had 180" in refusal(run)


def test_the_log_says_what_was_left_out(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("bad", "worse"):
        (root / "tree" / f"{name}.png").write_bytes(b"no picture")
    stopped_run(root)
    assert "2 left out, first: “tree/bad.png” is no picture" in caplog.text
