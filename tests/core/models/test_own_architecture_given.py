"""What is given for a model of one's own: files, inputs and arguments, or why they are none."""

from pathlib import Path

import pytest

from core.messages import ThawError
from core.models.own_architecture_given import (
    Input,
    is_python_file,
    read_arguments,
    read_file,
    read_inputs,
    split_path,
)


def test_files_that_are_none(tmp_path: Path):
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "text.txt").write_text("x")
    with open(tmp_path / "large.py", "wb") as file:
        file.truncate(3_000_000)
    for name, expected in (
        ("missing.py", "there is no such file"), ("folder.py", "there is no such file"),
        ("bytes.py", "no text in UTF-8"), ("text.txt", "no Python file"), ("large.py", "3.0 MB"),
    ):
        with pytest.raises(ThawError, match=expected):
            read_file(str(tmp_path / name))
    with pytest.raises(ThawError):
        read_file("\0.py")


def test_a_path_with_a_name():
    assert split_path("a/b.py:Net") == ("a/b.py", "Net")
    assert split_path("C:\\models\\b.py") == ("C:\\models\\b.py", "")
    assert split_path("C:\\models\\b.py:Net") == ("C:\\models\\b.py", "Net")
    assert is_python_file("b.py") and is_python_file("./b.py:Net")
    assert not is_python_file("resnet18") and not is_python_file("b.pyc")


def test_inputs():
    assert read_inputs("3x224x224") == (Input((3, 224, 224)),)
    assert read_inputs(" 3 × 8 x 8 ; 128 : int,\n4:float") == (
        Input((3, 8, 8)), Input((128,), "int"), Input((4,)),
    )
    for text, id in (
        ("", "no_input"), (" , ", "no_input"), ("3x0x3", "no_shape"), ("3x", "no_shape"),
        ("-3", "no_shape"), ("3:bool", "no_shape"), ("x".join(["2"] * 9), "no_shape"),
        ("1e3", "no_shape"), ("30000x30000", "shape_too_large"),
    ):
        with pytest.raises(ThawError) as raised:
            read_inputs(text)
        assert raised.value.problem.id == f"architecture.{id}", text


def test_arguments():
    assert read_arguments("") == ([], {})
    assert read_arguments("10, (1, 2), name='a', deep=-1.5") == (
        [10, (1, 2)], {"name": "a", "deep": -1.5},
    )
    for text in ("x", "f()", "1)+(2", "*[1]", "**{'a': 1}", "b'x'", "{1}", "1 2", "(" * 500,
                 "__import__('os')", "1j"):
        with pytest.raises(ThawError) as raised:
            read_arguments(text)
        assert raised.value.problem.id == "architecture.not_literal", text
