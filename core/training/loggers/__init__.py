"""TensorBoard and Weights & Biases, beside the run folder's own metrics."""

from core.training.loggers.names import EPOCH_NAMES
from core.training.loggers.opened import Loggers, open_loggers

__all__ = ["EPOCH_NAMES", "Loggers", "open_loggers"]
