"""`python -m core COMMAND`: everything Thaw does, without a browser."""

import argparse
import importlib
import json
import os
import sys

from core.messages import ThawError

COMMANDS: dict[str, str] = {
    "models": "the catalogue: models, weights, sizes, accuracies",
    "prefetch": "bring weights and data sets for a class without a network",
    "summary": "the layers of one model: shapes, parameters, MACs",
    "batches": "what a DataLoader with these arguments yields",
    "recipe": "print a ready recipe",
    "lr": "a good learning rate for a recipe, by a range test",
    "train": "train a recipe, or go on with a run",
    "experiment": "one recipe under several freeze plans, over several seeds",
    "sweep": "one recipe with every combination of some fields' values",
    "queue": "start the runs that wait, each when its device is free",
    "runs": "the table of runs",
    "stop": "stop a run and keep, or discard, what it has",
    "resume": "let a stopped run go on in the background",
    "evaluate": "held-out accuracy of a run's checkpoint",
    "predict": "classes of own images by a run's checkpoint",
    "report": "a run as one HTML file",
    "export": "a run's checkpoint as safetensors or ONNX",
    "script": "a recipe or a run as a plain PyTorch script",
}


def main(argv: list[str] | None = None) -> int:
    """Runs one command.

    Returns:
        0; 1 for a failure on the way; 2 for bad input, said in one line on standard error.
    """
    argv = sys.argv[1:] if argv is None else argv
    chosen = argv[0] if argv and argv[0] in COMMANDS else None
    parser = argparse.ArgumentParser(
        prog="python -m core", description="Thaw: see, freeze, feed and fine-tune a vision model."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, about in COMMANDS.items():
        own = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        own.add_argument("--json", action="store_true", help="print one JSON object")
        if name == chosen:  # only the chosen command is imported: others may need torch
            module = importlib.import_module(f"core.commands.{name}")
            module.add_arguments(own)
    args = parser.parse_args(argv)
    try:
        result = module.run(args)
        if args.json:
            print(json.dumps(result, allow_nan=False))
        elif text := module.text(result):
            print(text)
        return int(result.get("exit_code", 0))
    except ThawError as error:
        print(f"thaw {args.command}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader (`| head`) has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print(f"thaw {args.command}: interrupted", file=sys.stderr)
        return 1
    except Exception as error:
        if os.environ.get("THAW_DEBUG"):
            raise
        kind, said = type(error).__name__, " ".join(str(error).split())[:300]
        print(f"thaw {args.command}: {kind}: {said} (THAW_DEBUG=1 shows where)", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
