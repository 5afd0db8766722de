"""Sentences about what a freeze plan brings: what could be kept, and how long an epoch takes."""

SENTENCES: dict[str, str] = {
    "features.possible": "They could be: all that comes before {boundary} is frozen, in eval mode, "
    "and sees the same pictures in every epoch. Kept, its output would take {size} a picture and "
    "save {share} of a step's multiply-adds.",
    "features.nothing_trains": "Nothing trains, so there is nothing to compute them for.",
    "features.nothing_frozen": "No: nothing that comes before {boundary}, the first layer that "
    "trains, is frozen, so there is no output that stays the same.",
    "features.augmented": "No: the augmentation changes every picture in every epoch, so what the "
    "frozen part makes of it is new each time. Without augmentation they could be kept.",
    "features.drifts": "No: the frozen modules are in train mode, so BatchNorm and Dropout in them "
    "give something else at every step.",
    "features.opened": "Only until epoch {epoch}: then the unfreezing opens a stage that is frozen "
    "now, and what was kept of it is no longer true.",
    "timing.run_is_training": "The run {run} is training: an epoch that is measured beside it "
    "would take longer than alone. Wait until it ends, or stop it first.",
    "timing.measuring_already": "Another epoch is being measured at this moment: try again in half "
    "a minute.",
    "timing.disturbed": "The run {run} began to train during the measurement, so it says nothing: "
    "measure again when the run has ended.",
    "timing.too_slow": "After {seconds} s not enough steps were made to say anything: lower "
    "batch_size or the input size, or freeze more of the model.",
    "timing.unstartable": "The measuring process could not be started ({why}): close other "
    "programs and try again.",
    "timing.ended": "The measuring process ended without a word: it was killed, most likely for "
    "want of memory. Lower batch_size, or freeze more of the model.",
    "timing.ended_said": "The measuring process ended before it had measured anything. It said "
    "last: {said}",
}
