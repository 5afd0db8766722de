"""An exploration as a whole Python program, which yields the same batches with nothing of Thaw."""

import ast

from core.data import collate_table, datasets
from core.data.exploration import Exploration
from core.data.loader_call import arguments, collate_call
from core.data.loader_code_data import data_part
from core.data.loader_code_order import needs_generator, order_part, worker_part
from core.data.loader_code_part import Part

_HEAD = "# The batches that are on the screen, as plain PyTorch. It runs as it stands.\n"

_SHAPES = '''\
def shape_of(value):
    if isinstance(value, dict):
        return {key: shape_of(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [shape_of(one) for one in value]
    return tuple(value.shape) if hasattr(value, "shape") else value'''


# What the program may use of other modules, by its name.
_IMPORTS: dict[str, str] = {
    **dict.fromkeys(("math", "re", "time", "torch"), ""),
    "np": "numpy",
    "Iterator": "collections.abc", "Sequence": "collections.abc", "partial": "functools",
    "Path": "pathlib", "Any": "typing", "Image": "PIL", "ImageOps": "PIL",
    "load_digits": "sklearn.datasets", "load_iris": "sklearn.datasets",
    "load_wine": "sklearn.datasets", "Tensor": "torch", "functional": "torch.nn",
    "datasets": "torchvision", "v2": "torchvision.transforms",
    "DistributedSampler": "torch.utils.data.distributed",
    **dict.fromkeys(
        ("BatchSampler", "DataLoader", "Dataset", "IterableDataset", "RandomSampler", "Sampler",
         "SequentialSampler", "SubsetRandomSampler", "WeightedRandomSampler", "default_collate",
         "get_worker_info"),
        "torch.utils.data",
    ),
}
_DRAWS_BY_NUMPY = ("noisy",)
_PYTHON = ("collections.abc", "functools", "math", "pathlib", "re", "time", "typing")


def code_of(wanted: Exploration) -> str:
    """The program: imports, the data set, sampler, collate function, loader and the loop.

    Raises:
        ThawError: If a folder or an upload can't be found.
    """
    order = order_part(wanted)
    parts = [data_part(wanted), _collate_part(wanted), worker_part(wanted.loader), order]
    sources = [source for part in parts for source in part.sources]
    lines = [part.lines for part in parts if part.lines] + [_call(wanted)]
    body = "\n\n\n".join([*sources, "\n\n".join(lines), _SHAPES, _loop(wanted)])
    return f"{_HEAD}\n{_imports(body)}\n\n\n{body}\n"


def _imports(body: str) -> str:
    """The imports of all that is used, those of Python itself first."""
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    plain = {name: f"import {name}" for name in used if _IMPORTS.get(name) == ""}
    if "np" in used:
        plain["numpy"] = "import numpy as np"
    named: dict[str, list[str]] = {}
    for name in sorted(used - {"np"}, key=str.lower):
        if module := _IMPORTS.get(name):
            named.setdefault(module, []).append(name)
    groups: tuple[list[str], list[str]] = ([], [])
    for name in sorted(plain):
        groups[name not in _PYTHON].append(plain[name])
    for module in sorted(named):
        line = f"from {module} import {', '.join(named[module])}"
        if len(line) > 100:
            line = f"from {module} import (\n    {', '.join(named[module])},\n)"
        groups[module not in _PYTHON].append(line)
    return "\n\n".join("\n".join(group) for group in groups if group)


def _collate_part(wanted: Exploration) -> Part:
    """The collate function's source; nothing for PyTorch's own."""
    source = collate_table.source_of(wanted.loader.collate)
    return Part((source,)) if source else Part()


def _call(wanted: Exploration) -> str:
    chosen = wanted.loader
    made = arguments(chosen, lambda name: _collate_call(wanted) if name == "collate" else name)
    lines = ["dataset", *made]
    if needs_generator(chosen):
        lines.append("generator=generator")
    inner = "".join(f"    {line},\n" for line in lines)
    return f"loader = DataLoader(\n{inner})"


def _collate_call(wanted: Exploration) -> str:
    call, classes = collate_call(wanted), datasets.find_dataset(wanted.data).classes
    return call if classes else call.replace("classes=0", "classes=len(dataset.classes)")


def _loop(wanted: Exploration) -> str:
    chosen = wanted.loader
    announces = chosen.set_epoch and chosen.counts("set_epoch")
    lines = ["def main():", f"    torch.manual_seed({chosen.seed})  # of what is drawn beside"]
    if wanted.data in _DRAWS_BY_NUMPY:
        lines.append(f"    np.random.seed({chosen.seed})")
    if wanted.epochs == 1:
        if announces:
            lines.append("    sampler.set_epoch(0)")
        lines += [
            f"    for number, batch in zip(range({wanted.batches}), loader):",
            "        print(number, shape_of(batch))",
        ]
    else:  # to the end of each epoch: the order of the next depends on all that was drawn
        lines.append(f"    for epoch in range({wanted.epochs}):")
        if announces:
            lines.append("        sampler.set_epoch(epoch)")
        lines += [
            "        for number, batch in enumerate(loader):",
            f"            if number < {wanted.batches}:",
            "                print(epoch, number, shape_of(batch))",
        ]
    start = 'if __name__ == "__main__":  # a spawned worker imports this file\n    main()'
    return "\n".join(lines) + f"\n\n\n{start}"
