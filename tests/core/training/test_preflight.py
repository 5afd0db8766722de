"""What is found before a run: sizes that a model or its auxiliary heads can't take, wrong names."""

import pytest
import torch

from core import recipe as recipes
from core.messages import ThawError
from core.models.build import build_model
from core.training import preflight


def inception(size: int | None) -> recipes.Recipe:
    return recipes.parse({
        "model": {"name": "inception_v3", "weights": "IMAGENET1K_V1"}, "transform": {"size": size},
    })


def test_an_auxiliary_head_that_wants_more_pixels_than_the_model_is_found():
    model = build_model("inception_v3", "none", num_classes=3).model.train()
    with pytest.raises(RuntimeError):  # PyTorch's own, in the first step
        model(torch.zeros(2, 3, 139, 139))
    assert model.eval()(torch.zeros(2, 3, 139, 139)).shape == (2, 3)
    with pytest.raises(ThawError) as caught:
        preflight.check(inception(139))
    assert caught.value.problem.id == "models.input_refused"
    preflight.check(inception(299))
    preflight.check(inception(None))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"transform": {"size": 8}, "model": {"name": "alexnet", "weights": "none"}}, "63 pixels"),
        ({"freeze": {"exceptions": [["conv6", True]]}}, "conv6"),
        ({"freeze": {"exceptions": [["layer9.*", True]]}}, r"layer9\.\*"),
        ({"unfreezing": {"at": [["layer9", 3]]}}, "layer9"),
    ],
)
def test_what_the_model_does_not_have_is_named(part, words):
    with pytest.raises(ThawError, match=words):
        preflight.check(recipes.parse(part))
