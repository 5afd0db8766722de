"""Exercises: solutions are right, subtle mistakes are named exactly, hostile code is a sentence."""

import re
import time

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from core.data import typed_check, typed_expected
from core.data.collate import my_collate_fn
from core.data.samples import ExampleDataset, open_dataset
from core.data.typed_check import check
from core.data.typed_exercises import EXERCISES, find_exercise
from core.messages import ThawError, sentence
from core.sandbox import run
from core.sandbox.limits import Limits

PAD, DATASET = find_exercise("pad"), find_exercise("dataset")
TIGHT = Limits(seconds=10.0, memory=300_000_000, processes=8)
SHORT = Limits(seconds=1.5, memory=300_000_000, processes=8)
needs_walls = pytest.mark.skipif(
    run.bubblewrap_problem() is not None, reason=f"bubblewrap: {run.bubblewrap_problem()}"
)


def found(exercise, code, **limits):
    return check(exercise, code, box="limits", **limits)


def off(exercise, code):
    """What is off, by the title of the outcome."""
    checked = found(exercise, code)
    return {one.title: sentence(one.problem) for one in checked.outcomes if one.problem}


def changed(exercise, old, new):
    assert old in exercise.solution
    return exercise.solution.replace(old, new)


# --- the expected batches are PyTorch's ------------------------------------------------------


@pytest.mark.parametrize("indices", [(0,), (3, 8, 4), (9, 0), (1, 1)])
def test_expected_sequences_are_those_of_pad_sequence(indices):
    values = [ExampleDataset()[index]["X"] for index in indices]
    for name, side in (("pad", "right"), ("pad_left", "left"), ("lengths", "right")):
        right = pad_sequence(values, batch_first=True, padding_side=side).numpy()
        expected = typed_expected.expected_batch(name, indices)
        assert np.array_equal(expected["X"], right)
        assert expected["X"].dtype == "float32" and list(expected["y"]) == list(indices)
    assert list(expected["lengths"]) == [len(one) for one in values]


def test_expected_rows_are_those_of_iris():
    data = open_dataset("iris")
    for name, (x, y) in {"dataset": ("0", "1"), "dataset_dict": ("X", "y")}.items():
        batch = typed_expected.expected_batch(name, (0, 149, 70))
        rows = torch.tensor(np.stack([data[i][0] for i in (0, 149, 70)]), dtype=torch.float32)
        assert torch.equal(torch.tensor(batch[x]), rows)
        assert batch[y].tolist() == [0, 2, 1] and batch[y].dtype == "int64"


# --- what is right -----------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.name)
def test_the_solution_is_right_and_the_beginning_is_not(exercise):
    checked = found(exercise, exercise.solution)
    assert checked.is_right, [sentence(one.problem) for one in checked.outcomes if one.problem]
    assert all(one.right[0] == one.right[1] for one in checked.outcomes)
    try:
        assert not found(exercise, exercise.start).is_right
    except ThawError as error:
        assert "while len(dataset) was asked for" in str(error)


def test_the_naive_beginning_fails_as_the_lectures_function_does():
    outcomes = {one.title: one for one in found(PAD, PAD.start).outcomes}
    assert outcomes["batch_size=2, in order"].problem is None
    for title, samples in (
        ("batch_size=1, in order", (0,)), ("batch_size=3, in order", (0, 1, 2)),
        ("batch_size=2, shuffled", (7, 2)),
    ):
        outcome = outcomes[title]
        assert outcome.samples == samples and outcome.batch == 0
        with pytest.raises((RuntimeError, IndexError)) as raised:
            my_collate_fn([ExampleDataset()[index] for index in samples])
        words = sentence(outcome.problem)
        assert words.startswith(f"{raised.type.__name__} in line ")
        assert str(raised.value) in words
    line = int(re.search(r"in line (\d+)", sentence(outcome.problem))[1])
    assert "torch.zeros(missing)" in PAD.start.splitlines()[line - 1]


# --- what is subtly wrong ------------------------------------------------------------------------

LOOP = "    for sample in batch:\n"
WRONG = {
    "one zero too many": (
        changed(PAD, "for sample in batch)\n    rows", "for sample in batch) + 1\n    rows"),
        "batch_size=1, in order", "X has the shape [1, 2], and should have [1, 1]."),
    "padded with ones": (
        changed(PAD, "torch.zeros(", "torch.ones("),
        "batch_size=2, in order", "X[0][1] is 1, and should be 0 (in the row of sample 0)"),
    "another dtype": (
        changed(PAD, "torch.stack(rows)", "torch.stack(rows).double()"),
        "batch_size=1, in order", "X has the dtype float64, and should have float32."),
    "labels as whole numbers": (
        changed(PAD, '[sample["y"] for sample in batch])', '[sample["y"].long() for sample in batch])'),  # noqa: E501
        "batch_size=1, in order", "y has the dtype int64, and should have float32."),
    "sorted": (
        changed(PAD, LOOP, '    batch = sorted(batch, key=lambda s: -len(s["X"]))\n' + LOOP),
        "batch_size=2, in order",
        "X has the right rows in another order: row 0 is that of sample 1, and should be that of "
        "sample 0."),
    "sorted in place": (
        changed(PAD, LOOP, '    batch.sort(key=lambda s: -len(s["X"]))\n' + LOOP),
        "batch_size=2, in order", "X has the right rows in another order"),
    "y forgotten": (
        re.sub(r'        "y".*\n', "", PAD.solution),
        "batch_size=1, in order", "y is missing: the batch has X."),
    "something else as well": (
        changed(PAD, '"X": torch', '"z": 1, "X": torch'),
        "batch_size=1, in order", "The batch also has z"),
    "a tuple": (
        "def my_collate_fn(batch):\n    return [s['X'] for s in batch], 1",
        "batch_size=1, in order", "The batch is a tuple of 2, and should be a dict with X and y."),
    "nothing": (
        "def my_collate_fn(batch):\n    pass",
        "batch_size=1, in order", "The batch is None, and should be a dict with X and y."),
    "not stacked": (
        changed(PAD, "torch.stack(rows)", "rows"),
        "batch_size=1, in order", "X should be a tensor, and is a list of 1."),
    "an array": (
        changed(PAD, "torch.stack(rows)", "torch.stack(rows).numpy()"),
        "batch_size=1, in order", "X should be a tensor, and is of type ndarray."),
    "not a number": (
        changed(PAD, "torch.stack(rows)", "torch.stack(rows) * float('nan')"),
        "batch_size=1, in order", "X[0][0] is nan, and should be 0"),
    "fills the samples themselves": (
        changed(PAD, "rows.append(torch.cat([sample[\"X\"], zeros]))",
                "sample['X'] = torch.cat([sample['X'], zeros]); rows.append(sample['X'])"),
        "the samples stay as they were", "changed a sample that it was given (sample 0)"),
    "changes values in place": (
        changed(PAD, "    return {", "    batch[0]['X'] += 0.5\n    return {"),
        "the samples stay as they were", "changed a sample that it was given (sample 0)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name):
    code, title, words = WRONG[name]
    said = off(PAD, code)
    assert next(iter(said)) == title, said
    assert words in said[title]


def test_filling_in_place_is_right_in_every_batch_and_wrong_all_the_same():
    code = WRONG["fills the samples themselves"][0]
    assert list(off(PAD, code)) == ["the samples stay as they were"]


OF_DATASETS = {
    "the lecture's length": (
        ("return len(self.X)", "return len(self.X[torch.randint(10, (10,))])"),
        {"len(dataset)": "is 10, and there are 150 samples",
         "batch_size=4, in order": "X has the shape \\[2, 4\\], and should have \\[4, 4\\]",
         "batch_size=64, shuffled": "X has the shape \\[10, 4\\], and should have \\[64, 4\\]"}),
    "one too few": (
        ("return len(self.X)", "return len(self.X) - 1"),
        {"len(dataset)": "is 149, and there are 150",
         "batch_size=1, in order": "ended after 149 of 150 batches"}),
    "one too many": (
        ("return len(self.X)", "return len(self.X) + 1"),
        {"batch_size=1, in order": "IndexError in line 14 of the code"}),
    "goes on": (
        ("return self.X[index], self.y[index]",
         "return self.X[index % 150], self.y[index % 150]\n    __len__ = lambda self: 170"),
        {"batch_size=1, in order": "went on after the last of 150 batches"}),
    "never ends": (
        ("return len(self.X)", "return 10**15"), {"len(dataset)": f"is {10**15}, and"}),
    "next row": (
        ("self.X[index], ", "self.X[index - 1], "),
        {"batch_size=1, in order": "X\\[0\\]\\[0\\] is 5.9, and should be 5.1"}),
    "float64": (
        ("dtype=torch.float32", "dtype=torch.float64"),
        {"batch_size=4, in order": "X has the dtype float64, and should have float32"}),
    "labels as float": (
        ("dtype=torch.int64", "dtype=torch.float32"),
        {"batch_size=4, in order": "y has the dtype float32, and should have int64"}),
    "only x": (
        ("return self.X[index], self.y[index]", "return self.X[index]"),
        {"batch_size=1, in order": "The batch is a tensor float32 \\[1, 4\\], and should be a"}),
    "no Dataset": (
        ("(Dataset)", ""), {"is a torch.utils.data.Dataset": "write class IrisDataset\\(Dataset"}),
}


@pytest.mark.parametrize("name", OF_DATASETS)
def test_what_is_wrong_with_a_data_set_is_named(name):
    (old, new), expected = OF_DATASETS[name]
    said = off(DATASET, changed(DATASET, old, new))
    for title, words in expected.items():
        assert re.search(words, said[title]), said


# --- what is hostile -----------------------------------------------------------------------------

HEAD = "import os, time, torch\ndef my_collate_fn(batch):\n    "
CLASS = DATASET.solution
HOSTILE = {
    "no Python": (PAD, "def my_collate_fn(batch)", "Line 1 of the code is no Python"),
    "empty": (PAD, " \n", "There is no code yet: write my_collate_fn"),
    "another name": (PAD, "def collate(batch): ...", "does not define my_collate_fn"),
    "a number": (PAD, "my_collate_fn = 3", "does not define my_collate_fn"),
    "endless loop": (PAD, HEAD + "while True: pass", "did not end within 1.5 s"),
    "fork bomb": (PAD, HEAD + "while True: os.fork()", "more than 8 processes"),
    "100 GB": (PAD, HEAD + "return torch.ones(25 * 10**9)", "more than the 300 MB"),
    "100 GB of bytes": (PAD, HEAD + "return bytearray(100 * 10**9)", "more than the 300 MB"),
    "os._exit": (PAD, HEAD + "os._exit(0)", "ended its own process"),
    "writes the answer": (
        PAD, HEAD + "[os.write(n, b'{\"value\": 3}\\n') for n in range(3, 200)"
        " if os.path.exists(f'/proc/self/fd/{n}')]; os._exit(0)", "no readable answer"),
    "length that hangs": (
        DATASET, CLASS.replace("return len(self.X)", "\n        while True: pass"), "within 1.5 s"),
    "length that is a text": (
        DATASET, CLASS.replace("return len(self.X)", "return 'many'"),
        "TypeError while len(dataset) was asked for"),
    "length below zero": (
        DATASET, CLASS.replace("return len(self.X)", "return -1"),
        "ValueError while len(dataset) was asked for"),
    "raises in the making": (
        DATASET, CLASS.replace("self.y = ", "self.y = 1 / 0 #"), "ZeroDivisionError in line 8"),
    "takes nothing": (
        DATASET, CLASS.replace("(self, X, y)", "(self)"), "TypeError while IrisDataset(X, y)"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_is_a_sentence(name):
    exercise, code, words = HOSTILE[name]
    begun = time.monotonic()
    with pytest.raises(ThawError) as raised:
        found(exercise, code, limits=SHORT if "1.5 s" in words else TIGHT)
    assert words in str(raised.value)
    assert time.monotonic() - begun < 30


WITHIN = {
    "exit": (HEAD + "exit()", "calls exit() in line 3"),
    "interrupt": (HEAD + "raise KeyboardInterrupt", "KeyboardInterrupt in line 3"),
    "our own error": (
        "from core.messages import ThawError\n" + HEAD + "raise ThawError('nonsense')",
        "ThawError in line 4"),
    "a hostile message": (
        "class E(Exception):\n    def __str__(self): raise self\n" + HEAD + "raise E",
        "its message can't be read"),
    "no end of calls": (HEAD + "return my_collate_fn(batch)", "RecursionError in line 3"),
    "itself": (HEAD + "x = []; x.append(x); return x", "The batch is a list of 1"),
    "a hostile repr": (
        "class R:\n    def __repr__(self): raise SystemExit\n    __len__ = __repr__\n"
        "    __str__ = __repr__\n" + HEAD + "return {'X': R(), 'y': R()}",
        "X should be a tensor, and is of type R."),
    "a hostile dict": (
        "class D(dict):\n    def items(self): raise SystemExit\n    __iter__ = items\n"
        "    __len__ = items\n" + HEAD + "return D(X=1)", "y is missing: the batch has X."),
    "a million parts": (HEAD + "return {n: n for n in range(10**5)}", "X is missing"),
    "a large tensor": (
        HEAD + "return {'X': torch.ones(10**7), 'y': 1}", "X has the shape [10000000]"),
    "complex": (HEAD + "return {'X': torch.ones(1, 1) * 1j, 'y': 1}", "dtype complex64"),
    "marks of Markdown": (
        HEAD + "return {'![x](http://x/x.png)': 1}", "X is missing: the batch has ![x]"),
}


@pytest.mark.parametrize("name", WITHIN)
def test_what_fails_within_a_batch_is_named_with_it(name):
    code, words = WITHIN[name]
    outcome = found(PAD, code, limits=TIGHT).outcomes[0]
    assert outcome.batch == 0 and words in sentence(outcome.problem)
    assert len(sentence(outcome.problem)) < 900


def test_a_flood_of_output_is_cut_and_hides_nothing():
    code = PAD.solution.replace("    rows = []", "    rows = []; print('x' * 10**6)")
    checked = found(PAD, code)
    assert checked.is_right and len(checked.printed) < 9_000
    assert "more characters" in checked.printed


@pytest.mark.parametrize("forged", [
    None, {}, {"runs": []}, {"runs": [{"batches": [], "problem": None, "changed": None}] * 7},
    {"runs": [{"batches": [3], "problem": None, "changed": None}] * 7},
    {"runs": [{"batches": [], "problem": {"id": "no.such", "values": {}}, "changed": None}] * 7},
    {"runs": [{"batches": [], "problem": {"id": "code.raised", "values": {}},
               "changed": None}] * 7},
    {"runs": [{"batches": [{"type": "dict", "keys": ["X"], "items": [
        {"type": "tensor", "shape": [10**9, 10**9], "values": [1]}]}],
        "problem": None, "changed": None}] * 7},
])
def test_a_forged_answer_is_refused_or_judged(forged, monkeypatch):
    reply = run.Reply(forged)
    monkeypatch.setattr(typed_check, "run", lambda *_: reply)
    try:
        assert not check(PAD, "x = 1", box="limits").is_right
    except ThawError as error:
        assert "no readable answer" in str(error)


@pytest.mark.long
@needs_walls
def test_the_solutions_are_right_in_bubblewrap_as_well():
    for exercise in (PAD, DATASET):
        assert check(exercise, exercise.solution, box="bubblewrap").is_right
    with pytest.raises(ThawError, match="did not end within 1.5 s"):
        check(PAD, HOSTILE["endless loop"][1], box="bubblewrap", limits=SHORT)
