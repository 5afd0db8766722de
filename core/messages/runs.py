"""Sentences about runs and where they lie."""

SENTENCES: dict[str, str] = {
    "places.unwritable": "Nothing can be written to {path} ({why}): make it writable, or set "
    "THAW_HOME to another folder.",
    "places.disk_full": "The disk of {path} has {free} free and {need} are needed: free some "
    "space, or set THAW_HOME to a folder on another disk.",
    "places.bound_reached": "The {part} in {path} would grow beyond their bound of {bound}: "
    "delete some first.",
    "runs.unknown": "There is no run “{text}”: “python -m core runs” lists them all.",
    "runs.unknown_near": "There is no run “{text}”. Near it: {near}. “python -m core runs” lists "
    "them all.",
    "runs.no_run_folder": "The folder {path} is no run: it has no recipe.json. “python -m core "
    "runs” lists all runs.",
    "runs.no_top": "--top says how many classes are named for each picture, at least 1; {given} "
    "was given.",
    "runs.ambiguous": "“{text}” is the beginning or end of several runs: {found}.",
    "runs.already_running": "The run {run} is running already.",
    "runs.not_running": "The run {run} is not running.",
    "runs.unstoppable": "The run {run} could not be asked to stop ({why}): free some space, or end "
    "its process; what was saved is whole.",
    "runs.not_new": "The run {run} was started before (it is {status}): resume it, or start a new "
    "one with its settings.",
    "runs.device_busy": "Another run is training right now ({run}): queue this one, wait until it "
    "ends, or stop it first.",
    "runs.bad_devices": "THAW_DEVICES is “{given}”, which names no devices: set it to such as "
    "“cuda:0,cuda:1” or “cpu,cpu”, or unset it, so that Thaw looks for itself.",
    "runs.starting_elsewhere": "Another run is being started at this moment: try again in a few "
    "seconds.",
    "runs.changing_elsewhere": "Another process is changing runs at this moment: try again in a "
    "few seconds.",
    "runs.delete_running": "The run {run} is running: stop it before you delete it.",
    "runs.undeletable": "The run {run} could not be deleted whole ({why}).",
    "runs.crashed": "The training process ended without a word in epoch {epoch} (it was killed, or "
    "the computer went down). What was saved is whole: resume to go on from there.",
    "runs.crashed_unsaved": "The training process ended without a word in epoch {epoch}, before "
    "anything was saved (it was killed, or the computer went down): resume to begin again.",
    "runs.crashed_memory": "The training process ended without a word in epoch {epoch}, most "
    "likely for lack of memory: since it began, the system has ended a process for that. What was "
    "saved is whole: find the batch size that fits, or resume.",
    "runs.crashed_disk": "The training process ended without a word in epoch {epoch}, most likely "
    "because its disk is full. What was saved is whole: free some space and resume.",
    "runs.never_began": "The training process ended before it began, without a word (it was "
    "killed, or the computer went down): resume to try again.",
    "runs.never_began_said": "The training process ended before it began. It said last: {said}",
    "runs.unstartable": "The training process could not be started ({why}): close other programs "
    "and try again.",
    "runs.no_checkpoint": "The run {run} has no {which} checkpoint yet.",
    "runs.no_epoch": "The run {run} has no checkpoint of epoch {which}; it kept: {kept}.",
    "runs.other_shape": "This checkpoint is not of this {model}: {fitting} of {all} tensors fit, "
    "but {layer} was saved as {saved} and here it is {needed}{more}.",
    "runs.other_classes": "{fitting} of {all} tensors fit, but {layer} was saved for {saved} "
    "classes and this run has {needed}: choose a checkpoint of this run.",
    "runs.no_class_names": "The checkpoint {file} does not name its classes: it was not saved by "
    "Thaw.",
    "runs.other_model": "This checkpoint is of another model than {model}: {fitting} of {all} "
    "tensors fit ({names}).",
    "runs.not_finite": "The weights of this checkpoint give no finite numbers: choose an earlier "
    "one.",
    "runs.data_changed": "The images of {data} are not those that the run was trained on, so its "
    "held-out images can't be told apart: bring the old ones back.",
    "runs.start_gone": "The model as this run began can't be built again: the weights {weights} of "
    "{model} are not on this computer any more and could not be downloaded ({why}).",
    "runs.report_unwritable": "{path} can't be written ({why}).",
    "runs.other_images": "The two checkpoints were judged on different images or classes, so "
    "image by image they can't be compared: choose two of the same data and split.",
    # Images that are given to be judged.
    "runs.given_part": "The folder names a split: its {part} is judged, and {others:,} other "
    "pictures are left alone. To judge them, give their folder itself.",
    "runs.given_unknown": "Left out, for the run knows no such class: {names}.",
    "runs.given_missing": "No image of: {names}.",
    "runs.given_no_class": "None of the folders is named as a class of this run: there are "
    "{names}, and its classes are {known}.",
    "runs.given_none_readable": "None of the {count} pictures can be read: save them as JPEG or "
    "PNG.",
}
