"""Sentences about a race of loaders: what can't be, and this machine's own answer."""

SENTENCES: dict[str, str] = {
    "race.workers": "num_workers must be whole numbers from 0 to {most}, at least one of them: "
    "more than two for each core of this machine only take turns.",
    "race.failed": "The loader failed with num_workers {workers}: {why}",
    "race.nothing": "The loader yields no batch at all: lower batch_size, or switch drop_last off.",
    "race.busy": "Another measurement runs on this machine, and two would measure each other: try "
    "again in a moment.",
    "race.unwatched": "Nobody looked any more, so it was ended: measure again.",
    # --- the answer: first the verdict, then the reason
    "race.fastest": "{best} is fastest here: {rate} samples a second, against {other_rate} with "
    "{other}.",
    "race.no_winner": "No clear winner: {names} are within the spread ({low} to {high} samples a "
    "second). So 0 will do, which needs no process.",
    "race.no_difference": "{argument} makes no clear difference here: {names} are within the "
    "spread ({low} to {high} samples a second).",
    "race.enough": "{best} is enough here: {rate} samples a second, and {others} can't be told "
    "from it within the spread.",
    "race.alone": "{best} alone was measured: {rate} samples a second.",
    "race.why_sending": "Because making a sample takes {sample} and a batch of {count} takes "
    "{making}, while getting a batch from a worker takes {transfer}.",
    "race.why_step": "Because the training step takes {step} and making a batch only {making}: "
    "there is little to win.",
    "race.why_shared": "Because the cores are shared: a batch takes {making} in the main process "
    "and {slower} in a worker where {workers} work, on {cores} cores.",
    "race.why_little": "Because making a batch takes {making} and getting one from a worker takes "
    "{transfer}: what workers take over, the way back nearly eats up.",
    "race.why_making": "Because making a sample takes {sample} and a batch of {count} takes "
    "{making}, and {workers} workers share that. Getting a batch from one takes {transfer}.",
    "race.why_beside": "Because making a batch takes {making}, and a worker does that beside the "
    "main process; getting it from there takes {transfer}.",
    "race.more_shared": "More don't help: with {more} a batch takes {slower} to make in place of "
    "{making}, for they share {cores} cores.",
    "race.more_idle": "More don't help: training waits for data only {share} of each step.",
    "race.waiting": "Training waits for data {share} of each step with {best}, and {other_share} "
    "with {other}.",
    "race.epoch": "Starting {workers} takes {start}. A whole epoch of {total} samples "
    "takes about {epoch} with {best} and {other_epoch} with {other}, the start included.",
    "race.start": "The first batch comes after {least} with {first}, and after {most} with {last}.",
    "race.again": "The second epoch's first batch comes after {least} with {first}, and after "
    "{most} with {last}.",
    "race.late": "With in_order off, {late} of {batches} batches overtook an earlier one.",
}
