"""`python -m core COMMAND`: everything Thaw does, without a browser."""

import argparse
import difflib
import importlib
import json
import os
import sys
from typing import NoReturn

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


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every command does."""

    def error(self, message: str) -> NoReturn:
        name = self.prog.removeprefix("python -m core").strip()
        self.exit(2, f"{' '.join(['thaw', name]).strip()}: {message} "
                     f"(`{self.prog} --help` says what it takes)\n")


def main(argv: list[str] | None = None) -> int:
    """Runs one command.

    Returns:
        0; 1 for a failure on the way; 2 for bad input, said in one line on standard error.
    """
    argv = sys.argv[1:] if argv is None else argv
    chosen = argv[0] if argv and argv[0] in COMMANDS else None
    try:
        return _answer(argv, chosen)
    except ThawError as error:
        print(f"thaw {chosen}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader (`| head`) has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print(f"thaw {chosen}: interrupted", file=sys.stderr)
        return 1
    except Exception as error:
        if os.environ.get("THAW_DEBUG"):
            raise
        kind, said = type(error).__name__, " ".join(str(error).split())[:300]
        print(f"thaw {chosen}: {kind}: {said} (THAW_DEBUG=1 shows where)", file=sys.stderr)
        return 1


def _answer(argv: list[str], chosen: str | None) -> int:
    """Does what is asked, prints what came of it, and returns the exit code."""
    parser = _Parser(
        prog="python -m core", description="Thaw: see, freeze, feed and fine-tune a vision model."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, about in COMMANDS.items():
        own = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        own.add_argument("--json", action="store_true", help="print one JSON object")
        if name == chosen:  # only the chosen command is imported: others may need torch
            module = importlib.import_module(f"core.commands.{name}")
            module.add_arguments(own)
            chosen_parser = own
    if argv and not chosen and not argv[0].startswith("-"):
        near = difflib.get_close_matches(argv[0].lower(), COMMANDS, n=2, cutoff=0.5)
        hint = f" Near it: {', '.join(near)}." if near else ""
        parser.error(f"There is no command “{argv[0]}”.{hint}")
    args, unknown = parser.parse_known_args(argv)
    if not chosen:
        parser.error(f"The command comes first: {args.command} {argv[0]}.")
    if unknown:
        chosen_parser.error(_unknown(unknown[0], chosen_parser))
    result = module.run(args)
    if args.json:
        print(json.dumps(result, allow_nan=False))
    elif text := module.text(result):
        print(text)
    sys.stdout.flush()  # here, where a reader that has gone is noticed quietly
    return int(result.get("exit_code", 0))


def _unknown(given: str, parser: argparse.ArgumentParser) -> str:
    """That nothing takes an argument, and the option that may have been meant."""
    if not given.startswith("-"):
        return f"It takes no “{given}”."
    options = [name for action in parser._actions for name in action.option_strings]
    near = difflib.get_close_matches(given.partition("=")[0], options, n=2, cutoff=0.6)
    return f"There is no option {given}." + (f" Near it: {', '.join(near)}." if near else "")


if __name__ == "__main__":
    sys.exit(main())
