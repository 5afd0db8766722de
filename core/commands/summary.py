"""The layers of one model: shapes, parameters, MACs."""

import dataclasses
import re
from argparse import ArgumentParser, Namespace

from core.messages import ThawError
from core.models import catalogue

NAME, HELP = "summary", "the layers of one model: shapes, parameters, MACs"


def add_arguments(parser: ArgumentParser) -> None:
    """Which model, whose architecture, at which input, by which engine."""
    parser.add_argument("model", help="name of a torchvision model, of any task")
    parser.add_argument("--weights", help="a weights entry, or none; default: the model's own")
    parser.add_argument("--input", action="append",
                        help="channels×height×width, as 3x224x224; a clip as 3x16x112x112")
    parser.add_argument("--engine", default="thaw", choices=("thaw", "torchsummary", "torchinfo"))


def run(args: Namespace) -> dict:
    """Rows and totals; the text alone for another engine.

    Raises:
        ThawError: If there is no such model or weights, the input is no size or can't be taken.
    """
    entry = catalogue.find_any_model(args.model)
    weights = args.weights or entry.default_weights
    size = entry.input_shape(weights)
    if args.input:
        size = _size(args.input[0])
    head = {"model": args.model, "weights": weights, "input": list(size), "engine": args.engine}
    from core.models.summary import summarize

    found = summarize(args.model, weights, input_size=size)
    if args.engine != "thaw":
        from core.models.other_engines import engine_text, judge

        printed = engine_text(args.engine, args.model, weights, size)
        verdict = judge(args.engine, printed, args.model, found.totals.params)
        return {**head, "text": printed, "verdict": dataclasses.asdict(verdict)}
    assumed = {"found": dataclasses.asdict(found.found)} if found.found else {}
    return {
        **head,
        **assumed,
        "rows": [
            {key: list(value) if isinstance(value, tuple) else value
             for key, value in dataclasses.asdict(row).items()}
            for row in found.rows
        ],
        "totals": dataclasses.asdict(found.totals),
    }


def text(result: dict) -> str:
    """The rows indented by depth, then the totals."""
    if "text" in result:
        return f"{result['text']}\n{_judged(**result['verdict'])}"
    lines = [f"{'layer':44} {'type':24} {'output':>18} {'params':>13} {'MACs':>16}"]
    for row in result["rows"]:
        own = row["name"].rpartition(".")[2] or result["model"]
        called = row["calls"] or row["type"] in ("ModuleList", "ModuleDict")  # these never are
        layer = "  " * row["depth"] + own + ("" if called else " (never called)")
        lines.append(
            f"{layer:44} {row['type']:24} {'×'.join(map(str, row['output'])):>18} "
            f"{row['params']:13,} {row['macs']:16,}"
        )
    totals = result["totals"]
    lines += [
        "",
        f"Parameters: {totals['params']:,}",
        f"Trainable: {totals['trainable']:,}",
        f"MACs: {totals['macs']:,}",
        f"Weights: {totals['param_bytes'] / 2**20:.1f} MiB, activations of one input: "
        f"{totals['activation_bytes'] / 2**20:.1f} MiB",
    ]
    if "found" in result:
        lines.append(f"Counted for all proposals that the detector looks at and "
                     f"{result['found']['detections']} detected object.")
    return "\n".join(lines)


def _judged(total: int | None, exact: int, why: str) -> str:
    if total == exact:
        return f"Thaw counts the same: {exact:,} parameters."
    return f"Thaw counts {exact:,} parameters" + (f": {why}." if why else ".")


def _size(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d{1,5}([x×]\d{1,5}){2,3}", text):
        raise ThawError("models.no_size", text=text)
    return tuple(int(part) for part in re.split("[x×]", text))
