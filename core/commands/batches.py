"""What a DataLoader with these arguments yields."""

import math
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from core.data import collate_table, datasets, exploration
from core.data.exploration import OPTIONS, LoaderArguments
from core.messages import Problem, sentence

NAME, HELP = "batches", "what a DataLoader with these arguments yields"
_SHOWN_VALUES = 100  # of a tensor, in the text, unless all are asked for
_SHOWN_BATCHES = 20  # of an epoch
_SHOWN_FILES = 20  # of those left out


def add_arguments(parser: ArgumentParser) -> None:
    """The data set, and every argument of the DataLoader under its own name."""
    parser.add_argument("dataset", help=f"one of: {', '.join(e.name for e in datasets.DATASETS)}")
    parser.add_argument("--path", default="", help="folder of “folder”, id of “upload”")
    parser.add_argument("--size", help="side in pixels that images are resized to")
    parser.add_argument("--batches", default=4, help="how many (default: 4)")
    parser.add_argument("--epochs", help="tell the order of so many epochs")
    parser.add_argument("--values", action="store_true", help="all values of every tensor")
    loader = parser.add_argument_group("arguments of the DataLoader")
    loader.add_argument("--batch-size", help="samples a batch (default: 1); none for no batching")
    loader.add_argument(
        "--collate", help=f"one of: {', '.join(one.name for one in collate_table.COLLATES)}"
    )
    options = parser.add_argument_group("options of samplers and collate functions")
    for name, field in LoaderArguments.model_fields.items():
        if name in ("batch_size", "collate"):
            continue
        group, about = loader, f"default: {field.default}"
        if name in OPTIONS:
            argument, counts_for = OPTIONS[name]
            group, about = options, f"of --{_spelled(argument)} {', '.join(counts_for)}"
        if isinstance(field.default, bool):
            group.add_argument(f"--{_spelled(name)}", action=BooleanOptionalAction, help=about)
            continue
        choices = [one for one in get_args(field.annotation) if isinstance(one, str)]
        if choices:
            about = f"one of: {', '.join(choices)}"
        group.add_argument(f"--{_spelled(name)}", help=about)


def _spelled(name: str) -> str:
    return name.replace("_", "-")


def run(args: Namespace) -> dict:
    """The first batches of an epoch.

    Raises:
        ThawError: If the arguments do not go together, or the data can't be had.
    """
    given = {name: getattr(args, name) for name in LoaderArguments.model_fields}
    arguments = {name: value for name, value in given.items() if value is not None}
    if str(arguments.get("batch_size", "")).lower() == "none":
        arguments["batch_size"] = None
    wanted = exploration.parse({
        "data": args.dataset, "path": args.path, "size": args.size, "batches": args.batches,
        "epochs": 1 if args.epochs is None else args.epochs, "loader": arguments,
    })
    from core.data.explore import explore

    found = explore(wanted)
    return {
        "dataset": args.dataset,
        "samples": found.samples,
        "batches_in_all": found.total,
        "batches": [_row(batch, values=args.values or not args.json) for batch in found.batches],
        **({} if args.epochs is None else {"epochs": _plain_epochs(found.epochs)}),
        "left_out": [sentence(one) for one in found.left_out],
        "warnings": [
            *_idle_path(args), *_idle(wanted.loader, arguments), *found.warnings
        ],
        "problem": sentence(found.problem) if found.problem else None,
        "exit_code": 2 if found.problem else 0,
        "all_values": args.values,
    }


def _idle_path(args: Namespace) -> list[str]:
    if not args.path or datasets.find_dataset(args.dataset).needs_path:
        return []
    needing = " or ".join(entry.name for entry in datasets.DATASETS if entry.needs_path)
    return [sentence(Problem("batches.idle_option", {"option": "--path", "needs": needing}))]


def _idle(loader: LoaderArguments, given: Iterable[str]) -> list[str]:
    """What does nothing, of another sampler or collate function, in words."""
    idle = [name for name in given if not loader.counts(name)]
    return [
        sentence(Problem("batches.idle_option", {
            "option": f"--{_spelled(name)}",
            "needs": f"--{_spelled(OPTIONS[name][0])} {' or '.join(OPTIONS[name][1])}",
        }))
        for name in idle
    ]


def _plain_epochs(epochs: Sequence[Sequence[Sequence[int]]]) -> list[list[list[int]]]:
    return [[list(batch) for batch in epoch] for epoch in epochs]


def _row(batch: Any, *, values: bool) -> dict:
    return {
        "indices": list(batch.indices),
        "tensors": [
            {
                "name": leaf.name,
                "kind": leaf.kind,
                "dtype": leaf.dtype,
                "shape": list(leaf.shape),
                "padding": leaf.padding,
                **({"values": None if leaf.value is None else _plain(leaf.value)}
                   if values else {}),
            }
            for leaf in batch.leaves
        ],
        "classes": batch.classes,
        "worker": batch.worker,
        "times": {"asked": batch.asked, "made": batch.made, "received": batch.received},
    }


def _plain(array: Any) -> Any:
    """Nested lists; a float32 as its shortest decimal, so that 0.1 stays 0.1."""
    if array.dtype == "float32":
        return _nested(array, lambda value: float(str(value)))
    return array.tolist()


def _nested(array: Any, read: Any) -> Any:
    return [_nested(one, read) for one in array] if array.ndim else read(array)


def text(result: dict) -> str:
    """A line a batch, and one for each tensor in it."""
    lines = [f"{result['dataset']}: {result['samples']} samples, "
             f"{result['batches_in_all']} batches in an epoch"]
    for number, batch in enumerate(result["batches"]):
        worker = "" if batch["worker"] is None else f", worker {batch['worker']}"
        lines.append(f"batch {number}: samples {_joined(batch['indices'])}{worker}")
        for leaf in batch["tensors"]:
            padding = f", {leaf['padding']} of padding" if leaf["padding"] else ""
            shown = result["all_values"] or math.prod(leaf["shape"]) <= _SHOWN_VALUES
            values = f"  {_written(leaf['values'])}" if shown else ""
            lines.append(
                f"  {leaf['name'] or 'batch'}: {leaf['dtype']} {leaf['shape']}{padding}{values}"
            )
    for number, epoch in enumerate(result.get("epochs", ())):
        lines.append(f"epoch {number}: {' | '.join(map(_joined, epoch[:_SHOWN_BATCHES]))}"
                     + (" | …" if len(epoch) > _SHOWN_BATCHES else ""))
    lines += [*_left_out(result["left_out"]), *result["warnings"]]
    if result["problem"]:
        lines.append(result["problem"])
    return "\n".join(lines)


def _left_out(said: list[str]) -> list[str]:
    if not said:
        return []
    more = len(said) - _SHOWN_FILES
    head = "1 file was left out:" if len(said) == 1 else f"{len(said):,} files were left out:"
    return [head, *(f"  {one}" for one in said[:_SHOWN_FILES]),
            *([f"  And {more:,} more; --json names all."] if more > 0 else [])]


def _joined(indices: list[int]) -> str:
    return ", ".join(map(str, indices[:40])) + (", …" if len(indices) > 40 else "")


def _written(values: Any) -> str:
    """`[[5.1, 3.5, 1.4, 0.2]]`; whole numbers without a point, as a person writes them."""
    if isinstance(values, list):
        return f"[{', '.join(map(_written, values))}]"
    return f"{values:.10g}" if isinstance(values, float) else str(values)
