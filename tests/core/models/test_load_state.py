"""Saved weights against a model: fitting, of other classes, wrapped, broken, foreign."""

import pytest
import torch
import torchvision
from torch import nn

from core.messages import ThawError
from core.models.load_state import compared, fit_state


def net(classes: int = 10) -> nn.Module:
    return torchvision.models.resnet18(num_classes=classes)


def refused(model: nn.Module, state: dict) -> str:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ThawError) as caught:
        fit_state(model, state, "resnet18")
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    text = str(caught.value)
    assert len(text) < 400 and "weights_only" not in text
    return text


def test_all_of_it_fits_and_is_loaded() -> None:
    saved, model = net().state_dict(), net()
    fit = fit_state(model, saved, "resnet18")
    assert fit.is_whole and (fit.fitting, fit.all) == (len(saved), len(saved)) and not fit.prefix
    assert all(torch.equal(saved[name], value) for name, value in model.state_dict().items())


def test_other_classes_are_told_with_both_numbers() -> None:
    fit = compared(net().state_dict(), net(1000).state_dict())
    assert fit.other_classes == ("fc", 1000, 10) and fit.all - fit.fitting == 2
    assert "fc was saved for 1000 classes and this run has 10" in refused(
        net(), net(1000).state_dict()
    )


@pytest.mark.parametrize(
    "wrap",
    [nn.DataParallel, lambda model: torch.compile(model, backend="eager"),
     lambda model: torch.compile(nn.DataParallel(model), backend="eager")],
    ids=["DataParallel", "compile", "both"],
)
def test_what_a_wrapper_puts_before_the_names_is_taken_off(wrap) -> None:
    saved, model = net(), net()
    state = wrap(saved).state_dict()
    assert set(state).isdisjoint(model.state_dict())  # strict=False would load nothing
    fit = fit_state(model, state, "resnet18")
    assert fit.prefix and fit.is_whole
    assert torch.equal(model.fc.weight, saved.fc.weight)


def test_a_model_whose_own_names_begin_so_keeps_them() -> None:
    model, saved = nn.DataParallel(net()), nn.DataParallel(net())
    fit = fit_state(model, saved.state_dict(), "resnet18")
    assert fit.prefix == "" and torch.equal(model.module.fc.weight, saved.module.fc.weight)


def test_missing_and_unexpected_names_are_counted_by_stage() -> None:
    saved = net().state_dict()
    del saved["layer4.0.conv1.weight"], saved["layer4.1.conv1.weight"], saved["fc.bias"]
    text = refused(net(), saved)
    assert "missing: layer4 (2), fc (1)" in text and "119 of 122" in text
    other = torchvision.models.vgg11(num_classes=10).state_dict()
    assert "not of this model: features (16), classifier (6)" in refused(net(), other)


def test_shapes_are_listed_once_and_then_counted() -> None:
    text = refused(net(), torchvision.models.wide_resnet50_2(num_classes=10).state_dict())
    assert "tensors fit" in text
    wider = torchvision.models.resnet18(num_classes=10, norm_layer=nn.BatchNorm2d).state_dict()
    for name in ("conv1.weight", "layer1.0.conv1.weight", "layer2.0.conv1.weight"):
        wider[name] = torch.zeros(3, 3)
    assert "conv1.weight was saved as 3×3 and here it is 64×3×7×7 (2 more differ too)" in refused(
        net(), wider
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [(lambda one: one.long(), "saved as int64"), (lambda one: one.bool(), "saved as bool"),
     (lambda one: one.to(torch.complex64), "saved as complex64"),
     (lambda one: one.to("meta"), "a shape without values"),
     (lambda one: one.to_sparse(), "a sparse tensor"),
     (lambda one: one * float("nan"), "NaN or infinity (fc.weight)"),
     (lambda one: one / 0, "NaN or infinity (fc.weight)")],
)
def test_values_that_no_training_leaves_are_refused(change, said: str) -> None:
    saved = net().state_dict()
    saved["fc.weight"] = change(saved["fc.weight"])
    assert said in refused(net(), saved)


def test_half_precision_is_a_float_too() -> None:
    saved, model = net(), net()
    fit_state(model, saved.half().state_dict(), "resnet18")
    assert torch.equal(model.fc.weight, saved.fc.weight.float())


def test_a_model_that_asks_for_the_version_of_its_state_is_loaded_from_a_plain_dict() -> None:
    saved, model = torchvision.models.mnasnet0_5(), torchvision.models.mnasnet0_5()
    state = dict(saved.state_dict())
    with pytest.raises(ValueError, match="version"):
        model.load_state_dict(state)  # a checkpoint's state says none
    assert fit_state(model, state, "mnasnet0_5").is_whole
    assert all(torch.equal(state[name], value) for name, value in model.state_dict().items())
