"""The catalogue against the torchvision that is installed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.messages import ThawError
from core.models import catalogue


def test_json_is_what_the_installed_torchvision_gives():
    from core.models.make_catalogue import build_catalogue

    stored = json.loads(Path(catalogue.__file__).with_name("catalogue.json").read_text())
    made = json.loads(json.dumps(build_catalogue()))
    assert len(made["models"]) == 80
    assert stored["models"] == made["models"], "run: python -m core.models.make_catalogue"


def test_so_is_the_json_of_the_other_tasks():
    from core.models.make_catalogue import build_others

    stored = json.loads(Path(catalogue.__file__).with_name("catalogue_others.json").read_text())
    made = json.loads(json.dumps(build_others()))
    assert len(made["models"]) == 41
    assert stored["models"] == made["models"], "run: python -m core.models.make_catalogue"


def test_a_model_of_another_task_is_found_but_not_to_train():
    assert catalogue.find_any_model("raft_small").task == "optical_flow"
    with pytest.raises(ThawError, match="optical flow") as caught:
        catalogue.find_weights("raft_small", "none")
    assert caught.value.problem.id == "models.not_trained_here"


def test_imports_no_torch():
    code = "import sys, core.models.catalogue; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_every_default_is_one_of_the_entries():
    assert len(catalogue.CATALOGUE) == 80
    for model in catalogue.CATALOGUE:
        assert catalogue.find_weights(model.name, model.default_weights) is not None


def test_none_is_no_weights():
    assert catalogue.find_weights("resnet18", "none") is None


def test_bundled_entry_is_the_default_of_its_model():
    model = catalogue.find_model("shufflenet_v2_x1_0")
    assert model.default_weights == "LETTERS"
    assert model.weights[0].bundled and not model.weights[1].bundled


def test_swag_is_not_for_commercial_use():
    swag = [w for m in catalogue.CATALOGUE for w in m.weights if "SWAG" in w.name]
    assert len(swag) == 12
    assert all(w.licence == "CC BY-NC 4.0" and w.licence_url for w in swag)


def test_headless_weights_state_no_accuracy():
    features = catalogue.find_weights("vgg16", "IMAGENET1K_FEATURES")
    assert (features.acc1, features.acc5, features.categories) == (None, None, 0)


@pytest.mark.parametrize("name, near", [("resnet19", "resnet18"), ("VGG16", "vgg16")])
def test_unknown_model_names_near_ones(name, near):
    with pytest.raises(ThawError, match=near) as caught:
        catalogue.find_model(name)
    assert caught.value.problem.id == "models.unknown_near"


@pytest.mark.parametrize("name", ["", "nope"])
def test_where_nothing_is_near_nothing_is_named(name):
    with pytest.raises(ThawError, match="lists all") as caught:
        catalogue.find_model(name)
    assert caught.value.problem.id == "models.unknown"


def test_what_is_stated_of_other_tasks():
    box = catalogue.find_any_model("maskrcnn_resnet50_fpn").weights[0]
    assert (box.metric("box_map").value, box.metric("mask_map").value) == (37.9, 34.6)
    flow = catalogue.find_any_model("raft_small").find_weights("C_T_V1").metric("epe")
    assert (flow.data, flow.value) == ("Sintel-Train-Cleanpass", 2.1231)
    letters = catalogue.find_weights("shufflenet_v2_x1_0", "LETTERS")
    assert letters.metric("acc@1").value == letters.acc1
    assert letters.metric("miou") is None


def test_unknown_weights_lists_the_known():
    with pytest.raises(ThawError, match="IMAGENET1K_V1, none") as caught:
        catalogue.find_weights("resnet18", "IMAGENET1K_V9")
    assert caught.value.problem.id == "models.unknown_weights"


@pytest.mark.parametrize(
    "name, weights, size",
    [
        ("vit_h_14", "none", 224),  # its default weights are made for 518
        ("vit_h_14", "IMAGENET1K_SWAG_E2E_V1", 518),
        ("inception_v3", "none", 299),
        ("shufflenet_v2_x1_0", "LETTERS", 64),
        ("shufflenet_v2_x1_0", "none", 64),  # beside the bundled weights
        ("shufflenet_v2_x1_0", "IMAGENET1K_V1", 224),
    ],
)
def test_size_in_training(name, weights, size):
    assert catalogue.size_in_training(name, weights) == size
