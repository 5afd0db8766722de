"""What the README promises about itself."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def bash_lines() -> list[str]:
    blocks = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_ci_calls_the_test_command_of_the_readme():
    commands = [line for line in bash_lines() if line.endswith("-m pytest")]
    assert len(commands) == 1
    assert commands[0] in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


def test_every_picture_and_file_that_it_names_is_there():
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_commands_that_it_shows_exist():
    from core.__main__ import COMMANDS

    shown = {match for line in bash_lines() for match in re.findall(r"-m core (\w+)", line)}
    assert shown and shown <= set(COMMANDS)


def test_every_requirement_that_is_not_the_cards_has_a_reason():
    card = {"torch", "torchvision", "streamlit", "torchsummary", "pandas", "altair",
            "scikit-learn"}
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            package = re.split(r"[><=\s]", line)[0]
            assert package in card or "#" in line, line
