"""Heat maps through a run's checkpoints are those of each checkpoint by itself."""

import pytest
import torch

from core.data.load import load_images
from core.evaluation.epochs import load_epoch
from core.explain import cam
from core.explain import heat_of_epochs as heat
from core.messages import ThawError
from core.runs.folder import Run


def test_each_map_is_that_of_its_checkpoint(trained_run: Run) -> None:
    told = []
    data, places = load_images("digits"), (5, 900)
    found = heat.heat_of_epochs(
        trained_run, (0, 2, 6), places, tell=lambda done, all: told.append((done, all))
    )
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert found.pictures[0].shape == (32, 32, 3) and len(found.maps) == 3
    for epoch, maps in zip((0, 2, 6), found.maps, strict=True):
        loaded = load_epoch(trained_run, epoch)
        assert found.layer == cam.default_layer(loaded.model, 32)
        for place, picture, found_map in zip(places, found.pictures, maps, strict=True):
            pixels = torch.from_numpy(picture).permute(2, 0, 1)
            assert (pixels == loaded.transforms.prepare(data.image(place))).all()
            wanted = cam.grad_cam(
                loaded.model, loaded.transforms.normalize(pixels)[None], found.layer,
                int(data.targets[place]),
            )
            assert torch.equal(torch.from_numpy(found_map), wanted)
    assert any((a != b).any() for a, b in zip(found.maps[0], found.maps[2], strict=True))


@pytest.mark.parametrize(("gone", "left"), [((2,), (0, 6)), ((6,), (0, 2)), ((2, 6), (0,))])
def test_a_checkpoint_that_the_run_dropped_meanwhile_is_left_out(
    trained_run: Run, monkeypatch, gone, left
) -> None:
    def load(run: Run, epoch: int):
        return load_epoch(run, 99 if epoch in gone else epoch)

    monkeypatch.setattr(heat, "load_epoch", load)
    found = heat.heat_of_epochs(trained_run, (0, 2, 6), (5,))
    assert len(found.maps) == len(left)
    assert tuple(epoch for epoch, _ in found.left_out) == gone
    assert all(problem.id == "runs.no_epoch" for _, problem in found.left_out)
    whole = heat.heat_of_epochs(trained_run, left, (5,))
    assert all((a[0] == b[0]).all() for a, b in zip(found.maps, whole.maps, strict=True))
    gone = (0, 2, 6)
    with pytest.raises(ThawError, match="no checkpoint of epoch 99"):
        heat.heat_of_epochs(trained_run, (2, 6), (5,))


def test_another_layer(trained_run: Run) -> None:
    found = heat.heat_of_epochs(trained_run, (6,), (5,), layer="stage2")
    assert "stage2" in {one.name for one in found.layers}
    assert found.layer == "stage2" and found.maps[0][0].shape == (4, 4)
    with pytest.raises(ThawError, match="no layer"):
        heat.heat_of_epochs(trained_run, (6,), (5,), layer="stage9")


def test_a_model_without_maps_has_pictures_alone(trained_run: Run, monkeypatch) -> None:
    def none(*_: object) -> str:
        raise ThawError("explain.no_maps", model="Flat")

    monkeypatch.setattr(heat, "default_layer", none)
    found = heat.heat_of_epochs(trained_run, (0, 6), (5,))
    assert (found.layer, found.layers) == ("", ())
    assert found.maps == ((None,), (None,)) and len(found.pictures) == 1
