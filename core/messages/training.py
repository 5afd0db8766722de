"""Sentences about training."""

SENTENCES: dict[str, str] = {
    "training.nothing_trains": "Everything is frozen, so there is nothing to train: "
    "let at least the head train.",
    "training.unknown_stage": "There is no stage “{stage}” in {model} that could be opened; its "
    "stages are: {stages}.",
    "training.stage_is_open": "There is nothing left to open in {stage}: it trains already. Still "
    "closed: {closed}.",
    "training.unfreeze_without_resume": "--unfreeze opens stages of a run that goes on: say "
    "--resume too. A new run is told by its recipe (unfreezing).",
    "training.no_such_device": "This machine has no {device} that PyTorch can use: "
    "choose “auto” or “cpu”.",
    "training.no_bfloat16": "{device} can't compute in bfloat16: choose float32.",
    "training.not_finite": "The loss was no longer a finite number at step {step}: "
    "try a learning rate ten times smaller. The checkpoints before it are whole.",
    "training.not_finite_layer": "The loss was no longer a finite number at step {step}. It began "
    "in {layer}, whose input was finite: try a learning rate ten times smaller, or a limit for the "
    "gradient norm. The checkpoints before it are whole.",
    "training.not_finite_weights": "The loss was no longer a finite number at step {step}, because "
    "weights of {layer} are not: the step before moved them too far. Try a learning rate ten times "
    "smaller, or a limit for the gradient norm. The checkpoints before it are whole.",
    "training.not_finite_before": "The loss was no longer a finite number at step {step}. It began "
    "on the way into {layer}: look at the images, or try a learning rate ten times smaller. The "
    "checkpoints before it are whole.",
    "training.not_finite_loss": "The loss was no longer a finite number at step {step}, though "
    "every layer's output is: the model is far too sure of wrong answers. Try a learning rate ten "
    "times smaller. The checkpoints before it are whole.",
    "training.out_of_memory": "The memory was not enough for batches of {batch_size}: "
    "halve batch_size, or freeze more of the model.",
    "training.batch_of_one": "A batch held one image, and BatchNorm needs more to average over at "
    "this input size: turn drop_last on, or change batch_size ({batch_size}) or the input size.",
    "training.loader_worker_died": "A loader worker ended unexpectedly (num_workers={num_workers}, "
    "often too little memory): set num_workers to 0.",
    "training.file_failed": "A file could not be read or written: {why} ({file}).",
    "training.unexpected": "The training ended with an error that Thaw did not foresee ({kind}): "
    "the log of the run has the details.",
    "training.already_finished": "The run {run} has finished: there is nothing left to resume. "
    "Start a new run with its settings.",
    "training.needs_resume": "The run {run} was started before: resume it.",
    "training.nothing_to_resume": "A new recipe has nothing to resume: name the run instead.",
    "training.no_whole_batch": "There are {samples} training images, fewer than one batch of "
    "{batch_size}, and drop_last leaves them out: lower batch_size.",
    "training.no_whole_checkpoint": "No checkpoint in {folder} can be read: start the run anew "
    "with its settings.",
    "training.checkpoint_missing": "The checkpoint {file} is not there any more.",
    "training.checkpoint_damaged": "The file {file} is damaged or no PyTorch checkpoint: "
    "choose another one.",
    "training.not_a_checkpoint": "The file {file} has no “model_state_dict”: it is no checkpoint "
    "of a run.",
    "training.checkpoint_unwritable": "The checkpoint {file} could not be written ({why}): free "
    "some disk space and resume. The checkpoints before it are whole.",
    "training.wandb_missing": "Weights & Biases is not installed: run “pip install wandb”, or "
    "switch it off.",
    "training.tensorboard_missing": "TensorBoard is not installed: run “pip install tensorboard”, "
    "or switch it off.",
}
