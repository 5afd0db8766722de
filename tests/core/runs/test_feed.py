"""What a live chart is fed with."""

import json

from core.recipe import Recipe
from core.runs import folder
from core.runs.feed import RunFeed
from core.runs.metrics import MetricsWriter


def test_numbers_that_json_does_not_know_are_gaps():
    """A loss that explodes; a browser refuses a message with NaN in it."""
    run = folder.create_run(Recipe())
    writer = MetricsWriter(run.path / "metrics.jsonl", 1)
    at = {"epoch": 1, "samples": 8, "seconds": 1.0}
    writer.write("step", step=1, split="train", values={"loss": float("inf"), "lr": 10.0}, **at)
    for split, loss in (("train", 3.0), ("val", float("nan"))):
        writer.write("epoch", step=1, split=split, values={"loss": loss, "accuracy": 0.1}, **at)
    writer.close()
    feed = RunFeed(run)
    feed.update()
    points = feed.all()
    assert points.steps == [[0, 1, 1, None, None, 10.0]]
    assert points.epochs == [[1, 1, 3.0, 0.1, None, 0.1]]
    json.dumps([points.steps, points.epochs], allow_nan=False)


def test_an_opening_is_a_mark_with_the_groups_before_and_after():
    run = folder.create_run(Recipe())
    writer = MetricsWriter(run.path / "metrics.jsonl", 1)
    head, stage = ({"name": name, "params": 5, "lr": 0.1} for name in ("fc", "layer4"))
    writer.write("mark", step=8, epoch=3, split="train", values={
        "label": "layer4 opens", "before": [head], "after": [head, stage],
    })
    writer.close()
    feed = RunFeed(run)
    feed.update()
    points = feed.all()
    assert points.marks == [[8, "layer4 opens"]]
    assert [(one.step, one.epoch, one.before, one.after) for one in points.openings] == [
        (8, 3, [head], [head, stage])
    ]
