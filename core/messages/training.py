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
    "training.batch_without_resume": "--batch-size and --parts change a run that goes on: say "
    "--resume too. A new run is told by its recipe (loader.batch_size, train.accumulate).",
    "training.no_such_device": "This machine has no {device} that PyTorch can use: "
    "choose “auto” or “cpu”.",
    "training.no_bfloat16": "{device} can't compute in bfloat16: choose auto, or float32.",
    "training.not_finite": "The loss was no longer a finite number at step {step}: "
    "try a learning rate ten times smaller. The checkpoints before it are whole.",
    "training.not_finite_between": "The loss was no longer a finite number at one of the steps "
    "{first} to {step}: try a learning rate ten times smaller. On a GPU, and in several processes, "
    "the loss is looked at when it is recorded, so the layer is not known: record each step to "
    "have it named. The checkpoints before it are whole.",
    "training.not_compiled": "torch.compile could not translate the model ({why}), so it trains as "
    "it is: switch torch.compile off, or install a C++ compiler if that is what is missing.",
    "training.no_triton": "torch.compile needs the package triton to translate a model for this "
    "GPU, and no working one is installed (on Windows it is called triton-windows). The model "
    "trains as it is: install triton, or switch torch.compile off.",
    "training.compiler_failed": "torch.compile could not translate how the model learns ({said}): "
    "switch torch.compile off and start again.",
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
    "training.out_of_memory": "The memory was not enough for batches of {batch_size}: find the "
    "batch size that fits and go on with it, or freeze more of the model.",
    "training.nothing_fits": "Not even a batch of one image fits into the memory: freeze more of "
    "the model, or choose a smaller input size or a smaller model.",
    "training.batch_of_one": "A batch held one image, and BatchNorm needs more to average over at "
    "this input size: turn drop_last on, or change batch_size ({batch_size}) or the input size.",
    "training.loader_worker_died": "A loader worker ended unexpectedly (num_workers={num_workers}, "
    "often too little memory): set num_workers to 0.",
    "training.shared_memory_full": "The loader workers had too little shared memory (/dev/shm) to "
    "hand over batches of {batch_size}: set num_workers ({num_workers}) to 0, or give the "
    "container more with --shm-size.",
    "training.too_many_open_files": "Too many files were open at once: set num_workers "
    "({num_workers}) to 0, or raise the limit with “ulimit -n 65536” before Thaw starts.",
    "training.device_assert": "The GPU met a number that is out of range, most likely the number "
    "of a class, and stopped. Train once with device “cpu”: there the error names its place.",
    "training.no_gpu": "There is no GPU that can be used any more ({said}): see whether another "
    "program holds it, or train on the CPU. What was saved is whole.",
    "training.gpu_driver": "PyTorch and the driver of the GPU do not fit together ({said}): bring "
    "the driver up to date, or train on the CPU.",
    "training.device_lost": "The GPU stopped in the middle of its work ({said}). What was saved "
    "is whole: resume to go on from there; if it comes again, restart the computer.",
    "training.rank_lost": "One of the processes that train together was lost ({said}). What was "
    "saved is whole: resume to go on from there.",
    "training.ranks_differ": "The processes that train together do not begin with the same images "
    "and the same checkpoint: let all of them see the same folders.",
    "training.too_few_gpus": "Each process needs a GPU of its own, and there are {gpus}: start no "
    "more processes than that.",
    "training.recipe_on_stdin": "Several processes can't read one recipe from standard input: "
    "name a file or a run.",
    "training.not_compiled_shared": "torch.compile is left out where several processes train "
    "together.",
    "training.disk_too_small": "The run will need {need:.1f} GB on its disk, and {free:.1f} GB are "
    "free: free some, or keep fewer checkpoints (checkpoints.every, checkpoints.budget_gb).",
    "training.disk_full": "The disk is full: free some space and resume. The checkpoints before "
    "it are whole.",
    "training.file_forbidden": "The file {file} may not be read or written here ({why}): give "
    "yourself the right to, and resume.",
    "training.file_failed": "A file could not be read or written: {why} ({file}). Bring it back, "
    "and resume.",
    "training.system_refused": "The system refused something that the training needs ({why}): the "
    "log of the run says what.",
    "training.unexpected": "The training ended with an error that Thaw did not foresee ({kind}): "
    "the log of the run has the details.",
    "training.already_finished": "The run {run} has finished: there is nothing left to resume. "
    "Start a new run with its settings.",
    "training.data_changed": "The images are not those that the run had: {what}. Put them back as "
    "they were and resume, or start a new run with its settings: this one would train on "
    "images that it has validated with.",
    "training.needs_resume": "The run {run} was started before: resume it.",
    "training.nothing_to_resume": "A new recipe has nothing to resume: name the run instead.",
    "training.no_whole_batch": "There are {samples} training images, fewer than one batch of "
    "{batch_size}, and drop_last leaves them out: lower batch_size.",
    "training.no_whole_checkpoint": "No checkpoint in {folder} can be read and has all that a "
    "run needs to go on: start the run anew with its settings.",
    "training.checkpoint_missing": "The checkpoint {file} is not there any more.",
    "training.checkpoint_damaged": "The file {file} is damaged or no PyTorch checkpoint: "
    "choose another one.",
    "training.not_a_checkpoint": "The file {file} has no “model_state_dict”: it is no checkpoint "
    "of a run.",
    "training.checkpoint_unwritable": "The checkpoint {file} could not be written ({why}): free "
    "some disk space and resume. The checkpoints before it are whole.",
    "training.no_room_for_checkpoint": "The disk has no room for the next checkpoint: it may take "
    "{needed_mb:,.0f} MB, and {free_mb:,.0f} MB are free. Free some disk space and resume. The "
    "checkpoints before it are whole.",
    "training.wandb_missing": "Weights & Biases is not installed: run “pip install wandb”, or "
    "switch it off.",
    "training.tensorboard_missing": "TensorBoard is not installed: run “pip install tensorboard”, "
    "or switch it off.",
}
