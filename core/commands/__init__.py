"""One file a command: `add_arguments(parser)`, `run(args) -> dict`, `text(result) -> str`."""
