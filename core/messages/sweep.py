"""Sentences about sweeps: one recipe with every combination of some fields' values."""

SENTENCES: dict[str, str] = {
    "sweep.unknown_field": "A sweep can't vary “{field}”: it takes fields of the recipe with plain "
    "values, such as optimizer.lr, loader.batch_size or freeze.preset.",
    "sweep.count_of_fields": "Choose one to {most} fields to vary.",
    "sweep.field_twice": "The {title} is varied twice: choose another field.",
    "sweep.few_values": "Give the {title} at least two values: one alone is compared with "
    "nothing.",
    "sweep.many_values": "The {title} has {count} values: {most} are the most.",
    "sweep.twice": "The {title} has the value {value} twice: leave one out.",
    "sweep.bad_range": "Type a range for the {title} as first…last and how many, such as "
    "“0.0001…0.1 log 4” or “1…5”; “{given}” is something else.",
    "sweep.range_without_count": "Say how many values of the {title} lie in “{given}”, such as "
    "“0.0001…0.1 log 4”.",
    "sweep.bad_count": "A range for the {title} can have 2 to {most} values; this one has {count}.",
    "sweep.log_of_nothing": "A “log” range for the {title} needs numbers above 0; “{given}” has "
    "another.",
    "sweep.many_runs": "That would be {runs} runs, and {most} are the most: leave out some values.",
    "sweep.cell": "The combination {cell} can't be trained. {why}",
    "sweep.bad_grid": "Say what to vary as FIELD=VALUES, such as optimizer.lr=0.1,0.01; “{given}” "
    "is something else.",
    "sweep.no_grid": "Say what to vary, such as --grid optimizer.lr=0.1,0.01.",
    "sweep.nothing_to_stop": "Nothing of this sweep runs or waits.",
    # What is said of the best cell. Errors of accuracies are in percentage points.
    "sweep.near": "On {samples} images one accuracy is known to about ± {error} points (one "
    "standard error): this grid can't tell {near} of the {others} others from the best.",
    "sweep.near_seeds": "On {samples} images and with {seeds} seeds an accuracy is known to about "
    "± {error} points (one standard error): this grid can't tell {near} of the {others} others "
    "from the best.",
    "sweep.apart": "No other is so near that the noise of {samples} images explains the "
    "difference (one standard error is about {error} points).",
    "sweep.apart_seeds": "No other is so near that the noise of {samples} images and {seeds} seeds "
    "explains the difference (one standard error is about {error} points).",
    "sweep.loss_noise": "How much of a difference in loss is noise can't be said from one seed: "
    "vary the seed too.",
    "sweep.loss_near": "With {seeds} seeds a mean loss is known to about ± {error} (one standard "
    "error): this grid can't tell {near} of the {others} others from the best.",
    "sweep.loss_apart": "No other is so near that the {seeds} seeds explain the difference (one "
    "standard error of a mean loss is about {error}).",
    "sweep.seconds_noise": "Seconds move with what else the machine does.",
}
