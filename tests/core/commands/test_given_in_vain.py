"""What is given to a command and can't be used is said in a sentence that fits it."""

import pytest

from tests.core.commands.test_commands import answered, refused, written


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


def test_an_option_of_another_sampler_is_told_and_does_nothing(capsys):
    """A program that gives every option each time goes on as before."""
    found = answered(capsys, "batches", "iris", "--subset", "1,2")
    plain = answered(capsys, "batches", "iris")
    assert found["warnings"] == [
        "--subset does nothing here: it counts with --sampler subset alone.", *plain["warnings"]
    ]
    assert [one["indices"] for one in found["batches"]] == [
        one["indices"] for one in plain["batches"]
    ]
    said = written(capsys, "batches", "iris", "--sampler", "random", "--no-set-epoch")
    assert "--set-epoch does nothing here" in said
    assert "nothing here" not in written(
        capsys, "batches", "iris", "--sampler", "subset", "--subset", "1,2"
    )
