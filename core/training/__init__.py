"""The training engine: what the worker process runs, with no page and no chart in it."""
