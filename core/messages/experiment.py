"""Sentences about the queue and about experiments: several freeze plans over several seeds."""

PLANS: dict[str, str] = {
    "from_scratch": "from scratch",
    "linear_probe": "linear probe",
    "last_stage": "last stage",
    "all": "fine-tune",
    "own": "own plan",
}

SENTENCES: dict[str, str] = {
    "queue.not_waiting": "The run {run} does not wait in the queue any more (it is {status}).",
    "queue.waits_already": "The run {run} waits in the queue already.",
    "queue.not_its_turn": "The run {run} is not the next one any more: the queue was paused or "
    "reordered. Look at its order and try again.",
    "queue.unwritable": "The change to the queue could not be written ({why}): free some space or "
    "check who may write in the runs folder, then try again.",
    "queue.to_without_move": "--to says where --move puts a run: give both, as in "
    "“queue --move RUN --to 1”.",
    "queue.unstartable": "The process that starts queued runs could not be started ({why}): close "
    "other programs, then open this page again.",
    "experiment.too_few_plans": "Choose at least two plans: one alone is compared with nothing.",
    "experiment.no_weights": "{model} has the weights “none” here: nothing in it was learned "
    "before, so there is no finished model to compare. Choose weights, or leave the plan “from "
    "scratch” out.",
    "experiment.nothing_own": "The present recipe has one of the plans above already: there is no "
    "plan of its own.",
    "experiment.bad_rate": "Say the rate of a plan as PLAN=RATE, such as linear_probe=0.01; "
    "“{given}” is something else.",
    # Of what runs belong to: `what` is "experiment" or "sweep".
    "grouped.unknown": "There is no {what} “{text}”: “python -m core {what}” lists them all.",
    "grouped.ambiguous": "“{text}” is the beginning or end of several {what}s: {found}.",
    "grouped.running": "The run {run} of this {what} is running: stop it before you delete them.",
    "grouped.needs_id": "{option} is for what was begun before: give the id of one {what}, in "
    "place of a recipe. “python -m core {what}” lists them all.",
    "grouped.needs_recipe": "{option} is for a new {what}: give a recipe. One that was begun "
    "before stays as it is.",
    "grouped.nothing_missing": "Nothing of this {what} is missing: every run has finished, runs or "
    "waits.",
    # Verdicts. `first` and `second` are plans, figures are in percent and percentage points.
    "experiment.better": "{First} beats {second}: {first_mean} against {second_mean} on "
    "{samples} held-out images, {difference} points on average over {seeds} seeds (each: {each}; "
    "95 % interval {low} to {high}).",
    "experiment.worse": "{First} does not beat {second}: {first_mean} against {second_mean} on "
    "{samples} held-out images, {difference} points on average over {seeds} seeds (each: {each}; "
    "95 % interval {low} to {high}).",
    "experiment.level": "{First} {first_mean}, {second} {second_mean} on {samples} held-out "
    "images: {difference} points on average over {seeds} seeds (each: {each}; 95 % interval {low} "
    "to {high}), which the seeds alone could explain.",
    "experiment.few_seeds": "{First} {first_mean}, {second} {second_mean} on {samples} held-out "
    "images: {difference} points ({each}). {seeds} of at least 3 seeds: too few to say whether the "
    "next one would agree.",
    "experiment.pending": "{First} against {second}: {count} of {of} runs are still to come "
    "({missing}).",
    "experiment.failed": "{First} against {second}: no verdict, for {failed} did not end well, and "
    "leaving its seed out could favour a plan.",
    "experiment.no_pair": "{First} against {second}: no seed has finished under both ({missing}).",
    "experiment.left_out": "Left out, as it was stopped or removed: {missing}.",
}
