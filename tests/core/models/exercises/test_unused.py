"""A layer that no forward uses, and its repairs, against models that are really built."""

import pytest
import torch
from torch import nn
from torchvision.models import get_model

from core.models.exercises.names import FAMILIES, GUESSES
from core.models.exercises.small_models import head_of
from core.models.exercises.unused import NewLayer, UnusedLayer, try_guess


def by_case(found: UnusedLayer) -> dict[str, NewLayer]:
    return {case.case: case for case in found.cases}


def test_the_classic_mistake_and_both_repairs() -> None:
    found = try_guess("vgg16", "fc", 1, freeze=True)
    cases = by_case(found)
    assert found.code.splitlines() == [
        'vgg = vgg16(weights="DEFAULT")', "vgg.requires_grad_(False)",
        "vgg.fc = nn.Linear(1000, 1)",
    ]
    assert cases["shipped"].params == 138_357_544
    assert cases["guessed"].params == 138_357_544 + 1_001
    assert cases["guessed"].output == cases["shipped"].output == (1000,)
    assert (cases["guessed"].trainable, cases["guessed"].reached) == (1_001, 0)
    assert "does not require grad" in cases["guessed"].backward_error
    assert cases["replaced"].line == "vgg.classifier[6] = nn.Linear(4096, 1)"
    assert cases["replaced"].params == 138_357_544 - 4_097_000 + 4_097
    assert cases["appended"].line == "vgg = nn.Sequential(vgg, nn.Linear(1000, 1))"
    assert cases["appended"].params == 138_357_544 + 1_001
    for case, own in (("replaced", 4_097), ("appended", 1_001)):
        assert cases[case].output == (1,)
        assert cases[case].trainable == cases[case].reached == own
    assert {row.name: row.use for row in found.rows} == {
        "": "called", "features": "called", "avgpool": "called", "classifier": "called",
        "fc": "unused",
    }


@pytest.mark.parametrize(
    ("name", "guess", "freeze"),
    [("squeezenet1_1", "fc", False), ("squeezenet1_1", "classifier", True),
     ("resnet18", "fc", True), ("mobilenet_v3_small", "output", False)],
)
def test_each_line_does_the_same_to_a_real_model(name: str, guess: str, freeze: bool) -> None:
    found = try_guess(name, guess, 3, freeze=freeze)
    variable = found.code.split(" = ")[0]
    for case in found.cases:
        names = {"nn": nn, variable: get_model(name, weights=None).eval()}
        names[variable].requires_grad_(not freeze)
        exec(case.line, names)
        model = names[variable]
        assert sum(p.numel() for p in model.parameters()) == case.params
        if case.error:
            with pytest.raises(RuntimeError) as raised:
                model(torch.zeros(1, 3, 224, 224))
            assert case.error == f"RuntimeError: {raised.value}"
            continue
        output = model(torch.zeros(1, 3, 224, 224))
        assert tuple(output.shape[1:]) == case.output
        if case.backward_error:
            with pytest.raises(RuntimeError):
                output.sum().backward()
        else:
            output.sum().backward()
        reached = sum(p.numel() for p in model.parameters() if p.grad is not None)
        assert reached == case.reached


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_has_a_name_that_it_does_not_use_and_is_mended(name: str) -> None:
    own = head_of(name).split(".")[0]
    guess = next(one for one in GUESSES if one != own)
    found = try_guess(name, guess, 2, freeze=True)
    cases = by_case(found)
    assert cases["guessed"].output == (1000,)
    unused = {row.name for row in found.rows if row.use == "unused"}
    assert unused - {"AuxLogits"} == {guess}  # inception's auxiliary head runs in train mode only
    for case in ("replaced", "appended"):
        assert cases[case].output == (2,)
        assert cases[case].trainable == cases[case].reached > 0
