"""The proof of freezing, on runs that were really trained, and on one that was tampered with."""

import shutil
from pathlib import Path

import pytest
import torch

from core.evaluation.movement import measure_movement
from core.messages import ThawError
from core.runs.folder import Run
from tests.core.conftest import train_small


@pytest.fixture(scope="module")
def frozen_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two epochs with everything frozen but the last stage and one early layer."""
    return train_small(
        tmp_path_factory.mktemp("frozen"),
        freeze={"preset": "last_stage", "exceptions": [["conv1.0", True]]},
        train={"epochs": 2, "threads": 1},
    )


def test_frozen_layers_are_the_same_to_the_last_bit_and_the_others_moved(frozen_run: Run) -> None:
    found = measure_movement(frozen_run, "last")
    assert found.epoch == 2
    assert found.broken == ()
    assert len(found.frozen) > 50
    assert all(layer.change == 0 and not layer.statistics for layer in found.frozen)
    moved = [layer for layer in found.layers if layer.trains]
    assert {layer.name for layer in moved} == {"conv1.0", "conv5.0", "conv5.1", "fc"}
    assert all(layer.change > 0 and not layer.same for layer in moved)
    norm = next(layer for layer in moved if layer.name == "conv5.1")
    assert norm.statistics > 0


def test_the_parameters_are_those_of_the_model(frozen_run: Run) -> None:
    content = torch.load(frozen_run.path / "checkpoints/last.pt", weights_only=True)
    buffers = ("running_mean", "running_var", "num_batches_tracked")
    whole = sum(
        value.numel() for name, value in content["model_state_dict"].items()
        if not name.endswith(buffers)
    )
    assert sum(layer.params for layer in measure_movement(frozen_run).layers) == whole


def test_the_change_is_the_distance_over_the_length_at_the_start(frozen_run: Run) -> None:
    from core.models.build import build_model

    start = build_model("shufflenet_v2_x0_5", "none", num_classes=10, seed=0).model.fc
    end = torch.load(frozen_run.path / "checkpoints/last.pt", weights_only=True)
    before = torch.cat([start.weight.flatten(), start.bias]).detach()
    state = end["model_state_dict"]
    after = torch.cat([state["fc.weight"].flatten(), state["fc.bias"]])
    fc = measure_movement(frozen_run, "last").layers[-1]
    assert fc.change == pytest.approx(float((after - before).norm() / before.norm()), rel=1e-5)


def test_from_scratch_everything_moves(trained_run: Run) -> None:
    found = measure_movement(trained_run)
    assert found.frozen == () and found.broken == ()
    assert all(layer.change > 0 for layer in found.layers)


@pytest.mark.parametrize("key", ["stage2.0.branch1.0.weight", "stage2.0.branch1.1.running_mean",
                                 "stage2.0.branch1.1.num_batches_tracked"])
def test_one_changed_number_in_a_frozen_layer_is_found(
    frozen_run: Run, tmp_path: Path, key: str
) -> None:
    copy = Run(Path(shutil.copytree(frozen_run.path, tmp_path / frozen_run.id)))
    path = copy.path / "checkpoints/last.pt"
    content = torch.load(path, weights_only=True)
    content["model_state_dict"][key].view(-1)[0] += 1
    torch.save(content, path)
    broken = measure_movement(copy, "last").broken
    assert [layer.name for layer in broken] == [key.rpartition(".")[0]]


def test_gradients_are_of_what_trains_and_a_frozen_one_is_found(
    frozen_run: Run, tmp_path: Path
) -> None:
    found = measure_movement(frozen_run, "last")
    assert found.has_gradients and found.leaking == ()
    assert all((layer.gradient is not None) is layer.trains for layer in found.layers)
    assert all(layer.gradient > 0 for layer in found.layers if layer.trains)
    copy = Run(Path(shutil.copytree(frozen_run.path, tmp_path / frozen_run.id)))
    path = copy.path / "checkpoints/last.pt"
    content = torch.load(path, weights_only=True)
    norms = content.pop("gradient_norms")
    fc = next(layer for layer in found.layers if layer.name == "fc")
    assert fc.gradient == pytest.approx((norms["fc.weight"]**2 + norms["fc.bias"]**2) ** 0.5)
    torch.save({**content, "gradient_norms": {**norms, "stage2.0.branch1.0.weight": 0.5}}, path)
    leaking = measure_movement(copy, "last").leaking
    assert [(layer.name, layer.gradient) for layer in leaking] == [("stage2.0.branch1.0", 0.5)]
    torch.save(content, path)  # as an earlier version of Thaw wrote it
    assert not measure_movement(copy, "last").has_gradients


def test_a_checkpoint_that_is_not_there_gets_a_sentence(frozen_run: Run) -> None:
    with pytest.raises(ThawError) as caught:
        measure_movement(frozen_run, 99)
    assert caught.value.problem.id == "runs.no_epoch"
