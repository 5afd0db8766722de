"""What a sweep can vary, and the values that a person types."""

import pytest

from core.messages import ThawError
from core.recipe import Recipe
from core.runs import sweep_fields
from core.runs.sweep_fields import find, read


@pytest.mark.parametrize(
    ("field", "typed", "values"),
    [
        ("optimizer.lr", "0.1, 0.01,1e-3", (0.1, 0.01, 0.001)),
        ("optimizer.lr", " 0.1; 0.01 ;", (0.1, 0.01)),
        ("optimizer.lr", "0,1; 0,01", (0.1, 0.01)),
        ("optimizer.lr", "0.0001…0.1 log 4", (0.0001, 0.001, 0.01, 0.1)),
        ("optimizer.lr", "1e-4..0.1 LOG 4", (0.0001, 0.001, 0.01, 0.1)),
        ("optimizer.lr", "0.1 ... 0.001 log 3", (0.1, 0.01, 0.001)),
        ("optimizer.lr", "0.00123456…0.1 log 3", (0.00123456, 0.0111, 0.1)),
        ("head.dropout", "0…0.4 5", (0.0, 0.1, 0.2, 0.3, 0.4)),
        ("head.dropout", ".1...3 lin 2", (0.1, 3.0)),
        ("train.seed", "0…2", (0, 1, 2)),
        ("train.seed", "3..1", (3, 2, 1)),
        ("loader.batch_size", "8…64 log 4", (8, 16, 32, 64)),
        ("loader.batch_size", "16, 32.0", (16, 32)),
        ("loader.batch_size", "16, 32.5, many", (16, "32.5", "many")),  # the recipe refuses them
        ("split.train_per_class", "5, all", (5, None)),
        ("train.clip_norm", "None, 1", (None, 1.0)),
        ("transform.augment", "none, affine", ("none", "affine")),
        ("loader.shuffle", "on, FALSE", (True, False)),
        ("model.name", "resnet18, resnet34", ("resnet18", "resnet34")),
    ],
)
def test_values_as_a_person_types_them(field, typed, values):
    found = read(find(field), typed)
    assert found == values
    assert [type(one) for one in found] == [type(one) for one in values]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("optimizer.lr", "0.1…0.2", "Say how many values of the learning rate"),
        ("optimizer.lr", "0…0.1 log 3", "needs numbers above 0"),
        ("optimizer.lr", "0.1…0.2 1", "this one has 1"),
        ("optimizer.lr", "0.1…0.2 21", "this one has 21"),
        ("optimizer.lr", "a…b 3", "“a…b 3” is something else"),
        ("optimizer.lr", "0.1…0.2…0.3", "is something else"),
        ("train.seed", "0…20", "this one has 21"),
        ("train.seed", "1…1e999", "is something else"),
        ("train.seed", "-1e308…1e308", "is something else"),
        ("train.seed", "1e-300…1e300 log 3", "is something else"),
    ],
)
def test_a_range_that_can_t_be_told(field, typed, said):
    with pytest.raises(ThawError, match=said):
        read(find(field), typed)


def test_every_field_is_one_of_the_recipe_and_takes_its_own_default():
    recipe = Recipe()
    assert len(sweep_fields.fields()) > 50
    for name, field in sweep_fields.fields().items():
        part, last = name.split(".")
        value = getattr(getattr(recipe, part), last)
        assert sweep_fields.as_values(field, [value]) == (value,)
        assert read(field, sweep_fields.words(value)) == (value,), name
    for name in ("name", "freeze.exceptions", "head.hidden", "data.path", "loggers.wandb", "x.y"):
        with pytest.raises(ThawError, match="can't vary"):
            find(name)
