"""The graph of a model, for TensorBoard's GRAPHS tab."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from typing import TYPE_CHECKING

import torch
from torch.utils.tensorboard import SummaryWriter

from core.messages import Problem

if TYPE_CHECKING:
    from core.training.loop import Training

_LOG = logging.getLogger(__name__)


def write(writer: SummaryWriter, training: Training) -> Problem | None:
    """Writes the graph of the plain model over one picture; why not, where it can't be traced.

    The model runs once, in eval mode: nothing in it changes.
    """
    model = training.model
    source = training.data
    size = getattr(source, "source", source).size
    modes = {module: module.training for module in model.modules()}
    picture = torch.zeros(1, 3, size, size, device=training.device)
    try:
        model.eval()
        # The tracer prints what it thinks of a model, and the command line has its own output.
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            # Traced here, because add_graph would run the model twice more to compare.
            traced = torch.jit.trace(model, picture, check_trace=False, strict=False)
            writer.add_graph(traced, picture)
    except Exception as error:  # whatever a model does that can't be traced
        _LOG.info("no graph: %s", error)
        return Problem("loggers.no_graph", {"model": training.recipe.model.name})
    finally:
        for module, training_mode in modes.items():
            module.training = training_mode
    return None
