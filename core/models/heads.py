"""Where every model predicts, and giving it a head for other classes there.

The names are data that a page asks for; `core.models.head_layers` builds the layers.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.messages import ThawError
from core.models import catalogue
from core.recipe import LINEAR_HEAD, HeadSpec
from core.seeds import seed_for

if TYPE_CHECKING:
    from torch import nn

# Family -> the layers that give one output a class. The first is the one that predicts; the
# others are auxiliary heads, which learn beside it and are dropped when the model predicts.
HEADS: dict[str, tuple[str, ...]] = {
    "alexnet": ("classifier.6",),
    "convnext": ("classifier.2",),
    "densenet": ("classifier",),
    "efficientnet": ("classifier.1",),
    "googlenet": ("fc", "aux1.fc2", "aux2.fc2"),
    "inception": ("fc", "AuxLogits.fc"),
    "maxvit": ("classifier.5",),
    "mnasnet": ("classifier.1",),
    "mobilenet_v2": ("classifier.1",),
    "mobilenet_v3": ("classifier.3",),
    "regnet": ("fc",),
    "resnet": ("fc",),
    "shufflenet": ("fc",),
    "squeezenet": ("classifier.1",),  # a 1x1 convolution; its average is the prediction
    "swin": ("head",),
    "vgg": ("classifier.6",),
    "vit": ("heads.head",),
}
# Family -> the layers before the last one that are part of its classifier, from the features on.
# A family that is not here has a classifier of one layer.
DEEPER: dict[str, tuple[str, ...]] = {
    "alexnet": ("classifier.1", "classifier.4"),
    "convnext": ("classifier.0",),
    "maxvit": ("classifier.2", "classifier.3"),
    "mobilenet_v3": ("classifier.0",),
    "vgg": ("classifier.0", "classifier.3"),
}
# Family -> where a layer behind the model's own outputs goes: at the end of a Sequential, so
# that no name changes. Elsewhere the own layer becomes the first of a new Sequential.
APPENDED: dict[str, str] = {
    "alexnet": "classifier.7",
    "convnext": "classifier.3",
    "efficientnet": "classifier.2",
    "maxvit": "classifier.6",
    "mnasnet": "classifier.2",
    "mobilenet_v2": "classifier.2",
    "mobilenet_v3": "classifier.4",
    "squeezenet": "classifier.4",
    "vgg": "classifier.7",
    "vit": "heads.1",
}
_ENDS_IN_RELU = ("squeezenet",)
_MLP_STEP = 3  # each hidden layer is followed by its activation and a dropout


@dataclass(frozen=True)
class HeadReplacement:
    """One layer that was replaced, drawn anew or added.

    Attributes:
        path: Its name in the model.
        before: What stood there, as PyTorch prints it; "" if nothing did.
        after: What stands there now; the same where its numbers alone are new.
    """

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class HeadChange:
    """What was done to a model so that it predicts other classes."""

    replacements: tuple[HeadReplacement, ...]


def head_paths(
    name: str, weights: str | None = None, new_head: HeadSpec = LINEAR_HEAD
) -> tuple[str, ...]:
    """Names of the new layers of a model, the predicting one first.

    Each is a layer with parameters of its own, or a dropout and that layer.

    Args:
        name: The model.
        weights: Which architecture is meant: googlenet ships without its auxiliary heads and
            has them only where it starts from nothing (`"none"`). None means the shipped one.
        new_head: Which head it has.

    Raises:
        ThawError: If there is no such model.
    """
    family = catalogue.find_model(name).family
    last, *auxiliary = HEADS[family]
    if name == "googlenet" and weights != catalogue.NO_WEIGHTS:
        auxiliary = []
    if new_head.kind == "append":
        return (APPENDED.get(family, f"{last}.1"), *(f"{path}.1" for path in auxiliary))
    if new_head.kind == "mlp":
        hidden = [f"{last}.{_MLP_STEP * place}" for place in range(len(new_head.hidden))]
        return (f"{last}.{_MLP_STEP * len(hidden)}", *hidden, *auxiliary)
    if new_head.kind == "family":
        return (last, *DEEPER.get(family, ()), *auxiliary)
    return (last, *auxiliary)


def is_one_layer(name: str) -> bool:
    """Whether a model's own classifier is one layer, so that rebuilding it is replacing that.

    Raises:
        ThawError: If there is no such model.
    """
    return catalogue.find_model(name).family not in DEEPER


def can_be(name: str, new_head: HeadSpec) -> bool:
    """Whether a model can have such a head, whatever the data.

    Raises:
        ThawError: If there is no such model.
    """
    clipped = catalogue.find_model(name).family in _ENDS_IN_RELU and new_head.kind != "append"
    return not (clipped and new_head.outputs == "one_logit")


def refuse_head(name: str, new_head: HeadSpec) -> None:
    """Checks a head before the data is known.

    Raises:
        ThawError: If the model can't have it, or there is no such model.
    """
    if not can_be(name, new_head):
        raise ThawError("models.one_logit_after_relu", model=name)


def outputs_of(name: str, new_head: HeadSpec, classes: int) -> int:
    """How many outputs the new last layer has for so many classes.

    Raises:
        ThawError: If the head can't tell so many classes apart, or the model can't have it.
    """
    refuse_head(name, new_head)
    if new_head.outputs == "classes":
        return classes
    if classes != 2:
        raise ThawError("models.one_logit_needs_two", classes=classes)
    return 1


def replace_head(
    model: "nn.Module", name: str, num_classes: int, new_head: HeadSpec, seed: int
) -> HeadChange:
    """Gives a model fresh layers, in place, of which the last has one output for each class.

    With the default init a layer is drawn as PyTorch draws a new one: from the same seed
    `torch.manual_seed` and `nn.Linear` give the same numbers. The global random state is neither
    read nor moved. Auxiliary heads get one layer each, whatever the head is.

    Args:
        model: Just built; auxiliary heads that it lacks are passed over.
        name: Its name in the catalogue.
        num_classes: Outputs of the new layer, at least 1.
        new_head: A dropout of 0 leaves the model's own dropout as it is. Above 0 it is the
            dropout in front of the new layer: that of the model if there is one, else a new one.
        seed: The recipe's seed.

    Raises:
        ThawError: If there is no such model.
    """
    from core.models import head_layers

    family = catalogue.find_model(name).family
    draw = head_layers.drawing(new_head.init, seed_for("head", seed))
    done: list[HeadReplacement] = []
    for path in HEADS[family]:
        place = head_layers.find_place(model, path)
        if place is None:  # an auxiliary head of a model that ships without it
            continue
        if new_head.kind == "append":
            done += head_layers.append(place, new_head, num_classes, draw)
        elif new_head.kind == "mlp" and path == HEADS[family][0]:
            done += head_layers.put_mlp(place, new_head, num_classes, draw)
        else:
            if new_head.kind == "family" and path == HEADS[family][0]:
                done += head_layers.draw_anew(model, DEEPER.get(family, ()), draw)
            done += head_layers.put_linear(place, new_head, num_classes, draw)
    return HeadChange(tuple(done))
