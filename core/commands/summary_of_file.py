"""`summary path/to/file.py[:Class]`: the layers of a model of one's own."""

import dataclasses
from argparse import Namespace
from typing import TYPE_CHECKING

from core.messages import Problem, ThawError, sentence
from core.models.own_architecture import summarize_own
from core.models.own_architecture_given import read_file, read_inputs, split_path
from core.sandbox.run import bubblewrap_problem, prepare

if TYPE_CHECKING:
    from core.models.summary import Summary


def run(args: Namespace) -> tuple[dict, "Summary"]:
    """What the answer holds beside the rows and totals of the summary.

    The file is run by whoever typed the command, so no switch is asked; it runs in the box all
    the same, with walls where bubblewrap holds.

    Raises:
        ThawError: If the file, its model, an input or an argument is wrong.
    """
    for option, given in (("--weights", args.weights), ("--engine", args.engine != "thaw")):
        if given:
            raise ThawError("architecture.no_option", option=option)
    path, name = split_path(args.model)
    box = "limits" if bubblewrap_problem() else "bubblewrap"
    prepare(box)
    import core.models.summary  # noqa: F401  # takes seconds here too: meanwhile

    found = summarize_own(
        read_file(path), read_inputs(",".join(args.input or [])), name=name,
        arguments=args.arguments, box=box,
    )
    return {
        "model": found.summary.model,
        "weights": "none",
        "input": list(found.summary.input),
        "engine": "thaw",
        "own": {
            "file": path, "inputs": args.input, "arguments": args.arguments, "box": box,
            "way": found.way, "why": found.why, "printed": found.output,
            "lazy": [dataclasses.asdict(one) for one in found.lazy],
        },
    }, found.summary


def closing(found: dict) -> list[str]:
    """What became of its lazy modules, how it was run, what it printed."""
    lines = [
        f"{one['name']}: {one['before']} -> "
        + (f"{one['after']}, {one['params']:,} parameters" if one["after"]
           else "as before, the forward never ran it")
        for one in found["lazy"]
    ]
    lines.append(
        sentence(Problem("architecture.real_numbers", {"why": found["why"]}))
        if found["way"] == "cpu" else sentence(Problem("architecture.no_numbers"))
    )
    if found["printed"].strip():
        lines += ["It printed:", found["printed"].rstrip()]
    return lines
