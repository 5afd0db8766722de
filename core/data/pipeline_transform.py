"""A transform of torchvision's as data: what it does, and what of it a person can change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Value = int | float | str | bool | tuple[float, ...]


@dataclass(frozen=True)
class Name:
    """A value that is spelled by where it is found, such as `torch.float32`."""

    path: str


@dataclass(frozen=True)
class Parameter:
    """One value of a step that a person can change.

    Attributes:
        name: As the transform's own argument, if there is one of that name.
        default: Its type says which input it gets: a tuple of two is a range, of three a number
            for each channel.
        low: Smallest number.
        high: Largest number.
        choices: All values of a text.
    """

    name: str
    default: Value
    about: str = ""
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transform:
    """One transform of torchvision's.

    Attributes:
        name: Of its class.
        about: What it does, in a sentence.
        random: Whether it draws anew each time.
        parameters: That a person can change.
        arguments: From their values to the arguments of the class.
        module: In which the code finds it: `v2`, or `transforms` for torchvision's older ones.
    """

    name: str
    about: str
    random: bool = False
    parameters: tuple[Parameter, ...] = ()
    arguments: Callable[[Mapping[str, Any]], dict[str, Any]] = dict
    module: str = "v2"
