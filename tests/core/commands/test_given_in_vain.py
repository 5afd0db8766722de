"""What is given to a command and can't be used is refused in a sentence that fits it."""

import pytest

from core.__main__ import main
from tests.core.commands.test_commands import refused


@pytest.mark.parametrize(
    "command",
    [
        ("train",), ("train", "--dry-run"), ("lr",), ("script",), ("experiment",),
        ("sweep", "--grid", "train.seed=0,1"),
    ],
)
def test_a_recipe_that_is_not_there_is_not_called_a_run(command, capsys, tmp_path):
    said = refused(capsys, *command, str(tmp_path / "mine.json"))
    assert "mine.json can't be read (No such file or directory)" in said


def test_an_option_of_another_sampler_is_refused(capsys):
    said = refused(capsys, "batches", "iris", "--subset", "1,2")
    assert "--subset does nothing here: it counts with --sampler subset alone." in said
    said = refused(capsys, "batches", "iris", "--sampler", "random", "--no-set-epoch")
    assert "--set-epoch does nothing here" in said
    assert main(["batches", "iris", "--sampler", "subset", "--subset", "1,2"]) == 0
