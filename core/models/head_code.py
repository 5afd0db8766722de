"""The model with its new head as lines of PyTorch that give the same one, numbers included."""

from dataclasses import dataclass

from torch import nn

from core.models import card, catalogue
from core.models.build import arguments_of
from core.models.exercises.unused import indexed
from core.models.head_layers import ACTIVATIONS, Place, find_place, own_dropouts, sides
from core.models.heads import DEEPER, HEADS
from core.models.summary_skeleton import build_skeleton
from core.recipe import HeadSpec
from core.seeds import seed_for

_INITS: dict[str, str] = {
    "xavier": "nn.init.xavier_uniform_(layer.weight)",
    "kaiming": "nn.init.kaiming_normal_(layer.weight)",
    "normal": "nn.init.normal_(layer.weight, std=0.01)",
    "zeros": "nn.init.zeros_(layer.weight)",
}
_RESTART = (
    "for module in model.modules():  # what this file has no numbers for\n"
    "    if any(p.isnan().any() for p in module.parameters(recurse=False)):\n"
    "        module.reset_parameters()"
)


def model_code(
    name: str, weights: str, outputs: int, new_head: HeadSpec, seed: int, *,
    from_scratch: bool = False,
) -> str:
    """Source that builds the model with its head as `build_model` does, imports included.

    Args:
        outputs: Of the new last layer.
        seed: The recipe's.
        from_scratch: Whether the weights are random though an entry is named.
    """
    entry = catalogue.find_weights(name, weights)
    seeding = f"torch.manual_seed({seed_for('init', seed)})"
    if entry is None or from_scratch:
        given = "".join(f", {key}={value!r}" for key, value in arguments_of(name, entry).items())
        imports = "from torchvision.models import get_model"
        lines = f"{seeding}\nmodel = get_model(\"{name}\", weights=None{given})"
    else:
        imports, _, lines = card.loading_lines(name, weights)[0].code.partition("\n\n")
        if not entry.categories:
            lines = f"{seeding}\n{lines}\n{_RESTART}"
    head = "\n".join(head_lines(name, weights, outputs, new_head, seed))
    return f"import torch\nfrom torch import nn\n{imports}\n\n{lines}\n\n{head}\n"


def head_lines(
    name: str, weights: str, outputs: int, new_head: HeadSpec, seed: int
) -> list[str]:
    """The lines that give a `model` its new head."""
    family = catalogue.find_model(name).family
    model = build_skeleton(name, catalogue.find_weights(name, weights))
    parts: list[_Part] = []
    for path in HEADS[family]:
        place, main = find_place(model, path), path == HEADS[family][0]
        if place is None:
            continue
        if new_head.kind == "append":
            parts.append(_append(place, outputs, new_head))
        elif new_head.kind == "mlp" and main:
            parts.append(_mlp(place, outputs, new_head))
        else:
            if new_head.kind == "family" and main:
                parts += [_anew(model, deeper, new_head) for deeper in DEEPER.get(family, ())]
            parts.append(_linear(place, outputs, new_head))
    lines = [line for part in parts for line in part.lines]
    seeding = f"torch.manual_seed({seed_for('head', seed)})  # then the numbers are Thaw's"
    if new_head.init == "default":
        return [seeding, *lines]
    return [*lines, seeding, *_init([one for part in parts for one in part.drawn], new_head)]


@dataclass(frozen=True)
class _Part:
    """Lines, and the layers to draw that are there then, as Python has them."""

    lines: list[str]
    drawn: list[tuple[str, bool]]  # with whether it has a bias


# --- the kinds -------------------------------------------------------------------------------


def _linear(place: Place, outputs: int, head: HeadSpec) -> _Part:
    bias = place.layer.bias is not None
    new = _spelled(place.layer, sides(place.layer)[0], outputs, bias=bias)
    at = _at(place.path)
    rates = _rates(place, head)
    if not head.dropout or rates:
        return _Part([*rates, f"{at} = {new}"], [(at, bias)])
    return _Part([f"{at} = {_behind(new, head)}"], [(f"{at}[1]", bias)])


def _mlp(place: Place, outputs: int, head: HeadSpec) -> _Part:
    inputs, layers, at = sides(place.layer)[0], [], _at(place.path)
    drawn = []
    for width in head.hidden:
        drawn.append((f"{at}[{len(layers)}]", True))
        layers += [_spelled(place.layer, inputs, width, bias=True),
                   f"nn.{ACTIVATIONS[head.activation].__name__}()",
                   f"nn.Dropout({head.dropout!r})"]
        inputs = width
    bias = place.layer.bias is not None
    drawn.append((f"{at}[{len(layers)}]", bias))
    layers.append(_spelled(place.layer, inputs, outputs, bias=bias))
    made = [f"{at} = nn.Sequential(", *(f"    {one}," for one in layers), ")"]
    return _Part([*_rates(place, head), *made], drawn)


def _anew(model: nn.Module, path: str, head: HeadSpec) -> _Part:
    layer, at = model.get_submodule(path), _at(path)
    if head.init == "default" or not isinstance(layer, nn.Linear):
        return _Part([f"{at}.reset_parameters()"], [])
    return _Part([], [(at, layer.bias is not None)])


def _append(place: Place, outputs: int, head: HeadSpec) -> _Part:
    new = _spelled(place.layer, sides(place.layer)[1], outputs, bias=True)
    inner = "[1]" if head.dropout else ""
    if head.dropout:
        new = _behind(new, head)
    if isinstance(place.parent, nn.Sequential):
        holder = _at(place.path.rpartition(".")[0])
        return _Part([f"{holder}.append({new})"],
                     [(f"{holder}[{len(place.parent)}]{inner}", True)])
    at = _at(place.path)
    return _Part([f"{at} = nn.Sequential({at}, {new})"], [(f"{at}[1]{inner}", True)])


def _rates(place: Place, head: HeadSpec) -> list[str]:
    """The lines that set the model's own dropouts."""
    if not head.dropout:
        return []
    found = own_dropouts(place, whole=head.kind == "family")
    return [f"{_at(name)}.p = {head.dropout!r}" for name, _ in found]


def _init(drawn: list[tuple[str, bool]], head: HeadSpec) -> list[str]:
    zeroed = "    nn.init.zeros_(layer.bias)"
    if not all(bias for _, bias in drawn):
        zeroed = f"    if layer.bias is not None:\n    {zeroed}"
    if len(drawn) == 1 and drawn[0][1]:
        own = drawn[0][0]
        return [_INITS[head.init].replace("layer", own), f"nn.init.zeros_({own}.bias)"]
    layers = ", ".join(layer for layer, _ in drawn)
    return [f"for layer in ({layers},):", f"    {_INITS[head.init]}", zeroed]


# --- in Python -------------------------------------------------------------------------------


def _at(path: str) -> str:
    return f"model.{indexed(path)}"


def _behind(new: str, head: HeadSpec) -> str:
    return f"nn.Sequential(nn.Dropout({head.dropout!r}), {new})"


def _spelled(old: nn.Module, inputs: int, outputs: int, *, bias: bool) -> str:
    more = "" if bias else ", bias=False"
    if isinstance(old, nn.Linear):
        return f"nn.Linear({inputs}, {outputs}{more})"
    return f"nn.Conv2d({inputs}, {outputs}, kernel_size=1{more})"
