"""Metrics as lines: torn ones, void ones, and the tidy frame."""

import json

from core.runs.metrics import MetricsReader, MetricsWriter, frame, read_records, valid_records


def write(path, attempt, *steps, epoch=1):
    writer = MetricsWriter(path, attempt)
    for step in steps:
        writer.write("step", step=step, epoch=epoch, samples=step * 8, seconds=step / 10,
                     split="train", values={"loss": 1 / step + attempt})
    writer.close()


def test_reading_goes_on_where_it_ended(tmp_path):
    path = tmp_path / "metrics.jsonl"
    reader = MetricsReader(path)
    assert reader.read_new() == []
    write(path, 1, 1, 2)
    assert [record["step"] for record in reader.read_new()] == [1, 2]
    assert reader.read_new() == []
    write(path, 1, 3)
    assert [record["step"] for record in reader.read_new()] == [3]


def test_half_a_line_waits_for_its_other_half(tmp_path):
    path = tmp_path / "metrics.jsonl"
    write(path, 1, 1)
    line = json.dumps({"attempt": 1, "kind": "step", "step": 2, "epoch": 1, "values": {}})
    reader = MetricsReader(path)
    with open(path, "a") as file:
        file.write(line[:20])
        file.flush()
        assert [record["step"] for record in reader.read_new()] == [1]
        file.write(line[20:] + "\n")
        file.flush()
        assert [record["step"] for record in reader.read_new()] == [2]


def test_a_torn_line_of_a_killed_writer_spoils_nothing_after_it(tmp_path):
    path = tmp_path / "metrics.jsonl"
    write(path, 1, 1)
    with open(path, "a") as file:
        file.write('{"attempt":1,"kind":"st')
    write(path, 2, 1, 2)
    assert [(r["attempt"], r["step"]) for r in read_records(path)] == [(1, 1), (2, 1), (2, 2)]


def test_what_lies_beyond_the_checkpoint_of_a_later_attempt_is_void(tmp_path):
    path = tmp_path / "metrics.jsonl"
    write(path, 1, 1, 2, 3, 4, 5)
    write(path, 2, 4)  # went on from step 3 and was killed early
    valid = valid_records(read_records(path), {1: {"first_step": 0}, 2: {"first_step": 3}})
    assert [(r["attempt"], r["step"]) for r in valid] == [(1, 1), (1, 2), (1, 3), (2, 4)]


def test_a_third_attempt_from_further_back_voids_both(tmp_path):
    path = tmp_path / "metrics.jsonl"
    write(path, 1, 1, 2, 3)
    write(path, 2, 3, 4)
    write(path, 3, 2)
    attempts = {1: {"first_step": 0}, 2: {"first_step": 2}, 3: {"first_step": 1}}
    valid = valid_records(read_records(path), attempts)
    assert [(r["attempt"], r["step"]) for r in valid] == [(1, 1), (3, 2)]


def test_the_frame_is_tidy(tmp_path):
    path = tmp_path / "metrics.jsonl"
    write(path, 1, 1, 2)
    found = frame(read_records(path))
    assert list(found.columns) == ["kind", "step", "epoch", "samples", "seconds", "split",
                                   "metric", "value"]
    assert found["value"].tolist() == [2.0, 1.5]
    assert frame([]).empty
