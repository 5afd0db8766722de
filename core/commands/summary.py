"""The layers of one model: shapes, parameters, MACs."""

import dataclasses
import re
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from core.commands import summary_of_file
from core.messages import Problem, ThawError, sentence
from core.models import catalogue
from core.models.memory import STATE_COPIES, forward_memory, training_memory
from core.models.own_architecture_given import is_python_file

if TYPE_CHECKING:
    from core.models.summary import Summary

NAME, HELP = "summary", "the layers of one model: shapes, parameters, MACs"
_NOTES = {"unused": " (never called)", "read": " (not called, its weights are read)"}


def add_arguments(parser: ArgumentParser) -> None:
    """Which model, whose architecture, at which input, by which engine."""
    parser.add_argument("model", help="name of a torchvision model, of any task; or a file of "
                        "your own, as path/to/file.py or path/to/file.py:Class")
    parser.add_argument("--weights", help="a weights entry, or none; default: the model's own")
    parser.add_argument("--input", action="append",
                        help="channels×height×width, as 3x224x224; a clip as 3x16x112x112; "
                        "repeated for optical flow, which takes two pictures; for a file of "
                        "your own any shape, 128:int for whole numbers, one for each argument")
    parser.add_argument("--arguments", default="",
                        help="of the constructor in a file of your own, as num_classes=10")
    parser.add_argument("--engine", default="thaw", choices=("thaw", "torchsummary", "torchinfo"))
    parser.add_argument("--batch-size", type=int, default=1,
                        help="for the memory that is stated; default: 1")
    parser.add_argument("--optimizer", default="adamw", choices=sorted(STATE_COPIES),
                        help="for the memory that is stated; default: adamw")


def run(args: Namespace) -> dict:
    """Rows and totals; the text alone for another engine.

    Raises:
        ThawError: If there is no such model or weights, the input is no size or can't be taken.
    """
    if is_python_file(args.model):
        head, own = summary_of_file.run(args)
        return {**head, "rows": _rows(own), "totals": dataclasses.asdict(own.totals)}
    entry = catalogue.find_any_model(args.model)
    if args.arguments.strip():
        raise ThawError("models.no_own_arguments", model=entry.name)
    weights = args.weights or entry.default_weights
    size = _input(entry, args.input) if args.input else entry.input_shape(weights)
    head = {"model": args.model, "weights": weights, "input": list(size), "engine": args.engine}
    from core.models.summary import summarize

    found = summarize(args.model, weights, input_size=size)
    if args.engine != "thaw":
        from core.models.other_engines import engine_text, judge

        printed = engine_text(args.engine, args.model, weights, size)
        verdict = judge(args.engine, printed, args.model, found.totals.params)
        judged = {"total": verdict.total, "exact": verdict.exact, "why": verdict.why}
        return {**head, "text": printed, "verdict": judged}
    assumed = {"found": dataclasses.asdict(found.found)} if found.found else {}
    return {
        **head,
        **assumed,
        "rows": _rows(found),
        "totals": dataclasses.asdict(found.totals),
        "memory": _memory(found, args.optimizer, args.batch_size),
    }


def text(result: dict) -> str:
    """The rows indented by depth, then the totals."""
    if "text" in result:
        return f"{result['text']}\n{_judged(**result['verdict'])}"
    lines = [f"{'layer':44} {'type':24} {'output':>18} {'params':>13} {'MACs':>16}"]
    for row in result["rows"]:
        own = row["name"].rpartition(".")[2] or result["model"]
        layer = "  " * row["depth"] + own + _NOTES.get(row["use"], "")
        lines.append(
            f"{layer:44} {row['type']:24} {'×'.join(map(str, row['output'])):>18} "
            f"{row['params']:13,} {row['macs']:16,}"
        )
    return "\n".join([*lines, "", *_closing(result)])


def _closing(result: dict) -> list[str]:
    """The totals, the memory and what was assumed."""
    totals = result["totals"]
    lines = [
        f"Parameters: {totals['params']:,}",
        f"Trainable: {totals['trainable']:,}",
        f"Buffers: {totals['buffers']:,}",
        f"MACs: {totals['macs']:,}",
        f"Weights: {_mib(totals['param_bytes'])}, outputs of all layers for one input: "
        f"{_mib(totals['activation_bytes'])}",
        *(_memory_lines(result["memory"]) if "memory" in result else ()),
    ]
    if unused := [row["name"] for row in result["rows"] if row["use"] == "unused"
                  and row["total_params"]]:
        lines.append(f"No forward pass uses: {', '.join(unused)}")
    if "found" in result:
        proposals = result["found"]["proposals"]
        shown = "all" if proposals is None else proposals
        lines.append(f"Counted for {shown} proposals that the detector looks at and "
                     f"{result['found']['detections']} detected object.")
    if "own" in result:
        lines += summary_of_file.closing(result["own"])
    return lines


def _memory_lines(memory: dict) -> list[str]:
    step = memory["weights"] + memory["gradients"] + memory["optimizer_state"]
    lines = [
        f"To predict {memory['batch_size']}: {_mib(memory['weights'])} and at most "
        f"{_mib(memory['activations_forward'])} of activations at once",
    ]
    if memory["activations_training"] is not None:
        lines.append(
            f"To train all on batches of {memory['batch_size']}: "
            f"{_mib(step + memory['activations_training'])} (gradients "
            f"{_mib(memory['gradients'])}, state of {memory['optimizer']} "
            f"{_mib(memory['optimizer_state'])}, activations for the backward pass "
            f"{_mib(memory['activations_training'])})"
        )
    return [*lines, memory["left_out"]]


def _rows(summary: "Summary") -> list[dict]:
    """Each row with its shares of the model's parameters, MACs and activations."""
    totals = summary.totals
    return [
        {
            **{key: list(value) if isinstance(value, tuple) else value
               for key, value in vars(row).items() if key != "own"},
            "params_share": row.total_params / max(1, totals.params),
            "macs_share": row.macs / max(1, totals.macs),
            "activation_share": row.activation_bytes / max(1, totals.activation_bytes),
        }
        for row in summary.rows
    ]


def _memory(summary: "Summary", optimizer: str, batch_size: int) -> dict:
    """Bytes to predict and to train, where everything trains that does as the model comes."""
    if batch_size < 1:
        raise ThawError("models.no_batch", given=batch_size)
    step = training_memory(summary, None, (), optimizer, batch_size)
    return {
        "batch_size": batch_size,
        "optimizer": optimizer,
        "weights": step.weights,
        "gradients": step.gradients,
        "optimizer_state": step.optimizer,
        "activations_forward": forward_memory(summary, batch_size),
        "activations_training": None if summary.found else step.activations,
        "left_out": sentence(Problem("models.memory_leaves_out")),
    }


def _judged(total: int | None, exact: int, why: str) -> str:
    if total == exact:
        return f"Thaw counts the same: {exact:,} parameters."
    return f"Thaw counts {exact:,} parameters" + (f": {why}." if why else ".")


def _input(entry: catalogue.ModelEntry, given: list[str]) -> tuple[int, ...]:
    sizes = [_size(text) for text in given]
    takes = 2 if entry.task == "optical_flow" else 1
    if len(sizes) > takes:
        words = "two pictures" if takes == 2 else "one input"
        raise ThawError("models.input_count", model=entry.name, takes=words, given=len(sizes))
    if len(set(sizes)) > 1:
        raise ThawError("models.inputs_differ", first=given[0], second=given[1])
    return sizes[0]


def _mib(count: int) -> str:
    return f"{count / 2**20:.1f} MiB"


def _size(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d{1,5}([x×]\d{1,5}){2,3}", text):
        raise ThawError("models.no_size", text=text)
    return tuple(int(part) for part in re.split("[x×]", text))
