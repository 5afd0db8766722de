"""What the recipe's fields and choices are called on a page, and one sentence on each."""

from typing import get_args

from pydantic.fields import FieldInfo

from core.recipe import Recipe

# Labels that differ from the field's title in the recipe.
LABELS: dict[str, str] = {
    "data.only": "Only these classes",
    "optimizer.lr": "Learning rate",
    "loader.batch_size": "batch_size",
    "loader.shuffle": "shuffle",
    "loader.drop_last": "drop_last",
    "loader.collate": "collate_fn",
    "loader.num_workers": "num_workers",
    "loggers.tensorboard": "TensorBoard",
    "loggers.wandb": "Weights & Biases",
    "loggers.wandb_project": "Weights & Biases project",
    "train.compile": "torch.compile",
    "loggers.details": "Histograms, graph",
}

HELP: dict[str, str] = {
    "name": "What this recipe is called; it becomes part of the run's name.",
    "model.name": "One of torchvision's architectures.",
    "model.weights": "What the model starts from; “none” is random numbers.",
    "head.kind": "What predicts your classes, in the place of the model's last layer or behind "
    "it.",
    "head.hidden": "How wide each hidden layer is, from the features on: one to four whole "
    "numbers, such as “512, 256”.",
    "head.activation": "The function behind each hidden layer.",
    "head.dropout": "Share of the numbers that are set to zero at random before the new last "
    "layer.",
    "head.init": "What the weights of the new layers are drawn from.",
    "head.outputs": "One output a class, with cross-entropy; or, for two classes, one logit with "
    "binary cross-entropy.",
    "freeze.preset": "Which part of the model trains; the rest stays exactly as it was.",
    "freeze.stages": "How many stages at the end of the backbone train with the head.",
    "freeze.frozen_modules": "Whether frozen BatchNorm and Dropout sleep, as they should, or run "
    "on as in a plain model.train().",
    "data.name": "The labelled images to train on.",
    "data.path": "A folder with one folder of images a class.",
    "data.only": "Train on some of the classes, as if the data had no others; empty takes all.",
    "split.train_per_class": "How many images of each class to train on; empty takes all.",
    "split.val": "Share of the images that is kept for validation after each epoch.",
    "split.test": "Share of the images that is kept for the last test; not used where the data "
    "set has a test part of its own.",
    "split.seed": "Another seed draws other images into each part.",
    "transform.size": "Side of the square that the model sees, in pixels; empty takes the "
    "weights' own.",
    "transform.resize": "How a picture that is not square becomes one.",
    "transform.augment": "Random changes to each training image, other ones every epoch.",
    "transform.draws": "After so many epochs the augmentations of an image come again, so that "
    "what a frozen part makes of them can be kept; 0 draws new ones in every epoch.",
    "transform.augment_on": "One by one in the loader, or whole batches at once on the device that "
    "trains, which is faster; the two draw other numbers.",
    "features.cache": "What the frozen part makes of the images is computed once and kept, "
    "wherever that changes nothing in the run.",
    "features.dtype": "Half the precision takes half the space and moves the result a little.",
    "loader.batch_size": "Images in one step: more is steadier and needs more memory.",
    "loader.shuffle": "Whether every epoch takes the images in another order.",
    "loader.drop_last": "Whether the last batch is left out where it is not full.",
    "loader.collate": "How single samples become one batch.",
    "loader.num_workers": "Processes that prepare batches; 0 prepares them in the training "
    "process, fastest where the images fit in memory.",
    "loader.on_device": "On a GPU the prepared images stay in its memory, where they fit.",
    "optimizer.name": "The rule that turns gradients into steps.",
    "optimizer.lr": "Size of a step. Typical: 0.001 with AdamW, 0.01 to 0.1 with SGD; smaller "
    "where the whole backbone trains.",
    "optimizer.momentum": "How much of the previous step goes on in the next.",
    "optimizer.weight_decay": "How strongly weights are pulled towards zero.",
    "optimizer.stage_factor": "From each stage to the one before it the learning rate is "
    "multiplied by this: early stages know what serves any picture and should move little. 1 is "
    "the same rate everywhere; 0.4 is a common choice.",
    "unfreezing.every": "Every so many epochs one more frozen stage begins to train, from the head "
    "towards the image; 0 opens none.",
    "unfreezing.start": "The epoch at whose beginning the first stage opens.",
    "unfreezing.at": "Stages and the epochs that open them, such as “layer4 3, layer3 6”; they "
    "count before the rule.",
    "schedule.name": "How the learning rate moves from step to step.",
    "schedule.warmup_epochs": "Epochs over which the learning rate rises from zero.",
    "schedule.plateau_epochs": "The learning rate falls after more epochs than this without a "
    "better validation loss.",
    "schedule.step_epochs": "Epochs between two drops of the learning rate.",
    "schedule.gamma": "What the learning rate is multiplied by at each drop.",
    "train.class_weights": "Balanced: images of rare classes count more, so that each class counts "
    "alike.",
    "train.mix": "MixUp blends two images of a batch, CutMix pastes a piece of one into another; "
    "the targets are mixed alike.",
    "train.clip_norm": "All gradients together are scaled down to this norm where theirs is larger "
    "(`clip_grad_norm_`); empty leaves them.",
    "train.accumulate": "The batch is computed in so many parts, one after another, whose "
    "gradients add up: the same step with less memory.",
    "train.epochs": "How often every training image is seen.",
    "train.device": "Where to compute; auto takes the fastest that is here.",
    "train.precision": "Number format of the computation; auto is bfloat16 or float16 on a GPU, "
    "float32 elsewhere.",
    "train.memory_format": "How pictures lie in memory: channel after channel, or pixel after "
    "pixel; auto takes the latter on a GPU.",
    "train.compile": "PyTorch translates the model first: a longer start, shorter steps on a GPU.",
    "train.ema": "Validation and checkpoints take a moving average of the weights (EMA), which "
    "keeps this share at each step, such as 0.999; empty takes the weights themselves.",
    "train.processes": "How many processes share each batch: with the same batch_size, the same "
    "curve. On GPUs each has one of its own.",
    "train.sync_batchnorm": "BatchNorm averages over the whole batch, and not over the images of "
    "each process.",
    "train.label_smoothing": "Share of the target that is spread over the other classes.",
    "train.seed": "The same seed on the same machine gives the same run.",
    "train.threads": "CPU threads; part of the recipe because it changes the last bits.",
    "train.log_every": "Steps between two points on the chart.",
    "early_stopping.enabled": "End when the watched metric no longer improves; the best "
    "checkpoint is kept either way.",
    "early_stopping.monitor": "What has to improve.",
    "early_stopping.patience": "Epochs without improvement before the run ends.",
    "early_stopping.min_delta": "Smaller changes do not count as improvement.",
    "checkpoints.every": "One epoch's checkpoint in so many stays; the best and the newest two "
    "do in any case.",
    "checkpoints.budget_gb": "Where the kept checkpoints take more, the oldest go; never the best "
    "and the newest two.",
    "loggers.tensorboard": "Write event files that TensorBoard reads: Loss/train, Loss/test and "
    "Accuracy over epochs, learning rates over steps, and the settings for its HPARAMS tab.",
    "loggers.details": "Histograms of what trains and of its gradients, some images with what the "
    "model takes them for, after each epoch, and the graph of the model go to TensorBoard too.",
    "loggers.wandb": "Send a row an epoch to Weights & Biases; needs its package and, to send, a "
    "login.",
    "loggers.wandb_project": "Project on Weights & Biases.",
    "loggers.wandb_entity": "Account or team on Weights & Biases; empty takes your own.",
    "loggers.wandb_mode": "Auto sends where a key is set; offline keeps the files, and “wandb "
    "sync” sends them later.",
}

CHOICES: dict[str, str] = {
    "linear": "Linear",
    "mlp": "MLP",
    "family": "Family's own",
    "append": "Appended",
    "classes": "One a class, cross-entropy",
    "one_logit": "One logit for two classes, binary cross-entropy",
    "xavier": "Xavier uniform",
    "kaiming": "Kaiming normal",
    "normal": "Normal, σ = 0.01",
    "zeros": "Zeros",
    "relu": "ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "hardswish": "Hardswish",
    "tanh": "Tanh",
    "linear_probe": "Linear probe",
    "last_stage": "Last stage",
    "last_stages": "Last k stages",
    "eval": "eval(): nothing in them moves",
    "train": "train(): the naive way, statistics drift",
    "all": "All (fine-tune)",
    "from_scratch": "From scratch",
    "off": "Off",
    "squash": "Squash to a square",
    "crop": "Crop the centre",
    "none": "None",
    "affine": "Affine (turn, shift, scale)",
    "flip_crop": "Flip and crop",
    "trivial": "TrivialAugment",
    "sgd": "SGD",
    "adam": "Adam",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "nadam": "NAdam",
    "radam": "RAdam",
    "adamax": "Adamax",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "adafactor": "Adafactor",
    "asgd": "ASGD",
    "rprop": "Rprop",
    "constant": "Constant",
    "cosine": "Cosine",
    "step": "Step",
    "one_cycle": "One cycle",
    "plateau": "On a plateau",
    "mixup": "MixUp",
    "cutmix": "CutMix",
    "either": "MixUp or CutMix",
    "balanced": "Balanced",
    "val_loss": "Validation loss",
    "val_accuracy": "Validation accuracy",
    "loader": "One by one in the loader",
    "batch": "In batches on the device",
    "contiguous": "Contiguous",
    "channels_last": "Channels last",
    "online": "Online",
    "offline": "Offline",
    "auto": "Auto",
    "cpu": "CPU",
    "cuda": "CUDA (GPU)",
    "mps": "MPS (Apple)",
}


def label(field: str) -> str:
    """What a page calls the field."""
    title = LABELS.get(field) or _info(field).title or field.rpartition(".")[2]
    return title if field in LABELS else title[:1].upper() + title[1:]


def choice(value: object) -> str:
    """What a page calls one of a field's choices; several names stand in a row, none for all."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "all"
    return CHOICES.get(str(value), str(value))


def allows_none(field: str) -> bool:
    """Whether None is a value of the field: an empty input means that."""
    return type(None) in get_args(_info(field).annotation)


def _info(field: str) -> FieldInfo:
    *parents, last = field.split(".")
    part = Recipe
    for parent in parents:
        part = part.model_fields[parent].annotation
    return part.model_fields[last]
