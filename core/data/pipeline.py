"""A pipeline of transforms as data: its steps, whether they can be, and its code."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.data.pipeline_table import TRANSFORMS
from core.data.pipeline_transform import Name, Parameter, Transform, Value
from core.messages import ThawError

MAX_STEPS = 24
_BY_NAME = {transform.name: transform for transform in TRANSFORMS}


@dataclass(frozen=True)
class Step:
    """One transform with its values.

    Attributes:
        name: Of a transform in `TRANSFORMS`.
        values: Of its parameters, all of them.
        on: Whether it is done; a step that is off stays in its place.
    """

    name: str
    values: Mapping[str, Value] = field(default_factory=dict)
    on: bool = True


def find_transform(name: str) -> Transform:
    """The transform of that name.

    Raises:
        ThawError: If there is none.
    """
    if name not in _BY_NAME:
        raise ThawError("pipeline.unknown", name=name, known=", ".join(_BY_NAME))
    return _BY_NAME[name]


def step(name: str, **values: Value) -> Step:
    """A step with these values and the defaults for all others.

    Raises:
        ThawError: If there is no such transform, or a value can't be.
    """
    transform = find_transform(name)
    given = {one.name: one.default for one in transform.parameters} | values
    known = {one.name: one for one in transform.parameters}
    for key, value in given.items():
        if key not in known or not _takes(known[key], value):
            raise ThawError("pipeline.value", step=name, name=key, value=str(value)[:60])
    return Step(name, given)


def _takes(parameter: Parameter, value: object) -> bool:
    default = parameter.default
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, str):
        return value in parameter.choices
    if isinstance(default, tuple):
        return (
            isinstance(value, tuple) and len(value) in ({2} if len(default) == 2 else {1, 3})
            and all(_is_number(one, parameter) for one in value)
        )
    if isinstance(default, int) and not isinstance(value, int):
        return False
    return _is_number(value, parameter)


def _is_number(value: object, parameter: Parameter) -> bool:
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        and parameter.low <= value <= parameter.high
    )


def numbers(text: str) -> tuple[float, ...]:
    """The numbers of a text such as "0.5, 0.5, 0.5".

    Raises:
        ThawError: If these are not one or three numbers.
    """
    try:
        found = tuple(float(part) for part in text.replace(";", ",").strip(", ").split(","))
    except ValueError:
        found = ()
    if len(found) not in (1, 3) or not all(math.isfinite(one) for one in found):
        raise ThawError("pipeline.numbers", text=text[:60])
    return found


# --- as JSON ---------------------------------------------------------------------------------


def to_json(steps: Sequence[Step]) -> str:
    """The steps as text."""
    return json.dumps([{"name": one.name, "values": dict(one.values), "on": one.on}
                       for one in steps])


def from_json(text: str) -> tuple[Step, ...]:
    """The steps of a text that `to_json` made.

    Raises:
        ThawError: If they are too many, or one of them can't be.
    """
    raw = json.loads(text)
    if len(raw) > MAX_STEPS:
        raise ThawError("pipeline.too_long", most=MAX_STEPS)
    return tuple(_from_raw(one) for one in raw)


def _from_raw(raw: Mapping[str, Any]) -> Step:
    values = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in raw["values"].items()
    }
    checked = step(raw["name"], **values)
    return Step(checked.name, checked.values, raw["on"] is True)


# --- as code ---------------------------------------------------------------------------------


def call_text(one: Step) -> str:
    """The call that makes the transform: `v2.CenterCrop(size=224)`."""
    transform = find_transform(one.name)
    arguments = transform.arguments(one.values).items()
    spelled = ", ".join(f"{key}={_spelled(value)}" for key, value in arguments)
    return f"{transform.module}.{one.name}({spelled})"


def _spelled(value: object) -> str:
    return value.path if isinstance(value, Name) else repr(value)


def code_of(steps: Sequence[Step], seed: int, picture: Sequence[str]) -> str:
    """A program that makes `x` of a picture, which runs as it stands.

    Args:
        seed: Of the random transforms.
        picture: Lines that make `image`, a PIL picture; imports first.
    """
    calls = [call_text(one) for one in steps if one.on]
    whole = "v2.Compose([\n" + "".join(f"    {call},\n" for call in calls) + "])"
    imports = [line for line in picture if line.startswith(("import ", "from "))]
    rest = [line for line in picture if line not in imports]
    if any(call.startswith("transforms.") for call in calls):
        imports.append("from torchvision import transforms")
    first = sorted({*imports, "import torch", "from torchvision.transforms import v2"},
                   key=_as_isort)
    return "\n".join([
        *first, "",
        f"transform = {whole if calls else 'v2.Identity()'}", "",
        *rest,
        f"torch.manual_seed({seed})",
        "x = transform(image)",
    ]) + "\n"


def _as_isort(line: str) -> tuple[bool, str]:
    kind, module = line.split()[:2]
    return kind == "from", module.lower()
