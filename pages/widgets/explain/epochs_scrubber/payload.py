"""What the slider's script is sent: all epochs at once, as plain lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # importing them loads torch
    from core.evaluation.epochs import Story
    from pages.widgets.explain.epochs_followed import Followed


def payload_of(story: Story, followed: Followed) -> dict[str, Any]:
    """Of each epoch accuracy, loss, the cells of its confusion matrix, and of each image its
    answer; shares are rounded to a tenth of a percent.
    """
    words = words_of(story)
    return {
        "epochs": list(story.epochs),
        "classes": list(story.classes),
        "images": [_image(story, followed, at, words) for at in range(len(followed.rows))],
        "accuracy": [one.accuracy for one in story.answers],
        "loss": [one.loss for one in story.answers],
        "cells": [_cells(story, at) for at in range(len(story.answers))],
        "support": np.bincount(story.targets, minlength=len(story.classes)).tolist(),
    }


def words_of(story: Story) -> list[str]:
    """Of each image since when it is recognised, and how often its answer changed."""
    from core.evaluation import epochs

    said = []
    pairs = zip(epochs.right_since(story).tolist(), epochs.turns(story).tolist(), strict=True)
    for since, changed in pairs:
        right = (
            "wrong in the end" if since < 0
            else f"right since epoch {story.epochs[since]}" if since else "always right"
        )
        said.append(f"{right}, {'1 change' if changed == 1 else f'{changed} changes'}")
    return said


def _cells(story: Story, at: int) -> list[list[int]]:
    """[true, said, images] of each cell that is not empty."""
    from core.evaluation.epochs import confusion

    counts = confusion(story, at)
    return [[int(true), int(said), int(counts[true, said])] for true, said in np.argwhere(counts)]


def _image(story: Story, followed: Followed, at: int, words: list[str]) -> dict[str, Any]:
    row = followed.rows[at]
    return {
        "truth": int(story.targets[row]),
        "name": f"image {story.places[row]}",
        "words": words[row],
        "plain": followed.pictures[at],
        "heat": followed.strips[at],
        "said": [int(one.said[row]) for one in story.answers],
        "sure": [round(float(one.confidence[row]), 3) for one in story.answers],
        "ofTruth": [round(float(one.of_truth[row]), 3) for one in story.answers],
    }
