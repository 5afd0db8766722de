"""An answer is what a stranger sent: a whole honest one is read, any other is refused."""

import io
import json
import zipfile

import numpy as np
import pytest

from core.messages import Problem, ThawError
from core.sandbox.job import ProgramError, Reply, packed, packed_problem, ready, unpacked

LIMIT = 1_000_000


def test_an_answer_comes_back_as_it_was():
    arrays = {"a": np.arange(6).reshape(2, 3), "b": np.float32(1.5)}
    found = unpacked(ready(1) + packed(Reply({"x": [1, "ä"]}, arrays, "hello")), LIMIT)
    assert (found.value, found.printed) == ({"x": [1, "ä"]}, "hello")
    assert np.array_equal(found.arrays["a"], arrays["a"]) and found.arrays["b"] == 1.5
    assert found.arrays["a"].dtype == np.int64


def test_a_problem_comes_back_with_what_was_printed():
    problem = Problem("code.no_file", {"path": "x.py", "why": "it is gone"})
    with pytest.raises(ProgramError) as raised:
        unpacked(ready(1) + packed_problem(problem, "so far"), LIMIT)
    assert raised.value.problem == problem
    assert raised.value.printed == "so far"


def stored(content: bytes, *, deflate: bool = False, name: str = "a.npy") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if deflate else 0) as members:
        members.writestr(name, content)
    return b'{"value": 0}\n' + file.getvalue()


def array_file(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def claims(shape: tuple) -> bytes:
    file = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"{", b"[1]\n", b"null\n", b"{}\n", b'{"value"', b"\xff\xfe\n",
        b"[" * 200_000 + b"\n",
        json.dumps({"raised": {"id": "no.such", "values": {}}}).encode() + b"\n",
        json.dumps({"raised": {"id": "code.no_file", "values": {}}}).encode() + b"\n",
        json.dumps({"raised": {"id": ["x"], "values": 3}}).encode() + b"\n",
        b'{"value": 0}\nPK not a zip',
        stored(array_file(np.array([object()], dtype=object))),
        stored(array_file(np.zeros(2_000_000))),
        stored(array_file(np.zeros(1_000)), deflate=True),
        stored(claims((10**12,))), stored(claims((-1,))), stored(b"no array"),
    ],
    ids=lambda data: repr(data[:23]),  # a zip goes on with the time
)
def test_anything_else_is_refused(data):
    with pytest.raises(ThawError) as raised:
        unpacked(ready(1) + data, LIMIT)
    assert raised.value.problem.id == "sandbox.no_answer"


def test_long_words_in_a_problem_are_cut():
    raised = {"id": "code.no_file", "values": {"path": "x" * 10**6, "why": "y"}}
    with pytest.raises(ProgramError) as error:
        unpacked(json.dumps({"raised": raised}).encode() + b"\n", LIMIT)
    assert len(str(error.value)) < 3_000
