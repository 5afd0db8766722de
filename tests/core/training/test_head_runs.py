"""Runs with every kind of head, worked on here: resumed, measured, evaluated, asked."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.data.load import load_images
from core.evaluation.evaluate import evaluate
from core.evaluation.held_out import held_out_images
from core.evaluation.model_of import load_run_model
from core.evaluation.movement import measure_movement
from core.evaluation.predict import predict, predict_pixels
from core.messages import ENGLISH
from core.models.heads import head_paths
from core.recipe import LINEAR_HEAD, HeadSpec, parse
from core.runs.folder import Run
from tests.core.conftest import SMALL
from tests.core.training.in_process import new_run, worked

TWO = {"name": "digits", "only": ("3", "8")}
HEADS = {
    "mlp": HeadSpec(kind="mlp", hidden=(32,), dropout=0.2),
    "append": HeadSpec(kind="append", dropout=0.2, init="xavier"),
    "one logit": HeadSpec(outputs="one_logit"),
    "appended logit": HeadSpec(kind="append", outputs="one_logit"),
}


def run_of(head: HeadSpec, **parts: object) -> Run:
    data = TWO if head.outputs == "one_logit" else {"name": "digits"}
    return new_run(head=head.model_dump(), data=data, **parts)


def state_of(run: Run) -> dict[str, torch.Tensor]:
    return torch.load(run.path / "checkpoints" / "last.pt", weights_only=True)["model_state_dict"]


def why(run: Run) -> str:
    error = run.state()["error"]
    return ENGLISH[error["id"]].format(**error["values"])


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_resumed_run_ends_with_the_same_bits_and_moves_the_new_layers_alone(
    head: HeadSpec,
) -> None:
    straight, stopped = run_of(head), run_of(head)
    assert worked(straight) == "finished"
    assert worked(stopped, stop_after=1) == "stopped"
    assert worked(stopped, resume=True) == "finished"
    ours, theirs = state_of(straight), state_of(stopped)
    assert list(ours) == list(theirs)
    assert all(torch.equal(value, theirs[key]) for key, value in ours.items())
    movement = measure_movement(straight, "last")
    assert movement.broken == movement.leaking == ()
    moved = {layer.name.removesuffix(".1") if head.dropout and head.kind == "append"
             else layer.name for layer in movement.layers if not layer.same}
    assert moved == set(head_paths("shufflenet_v2_x0_5", "none", head))


def test_the_models_own_outputs_are_opened_like_a_stage() -> None:
    told = run_of(HEADS["append"], unfreezing={"at": [["fc", 2]]})
    asked = run_of(HEADS["append"])
    assert worked(told) == "finished"
    assert worked(asked, stop_after=1) == "stopped"
    assert worked(asked, resume=True, unfreeze=["fc"]) == "finished"
    ours, theirs = state_of(told), state_of(asked)
    assert all(torch.equal(value, theirs[key]) for key, value in ours.items())
    movement = measure_movement(told, "last")
    assert movement.broken == movement.leaking == ()
    assert [layer.name for layer in movement.layers if not layer.same] == ["fc.0", "fc.1.1"]


@pytest.fixture(scope="module")
def logit_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three from eight by one logit; tests read it and leave it as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_HOME", str(tmp_path_factory.mktemp("logit")))
        run = new_run(
            head={"outputs": "one_logit"}, data=TWO, freeze={"preset": "all"},
            model={"name": "shufflenet_v2_x1_0", "weights": "LETTERS"},
            split=SMALL["split"], optimizer=SMALL["optimizer"],
            train={"epochs": 4, "threads": 1, "label_smoothing": 0.1},
        )
        assert worked(run) == "finished", run.state()
    return run


def test_one_logit_is_evaluated_as_its_sigmoid_says(logit_run: Run) -> None:
    result = evaluate(logit_run, "last")
    loaded = load_run_model(logit_run, "last")
    assert loaded.classes == ("3", "8")
    assert loaded.model.fc.out_features == 1
    data, indices = held_out_images(loaded, "test")
    with torch.no_grad():
        logits = torch.cat([
            loaded.model(loaded.transforms.normalize(
                loaded.transforms.prepare(data.image(int(index)))
            )[None]) for index in indices
        ])[:, 0]
    true = torch.from_numpy(data.targets[indices])
    said = (logits > 0).long()
    assert result.accuracy == float((said == true).double().mean()) > 0.8
    assert result.confusion == tuple(
        tuple(int(((true == row) & (said == column)).sum()) for column in (0, 1))
        for row in (0, 1)
    )
    wanted = -torch.where(true == 1, logits.sigmoid(), 1 - logits.sigmoid()).log().mean()
    assert result.loss == pytest.approx(float(wanted), rel=1e-4)
    assert [score.name for score in result.per_class] == ["3", "8"]


def test_one_logit_predicts_two_probabilities(logit_run: Run, tmp_path: Path) -> None:
    from PIL import Image

    data = load_images("digits", only=("3", "8"))
    path = tmp_path / "eight.png"
    eight = data.image(int(np.flatnonzero(data.targets == 1)[0]))
    Image.fromarray(eight.permute(1, 2, 0).numpy()).resize((64, 64)).save(path)
    (answer,) = predict(logit_run, [path], "last", top=5)
    assert set(answer.classes) == {"3", "8"}
    assert sum(answer.probabilities) == pytest.approx(1)
    assert answer.probabilities[0] >= answer.probabilities[1]
    loaded = load_run_model(logit_run, "last")
    for digit in (0, 1):
        index = int(np.flatnonzero(data.targets == digit)[3])
        found = predict_pixels(loaded, data.image(index))
        with torch.no_grad():
            logit = loaded.model(loaded.transforms.normalize(
                loaded.transforms.prepare(data.image(index)))[None])[0, 0]
        assert found.classes[0] == ("8" if logit > 0 else "3")
        assert dict(zip(found.classes, found.probabilities, strict=True))["8"] == pytest.approx(
            float(logit.sigmoid()), rel=1e-5
        )


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"head": {"outputs": "one_logit"}}, "the data has 10"),
        ({"head": {"outputs": "one_logit"}, "data": TWO,
          "model": {"name": "squeezenet1_1", "weights": "none"}}, "ends in a ReLU"),
        ({"data": {"name": "digits", "only": ("3", "ten")}}, "no class “ten”"),
        ({"head": {"kind": "mlp"},
          "freeze": {"preset": "linear_probe", "exceptions": [["fc.1.weight", True]]}},
         "fc.1.weight"),
    ],
)
def test_what_can_not_be_is_refused_in_a_sentence(parts: dict, said: str) -> None:
    run = new_run(**parts)
    assert worked(run) == "failed"
    assert said in why(run)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_auxiliary_heads_learn_with_every_kind(name: str) -> None:
    from core.models.build import build_model
    from core.training.objective import loss_of

    size = 299 if name == "inception_v3" else 64  # its auxiliary head takes no less
    for kind, outputs in (("mlp", 2), ("append", 1)):
        spec = HeadSpec(kind=kind, hidden=(8,))
        model = build_model(name, "none", num_classes=outputs, new_head=spec).model.train()
        loss = loss_of(model(torch.randn(2, 3, size, size)), torch.tensor([0, 1]), 0.1)
        loss.backward()
        for path in head_paths(name, "none", spec):
            layer = model.get_submodule(path)
            assert layer.weight.grad is not None and layer.weight.grad.any(), (kind, path)


def test_a_recipe_from_before_there_were_heads_is_the_same_run() -> None:
    now = parse(SMALL).model_dump(mode="json")
    old = {**now, "head": {"dropout": 0.0}, "data": {"name": "digits", "path": ""}}
    assert parse(old) == parse(now)
    assert parse(old).head == LINEAR_HEAD
    runs = [new_run(head=now["head"], data=now["data"]),
            new_run(head=old["head"], data=old["data"])]
    assert [worked(run) for run in runs] == ["finished"] * 2
    ours, theirs = map(state_of, runs)
    assert all(torch.equal(value, theirs[key]) for key, value in ours.items())
    assert "fc.weight" in ours
