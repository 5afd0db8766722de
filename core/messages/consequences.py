"""Sentences about what a freeze plan brings: what could be kept, and how long an epoch takes."""

SENTENCES: dict[str, str] = {
    "features.possible": "Yes: all that comes before {boundary} is frozen, in eval mode, and sees "
    "the same pictures in every epoch. Its output takes {size} a picture and saves {share} of a "
    "step's multiply-adds.",
    "features.nothing_trains": "Nothing trains, so there is nothing to compute them for.",
    "features.nothing_frozen": "No: nothing that comes before {boundary}, the first layer that "
    "trains, is frozen, so there is no output that stays the same.",
    "features.augmented": "No: the augmentation changes every picture in every epoch, so what the "
    "frozen part makes of it is new each time. Without augmentation, or with one that repeats "
    "after some epochs (Train page), they are kept.",
    "features.drifts": "No: the frozen modules are in train mode, so BatchNorm and Dropout in them "
    "give something else at every step.",
    "features.opened": "Yes, what comes before {boundary} ({size} a picture, {share} of a step's "
    "multiply-adds saved), until epoch {epoch}: then a stage opens, and what lies before that one "
    "is computed and kept.",
    "features.off": "They are not kept, as the recipe asks.",
    "features.nothing_cold": "Nothing is frozen before the first layer that trains, so there is "
    "nothing to keep.",
    "features.not_followed": "The forward pass of {model} can't be followed ({why}), so they are "
    "computed in each epoch.",
    "features.too_big": "They would take {gigabytes:.1f} GB, more than may be kept in memory or on "
    "disk, so they are computed in each epoch.",
    "features.mixed": "No: MixUp and CutMix make other pictures of every batch.",
    "features.uneven_parts": "No: the parts of a batch are not equally long, and the last bits "
    "depend on how many pictures are computed at a time.",
    "features.uneven_shares": "No: batches of {size} do not divide into {parts} equal parts, one "
    "for each process and each part of a batch, and the last bits depend on how many pictures are "
    "computed at a time. With a batch_size that is a multiple of {parts} they are kept.",
    "features.not_written": "They could not be written ({why}), so they are computed in each "
    "epoch.",
    "timing.run_is_training": "The run {run} is training: a measurement beside it would "
    "take longer than alone, and slow it down. Wait until it ends, or stop it first.",
    "timing.measuring_already": "Something else is being measured at this moment: try again in "
    "half a minute.",
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
