"""Sentences about predictions of a run."""

SENTENCES: dict[str, str] = {
    "prediction.too_late": "The first epoch of “{run}” has ended: from there on it can't be "
    "predicted any more. The next run can.",
    "prediction.name_taken": "{name} has predicted this run already, and a prediction stays as it "
    "is: choose another name.",
    "prediction.too_many": "A run has room for {most} predictions.",
    "prediction.not_ascending": "Each predicted point must come at a later epoch than the one "
    "before it.",
    "prediction.unwritable": "The prediction can't be written into {path} ({why}).",
}
