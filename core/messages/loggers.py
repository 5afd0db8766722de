"""Sentences about TensorBoard and Weights & Biases."""

SENTENCES: dict[str, str] = {
    "loggers.no_graph": "{model} can't be traced, so TensorBoard shows no graph of it; everything "
    "else is there.",
    "loggers.wandb_offline": "Weights & Biases is written offline ({why}). The training goes on; "
    "send the files later with “wandb sync”.",
    "loggers.wandb_failed": "Weights & Biases could not even write offline ({why}): update it with "
    "“pip install -U wandb”, or switch it off.",
    "tensorboard.missing": "TensorBoard is not installed: run “pip install tensorboard”, then "
    "open it again.",
    "tensorboard.unstartable": "TensorBoard did not start ({why}): try again, or run “tensorboard "
    "--logdir {logdir}” in a terminal.",
    "tensorboard.slow": "TensorBoard did not answer within {seconds} seconds: try again when the "
    "computer is less busy.",
    "tensorboard.starting_elsewhere": "TensorBoard is being started at this moment: try again in "
    "a few seconds.",
}
