"""Why PyTorch refuses a DataLoader, in our words beside its own. No torch here.

A literal table: a part by which PyTorch's text is recognised, and the id of the sentence.
What is not in it still shows PyTorch's own text.
"""

import re

from core.messages import Problem

# The first that fits counts. Every sentence quotes {said}.
REFUSALS: tuple[tuple[str, str], ...] = (
    ("sampler option is mutually exclusive with shuffle", "batches.refused_shuffle"),
    ("batch_sampler option is mutually exclusive", "batches.refused_batch_sampler"),
    ("batch_size=None option disables auto-batching", "batches.refused_drop_last"),
    ("prefetch_factor option could only be specified", "batches.refused_prefetch"),
    ("persistent_workers option needs num_workers", "batches.refused_persistent"),
    ("multiprocessing_context can only be used with", "batches.refused_context"),
    ("should specify a valid start method", "batches.refused_start_method"),
    ("expected unspecified shuffle option", "batches.refused_stream_shuffle"),
    ("expected unspecified sampler option", "batches.refused_stream_sampler"),
    ("expected unspecified batch_sampler option", "batches.refused_stream_batch_sampler"),
    ("Invalid rank", "batches.refused_rank"),
    ("num_samples should be a positive integer", "batches.refused_empty"),
    ("requires timeout == 0", "batches.refused_timeout"),
)


def refusal_of(error: Exception) -> Problem:
    """What PyTorch said, and why where it is known.

    Args:
        error: Raised by the constructor of the loader or of its sampler, or by `iter(loader)`.
    """
    said = said_by(error)
    for part, id in REFUSALS:
        if part in said:
            return Problem(id, {"said": said})
    return Problem("batches.loader_refused", {"said": said})


def said_by(error: Exception) -> str:
    """The exception's type and text in one line, without addresses of objects."""
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", " ".join(str(error).split()))
    name = type(error).__name__
    return f"{name}: {text}"[:600] if text else name
